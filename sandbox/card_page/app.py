"""The WSGI application: the signed interface for merchants and the page for shoppers."""

from __future__ import annotations

import datetime
import hashlib
import hmac
import json
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from sandbox.card_page import cards, pages
from sandbox.card_page.delivery import Delivery
from sandbox.card_page.store import OPEN, Refused, Store, public

TOLERANCE_SECONDS = 300
DAY_SECONDS = 24 * 60 * 60
MAXIMUM_BODY = 64 * 1024
MAXIMUM_TRIES = 3
_STYLE = Path(__file__).with_name("style.css")

Environ = dict[str, Any]
StartResponse = Callable[[str, list[tuple[str, str]]], Any]


class Answer:
    """What goes back."""

    def __init__(self, status: int, body: bytes, kind: str, headers: Iterable[tuple[str, str]] = ()) -> None:
        self.status, self.body, self.headers = status, body, [("Content-Type", kind), *headers]


class CardPage:
    """`secrets` maps merchant ids to keys; `late_seconds` is how long the slow test card takes."""

    def __init__(self, store: Store, secrets: Mapping[str, str], public_url: str, late_seconds: float) -> None:
        self.store = store
        self.secrets = secrets
        self.public_url = public_url.rstrip("/")
        self.late_seconds = late_seconds
        self.delivery = Delivery(store, secrets)
        self._resumed = False

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        if not self._resumed:
            self._resumed = True
            if self.store.next_due() is not None:
                self.delivery.wake()
        try:
            answer = self._route(environ)
        except Refused as refusal:
            answer = self._refusal(environ, refusal)
        status = f"{answer.status} {HTTPStatus(answer.status).phrase}"
        headers = [*answer.headers, ("Content-Length", str(len(answer.body))), ("Cache-Control", "no-store")]
        start_response(status, headers)
        return [answer.body]

    def _route(self, environ: Environ) -> Answer:
        method = environ["REQUEST_METHOD"]
        parts = environ.get("PATH_INFO", "/").strip("/").split("/")
        if parts[:2] == ["v1", "sessions"]:
            return self._interface(environ, method, parts[2:])
        if parts[:2] == ["v1", "bills"] and len(parts) == 3 and method == "GET":
            return self._bill(environ, parts[2])
        if parts == ["style.css"] and method == "GET":
            return Answer(200, _STYLE.read_bytes(), "text/css; charset=utf-8")
        if parts[0] == "pay" and len(parts) in {2, 3}:
            return self._shopper(environ, method, parts[1], parts[2] if len(parts) == 3 else "")
        raise Refused(404, "not_found", "There is nothing here.")

    def _refusal(self, environ: Environ, refusal: Refused) -> Answer:
        if environ.get("PATH_INFO", "").startswith("/v1/"):
            return _json(refusal.status, {"error": {"code": refusal.code, "message": refusal.message}})
        html = pages.message_page(environ.get("SCRIPT_NAME", ""), _language(environ, ""), refusal.code)
        return self._page(refusal.status, html)

    # The merchant's half

    def _interface(self, environ: Environ, method: str, parts: list[str]) -> Answer:
        body = _read(environ)
        merchant = self._authenticate(environ, method, body)
        match method, parts:
            case "POST", []:
                session = self.store.open_session(merchant, _key(environ), _session_request(_object(body)))
            case "GET", [name]:
                session = self.store.session(name, merchant)
            case "POST", [name, "capture"]:
                wanted = _object(body)
                session = self.store.capture(name, merchant, _amount(wanted) if "amount" in wanted else None)
            case "POST", [name, "cancel"]:
                session = self.store.cancel(name, merchant)
            case "POST", [name, "refunds"]:
                data = _object(body)
                refund = self.store.refund(name, merchant, _key(environ), _amount(data), str(data.get("currency", "")))
                self.delivery.wake()
                return _json(200, refund)
            case _:
                raise Refused(404, "not_found", "There is no such call.")
        if session["status"] not in OPEN:
            self.delivery.wake()
        return _json(200, {**public(session), "url": f"{self.public_url}/pay/{session['id']}"})

    def _bill(self, environ: Environ, day: str) -> Answer:
        """A day's movements; days are UTC and have to be over."""
        merchant = self._authenticate(environ, "GET", b"")
        try:
            midnight = datetime.time(tzinfo=datetime.UTC)
            begin = datetime.datetime.combine(datetime.date.fromisoformat(day), midnight).timestamp()
        except ValueError:
            raise Refused(400, "invalid_day", "The day is written as 2026-01-31.") from None
        if begin + DAY_SECONDS > self.store.clock():
            raise Refused(409, "bill_not_ready", "This day is not over.")
        return _json(200, {"movements": self.store.bill(merchant, begin, begin + DAY_SECONDS)})

    def _authenticate(self, environ: Environ, method: str, body: bytes) -> str:
        merchant = environ.get("HTTP_CARD_MERCHANT", "")
        timestamp = environ.get("HTTP_CARD_TIMESTAMP", "")
        given = environ.get("HTTP_CARD_SIGNATURE", "").removeprefix("v1=")
        secret = self.secrets.get(merchant, "")
        signed = f"{timestamp}\n{method}\n{environ.get('PATH_INFO', '')}\n".encode() + body
        expected = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
        if not secret or not hmac.compare_digest(expected.encode(), given.encode()):
            raise Refused(401, "invalid_signature", "The signature does not fit.")
        if not timestamp.isdigit() or abs(self.store.clock() - int(timestamp)) > TOLERANCE_SECONDS:
            raise Refused(401, "stale_request", "The request is too old, or a clock is wrong.")
        return merchant

    # The shopper's half

    def _shopper(self, environ: Environ, method: str, session_id: str, action: str) -> Answer:
        session = self.store.session(session_id)
        if session["status"] not in OPEN:
            self.delivery.wake()
        form = _form(environ) if method == "POST" else {}
        match method, action:
            case "GET", "" | "challenge" | "back":
                if session["status"] in OPEN:
                    return self._draw(environ, session)
                return self._return(session)
            case "POST", "":
                return self._pay(environ, session, form)
            case "POST", "challenge":
                return self._answer_challenge(environ, session, form)
            case "POST", "back":
                return self._return(self.store.cancel(session_id))
        raise Refused(404, "not_found", "There is nothing here.")

    def _pay(self, environ: Environ, session: dict[str, Any], form: Mapping[str, str]) -> Answer:
        if session["status"] not in OPEN:
            return self._return(session)
        chosen = cards.BY_OUTCOME.get(form.get("test_card", ""))
        number = chosen.number if chosen else "".join(form.get("number", "").split())
        if chosen is None:
            today = datetime.datetime.fromtimestamp(self.store.clock(), datetime.UTC)
            found = cards.problems(
                number, form.get("expiry", ""), form.get("code", ""), year=today.year, month=today.month
            )
            if found:
                return self._draw(environ, session, found, status=422)
        return self._charge(environ, session, cards.BY_NUMBER[number])

    def _charge(self, environ: Environ, session: dict[str, Any], card: cards.TestCard) -> Answer:
        last4 = card.number[-4:]
        match card.outcome:
            case "declined":
                return self._decline(environ, session, last4, "card_declined")
            case "insufficient_funds":
                return self._decline(environ, session, last4, "insufficient_funds")
            case "challenge":
                return self._draw(environ, self.store.challenge(session["id"], last4=last4))
            case "late":
                done = self.store.approve(session["id"], last4=last4, settles_in=self.late_seconds)
            case "double":
                done = self.store.approve(session["id"], last4=last4, behaviour="double_webhook")
            case _:
                done = self.store.approve(session["id"], last4=last4)
        return self._return(done)

    def _answer_challenge(self, environ: Environ, session: dict[str, Any], form: Mapping[str, str]) -> Answer:
        if session["status"] != "challenged":
            return self._return(session) if session["status"] not in OPEN else self._draw(environ, session)
        if form.get("answer") == "approve":
            return self._return(self.store.approve(session["id"], last4=session["last4"]))
        return self._decline(environ, session, session["last4"], "authentication_failed")

    def _decline(self, environ: Environ, session: dict[str, Any], last4: str, code: str) -> Answer:
        final = session["tries"] + 1 >= MAXIMUM_TRIES
        message = pages.TEXTS["en"][code]
        session = self.store.decline(session["id"], last4=last4, code=code, message=message, final=final)
        return self._return(session) if final else self._draw(environ, session, status=402)

    def _draw(
        self, environ: Environ, session: dict[str, Any], found: Mapping[str, str] | None = None, status: int = 200
    ) -> Answer:
        prefix, language = environ.get("SCRIPT_NAME", ""), _language(environ, session["language"])
        if session["status"] == "challenged":
            html = pages.challenge_page(prefix, language, session)
        else:
            html = pages.card_form(prefix, language, session, found or {})
        return self._page(status, html, session["return_url"])

    def _page(self, status: int, html: str, return_url: str = "") -> Answer:
        parts = urlsplit(return_url)
        # Browsers apply form-action to the redirect that follows a form as well.
        back = f" {parts.scheme}://{parts.netloc}" if parts.netloc else ""
        policy = (
            f"default-src 'none'; style-src 'self'; img-src data:; form-action 'self'{back};"
            " frame-ancestors 'none'; base-uri 'none'"
        )
        headers = [("Content-Security-Policy", policy), ("Referrer-Policy", "no-referrer")]
        return Answer(status, html.encode(), "text/html; charset=utf-8", headers)

    def _return(self, session: dict[str, Any]) -> Answer:
        """Send the shopper back; what stands in the address is for display and proves nothing."""
        self.delivery.wake()
        joint = "&" if urlsplit(session["return_url"]).query else "?"
        query = urlencode({"session": session["id"], "status": session["status"]})
        location = f"{session['return_url']}{joint}{query}"
        return Answer(303, b"", "text/plain", [("Location", location), ("Referrer-Policy", "no-referrer")])


