"""PayPal's state: orders with their authorizations, captures and refunds, disputes, and the events about them."""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from sandbox.kit.store import Document, Store

MERCHANT = "PRACTICEMERCHANT"
LIFE = timedelta(hours=3)
_WHOLE = {"JPY", "HUF", "TWD"}
_LETTERS = "ABCDEFGHJKLMNPRSTUVWXY0123456789"


class Refused(Exception):
    """Becomes PayPal's error object; `issue` is what went wrong."""

    def __init__(self, status: int, name: str, issue: str = "", description: str = "", field: str = "") -> None:
        super().__init__(issue or name)
        self.status, self.name = status, name
        details = {"issue": issue, "description": description or issue, "field": field}
        self.details = [{key: value for key, value in details.items() if value}] if issue else []


def unprocessable(issue: str, description: str = "") -> Refused:
    return Refused(422, "UNPROCESSABLE_ENTITY", issue, description)


class Ledger:
    """`webhook_url` gets the events. `settle_seconds`: how long slow things take.

    `timers`: slow things happen by themselves; otherwise when somebody asks, or at `tick`.
    """

    def __init__(
        self,
        store: Store,
        *,
        public_url: str,
        webhook_url: str = "",
        settle_seconds: float = 20.0,
        timers: bool = False,
    ) -> None:
        self.store = store
        self.public_url = public_url.rstrip("/")
        self.webhook_url = webhook_url
        self.settle_seconds = settle_seconds
        self.timers = timers
        self.notify: Callable[[], None] = lambda: None

    def moment(self) -> str:
        return datetime.fromtimestamp(self.store.clock(), UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def _id(self) -> str:
        return "".join(secrets.choice(_LETTERS) for _ in range(17))

    def emit(self, event_type: str, resource_type: str, resource: Mapping[str, Any]) -> None:
        event = {
            "id": f"WH-{self._id()}-{self._id()}",
            "create_time": self.moment(),
            "resource_type": resource_type,
            "event_type": event_type,
            "event_version": "1.0",
            "summary": event_type.replace(".", " ").capitalize(),
            "resource": shown(resource),
            "links": [],
        }
        self.store.put("event", event)
        if self.webhook_url:
            self.store.post(self.webhook_url, json.dumps(event, ensure_ascii=False), {"id": self._id()})

    def order(self, name: str) -> Document:
        order = self.store.get("order", name)
        if order is None:
            raise Refused(404, "RESOURCE_NOT_FOUND", "INVALID_RESOURCE_ID", "Specified resource ID does not exist.")
        age = self.store.clock() - order["_created"]
        if order["status"] in {"CREATED", "PAYER_ACTION_REQUIRED"} and age > LIFE.total_seconds():
            raise Refused(404, "RESOURCE_NOT_FOUND", "INVALID_RESOURCE_ID", "Specified resource ID does not exist.")
        self._settle(order)
        return order

    def create(self, wanted: Mapping[str, Any]) -> Document:
        intent, units = wanted.get("intent"), wanted.get("purchase_units")
        if intent not in {"CAPTURE", "AUTHORIZE"} or not isinstance(units, list) or len(units) != 1:
            raise Refused(400, "INVALID_REQUEST", "INVALID_PARAMETER_VALUE", field="/intent")
        unit = dict(units[0])
        for field, limit in (("reference_id", 256), ("custom_id", 127), ("invoice_id", 127), ("description", 127)):
            if len(str(unit.get(field, ""))) > limit:
                raise Refused(400, "INVALID_REQUEST", "INVALID_STRING_LENGTH", field=f"/purchase_units/0/{field}")
        total = money(unit.get("amount"))
        breakdown = (unit["amount"].get("breakdown") or {}) if isinstance(unit["amount"], dict) else {}
        if breakdown:
            minus = {"discount", "shipping_discount"}
            parts = sum((-money(part) if name in minus else money(part)) for name, part in breakdown.items())
            if parts != total:
                raise unprocessable("AMOUNT_MISMATCH", "Should equal item_total + tax_total + shipping + … - discount.")
        name = self._id()
        context = ((wanted.get("payment_source") or {}).get("paypal") or {}).get("experience_context") or {}
        now = self.moment()
        return self.store.put(
            "order",
            {
                "id": name,
                "intent": intent,
                "status": "PAYER_ACTION_REQUIRED" if context else "CREATED",
                "create_time": now,
                "update_time": now,
                "purchase_units": [{**unit, "payee": {"merchant_id": MERCHANT}}],
                "links": [
                    {"href": f"{self.public_url}/v2/checkout/orders/{name}", "rel": "self", "method": "GET"},
                    {"href": f"{self.public_url}/checkoutnow?token={name}", "rel": "payer-action", "method": "GET"},
                ],
                "_context": context,
                "_created": self.store.clock(),
            },
        )

    def patch(self, name: str, operations: Any) -> None:
        """Change the words of an order; of all that PayPal allows only what identifies it."""
        order = self.order(name)
        if order["status"] in {"COMPLETED", "VOIDED"}:
            raise unprocessable("ORDER_ALREADY_COMPLETED")
        unit = order["purchase_units"][0]
        prefix = f"/purchase_units/@reference_id=='{unit.get('reference_id', 'default')}'/"
        for operation in operations if isinstance(operations, list) else []:
            path, field = str(operation.get("path", "")), str(operation.get("path", "")).removeprefix(prefix)
            if operation.get("op") != "replace" or not path.startswith(prefix):
                raise unprocessable("UNSUPPORTED_PATCH_PARAMETER_VALUE")
            if field not in {"custom_id", "invoice_id", "description"} or len(str(operation["value"])) > 127:
                raise unprocessable("NOT_PATCHABLE")
            unit[field] = str(operation["value"])
        self.store.put("order", order)

    def approve(self, name: str, behaviour: str = "") -> Document:
        """The shopper agrees. `behaviour`: what happens when the merchant takes the money."""
        order = self.order(name)
        if order["status"] not in {"CREATED", "PAYER_ACTION_REQUIRED"}:
            return order
        order.update(status="APPROVED", update_time=self.moment(), _behaviour=behaviour)
        with self.store.writing():
            self.store.put("order", order)
            self.emit("CHECKOUT.ORDER.APPROVED", "checkout-order", order)
        return order

    def take(self, name: str, *, authorize: bool = False) -> Document:
        """Take, or set aside, what was approved."""
        order = self.order(name)
        if authorize != (order["intent"] == "AUTHORIZE"):
            raise unprocessable("ACTION_DOES_NOT_MATCH_INTENT")
        if order["status"] == "COMPLETED":
            raise unprocessable("ORDER_ALREADY_AUTHORIZED" if authorize else "ORDER_ALREADY_CAPTURED")
        if order["status"] != "APPROVED":
            raise unprocessable("ORDER_NOT_APPROVED", "Payer has not yet approved the Order for payment.")
        unit, behaviour = order["purchase_units"][0], order["_behaviour"]
        invoice = unit.get("invoice_id")
        if invoice and any(entry["invoice_id"] == invoice for entry in self.store.all("capture")):
            raise unprocessable("DUPLICATE_INVOICE_ID", "Duplicate Invoice ID detected.")
        if behaviour == "instrument_declined":
            order.update(status="PAYER_ACTION_REQUIRED", update_time=self.moment())
            self.store.put("order", order)
            raise unprocessable("INSTRUMENT_DECLINED", "The instrument presented was either declined or not accepted.")
        with self.store.writing():
            order.update(status="COMPLETED", update_time=self.moment())
            payments = unit.setdefault("payments", {})
            amount = _plain(unit["amount"])
            if authorize:
                authorization = {**self._payment(order, amount), "status": "CREATED"}
                payments["authorizations"] = [authorization]
                self.store.put("authorization", authorization)
                self.emit("PAYMENT.AUTHORIZATION.CREATED", "authorization", authorization)
            else:
                self._capture(order, amount, behaviour)
            self.store.put("order", order)
        return order

    def _payment(self, order: Document, amount: Mapping[str, Any]) -> dict[str, Any]:
        unit, name = order["purchase_units"][0], self._id()
        return {
            "id": name,
            "amount": dict(amount),
            "custom_id": unit.get("custom_id"),
            "invoice_id": unit.get("invoice_id"),
            "create_time": self.moment(),
            "payee": dict(unit["payee"]),
            "supplementary_data": {"related_ids": {"order_id": order["id"]}},
        }

    def _capture(self, order: Document, amount: Mapping[str, Any], behaviour: str) -> dict[str, Any]:
        capture = {**self._payment(order, amount), "final_capture": True, "status": "COMPLETED"}
        event = "COMPLETED"
        if behaviour == "declined":
            capture.update(status="DECLINED", status_details={"reason": "ECHECK"})
            event = "DENIED"
        elif behaviour == "pending":
            capture.update(status="PENDING", status_details={"reason": "PENDING_REVIEW"})
            order["_settles"] = self.store.clock() + self.settle_seconds
            event = "PENDING"
            self._later()
        order["purchase_units"][0].setdefault("payments", {})["captures"] = [capture]
        self.store.put("capture", {**capture, "_order": order["id"], "_behaviour": behaviour})
        self.store.put("order", order)
        self.emit(f"PAYMENT.CAPTURE.{event}", "capture", capture)
        return capture

    def _later(self) -> None:
        if self.timers:
            timer = threading.Timer(self.settle_seconds + 0.1, self.tick)
            timer.daemon = True
            timer.start()

    def _settle(self, order: Document) -> None:
        if order.get("_settles") is None or order["_settles"] > self.store.clock():
            return
        with self.store.writing():
            order["_settles"] = None
            [capture] = order["purchase_units"][0]["payments"]["captures"]
            capture["status"] = "COMPLETED"
            capture.pop("status_details", None)
            self._keep(order, capture)
            self.emit("PAYMENT.CAPTURE.COMPLETED", "capture", capture)

    def _keep(self, order: Document, capture: Mapping[str, Any]) -> None:
        stored = self.store.get("capture", capture["id"]) or {}
        self.store.put("capture", {**stored, **capture})
        self.store.put("order", order)

    def tick(self) -> None:
        for order in self.store.all("order"):
            self._settle(order)
        due = datetime.fromtimestamp(self.store.clock() - self.settle_seconds, UTC)
        for refund in self.store.all("refund", status="PENDING"):
            if datetime.fromisoformat(refund["create_time"]) <= due:
                self.finish_refund(refund["id"], succeeds=True)
        self.notify()

    def capture_authorization(self, name: str, wanted: Mapping[str, Any]) -> Document:
        authorization, order = self._authorization(name)
        if authorization["status"] != "CREATED":
            issue = (
                "AUTHORIZATION_ALREADY_CAPTURED" if authorization["status"] == "CAPTURED" else "AUTHORIZATION_VOIDED"
            )
            raise unprocessable(issue)
        amount = _plain(wanted.get("amount") or authorization["amount"])
        if money(amount) > money(authorization["amount"]):
            raise unprocessable("MAX_CAPTURE_AMOUNT_EXCEEDED")
        with self.store.writing():
            authorization["status"] = "CAPTURED"
            order["purchase_units"][0]["payments"]["authorizations"] = [authorization]
            self.store.put("authorization", authorization)
            return self._capture(order, amount, order["_behaviour"])

    def void_authorization(self, name: str) -> Document:
        authorization, order = self._authorization(name)
        if authorization["status"] != "CREATED":
            raise unprocessable("AUTHORIZATION_ALREADY_CAPTURED")
        with self.store.writing():
            authorization["status"] = "VOIDED"
            order["purchase_units"][0]["payments"]["authorizations"] = [authorization]
            self.store.put("authorization", authorization)
            self.store.put("order", order)
            self.emit("PAYMENT.AUTHORIZATION.VOIDED", "authorization", authorization)
        return authorization

    def _authorization(self, name: str) -> tuple[Document, Document]:
        authorization = self.store.get("authorization", name)
        if authorization is None:
            raise Refused(404, "RESOURCE_NOT_FOUND", "INVALID_RESOURCE_ID")
        return authorization, self.order(authorization["supplementary_data"]["related_ids"]["order_id"])

    def capture(self, name: str) -> Document:
        capture = self.store.get("capture", name)
        if capture is None:
            raise Refused(404, "RESOURCE_NOT_FOUND", "INVALID_RESOURCE_ID")
        return capture

    def refund(self, name: str, wanted: Mapping[str, Any]) -> Document:
        capture = self.capture(name)
        order = self.order(capture["_order"])
        if capture["status"] == "REFUNDED":
            raise unprocessable("CAPTURE_FULLY_REFUNDED")
        if capture["status"] not in {"COMPLETED", "PARTIALLY_REFUNDED"}:
            raise unprocessable("CAPTURE_NOT_COMPLETED")
        done = [entry for entry in self.store.all("refund", _capture=name) if entry["status"] != "FAILED"]
        left = money(capture["amount"]) - sum(money(entry["amount"]) for entry in done)
        amount = _plain(wanted.get("amount") or capture["amount"])
        if amount["currency_code"] != capture["amount"]["currency_code"]:
            raise unprocessable("REFUND_CURRENCY_MISMATCH")
        if not 0 < money(amount) <= left:
            raise unprocessable(
                "REFUND_AMOUNT_EXCEEDED", "The refund amount must be less than or equal to what is left."
            )
        slow = capture["_behaviour"] in {"refund_slow"}
        href = f"{self.public_url}/v2/payments/captures/{name}"
        refund = {
            "id": self._id(),
            "amount": amount,
            "custom_id": wanted.get("custom_id"),
            "invoice_id": wanted.get("invoice_id"),
            "status": "PENDING" if slow else "COMPLETED",
            "create_time": self.moment(),
            "links": [{"rel": "up", "href": href, "method": "GET"}],
            "_capture": name,
        }
        with self.store.writing():
            self.store.put("refund", refund)
            order["purchase_units"][0]["payments"].setdefault("refunds", []).append(shown(refund))
            whole = money(amount) == left
            [own] = order["purchase_units"][0]["payments"]["captures"]
            own["status"] = "REFUNDED" if whole else "PARTIALLY_REFUNDED"
            self._keep(order, own)
            if slow:
                self._later()
            else:
                self.emit("PAYMENT.CAPTURE.REFUNDED", "refund", refund)
        self.notify()
        return refund

    def finish_refund(self, name: str, *, succeeds: bool) -> None:
        """A refund that was pending, or even done, is done or comes back."""
        refund = self.store.get("refund", name)
        assert refund is not None
        order = self.order(self.capture(refund["_capture"])["_order"])
        with self.store.writing():
            refund["status"] = "COMPLETED" if succeeds else "FAILED"
            self.store.put("refund", refund)
            payments = order["purchase_units"][0]["payments"]
            payments["refunds"] = [shown(refund) if e["id"] == name else e for e in payments["refunds"]]
            if not succeeds:
                payments["captures"][0]["status"] = "COMPLETED"
            self._keep(order, payments["captures"][0])
            self.emit("PAYMENT.CAPTURE.REFUNDED" if succeeds else "PAYMENT.REFUND.FAILED", "refund", refund)
        self.notify()

    def transactions(self, query: Mapping[str, str]) -> dict[str, Any]:
        """Answer a transaction search: what moved between two moments, a page of it. Up to date three hours later."""
        begin, end = (datetime.fromisoformat(query[name]) for name in ("start_date", "end_date"))
        size, page = int(query.get("page_size", 100)), int(query.get("page", 1))
        if not timedelta() < end - begin <= timedelta(days=31) or not 1 <= size <= 500 or page < 1:
            raise Refused(400, "INVALID_REQUEST", "Invalid date range or page.")
        states = {"COMPLETED", "REFUNDED", "PARTIALLY_REFUNDED"}
        found = [_movement("T0006", "S", entry) for entry in self.store.all("capture") if entry["status"] in states]
        for refund in self.store.all("refund"):
            if refund["status"] != "PENDING":
                found.append(_movement("T1107", "S" if refund["status"] == "COMPLETED" else "V", refund))
        found = [entry for entry in found if begin <= datetime.fromisoformat(entry["_at"]) <= end]
        found.sort(key=lambda entry: entry["_at"])
        refreshed = datetime.fromtimestamp(self.store.clock(), UTC) - timedelta(hours=3)
        return {
            "transaction_details": [{"transaction_info": shown(entry)} for entry in found][(page - 1) * size :][:size],
            "last_refreshed_datetime": refreshed.isoformat(timespec="seconds").replace("+00:00", "Z"),
            "page": page,
            "total_items": len(found),
            "total_pages": max(1, -(-len(found) // size)),
        }

    def dispute(self, capture_id: str, stage: str = "CHARGEBACK") -> Document:
        """The payer says that nothing came. In the stage INQUIRY the two only talk about it."""
        capture = self.capture(capture_id)
        due = datetime.fromtimestamp(self.store.clock(), UTC) + timedelta(days=10)
        dispute = {
            "id": f"PP-D-{self._id()[:5]}",
            "create_time": self.moment(),
            "disputed_transactions": [{"seller_transaction_id": capture_id, "invoice_number": capture["invoice_id"]}],
            "reason": "MERCHANDISE_OR_SERVICE_NOT_RECEIVED",
            "dispute_life_cycle_stage": stage,
            "status": "WAITING_FOR_SELLER_RESPONSE",
            "dispute_amount": dict(capture["amount"]),
            "seller_response_due_date": due.isoformat(timespec="seconds").replace("+00:00", "Z"),
        }
        dispute["dispute_id"] = dispute["id"]
        with self.store.writing():
            self.store.put("dispute", dispute)
            self.emit("CUSTOMER.DISPUTE.CREATED", "dispute", dispute)
        self.notify()
        return dispute

    def close_dispute(self, name: str, *, won: bool) -> None:
        dispute = self.store.get("dispute", name)
        assert dispute is not None
        outcome = "RESOLVED_SELLER_FAVOUR" if won else "RESOLVED_BUYER_FAVOUR"
        dispute.update(status="RESOLVED", dispute_outcome={"outcome_code": outcome})
        with self.store.writing():
            self.store.put("dispute", dispute)
            self.emit("CUSTOMER.DISPUTE.RESOLVED", "dispute", dispute)
        self.notify()

    def track(self, name: str, wanted: Mapping[str, Any]) -> Document:
        order = self.order(name)
        captures = (order["purchase_units"][0].get("payments") or {}).get("captures") or []
        if wanted.get("capture_id") not in {entry["id"] for entry in captures}:
            raise unprocessable("CAPTURE_ID_NOT_FOUND")
        trackers = order["purchase_units"][0].setdefault("shipping", {}).setdefault("trackers", [])
        tracker = {"id": f"{wanted['capture_id']}-{wanted.get('tracking_number')}", "status": "SHIPPED"}
        if tracker not in trackers:
            trackers.append(tracker)
        return self.store.put("order", order)


def _movement(code: str, status: str, entry: Mapping[str, Any]) -> dict[str, Any]:
    amount = money(entry["amount"])
    currency = entry["amount"]["currency_code"]
    fee = (amount * Decimal("0.0349") + Decimal("0.49")).quantize(Decimal("0.01"))
    told: dict[str, Any] = {
        "transaction_id": entry["id"],
        "transaction_event_code": code,
        "transaction_initiation_date": entry["create_time"],
        "transaction_amount": {"currency_code": currency, "value": str(amount if code == "T0006" else -amount)},
        "transaction_status": status,
        "custom_field": entry.get("custom_id") or "",
        "invoice_id": entry.get("invoice_id") or "",
        "_at": entry["create_time"],
    }
    return {**told, "fee_amount": {"currency_code": currency, "value": str(-fee)}} if code == "T0006" else told


def shown(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return what PayPal shows: our own notes begin with an underscore."""
    return {name: value for name, value in document.items() if not name.startswith("_")}


def money(told: Any) -> Decimal:
    """Return an amount; PayPal takes decimal strings with as many digits as the currency has."""
    try:
        code, value = str(told["currency_code"]), Decimal(str(told["value"]))
    except (KeyError, TypeError, InvalidOperation):
        raise Refused(400, "INVALID_REQUEST", "INVALID_PARAMETER_SYNTAX", field="/amount") from None
    if len(code) != 3 or not code.isupper() or not isinstance(told["value"], str) or value < 0:
        raise Refused(400, "INVALID_REQUEST", "INVALID_PARAMETER_SYNTAX", field="/amount")
    if code in _WHOLE and value != value.to_integral_value():
        raise unprocessable("DECIMALS_NOT_SUPPORTED")
    if value != round(value, 2):
        raise unprocessable("DECIMAL_PRECISION")
    return value


def _plain(amount: Any) -> dict[str, Any]:
    money(amount)
    return {"currency_code": amount["currency_code"], "value": amount["value"]}
