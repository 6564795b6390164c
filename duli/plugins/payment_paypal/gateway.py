from __future__ import annotations

import json
import zlib
from collections.abc import Iterable
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from duli.base.setup_fields import pairs_of
from duli.commerce.payments.gateway import (
    AttemptRef,
    Availability,
    BillLine,
    CaptureRequest,
    GatewayConfig,
    GatewayEvent,
    GatewayRefused,
    GatewayUnavailable,
    InvalidSignature,
    MalformedWebhook,
    ParcelNotice,
    Redirect,
    RefundRequest,
    RefundResult,
    StartRequest,
    StartResult,
    WebhookMessage,
)
from duli.plugins.payment_paypal import bill, certificates, reading
from duli.plugins.payment_paypal.client import Account, KeyRefused, call, to_paypal
from duli.plugins.payment_paypal.messages import event_of
from duli.plugins.payment_paypal.setup import CARRIERS, DESCRIPTION, account_of, certificate_origins, practises

ORDERS = "/v2/checkout/orders"
GONE = "RESOURCE_NOT_FOUND"
# The shopper has to choose another way to pay on PayPal's page, where the same order waits for them.
_BACK_TO_PAYPAL = {"INSTRUMENT_DECLINED", "PAYER_ACTION_REQUIRED", "ORDER_NOT_APPROVED", "PAYER_CANNOT_PAY"}
# Somebody has taken it already: the order says what came of it.
_DONE = {
    "ORDER_ALREADY_CAPTURED",
    "ORDER_ALREADY_AUTHORIZED",
    "AUTHORIZATION_ALREADY_CAPTURED",
    "ORDER_COMPLETED_OR_VOIDED",
}
# Our codes of couriers and PayPal's own; every other one goes by its name.
_LOCALES = {"zh-hans": "zh-CN", "zh-hant": "zh-TW", "en": "en-US"}


