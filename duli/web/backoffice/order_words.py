"""How an order's states, reasons and history read to staff."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from babel import Locale
from django.utils.translation import get_language, gettext, pgettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from duli.base.money import format_money
from duli.commerce.orders.models import OrderRefund
from duli.commerce.orders.states import (
    TEST_SOURCE,
    FulfilmentState,
    OrderStatus,
    ParcelState,
    PaymentState,
    RefundProgress,
    ReturnProgress,
    ReturnState,
    RiskLevel,
)
from duli.commerce.orders.types import TimelineEntry
from duli.commerce.payments.gift_cards import GIFT_CARD
from duli.commerce.payments.states import AttemptState, DisputeState, RefundState
from duli.commerce.payments.store_credit import STORE_CREDIT
from duli.commerce.payments.types import AttemptView
from duli.commerce.shipping.carriers import carrier
from duli.commerce.shipping.states import TROUBLE, ParcelProgress
from duli.platform.accounts.approvals import approval_kinds
from duli.platform.accounts.states import ApprovalState
from duli.web.backoffice.kit.pills import Pill

PAYMENT_LOOKS = {
    PaymentState.UNPAID: ("", ""),
    PaymentState.AUTHORISED: ("info", "half"),
    PaymentState.PARTIALLY_PAID: ("attention", "half"),
    PaymentState.PAID: ("ok", "full"),
    PaymentState.PARTIALLY_REFUNDED: ("info", "half"),
    PaymentState.REFUNDED: ("", "full"),
    PaymentState.REVIEW: ("critical", "half"),
    PaymentState.VOIDED: ("", ""),
}
FULFILMENT_LOOKS = {
    FulfilmentState.UNFULFILLED: ("attention", ""),
    FulfilmentState.PARTIALLY_FULFILLED: ("info", "half"),
    FulfilmentState.FULFILLED: ("info", "full"),
    FulfilmentState.DELIVERED: ("ok", "full"),
    FulfilmentState.NOT_NEEDED: ("", "full"),
}
PARCEL_LOOKS = {
    ParcelState.SHIPPED: ("info", ""),
    ParcelState.OUT_FOR_DELIVERY: ("info", "half"),
    ParcelState.DELIVERED: ("ok", "full"),
    ParcelState.EXCEPTION: ("critical", "full"),
}
ATTEMPT_LOOKS = {
    AttemptState.CREATED: ("", ""),
    AttemptState.PENDING: ("attention", ""),
    AttemptState.AUTHORISED: ("info", "half"),
    AttemptState.CAPTURED: ("ok", "full"),
    AttemptState.FAILED: ("critical", "full"),
    AttemptState.CLOSED: ("", "full"),
}
REFUND_LOOKS = {
    RefundState.REQUESTED: ("", ""),
    RefundState.PENDING: ("info", "half"),
    RefundState.SUCCEEDED: ("ok", "full"),
    RefundState.FAILED: ("critical", "full"),
}
NOT_SECURED = {PaymentState.UNPAID, PaymentState.PARTIALLY_PAID, PaymentState.REVIEW}
CANCEL_REASONS = {
    "customer": _("The shopper asked for it"),
    "stock": _("Something is not available"),
    "unpaid": _("Not paid in time"),
    "fraud": _("It looks fraudulent"),
    "other": _("Another reason"),
}
OTHER_REASONS = {
    "expired": _("The time to pay ran out"),
    "order_cancelled": _("The order was cancelled"),
    "sold_out": _("Sold out before it was paid"),
    "merged": _("Merged into another order"),
}


DISPUTE_REASONS = {
    "fraudulent": _("The payer says it was not them"),
    "unauthorised": _("The payer says it was not them"),
    "unrecognized": _("The payer does not know this payment"),
    "duplicate": _("The payer says they paid twice"),
    "credit_not_processed": _("The payer waits for a refund"),
    "product_not_received": _("The payer says nothing arrived"),
    "merchandise_or_service_not_received": _("The payer says nothing arrived"),
    "product_unacceptable": _("The payer says it is not what was ordered"),
    "merchandise_or_service_not_as_described": _("The payer says it is not what was ordered"),
    "subscription_canceled": _("The payer says they cancelled before"),
    "general": _("The bank names no reason"),
}


def dispute_reason(code: str) -> str:
    """Return why a payer disputes a payment, in words; a provider's own where nobody has any."""
    return str(DISPUTE_REASONS.get(code.lower(), code))


