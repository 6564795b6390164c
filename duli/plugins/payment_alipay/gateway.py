from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any
from urllib.parse import quote

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
    ShowQR,
    StartRequest,
    StartResult,
    WebhookMessage,
    WebhookReply,
)
from duli.plugins.payment_alipay.bill import COLUMNS, read_bill
from duli.plugins.payment_alipay.client import (
    Account,
    ForeignAnswer,
    account_of,
    call,
    download,
    in_china,
    page_url,
    verify_message,
)

NOT_THERE = "ACQ.TRADE_NOT_EXIST"
WAITING = "WAIT_BUYER_PAY"
_PAID = {"TRADE_SUCCESS", "TRADE_FINISHED"}
_CHECK = "duli-connection-check"
# What the app of Alipay opens a scanned code with.
_CODES = "https://qr.alipay.com/"
_OPEN_APP = "alipays://platformapi/startapp?saId=10000007&qrcode="


class Alipay:
    code = "alipay"
    description = GatewayDescription(
        name=_("Alipay"),
        description=_("Pay with the Alipay app or your Alipay account."),
        kind="redirect",
        hold=timedelta(minutes=30),
        has_test_mode=True,
        by_device=True,
        received=WebhookReply("success", "text/plain"),
        guide=(
            _("Sign in at open.alipay.com with the Alipay account that receives the money, and open Console."),
            _(
                "Create a web or mobile app there, or open the one you have, and copy its APPID. For trying out, choose"
                " Sandbox in the console instead: it has an app and keys of its own."
            ),
            _(
                "In the app, open Development settings → Interface signing method. With keys: let Alipay's key tool"
                " make a pair (RSA2), upload the app's public key, and paste the app's private key here."
            ),
            _(
                "Copy what Alipay shows after the upload as Alipay public key. It is not the app's public key; the two"
                " are often mixed up."
            ),
            _(
                "With certificates instead: download the three files and paste the text of each:"
                " appCertPublicKey, alipayCertPublicKey_RSA2 and alipayRootCert."
            ),
            _(
                "In the products of the app, sign up for payment on computer websites, payment on mobile websites and,"
                " for the QR code, payment in person."
            ),
            _("Copy the account's PID (2088…) from the account centre as seller id. Save, then test the connection."),
        ),
        fields=(
            SettingField("app_id", _("APPID"), required=True),
            SettingField("seller_id", _("Seller id (PID)"), help=_("16 digits that begin with 2088.")),
            SettingField(
                "keys",
                _("Signed with"),
                "choice",
                default="key",
                choices=(("key", _("Keys")), ("certificate", _("Certificates"))),
            ),
            SettingField("private_key", _("App private key"), "secret", required=True),
            SettingField(
                "alipay_public_key", _("Alipay public key"), "multiline", help=_("Not needed with certificates.")
            ),
            SettingField("app_certificate", _("App certificate"), "multiline", help=_("appCertPublicKey_….crt")),
            SettingField(
                "alipay_certificate", _("Alipay certificate"), "multiline", help=_("alipayCertPublicKey_RSA2.crt")
            ),
            SettingField("root_certificate", _("Alipay root certificate"), "multiline", help=_("alipayRootCert.crt")),
            SettingField(
                "columns",
                _("Columns of the bills"),
                "pairs",
                meanings=COLUMNS,
                help=_("Only if Alipay renames one: its heading = the name it had, as in 交易号 = 支付宝交易号."),
            ),
            SettingField(
                "desktop",
                _("On a computer"),
                "choice",
                default="page",
                choices=(("page", _("Alipay's own page")), ("qr", _("A QR code on the order's page"))),
            ),
            SettingField("base_url", _("Address of the gateway"), help=_("Empty: Alipay's own.")),
        ),
    )

    def available(self, query: Availability, config: GatewayConfig) -> bool:
        return query.amount.currency == "CNY" and query.amount.minor > 0

    def start(self, request: StartRequest, config: GatewayConfig) -> StartResult:
        account = account_of(config)
        biz: dict[str, Any] = {
            "out_trade_no": request.token,
            "total_amount": str(request.amount.amount),
            "subject": gettext("Order %(number)s") % {"number": request.label},
        }
        if request.expires_at:
            biz["time_expire"] = in_china(request.expires_at)
        if request.device == "desktop" and config.text("desktop") == "qr":
            answer = call(account, "alipay.trade.precreate", biz, notify_url=request.webhook_url)
            if not answer.get("qr_code"):
                raise GatewayUnavailable()
            content = str(answer["qr_code"])
            # A practice wallet has an ordinary address, which needs no phone.
            app_url = _OPEN_APP + quote(content, safe="") if content.startswith(_CODES) else content
            return StartResult(ShowQR(content, app_url), expires_at=request.expires_at)
        if request.device == "desktop":
            method, biz["product_code"] = "alipay.trade.page.pay", "FAST_INSTANT_TRADE_PAY"
        else:
            method, biz["product_code"] = "alipay.trade.wap.pay", "QUICK_WAP_PAY"
            biz["quit_url"] = request.return_url
        url = page_url(account, method, biz, notify_url=request.webhook_url, return_url=request.return_url)
        return StartResult(Redirect(url), expires_at=request.expires_at)

    def capture(self, request: CaptureRequest, config: GatewayConfig) -> tuple[GatewayEvent, ...]:
        """Nothing is ever only authorised here."""
        return self.query(request.attempt, config)

    def query(self, attempt: AttemptRef, config: GatewayConfig) -> tuple[GatewayEvent, ...]:
        return _query_events(_trade(account_of(config), attempt.token))

    def close(self, attempt: AttemptRef, config: GatewayConfig) -> tuple[GatewayEvent, ...]:
        """Close what a buyer has seen; withdraw what none has, for its code or page would still open a trade."""
        account, biz = account_of(config), {"out_trade_no": attempt.token}
        if events := self.query(attempt, config):
            return events
        try:
            call(account, "alipay.trade.close", biz)
        except GatewayRefused as error:
            if error.reason == NOT_THERE and call(account, "alipay.trade.cancel", biz).get("action") == "refund":
                # Paid in this very moment, and given back by this.
                return _given_back(_trade(account, attempt.token))
        trade = _trade(account, attempt.token)
        if trade.get("trade_status") == WAITING:
            # It is being paid right now: ask again before anything else may be paid.
            raise GatewayUnavailable()
        return _query_events(trade)

    def refund(self, request: RefundRequest, config: GatewayConfig) -> RefundResult:
        account = account_of(config)
        number = {"out_trade_no": request.attempt.token, "out_request_no": request.token}
        told = call(
            account,
            "alipay.trade.refund",
            {**number, "refund_amount": str(request.amount.amount), "refund_reason": request.reason[:80] or "-"},
        )
        if told.get("fund_change") == "Y":
            return RefundResult("succeeded", request.token)
        # "N" may mean: done before, under this very number.
        if _refunded(account, request.attempt.token, request.token) is None:
            raise GatewayUnavailable()
        return RefundResult("succeeded", request.token)

    def parse_webhook(self, message: WebhookMessage, config: GatewayConfig) -> tuple[GatewayEvent, ...]:
        account = account_of(config)
        fields = verify_message(account, message.body)
        try:
            return tuple(_message_events(fields, account))
        except (KeyError, ValueError) as error:
            raise MalformedWebhook() from error

    def check(self, config: GatewayConfig) -> str:
        """Ask for a trade that cannot be there: the answer is signed, and says so."""
        account = account_of(config)
        try:
            call(account, "alipay.trade.query", {"out_trade_no": _CHECK})
        except ForeignAnswer as error:
            detail = gettext("The answer is not signed with the Alipay public key that is set here.")
            raise GatewayRefused(reason=error.code, detail=detail) from error
        except GatewayRefused as error:
            if error.reason != NOT_THERE:
                raise
        return account.seller_id or account.app_id

    def bill(self, day: date, config: GatewayConfig) -> Iterable[BillLine]:
        asked = {"bill_type": "trade", "bill_date": day.isoformat()}
        try:
            told = call(account_of(config), "alipay.data.dataservice.bill.downloadurl.query", asked)
        except GatewayRefused as error:
            if "bill_not_exist" in error.reason:
                # Not made yet, or a day on which nothing happened; Alipay does not tell the two apart.
                raise GatewayUnavailable() from error
            raise
        return read_bill(download(str(told.get("bill_download_url", ""))), pairs_of(config.text("columns")))


