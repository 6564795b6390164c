"""The one checkout page: from what was posted to `Details`, and from `CheckoutView` to fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from duli.base.errors import DuliError, sentence
from duli.commerce.checkout.selectors import all_countries
from duli.commerce.checkout.types import CheckoutView, Details, InvalidDetails
from duli.commerce.customers.addresses import AddressForm, china_regions, form_for, lines
from duli.commerce.customers.models import CustomerAddress
from duli.commerce.customers.types import Address, InvalidAddress
from duli.commerce.inventory.selectors import home_country
from duli.commerce.taxes.selectors import profile, vat_standing
from duli.commerce.taxes.types import InvalidVatId
from duli.commerce.taxes.vat_ids import normal as normal_vat_id
from duli.platform.sms.selectors import can_send_sms
from duli.platform.themes.engine import theme_texts
from duli.web.storefront.arrivals import arrival, hurry
from duli.web.storefront.buying_drops import (
    CardUseDrop,
    CheckoutDrop,
    CreditDrop,
    FapiaoChoiceDrop,
    FieldDrop,
    MethodDrop,
    ProblemDrop,
    RateDrop,
)
from duli.web.storefront.cart import restriction_words
from duli.web.storefront.places import place_drop
from duli.web.storefront.where import Where, currency_name

ADDRESS_FIELDS = ("name", "phone", "company", "region", "city", "district", "line1", "line2", "postal_code")
# What an invoice is written to: nobody rings there.
BILLING_FIELDS = tuple(name for name in ADDRESS_FIELDS if name != "phone")
BILLING = "billing_"
_EXTRA = ("line2", "company")
_AUTOCOMPLETE = {
    "name": "name",
    "phone": "tel",
    "company": "organization",
    "region": "address-level1",
    "city": "address-level2",
    "district": "address-level3",
    "line1": "address-line1",
    "line2": "address-line2",
    "postal_code": "postal-code",
}
# Who fetches it has a name and a telephone, and needs no street.
_OF_A_PERSON = {"name", "phone"}
_PRICED = {"city", "postal_code"}
"""What taxes and carriers' prices depend on, too, where it is typed."""
_VAT_STATES = {"valid": "vat_id_valid", "invalid": "vat_id_unknown", "unavailable": "vat_id_silent"}
_HALF = {"city", "region", "postal_code", "name", "phone"}


def split_contact(contact: str) -> tuple[str, str]:
    """Return (e-mail, phone) of the one field that takes either."""
    contact = contact.strip()
    return (contact, "") if "@" in contact or not any(sign.isdigit() for sign in contact) else ("", contact)


def read_details(posted: Mapping[str, str], *, needs_shipping: bool) -> Details:
    """Read the posted form; nothing is checked here."""
    email, phone = split_contact(posted.get("contact", ""))
    address = None
    if needs_shipping:
        values = {name: posted.get(name, "") for name in ADDRESS_FIELDS}
        # Somebody who left a phone number to be reached at need not type it twice for the courier.
        values["phone"] = values["phone"] or phone
        address = Address(country=posted.get("country", "")[:2].upper(), **values)
    fetched = posted.get("handover") == "pickup"
    method_id = posted.get("pickup_method" if fetched else "shipping_method", "")
    place_id = posted.get("pickup_place", "") if fetched else ""
    return Details(
        email=email,
        phone=phone,
        shipping_address=address,
        billing_address=_read_billing(posted, address),
        shipping_method_id=_number(method_id),
        pickup_location_id=_number(place_id),
        payment_method_code=posted.get("payment_method", "")[:40],
        note=posted.get("note", ""),
        vat_id=posted.get("vat_id", "")[:40],
    )


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else None


def _read_billing(posted: Mapping[str, str], shipping: Address | None) -> Address | None:
    """Return the billing address, None where it is the delivery address (what a form says that does not ask)."""
    if shipping is None or "billing_asked" not in posted or posted.get("billing_same") == "1":
        return None
    values = {name: posted.get(BILLING + name, "") for name in BILLING_FIELDS}
    # The first time it is asked for, it starts in the same country, for the same person.
    if f"{BILLING}country" not in posted:
        return Address(country=shipping.country, name=shipping.name)
    return Address(country=posted[f"{BILLING}country"][:2].upper(), **values)