class PayPal:
    code = "paypal"
    description = DESCRIPTION

    def available(self, query: Availability, config: GatewayConfig) -> bool:
        try:
            to_paypal(query.amount)
        except ValueError:
            return False
        return query.amount.minor > 0

    def start(self, request: StartRequest, config: GatewayConfig) -> StartResult:
        order = call(account_of(config), "POST", ORDERS, _order(request, config), key=f"{request.token}-start")
        links = {str(link["rel"]): str(link["href"]) for link in order.get("links") or () if isinstance(link, dict)}
        address = links.get("payer-action") or links.get("approve")
        if not address or not order.get("id"):
            raise GatewayUnavailable()
        return StartResult(Redirect(address), str(order["id"]), request.expires_at)

    def query(self, attempt: AttemptRef, config: GatewayConfig) -> tuple[GatewayEvent, ...]:
        account = account_of(config)
        order = _order_of(account, attempt)
        if order is None:
            return ()
        noted: tuple[GatewayEvent, ...] = ()
        if order["status"] == "APPROVED" and not reading.is_closed(order):
            order, noted = _take(account, attempt, order)
        return (*noted, *_told(order, account))

    def capture(self, request: CaptureRequest, config: GatewayConfig) -> tuple[GatewayEvent, ...]:
        account = account_of(config)
        order = _order_of(account, request.attempt)
        authorisations = reading.payments_of(order, "authorizations") if order else []
        if not authorisations:
            raise GatewayRefused(reason="nothing_authorised", detail=_("Nothing is authorised."))
        if not reading.payments_of(order or {}, "captures"):
            path = f"/v2/payments/authorizations/{authorisations[0]['id']}/capture"
            try:
                # The rest is released.
                call(
                    account,
                    "POST",
                    path,
                    {"amount": to_paypal(request.amount), "final_capture": True},
                    key=request.token,
                )
            except GatewayRefused as error:
                if error.reason not in _DONE:
                    raise
        return _told(_order_of(account, request.attempt) or {}, account)

    def refund(self, request: RefundRequest, config: GatewayConfig) -> RefundResult:
        refund = call(
            account_of(config),
            "POST",
            f"/v2/payments/captures/{request.transaction_id}/refund",
            {"amount": to_paypal(request.amount), "custom_id": request.attempt.token, "invoice_id": request.token},
            key=request.token,
        )
        status = str(refund.get("status"))
        if status in {"FAILED", "CANCELLED"}:
            raise GatewayRefused(reason=status, detail=_("The refund failed."))
        if not refund.get("id"):
            raise GatewayUnavailable()
        return RefundResult("succeeded" if status == "COMPLETED" else "pending", str(refund["id"]))

    def close(self, attempt: AttemptRef, config: GatewayConfig) -> tuple[GatewayEvent, ...]:
        """Mark the order as closed: PayPal moves no money before we take it, and what is marked is never taken.

        PayPal cannot be told to forget an order, so a shopper may still approve it on its page.
        """
        account = account_of(config)
        order = _order_of(account, attempt)
        if order is None:
            # Whoever has not heard of it cannot approve it: its address went with the answer that never came.
            return ()
        if not reading.payments_of(order, "captures"):
            for authorisation in reading.payments_of(order, "authorizations"):
                if authorisation["status"] in {"CREATED", "PENDING"}:
                    _try(
                        account,
                        "POST",
                        f"/v2/payments/authorizations/{authorisation['id']}/void",
                        key=f"{attempt.token}-void",
                    )
            if order["status"] not in {"COMPLETED", "VOIDED"}:
                _try(account, "PATCH", f"{ORDERS}/{order['id']}", _marking(order))
            order = _order_of(account, attempt) or order
        events = _told(order, account)
        if not events:
            # PayPal is examining the payment right now, or it was taken while we asked.
            raise GatewayUnavailable()
        return events

    def parse_webhook(self, message: WebhookMessage, config: GatewayConfig) -> tuple[GatewayEvent, ...]:
        account = account_of(config)
        _verify(message, config, account)
        try:
            return (event_of(json.loads(message.body), account),)
        except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError) as error:
            raise MalformedWebhook() from error

    def check(self, config: GatewayConfig) -> str:
        """Ask whether id and secret fit and whether the webhook is ours. GatewayRefused."""
        account = account_of(config)
        name = config.text("webhook_id")
        try:
            told = call(account, "GET", f"/v1/notifications/webhooks/{name}")
        except KeyRefused as error:
            raise GatewayRefused(reason=error.reason, detail=error.told) from error
        except GatewayRefused as error:
            raise GatewayRefused(
                reason="webhook_unknown", detail=_("The keys fit, but this app has no webhook of that ID.")
            ) from error
        return str(told.get("url", ""))

    def bill(self, day: date, config: GatewayConfig) -> Iterable[BillLine]:
        """Return what moved on one day (UTC), once PayPal's own search has come so far: about three hours later."""
        return bill.lines(account_of(config), day)

    def tell_of_parcel(self, parcel: ParcelNotice, config: GatewayConfig) -> None:
        """Tell PayPal, and through it the payer, the number of a parcel that went out for a capture."""
        details = {
            "capture_id": parcel.transaction_id,
            "tracking_number": parcel.tracking_number,
            "notify_payer": False,
            **_carrier(parcel, config),
        }
        # The same number of the same capture is the same operation.
        key = f"{parcel.attempt.token}-track-{zlib.crc32(parcel.tracking_number.encode()):08x}"
        call(account_of(config), "POST", f"{ORDERS}/{parcel.attempt.external_id}/track", details, key=key)


def _carrier(parcel: ParcelNotice, config: GatewayConfig) -> dict[str, str]:
    theirs = {ours: code for code, ours in pairs_of(config.text("carriers")).items()}
    if code := (CARRIERS | theirs).get(parcel.carrier):
        return {"carrier": code}
    return {"carrier": "OTHER", "carrier_name_other": (parcel.carrier_name or parcel.carrier or "-")[:64]}


def _order(request: StartRequest, config: GatewayConfig) -> dict[str, Any]:
    """Return the words of our question, the same at every repetition."""
    context = {
        "return_url": request.return_url,
        "cancel_url": request.return_url,
        "user_action": "PAY_NOW",
        "shipping_preference": "NO_SHIPPING",
        "locale": _LOCALES.get(request.language, request.language),
    }
    if brand := config.text("brand_name")[:127]:
        context["brand_name"] = brand
    unit = {
        "reference_id": request.token,
        "custom_id": request.token,
        # PayPal refuses a number that was paid before, and a second try of the same order is another payment.
        "invoice_id": f"{request.label}-{request.token[:10]}"[:127],
        "description": (_("Order %(number)s") % {"number": request.label})[:127],
        "amount": to_paypal(request.amount),
    }
    return {
        "intent": "AUTHORIZE" if config.text("capture") == "manual" else "CAPTURE",
        "purchase_units": [unit],
        "payment_source": {"paypal": {"experience_context": context}},
    }