def _refunded(account: Account, token: str, number: str) -> Money | None:
    """Return what went back under a request number, None if nothing did (yet)."""
    asked = {"out_trade_no": token, "out_request_no": number}
    told = call(account, "alipay.trade.fastpay.refund.query", asked)
    if told.get("refund_status") != "REFUND_SUCCESS":
        return None
    try:
        return Money.of(str(told["refund_amount"]), "CNY")
    except (KeyError, ValueError) as error:
        raise GatewayUnavailable() from error


def _amount(fields: Mapping[str, Any]) -> Money:
    return Money.of(str(fields["total_amount"]), str(fields.get("trans_currency") or "CNY"))


def _trade(account: Account, token: str) -> dict[str, Any]:
    """Return a trade as it is now; {} if there is none, which is normal until somebody opens the page or the code."""
    try:
        told = call(account, "alipay.trade.query", {"out_trade_no": token})
    except GatewayRefused as error:
        if error.reason == NOT_THERE:
            return {}
        raise
    if told.get("out_trade_no") != token:
        raise GatewayUnavailable()
    return told


def _query_events(trade: Mapping[str, Any]) -> tuple[GatewayEvent, ...]:
    """Read a trade's present state as events whose ids are the same at every query."""
    if not trade or trade.get("trade_status") == WAITING:
        return ()
    try:
        status, number, token = str(trade["trade_status"]), str(trade["trade_no"]), str(trade["out_trade_no"])
        # A closed trade that was paid has been refunded in full; what went back is told by its refunds.
        if status in _PAID or (status == "TRADE_CLOSED" and trade.get("send_pay_date")):
            details = _payer(trade)
            return (GatewayEvent(f"query:{number}:paid", "captured", token, _amount(trade), number, details=details),)
        if status == "TRADE_CLOSED":
            return (GatewayEvent(f"query:{number}:closed", "closed", token),)
    except (KeyError, ValueError) as error:
        raise GatewayUnavailable() from error
    raise GatewayUnavailable()