def checkout_drop(
    view: CheckoutView,
    here: Where,
    *,
    typed: Details | None = None,
    errors: Mapping[str, str] | None = None,
    failure: DuliError | None = None,
    csrf: str,
    saved: Sequence[CustomerAddress] = (),
    newsletter: bool = False,
    sms: bool = False,
    card_error: str = "",
    fapiao: FapiaoChoiceDrop | None = None,
) -> CheckoutDrop:
    """Return the page's drop. `typed` is what was just posted (it wins over what is stored)."""
    texts = theme_texts(here.language)
    details = typed or view.details
    errors = errors or {}
    address = details.shipping_address or Address(country=view.country)
    contact = details.email or details.phone
    order = ("contact", "country", *view.form.fields, f"{BILLING}country", *(BILLING + name for name in BILLING_FIELDS))
    named = sorted(errors.items(), key=lambda item: order.index(item[0]) if item[0] in order else len(order))
    problems = [ProblemDrop(error_text(here, name, kind, view.form), _field_id(name)) for name, kind in named]
    if failure is not None and not isinstance(failure, InvalidDetails):
        problems.insert(0, ProblemDrop(sentence(failure)))
    problems += (
        [ProblemDrop(field.error, _field_id(field.name)) for field in fapiao.fields if field.error] if fapiao else []
    )
    fetched = bool(view.chosen_rate and view.chosen_rate.is_pickup)
    fields = address_fields(view.form, address, errors, here) if view.needs_shipping else []
    kept: tuple[tuple[str, str], ...] = ()
    if fetched:
        kept = tuple((name, getattr(address, name)) for name in ADDRESS_FIELDS if name not in _OF_A_PERSON)
        fields = [replace(entry, required=entry.name == "name") for entry in fields if entry.name in _OF_A_PERSON]
    places = [field for field in fields if field.refresh == "places"]
    rest = [field for field in fields if field.refresh != "places" and field.name not in _EXTRA]
    extra = [field for field in fields if field.name in _EXTRA]
    chosen_method = details.payment_method_code or (view.methods[0].code if view.methods else "")
    known = bool(address.region or address.postal_code or address.city) or not view.form.regions
    return CheckoutDrop(
        contact=FieldDrop(
            name="contact",
            label=texts("checkout.contact"),
            value=contact,
            autocomplete="email",
            inputmode="email",
            error=error_text(here, "contact", errors["contact"], view.form) if "contact" in errors else "",
            hint=texts("checkout.contact_hint"),
            maximum=254,
        ),
        country=FieldDrop(
            name="country",
            label=texts("checkout.country"),
            value=address.country or view.country,
            kind="select" if len(view.countries) > 1 else "hidden",
            autocomplete="country",
            choices=tuple(view.countries),
            error=error_text(here, "country", errors["country"], view.form) if "country" in errors else "",
            refresh="address",
        ),
        fields=tuple(rest),
        more=tuple([*extra, *vat_id_field(details, errors, here, view.form)] if extra else extra),
        places=tuple(places),
        places_first=bool(places),
        note=FieldDrop(
            name="note",
            label=texts("checkout.note"),
            value=details.note,
            kind="textarea",
            required=False,
            error=error_text(here, "note", errors["note"], view.form) if "note" in errors else "",
            maximum=1000,
        ),
        rates=tuple(
            RateDrop(
                id=rate.method_id,
                name=rate.name,
                price=here.money(rate.price) if rate.price else texts("product.free"),
                days=arrival(view.estimates.get(rate.method_id), here)
                or texts("product.days", first=rate.min_days, last=rate.max_days),
                why=rate.why,
                chosen=view.chosen_rate is not None and rate.method_id == view.chosen_rate.method_id,
                hurry=hurry(view.estimates.get(rate.method_id), here),
            )
            for rate in view.rates
            if not rate.is_pickup
        ),
        methods=tuple(
            MethodDrop(method.code, method.name, method.description, method.code == chosen_method, method.is_test)
            for method in view.methods
        ),
        billing=billing_fields(details.billing_address, errors, here) if details.billing_address else (),
        needs_shipping=view.needs_shipping,
        needs_payment=bool(view.due),
        gift_cards=tuple(
            CardUseDrop(use.id, texts("gift_card.label", last4=use.last4), (-use.amount).format(here.language))
            for use in view.gift_cards
        ),
        credit=_credit(view, here),
        credit_elsewhere=_credit_elsewhere(view, here),
        due=view.due.format(here.language) if view.due is not None else "",
        shown_due=view.due.minor if view.due is not None else 0,
        gift_card_error=card_error,
        held_until=view.held_until.isoformat() if view.held_until else "",
        address_known=known,
        problems=tuple(problems),
        shown_total=view.cart.quote.total.minor,
        total=(view.due if view.due is not None else view.cart.quote.total).format(here.language),
        hold_note=texts("checkout.hold"),
        csrf=csrf,
        saved=_saved(saved, here),
        newsletter=newsletter,
        # What is fetched has no parcel to tell of.
        offers_sms=view.needs_shipping and not fetched and can_send_sms(),
        sms=sms,
        kept=kept,
        restricted=() if fetched else restriction_words(view.cart, here),
        is_fetched=fetched,
        fapiao=fapiao,
        **_pickup(view, errors, here),
    )


