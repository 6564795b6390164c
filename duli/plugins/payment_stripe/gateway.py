from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.utils.translation import gettext as _

from duli.commerce.payments.gateway import (
    AttemptRef,
    Availability,
    BillLine,
    CaptureRequest,
    ClientForm,
    GatewayConfig,
    GatewayEvent,
    GatewayRefused,
    GatewayUnavailable,
    InvalidSignature,
    MalformedWebhook,
    Redirect,
    RefundRequest,
    RefundResult,
    StartRequest,
    StartResult,
    WebhookMessage,
)
from duli.plugins.payment_stripe import reading
from duli.plugins.payment_stripe.amounts import from_stripe, to_stripe
from duli.plugins.payment_stripe.client import Account, FailedBefore, KeyRefused, KeyUsed, call, pages, verify
from duli.plugins.payment_stripe.messages import event_of
from duli.plugins.payment_stripe.setup import DESCRIPTION, account_of, methods_for, script_of, webhook_secrets
from duli.plugins.payment_stripe.standing import INTENTS, SESSIONS, Standing, events_of, found, readable, standing_of

_REASONS = {"duplicate", "fraudulent"}
_LOCALES = {"zh-hans": "zh", "zh-hant": "zh-TW"}


class Stripe:
    code = "stripe"
    description = DESCRIPTION

    def available(self, query: Availability, config: GatewayConfig) -> bool:
        if _in_frames(config) and not config.text("publishable_key"):
            return False
        try:
            return to_stripe(query.amount) > 0
        except ValueError:
            return False

    def start(self, request: StartRequest, config: GatewayConfig) -> StartResult:
        account = account_of(config)
        if _in_frames(config):
            return _start_in_frames(account, request, config)
        try:
            session = call(account, "POST", SESSIONS, _session(request, config), key=f"{request.token}-start")
        except (KeyUsed, FailedBefore) as error:
            session = _remembered(account, request, error)
        with readable():
            lapses = datetime.fromtimestamp(int(session["expires_at"]), UTC)
            limit = min(lapses, request.expires_at) if request.expires_at else lapses
            # One that is not open any more has no page: it was paid, or closed, after our first question.
            address = str(session.get("url") or request.return_url)
            return StartResult(Redirect(address), str(session["id"]), limit)

    def capture(self, request: CaptureRequest, config: GatewayConfig) -> tuple[GatewayEvent, ...]:
        account = account_of(config)
        standing = standing_of(account, request.attempt)
        if standing is None or standing.intent is None:
            raise GatewayRefused(reason="nothing_authorised", detail=_("Nothing is authorised."))
        if standing.status == "requires_capture":
            path = f"{INTENTS}/{standing.intent['id']}"
            params = {"amount_to_capture": to_stripe(request.amount), "expand": ["latest_charge"]}
            try:
                intent = call(account, "POST", f"{path}/capture", params, key=request.token)
            except (KeyUsed, FailedBefore):
                intent = call(account, "GET", path, {"expand": ["latest_charge"]})
            standing = Standing(request.attempt.token, None, intent)
        if standing.status != "succeeded":
            raise GatewayRefused(reason=standing.status, detail=_("The authorisation has ended."))
        return events_of(account, standing)

    def refund(self, request: RefundRequest, config: GatewayConfig) -> RefundResult:
        account = account_of(config)
        params: dict[str, Any] = {
            "payment_intent": request.transaction_id,
            "amount": to_stripe(request.amount),
            "reason": request.reason if request.reason in _REASONS else "requested_by_customer",
            "metadata": {reading.ATTEMPT: request.attempt.token, reading.REFUND: request.token},
        }
        try:
            refund = call(account, "POST", "/v1/refunds", params, key=request.token)
        except (KeyUsed, FailedBefore) as error:
            refund = _remembered_refund(account, request, error)
        with readable():
            status = refund["status"]
            if status in {"failed", "canceled"}:
                raise GatewayRefused(reason=str(refund.get("failure_reason") or status), detail=_("The refund failed."))
            return RefundResult("succeeded" if status == "succeeded" else "pending", str(refund["id"]))

    def close(self, attempt: AttemptRef, config: GatewayConfig) -> tuple[GatewayEvent, ...]:
        account = account_of(config)
        standing = standing_of(account, attempt)
        if standing is None:
            return ()
        if path := _closing(standing):
            _try(account, path)
            standing = standing_of(account, attempt) or standing
        events = events_of(account, standing)
        if not events:
            # The bank is deciding right now.
            raise GatewayUnavailable()
        return events

    def query(self, attempt: AttemptRef, config: GatewayConfig) -> tuple[GatewayEvent, ...]:
        account = account_of(config)
        standing = standing_of(account, attempt)
        return events_of(account, standing) if standing else ()

    def parse_webhook(self, message: WebhookMessage, config: GatewayConfig) -> tuple[GatewayEvent, ...]:
        verify(webhook_secrets(config), message.body, message.headers.get("stripe-signature", ""))
        try:
            told = json.loads(message.body)
            if bool(told["livemode"]) is config.test_mode:
                # It is true, but of the other mode: money that moves nowhere pays for nothing.
                raise InvalidSignature()
            return (event_of(told, lambda name: _token_at(config, name)),)
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
            raise MalformedWebhook() from error

    def check(self, config: GatewayConfig) -> str:
        """Ask who we are; the words of Stripe go to the merchant. GatewayRefused."""
        try:
            account = call(account_of(config), "GET", "/v1/account")
        except KeyRefused as error:
            raise GatewayRefused(reason=error.reason, detail=error.told) from error
        name = ((account.get("settings") or {}).get("dashboard") or {}).get("display_name") or ""
        if account.get("charges_enabled") is False:
            raise GatewayRefused(
                reason="charges_disabled", detail=_("This account may not take payments yet: finish its activation.")
            )
        return f"{name} ({account.get('id', '')})".strip()

    def bill(self, day: date, config: GatewayConfig) -> Iterable[BillLine]:
        """Return the movements of the balance of one day; Stripe's days are UTC."""
        account = account_of(config)
        begin = datetime.combine(day, time(), UTC)
        window = {"gte": int(begin.timestamp()), "lt": int((begin + timedelta(days=1)).timestamp())}
        for movement in pages(account, "/v1/balance_transactions", {"created": window, "expand": ["data.source"]}):
            with readable():
                line = _bill_line(movement)
            if line is not None:
                yield line