def _given_back(trade: Mapping[str, Any]) -> tuple[GatewayEvent, ...]:
    events = _query_events(trade)
    if not events or events[0].kind != "captured":
        raise GatewayUnavailable()
    paid, number = events[0], events[0].transaction_id
    told = f"query:{number}:refunded"
    return paid, GatewayEvent(told, "refunded", paid.token, paid.amount, f"{number}:refunded")


def _message_events(fields: Mapping[str, str], account: Account) -> Iterable[GatewayEvent]:
    status, token, told = fields["trade_status"], fields["out_trade_no"], fields["notify_id"]
    ours = fields["app_id"] == account.app_id
    if account.seller_id:
        ours = ours and fields.get("seller_id") == account.seller_id
    returned = bool(fields.get("refund_fee") or fields.get("gmt_refund"))
    paid = status in _PAID or (status == "TRADE_CLOSED" and (returned or bool(fields.get("gmt_payment"))))
    if paid:
        yield GatewayEvent(
            told,
            "captured",
            token,
            _amount(fields),
            fields["trade_no"],
            account_matches=ours,
            details=_payer(fields),
        )
        if returned:
            yield _refund_event(fields, account, ours)
    elif status == "TRADE_CLOSED":
        yield GatewayEvent(told, "closed", token, account_matches=ours)
    else:
        yield GatewayEvent(told, "ignored", token, account_matches=ours)


def _refund_event(fields: Mapping[str, str], account: Account, ours: bool) -> GatewayEvent:
    """A message names only the sum of all refunds: how much this one was has to be asked."""
    number = fields.get("out_biz_no", "")
    amount = _refunded(account, fields["out_trade_no"], number) if number and ours else None
    if amount is None:
        if number and ours:
            raise GatewayUnavailable()
        number, amount = f"{fields['trade_no']}:refunded", Money.of(fields["refund_fee"], "CNY")
    told = f"{fields['notify_id']}:refund"
    return GatewayEvent(told, "refunded", fields["out_trade_no"], amount, number, account_matches=ours)


def _payer(fields: Mapping[str, Any]) -> dict[str, str]:
    account = str(fields.get("buyer_logon_id") or "")
    return {"payer": account} if account else {}


alipay = Alipay()
