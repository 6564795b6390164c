"""Stripe's state: sessions, payment intents, charges, refunds, disputes, balance and the events about them."""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sandbox.kit.store import Document, Store
from sandbox.stripe.cards import BY_NUMBER, DECLINES, details_of
from sandbox.stripe.terms import (
    Endpoint,
    Refused,
    amount_of,
    check_methods,
    currency_of,
    invalid,
    option_of,
    public,
    unexpected_state,
)

API_VERSION = "2026-10-28.endive"
# These never wait for a capture: the money is taken when the shopper confirms.
AT_ONCE = {"alipay", "wechat_pay", "sepa_debit"}
DAY = 86400.0
FEE_PERCENT, FEE_FIXED = 3, 30


class Ledger:
    """`settle_seconds`: how long slow things take. `copies`: how often each event is sent.

    `timers`: slow things happen by themselves; otherwise when somebody asks, or at `tick`.
    """

    def __init__(
        self,
        store: Store,
        endpoints: Sequence[Endpoint] = (),
        *,
        account: str = "acct_practice",
        settle_seconds: float = 20.0,
        copies: int = 1,
        timers: bool = False,
    ) -> None:
        self.store = store
        self.endpoints = tuple(endpoints)
        self.account = account
        self.settle_seconds = settle_seconds
        self.copies = copies
        self.timers = timers
        self.notify: Callable[[], None] = lambda: None

    def _later(self) -> None:
        if self.timers:
            timer = threading.Timer(self.settle_seconds + 0.1, self.tick)
            timer.daemon = True
            timer.start()

    def _id(self, prefix: str) -> str:
        return f"{prefix}_{secrets.token_urlsafe(18).replace('-', 'x').replace('_', 'y')}"

    def _now(self) -> int:
        return int(self.store.clock())

    def found(self, kind: str, name: str, livemode: bool) -> Document:
        document = self.store.get(kind, name)
        if document is None or document["livemode"] != livemode:
            message = f"No such {kind.replace('.', '_')}: '{name}'"
            raise Refused(404, "invalid_request_error", message, code="resource_missing", param="id", kept=False)
        return document

    def emit(self, name: str, document: Mapping[str, Any], previous: Mapping[str, Any] | None = None) -> Document:
        """Note that something happened and tell every endpoint that wants to know."""
        data: dict[str, Any] = {"object": public(document)}
        if previous is not None:
            data["previous_attributes"] = dict(previous)
        event = {
            "id": self._id("evt"),
            "object": "event",
            "api_version": API_VERSION,
            "created": self._now(),
            "data": data,
            "livemode": document["livemode"],
            "pending_webhooks": len(self.endpoints),
            "request": {"id": None, "idempotency_key": None},
            "type": name,
        }
        self.store.put("event", event)
        body = json.dumps(event, ensure_ascii=False)
        for index, endpoint in enumerate(self.endpoints):
            if endpoint.wants(name):
                for _ in range(self.copies):
                    self.store.post(endpoint.url, body, {"endpoint": str(index)})
        return event

    # Payment intents

    def create_intent(self, params: Mapping[str, Any], livemode: bool) -> Document:
        amount, currency = amount_of(params, "amount"), currency_of(params)
        methods = params.get("payment_method_types") or ["card"]
        options = params.get("payment_method_options") or {}
        check_methods(methods, options, needs_client=True)
        name = self._id("pi")
        intent = {
            "id": name,
            "object": "payment_intent",
            "amount": amount,
            "amount_capturable": 0,
            "amount_received": 0,
            "canceled_at": None,
            "cancellation_reason": None,
            "capture_method": params.get("capture_method", "automatic"),
            "client_secret": f"{name}_secret_{secrets.token_urlsafe(18)}",
            "created": self._now(),
            "currency": currency,
            "description": params.get("description"),
            "last_payment_error": None,
            "latest_charge": None,
            "livemode": livemode,
            "metadata": dict(params.get("metadata") or {}),
            "next_action": None,
            "payment_method": None,
            "payment_method_options": options,
            "payment_method_types": list(methods),
            "status": "requires_payment_method",
        }
        with self.store.writing():
            self.store.put("payment_intent", intent)
            self.emit("payment_intent.created", intent)
        return intent

    def confirm(
        self, intent: Document, *, method: str, number: str = "", wallet: str = "", fails: bool = False
    ) -> None:
        """The shopper gives a way to pay. `fails`: a delayed method that comes to nothing."""
        if intent["status"] not in {"requires_payment_method", "requires_confirmation", "requires_action"}:
            raise unexpected_state("This PaymentIntent cannot be confirmed.", "payment_intent_unexpected_state")
        intent["_paying"] = {"method": method, "number": number, "wallet": wallet}
        intent["payment_method"] = self._id("pm")
        outcome = BY_NUMBER[number].outcome if method == "card" else ""
        with self.store.writing():
            if outcome in DECLINES:
                self._decline(intent, outcome)
            elif outcome == "challenge":
                self._move(intent, "requires_action", "payment_intent.requires_action", next_action=_REDIRECT)
            elif method == "sepa_debit":
                intent["_settles"] = [self.store.clock() + self.settle_seconds, not fails]
                self._move(intent, "processing", "payment_intent.processing")
                self._later()
            else:
                self._authorise(intent)

    def authenticate(self, intent: Document, *, approved: bool) -> None:
        """The bank has asked its customer (3-D Secure)."""
        if intent["status"] != "requires_action":
            raise unexpected_state("Nothing is asked.", "payment_intent_unexpected_state")
        with self.store.writing():
            if approved:
                self._authorise(intent)
            else:
                self._decline(intent, "authentication")

    def settle(self, name: str) -> None:
        """Bring a payment up to date: what was being processed has gone through or not by now."""
        intent = self.store.get("payment_intent", name)
        if intent is None or intent["status"] != "processing" or intent["_settles"][0] > self.store.clock():
            return
        with self.store.writing():
            if intent["_settles"][1]:
                self._authorise(intent)
            else:
                self._decline(intent, "card_declined")

    def tick(self) -> None:
        """Settle whatever is due, and expire what nobody has paid."""
        for intent in self.store.all("payment_intent", status="processing"):
            self.settle(intent["id"])
        for session in self.store.all("checkout.session", status="open"):
            self.session(session["id"], session["livemode"])
        for refund in self.store.all("refund"):
            slow = refund["status"] == "pending" or refund.get("_fails")
            if slow and refund["status"] != "failed" and refund["created"] + self.settle_seconds <= self.store.clock():
                self.finish_refund(refund["id"], succeeds=not refund.get("_fails"))
        self.notify()

    def _authorise(self, intent: Document) -> None:
        paying = intent["_paying"]
        manual = intent["capture_method"] == "manual" or option_of(intent, "card", "capture_method") == "manual"
        manual = manual and paying["method"] not in AT_ONCE
        charge = self._charge(intent, status="succeeded", captured=not manual)
        intent.update(latest_charge=charge["id"], last_payment_error=None)
        self.emit("charge.succeeded", charge)
        if manual:
            intent["amount_capturable"] = intent["amount"]
            self._move(intent, "requires_capture", "payment_intent.amount_capturable_updated")
        else:
            self._book(charge, "charge", charge["amount"])
            intent["amount_received"] = intent["amount"]
            self._move(intent, "succeeded", "payment_intent.succeeded")
        self._session_after(intent)
        outcome = BY_NUMBER[paying["number"]].outcome if paying["method"] == "card" else ""
        if outcome in {"disputed", "inquiry"}:
            self.dispute(charge["id"], intent["livemode"], only_asks=outcome == "inquiry")

    def _decline(self, intent: Document, outcome: str) -> None:
        code, decline, message = DECLINES[outcome]
        was_processing = intent["status"] == "processing"
        charge = self._charge(intent, status="failed", captured=False)
        charge.update(failure_code=code, failure_message=message, paid=False)
        self.store.put("charge", charge)
        error = {"type": "card_error", "code": code, "decline_code": decline, "message": message}
        intent.update(latest_charge=charge["id"], last_payment_error={key: text for key, text in error.items() if text})
        self.emit("charge.failed", charge)
        self._move(intent, "requires_payment_method", "payment_intent.payment_failed")
        if was_processing:
            self._session_after(intent)

    def _charge(self, intent: Document, *, status: str, captured: bool) -> Document:
        paying = intent["_paying"]
        charge = {
            "id": self._id("ch" if paying["method"] == "card" else "py"),
            "object": "charge",
            "amount": intent["amount"],
            "amount_captured": intent["amount"] if captured else 0,
            "amount_refunded": 0,
            "balance_transaction": None,
            "captured": captured,
            "created": self._now(),
            "currency": intent["currency"],
            "description": intent["description"],
            "disputed": False,
            "failure_code": None,
            "failure_message": None,
            "livemode": intent["livemode"],
            "metadata": dict(intent["metadata"]),
            "paid": status == "succeeded",
            "payment_intent": intent["id"],
            "payment_method": intent["payment_method"],
            "payment_method_details": details_of(paying["method"], paying["number"], paying["wallet"]),
            "refunded": False,
            "status": status,
            "_number": paying["number"],
        }
        return self.store.put("charge", charge)

    def _move(self, intent: Document, status: str, event: str, **changes: Any) -> None:
        intent.update(status=status, next_action=None)
        intent.update(changes)
        self.store.put("payment_intent", intent)
        self.emit(event, intent)

    def capture(self, name: str, livemode: bool, params: Mapping[str, Any]) -> Document:
        intent = self.found("payment_intent", name, livemode)
        if intent["status"] != "requires_capture":
            raise unexpected_state(
                f"This PaymentIntent could not be captured because it has a status of {intent['status']}.",
                "payment_intent_unexpected_state",
                payment_intent=public(intent),
            )
        amount = int(params.get("amount_to_capture") or intent["amount_capturable"])
        if not 0 < amount <= intent["amount_capturable"]:
            raise unexpected_state("The amount is larger than what may be captured.", "amount_too_large")
        with self.store.writing():
            charge = self.found("charge", intent["latest_charge"], livemode)
            charge.update(captured=True, amount_captured=amount)
            self._book(charge, "charge", amount)
            self.emit("charge.captured", charge)
            intent.update(amount_capturable=0, amount_received=amount)
            self._move(intent, "succeeded", "payment_intent.succeeded")
        self.notify()
        return intent

    def cancel(self, name: str, livemode: bool, reason: str = "") -> Document:
        intent = self.found("payment_intent", name, livemode)
        if intent["status"] in {"succeeded", "canceled", "processing"}:
            raise unexpected_state(
                f"You cannot cancel this PaymentIntent because it has a status of {intent['status']}.",
                "payment_intent_unexpected_state",
                payment_intent=public(intent),
            )
        with self.store.writing():
            intent.update(canceled_at=self._now(), cancellation_reason=reason or None, amount_capturable=0)
            self._move(intent, "canceled", "payment_intent.canceled")
        self.notify()
        return intent

    # Checkout sessions

    def create_session(self, params: Mapping[str, Any], livemode: bool, public_url: str) -> Document:
        if params.get("mode") != "payment":
            raise invalid("Only the mode payment is practised here.", "mode")
        if params.get("ui_mode", "hosted_page") != "hosted_page":
            raise invalid("Only the hosted page is practised here.", "ui_mode")
        if not params.get("success_url"):
            raise invalid("Missing required param: success_url.", "success_url", "parameter_missing")
        total, currency = 0, ""
        for index, line in enumerate(params.get("line_items") or []):
            price = line.get("price_data") or {}
            if not (price.get("product_data") or {}).get("name"):
                param = f"line_items[{index}][price_data][product_data][name]"
                raise invalid("A line needs a name.", param, "parameter_missing")
            currency = currency_of(price)
            total += amount_of(price, "unit_amount") * int(line.get("quantity", 0))
        if total <= 0:
            raise invalid("Something has to be paid.", "line_items", "parameter_missing")
        methods = params.get("payment_method_types") or ["card"]
        check_methods(methods, params.get("payment_method_options") or {}, needs_client=True)
        created = self._now()
        expires_at = int(params.get("expires_at") or created + DAY)
        if not 1800 <= expires_at - created <= DAY:
            raise invalid("expires_at must be between 30 minutes and 24 hours from now.", "expires_at")
        name = self._id("cs_live" if livemode else "cs_test")
        session = {
            "id": name,
            "object": "checkout.session",
            "amount_subtotal": total,
            "amount_total": total,
            "cancel_url": params.get("cancel_url"),
            "client_reference_id": params.get("client_reference_id"),
            "created": created,
            "currency": currency,
            "expires_at": expires_at,
            "livemode": livemode,
            "locale": params.get("locale"),
            "metadata": dict(params.get("metadata") or {}),
            "mode": "payment",
            "payment_intent": None,
            "payment_method_options": params.get("payment_method_options") or {},
            "payment_method_types": list(methods),
            "payment_status": "unpaid",
            "status": "open",
            "success_url": params["success_url"],
            "ui_mode": "hosted_page",
            "url": f"{public_url}/c/pay/{name}",
            "_lines": [line["price_data"]["product_data"]["name"] for line in params["line_items"]],
            "_intent": params.get("payment_intent_data") or {},
        }
        return self.store.put("checkout.session", session)

    def session(self, name: str, livemode: bool | None = None) -> Document:
        """Return a session brought up to date; the shopper's page does not know the mode."""
        session = self.store.get("checkout.session", name)
        if session is None or livemode not in {None, session["livemode"]}:
            message = f"No such checkout.session: {name}"
            raise Refused(404, "invalid_request_error", message, code="resource_missing", param="session", kept=False)
        if session["payment_intent"]:
            self.settle(session["payment_intent"])
            session = self.store.get("checkout.session", name) or session
        if session["status"] == "open" and session["expires_at"] <= self.store.clock():
            session = self._expire(session)
        return session

    def expire(self, name: str, livemode: bool) -> Document:
        session = self.session(name, livemode)
        if session["status"] != "open":
            message = f'Only Checkout Sessions with a status in ["open"] can be expired. It is {session["status"]}.'
            raise unexpected_state(message, "resource_state_invalid")
        session = self._expire(session)
        self.notify()
        return session

    def _expire(self, session: Document) -> Document:
        with self.store.writing():
            if session["payment_intent"]:
                self.cancel(session["payment_intent"], session["livemode"], "automatic")
            session["status"] = "expired"
            self.store.put("checkout.session", session)
            self.emit("checkout.session.expired", session)
        return session

    def pay_session(
        self, session: Document, *, method: str, number: str = "", wallet: str = "", fails: bool = False
    ) -> None:
        """The shopper presses the button of the hosted page."""
        with self.store.writing():
            if session["payment_intent"]:
                intent = self.found("payment_intent", session["payment_intent"], session["livemode"])
            else:
                own = session["_intent"]
                intent = self.create_intent(
                    {
                        "amount": session["amount_total"],
                        "currency": session["currency"],
                        "payment_method_types": session["payment_method_types"],
                        "payment_method_options": session["payment_method_options"],
                        "capture_method": own.get("capture_method", "automatic"),
                        "description": own.get("description"),
                        "metadata": own.get("metadata") or {},
                    },
                    session["livemode"],
                )
                intent["_session"] = session["id"]
                session["payment_intent"] = intent["id"]
                self.store.put("checkout.session", session)
            self.confirm(intent, method=method, number=number, wallet=wallet, fails=fails)
            if intent["status"] == "processing":
                session["status"] = "complete"
                self.store.put("checkout.session", session)
                self.emit("checkout.session.completed", session)

    def _session_after(self, intent: Document) -> None:
        """A payment of a session has been decided."""
        session = self.store.get("checkout.session", intent.get("_session", ""))
        if session is None:
            return
        paid = intent["status"] == "succeeded"
        delayed = session["status"] == "complete"
        session.update(status="complete", payment_status="paid" if paid else "unpaid")
        self.store.put("checkout.session", session)
        if delayed:
            self.emit(f"checkout.session.async_payment_{'succeeded' if paid else 'failed'}", session)
        else:
            self.emit("checkout.session.completed", session)

    # Money that goes back

    def refund(self, params: Mapping[str, Any], livemode: bool) -> Document:
        intent = self.found("payment_intent", str(params.get("payment_intent", "")), livemode)
        if intent["status"] != "succeeded":
            raise unexpected_state("This PaymentIntent does not have a successful charge to refund.", "charge_not_paid")
        reason = params.get("reason")
        if reason not in {None, "duplicate", "fraudulent", "requested_by_customer"}:
            raise invalid("Invalid reason", "reason")
        charge = self.found("charge", intent["latest_charge"], livemode)
        left = charge["amount_captured"] - charge["amount_refunded"]
        amount = amount_of(params, "amount") if "amount" in params else left
        if left <= 0:
            raise unexpected_state(f"Charge {charge['id']} has already been refunded.", "charge_already_refunded")
        open_disputes = [entry for entry in self.store.all("dispute", charge=charge["id"]) if entry["status"] != "won"]
        if any(not entry["is_charge_refundable"] for entry in open_disputes):
            raise unexpected_state("The charge has been charged back.", "charge_disputed")
        if amount > left:
            raise unexpected_state(f"Refund amount ({amount}) is greater than unrefunded amount ({left}).", "")
        card = BY_NUMBER.get(charge["_number"])
        slow = card is not None and card.outcome == "slow_refund"
        refund = {
            "id": self._id("re" if charge["id"].startswith("ch_") else "pyr"),
            "object": "refund",
            "amount": amount,
            "charge": charge["id"],
            "created": self._now(),
            "currency": charge["currency"],
            "failure_reason": None,
            "livemode": livemode,
            "metadata": dict(params.get("metadata") or {}),
            "payment_intent": intent["id"],
            "reason": reason,
            "status": "pending" if slow else "succeeded",
        }
        with self.store.writing():
            charge["amount_refunded"] += amount
            charge["refunded"] = charge["amount_refunded"] == charge["amount_captured"]
            self.store.put("charge", charge)
            self._book(refund, "refund", -amount)
            self.emit("refund.created", refund)
            self.emit("charge.refunded", charge)
            if card is not None and card.outcome == "refund_fails":
                refund["_fails"] = True
                self.store.put("refund", refund)
        if card is not None and card.outcome in {"refund_fails", "slow_refund"}:
            self._later()
        self.notify()
        return refund

    def finish_refund(self, name: str, *, succeeds: bool) -> Document:
        """The bank takes a refund, or sends it back, days later."""
        refund = self.store.get("refund", name)
        assert refund is not None
        before = {"status": refund["status"]}
        with self.store.writing():
            refund["status"] = "succeeded" if succeeds else "failed"
            if not succeeds:
                refund["failure_reason"] = "expired_or_canceled_card"
                charge = self.found("charge", refund["charge"], refund["livemode"])
                charge["amount_refunded"] -= refund["amount"]
                charge["refunded"] = False
                self.store.put("charge", charge)
                self._book(refund, "refund_failure", refund["amount"])
            self.store.put("refund", refund)
            self.emit("refund.updated", refund, before)
            if not succeeds:
                self.emit("refund.failed", refund, before)
        self.notify()
        return refund

    # Disputes

    def dispute(
        self, charge_id: str, livemode: bool, reason: str = "fraudulent", *, only_asks: bool = False
    ) -> Document:
        """The card's owner says that it was not them. `only_asks`: their bank inquires, and takes no money yet."""
        charge = self.found("charge", charge_id, livemode)
        dispute = {
            "id": self._id("du"),
            "object": "dispute",
            "amount": charge["amount_captured"],
            "charge": charge["id"],
            "created": self._now(),
            "currency": charge["currency"],
            "evidence": {},
            "evidence_details": {
                "due_by": self._now() + int(9 * DAY),
                "has_evidence": False,
                "past_due": False,
                "submission_count": 0,
            },
            "is_charge_refundable": only_asks,
            "livemode": livemode,
            "metadata": {},
            "payment_intent": charge["payment_intent"],
            "reason": reason,
            "status": "warning_needs_response" if only_asks else "needs_response",
        }
        with self.store.writing():
            charge["disputed"] = True
            self.store.put("charge", charge)
            self.store.put("dispute", dispute)
            self.emit("charge.dispute.created", dispute)
            if not only_asks:
                self.emit("charge.dispute.funds_withdrawn", dispute)
        self.notify()
        return dispute

    def escalate(self, name: str) -> Document:
        """The bank was not satisfied: the inquiry becomes a chargeback, and the money is withdrawn."""
        dispute = self.store.get("dispute", name)
        assert dispute is not None
        before = {"status": dispute["status"]}
        with self.store.writing():
            dispute.update(status="needs_response", is_charge_refundable=False)
            self.store.put("dispute", dispute)
            self.emit("charge.dispute.updated", dispute, before)
            self.emit("charge.dispute.funds_withdrawn", dispute)
        self.notify()
        return dispute

    def answer_dispute(self, name: str, livemode: bool, params: Mapping[str, Any]) -> Document:
        """The merchant sends evidence; Stripe's magic words decide it."""
        dispute = self.found("dispute", name, livemode)
        if dispute["status"] not in {"needs_response", "warning_needs_response"}:
            raise unexpected_state("This dispute is already closed.", "resource_state_invalid")
        dispute["evidence"].update(params.get("evidence") or {})
        dispute["evidence_details"]["has_evidence"] = True
        if params.get("submit", "true") == "false":
            return self.store.put("dispute", dispute)
        dispute["evidence_details"]["submission_count"] += 1
        text = dispute["evidence"].get("uncategorized_text", "")
        with self.store.writing():
            dispute["status"] = "under_review"
            self.store.put("dispute", dispute)
            self.emit("charge.dispute.updated", dispute, {"status": "needs_response"})
        if text in {"winning_evidence", "losing_evidence"}:
            return self.close_dispute(name, won=text == "winning_evidence")
        self.notify()
        return dispute

    def close_dispute(self, name: str, *, won: bool) -> Document:
        dispute = self.store.get("dispute", name)
        assert dispute is not None
        before = {"status": dispute["status"]}
        with self.store.writing():
            asked = dispute["status"].startswith("warning_")
            dispute["status"] = "warning_closed" if asked else "won" if won else "lost"
            self.store.put("dispute", dispute)
            self.emit("charge.dispute.closed", dispute, before)
            if won and not asked:
                self.emit("charge.dispute.funds_reinstated", dispute)
        self.notify()
        return dispute

    def _book(self, document: Document, kind: str, amount: int) -> None:
        """Write a movement into the balance."""
        fee = amount * FEE_PERCENT // 100 + FEE_FIXED if kind == "charge" else 0
        movement = {
            "id": self._id("txn"),
            "object": "balance_transaction",
            "amount": amount,
            "created": self._now(),
            "currency": document["currency"],
            "exchange_rate": None,
            "fee": fee,
            "livemode": document["livemode"],
            "net": amount - fee,
            "reporting_category": kind,
            "source": document["id"],
            "status": "pending",
            "type": kind if document["object"] != "charge" or document["id"].startswith("ch_") else "payment",
        }
        self.store.put("balance_transaction", movement)
        document["balance_transaction"] = movement["id"]
        self.store.put(document["object"], document)


_REDIRECT = {"type": "use_stripe_sdk", "use_stripe_sdk": {"type": "three_d_secure_redirect"}}
