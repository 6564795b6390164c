"""What a message says, read from the rooms below and written out in the reader's language."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date
from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext, ngettext

from duli.base.money import format_money
from duli.base.text import cldr_locale
from duli.commerce.catalogue.models import Variant
from duli.commerce.checkout.selectors import draft_view
from duli.commerce.customers.addresses import lines as address_lines
from duli.commerce.customers.types import Address
from duli.commerce.downloads.selectors import grants_of
from duli.commerce.fapiao.selectors import paper_by_id
from duli.commerce.inventory.models import Location
from duli.commerce.inventory.selectors import home_country
from duli.commerce.orders.following import parcel_progress
from duli.commerce.orders.models import Fulfilment, Order, OrderLine, OrderMessage, OrderReturn
from duli.commerce.orders.parts import contents_of
from duli.commerce.orders.return_terms import policy
from duli.commerce.orders.selectors import order_with_lines
from duli.commerce.payments.gifts import Gift
from duli.commerce.payments.selectors import method
from duli.commerce.referrals.models import Referral
from duli.commerce.referrals.states import REWARD
from duli.commerce.shipping.carriers import carrier
from duli.commerce.shipping.states import ParcelProgress
from duli.platform.accounts.selectors import staff_addresses
from duli.platform.mail.compose import page_url
from duli.platform.sms.selectors import wants_news
from duli.platform.store.selectors import current_store


@dataclass(frozen=True, slots=True)
class Recipient:
    """An e-mail address, or a phone number in E.164, and the language its owner reads."""

    address: str
    language: str


def shopper(order: Order) -> Recipient | None:
    """Return who bought: by e-mail, else by phone; None where there is neither."""
    address = order.email or _international(order)
    return Recipient(address, order.language) if address else None


def texted(order: Order) -> Recipient | None:
    """Return the phone of a shopper who gets mails and asked for text messages about this order as well."""
    if not order.email or not wants_news(order.reference):
        return None
    number = _international(order)
    return Recipient(number, order.language) if number else None


def _international(order: Order) -> str:
    import phonenumbers  # a megabyte of metadata, for orders without an e-mail address only

    country = (order.shipping_address or {}).get("country") or "CN"
    try:
        number = phonenumbers.parse(order.phone or (order.shipping_address or {}).get("phone") or "", country)
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_valid_number(number):
        return ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def staff() -> list[Recipient]:
    """Return who of the staff is told: the store's own address, else the owners."""
    store = current_store()
    if store.email:
        return [Recipient(store.email, store.default_language)]
    return [Recipient(address, language or store.default_language) for address, language in staff_addresses("owner")]


def order_facts(order: Order, language: str) -> dict[str, Any]:
    """Return the order as the variable `order` of a message, amounts and dates written out."""
    paying = method(code=order.payment_method_code, language=language)
    address = Address.from_json(order.shipping_address) if order.shipping_address else None

    def money(minor: int) -> str:
        return format_money(minor, order.currency, language)

    return {
        "number": order.number or str(order.pk),
        "url": page_url(f"/orders/{order.token}", order.language),
        "placed_on": _date(order.placed_at, language),
        "customer_name": order.customer_name or (address.name if address else ""),
        "lines": [
            _line(line, line.quantity, _promised(line, language)) | {"total": money(line.total_minor)}
            for line in order.lines.all()
        ],
        "subtotal": money(order.subtotal_minor),
        "discount": f"−{money(order.discount_minor)}" if order.discount_minor else "",
        "shipping": money(order.shipping_minor),
        "tax": money(order.tax_minor) if order.tax_minor else "",
        "tax_included": order.prices_include_tax,
        "total": money(order.total_minor),
        "shipping_method": order.shipping_method_name,
        "payment_method": paying.name if paying else "",
        "address": _address(address, language) if address else [],
        "note": order.note,
    }


def _address(address: Address, language: str) -> list[str]:
    return [line for line in (*address_lines(address, home=home_country(), language=language), address.phone) if line]


def _date(instant: datetime, language: str) -> str:
    return format_date(instant.astimezone(ZoneInfo(current_store().time_zone)), "long", locale=cldr_locale(language))