def _in_frames(config: GatewayConfig) -> bool:
    return config.text("form") == "element"


def _start_in_frames(account: Account, request: StartRequest, config: GatewayConfig) -> StartResult:
    """Ask for a payment that Stripe's frames on the order's page complete; the card goes to Stripe alone."""
    name = _("Order %(number)s") % {"number": request.label}
    params = {
        "amount": to_stripe(request.amount),
        "currency": request.amount.currency.lower(),
        "description": name,
        "metadata": {reading.ATTEMPT: request.token},
        **methods_for(config, request.amount.currency),
    }
    try:
        intent = call(account, "POST", INTENTS, params, key=f"{request.token}-start")
    except (KeyUsed, FailedBefore) as error:
        known = found(account, request.token)
        if not known.startswith("pi_"):
            raise error
        intent = call(account, "GET", f"{INTENTS}/{known}")
    with readable():
        script, origins = script_of(account)
        values = {
            "key": config.text("publishable_key"),
            "secret": str(intent["client_secret"]),
            "locale": _LOCALES.get(request.language, request.language or "auto"),
            "return_url": request.return_url,
            "label": _("Pay %(amount)s") % {"amount": request.amount.format(request.language)},
            "failed": _("Stripe's form could not be loaded. Reload the page, or choose another way to pay."),
        }
        step = ClientForm(script, values, "payment_stripe/element.js", origins)
        return StartResult(step, str(intent["id"]), request.expires_at)