def _pickup(view: CheckoutView, errors: Mapping[str, str], here: Where) -> dict[str, Any]:
    """Return what the page says of fetching the order at a place of the shop."""
    if view.pickup is None:
        return {}
    texts = theme_texts(here.language)
    return {
        "can_fetch": True,
        "pickup_method": view.pickup.rate.method_id,
        "pickup_name": view.pickup.rate.name,
        "pickup_price": here.money(view.pickup.rate.price) if view.pickup.rate.price else texts("product.free"),
        "pickup_error": texts("errors.pickup_place_required") if "pickup_place" in errors else "",
        "pickup_places": tuple(
            place_drop(
                choice.place,
                note=arrival(choice.ready, here, is_pickup=True) if choice.is_there else texts("delivery.not_there"),
                chosen=choice.place.id == view.pickup.chosen_id,
                can_be_chosen=choice.is_there,
            )
            for choice in view.pickup.choices
        ),
    }


def vat_id_field(details: Details, errors: Mapping[str, str], here: Where, form: AddressForm) -> list[FieldDrop]:
    """Return the field for the VAT id of a company; none where the shop never said where it is registered.

    What is known of the id is said beneath: whoever knows that a register is silent need not wonder about the tax.
    """
    if not profile().country:
        return []
    texts, hint = theme_texts(here.language), "vat_id_hint"
    if details.vat_id.strip():
        billing = details.billing_address or details.shipping_address
        try:
            standing = vat_standing(normal_vat_id(details.vat_id, billing.country if billing else form.country))
        except InvalidVatId:
            errors = {"vat_id": "invalid", **errors}
        else:
            hint = _VAT_STATES[standing.state] if standing and standing.state in _VAT_STATES else hint
    return [
        FieldDrop(
            name="vat_id",
            label=texts("checkout.vat_id"),
            value=details.vat_id,
            required=False,
            error=error_text(here, "vat_id", errors["vat_id"], form) if "vat_id" in errors else "",
            hint=texts(f"checkout.{hint}"),
            refresh="vat",
            maximum=20,
        )
    ]


def _field_id(name: str) -> str:
    if name == "pickup_place":
        return "pickup-places"
    return "" if name in {"shipping_method", "payment_method"} else f"f-{name}"


def billing_fields(address: Address, errors: Mapping[str, str], here: Where) -> tuple[FieldDrop, ...]:
    """Return the fields of a billing address, its country first; every country that there is can be chosen."""
    try:
        form = form_for(address.country)
    except InvalidAddress:
        form = form_for("US")
    texts = theme_texts(here.language)
    name = f"{BILLING}country"
    country = FieldDrop(
        name=name,
        label=texts("checkout.country"),
        value=form.country,
        kind="select",
        autocomplete="billing country",
        choices=tuple(all_countries(here.language)),
        error=error_text(here, name, errors[name], form) if name in errors else "",
        refresh="billing",
    )
    return (country, *address_fields(form, address, errors, here, prefix=BILLING))


