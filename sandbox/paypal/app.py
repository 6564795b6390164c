"""The WSGI application: api-m.paypal.com and the page on which shoppers approve."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from html import escape
from typing import Any

from sandbox.kit.delivery import Delivery
from sandbox.kit.pages import STYLE, shell
from sandbox.kit.store import Store
from sandbox.kit.wsgi import Answer, Application, Request, answer_json, answer_page, redirect
from sandbox.paypal.authority import Authority, authority
from sandbox.paypal.ledger import Ledger, Refused, shown
from sandbox.paypal.texts import TEXTS

PAUSES = (10.0, 60.0, 600.0, 3600.0, 6 * 3600.0, 24 * 3600.0)
TOKEN_SECONDS = 32400
BEHAVIOURS = ("", "instrument_declined", "declined", "pending", "refund_slow")


class PayPal(Application):
    """`fail_after`: this many requests are carried out but answered with an error, as if PayPal broke in between."""

    def __init__(
        self, ledger: Ledger, client_id: str, client_secret: str, webhook_id: str, signer: Authority | None = None
    ) -> None:
        self.ledger = ledger
        self.client_id, self.client_secret, self.webhook_id = client_id, client_secret, webhook_id
        self.authority = signer or authority()
        self.fail_after = 0
        self.delivery = Delivery(ledger.store, self.headers, PAUSES)
        ledger.notify = self.delivery.wake

    def headers(self, context: Mapping[str, str], body: bytes) -> dict[str, str]:
        """Return the headers that PayPal sends with a message."""
        moment = self.ledger.moment()
        return {
            "PAYPAL-TRANSMISSION-ID": context["id"],
            "PAYPAL-TRANSMISSION-TIME": moment,
            "PAYPAL-TRANSMISSION-SIG": self.authority.sign(context["id"], moment, self.webhook_id, body),
            "PAYPAL-CERT-URL": f"{self.ledger.public_url}/certs/{self.certificate_name}",
            "PAYPAL-AUTH-ALGO": "SHA256withRSA",
        }

    @property
    def certificate_name(self) -> str:
        return f"CERT-{hashlib.sha256(self.authority.chain).hexdigest()[:16]}"

    def answer(self, request: Request) -> Answer:
        match request.method, request.parts:
            case "GET", ["style.css"]:
                return Answer(200, STYLE.read_bytes(), "text/css; charset=utf-8")
            case "GET", ["certs", "authority"]:
                return Answer(200, self.authority.root, "application/x-pem-file")
            case "GET", ["certs", name] if name == self.certificate_name:
                return Answer(200, self.authority.chain, "application/x-pem-file")
            case _, ["checkoutnow", *rest]:
                return self._page(request, rest[0] if rest else "")
            case "POST", ["v1", "oauth2", "token"]:
                return self._token(request)
            case _, ["v1" | "v2", *_rest]:
                return self._interface(request)
        return Answer(404, b"There is nothing here.")

    def _token(self, request: Request) -> Answer:
        own = base64.b64encode(f"{self.client_id}:{self.client_secret}".encode()).decode()
        if not hmac.compare_digest(request.header("authorization").encode(), f"Basic {own}".encode()):
            told = {"error": "invalid_client", "error_description": "Client Authentication failed"}
            return answer_json(401, told)
        token = f"A21{secrets.token_urlsafe(24)}"
        self.ledger.store.put("token", {"id": token, "lapses": self.ledger.store.clock() + TOKEN_SECONDS})
        return answer_json(
            200, {"access_token": token, "token_type": "Bearer", "app_id": "APP-PRACTICE", "expires_in": TOKEN_SECONDS}
        )

    def _interface(self, request: Request) -> Answer:
        token = self.ledger.store.get("token", request.header("authorization").removeprefix("Bearer "))
        if token is None or token["lapses"] <= self.ledger.store.clock():
            return answer_json(
                401, {"error": "invalid_token", "error_description": "Token signature verification failed"}
            )
        try:
            return self._keyed(request)
        except Refused as refusal:
            return _refusal(refusal)

    def _keyed(self, request: Request) -> Answer:
        """Carry a request out once per PayPal-Request-Id; errors are not kept, for they did nothing."""
        key = request.header("paypal-request-id")
        if len(key) > 108:
            raise Refused(400, "INVALID_REQUEST", "INVALID_STRING_MAX_LENGTH")
        slot = f"{request.path}\n{key}"
        if request.method == "POST" and key and (known := self.ledger.store.answer(slot)):
            return answer_json(200, json.loads(known[2]))
        status, data = self._carry_out(request)
        if self.fail_after and request.method == "POST":
            self.fail_after -= 1
            if key:
                self.ledger.store.remember(slot, "", status, json.dumps(data))
            return answer_json(500, {"name": "INTERNAL_SERVER_ERROR"})
        if request.method == "POST" and key:
            self.ledger.store.remember(slot, "", status, json.dumps(data))
        return Answer(204) if status == 204 else answer_json(status, data)

    def _carry_out(self, request: Request) -> tuple[int, Any]:
        ledger = self.ledger
        wanted = _json(request) if request.method in {"POST", "PATCH"} else {}
        match request.method, request.parts:
            case "POST", ["v2", "checkout", "orders"]:
                return 201, shown(ledger.create(wanted))
            case "GET", ["v2", "checkout", "orders", name]:
                return 200, shown(ledger.order(name))
            case "PATCH", ["v2", "checkout", "orders", name]:
                ledger.patch(name, wanted)
                return 204, {}
            case "POST", ["v2", "checkout", "orders", name, ("capture" | "authorize") as verb]:
                order = ledger.take(name, authorize=verb == "authorize")
                ledger.notify()
                return 201, shown(order)
            case "POST", ["v2", "checkout", "orders", name, "track"]:
                return 201, shown(ledger.track(name, wanted))
            case "POST", ["v2", "payments", "authorizations", name, "capture"]:
                return 201, shown(ledger.capture_authorization(name, wanted))
            case "POST", ["v2", "payments", "authorizations", name, "void"]:
                return 200, shown(ledger.void_authorization(name))
            case "GET", ["v2", "payments", "captures", name]:
                return 200, shown(ledger.capture(name))
            case "POST", ["v2", "payments", "captures", name, "refund"]:
                return 201, shown(ledger.refund(name, wanted))
            case "GET", ["v1", "reporting", "transactions"]:
                return 200, ledger.transactions(request.query)
            case "GET", ["v1", "notifications", "webhooks", name] if name == self.webhook_id:
                return 200, {"id": name, "url": ledger.webhook_url, "event_types": [{"name": "*"}]}
            case "POST", ["v1", "notifications", "verify-webhook-signature"]:
                return 200, {"verification_status": "SUCCESS" if self._fits(request.body, wanted) else "FAILURE"}
        raise Refused(404, "RESOURCE_NOT_FOUND", "INVALID_RESOURCE_ID")

    def _fits(self, body: bytes, wanted: Mapping[str, Any]) -> bool:
        """Check a message for the merchant: over the bytes of the message inside the question."""
        _head, _separator, rest = body.partition(b'"webhook_event":')
        message = rest.strip()[:-1].rstrip()
        return wanted.get("webhook_id") == self.webhook_id and self.authority.fits(
            str(wanted.get("transmission_sig")),
            str(wanted.get("transmission_id")),
            str(wanted.get("transmission_time")),
            self.webhook_id,
            message,
        )

    def _page(self, request: Request, action: str) -> Answer:
        name = request.query.get("token", "")
        try:
            order = self.ledger.order(name)
        except Refused:
            return self._draw(request, request.language(), "missing", "", 404)
        context = order["_context"]
        if request.method == "POST":
            behaviour = request.form.get("behaviour", "")
            self.ledger.approve(name, behaviour if behaviour in BEHAVIOURS else "")
            self.ledger.notify()
            return redirect(f"{context['return_url']}?token={name}&PayerID=PRACTICE")
        if action == "cancel":
            return redirect(f"{context['cancel_url']}?token={name}")
        if order["status"] not in {"CREATED", "PAYER_ACTION_REQUIRED"}:
            return redirect(f"{context['return_url']}?token={name}")
        language = request.language(context.get("locale", ""))
        text, unit, prefix = TEXTS[language], order["purchase_units"][0], escape(request.prefix)
        buttons = "".join(
            f'<li><button name="behaviour" value="{behaviour}">{text[behaviour]}</button></li>'
            for behaviour in BEHAVIOURS[1:]
        )
        amount = f"{unit['amount']['currency_code']} {unit['amount']['value']}"
        body = f"""<h1>{text["title"]}</h1><div class="summary"><p class="label">{text["to_pay"]}</p>
