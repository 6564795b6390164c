"""The demo's shop without its past: store, products, pages, staff; read from the folder ``demo/``."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import product as combinations
from typing import Any

from django.conf import settings
from django.db import transaction

from config.environment import ROOT
from duli.base.clock import frozen
from duli.base.money import Money
from duli.commerce.catalogue.services import (
    save_attribute,
    save_category,
    save_collection,
    save_product,
    save_size_guide,
    set_collection_products,
)
from duli.commerce.catalogue.types import AttributeDraft, OptionDraft, OptionValueDraft, ProductDraft, VariantDraft
from duli.commerce.fapiao.services import save_settings as save_fapiao_settings
from duli.commerce.inventory.models import StockMovement
from duli.commerce.inventory.services import adjust, save_location
from duli.commerce.payments.rules import rules_of
from duli.commerce.payments.services import save_gateway
from duli.commerce.pricing.services import save_exchange_rate, save_price_list, save_tax_rate, set_prices
from duli.commerce.pricing.types import PriceInput
from duli.commerce.shipping.services import save_method, save_zone
from duli.commerce.taxes.services import load_rates, put_registration, save_profile
from duli.growth.content.services import save_page
from duli.platform.media.services import store_image, update_asset
from duli.platform.store.changes import reset_caches
from duli.platform.store.services import save_market, save_store
from duli.platform.store.translations import save_texts

FOLDER = ROOT / "demo"
SOURCE = "demo:"
OWN, OTHER = "zh-hans", "en"
DAYS = 190
NEW = "新品"
PAGES = (
    ("contact", "about"),
    ("shipping", "help"),
    ("returns", "help"),
    ("privacy", "help"),
    ("terms", "help"),
)
_TITLE = re.compile(r"<title>(.*?)</title>\s*")
_DESCRIPTION = re.compile(r'<meta name="description" content="(.*?)">\s*')


def read(name: str) -> Any:
    """Return a JSON file of the demo folder."""
    return json.loads((FOLDER / name).read_text(encoding="utf-8"))


@transaction.atomic
def load_shop(today: datetime, progress: Callable[[int, int], None]) -> None:
    """Make the store and its 54 products as of half a year before `today`."""
    begin = today - timedelta(days=DAYS)
    with frozen(begin):
        locations = _store(read("shop.json"), begin)
        structure = read("structure.json")
        for position, entry in enumerate(structure["attributes"]):
            save_attribute(
                code=entry["code"],
                name=entry["name"][OWN],
                kind="number",
                unit=entry["unit"],
                position=position,
                texts={OTHER: {"name": entry["name"][OTHER]}},
            )
        categories: dict[str, int] = {}
        for entry in structure["categories"]:
            _category(entry, None, categories)
    products = read("products.json")
    ids: dict[str, int] = {}
    pictures: dict[str, int] = {}
    for index, entry in enumerate(products):
        # What is new came last week, the rest over the first ten days.
        shift = timedelta(days=DAYS - 2 - index % 5) if NEW in entry["tags"] else timedelta(hours=4 * index)
        with frozen(begin + shift):
            ids[entry["handle"]], pictures[entry["handle"]] = _product(entry, categories, locations)
        progress(index + 1, len(products))
    with frozen(begin + timedelta(days=9)):
        for entry in structure["categories"]:
            _picture(entry, categories, pictures)
        for entry in structure["collections"]:
            _collection(entry, ids, pictures)
        for entry in structure["guides"]:
            save_size_guide(
                name=entry["name"][OWN],
                measures=entry["measures"][OWN],
                advice=entry["advice"][OWN],
                product_handles=entry["products"],
                texts={OTHER: {field: entry[field][OTHER] for field in ("name", "measures", "advice")}},
                actor="system",
            )
    reset_caches()


def _store(shop: Mapping[str, Any], begin: datetime) -> list[int]:
    """Make everything a shop has before it has products; return the ids of its locations."""
    store = save_store(**shop["store"])
    for language, values in shop["store_texts"].items():
        save_texts(kind="store", object_id=store.pk, language=language, values=values)
    for market in shop["markets"]:
        save_market(**market)
    reset_caches()
    for currency in dict.fromkeys(market["currency"] for market in shop["markets"]):
        save_price_list(currency=currency)
    for rate in shop["exchange_rates"]:
        save_exchange_rate(base=rate["base"], quote=rate["quote"], rate=Decimal(rate["rate"]), valid_from=begin)
    load_rates(which="cn", actor="system")
    save_fapiao_settings(is_offered=True, actor="system")
    for country, region, tax_class, percent, name in shop["taxes"]:
        save_tax_rate(
            country=country,
            region=region,
            tax_class=tax_class,
            rate=Decimal(percent),
            name=name,
            valid_from=date(2024, 1, 1),
        )
    save_profile(**shop["seller"], actor="system")
    for registration in shop["registrations"]:
        put_registration(**registration, valid_from=date(2024, 1, 1), actor="system")
    for position, entry in enumerate(shop["zones"]):
        zone = save_zone(name=entry["name"], countries=entry["countries"], regions=entry["regions"], position=position)
        for place, values in enumerate(entry["methods"]):
            own = dict(values)
            texts = own.pop("texts")
            method = save_method(zone_id=zone.pk, position=place, **own)
            for language, translated in texts.items():
                save_texts(kind="shipping_method", object_id=method.pk, language=language, values=translated)
    from config.demo_stand_ins import practice_values

    for position, entry in enumerate(shop["payments"]):
        save_gateway(
            code=entry["code"],
            enabled=True,
            values={**practice_values(entry["code"]), **entry["values"]},
            position=position,
            rules=rules_of(entry.get("rules", {})),
            test_mode=entry.get("test_mode", False),
            for_test=entry.get("test_mode", False),
        )
    return [save_location(**entry).pk for entry in shop["locations"]]


def _texts(entry: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    name = entry.get("name") or entry["title"]
    field = "name" if "name" in entry else "title"
    return {
        OTHER: {
            field: name[OTHER],
            "description_html": f"<p>{entry['description'][OTHER]}</p>",
            "seo_description": entry["description"][OTHER],
        }
    }


def _category(entry: Mapping[str, Any], parent_id: int | None, found: dict[str, int]) -> None:
    category = save_category(
        name=entry["name"][OWN],
        handle=entry["handle"],
        parent_id=parent_id,
        description_html=f"<p>{entry['description'][OWN]}</p>",
        seo_description=entry["description"][OWN],
        texts=_texts(entry),
        actor="system",
    )
    found[entry["handle"]] = category.pk
    for child in entry["children"]:
        _category(child, category.pk, found)


def _picture(entry: Mapping[str, Any], categories: Mapping[str, int], pictures: Mapping[str, int]) -> None:
    """Give a category the photograph of one of its products."""
    save_category(
        category_id=categories[entry["handle"]],
        name=entry["name"][OWN],
        description_html=f"<p>{entry['description'][OWN]}</p>",
        seo_description=entry["description"][OWN],
        image_id=pictures[entry["product"]],
        actor="system",
    )
    for child in entry["children"]:
        _picture(child, categories, pictures)


def _collection(entry: Mapping[str, Any], ids: Mapping[str, int], pictures: Mapping[str, int]) -> None:
    collection = save_collection(
        title=entry["title"][OWN],
        handle=entry["handle"],
        description_html=f"<p>{entry['description'][OWN]}</p>",
        seo_description=entry["description"][OWN],
        kind="rules" if "rules" in entry else "manual",
        rules=entry.get("rules"),
        sort=entry.get("sort", "manual"),
        image_id=pictures[entry["product"]],
        texts=_texts(entry),
        actor="system",
    )
    if "products" in entry:
        wanted = [ids[handle] for handle in entry["products"]]
        set_collection_products(collection_id=collection.pk, product_ids=wanted, actor="system")


def _html(entry: Mapping[str, Any], language: str) -> str:
    return "".join(f"<p>{part}</p>" for part in (entry["summary"][language], *entry["body"][language]))


def _options(entry: Mapping[str, Any]) -> list[OptionDraft]:
    return [
        OptionDraft(
            option["name"][OWN],
            [
                OptionValueDraft(value["name"][OWN], value["swatch"], {OTHER: value["name"][OTHER]})
                for value in option["values"]
            ],
            {OTHER: option["name"][OTHER]},
        )
        for option in entry["options"]
    ]


def _product(entry: Mapping[str, Any], categories: Mapping[str, int], locations: list[int]) -> tuple[int, int]:
    """Make a product with its picture, prices and stock; return the ids of product and picture."""
    photo = entry["photo"]
    content = (FOLDER / "photos" / photo).read_bytes()
    asset = store_image(content=content, name=photo, actor="system", render_ahead=False)
    update_asset(asset_id=asset.pk, focal_x=entry["focal"][0], focal_y=entry["focal"][1], actor="system")
    options = _options(entry)
    chosen = list(combinations(*[[value.name for value in option.values] for option in options]))
    prefix = "".join(word[0] for word in entry["handle"].split("-")).upper()
    saved = save_product(
        draft=ProductDraft(
            title=entry["title"][OWN],
            handle=entry["handle"],
            description_html=_html(entry, OWN),
            status="active",
            brand=entry["brand"],
            hs_code=entry["hs_code"],
            origin_country="CN",
            seo_description=entry["summary"][OWN],
            source=f"{SOURCE}{entry['handle']}",
            texts={
                OTHER: {
                    "title": entry["title"][OTHER],
                    "description_html": _html(entry, OTHER),
                    "seo_description": entry["summary"][OTHER],
                }
            },
            options=options,
            variants=[
                VariantDraft(
                    option_values=names,
                    sku=f"{prefix}{asset.pk:03}-{number:02}",
                    weight_grams=entry["grams"],
                )
                for number, names in enumerate(chosen, 1)
            ],
            tags=entry["tags"],
            category_ids=[categories[handle] for handle in entry["categories"]],
            media_ids=[asset.pk],
            attributes=[AttributeDraft(code, number=Decimal(value)) for code, value in entry["attributes"].items()],
        ),
        actor="system",
    )
    prices = []
    for index, variant_id in enumerate(saved.variants.order_by("position").values_list("pk", flat=True)):
        prices += _prices(entry, variant_id, " / ".join(chosen[index]))
        for location_id, units in zip(locations, entry["stock"], strict=True):
            # Sizes and colours do not sell alike.
            counted = max(units - (index * 3) % 7, 1) if units else 0
            if " / ".join(chosen[index]) in entry["sold_out"]:
                counted = 0
            if counted:
                adjust(
                    variant_id=variant_id,
                    location_id=location_id,
                    counted=counted,
                    reason=StockMovement.Reason.INITIAL,
                    actor="system",
                )
    set_prices(prices=prices, imported=True)
    return saved.pk, asset.pk


def _prices(entry: Mapping[str, Any], variant_id: int, name: str) -> list[PriceInput]:
    own = dict(zip(("CNY", "USD"), (entry["variants"] or {}).get(name, ()), strict=False)) or entry["price"]
    former = entry["former"] or {}
    return [
        PriceInput(
            variant_id,
            currency,
            Money.of(str(amount), currency).minor,
            Money.of(str(former[currency]), currency).minor if currency in former else None,
        )
        for currency, amount in own.items()
    ]


@transaction.atomic
def load_pages() -> None:
    """Make the shop's texts: who we are, shipping, returns, privacy, terms."""
    for position, (handle, menu) in enumerate(PAGES):
        own, other = _page(OWN, handle), _page(OTHER, handle)
        save_page(handle=handle, menu=menu, position=position, texts={OTHER: other}, **own)


