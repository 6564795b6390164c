from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from duli.base.money import Money
from duli.base.setup_fields import pairs_of
from duli.commerce.payments.gateway import (
    AttemptRef,
    Availability,
    BillLine,
    CaptureRequest,
    GatewayConfig,
    GatewayDescription,
    GatewayEvent,
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
    WebhookReply,
)
from duli.plugins.payment_antom import bill
from duli.plugins.payment_antom.client import Account, ForeignAnswer, account_of, call, verify_message

NOT_THERE = "ORDER_NOT_EXIST"
NO_REFUND = "REFUND_NOT_EXIST"
_CHECK = "duli-connection-check"
_TOKEN = 32
RECEIVED = '{"result":{"resultCode":"SUCCESS","resultStatus":"S","resultMessage":"success"}}'
_WALLETS = (
    ("ALIPAY_CN", _("Alipay (mainland China)")),
    ("ALIPAY_HK", "AlipayHK"),
    ("KAKAOPAY", "Kakao Pay"),
    ("GCASH", "GCash"),
    ("DANA", "DANA"),
    ("TNG", "Touch 'n Go eWallet"),
    ("TRUEMONEY", "TrueMoney"),
    ("BOOST", "Boost"),
)


class Antom:
    code = "antom"
    description = GatewayDescription(
        name=_("Alipay+"),
        description=_("Pay with Alipay or another wallet of Alipay+."),
        kind="redirect",
        hold=timedelta(minutes=30),
        has_test_mode=True,
        received=WebhookReply(RECEIVED),
        guide=(
            _("Sign in at dashboard.antom.com and open Developer → Quick start; choose Sandbox there for trying out."),
            _("Copy the Client ID; one for trying out begins with SANDBOX_."),
            _("Make a pair of RSA keys (2048 bits). Upload the public half there and paste the private half here."),
            _("Copy the Antom public key that the page shows after the upload."),
            _("Choose the region in which your account was opened, and the wallet that is signed for it."),
            _("Save, then test the connection."),
        ),
        fields=(
            SettingField("client_id", _("Client ID"), required=True),
            SettingField("private_key", _("Private key"), "secret", required=True),
            SettingField("public_key", _("Antom public key"), "multiline", required=True),
            SettingField("key_version", _("Key version"), default="1"),
            SettingField(
                "region",
                _("Region of the account"),
                "choice",
                default="sea",
                choices=(("sea", _("Asia")), ("na", _("North America")), ("de", _("Europe"))),
            ),
            SettingField("wallet", _("Wallet"), "choice", default="ALIPAY_CN", choices=_WALLETS),
            SettingField(
                "reply",
                _("Answer to their messages"),
                default=RECEIVED,
                help=_("Change it only if Antom announces another one."),
            ),
            SettingField(
                "columns",
                _("Columns of their bills"),
                "pairs",
                meanings=bill.COLUMNS,
                help=_(
                    "Only if Antom renames one: its heading = the former one, as in Transaction ID = transactionId."
                ),
            ),
            SettingField(
                "settlement", _("Settled in"), help=_("A currency such as USD. Empty: the one of your contract.")
            ),
            SettingField("base_url", _("Address of the interface"), help=_("Empty: Antom's own.")),
        ),
    )

    def available(self, query: Availability, config: GatewayConfig) -> bool:
        return query.amount.minor > 0

    def start(self, request: StartRequest, config: GatewayConfig) -> StartResult:
        amount = _written(request.amount)
        asked: dict[str, Any] = {
            "productCode": "CASHIER_PAYMENT",
            "paymentRequestId": request.token,
            "order": {
                "referenceOrderId": request.label or request.token,
                "orderDescription": gettext("Order %(number)s") % {"number": request.label},
                "orderAmount": amount,
            },
            "paymentAmount": amount,
            "paymentMethod": {"paymentMethodType": config.text("wallet") or "ALIPAY_CN"},
            "paymentRedirectUrl": request.return_url,
            "paymentNotifyUrl": request.webhook_url,
            "env": {"terminalType": "WEB" if request.device == "desktop" else "WAP"},
        }
        if request.client_ip:
            asked["env"]["clientIp"] = request.client_ip
        if request.expires_at:
            asked["paymentExpiryTime"] = request.expires_at.isoformat(timespec="seconds")
        if config.text("settlement"):
            asked["settlementStrategy"] = {"settlementCurrency": config.text("settlement").upper()}
        told = call(account_of(config), "pay", asked)
        if not told.get("normalUrl"):
            raise GatewayUnavailable()
        return StartResult(Redirect(str(told["normalUrl"])), str(told.get("paymentId", "")), request.expires_at)

    def capture(self, request: CaptureRequest, config: GatewayConfig) -> tuple[GatewayEvent, ...]:
        """Nothing is ever only authorised here."""
        return self.query(request.attempt, config)

    def query(self, attempt: AttemptRef, config: GatewayConfig) -> tuple[GatewayEvent, ...]:
        account = account_of(config)
        events = list(_payment_events(_payment(account, attempt.token)))
        for token in attempt.refunds:
            number = attempt.token + token
            try:
                told = call(account, "inquiryRefund", {"refundRequestId": number})
            except GatewayRefused as error:
                if error.reason != NO_REFUND:
                    raise
            else:
                events += _refund_events({**told, "refundRequestId": number})
        return tuple(events)

    def close(self, attempt: AttemptRef, config: GatewayConfig) -> tuple[GatewayEvent, ...]:
        account = account_of(config)
        payment = _payment(account, attempt.token)
        if not payment or (events := _payment_events(payment)):
            return events if payment else ()
        told = call(account, "cancel", {"paymentRequestId": attempt.token})
        events = _payment_events(_payment(account, attempt.token))
        if told["result"].get("resultStatus") != "S" or not events:
            # It is being paid right now: ask again before anything else may be paid.
            raise GatewayUnavailable()
        return events

    def refund(self, request: RefundRequest, config: GatewayConfig) -> RefundResult:
        # A message about a refund does not name its payment: its number does.
        number = request.attempt.token + request.token
        asked = {
            "refundRequestId": number,
            "paymentId": request.transaction_id,
            "refundAmount": _written(request.amount),
            "refundReason": request.reason[:200] or "-",
        }
        if request.webhook_url:
            asked["refundNotifyUrl"] = request.webhook_url
        told = call(account_of(config), "refund", asked)
        return RefundResult("succeeded" if told["result"]["resultStatus"] == "S" else "pending", number)

    def parse_webhook(self, message: WebhookMessage, config: GatewayConfig) -> tuple[GatewayEvent, ...]:
        account = account_of(config)
        verify_message(account, message)
        ours = message.headers.get("client-id") == account.client_id
        try:
            told = json.loads(message.body)
            kind = str(told["notifyType"])
            if kind == "REFUND_RESULT":
                return tuple(_refund_events(told, ours=ours))
            status = {"S": "SUCCESS", "F": "FAIL"}.get(told["result"]["resultStatus"], "PROCESSING")
            status = status if kind == "PAYMENT_RESULT" else "PROCESSING"
            events = _payment_events({**told, "paymentStatus": status}, ours=ours)
            name = f"{kind}:{told['paymentRequestId']}"[:255]
            return events or (GatewayEvent(name, "ignored", str(told["paymentRequestId"])),)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError, GatewayUnavailable) as error:
            raise MalformedWebhook() from error

    def read_bill(self, content: bytes, config: GatewayConfig) -> tuple[date, list[BillLine]]:
        return bill.read_bill(content, pairs_of(config.text("columns")))

    def reply(self, config: GatewayConfig) -> WebhookReply:
        return WebhookReply(config.text("reply") or RECEIVED)

    def check(self, config: GatewayConfig) -> str:
        """Ask for a payment that cannot be there: the answer is signed, and says so."""
        account = account_of(config)
        try:
            call(account, "inquiryPayment", {"paymentRequestId": _CHECK})
        except ForeignAnswer as error:
            detail = gettext("The answer is not signed with the Antom public key that is set here.")
            raise GatewayRefused(reason=error.code, detail=detail) from error
        except GatewayRefused as error:
            if error.reason != NOT_THERE:
                raise
        return account.client_id