def create_app(
    *,
    secrets: Mapping[str, str],
    public_url: str,
    path: str = ":memory:",
    late_seconds: float = 20.0,
    store: Store | None = None,
) -> CardPage:
    """Return the application. `public_url` is where browsers find it, `path` its SQLite file."""
    return CardPage(store or Store(path), secrets, public_url, late_seconds)


def _read(environ: Environ) -> bytes:
    try:
        length = int(environ.get("CONTENT_LENGTH") or 0)
    except ValueError:
        raise Refused(400, "bad_request", "The length is not a number.") from None
    if not 0 <= length <= MAXIMUM_BODY:
        raise Refused(413, "too_large", "The request is too large.")
    body: bytes = environ["wsgi.input"].read(length) if length else b""
    return body


def _form(environ: Environ) -> dict[str, str]:
    fields = parse_qs(_read(environ).decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=20)
    return {name: values[0] for name, values in fields.items()}


def _object(body: bytes) -> dict[str, Any]:
    try:
        data = json.loads(body)
    except ValueError:
        raise Refused(400, "bad_json", "The body is not JSON.") from None
    if not isinstance(data, dict):
        raise Refused(400, "bad_json", "The body is not an object.")
    return data


def _amount(data: Mapping[str, Any]) -> int:
    amount = data.get("amount")
    if not isinstance(amount, int) or isinstance(amount, bool) or not 0 < amount <= 10**15:
        raise Refused(400, "invalid_amount", "The amount is a positive number of minor units.")
    return amount