def _order_of(account: Account, attempt: AttemptRef) -> dict[str, Any] | None:
    """Return the attempt's order; one that PayPal has forgotten, as it does with what nobody approves, is void."""
    if not attempt.external_id:
        return None
    try:
        order = call(account, "GET", f"{ORDERS}/{attempt.external_id}")
    except GatewayRefused as error:
        if error.reason not in {GONE, "INVALID_RESOURCE_ID"}:
            raise
        return {"id": attempt.external_id, "status": "VOIDED", "purchase_units": [{"custom_id": attempt.token}]}
    if not isinstance(order.get("purchase_units"), list) or not order["purchase_units"] or "status" not in order:
        raise GatewayUnavailable()
    return order


def _take(
    account: Account, attempt: AttemptRef, order: dict[str, Any]
) -> tuple[dict[str, Any], tuple[GatewayEvent, ...]]:
    """Take, or set aside, what the shopper has approved; return the order as it is then, and what is to be noted.

    A shopper who is sent back and approves again approves anew: that is another operation under a key of its own.
    """
    approval = f"{zlib.crc32(str(order.get('update_time', '')).encode()):08x}"
    verb = "authorize" if order.get("intent") == "AUTHORIZE" else "capture"
    try:
        taken = call(account, "POST", f"{ORDERS}/{order['id']}/{verb}", {}, key=f"{attempt.token}-{verb}-{approval}")
    except KeyRefused:
        raise
    except GatewayRefused as error:
        if error.reason in _DONE:
            return _order_of(account, attempt) or order, ()
        kind = "ignored" if error.reason in _BACK_TO_PAYPAL else "failed"
        name = f"query:{order['id']}:{error.reason}:{approval}"
        noted = GatewayEvent(name, kind, attempt.token, error_code=error.reason, error_message=error.detail)  # type: ignore[arg-type]
        return order, (noted,)
    # The short answer has no amounts, no payee: the order has.
    return (taken if taken.get("purchase_units") and taken.get("intent") else _order_of(account, attempt) or order), ()


def _told(order: dict[str, Any], account: Account) -> tuple[GatewayEvent, ...]:
    try:
        return tuple(reading.order_events(order, account))
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise GatewayUnavailable() from error


def _marking(order: dict[str, Any]) -> list[dict[str, str]]:
    unit = order["purchase_units"][0]
    path = f"/purchase_units/@reference_id=='{unit.get('reference_id', 'default')}'/custom_id"
    return [{"op": "replace", "path": path, "value": f"{reading.CLOSED}{reading.token_of(order)}"}]


def _try(account: Account, method: str, path: str, payload: Any = None, *, key: str = "") -> None:
    """Ask for it; a refusal means that the state is another one by now, which is read afterwards."""
    try:
        call(account, method, path, payload, key=key)
    except KeyRefused:
        raise
    except GatewayRefused:
        return


def _verify(message: WebhookMessage, config: GatewayConfig, account: Account) -> None:
    """Check that PayPal has sent it, by its certificate or by asking. InvalidSignature, GatewayUnavailable."""
    webhook_id = config.text("webhook_id")
    if config.text("verification") != "ask":
        certificates.verify(
            message.body,
            message.headers,
            webhook_id=webhook_id,
            origins=certificate_origins(config),
            authority=_authority(config),
        )
        return
    names = ("auth-algo", "cert-url", "transmission-id", "transmission-sig", "transmission-time")
    question: dict[str, str] = {name.replace("-", "_"): message.headers.get(f"paypal-{name}", "") for name in names}
    if not all(question.values()) or not webhook_id:
        raise InvalidSignature()
    try:
        json.loads(message.body)
    except (ValueError, RecursionError):
        raise InvalidSignature() from None
    # PayPal checks the very bytes that it sent: the message is put in as it came.
    head = json.dumps({**question, "webhook_id": webhook_id})[:-1].encode()
    try:
        told = call(
            account,
            "POST",
            "/v1/notifications/verify-webhook-signature",
            head + b', "webhook_event": ' + message.body + b"}",
        )
    except KeyRefused as error:
        raise GatewayUnavailable() from error
    except GatewayRefused:
        raise InvalidSignature() from None
    if told.get("verification_status") != "SUCCESS":
        raise InvalidSignature()


def _authority(config: GatewayConfig) -> str:
    """Return who must have issued the certificate; the stand-in of a demo serves its own authority."""
    if practises(config):
        import httpx2

        from duli.plugins.outward import client

        try:
            return client().get(f"{account_of(config).base_url}/certs/authority").text
        except httpx2.HTTPError as error:
            raise GatewayUnavailable() from error
    return config.text("authority")


paypal = PayPal()
