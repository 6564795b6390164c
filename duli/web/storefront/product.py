"""The product page: which variant is meant, what each further choice would give, and what it will cost to get it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.safestring import mark_safe

from duli.base.clock import now
from duli.commerce.assortment import selectors as assortment
from duli.commerce.assortment.types import MediaView, OptionView, ProductDetail, VariantView
from duli.commerce.checkout.earning import Earning
from duli.commerce.checkout.selectors import country_names
from duli.commerce.inventory.selectors import pickup_places, ships_from, stock_needed, work_calendar
from duli.commerce.pricing.selectors import conversion_now
from duli.commerce.shipping.estimates import estimate
from duli.commerce.shipping.restrictions import blocks
from duli.commerce.shipping.selectors import rates
from duli.commerce.shipping.types import Parcel
from duli.platform.media.types import embed_of
from duli.platform.themes.engine import theme_texts
from duli.web.storefront.arrivals import arrival, hurry
from duli.web.storefront.cards import card_drops
from duli.web.storefront.drops import (
    AttributeDrop,
    ChoiceDrop,
    ContentsDrop,
    DeliveryDrop,
    LinkDrop,
    MediaDrop,
    OptionDrop,
    PartDrop,
    ProductDrop,
    StockDrop,
)
from duli.web.storefront.later import variant_later
from duli.web.storefront.measures import unit_note
from duli.web.storefront.members import earns_words
from duli.web.storefront.offers import offer_drops
from duli.web.storefront.pictures import image_drop
from duli.web.storefront.seo import described, script_json
from duli.web.storefront.shell import default_country
from duli.web.storefront.where import Where, absolute

LOW_STOCK = 5
MAXIMUM_QUANTITY = 99
RELATED = 4


def choose_variant(detail: ProductDetail, query: Mapping[str, str]) -> tuple[VariantView | None, tuple[int, ...]]:
    """Return the variant an address means, and the chosen value per option.

    ``variant=ID`` names one; ``o<option>=<value>`` chooses values (the form without JavaScript); what is not
    said is taken from the first variant that can be bought. None: the combination does not exist.
    """
    if not detail.variants:
        return None, ()
    by_id = {str(variant.id): variant for variant in detail.variants}
    usual = next((variant for variant in detail.variants if variant.in_stock), detail.variants[0])
    named = by_id.get(query.get("variant", ""), usual)
    if not detail.options:
        return named, ()
    chosen = []
    for place, option in enumerate(detail.options):
        given = query.get(f"o{option.id}", "")
        known = {str(value.id): value.id for value in option.values}
        fallback = named.value_ids[place] if place < len(named.value_ids) else option.values[0].id
        chosen.append(known.get(given, fallback))
    wanted = tuple(chosen)
    return next((variant for variant in detail.variants if variant.value_ids == wanted), None), wanted


def product_drop(
    detail: ProductDetail, query: Mapping[str, str], here: Where, earning: Earning | None = None
) -> ProductDrop:
    """Return the page's drop for the variant that `query` means; `earning` is by what whoever looks earns points."""
    variant, chosen = choose_variant(detail, query)
    texts = theme_texts(here.language)
    url = here.url(f"/products/{detail.handle}")
    deliveries = _deliveries(variant, detail.id, here)
    shipping_note = ""
    if deliveries:
        cheapest = deliveries[0]
        shipping_note = cheapest.price if cheapest.is_free else texts("product.shipping_from", price=cheapest.price)
    return ProductDrop(
        id=detail.id,
        url=url,
        title=detail.title,
        brand=detail.brand,
        description_html=mark_safe(detail.description_html),  # noqa: S308  (cleaned when it was saved)
        crumbs=crumbs(detail, here),
        media=tuple(media_drop(entry, detail.title) for entry in detail.media),
        options=tuple(_option(detail, place, chosen, url) for place in range(len(detail.options))),
        variant_id=variant.id if variant else 0,
        sku=variant.sku if variant else "",
        price=here.money(variant.price) if variant else "",
        compare_at=here.money(here.former(variant)) if variant else "",
        lowest_note=here.lowest_note(variant) if variant else "",
        saving=_saving(variant, here) if variant else "",
        tax_note=texts(
            "gift.no_tax"
            if detail.is_gift_card
            else "product.tax_included"
            if here.market.prices_include_tax
            else "product.tax_excluded"
        ),
        shipping_note=shipping_note,
        not_sent=_not_sent(variant, detail.id, here),
        stock=_by_mail(stock_drop(variant, here), here) if detail.is_gift_card else stock_drop(variant, here),
        maximum=min(variant.available if variant and variant.available is not None else 99, MAXIMUM_QUANTITY),
        deliveries=deliveries,
        attributes=tuple(
            AttributeDrop(entry.name, texts("product.list_separator").join(entry.values)) for entry in detail.attributes
        ),
        variants_json=_matrix(detail, here, earning) if detail.options else "",
        safety=_safety(detail, here),
        contents=_contents(detail, variant, here),
        is_gift_card=detail.is_gift_card,
        unit_note=unit_note(variant.price, variant.content, here) if variant else "",
        offers=offer_drops(detail, variant, here),
        earns=earns_words(detail, variant, here, earning),
        related=card_drops(assortment.related_products(detail, currency=here.currency, limit=RELATED), here),
    )