def address_fields(
    form: AddressForm, address: Address, errors: Mapping[str, str], here: Where, *, prefix: str = ""
) -> list[FieldDrop]:
    """Return the fields of an address as its country writes it, with the choices that follow from one another.

    `prefix` is "" for a delivery address, which has a phone number for the courier, or `BILLING`.
    """
    names = list(form.fields)
    if not prefix:
        names.insert(names.index("name") + 1, "phone")
    section = "billing" if prefix else "shipping"
    texts = theme_texts(here.language)
    found = []
    for name in names:
        value = getattr(address, name)
        choices: tuple[tuple[str, str], ...] = ()
        refresh = ""
        is_list = form.country == "CN" and name in {"region", "city", "district"}
        if is_list:
            choices, refresh = _china_choices(name, address), "billing" if prefix else "places"
        elif name == "region" and form.regions:
            choices, refresh = form.regions, "" if prefix else "region"
        elif name in _PRICED and not prefix:
            refresh = "region"
        found.append(
            FieldDrop(
                name=prefix + name,
                label=texts("address.billing_name") if prefix and name == "name" else _label(name, form, here),
                value=value,
                kind="select" if choices or is_list else "tel" if name == "phone" else "text",
                autocomplete=_AUTOCOMPLETE[name] if name == "phone" else f"{section} {_AUTOCOMPLETE[name]}",
                inputmode="numeric" if name == "postal_code" and form.postal_code_example.isdigit() else "",
                required=name in form.required or (name == "phone" and form.country == "CN"),
                error=error_text(here, prefix + name, errors[prefix + name], form) if prefix + name in errors else "",
                choices=choices,
                placeholder=form.postal_code_example if name == "postal_code" else "",
                half=name in _HALF and not (prefix and name == "name"),
                refresh=refresh,
            )
        )
    return found


def _china_choices(name: str, address: Address) -> tuple[tuple[str, str], ...]:
    regions = china_regions()
    if name == "region":
        return tuple((region, region) for region in regions)
    cities = regions.get(address.region, {})
    if name == "city":
        return tuple((city, city) for city in cities)
    return tuple((district, district) for district in cities.get(address.city, ()))


def _label(name: str, form: AddressForm, here: Where) -> str:
    """Return the field's name as its country calls it: province, state, prefecture; postcode, ZIP."""
    texts = theme_texts(here.language)
    kinds = {
        "region": form.region_label,
        "city": form.city_label,
        "district": form.district_label,
        "postal_code": form.postal_code_label,
    }
    if form.country == "CN" and name == "line1":
        return texts("address.line1_cn")
    special = texts(f"address.{name}_{kinds.get(name, '')}")
    return texts(f"address.{name}") if special.startswith("address.") else special


def error_text(here: Where, name: str, kind: str, form: AddressForm) -> str:
    """Return what is wrong with a field ("required", "invalid", "too_long") as a sentence that helps."""
    texts = theme_texts(here.language)
    is_billing = name.startswith(BILLING)
    name = name.removeprefix(BILLING)
    label = _label(name, form, here) if name in ADDRESS_FIELDS else texts(f"checkout.{name}")
    if is_billing:
        return texts(f"errors.{kind}", field=texts("checkout.billing_field", field=label))
    own = texts(f"errors.{name}_{kind}", field=label)
    return texts(f"errors.{kind}", field=label) if own.startswith("errors.") else own


def _saved(rows: Sequence[CustomerAddress], here: Where) -> tuple[tuple[int, str], ...]:
    if not rows:
        return ()
    home = home_country()
    return tuple(
        (row.pk, " · ".join(lines(Address.from_json(row.data), home=home, language=here.language))) for row in rows
    )


def _credit_elsewhere(view: CheckoutView, here: Where) -> tuple[str, ...]:
    """Say of store credit in other currencies why it does not pay here."""
    texts = theme_texts(here.language)
    due = currency_name(view.cart.quote.total.currency, here.language)
    return tuple(
        texts(
            "credit.elsewhere",
            amount=amount.format(here.language),
            own=currency_name(amount.currency, here.language),
            here=due,
        )
        for amount in view.credit_elsewhere
    )


def _credit(view: CheckoutView, here: Where) -> CreditDrop | None:
    offer = view.credit
    if offer is None:
        return None
    return CreditDrop(
        there=offer.there.format(here.language),
        pays=offer.pays.format(here.language),
        used=(-offer.amount).format(here.language) if offer.amount else "",
    )
