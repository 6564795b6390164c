from __future__ import annotations

from contextlib import suppress

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import BigIntegerField

from duli.base.text import one_line, without_control
from duli.commerce.checkout import locks, snapshot
from duli.commerce.checkout.models import Cart
from duli.commerce.checkout.selectors import countries_for, open_cart
from duli.commerce.checkout.types import Details, InvalidDetails
from duli.commerce.customers.addresses import check
from duli.commerce.customers.types import Address, InvalidAddress
from duli.commerce.inventory.selectors import pickup_places
from duli.commerce.shipping.selectors import is_pickup, live_methods
from duli.commerce.shipping.services import ask_rates
from duli.commerce.shipping.types import ShippingMethodUnavailable
from duli.commerce.taxes.selectors import profile
from duli.commerce.taxes.services import check_vat_id
from duli.commerce.taxes.types import InvalidVatId
from duli.commerce.taxes.vat_ids import normal as normal_vat_id

MAXIMUM_NOTE = 1000
# The columns that the shopper's details are kept in.
FILLED = (
    *("email", "phone", "note", "shipping_address", "billing_address"),
    *("shipping_method_id", "payment_method_code", "vat_id", "pickup_location_id"),
)


def normal_phone(number: str, country: str) -> str:
    """Return the number in international form (+8613800138000), or an empty string if it is none."""
    import phonenumbers

    try:
        parsed = phonenumbers.parse(number, country or None)
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_possible_number(parsed):
        return ""
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def _contact(details: Details, country: str, problems: dict[str, str]) -> tuple[str, str]:
    email, phone = details.email.strip(), details.phone.strip()
    if len(email) > 254 or len(phone) > 40:
        problems["contact"] = "too_long"
        return "", ""
    if not email and not phone:
        problems["contact"] = "required"
    if email:
        try:
            validate_email(email)
        except ValidationError:
            problems["contact"] = "invalid"
    if phone:
        normal = normal_phone(phone, country)
        if not normal:
            problems["contact"] = "invalid"
        phone = normal
    return email, phone


def ask_register(*, details: Details) -> None:
    """Ask the register about the VAT id of a company before anything is decided by it.

    Called before `save_details`, outside of any transaction; an id that is none is named by `save_details`.
    """
    address = details.billing_address or details.shipping_address
    if details.vat_id.strip() and profile().country:
        with suppress(InvalidVatId):
            check_vat_id(vat_id=details.vat_id, country=address.country if address else "")


def ask_carriers(*, token: str, details: Details) -> None:
    """Ask the carriers whose own prices methods take what they want for the cart, before its prices are shown.

    Called outside of any transaction, beside `save_details`. Nothing is asked where no method depends on it; a carrier
    that does not answer in time costs nobody the checkout: the method has a price of its own.
    """
    address = details.shipping_address
    if address is None or not (address.postal_code or address.city):
        return
    with suppress(InvalidAddress):
        address = check(address)
    if not live_methods(address.country, address.region):
        return
    cart = open_cart(token)
    if cart is None:
        return
    cart.shipping_address = _cut(address)
    lines = snapshot.read_lines(cart)
    way = snapshot.way_of(cart, lines)
    if way is not None:
        ask_rates(
            country=address.country,
            region=address.region,
            sender=way[0],
            recipient=way[1],
            goods_grams=snapshot.parcel_of(lines, cart.currency).weight_grams,
        )


@transaction.atomic
def save_details(*, token: str, details: Details, draft: bool = False) -> Cart:
    """Keep what the shopper filled in; every field that is wrong is named at once in InvalidDetails.

    With `draft` the values are kept as they are, without a complaint (the shopper is still choosing a
    country); they are cut to a sane length. Raises CartNotFound, CartClosed, ShippingMethodUnavailable (an id that
    no method can have).
    """
    cart = locks.lock_open_cart(token)
    if draft:
        _fill_draft(cart, details)
    else:
        fill(cart, details)
    cart.save()
    return cart