def moment(instant: datetime, language: str) -> str:
    """Return an instant as letters write it, in the store's time zone."""
    local = instant.astimezone(ZoneInfo(current_store().time_zone))
    return f"{format_date(local, 'long', locale=cldr_locale(language))} {local:%H:%M}"


def draft_facts(draft_id: int) -> tuple[Recipient, dict[str, Any]] | None:
    """Return who gets the link of a draft, and the variable `draft` of its message; None once it is closed."""
    draft = draft_view(draft_id)
    if draft.state not in {"open", "sent"} or not draft.details.email:
        return None
    language = draft.cart.language
    lines = [
        {
            "title": line.title,
            "variant": line.variant_title,
            "quantity": line.quantity,
            "total": line.subtotal.format(language) if line.subtotal else "",
        }
        for line in draft.cart.lines
    ]
    facts = {
        "customer_name": draft.customer_name,
        "lines": lines,
        "total": draft.cart.quote.total.format(language),
        "expires_on": _date(draft.expires_at, language),
        "url": page_url(f"/drafts/{draft.token}", language),
    }
    return Recipient(draft.details.email, language), facts


def download_facts(order_id: int, language: str) -> list[dict[str, str]]:
    """Return the files of an order that may be downloaded now, as the variable `files` of a message."""
    found = []
    for grant in grants_of([order_id]):
        if grant.state != "ready":
            continue
        notes = []
        with translation.override(language):
            if grant.left is not None:
                notes.append(ngettext("%(count)s download", "%(count)s downloads", grant.left) % {"count": grant.left})
            if grant.expires_at is not None:
                notes.append(gettext("until %(day)s") % {"day": _date(grant.expires_at, language)})
        found.append({"name": grant.name, "title": grant.title, "note": " ".join(notes)})
    return found


def _promised(line: OrderLine, language: str) -> str:
    """Return what was said of it when it was bought: when units are sent that were not there, whom a card is for."""
    said = []
    with translation.override(language):
        if line.backorder.get("units"):
            on = line.backorder.get("on")
            when = format_date(date.fromisoformat(on), "long", locale=cldr_locale(language)) if on else ""
            said.append(gettext("sent from %(day)s") % {"day": when} if when else gettext("sent later"))
            said.append(str(line.backorder.get("words", "")))
        if line.gift:
            gift = Gift.from_json(line.gift)
            name = gift.recipient_name or gift.recipient_email
            said.append(gettext("for %(name)s") % {"name": name} if name else "")
    return " · ".join(filter(None, said))


def _line(line: OrderLine, quantity: int, promised: str = "") -> dict[str, Any]:
    details = [line.variant_title, ", ".join(contents_of(line)), promised]
    return {"title": line.title, "variant": " · ".join(filter(None, details)), "quantity": quantity}


def parcel_facts(fulfilment_id: int, language: str) -> dict[str, Any] | None:
    """Return a parcel as the variable `parcel` of a message, or None if it is not there any more."""
    parcel = Fulfilment.objects.prefetch_related("lines__order_line").filter(pk=fulfilment_id).first()
    if parcel is None:
        return None
    to_ship = OrderLine.objects.filter(order_id=parcel.order_id, requires_shipping=True)
    packed = {line.order_line_id: line.quantity for line in parcel.lines.all()}
    known = carrier(parcel.carrier)
    followed = parcel_progress([parcel.pk]).get(parcel.pk)
    latest = followed.sightings[0] if followed and followed.sightings else None
    with translation.override(language):
        name = str(known.name) if known and known.code != "other" else ""
        state = str(ParcelProgress(followed.state).label) if followed else str(parcel.get_state_display())
    return {
        "carrier": name or ("" if known else parcel.carrier),
        "number": parcel.tracking_number,
        "url": parcel.tracking_url,
        "state": followed.state if followed else parcel.state,
        "state_label": state,
        "news": latest.text if latest else "",
        "news_place": latest.place if latest else "",
        "lines": [_line(line.order_line, line.quantity) for line in parcel.lines.all()],
        "is_whole_order": all(packed.get(pk, 0) >= quantity for pk, quantity in to_ship.values_list("pk", "quantity")),
    }