def _page(language: str, handle: str) -> dict[str, Any]:
    text = (FOLDER / "pages" / language / f"{handle}.html").read_text(encoding="utf-8")
    title, description = _TITLE.search(text), _DESCRIPTION.search(text)
    assert title is not None
    assert description is not None
    body = _DESCRIPTION.sub("", _TITLE.sub("", text))
    return {"title": title[1], "seo_description": description[1], "body_html": body}


def is_ours(owner: str) -> bool:
    """Whether this shop was stocked by the demo before, whatever its merchant has added or deleted since."""
    from duli.commerce.catalogue.models import Product
    from duli.platform.accounts.models import User

    return Product.objects.filter(source__startswith=SOURCE).exists() or User.objects.filter(email=owner).exists()


def load_people(*, owner: str, shopper: str, password: str) -> None:
    """Make the owner, two members of staff and a customer with an account; only in demo mode, where a password
    that everybody knows is no secret lost."""
    if not settings.DEMO:
        return
    from allauth.account.models import EmailAddress

    from duli.platform.accounts.models import User
    from duli.platform.accounts.services import create_staff, sign_up

    staff = (
        (owner, "店长", "owner"),
        ("orders@duli.example", "小周", "order_desk"),
        ("goods@duli.example", "阿宁", "catalogue"),
    )
    for email, name, role in staff:
        if not User.objects.filter(email=email).exists():
            create_staff(email=email, name=name, role=role, password=password, language=OWN)
    if not User.objects.filter(email=shopper).exists():
        user = sign_up(email=shopper, name="林晓", password=password, language=OWN)
        EmailAddress.objects.update_or_create(user=user, email=shopper, defaults={"verified": True, "primary": True})