def _fill_draft(cart: Cart, details: Details) -> None:
    address = details.shipping_address
    cart.email = one_line(details.email, 254)
    cart.phone = one_line(details.phone, 32)
    cart.note = without_control(details.note).strip()[:MAXIMUM_NOTE]
    if address:
        cart.shipping_address = _cut(address)
    cart.billing_address = _cut(details.billing_address) if details.billing_address else None
    cart.vat_id = _vat_id(details, address.country if address else "", {}) or one_line(details.vat_id, 20)
    _choose(cart, details)


def fill(cart: Cart, details: Details) -> None:
    """Write checked details into a locked cart, which the caller saves; InvalidDetails names all that is wrong."""
    problems: dict[str, str] = {}
    address = details.shipping_address
    country = address.country if address else ""
    note = without_control(details.note).strip()
    cart.email, cart.phone = _contact(details, country, problems)
    if len(note) > MAXIMUM_NOTE:
        problems["note"] = "too_long"
    cart.note = note[:MAXIMUM_NOTE]
    _choose(cart, details)
    if is_pickup(details.shipping_method_id):
        cart.shipping_address = _fetcher(cart, address, problems)
    else:
        cart.shipping_address = _address(cart, address, problems, "")
    billing = details.billing_address
    cart.billing_address = _address(cart, billing, problems, "billing_") if billing else None
    cart.vat_id = _vat_id(details, country, problems)
    if problems:
        raise InvalidDetails(problems)


def _vat_id(details: Details, country: str, problems: dict[str, str]) -> str:
    """Return a VAT id as it is kept. Whether its register knows it is asked outside of any transaction."""
    if not details.vat_id.strip():
        return ""
    billing = details.billing_address
    try:
        return normal_vat_id(details.vat_id, billing.country if billing else country)
    except InvalidVatId:
        problems["vat_id"] = "invalid"
        return ""


def _choose(cart: Cart, details: Details) -> None:
    method_id = details.shipping_method_id
    if method_id is not None and not 0 < method_id <= BigIntegerField.MAX_BIGINT:
        raise ShippingMethodUnavailable()
    cart.shipping_method_id = method_id
    place_id = details.pickup_location_id
    cart.pickup_location_id = place_id if place_id and 0 < place_id <= BigIntegerField.MAX_BIGINT else None
    cart.payment_method_code = details.payment_method_code[:40]


def _cut(address: Address) -> dict[str, str]:
    return {key: one_line(value, 200) for key, value in address.to_json().items()}


def _fetcher(cart: Cart, address: Address | None, problems: dict[str, str]) -> dict[str, str]:
    """Return who fetches it: nobody has to live anywhere for that. The region decides which methods there are."""
    country = address.country if address else ""
    place = next((entry for entry in pickup_places(country) if entry.id == cart.pickup_location_id), None)
    if place is None:
        problems["pickup_place"] = "required"
    name, phone = (one_line(text, 200) for text in (address.name, address.phone)) if address else ("", "")
    if not name or len(name) > 120:
        problems["name"] = "invalid" if name else "required"
    if phone:
        phone = normal_phone(phone, country)
        if not phone:
            problems["phone"] = "invalid"
    region = one_line(address.region, 120) if address else ""
    return Address(country=country, name=name, phone=phone, region=region).to_json()


def _address(cart: Cart, address: Address | None, problems: dict[str, str], prefix: str) -> dict[str, str] | None:
    if address is None:
        if _needs_shipping(cart):
            problems[f"{prefix}country"] = "required"
        return None
    try:
        checked = check(address)
    except InvalidAddress as error:
        problems.update({f"{prefix}{field}": problem for field, problem in error.fields.items()})
        return None
    market = snapshot.market_of(cart)
    if not prefix and checked.country not in {code for code, _ in countries_for(market, cart.language)}:
        problems["country"] = "invalid"
    if checked.phone:
        checked_phone = normal_phone(checked.phone, checked.country)
        if not checked_phone:
            problems[f"{prefix}phone"] = "invalid"
        return {**checked.to_json(), "phone": checked_phone}
    return checked.to_json()


def _needs_shipping(cart: Cart) -> bool:
    if cart.lines.filter(variant__requires_shipping=True).exists():
        return True
    return cart.is_draft and cart.custom_lines.filter(requires_shipping=True).exists()