HELD = Pill(_("On hold"), "attention", "half")
RISK_LOOKS = {RiskLevel.MEDIUM: ("attention", "half"), RiskLevel.HIGH: ("critical", "full")}


def risk_pills(level: str) -> list[Pill]:
    """Return the mark of a risky order; none where no rule spoke."""
    look = RISK_LOOKS.get(RiskLevel(level))
    return [Pill(RiskLevel(level).label, *look)] if look else []


def test_pills(source: str) -> list[Pill]:
    """Return the mark of an order that only tries the shop out."""
    return [Pill(_("Test"), "info", "bare")] if source == TEST_SOURCE else []


def practice_pills(attempts: Sequence[AttemptView]) -> list[Pill]:
    """Return the mark of an order whose money is none: it was paid with keys for trying out."""
    paid = any(attempt.test_mode and attempt.state in PAID_ATTEMPTS for attempt in attempts)
    return [Pill(_("Practice payment"), "attention", "half")] if paid else []


PAID_ATTEMPTS = {AttemptState.CAPTURED, AttemptState.AUTHORISED}
RISK_REASONS = {
    "many_failures": _("The payment failed several times"),
    "large_first_order": _("A first order, many times larger than usual"),
    "two_countries": _("The invoice goes to another country than the goods"),
    "many_buyers": _("Several e-mail addresses ordered to one phone number within a day"),
}


def risk_words(codes: Iterable[str]) -> list[str]:
    """Return why rules found an order odd, a sentence each."""
    return [str(RISK_REASONS.get(code, code)) for code in codes]


def return_words(state: str) -> str:
    return "" if state == ReturnState.NONE else str(ReturnState(state).label)


def country_name(code: str) -> str:
    """Return a country's name in the reader's language, or the code of one that nobody knows."""
    locale = Locale.parse("zh_Hans" if (get_language() or "").startswith("zh") else "en")
    return str(locale.territories.get(code, code)) if code else ""


def payment_pill(state: str) -> Pill:
    tone, shape = PAYMENT_LOOKS[PaymentState(state)]
    return Pill(PaymentState(state).label, tone, shape)


def fulfilment_pill(state: str, status: str = "", payment_state: str = "") -> Pill:
    """What is to be shipped asks for attention once it is paid; a cancelled order has nothing to ship any more."""
    if status == OrderStatus.CANCELLED:
        return Pill(OrderStatus.CANCELLED.label, "", "full")
    if state == FulfilmentState.UNFULFILLED and payment_state in NOT_SECURED:
        return Pill(_("Not shipped"))
    tone, shape = FULFILMENT_LOOKS[FulfilmentState(state)]
    return Pill(FulfilmentState(state).label, tone, shape)


def parcel_pill(state: str) -> Pill:
    tone, shape = PARCEL_LOOKS[ParcelState(state)]
    return Pill(ParcelState(state).label, tone, shape)


def attempt_pill(state: str) -> Pill:
    tone, shape = ATTEMPT_LOOKS[AttemptState(state)]
    return Pill(AttemptState(state).label, tone, shape)


def dispute_pill(state: str) -> Pill:
    return Pill(DisputeState(state).label, DISPUTE_LOOKS[DisputeState(state)])


def refund_pill(state: str) -> Pill:
    tone, shape = REFUND_LOOKS[RefundState(state)]
    return Pill(RefundState(state).label, tone, shape)


DISPUTE_LOOKS = {
    DisputeState.INQUIRY: "attention",
    DisputeState.OPEN: "critical",
    DisputeState.WON: "ok",
    DisputeState.LOST: "",
}
RETURN_LOOKS = {ReturnState.REQUESTED: "attention", ReturnState.UNDER_WAY: "info", ReturnState.RETURNED: "ok"}
PROGRESS_LOOKS = {
    RefundProgress.PENDING: ("info", "half"),
    RefundProgress.SUCCEEDED: ("ok", "full"),
    RefundProgress.FAILED: ("critical", "full"),
}


def return_state_pill(state: str) -> Pill | None:
    """The order's returns in one pill; None if there are none."""
    look = RETURN_LOOKS.get(ReturnState(state))
    return Pill(ReturnState(state).label, look, "half") if look else None


