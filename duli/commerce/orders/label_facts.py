"""What a label says of an order: from where, to whom, how heavy, and what customs want to know."""

from __future__ import annotations

from collections.abc import Mapping

from duli.base.clock import now
from duli.base.money import Money
from duli.commerce.catalogue.models import Variant
from duli.commerce.catalogue.titles import variant_titles
from duli.commerce.customers.types import Address
from duli.commerce.inventory.models import Location
from duli.commerce.orders.models import Order, OrderLine
from duli.commerce.orders.types import CustomsFactsMissing
from duli.commerce.shipping.label_seller import Customs, CustomsItem, Postal
from duli.commerce.taxes.selectors import seller
from duli.commerce.taxes.types import Scheme
from duli.platform.store.selectors import current_store

CUSTOMS_LANGUAGE = "en"


def sender_of(location: Location) -> Postal:
    """Return a place of the shop as the sender."""
    street, *rest = filter(None, (line.strip() for line in location.address.splitlines())) or [""]
    return Postal(
        country=location.country,
        name=current_store().name,
        company=location.name,
        street1=street,
        street2=", ".join(rest)[:100],
        city=location.city,
        region=location.region,
        postal_code=location.postal_code,
        phone=location.phone,
    )


def recipient_of(order: Order) -> Postal:
    """Return where an order goes."""
    address = Address.from_json(order.shipping_address or {})
    return destination_of(address, email=order.email, phone=order.phone)


def destination_of(address: Address, *, email: str = "", phone: str = "") -> Postal:
    return Postal(
        country=address.country,
        name=address.name,
        company=address.company,
        street1=address.line1,
        street2=" ".join(filter(None, (address.line2, address.district))),
        city=address.city,
        region=address.region,
        postal_code=address.postal_code,
        phone=address.phone or phone,
        email=email,
    )


def weight_of(lines: Mapping[OrderLine, int]) -> int:
    """Return what units of lines weigh together, in grams."""
    return sum(line.weight_grams * quantity for line, quantity in lines.items())


def customs_of(order: Order, lines: Mapping[OrderLine, int]) -> Customs:
    """Return what customs are told of units of lines: in English, at what was paid for them without tax.

    CustomsFactsMissing names the goods without a customs code or a country of origin.
    """
    variants = {
        variant.pk: variant
        for variant in Variant.objects.select_related("product").filter(
            pk__in=[line.variant_id for line in lines if line.variant_id]
        )
    }
    titles = variant_titles(list(variants.values()), CUSTOMS_LANGUAGE)
    items, missing = [], []
    for line, quantity in lines.items():
        variant = variants.get(line.variant_id or 0)
        code = variant.hs_code or variant.product.hs_code if variant else ""
        origin = variant.origin_country or variant.product.origin_country if variant else ""
        if variant is None or not code or not origin:
            missing.append(line.title)
            continue
        paid = Money(line.total_minor - line.tax_minor, order.currency)
        # Of three units for ten the parcel with two of them is worth six sixty-seven: shares add up to the whole.
        value = sum((share for share in paid.split(line.quantity)[:quantity]), Money.zero(order.currency))
        title = titles.get(variant.pk, (variant.product.title, ""))[0]
        items.append(CustomsItem(title, quantity, value, line.weight_grams * quantity, code, origin))
    if missing:
        raise CustomsFactsMissing(goods=", ".join(f"“{title}”" for title in dict.fromkeys(missing)))
    duty = order.tax.get("duty") or {}
    is_ioss = order.tax_scheme == Scheme.IOSS
    registered = seller(now().date()).registrations if is_ioss else ()
    number, country = next(
        ((one.number, one.country) for one in registered if one.kind == Scheme.IOSS and one.number), ("", "")
    )
    return Customs(tuple(items), "DDP" if duty.get("charged") else "DDU", number, country)
