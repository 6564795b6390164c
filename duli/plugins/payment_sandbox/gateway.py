from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from duli.base.money import Money
from duli.commerce.payments.gateway import (
    AttemptRef,
    Availability,
    BillLine,
    CaptureRequest,
    GatewayConfig,
    GatewayDescription,
    GatewayEvent,
    GatewayEventKind,
    GatewayRefused,
    GatewayUnavailable,
    MalformedWebhook,
    Redirect,
    RefundRequest,
    RefundResult,
    SettingField,
    StartRequest,
    StartResult,
    WebhookMessage,
)
from duli.plugins.payment_sandbox.client import Account, call, verify

NOT_FOUND = "session_not_found"
_UNDECIDED = {"open", "challenged", "processing"}
_KINDS: dict[str, GatewayEventKind] = {
    "session.authorised": "authorised",
    "session.paid": "captured",
    "session.failed": "failed",
    "session.cancelled": "closed",
    "session.expired": "closed",
    "refund.succeeded": "refunded",
    "refund.failed": "refund_failed",
}


def built_in_secret() -> str:
    """Return the key that the shop shares with the card page inside its own process."""
    return hmac.new(settings.SECRET_KEY.encode(), b"sandbox card page", hashlib.sha256).hexdigest()


def account_of(config: GatewayConfig) -> Account:
    """Return the merchant's account; what is not set points at the card page inside the shop."""
    base_url = (
        config.text("base_url") or getattr(settings, "SANDBOX_CARD_URL", "") or f"{settings.PUBLIC_URL}/sandbox-card"
    )
    return Account(base_url.rstrip("/"), config.text("merchant") or "duli", config.text("secret") or built_in_secret())


class SandboxCard:
    code = "sandbox_card"
    description = GatewayDescription(
        name=_("Card (practice)"),
        description=_("Pay with a test card on a practice page. No real money moves."),
        kind="redirect",
        hold=timedelta(minutes=30),
        test_only=True,
        fields=(
            SettingField("base_url", _("Address of the card page"), help=_("Empty: the page inside this shop.")),
            SettingField("merchant", _("Merchant id")),
            SettingField("secret", _("Secret key"), "secret"),
            SettingField(
                "capture",
                _("Take the money"),
                "choice",
                default="automatic",
                choices=(("automatic", _("At once")), ("manual", _("When staff capture it"))),
            ),
        ),
    )

    def available(self, query: Availability, config: GatewayConfig) -> bool:
        return query.amount.minor > 0

    def start(self, request: StartRequest, config: GatewayConfig) -> StartResult:
        session = call(
            account_of(config),
            "POST",
            "/v1/sessions",
            {
                "reference": request.token,
                "amount": request.amount.minor,
                "currency": request.amount.currency,
                "label": request.label,
                "language": request.language,
                "return_url": request.return_url,
                "webhook_url": request.webhook_url,
                "capture": config.text("capture") or "automatic",
            },
            key=request.token,
        )
        try:
            expires_at = datetime.fromtimestamp(int(session["expires_at"]), UTC)
            return StartResult(Redirect(str(session["url"])), str(session["id"]), expires_at)
        except (KeyError, ValueError, TypeError, OverflowError) as error:
            raise GatewayUnavailable() from error

    def capture(self, request: CaptureRequest, config: GatewayConfig) -> tuple[GatewayEvent, ...]:
        path = f"/v1/sessions/{_name(request.attempt)}/capture"
        return self._told(config, "POST", path, {"amount": request.amount.minor})

    def close(self, attempt: AttemptRef, config: GatewayConfig) -> tuple[GatewayEvent, ...]:
        return self._told(config, "POST", f"/v1/sessions/{_name(attempt)}/cancel", final=True)

    def query(self, attempt: AttemptRef, config: GatewayConfig) -> tuple[GatewayEvent, ...]:
        return self._told(config, "GET", f"/v1/sessions/{_name(attempt)}")

    def refund(self, request: RefundRequest, config: GatewayConfig) -> RefundResult:
        answer = call(
            account_of(config),
            "POST",
            f"/v1/sessions/{_name(request.attempt)}/refunds",
            {"amount": request.amount.minor, "currency": request.amount.currency, "reason": request.reason},
            key=request.token,
        )
        if answer.get("status") == "failed":
            raise GatewayRefused(reason="refund_failed", detail=str(answer.get("message", "")))
        if not answer.get("id"):
            raise GatewayUnavailable()
        return RefundResult("succeeded" if answer.get("status") == "succeeded" else "pending", str(answer["id"]))

    def parse_webhook(self, message: WebhookMessage, config: GatewayConfig) -> tuple[GatewayEvent, ...]:
        account = account_of(config)
        verify(account, message.body, message.headers.get("card-signature", ""))
        try:
            told = json.loads(message.body)
            kind = _KINDS.get(told["type"], "ignored")
            return (_event(str(told["id"]), kind, told["data"], account.merchant),)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise MalformedWebhook() from error

    def check(self, config: GatewayConfig) -> str:
        """Ask for a session that cannot be there: only who signs rightly hears so."""
        account = account_of(config)
        try:
            call(account, "GET", "/v1/sessions/ref_connection-check")
        except GatewayRefused as error:
            if error.reason != NOT_FOUND:
                raise
        return account.merchant

    def bill(self, day: date, config: GatewayConfig) -> Iterable[BillLine]:
        """Return the movements of one UTC day."""
        told = call(account_of(config), "GET", f"/v1/bills/{day.isoformat()}")
        try:
            return [_bill_line(entry) for entry in told["movements"]]
        except (KeyError, TypeError, ValueError) as error:
            raise GatewayUnavailable() from error

    def _told(
        self,
        config: GatewayConfig,
        method: str,
        path: str,
        values: dict[str, Any] | None = None,
        *,
        final: bool = False,
    ) -> tuple[GatewayEvent, ...]:
        """Ask about a session, or change it, and return all that its answer says as events.

        With `final` a session that may still be paid is an error: the bank is deciding right now.
        """
        account = account_of(config)
        try:
            session = call(account, method, path, values or {} if method == "POST" else None)
        except GatewayRefused as error:
            if error.reason != NOT_FOUND:
                raise
            # Our request never arrived there, so nobody can ever pay it.
            return ()
        if final and session.get("status") in _UNDECIDED:
            raise GatewayUnavailable()
        try:
            return tuple(_session_events(session, account.merchant))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise GatewayUnavailable() from error


