"""The lookup of British VAT numbers at HMRC (version 2 of its API, with the token of an application)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from duli.commerce.taxes.types import Answer

if TYPE_CHECKING:
    import httpx2

URL = "https://api.service.hmrc.gov.uk"
SECONDS = 6.0


class Hmrc:
    """Asks one address with one token; may be used by several threads at once."""

    def __init__(self, url: str, token: str, client: httpx2.Client | None = None) -> None:
        self._url = (url or URL).rstrip("/")
        self._token = token
        self._client = client

    def __call__(self, country: str, number: str, requester: str) -> Answer:
        import httpx2

        path = f"{self._url}/organisations/vat/check-vat-number/lookup/{number}"
        if requester.startswith("GB"):
            path += f"/{requester[2:]}"
        headers = {"Accept": "application/vnd.hmrc.2.0+json", "Authorization": f"Bearer {self._token}"}
        try:
            client = self._client or httpx2.Client(timeout=SECONDS, trust_env=False)
            answer = client.get(path, headers=headers)
            said = answer.json()
        except httpx2.TimeoutException:
            return Answer("unavailable", error="TIMEOUT")
        except (httpx2.HTTPError, ValueError):
            return Answer("unavailable", error="NO_CONNECTION")
        if answer.status_code == 404:
            return Answer("invalid", error=str(said.get("code", "NOT_FOUND")))
        if answer.status_code != 200 or "target" not in said:
            return Answer("unavailable", error=str(said.get("code", answer.status_code)))
        address = said["target"].get("address") or {}
        return Answer(
            "valid",
            name=str(said["target"].get("name", "")),
            address=", ".join(str(address[key]) for key in sorted(address)),
            request_identifier=str(said.get("consultationNumber", "")),
        )