SHIPMENT_LOOKS = {
    "delivered": ("ok", "full"),
    "out_for_delivery": ("info", "half"),
    "ready_for_pickup": ("info", "half"),
    "delivery_failed": ("attention", "full"),
    "exception": ("critical", "full"),
    "returning": ("critical", "half"),
    "returned": ("critical", "full"),
    "expired": ("attention", "half"),
}


def shipment_pill(state: str) -> Pill:
    """Where a parcel is, in its carrier's vocabulary or, before the carrier said anything, in ours."""
    if state not in ParcelProgress.values:
        return parcel_pill(state)
    tone, shape = SHIPMENT_LOOKS.get(state, ("", "half"))
    return Pill(ParcelProgress(state).label, tone, shape)


def given_back_pill(refund: OrderRefund) -> Pill:
    """How a refund stands; no money moves for what only pays for other goods of the order."""
    if refund.offset_minor and not refund.original_minor and not refund.credit_minor:
        return Pill(_("Exchanged"), "ok", "full")
    progress = RefundProgress(refund.state)
    # Money is on its way otherwise than a parcel is, in languages that have two words for it.
    words = pgettext("refund", "On its way") if progress == RefundProgress.PENDING else progress.label
    return Pill(words, *PROGRESS_LOOKS[progress])


def reason_words(code: str) -> str:
    return str(CANCEL_REASONS.get(code) or OTHER_REASONS.get(code) or code)


def carrier_name(code: str) -> str:
    found = carrier(code)
    return str(found.name) if found else code


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One line of the timeline: `said` is a comment's own words, `look` "key", "bad" or "", `files` came with it."""

    words: str
    actor: str
    happened_at: datetime
    said: str = ""
    look: str = ""
    mail_id: int | None = None
    files: tuple[Mapping[str, Any], ...] = ()
    is_from_shopper: bool = False


def _parcel_words(data: Mapping[str, Any]) -> str:
    return " ".join(filter(None, [carrier_name(data.get("carrier", "")), data.get("tracking_number", "")]))


def _money(data: Mapping[str, Any], name: str) -> str:
    return format_money(int(data.get(name) or 0), str(data.get("currency", "")), get_language() or "en")


def _refund_words(data: Mapping[str, Any]) -> str:
    parts = [gettext("Refund of %(amount)s") % {"amount": _money(data, "amount_minor")}]
    if not data.get("amount_minor"):
        parts = [gettext("Difference of %(amount)s given back") % {"amount": _money(data, "original_minor")}]
    if data.get("credit_minor"):
        parts.append(gettext("%(amount)s as store credit") % {"amount": _money(data, "credit_minor")})
    if int(data.get("offset_minor") or 0) > 0:
        parts.append(gettext("%(amount)s for other items") % {"amount": _money(data, "offset_minor")})
    parts += [f"{line['title']} × {line['quantity']}" for line in data.get("lines", ())]
    return " · ".join(parts)


def _change_words(data: Mapping[str, Any]) -> list[str]:
    """Return what an edit changed from what to what, a line each."""
    currency, language = str(data.get("currency", "")), get_language() or "en"

    def written(what: str, value: Any) -> str:
        if what in {"price", "discount", "order_discount", "shipping"}:
            return format_money(int(value or 0), currency, language)
        return str(value) or "—"

    names = {
        "price": gettext("Price"),
        "discount": gettext("Discount"),
        "order_discount": gettext("Order discount"),
        "shipping": gettext("Shipping cost"),
        "method": gettext("Shipping method"),
    }
    rows = []
    for change in data.get("changes", ()):
        what = str(change.get("what", ""))
        title = " · ".join(filter(None, [str(change.get("title", "")), names.get(what, "")]))
        rows.append(f"{title}: {written(what, change.get('before'))} → {written(what, change.get('after'))}")
    return rows


def _approval_words(data: Mapping[str, Any]) -> str:
    """What waits for a second person, or how that person decided."""
    kind, value = str(data.get("kind", "")), data.get("value") or {}
    label = str(approval_kinds.get(kind).label) if kind in approval_kinds else kind
    amount = _money(value, "minor") if "minor" in value else ""
    state = str(data.get("outcome", ApprovalState.WAITING))
    return gettext("%(what)s: %(state)s") % {
        "what": " ".join(filter(None, [label, amount])),
        "state": ApprovalState(state).label if state in ApprovalState.values else state,
    }


