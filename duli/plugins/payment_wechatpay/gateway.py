from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from datetime import date, timedelta, timezone
from typing import Any
from urllib.parse import quote, urlencode

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from duli.base.clock import now
from duli.base.money import Money
from duli.commerce.payments.gateway import (
    AttemptRef,
    Availability,
    BillLine,
    CaptureRequest,
    ClientForm,
    Device,
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
    ShowQR,
    StartRequest,
    StartResult,
    Step,
    WebhookMessage,
    WebhookReply,
)
from duli.plugins.outward import absolute
from duli.plugins.payment_wechatpay.bill import read_bill
from duli.plugins.payment_wechatpay.client import (
    Account,
    ForeignAnswer,
    account_of,
    call,
    check_keys,
    decrypt,
    download,
    fetch_certificates,
    invoke_values,
    openid_of,
    verify,
)

CHINA = timezone(timedelta(hours=8))
NOT_THERE = "ORDER_NOT_EXIST"
NO_REFUND = "RESOURCE_NOT_EXISTS"
ADAPTER = "payment_wechatpay/jsapi.js"
# How long the address of the page on a phone may be opened.
H5_SECONDS = 290
_CHECK = "duliconnectioncheck"
_PAID = {"SUCCESS", "REFUND"}
_CLOSED = {"CLOSED", "REVOKED"}
_REFUNDS: dict[str, GatewayEventKind] = {
    "SUCCESS": "refunded",
    "CLOSED": "refund_failed",
    # The money could not reach the payer's card: staff send it another way, in WeChat Pay's own back office.
    "ABNORMAL": "refund_failed",
}
_AUTHORISE = "https://open.weixin.qq.com"
_EXCHANGE = "https://api.weixin.qq.com"
_OPENID = re.compile(r"[A-Za-z0-9_-]{1,128}")