def _session(request: StartRequest, config: GatewayConfig) -> dict[str, Any]:
    """Return the words of our question. They must be the same at every repetition: nothing depends on the hour.

    That is why Stripe is not told when the order lapses, which it would only accept from 30 minutes on; the shop
    closes the session itself.
    """
    name = _("Order %(number)s") % {"number": request.label}
    marked = {reading.ATTEMPT: request.token}
    return {
        "mode": "payment",
        "client_reference_id": request.token,
        "line_items": [
            {
                "quantity": 1,
                "price_data": {
                    "currency": request.amount.currency.lower(),
                    "unit_amount": to_stripe(request.amount),
                    "product_data": {"name": name},
                },
            }
        ],
        "metadata": marked,
        "payment_intent_data": {"metadata": marked, "description": name},
        "success_url": request.return_url,
        "cancel_url": request.return_url,
        "locale": _LOCALES.get(request.language, request.language or "auto"),
        **methods_for(config, request.amount.currency),
    }


def _remembered(account: Account, request: StartRequest, error: GatewayUnavailable) -> dict[str, Any]:
    """Return the session that the same token opened, with other words or without an answer."""
    if name := found(account, request.token):
        return call(account, "GET", f"{SESSIONS}/{name}")
    if isinstance(error, FailedBefore):
        raise GatewayRefused(reason="api_error", detail=_("It could not open its page.")) from error
    raise error


def _remembered_refund(account: Account, request: RefundRequest, error: GatewayUnavailable) -> dict[str, Any]:
    for refund in pages(account, "/v1/refunds", {"payment_intent": request.transaction_id}):
        if (refund.get("metadata") or {}).get(reading.REFUND) == request.token:
            return refund
    if isinstance(error, FailedBefore):
        raise GatewayRefused(reason="api_error", detail=_("The refund failed.")) from error
    raise error


def _closing(standing: Standing) -> str:
    """Return what ends an attempt, "" if it is over.

    Neither call carries a key: both are harmless to repeat, and under a key a refusal of this moment ("the bank is
    deciding") would be Stripe's answer for a day.
    """
    if standing.session is not None and standing.is_payable:
        return f"{SESSIONS}/{standing.session['id']}/expire"
    if standing.intent is not None and (standing.is_payable or standing.status == "requires_capture"):
        return f"{INTENTS}/{standing.intent['id']}/cancel"
    return ""


def _try(account: Account, path: str) -> None:
    """Ask for it; a refusal means that the state is another one by now, which is read afterwards."""
    try:
        call(account, "POST", path)
    except KeyRefused:
        raise
    except GatewayRefused:
        return


def _token_at(config: GatewayConfig, intent: str) -> str:
    """Ask which attempt a payment belongs to: refunds by hand and disputes do not say."""
    if not intent:
        return ""
    try:
        return reading.token_of(call(account_of(config), "GET", f"{INTENTS}/{intent}"))
    except KeyRefused as error:
        raise GatewayUnavailable() from error
    except GatewayRefused:
        return ""


def _bill_line(movement: dict[str, Any]) -> BillLine | None:
    """Read one movement of the balance, None for payouts, fees and the like.

    The balance may be kept in another currency than the shopper paid in: the amount is the shopper's.
    """
    kinds = {"charge": "captured", "refund": "refunded", "refund_failure": "refund_failed"}
    kind = kinds.get(str(movement.get("reporting_category")))
    source = movement.get("source")
    if kind is None or not isinstance(source, dict):
        return None
    metadata = source.get("metadata") or {}
    if kind == "captured":
        amount = from_stripe(source["amount_captured"], source["currency"])
        fee = from_stripe(movement["fee"], movement["currency"])
        transaction = reading.name_of(source.get("payment_intent")) or str(source["id"])
        return BillLine("captured", str(metadata.get(reading.ATTEMPT) or ""), transaction, amount, fee)
    amount = from_stripe(source["amount"], source["currency"])
    token = str(metadata.get(reading.REFUND) or "")
    return BillLine("refunded" if kind == "refunded" else "refund_failed", token, str(source["id"]), amount)


stripe = Stripe()