def _contents(detail: ProductDetail, chosen: VariantView | None, here: Where) -> tuple[ContentsDrop, ...]:
    """Return what is in each variant that is a bundle."""
    texts = theme_texts(here.language)
    found = []
    for variant in detail.variants:
        if not variant.parts:
            continue
        note = ""
        if variant.parts_price is not None and variant.price is not None:
            saved = here.money(variant.parts_price - variant.price)
            note = texts("product.bundle_saving", worth=here.money(variant.parts_price), saved=saved)
        parts = tuple(PartDrop(part.label, here.url(f"/products/{part.product_handle}")) for part in variant.parts)
        found.append(ContentsDrop(variant.id, parts, note, variant == chosen))
    return tuple(found)


def _saving(variant: VariantView, here: Where) -> str:
    """Return by how much the price was lowered, "" where it was not."""
    former = here.former(variant)
    if variant.price is None or not former:
        return ""
    # Never more than it is: 19.9 % is not 20 %.
    percent = (former.minor - variant.price.minor) * 100 // former.minor
    return theme_texts(here.language)("product.saving", percent=percent)


def _safety(detail: ProductDetail, here: Where) -> tuple[AttributeDrop, ...]:
    """Return what the EU's product safety rules want to be read: who made it, who answers for it, and warnings."""
    texts = theme_texts(here.language)
    companies = (("product.maker", detail.maker), ("product.responsible_person", detail.responsible_person))
    found = [
        AttributeDrop(texts(name), f"{company.name}, {company.address}, {company.contact}")
        for name, company in companies
        if company
    ]
    return (*found, *([AttributeDrop(texts("product.warnings"), detail.safety_text)] if detail.safety_text else []))


def crumbs(detail: ProductDetail, here: Where) -> tuple[LinkDrop, ...]:
    texts = theme_texts(here.language)
    trail = [LinkDrop(texts("general.home"), here.url("/"))]
    trail += [LinkDrop(crumb.name, here.url(f"/collections/{crumb.handle}")) for crumb in detail.breadcrumb]
    return (*trail, LinkDrop(detail.title, here.url(f"/products/{detail.handle}"), current=True))


def media_drop(entry: MediaView, title: str) -> MediaDrop:
    if entry.image:
        return MediaDrop("image", image_drop(entry.image, title), entry.url, entry.mime, entry.alt or title)
    return MediaDrop("video" if entry.kind == "video" else "embed", None, entry.url, entry.mime, entry.alt or title)