class WeChatPay:
    code = "wechat_pay"
    description = GatewayDescription(
        name=_("WeChat Pay"),
        description=_("Pay with WeChat: scan a code, or open the app on your phone."),
        kind="qr",
        hold=timedelta(minutes=30),
        has_test_mode=True,
        by_device=True,
        received=WebhookReply("", "application/json", 204),
        guide=(
            _("Sign in at pay.weixin.qq.com as the merchant; the merchant number stands in Account centre."),
            _(
                "In Product centre, open Native payment, H5 payment and JSAPI payment, enter this shop's address where"
                " they ask for one, and link your AppID (of an official account, for payment inside WeChat)."
            ),
            _(
                "In Account centre → API security, apply for the API certificate. Paste apiclient_key.pem as private"
                " key, and copy the certificate's serial number."
            ),
            _("On the same page set an APIv3 key of 32 characters and paste it here; WeChat Pay never shows it again."),
            _(
                "On the same page open WeChat Pay public key, download it, and copy its ID (PUB_KEY_ID_…). Merchants"
                " from before 2024 may have platform certificates instead: choose that, and nothing need be pasted."
            ),
            _(
                "For payment inside WeChat, copy the official account's AppSecret from mp.weixin.qq.com, and enter this"
                " shop's address there as the domain for web authorisation."
            ),
            _("Save, then test the connection."),
        ),
        fields=(
            SettingField("mchid", _("Merchant number"), required=True),
            SettingField("appid", _("AppID"), required=True),
            SettingField("serial_no", _("Serial number of the API certificate"), required=True),
            SettingField("private_key", _("Private key (apiclient_key.pem)"), "secret", required=True),
            SettingField("api_v3_key", _("APIv3 key"), "secret", required=True, help=_("32 characters.")),
            SettingField(
                "keys",
                _("WeChat Pay signs with"),
                "choice",
                default="public_key",
                choices=(("public_key", _("Its public key")), ("certificate", _("Platform certificates"))),
            ),
            SettingField("public_key_id", _("ID of the public key"), help=_("PUB_KEY_ID_…")),
            SettingField("public_key", _("WeChat Pay public key"), "multiline", help=_("pub_key.pem")),
            SettingField(
                "app_secret", _("AppSecret"), "secret", help=_("Only for payment inside WeChat (official account).")
            ),
            SettingField("base_url", _("Address of the interface"), help=_("Empty: WeChat Pay's own.")),
        ),
    )

    def available(self, query: Availability, config: GatewayConfig) -> bool:
        return query.amount.currency == "CNY" and query.amount.minor > 0

    def start(self, request: StartRequest, config: GatewayConfig) -> StartResult:
        account = account_of(config)
        order: dict[str, Any] = {
            "appid": account.appid,
            "mchid": account.mchid,
            "description": gettext("Order %(number)s") % {"number": request.label},
            "out_trade_no": request.token,
            "notify_url": request.webhook_url,
            "amount": {"total": request.amount.minor, "currency": request.amount.currency},
        }
        if request.expires_at:
            order["time_expire"] = request.expires_at.astimezone(CHINA).isoformat(timespec="seconds")
        return StartResult(self._step(request, account, order), expires_at=request.expires_at)

    def _step(self, request: StartRequest, account: Account, order: dict[str, Any]) -> Step:
        if request.device == "wechat":
            if not request.payer:
                detail = gettext("Please open this page in your phone's browser, or choose another way to pay.")
                raise GatewayRefused(reason="payer_unknown", detail=detail)
            told = call(account, "POST", "/v3/pay/transactions/jsapi", {**order, "payer": {"openid": request.payer}})
            values = invoke_values(account, _text(told, "prepay_id"))
            return ClientForm("", {**values, "label": gettext("Pay with WeChat")}, ADAPTER)
        if request.device == "phone":
            scene = {"payer_client_ip": request.client_ip or "127.0.0.1", "h5_info": {"type": "Wap"}}
            told = call(account, "POST", "/v3/pay/transactions/h5", {**order, "scene_info": scene})
            url = f"{_text(told, 'h5_url')}&{urlencode({'redirect_url': request.return_url})}"
            return Redirect(url, until=int(now().timestamp()) + H5_SECONDS)
        content = _text(call(account, "POST", "/v3/pay/transactions/native", order), "code_url")
        # A practice wallet has an ordinary address, which needs no phone.
        return ShowQR(content, content if content.startswith("http") else "")

    def capture(self, request: CaptureRequest, config: GatewayConfig) -> tuple[GatewayEvent, ...]:
        """Nothing is ever only authorised here."""
        return self.query(request.attempt, config)

    def query(self, attempt: AttemptRef, config: GatewayConfig) -> tuple[GatewayEvent, ...]:
        account = account_of(config)
        events = list(_order_events(_order(account, attempt.token), account))
        for number in attempt.refunds:
            if told := _refund(account, number):
                events += _refund_events(f"query:{number}:{told.get('status')}", told, attempt.token)
        return tuple(events)

    def close(self, attempt: AttemptRef, config: GatewayConfig) -> tuple[GatewayEvent, ...]:
        account = account_of(config)
        order = _order(account, attempt.token)
        if not order or (events := _order_events(order, account)):
            return events if order else ()
        try:
            call(
                account,
                "POST",
                f"/v3/pay/transactions/out-trade-no/{quote(attempt.token)}/close",
                {"mchid": account.mchid},
            )
        except GatewayRefused as error:
            if error.reason not in {"ORDERPAID", "ORDER_CLOSED", "USERPAYING", NOT_THERE}:
                raise
        events = _order_events(_order(account, attempt.token), account)
        if not events:
            # It is being paid right now: ask again before anything else may be paid.
            raise GatewayUnavailable()
        return events

    def refund(self, request: RefundRequest, config: GatewayConfig) -> RefundResult:
        account = account_of(config)
        asked: dict[str, Any] = {
            "out_trade_no": request.attempt.token,
            "out_refund_no": request.token,
            "amount": {
                "refund": request.amount.minor,
                "total": request.attempt.amount.minor,
                "currency": request.amount.currency,
            },
        }
        if request.reason:
            asked["reason"] = request.reason[:26]
        if request.webhook_url:
            asked["notify_url"] = request.webhook_url
        told = call(account, "POST", "/v3/refund/domestic/refunds", asked)
        status = str(told.get("status", ""))
        if _REFUNDS.get(status) == "refund_failed":
            raise GatewayRefused(reason=f"refund_{status.lower()}", detail=status)
        if status not in {"SUCCESS", "PROCESSING"} or told.get("out_refund_no") != request.token:
            raise GatewayUnavailable()
        return RefundResult("succeeded" if status == "SUCCESS" else "pending", request.token)

    def parse_webhook(self, message: WebhookMessage, config: GatewayConfig) -> tuple[GatewayEvent, ...]:
        account = account_of(config)
        verify(account, message.headers, message.body)
        try:
            told = json.loads(message.body)
            number, kind, resource = str(told["id"]), str(told["event_type"]), told["resource"]
            plain = json.loads(decrypt(account, resource))
            if kind.startswith("TRANSACTION."):
                return _order_events(plain, account, number) or (
                    GatewayEvent(number, "ignored", _text(plain, "out_trade_no")),
                )
            if kind.startswith("REFUND."):
                ours = plain.get("mchid") == account.mchid
                told = {**plain, "status": plain.get("refund_status")}
                return tuple(_refund_events(number, told, _text(plain, "out_trade_no"), ours=ours))
            return (GatewayEvent(number, "ignored", str(plain.get("out_trade_no", ""))),)
        except (KeyError, ValueError, TypeError, AttributeError, RecursionError, GatewayUnavailable) as error:
            raise MalformedWebhook() from error

    def check(self, config: GatewayConfig) -> str:
        """Ask for an order that cannot be there: the answer is signed, and says so."""
        account = account_of(config)
        if wrong := check_keys(account):
            names = {field.name: str(field.label) for field in self.description.fields}
            raise GatewayRefused(reason="unreadable_key", detail=names[wrong])
        try:
            if account.by_certificate:
                fetch_certificates(account)
            call(account, "GET", _order_path(account, _CHECK))
        except ForeignAnswer as error:
            detail = gettext("The answer is not signed with the WeChat Pay key that is set here.")
            raise GatewayRefused(reason=error.code, detail=detail) from error
        except GatewayRefused as error:
            if error.reason != NOT_THERE:
                raise
        return account.mchid

    def payer_url(self, device: Device, back_url: str, config: GatewayConfig) -> str:
        if device != "wechat" or not config.text("app_secret"):
            return ""
        query = {
            "appid": config.text("appid"),
            "redirect_uri": back_url,
            "response_type": "code",
            "scope": "snsapi_base",
            "state": "pay",
        }
        base_url = absolute(config.text("base_url").rstrip("/")) or _AUTHORISE
        return f"{base_url}/connect/oauth2/authorize?{urlencode(query)}#wechat_redirect"

    def payer_of(self, query: Mapping[str, str], config: GatewayConfig) -> str:
        base_url = absolute(config.text("base_url").rstrip("/")) or _EXCHANGE
        openid = openid_of(base_url, config.text("appid"), config.text("app_secret"), query.get("code", "")[:200])
        if not _OPENID.fullmatch(openid):
            raise GatewayRefused(reason="no_openid", detail="")
        return openid

    def bill(self, day: date, config: GatewayConfig) -> Iterable[BillLine]:
        account = account_of(config)
        try:
            told = call(account, "GET", f"/v3/bill/tradebill?bill_date={day.isoformat()}&bill_type=ALL")
        except GatewayRefused as error:
            if error.reason == "NO_STATEMENT_EXIST":
                return ()
            if error.reason == "STATEMENT_CREATING":
                raise GatewayUnavailable() from error
            raise
        return read_bill(download(account, told))


