"""The WSGI application: api.stripe.com, checkout.stripe.com and js.stripe.com in one."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl

from sandbox.kit.delivery import Delivery
from sandbox.kit.store import Store
from sandbox.kit.wsgi import Answer, Application, Request, answer_json, nested
from sandbox.stripe.ledger import Ledger
from sandbox.stripe.pages import Shopper
from sandbox.stripe.terms import Endpoint, Refused, invalid, public

PAUSES = (5.0, 60.0, 600.0, 3600.0, 6 * 3600.0, 12 * 3600.0, 24 * 3600.0, 24 * 3600.0)
_EXPANDABLE = {"payment_intent": "payment_intent", "latest_charge": "charge", "source": "", "charge": "charge"}


def signature(secrets: Sequence[str], timestamp: int, body: bytes) -> str:
    """Return a `Stripe-Signature`: one v1 for each secret that is in use."""
    signed = f"{timestamp}.".encode() + body
    digests = [hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest() for secret in secrets]
    return ",".join([f"t={timestamp}", *[f"v1={digest}" for digest in digests]])


class Stripe(Application):
    """`keys` are the secret keys that are accepted; those of test mode begin with sk_test_ or rk_test_.

    `fail_after`: this many requests are carried out but answered with an error, as if Stripe broke in between.
    """

    def __init__(self, ledger: Ledger, keys: Sequence[str], public_url: str) -> None:
        self.ledger = ledger
        self.keys = tuple(keys)
        self.public_url = public_url.rstrip("/")
        self.fail_after = 0
        self.delivery = Delivery(ledger.store, self.headers, PAUSES)
        ledger.notify = self.delivery.wake
        self._shopper = Shopper(ledger)
        if ledger.store.next_due() is not None:
            self.delivery.wake()

    def headers(self, context: Mapping[str, str], body: bytes) -> dict[str, str]:
        endpoint = self.ledger.endpoints[int(context["endpoint"])]
        stamp = int(self.ledger.store.clock())
        return {"Stripe-Signature": signature(endpoint.secrets, stamp, body), "User-Agent": "Stripe/1.0"}

    def answer(self, request: Request) -> Answer:
        if request.parts[0] != "v1":
            return self._shopper.answer(request)
        try:
            return self._interface(request)
        except Refused as refusal:
            return answer_json(refusal.status, {"error": refusal.error})

    def _interface(self, request: Request) -> Answer:
        key = request.header("authorization").removeprefix("Bearer ")
        if not any(hmac.compare_digest(key.encode(), known.encode()) for known in self.keys):
            message = f"Invalid API Key provided: {key[:7]}***{key[-4:]}"
            raise Refused(401, "invalid_request_error", message, code="api_key_invalid", kept=False)
        livemode = not key.startswith(("sk_test_", "rk_test_"))
        source = request.raw_query if request.method == "GET" else request.body.decode("utf-8", "replace")
        params = nested(_all_values(source))
        if request.method == "GET":
            return answer_json(200, self._read(request.parts[1:], params, livemode))
        return self._write(request, key, params, livemode, source)

    def _write(self, request: Request, key: str, params: Mapping[str, Any], livemode: bool, source: str) -> Answer:
        """Carry a request out once per idempotency key; another request under the same key is refused."""
        name = request.header("idempotency-key")
        if len(name) > 255:
            raise invalid("The idempotency key is too long.")
        fingerprint = hashlib.sha256(f"{request.path}\n{source}".encode()).hexdigest()
        slot = f"{key}\n{name}"
        if name and (known := self.ledger.store.answer(slot)):
            if known[0] != fingerprint:
                message = (
                    "Keys for idempotent requests can only be used with the same parameters they were first used with."
                )
                raise Refused(400, "idempotency_error", message)
            return answer_json(known[1], json.loads(known[2]), [("Idempotent-Replayed", "true")])
        try:
            status, data = 200, self._change(request.parts[1:], params, livemode)
        except Refused as refusal:
            if not refusal.kept:
                raise
            status, data = refusal.status, {"error": refusal.error}
        if self.fail_after:
            self.fail_after -= 1
            status, data = 500, {"error": {"type": "api_error", "message": "Something went wrong on our side."}}
        if name:
            self.ledger.store.remember(slot, fingerprint, status, json.dumps(data))
        return answer_json(status, data)

    def _change(self, parts: Sequence[str], params: Mapping[str, Any], livemode: bool) -> Any:
        ledger = self.ledger
        changed: dict[str, Any]
        match parts:
            case ["checkout", "sessions"]:
                changed = ledger.create_session(params, livemode, self.public_url)
            case ["checkout", "sessions", name, "expire"]:
                changed = ledger.expire(name, livemode)
            case ["payment_intents"]:
                changed = ledger.create_intent(params, livemode)
                ledger.notify()
            case ["payment_intents", name, "capture"]:
                changed = ledger.capture(name, livemode, params)
            case ["payment_intents", name, "cancel"]:
                changed = ledger.cancel(name, livemode, str(params.get("cancellation_reason", "")))
            case ["refunds"]:
                changed = ledger.refund(params, livemode)
            case ["disputes", name]:
                changed = ledger.answer_dispute(name, livemode, params)
            case _:
                raise Refused(404, "invalid_request_error", "Unrecognized request URL.", kept=False)
        return self._shown(changed, params.get("expand") or [])

    def _read(self, parts: Sequence[str], params: Mapping[str, Any], livemode: bool) -> Any:
        ledger, expand = self.ledger, params.get("expand") or []
        match parts:
            case ["account"]:
                return {
                    "id": ledger.account,
                    "object": "account",
                    "charges_enabled": True,
                    "settings": {"dashboard": {"display_name": "Practice shop"}},
                }
            case ["checkout", "sessions"]:
                return self._list("checkout.session", "/v1/checkout/sessions", params, livemode)
            case ["checkout", "sessions", name]:
                return self._shown(ledger.session(name, livemode), expand)
            case ["payment_intents", name]:
                ledger.settle(name)
                return self._shown(ledger.found("payment_intent", name, livemode), expand)
            case [("payment_intents" | "refunds" | "disputes" | "balance_transactions" | "events" | "charges") as kind]:
                return self._list(kind[:-1], f"/v1/{kind}", params, livemode)
            case [("refunds" | "disputes" | "events" | "charges") as kind, name]:
                return self._shown(ledger.found(kind[:-1], name, livemode), expand)
        raise Refused(404, "invalid_request_error", "Unrecognized request URL.", kept=False)

    def _list(self, kind: str, url: str, params: Mapping[str, Any], livemode: bool) -> dict[str, Any]:
        """Return a page of documents, newest first, as Stripe does: limit, starting_after, created."""
        wanted = {name: params[name] for name in ("payment_intent", "charge") if name in params}
        found = self.ledger.store.all(kind, livemode=livemode, **wanted)
        created = params.get("created") or {}
        low, high = int(created.get("gte", 0)), int(created.get("lt", 10**12))
        found = [entry for entry in found if low <= entry["created"] < high]
        if after := params.get("starting_after"):
            names = [entry["id"] for entry in found]
            found = found[names.index(after) + 1 :] if after in names else []
        limit = int(params.get("limit", 10))
        if not 1 <= limit <= 100:
            raise invalid("limit must be between 1 and 100", "limit")
        expand = [name.removeprefix("data.") for name in params.get("expand") or []]
        return {
            "object": "list",
            "url": url,
            "has_more": len(found) > limit,
            "data": [self._shown(entry, expand) for entry in found[:limit]],
        }

    def _shown(self, document: Mapping[str, Any], expand: Sequence[str]) -> dict[str, Any]:
        """Return a document as the merchant sees it, with what it names in place where that was asked for."""
        shown = public(document)
        for path in expand:
            name, _, rest = path.partition(".")
            value = shown.get(name)
            kinds = [_EXPANDABLE[name]] if _EXPANDABLE.get(name) else ["charge", "refund"]
            found = next((entry for kind in kinds if value and (entry := self.ledger.store.get(kind, value))), None)
            if found is not None:
                shown[name] = self._shown(found, [rest] if rest else [])
        return shown


def _all_values(text: str) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, value in parse_qsl(text, keep_blank_values=True, max_num_fields=500):
        if name.endswith("[]"):
            values.setdefault(name, []).append(value)
        else:
            values[name] = value
    return values


def create_app(
    *,
    keys: Sequence[str],
    public_url: str,
    endpoints: Sequence[Endpoint] = (),
    path: str = ":memory:",
    store: Store | None = None,
    clock: Callable[[], float] | None = None,
    **options: Any,
) -> Stripe:
    """Return the application. `public_url` is where browsers find it, `path` its SQLite file."""
    own = store or (Store(path, clock) if clock else Store(path))
    return Stripe(Ledger(own, endpoints, **options), keys, public_url)