def player_hosts(detail: ProductDetail) -> bool:
    """Whether the product has a film on another site."""
    return any(entry.kind == "link" and embed_of(entry.url) for entry in detail.media)


def stock_drop(variant: VariantView | None, here: Where) -> StockDrop:
    """Say how many are left only when they are few, and only what is true."""
    texts = theme_texts(here.language)
    if variant is None or variant.price is None:
        return StockDrop("missing", texts("product.missing"))
    if not variant.in_stock:
        return StockDrop("out", texts("product.sold_out"))
    if later := variant_later(variant, here):
        return StockDrop("later", later)
    if variant.available is not None and variant.available <= LOW_STOCK:
        return StockDrop("low", texts("product.left", count=variant.available))
    return StockDrop("in", texts("product.in_stock"))


def _by_mail(stock: StockDrop, here: Where) -> StockDrop:
    """A gift card is not in stock: it is sent by mail."""
    return StockDrop("in", theme_texts(here.language)("gift.by_mail")) if stock.state == "in" else stock


def _option(detail: ProductDetail, place: int, chosen: tuple[int, ...], url: str) -> OptionDrop:
    option: OptionView = detail.options[place]
    by_values = {variant.value_ids: variant for variant in detail.variants}
    values = []
    for value in option.values:
        combination = (*chosen[:place], value.id, *chosen[place + 1 :])
        variant = by_values.get(combination)
        state = "missing" if variant is None or variant.price is None else "" if variant.in_stock else "sold_out"
        address = f"{url}?variant={variant.id}" if variant else f"{url}?o{option.id}={value.id}"
        values.append(
            ChoiceDrop(
                id=value.id,
                label=value.name,
                swatch=value.swatch,
                selected=value.id == chosen[place],
                state=state,
                url=mark_safe(address),  # noqa: S308
            )
        )
    return OptionDrop(
        id=option.id,
        name=option.name,
        chosen=next((value.label for value in values if value.selected), ""),
        has_swatches=any(value.swatch for value in values),
        values=tuple(values),
    )


def _matrix(detail: ProductDetail, here: Where, earning: Earning | None) -> str:
    """Return every variant in few bytes: [id, value ids, price, former price, units or -1, sku, picture, note, saving,
    what is said where it is sold ahead, unit price, what it earns].

    Texts are numbers into `texts`, so that two thousand variants stay small; from `low` units on they are counted.
    """
    texts: list[str] = [""]
    places: dict[str, int] = {"": 0}

    def text(value: str) -> int:
        if value not in places:
            places[value] = len(texts)
            texts.append(value)
        return places[value]

    rows = [
        [
            variant.id,
            list(variant.value_ids),
            text(here.money(variant.price)),
            text(here.money(here.former(variant))),
            -1 if variant.available is None else min(variant.available, MAXIMUM_QUANTITY),
            text(variant.sku),
            variant.image_id or 0,
            text(here.lowest_note(variant)),
            text(_saving(variant, here)),
            text(variant_later(variant, here)),
            text(unit_note(variant.price, variant.content, here)),
            text(earns_words(detail, variant, here, earning)),
        ]
        for variant in detail.variants
    ]
    return script_json({"texts": texts, "variants": rows, "low": LOW_STOCK})


def _not_sent(variant: VariantView | None, product_id: int, here: Where) -> str:
    """Say that it cannot be sent to the market's own country, where that is so."""
    country = default_country(here)
    if variant is None or not variant.requires_shipping or not country:
        return ""
    whole = next((block for block in blocks([product_id], country) if not block.methods), None)
    if whole is None:
        return ""
    name = country_names(here.language).get(country, country)
    return " · ".join(filter(None, [theme_texts(here.language)("delivery.no_product", country=name), whole.reason]))


