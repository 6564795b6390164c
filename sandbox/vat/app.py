from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from itertools import count
from typing import Any

Environ = dict[str, Any]
StartResponse = Callable[[str, list[tuple[str, str]]], Any]
MAXIMUM_BODY = 16 * 1024
ERRORS = {
    "201": "INVALID_INPUT",
    "202": "INVALID_REQUESTER_INFO",
    "300": "SERVICE_UNAVAILABLE",
    "301": "MS_UNAVAILABLE",
    "302": "TIMEOUT",
    "400": "VAT_BLOCKED",
    "401": "IP_BLOCKED",
    "500": "GLOBAL_MAX_CONCURRENT_REQ",
    "501": "GLOBAL_MAX_CONCURRENT_REQ_TIME",
    "600": "MS_MAX_CONCURRENT_REQ",
    "601": "MS_MAX_CONCURRENT_REQ_TIME",
}
_COUNTRIES = frozenset(
    [
        "AT",
        "BE",
        "BG",
        "CY",
        "CZ",
        "DE",
        "DK",
        "EE",
        "EL",
        "ES",
        "FI",
        "FR",
        "HR",
        "HU",
        "IE",
        "IT",
        "LT",
        "LU",
        "LV",
        "MT",
        "NL",
        "PL",
        "PT",
        "RO",
        "SE",
        "SI",
        "SK",
        "XI",
    ]
)
_LOOKUP = re.compile(r"/organisations/vat/check-vat-number/lookup/(\d{9}|\d{12})(?:/(\d{9}|\d{12}))?")


class VatOffice:
    """Answers for both registers. `asked` keeps every question, for tests to look at.

    `unavailable` are ids whose country's register never answers: to see what a shop does then without ending anything.
    """

    def __init__(
        self,
        known: Mapping[str, tuple[str, str]] | None = None,
        token: str = "token",
        unavailable: Iterable[str] = (),
    ) -> None:
        self.known = dict(known or {})
        self.unavailable = frozenset(unavailable)
        self.token = token
        self.down = False
        self.asked: list[dict[str, Any]] = []
        self._numbers = count(1)

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        status, body = self._answer(environ)
        content = json.dumps(body).encode()
        start_response(status, [("Content-Type", "application/json"), ("Content-Length", str(len(content)))])
        return [content]

    def _answer(self, environ: Environ) -> tuple[str, dict[str, Any]]:
        path, method = environ.get("PATH_INFO", ""), environ.get("REQUEST_METHOD", "GET")
        if path.endswith("/check-vat-number") and method == "POST":
            return self._vies(environ)
        found = _LOOKUP.fullmatch(path)
        if found is not None and method == "GET":
            return self._hmrc(environ, found[1], found[2] or "")
        return "404 Not Found", {"code": "MATCHING_RESOURCE_NOT_FOUND"}

    def _vies(self, environ: Environ) -> tuple[str, dict[str, Any]]:
        size = min(int(environ.get("CONTENT_LENGTH") or 0), MAXIMUM_BODY)
        try:
            asked = json.loads(environ["wsgi.input"].read(size))
            country, number = str(asked["countryCode"]), str(asked["vatNumber"])
        except (ValueError, KeyError, TypeError):
            return _refused("INVALID_INPUT")
        self.asked.append(asked)
        if country not in _COUNTRIES or not re.fullmatch(r"[0-9A-Z+*.]{2,12}", number):
            return _refused("INVALID_INPUT")
        if self.down or country + number in self.unavailable:
            return _refused("MS_UNAVAILABLE")
        if number in ERRORS:
            return _refused(ERRORS[number])
        name, address = self.known.get(country + number, ("---", "---"))
        is_valid = number == "100" or country + number in self.known
        return "200 OK", {
            "countryCode": country,
            "vatNumber": number,
            "requestDate": datetime.now(UTC).isoformat(),
            "valid": is_valid,
            "requestIdentifier": f"WAPIAAAA{next(self._numbers):08}" if asked.get("requesterNumber") else "",
            "name": name,
            "address": address,
            "traderName": "---",
            "traderStreet": "---",
        }

    def _hmrc(self, environ: Environ, number: str, requester: str) -> tuple[str, dict[str, Any]]:
        self.asked.append({"number": number, "requester": requester})
        if environ.get("HTTP_AUTHORIZATION") != f"Bearer {self.token}":
            return "401 Unauthorized", {"code": "INVALID_CREDENTIALS", "message": "Invalid Authentication information"}
        if self.down:
            return "503 Service Unavailable", {"code": "SERVER_ERROR"}
        if f"GB{number}" not in self.known:
            return "404 Not Found", {"code": "NOT_FOUND", "message": "targetVrn does not match a registered company"}
        name, address = self.known[f"GB{number}"]
        found: dict[str, Any] = {
            "target": {"name": name, "vatNumber": number, "address": {"line1": address, "countryCode": "GB"}},
            "processingDate": datetime.now(UTC).isoformat(),
        }
        if requester:
            found |= {"requester": requester, "consultationNumber": f"{next(self._numbers):03}-GB"}
        return "200 OK", found


def _refused(error: str) -> tuple[str, dict[str, Any]]:
    return "400 Bad Request", {"actionSucceed": False, "errorWrappers": [{"error": error}]}


def create_app(
    known: Mapping[str, tuple[str, str]] | None = None, token: str = "token", unavailable: Iterable[str] = ()
) -> VatOffice:
    """Return both registers as one WSGI application."""
    return VatOffice(known, token, unavailable)