def return_facts(return_id: int, language: str) -> dict[str, Any] | None:
    """Return a return as the variables of its messages; the moment of the declaration is told to the second."""
    row = OrderReturn.objects.prefetch_related("lines__order_line").filter(pk=return_id).first()
    if row is None:
        return None
    local = row.requested_at.astimezone(ZoneInfo(current_store().time_zone))
    with translation.override(language):
        label = str(row.get_state_display())
    return {
        "number": row.number or "",
        "state": row.state,
        "state_label": label,
        "outcome": row.outcome,
        "answer": row.answer,
        "declarant": row.declarant,
        "receipt_to": row.receipt_to,
        "received_at": f"{local:%Y-%m-%d %H:%M:%S} UTC{local.isoformat()[-6:]}",
        "instructions": policy().instructions,
        "lines": [_line(line.order_line, line.quantity) for line in row.lines.all()],
    }


def item_facts(variant_id: int, location_id: int) -> dict[str, str] | None:
    """Return what runs out as the variable `item`, in the store's own language; None if it is not there any more."""
    variant = Variant.objects.select_related("product").filter(pk=variant_id).first()
    if variant is None:
        return None
    locations = dict(Location.objects.values_list("pk", "name"))
    return {
        "title": variant.product.title,
        "variant": variant.title,
        "sku": variant.sku,
        "location": locations.get(location_id, "") if len(locations) > 1 else "",
    }


def gift_card_url(language: str) -> str:
    """Return the public address of the page where a gift card's balance is shown."""
    return page_url("/gift-card", language)


def reward_facts(referral_id: int) -> tuple[Recipient, dict[str, Any]] | None:
    """Return whom to thank for a friend, with what was given; None where there is no address."""
    row = Referral.objects.select_related("referrer__customer").filter(pk=referral_id).first()
    customer = row.referrer.customer if row else None
    if row is None or customer is None or not customer.email:
        return None
    language = customer.language or current_store().default_language
    minor = row.promised.get(REWARD, 0)
    context = {
        "name": customer.name,
        "amount": format_money(minor, row.currency, language) if minor else "",
        "code": row.reward_code,
        "url": page_url("/account/invite", language),
    }
    return Recipient(customer.email, language), context


def desk_url(path: str) -> str:
    """Return the public address of a back-office page ("orders/12/")."""
    return f"{settings.PUBLIC_URL}/admin/{path}"


def recent_orders(limit: int = 10) -> list[tuple[int, str]]:
    """Return (key, number) of the newest orders, to try a message with (one query)."""
    rows = Order.objects.exclude(number="").order_by("-pk").values_list("pk", "number")
    return [(pk, number or "") for pk, number in rows[:limit]]


def order_context(order_id: int, language: str) -> dict[str, Any] | None:
    """Return what a message about this order would say: the order, and its newest parcel if there is one."""
    order = order_with_lines(order_id)
    if order is None:
        return None
    context: dict[str, Any] = {"order": order_facts(order, language), "payment": None}
    newest = Fulfilment.objects.filter(order_id=order_id).order_by("-pk").values_list("pk", flat=True).first()
    if newest is not None and (parcel := parcel_facts(newest, language)):
        context["parcel"] = parcel
    return context


def message_text(message_id: int) -> str:
    """Return what was written; "" if it was forgotten meanwhile."""
    return OrderMessage.objects.filter(pk=message_id).values_list("text", flat=True).first() or ""


def fapiao_facts(order: Order, fapiao_id: int) -> tuple[Recipient, dict[str, Any]] | None:
    """Return who gets a fapiao, and what a message says of it; None where there is nobody to write to."""
    paper = paper_by_id(fapiao_id)
    address = paper.request.email or order.email if paper else ""
    if paper is None or not address:
        return None
    return Recipient(address, order.language), {
        "fapiao_number": paper.number,
        "amount": format_money(abs(paper.amount_minor), order.currency, order.language),
        "is_red": paper.amount_minor < 0,
        "has_file": paper.file_id is not None,
    }