<p class="amount">{escape(amount)}</p><p class="order"><b>{escape(str(unit.get("description", "")))}</b></p></div>
<p class="practice">{text["practice"]}</p><form method="post" action="{prefix}/checkoutnow?token={escape(name)}">
<button class="primary" name="behaviour" value="">{text[""]}</button><ul class="cards">{buttons}</ul></form>
<p><a class="plain" href="{prefix}/checkoutnow/cancel?token={escape(name)}">{text["back"]}</a></p>"""
        return self._draw(request, language, "title", body, 200, context["return_url"])

    def _draw(self, request: Request, language: str, title: str, body: str, status: int, back: str = "") -> Answer:
        text = TEXTS[language]
        html = shell(
            prefix=request.prefix,
            language=language,
            brand=text["brand"],
            mode=text["mode"],
            title=text[title],
            body=body or f"<h1>{text[title]}</h1>",
            query={"token": request.query.get("token", "")},
        )
        return answer_page(status, html, back)


def _json(request: Request) -> Any:
    try:
        return json.loads(request.body or b"{}")
    except ValueError:
        raise Refused(400, "INVALID_REQUEST", "MALFORMED_REQUEST_JSON") from None


def _refusal(refusal: Refused) -> Answer:
    told = {"name": refusal.name, "message": str(refusal), "debug_id": secrets.token_hex(6), "details": refusal.details}
    return answer_json(refusal.status, told)


def create_app(
    *,
    client_id: str,
    client_secret: str,
    webhook_id: str,
    public_url: str,
    webhook_url: str = "",
    path: str = ":memory:",
    store: Store | None = None,
    signer: Authority | None = None,
    timers: bool = False,
) -> PayPal:
    """Return the application. `public_url` is where browsers find it, `path` its SQLite file."""
    ledger = Ledger(store or Store(path), public_url=public_url, webhook_url=webhook_url, timers=timers)
    return PayPal(ledger, client_id, client_secret, webhook_id, signer)