def _written(amount: Money) -> dict[str, str]:
    return {"currency": amount.currency, "value": str(amount.minor)}


def _read(amount: Mapping[str, Any]) -> Money:
    value = str(amount["value"])
    if not (value.isascii() and value.isdigit()):
        raise ValueError("amounts are whole minor units")
    return Money(int(value), str(amount["currency"]))


def _payment(account: Account, token: str) -> dict[str, Any]:
    """Return a payment as it is now, {} if Antom has never heard of it."""
    try:
        told = call(account, "inquiryPayment", {"paymentRequestId": token})
    except GatewayRefused as error:
        if error.reason == NOT_THERE:
            return {}
        raise
    if told.get("paymentRequestId") != token:
        raise GatewayUnavailable()
    return told


def _payment_events(payment: Mapping[str, Any], *, ours: bool = True) -> tuple[GatewayEvent, ...]:
    """Read a payment's state as events whose ids are the same in every message and at every query."""
    if not payment:
        return ()
    try:
        status, token = str(payment["paymentStatus"]), str(payment["paymentRequestId"])
        # Only two accounts could tell the same thing about one payment differently.
        name = f"{'' if ours else 'foreign:'}payment:{token}:{status}"
        if status == "SUCCESS":
            amount, number = _read(payment["paymentAmount"]), str(payment["paymentId"])
            return (GatewayEvent(name, "captured", token, amount, number, account_matches=ours),)
        if status == "CANCELLED":
            return (GatewayEvent(name, "closed", token, account_matches=ours),)
        if status == "FAIL":
            result = payment.get("result") or {}
            code = str(payment.get("paymentResultCode") or result.get("resultCode") or "failed")
            words = str(payment.get("paymentResultMessage") or result.get("resultMessage") or "")
            return (GatewayEvent(name, "failed", token, account_matches=ours, error_code=code, error_message=words),)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise GatewayUnavailable() from error
    if status in {"PROCESSING", "PENDING"}:
        return ()
    raise GatewayUnavailable()


def _refund_events(refund: Mapping[str, Any], *, ours: bool = True) -> Iterable[GatewayEvent]:
    number, status = str(refund["refundRequestId"]), str(refund["refundStatus"])
    if status not in {"SUCCESS", "FAIL"}:
        return
    # One that was made in Antom's own back office names no payment of ours; staff see it.
    token = number[:_TOKEN] if len(number) == 2 * _TOKEN else ""
    yield GatewayEvent(
        f"refund:{number}:{status}",
        "refunded" if status == "SUCCESS" else "refund_failed",
        token,
        _read(refund["refundAmount"]),
        number,
        account_matches=ours,
        error_code="" if status == "SUCCESS" else "refund_failed",
    )


antom = Antom()
