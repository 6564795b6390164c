"""How the bell says things: one line, an icon and where it leads, for each kind of notice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import get_language, gettext, ngettext

from duli.base.money import format_money
from duli.commerce.shipping.states import ParcelProgress
from duli.growth.notifications.notices import NoticeView
from duli.platform.accounts.approvals import approval_kinds
from duli.platform.accounts.states import ApprovalState
from duli.web.backoffice.places import country_name


@dataclass(frozen=True, slots=True)
class NoticeLine:
    """One line of the bell; a `loud` one rings."""

    id: int
    words: str
    url: str
    icon: str
    created_at: datetime
    is_new: bool
    loud: bool


def _money(data: Mapping[str, Any]) -> str:
    return format_money(int(data.get("minor") or 0), str(data.get("currency") or "CNY"), get_language() or "en")


def _value(data: Mapping[str, Any]) -> str:
    value = data.get("value") or {}
    return _money(value) if "currency" in value else f"{value.get('percent', '')}%"


def _kind(data: Mapping[str, Any]) -> str:
    code = str(data.get("kind", ""))
    return str(approval_kinds.get(code).label) if code in approval_kinds else code


def line(notice: NoticeView) -> NoticeLine:
    """Return a notice as people read it; of a kind that is not known any more, its code."""
    data = notice.data
    icon, url = "bell", reverse("backoffice:bell")
    match notice.kind:
        case "order":
            words = gettext("New order %(number)s, %(amount)s") % {"number": data["number"], "amount": _money(data)}
            icon, url = "receipt-text", reverse("backoffice:order", args=[data["order_id"]])
        case "paid":
            words = gettext("Paid: %(amount)s") % {"amount": _money(data)}
            icon, url = "wallet", reverse("backoffice:order", args=[data["order_id"]])
        case "low_stock":
            words = gettext("%(left)s left: %(title)s") % {"left": data.get("left"), "title": data.get("title")}
            icon, url = "boxes", f"{reverse('backoffice:stock')}?view=low"
        case "approval":
            words = gettext("Waits for approval: %(what)s %(value)s") % {"what": _kind(data), "value": _value(data)}
            icon, url = "circle-check", reverse("backoffice:approval", args=[data["approval_id"]])
        case "approval_decided":
            outcome = str(data.get("outcome"))
            label = ApprovalState(outcome).label if outcome in ApprovalState.values else outcome
            words = f"{_kind(data)} {_value(data)}: {label}"
            icon, url = "circle-check", reverse("backoffice:approval", args=[data["approval_id"]])
        case "dispute":
            asks = gettext("A payer's bank asks about %(amount)s")
            wants = gettext("A payer's bank asks for %(amount)s back")
            words = (asks if data.get("state") == "inquiry" else wants) % {"amount": _money(data)}
            icon, url = "triangle-alert", reverse("backoffice:order", args=[data["order_id"]])
        case "return":
            words = gettext("Return requested: %(number)s") % {"number": data.get("number", "")}
            icon, url = "undo-2", reverse("backoffice:order", args=[data["order_id"]])
        case "parcel":
            state = str(data.get("state"))
            label = ParcelProgress(state).label if state in ParcelProgress.values else state
            words = gettext("Parcel: %(state)s") % {"state": label}
            icon, url = "truck", reverse("backoffice:order", args=[data["order_id"]])
        case "card_testing":
            words = gettext("Payments are refused: %(count)s tries within an hour look like card testing") % {
                "count": data.get("count", "")
            }
            icon, url = "shield", f"{reverse('backoffice:orders')}?view=unpaid"
        case "sms_limit":
            words = gettext("Text messages are held back: the day's limit of %(limit)s is reached") % {
                "limit": data.get("limit", "")
            }
            if data.get("country"):
                words = f"{words} ({country_name(str(data['country']))})"
            icon, url = "message-square", reverse("backoffice:settings_sms")
        case "bill":
            words = ngettext(
                "%(count)s difference in the bill of %(day)s",
                "%(count)s differences in the bill of %(day)s",
                data["count"],
            ) % {"count": data["count"], "day": data["day"]}
            icon, url = "triangle-alert", reverse("backoffice:bill", args=[data["bill_id"]])
        case "proof":
            words = gettext("Proof of a transfer for order #%(number)s") % {"number": data.get("number", "")}
            icon, url = "wallet", reverse("backoffice:order", args=[data["order_id"]])
        case "message":
            words = gettext("Message about order #%(number)s") % {"number": data.get("number", "")}
            icon, url = "mail", reverse("backoffice:order", args=[data["order_id"]])
        case "mention":
            words = gettext("You were mentioned: %(text)s") % {"text": data.get("text", "")}
            icon, url = "message-square", reverse("backoffice:order", args=[data["order_id"]])
        case "fapiao":
            words = (
                gettext("Order #%(number)s was refunded: a red fapiao is needed")
                if data.get("red")
                else gettext("Fapiao requested: order #%(number)s")
            ) % {"number": data.get("number", "")}
            icon, url = "file-text", f"{reverse('backoffice:order', args=[data['order_id']])}#fapiao"
        case "vat_answer":
            valid = data.get("state") == "valid"
            words = (
                gettext("The VAT ID of order #%(number)s is valid after all: VAT was charged")
                if valid
                else gettext("The VAT ID of order #%(number)s is not valid: VAT was rightly charged")
            ) % {"number": data.get("number", "")}
            icon, url = "receipt-text", f"{reverse('backoffice:order', args=[data['order_id']])}#tax"
        case "tax_limit":
            words = gettext("%(step)s%% of a tax limit are reached: %(place)s, %(amount)s") % {
                "step": data.get("step"),
                "place": f"US {data['region']}" if data.get("region") else gettext("sales to other EU countries"),
                "amount": _money(data),
            }
            icon, url = "triangle-alert", reverse("backoffice:tax_office")
        case "job_failed":
            words = gettext("A job failed: %(job)s") % {"job": data.get("job", "")}
            icon, url = "triangle-alert", reverse("backoffice:system")
        case _:
            words = notice.kind
    return NoticeLine(notice.id, words, url, icon, notice.created_at, notice.is_new, notice.kind == "order")