def _text(data: Mapping[str, Any], name: str) -> str:
    value = data.get(name)
    if not value or not isinstance(value, str):
        raise GatewayUnavailable()
    return value


def _order_path(account: Account, token: str) -> str:
    return f"/v3/pay/transactions/out-trade-no/{quote(token)}?{urlencode({'mchid': account.mchid})}"


def _order(account: Account, token: str) -> dict[str, Any]:
    """Return an order as it is now, {} if WeChat Pay has never heard of it."""
    try:
        told = call(account, "GET", _order_path(account, token))
    except GatewayRefused as error:
        if error.reason == NOT_THERE:
            return {}
        raise
    if told.get("out_trade_no") != token:
        raise GatewayUnavailable()
    return told


def _refund(account: Account, number: str) -> dict[str, Any]:
    try:
        return call(account, "GET", f"/v3/refund/domestic/refunds/{quote(number)}")
    except GatewayRefused as error:
        if error.reason == NO_REFUND:
            return {}
        raise


def _order_events(order: Mapping[str, Any], account: Account, told: str = "") -> tuple[GatewayEvent, ...]:
    """Read an order's present state; `told` is the message's id, without one the ids are the same at every query."""
    if not order:
        return ()
    state, token = str(order.get("trade_state", "")), _text(order, "out_trade_no")
    ours = order.get("mchid") == account.mchid and order.get("appid") == account.appid
    name = told or f"query:{token}:{'paid' if state in _PAID else state}"
    if state in _PAID:
        payer = order.get("payer") or {}
        details = {"payer": str(payer["openid"])} if payer.get("openid") else {}
        amount = _money(order["amount"], "total")
        number = _text(order, "transaction_id")
        return (GatewayEvent(name, "captured", token, amount, number, account_matches=ours, details=details),)
    if state in _CLOSED:
        return (GatewayEvent(name, "closed", token, account_matches=ours),)
    if state == "PAYERROR":
        words = str(order.get("trade_state_desc", ""))
        return (GatewayEvent(name, "failed", token, account_matches=ours, error_code=state, error_message=words),)
    return ()


def _refund_events(name: str, refund: Mapping[str, Any], token: str, *, ours: bool = True) -> Iterable[GatewayEvent]:
    kind = _REFUNDS.get(str(refund.get("status")))
    if kind is not None:
        yield GatewayEvent(
            name,
            kind,
            token,
            _money(refund["amount"], "refund"),
            _text(refund, "out_refund_no"),
            account_matches=ours,
            error_code="" if kind == "refunded" else str(refund["status"]),
        )


def _money(amount: Mapping[str, Any], name: str) -> Money:
    try:
        return Money(amount[name], str(amount.get("currency") or "CNY"))
    except (KeyError, TypeError) as error:
        raise GatewayUnavailable() from error


wechat_pay = WeChatPay()