def _bill_line(entry: Mapping[str, Any]) -> BillLine:
    kinds: dict[str, Literal["captured", "refunded", "refund_failed"]] = {
        "captured": "captured",
        "refunded": "refunded",
        "refund_failed": "refund_failed",
    }
    currency = str(entry["currency"])
    return BillLine(
        kind=kinds[entry["kind"]],
        token=str(entry["reference"]),
        transaction_id=str(entry["id"]),
        amount=Money(int(entry["amount"]), currency),
        fee=Money(int(entry["fee"]), currency),
    )


def _name(attempt: AttemptRef) -> str:
    """The card page finds a session by its own id or by our reference."""
    return attempt.external_id or f"ref_{attempt.token}"


def _session_events(session: Mapping[str, Any], merchant: str) -> list[GatewayEvent]:
    """Read a session's present state as events whose ids are the same at every query."""
    status = session["status"]
    kinds: dict[str, GatewayEventKind] = {
        "authorised": "authorised",
        "paid": "captured",
        "failed": "failed",
        "cancelled": "closed",
        "expired": "closed",
    }
    found = []
    if status in kinds:
        found.append(_event(f"query:{session['id']}:{status}", kinds[status], session, merchant))
    for refund in session["refunds"]:
        state: GatewayEventKind | None = {"succeeded": "refunded", "failed": "refund_failed"}.get(refund["status"])  # type: ignore[assignment]
        if state:
            data = {**refund, "reference": session["reference"], "merchant": session["merchant"]}
            found.append(_event(f"query:{refund['id']}:{refund['status']}", state, data, merchant))
    return found


def _event(external_id: str, kind: GatewayEventKind, data: Mapping[str, Any], merchant: str) -> GatewayEvent:
    """`data` is a session, or a refund with the session's reference."""
    amount = data.get("amount")
    if amount is not None and (not isinstance(amount, int) or isinstance(amount, bool)):
        raise ValueError("amounts are whole minor units")
    transaction = data.get("charge_id") or (data["id"] if kind in {"refunded", "refund_failed"} else "")
    error = data.get("error") or {}
    return GatewayEvent(
        external_id=external_id,
        kind=kind,
        token=str(data["reference"]),
        amount=Money(amount, str(data["currency"])) if amount is not None else None,
        transaction_id=str(transaction),
        account_matches=data.get("merchant") == merchant,
        error_code=str(error.get("code", "")),
        error_message=str(error.get("message", "")),
    )


sandbox_card = SandboxCard()
