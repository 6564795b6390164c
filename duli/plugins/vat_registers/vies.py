"""The REST protocol of the European Commission's VIES."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from duli.commerce.taxes.types import Answer

if TYPE_CHECKING:
    import httpx2

URL = "https://ec.europa.eu/taxation_customs/vies/rest-api"
SECONDS = 6.0
WRONG = frozenset({"INVALID_INPUT"})
"""What VIES says of a question that no answer can come to: the number is none."""


class Vies:
    """Asks one address; may be used by several threads at once."""

    def __init__(self, url: str = "", client: httpx2.Client | None = None) -> None:
        self._url = (url or URL).rstrip("/")
        self._client = client

    def __call__(self, country: str, number: str, requester: str) -> Answer:
        import httpx2

        asked: dict[str, Any] = {"countryCode": country, "vatNumber": number}
        if requester:
            asked |= {"requesterMemberStateCode": requester[:2], "requesterNumber": requester[2:]}
        try:
            client = self._client or httpx2.Client(timeout=SECONDS, trust_env=False)
            answer = client.post(f"{self._url}/check-vat-number", json=asked)
            said = answer.json()
        except httpx2.TimeoutException:
            return Answer("unavailable", error="TIMEOUT")
        except (httpx2.HTTPError, ValueError):
            return Answer("unavailable", error="NO_CONNECTION")
        return read(said) if isinstance(said, dict) else Answer("unavailable", error="BAD_ANSWER")


def read(said: dict[str, Any]) -> Answer:
    """Return what an answer of VIES means: only a plain yes or no is one, every error leaves it open."""
    errors = said.get("errorWrappers") or []
    error = (
        str(errors[0].get("error", "")) if errors and isinstance(errors[0], dict) else str(said.get("userError") or "")
    )
    if error in WRONG:
        return Answer("invalid", error=error)
    if not isinstance(said.get("valid"), bool) or (error and error not in {"VALID", "INVALID"}):
        return Answer("unavailable", error=error or "BAD_ANSWER")
    return Answer(
        "valid" if said["valid"] else "invalid",
        name=_told(said.get("name")),
        address=_told(said.get("address")),
        request_identifier=str(said.get("requestIdentifier") or ""),
    )


def _told(text: object) -> str:
    """Return a name or address; member states that tell none write dashes."""
    found = str(text or "").strip()
    return "" if set(found) <= {"-"} else found
