from __future__ import annotations

import secrets
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from duli.base.clock import now
from duli.commerce.fapiao.provider import (
    PaperLine,
    PaperWish,
    Progress,
    ProviderConfig,
    ProviderDescription,
    ProviderRefused,
    ProviderUnavailable,
    SettingField,
)
from duli.plugins.fapiao_nuonuo.client import BASE_URL, DONE, call, fetch, refuse, words

ISSUE = "nuonuo.OpeMplatform.requestBillingNew"
QUERY = "nuonuo.OpeMplatform.queryInvoiceResult"
CHINA = timezone(timedelta(hours=8))
ORDINARY, SPECIAL = "pc", "bs"
"""The digital e-fapiao, as their kinds are called there."""
ISSUED, UNSIGNED, FAILED = {"2"}, {"24"}, {"22", "3", "31"}


class Nuonuo:
    code = "nuonuo"
    description = ProviderDescription(
        name=_("Nuonuo"),
        description=_("Issues ordinary and special digital e-fapiao for companies in China."),
        fields=(
            SettingField("app_key", "App Key", required=True),
            SettingField("app_secret", "App Secret", "secret", required=True),
            SettingField("token", "Access Token", "secret", required=True),
            SettingField(
                "tax_number", _("Your tax number"), required=True, help=_("Of the company whose fapiao are issued.")
            ),
            SettingField(
                "goods_code",
                _("Code of the goods"),
                required=True,
                help=_("19 digits of the tax office's list of goods and services; used for everything you sell."),
            ),
            SettingField("clerk", _("Issued by"), help=_("The name that is registered with the tax office.")),
            SettingField(
                "not_found",
                _("Answer for an unknown order"),
                default="E9500",
                help=_("Change it only if Nuonuo announces another code."),
            ),
            SettingField(
                "base_url",
                _("Address of the service"),
                default=BASE_URL,
                help=_("Another one only for trying out: https://sandbox.nuonuocs.cn/open/v1/services."),
            ),
        ),
        steps=(
            _("Register your company at open.nuonuo.com and create an application for your own use."),
            _("The application's page shows App Key and App Secret; let it make an Access Token."),
            _("Subscribe to the interfaces for issuing and for asking about fapiao (诺税通saas)."),
            _("Let the tax office's account of whoever issues be signed in at Nuonuo: without that nothing is issued."),
            _("Ask your accountant for the code of your goods."),
        ),
    )

    def issue(self, wish: PaperWish, config: ProviderConfig) -> Progress:
        order: dict[str, Any] = {
            "buyerName": wish.title,
            "buyerTaxNum": wish.tax_number,
            "buyerTel": wish.phone,
            "buyerAddress": wish.address,
            "buyerAccount": f"{wish.bank} {wish.account}".strip(),
            "salerTaxNum": config.text("tax_number"),
            "orderNo": wish.key,
            "invoiceDate": now().astimezone(CHINA).strftime("%Y-%m-%d %H:%M:%S"),
            "clerk": config.text("clerk"),
            # The shop writes to the buyer itself.
            "pushMode": "-1",
            "invoiceType": "1",
            "invoiceLine": SPECIAL if wish.is_special else ORDINARY,
            "invoiceDetail": [_detail(line, config.text("goods_code")) for line in wish.lines],
        }
        refuse(call(ISSUE, {"order": {name: value for name, value in order.items() if value}}, config))
        return Progress("under_way")

    def find(self, key: str, config: ProviderConfig) -> Progress | None:
        answer = call(QUERY, {"orderNos": [key], "isOfferInvoiceDetail": "0"}, config)
        if answer["code"] == config.text("not_found"):
            return None
        if answer["code"] != DONE:
            # Keys that were exchanged say nothing about what was asked for before.
            raise ProviderUnavailable()
        rows = answer.get("result")
        if not isinstance(rows, list) or not rows or not isinstance(rows[0], dict):
            return None
        return _progress(rows[0], config)

    def check(self, config: ProviderConfig) -> str:
        nobody = f"CHECK{secrets.token_hex(6)}"
        answer = call(QUERY, {"orderNos": [nobody], "isOfferInvoiceDetail": "0"}, config)
        if answer["code"] not in {DONE, config.text("not_found")}:
            raise ProviderRefused(detail=words(answer))
        return config.text("tax_number")


def _detail(line: PaperLine, goods_code: str) -> dict[str, str]:
    gross = Decimal(line.minor) / 100
    return {
        "goodsName": line.title[:90],
        "goodsCode": goods_code,
        "withTaxFlag": "1",
        "num": str(line.quantity),
        "price": f"{(gross / line.quantity).quantize(Decimal('0.00000001')):f}",
        "taxRate": f"{line.rate.normalize():f}",
        "taxIncludedAmount": f"{gross:.2f}",
        "invoiceLineProperty": "0",
    }


def _progress(row: dict[str, Any], config: ProviderConfig) -> Progress:
    status = str(row.get("status") or "")
    number = str(row.get("allElectronicInvoiceNumber") or row.get("invoiceNo") or "")
    if status in FAILED:
        return Progress("refused", why=str(row.get("failCause") or row.get("statusMsg") or status))
    if not number or status not in ISSUED | UNSIGNED:
        return Progress("under_way")
    address = str(row.get("pdfUrl") or row.get("ofdUrl") or "") if status in ISSUED else ""
    content = fetch(address, config) if address else b""
    return Progress("issued", number=number, issued_on=_day(row.get("invoiceTime")), content=content)


def _day(milliseconds: object) -> date | None:
    try:
        instant = datetime.fromtimestamp(int(str(milliseconds)) / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return instant.astimezone(CHINA).date()


nuonuo = Nuonuo()
