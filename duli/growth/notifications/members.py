"""What members are told: a tier that was reached, points that run out soon."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils import translation

from duli.base.money import format_money
from duli.commerce.customers.models import Customer
from duli.commerce.membership.rules import worth
from duli.commerce.membership.selectors import program, tier_rows, tier_view
from duli.commerce.pricing.promotion_words import offer_text
from duli.commerce.promotions.models import Code
from duli.commerce.promotions.selectors import coupons_of
from duli.commerce.promotions.types import Coupon
from duli.growth.notifications.selectors import page_url
from duli.platform.accounts.selectors import verified_user
from duli.platform.mail import services as mail
from duli.platform.store.days import day_of
from duli.platform.store.selectors import current_store


def tell_tier_reached(*, customer_id: int, tier_id: int, event_id: int) -> None:
    """Tell a member of the tier that was reached; nobody of one that is gone meanwhile."""
    customer = reachable(customer_id)
    row = next((entry for entry in tier_rows() if entry.pk == tier_id), None)
    if customer is None or row is None:
        return
    language = language_of(customer)
    view = tier_view(row, language)
    context = {
        "name": customer.name,
        "tier": view.name,
        "benefits": list(view.benefits),
        "url": page_url("/account/member", language),
    }
    send_to("tier_reached", customer, context, event_id)


def tell_points_ending(*, customer_id: int, points: int, at: str, event_id: int) -> None:
    """Tell a member that so many points run out soon, the first of them at a moment (ISO)."""
    customer = reachable(customer_id)
    if customer is None:
        return
    rules, store = program(), current_store()
    language = language_of(customer)
    there = datetime.fromisoformat(at).astimezone(ZoneInfo(store.time_zone))
    minor = worth(points, rules.worth_points, rules.worth_minor)
    context = {
        "name": customer.name,
        "points": f"{points:,}",
        "on": there.date().isoformat(),
        "worth": format_money(minor, store.default_currency, language),
        "url": page_url("/account/member", language),
    }
    send_to("points_ending", customer, context, event_id)


def tell_birthday_code(*, customer_id: int, code_id: int, event_id: int) -> None:
    """Send a member the code for their birthday; nothing of one that is used or over meanwhile."""
    customer = reachable(customer_id)
    code = birthday_code(code_id, customer_id)
    if customer is None or code is None:
        return
    language, store = language_of(customer), current_store()
    with translation.override(language):
        offer = (
            offer_text(code.promotion, store.default_currency, language) if code.promotion is not None else code.title
        )
    context = {
        "name": customer.name,
        "offer": offer,
        "code": code.code,
        "until": last_day(code.ends_at).isoformat() if code.ends_at else "",
        "url": page_url("/account/coupons", language),
    }
    send_to("birthday_coupon", customer, context, event_id)


def last_day(end: datetime) -> date:
    """Return the last whole day of the store before a moment."""
    return day_of(end - timedelta(microseconds=1))


def birthday_code(code_id: int, customer_id: int) -> Coupon | None:
    """Return a customer's code, if it can be used now or later."""
    store = current_store()
    customer = Customer.objects.filter(pk=customer_id).first()
    code = Code.objects.filter(pk=code_id, customer_id=customer_id).first()
    if customer is None or code is None:
        return None
    found = coupons_of(customer_id, store.default_currency, language_of(customer))
    return next((one for one in found if one.code == code.text and one.state in {"ready", "later"}), None)


def reachable(customer_id: int) -> Customer | None:
    """Return a member whose account has proved its address: what somebody merely typed may be another's."""
    people = Customer.objects.filter(pk=customer_id, user__isnull=False, erased_at__isnull=True)
    customer = people.select_related("user").first()
    if customer is None or customer.user is None or not customer.user.email:
        return None
    owner = verified_user(email=customer.user.email)
    return customer if owner is not None and owner.pk == customer.user_id else None


def language_of(customer: Customer) -> str:
    """Return the language a customer reads, else the shop's own."""
    return customer.language or current_store().default_language


def send_to(template: str, customer: Customer, context: Mapping[str, object], event_id: int) -> None:
    """Send a customer with an account a message, once for an event."""
    address = customer.user.email if customer.user else ""
    mail.send(
        template=template,
        to=address or "",
        language=language_of(customer),
        context=context,
        reference=customer.reference,
        key=f"{template}:{event_id}:{customer.pk}",
    )
