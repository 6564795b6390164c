"""What partners are told: that they are one, what may be paid out to them, and that it was."""

from __future__ import annotations

from duli.base.money import format_money
from duli.commerce.customers.models import Customer
from duli.commerce.referrals.events import CommissionApproved, CommissionPaid, PartnerAccepted
from duli.commerce.referrals.models import Referrer
from duli.growth.notifications.members import language_of, reachable, send_to
from duli.platform.mail.compose import page_url


def tell_accepted(*, event: PartnerAccepted, event_id: int) -> None:
    """Tell somebody that they are a partner now, with their link."""
    row = Referrer.objects.filter(pk=event.referrer_id).first()
    customer = reachable(row.customer_id) if row else None
    if row is not None and customer is not None:
        language = language_of(customer)
        context = {"name": customer.name, "link": page_url(f"/r/{row.code}", language), "url": _page(language)}
        send_to("partner_accepted", customer, context, event_id)


def tell_approved(*, event: CommissionApproved, event_id: int) -> None:
    """Tell a partner of commissions that may be paid out."""
    customer = _partner(event.referrer_id)
    if customer is not None:
        language = language_of(customer)
        context = {
            "name": customer.name,
            "amount": format_money(event.minor, event.currency, language),
            "orders": event.orders,
            "url": _page(language),
        }
        send_to("commission_approved", customer, context, event_id)


def tell_paid(*, event: CommissionPaid, event_id: int) -> None:
    """Tell a partner of a payment that is on its way; the account is theirs and not repeated."""
    customer = _partner(event.referrer_id)
    if customer is not None:
        language = language_of(customer)
        context = {
            "name": customer.name,
            "amount": format_money(event.minor, event.currency, language),
            "url": _page(language),
        }
        send_to("commission_paid", customer, context, event_id)


def _partner(referrer_id: int) -> Customer | None:
    row = Referrer.objects.filter(pk=referrer_id).first()
    return reachable(row.customer_id) if row is not None else None


def _page(language: str) -> str:
    return page_url("/account/invite", language)