def _deliveries(variant: VariantView | None, product_id: int, here: Where) -> tuple[DeliveryDrop, ...]:
    """Return what delivering one piece costs and when it arrives, for the market's own country."""
    if variant is None or variant.price is None or not variant.requires_shipping:
        return ()
    texts = theme_texts(here.language)
    parcel = Parcel(variant.weight_grams, variant.price, 1)
    convert = conversion_now(here.currency)
    found = rates(country=default_country(here), region="", parcel=parcel, language=here.language, convert=convert)
    instant = now()
    drops = []
    places = pickup_places(default_country(here))
    for block in blocks([product_id], default_country(here)):
        found = [rate for rate in found if rate.is_pickup or (block.methods and rate.code not in block.methods)]
    sent = [rate for rate in found if not rate.is_pickup][:2]
    place = ships_from(stock_needed([(variant.id, 1)]))
    leaves = place.pk if place else None
    for rate in [*sent, *([rate for rate in found if rate.is_pickup][:1] if places else [])]:
        promise = estimate(rate.terms, work_calendar(places[0].id if rate.is_pickup else leaves), instant)
        note = ""
        if rate.free_over and rate.price:
            note = texts("product.free_over", amount=here.money(rate.free_over))
        drops.append(
            DeliveryDrop(
                name=rate.name,
                price=here.money(rate.price) if rate.price else texts("product.free"),
                is_free=not rate.price,
                note=note,
                days=texts("product.days", first=rate.min_days, last=rate.max_days),
                arrives=arrival(promise, here, is_pickup=rate.is_pickup),
                hurry=hurry(promise, here, instant),
                is_pickup=rate.is_pickup,
            )
        )
    return tuple(drops)


def product_json_ld(detail: ProductDetail, drop: ProductDrop, here: Where) -> dict[str, Any]:
    """Return schema.org's Product with an Offer per variant: the very prices and stock the page shows."""
    images = [absolute(entry.image.large) for entry in drop.media if entry.image]
    found: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Product",
        "@id": absolute(f"{drop.url}#product"),
        "name": detail.title,
        "url": absolute(drop.url),
        "productID": str(detail.id),
    }
    if images:
        found["image"] = images
    if detail.seo_description or detail.description_html:
        found["description"] = described(detail.seo_description or detail.description_html, 500)
    if detail.brand:
        found["brand"] = {"@type": "Brand", "name": detail.brand}
    if drop.sku:
        found["sku"] = drop.sku
    priced = [variant for variant in detail.variants if variant.price is not None]
    if not priced:
        return found
    if len(priced) == 1:
        found["offers"] = _offer(priced[0], drop, here)
    else:
        amounts = [variant.price for variant in priced if variant.price]
        found["offers"] = {
            "@type": "AggregateOffer",
            "priceCurrency": here.currency,
            "lowPrice": str(min(amount.amount for amount in amounts)),
            "highPrice": str(max(amount.amount for amount in amounts)),
            "offerCount": len(priced),
            "offers": [_offer(variant, drop, here) for variant in priced[:100]],
        }
    return found


def _offer(variant: VariantView, drop: ProductDrop, here: Where) -> dict[str, Any]:
    assert variant.price is not None
    ahead = bool(variant.promise and not variant.at_hand)
    state = "BackOrder" if variant.in_stock and ahead else "InStock" if variant.in_stock else "OutOfStock"
    found: dict[str, Any] = {
        "@type": "Offer",
        "url": absolute(f"{drop.url}?variant={variant.id}" if drop.options else drop.url),
        "price": str(variant.price.amount),
        "priceCurrency": here.currency,
        "availability": f"https://schema.org/{state}",
        "itemCondition": "https://schema.org/NewCondition",
    }
    if variant.promise and variant.promise.on and state == "BackOrder":
        found["availabilityStarts"] = variant.promise.on.isoformat()
    if variant.sku:
        found["sku"] = variant.sku
    if not here.market.prices_include_tax:
        found["priceSpecification"] = {
            "@type": "UnitPriceSpecification",
            "price": str(variant.price.amount),
            "priceCurrency": here.currency,
            "valueAddedTaxIncluded": False,
        }
    return found