def history_line(entry: TimelineEntry, actor: str) -> HistoryLine | None:
    """Return one event as people read it; None for events that say nothing beside another one."""
    data = entry.data
    said, look = "", ""
    match entry.name:
        case "orders.placed":
            words = gettext("Order placed, %(amount)s") % {"amount": _money(data, "total_minor")}
            look = "key"
        case "orders.imported":
            words = gettext("Taken over from the old shop, %(amount)s") % {"amount": _money(data, "total_minor")}
            look = "key"
        case "orders.confirmed":
            words, look = gettext("Order confirmed"), "key"
        case "orders.paid":
            words, look = gettext("Paid in full, %(amount)s") % {"amount": _money(data, "captured_minor")}, "key"
        case "orders.payment_state_changed":
            after = data.get("after", "")
            label = PaymentState(after).label if after in PaymentState.values else after
            words = gettext("Payment: %(state)s") % {"state": label}
            look = "bad" if after == PaymentState.REVIEW else ""
        case "downloads.ready":
            words = gettext("Download links renewed") if data.get("renewed") else gettext("Files can be downloaded")
        case "downloads.revoked":
            words = gettext("Download taken back: %(name)s") % {"name": data.get("name", "")}
        case "orders.shipped":
            parcel = _parcel_words(data)
            words = gettext("Parcel sent: %(parcel)s") % {"parcel": parcel} if parcel else gettext("Parcel sent")
            look = "key"
        case "orders.delivered":
            words, look = gettext("Parcel delivered"), "key"
        case "orders.pickup_ready":
            words = gettext("Ready to be fetched: %(place)s") % {"place": data.get("place", "")}
            look = "key"
        case "orders.pickup_taken_back":
            words = gettext("Not ready to be fetched after all")
        case "orders.collected":
            words, look = gettext("Handed over to the shopper"), "key"
        case "orders.parcel_moved":
            state = str(data.get("state"))
            if state in ("delivered", "pending"):
                return None
            label = ParcelProgress(state).label if state in ParcelProgress.values else state
            words, look = gettext("Parcel: %(state)s") % {"state": label}, "bad" if state in TROUBLE else ""
        case "orders.tracking_changed":
            words = gettext("Tracking changed: %(parcel)s") % {"parcel": _parcel_words(data) or "—"}
        case "shipping.label_bought":
            words = gettext("Label bought: %(parcel)s, %(amount)s") % {
                "parcel": _parcel_words({**data, "tracking_number": data.get("number", "")}),
                "amount": _money(data, "price_minor"),
            }
        case "shipping.label_voided":
            words = gettext("Label given back")
        case "orders.cancelled":
            words = gettext("Order cancelled: %(reason)s") % {"reason": reason_words(data.get("reason", ""))}
            look = "bad"
        case "orders.commented":
            words, said = gettext("Comment"), str(data.get("text", ""))
        case "orders.late_payment":
            revived = data.get("outcome") == "revived"
            words = (
                gettext("Money came after the order had expired; it is open again")
                if revived
                else gettext("Money came after the order was cancelled; it goes back")
            )
            look = "bad"
        case "fapiao.asked":
            words = gettext("Fapiao requested")
        case "fapiao.issued":
            is_red = int(data.get("minor") or 0) < 0
            words = (
                gettext("Red fapiao %(number)s, %(amount)s") if is_red else gettext("Fapiao %(number)s, %(amount)s")
            ) % {"number": data.get("number", ""), "amount": _money(data, "minor")}
        case "fapiao.declined":
            words = gettext("Fapiao declined")
        case "fapiao.to_correct":
            words, look = gettext("A red fapiao over %(amount)s is needed") % {"amount": _money(data, "minor")}, "bad"
        case "orders.vat_answer_came":
            valid = data.get("state") == "valid"
            words = (
                gettext("The register answered: the VAT ID %(vat_id)s is valid")
                if valid
                else gettext("The register answered: the VAT ID %(vat_id)s is not valid")
            ) % {"vat_id": data.get("vat_id", "")}
            look = "bad" if valid else ""
        case "orders.payment_due":
            words = gettext("Reminder to pay sent")
        case "orders.document_issued":
            words = gettext("Document issued: %(label)s") % {"label": data.get("label", "")}
        case "orders.risk_seen":
            words, look = (
                gettext("This order looks odd: %(reasons)s")
                % {"reasons": "; ".join(risk_words(data.get("reasons", ())))},
                "bad",
            )
        case "orders.risk_cleared":
            words = gettext("Found safe")
        case "orders.split":
            words = gettext("Divided; the other part is #%(number)s") % {"number": data.get("other_number", "")}
        case "orders.merged":
            sums = {"number": data.get("other_number", ""), "amount": _money(data, "total_minor")}
            if data.get("is_kept"):
                words = gettext("Order #%(number)s came in, %(amount)s") % sums
            else:
                words = gettext("Merged into order #%(number)s, %(amount)s") % sums
            look = "key"
        case "orders.held":
            words, said, look = gettext("Put on hold"), str(data.get("reason", "")), "bad"
        case "orders.released":
            words = gettext("Released from hold")
        case "orders.tagged":
            signed = [f"+{word}" for word in data.get("added", ())] + [f"−{word}" for word in data.get("removed", ())]
            words = gettext("Tags: %(tags)s") % {"tags": " ".join(signed)}
        case "orders.refund_made":
            words, look = _refund_words(data), "key"
        case "orders.refund_failed":
            words, said = (
                gettext("A refund of %(amount)s failed") % {"amount": _money(data, "amount_minor")},
                str(data.get("error", "")),
            )
            look = "bad"
        case "orders.edited":
            sums = {"before": _money(data, "before_minor"), "after": _money(data, "after_minor")}
            words = gettext("Order changed: %(before)s → %(after)s") % sums
            said = "\n".join([*_change_words(data), *filter(None, [str(data.get("note", ""))])])
            look = "key"
        case "orders.address_changed":
            words = gettext("Delivery address changed")
            said = "\n".join([" ".join(data.get("before", ())), "→ " + " ".join(data.get("after", ()))])
        case "orders.return_moved":
            state = str(data.get("state", ""))
            words = gettext("Return %(number)s: %(state)s") % {
                "number": data.get("number", ""),
                "state": ReturnProgress(state).label if state in ReturnProgress.values else state,
            }
            look = "bad" if state == ReturnProgress.REQUESTED else "key"
        case "accounts.approval_requested" | "accounts.approval_decided":
            words, look = _approval_words(data), "key"
        case "payments.failed":
            words = gettext("Payment failed (%(code)s)") % {"code": data.get("error_code") or "—"}
            look = "bad"
        case "payments.refunded":
            words = gettext("Refunded %(amount)s") % {"amount": _money(data, "refund_minor")}
        case "payments.disputed":
            words = {
                "inquiry": gettext("The payer's bank asks about %(amount)s"),
                "open": gettext("The payer's bank asks for %(amount)s back"),
                "won": gettext("The dispute about %(amount)s is won"),
                "lost": gettext("The dispute is lost: %(amount)s went back"),
            }.get(str(data.get("state")), "%(amount)s") % {"amount": _money(data, "amount_minor")}
            said, look = dispute_reason(str(data.get("reason", ""))), "key" if data.get("state") == "won" else "bad"
        case "payments.needs_review":
            words, look = gettext("A payment needs a look"), "bad"
        case "payments.authorised":
            words = gettext("Authorised %(amount)s") % {"amount": _money(data, "amount_minor")}
        case _:
            return None
    return HistoryLine(words, actor, entry.happened_at, said, look, files=tuple(data.get("files", ())))


_GIFT_CARD_PILLS = {
    "active": ("ok", pgettext_lazy("gift card", "Active")),
    "used": ("", pgettext_lazy("gift card", "Used up")),
    "expired": ("attention", _("Ran out")),
    "disabled": ("critical", _("Blocked")),
    "withdrawn": ("", _("Taken back")),
}


def gift_card_pill(state: str) -> Pill:
    tone, label = _GIFT_CARD_PILLS[state]
    return Pill(label, tone)


def own_money_words(code: str) -> str:
    """Return what paid without a provider, in words; any other code as it is."""
    words = {GIFT_CARD: gettext("Gift card"), STORE_CREDIT: gettext("Store credit")}
    return words.get(code, code)