def _session_request(data: Mapping[str, Any]) -> dict[str, Any]:
    names = ("reference", "currency", "label", "language", "return_url", "webhook_url", "capture")
    request: dict[str, Any] = {name: str(data.get(name, "")) for name in names}
    request["amount"] = _amount(data)
    if len(request["currency"]) != 3 or not request["currency"].isalpha() or not request["reference"]:
        raise Refused(400, "invalid_request", "A reference and a currency are needed.")
    if request["capture"] not in {"automatic", "manual"}:
        raise Refused(400, "invalid_request", "Capture is automatic or manual.")
    for name in ("return_url", "webhook_url"):
        optional = name == "webhook_url" and not request[name]
        if not optional and urlsplit(request[name]).scheme not in {"http", "https"}:
            raise Refused(400, "invalid_request", f"The {name} is not an address.")
    return request


def _key(environ: Environ) -> str:
    key: str = environ.get("HTTP_IDEMPOTENCY_KEY", "")
    if not 0 < len(key) <= 255:
        raise Refused(400, "idempotency_key_missing", "An Idempotency-Key is needed.")
    return key


def _language(environ: Environ, wanted: str) -> str:
    chosen = parse_qs(environ.get("QUERY_STRING", "")).get("lang", [wanted])[0]
    chosen = chosen or environ.get("HTTP_ACCEPT_LANGUAGE", "")
    return "zh" if chosen.lower().startswith("zh") else "en"


def _json(status: int, data: Mapping[str, Any]) -> Answer:
    return Answer(status, json.dumps(data, ensure_ascii=False).encode(), "application/json")
