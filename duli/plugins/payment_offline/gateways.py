from __future__ import annotations

from datetime import timedelta

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from duli.commerce.payments.gateway import (
    AttemptRef,
    Availability,
    CaptureRequest,
    GatewayConfig,
    GatewayDescription,
    GatewayEvent,
    GatewayRefused,
    Instructions,
    InvalidSignature,
    RefundRequest,
    RefundResult,
    SettingField,
    StartRequest,
    StartResult,
    WebhookMessage,
)


class ManualGateway:
    """What is common to all money that staff confirm: there is nobody to ask."""

    code: str
    description: GatewayDescription

    def available(self, query: Availability, config: GatewayConfig) -> bool:
        return query.amount.minor > 0

    def capture(self, request: CaptureRequest, config: GatewayConfig) -> tuple[GatewayEvent, ...]:
        return ()

    def refund(self, request: RefundRequest, config: GatewayConfig) -> RefundResult:
        raise GatewayRefused(reason="by_hand", detail=gettext("This money goes back by hand."))

    def close(self, attempt: AttemptRef, config: GatewayConfig) -> tuple[GatewayEvent, ...]:
        return ()

    def query(self, attempt: AttemptRef, config: GatewayConfig) -> tuple[GatewayEvent, ...]:
        return ()

    def parse_webhook(self, message: WebhookMessage, config: GatewayConfig) -> tuple[GatewayEvent, ...]:
        raise InvalidSignature()


class BankTransfer(ManualGateway):
    code = "bank_transfer"
    description = GatewayDescription(
        name=_("Bank transfer"),
        description=_("Transfer the amount to our account; we ship as soon as it has arrived."),
        kind="offline",
        manual=True,
        hold=timedelta(days=7),
        fields=(
            SettingField(
                "accounts",
                _("Account details"),
                "multiline",
                required=True,
                help=_("One “Label: value” per line. A line such as [USD] starts the account for that currency."),
            ),
            SettingField("hold_days", _("Days to wait for the money"), "number", default=7),
            SettingField("note", _("Note to the shopper"), "multiline"),
        ),
    )

    def available(self, query: Availability, config: GatewayConfig) -> bool:
        return super().available(query, config) and bool(account_lines(config.text("accounts"), query.amount.currency))

    def start(self, request: StartRequest, config: GatewayConfig) -> StartResult:
        lines = (
            *account_lines(config.text("accounts"), request.amount.currency),
            (gettext("Amount"), request.amount.format(request.language)),
            (gettext("Payment reference"), request.reference or request.label),
        )
        note = config.text("note") or gettext(
            "Please give the payment reference exactly as it is written here, so that we find your money."
        )
        return StartResult(Instructions(lines, note), external_id=request.reference or request.label)


class CashOnDelivery(ManualGateway):
    code = "cash_on_delivery"
    description = GatewayDescription(
        name=_("Cash on delivery"),
        description=_("Pay in cash when the parcel is handed to you."),
        kind="on_delivery",
        manual=True,
        settles_on_delivery=True,
        hold=None,
        fields=(SettingField("note", _("Note to the shopper"), "multiline"),),
    )

    def start(self, request: StartRequest, config: GatewayConfig) -> StartResult:
        lines = ((gettext("To pay on delivery"), request.amount.format(request.language)),)
        note = config.text("note") or gettext("Please have the exact amount ready for the courier.")
        return StartResult(Instructions(lines, note), external_id=request.label)


def account_lines(text: str, currency: str) -> tuple[tuple[str, str], ...]:
    """Return the (label, value) lines of the account for `currency`, else of the unnamed one."""
    sections: dict[str, list[tuple[str, str]]] = {"": []}
    current = ""
    for raw in text.splitlines():
        line = raw.strip()
        if line.startswith("[") and line.endswith("]"):
            current = line[1:-1].strip().upper()
            sections.setdefault(current, [])
        elif line:
            label, _colon, value = line.replace("：", ":", 1).partition(":")
            sections[current].append((label.strip(), value.strip()))
    return tuple(sections.get(currency) or sections[""])


bank_transfer = BankTransfer()
cash_on_delivery = CashOnDelivery()
