from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from duli.base.clock import now
from duli.cli import demo, demo_orders, demo_shop
from duli.commerce.catalogue.models import Category, Collection, Product, Variant
from duli.commerce.catalogue.services import save_product
from duli.commerce.catalogue.types import ProductDraft
from duli.commerce.customers.models import StoreCreditEntry
from duli.commerce.fapiao.models import FapiaoRequest
from duli.commerce.inventory.models import StockLevel
from duli.commerce.inventory.selectors import integrity
from duli.commerce.membership.models import PointsEntry
from duli.commerce.membership.selectors import differences
from duli.commerce.orders.models import Order
from duli.commerce.pricing.models import Price
from duli.commerce.referrals.models import Referral, Referrer
from duli.growth.content.models import Page
from duli.platform.accounts.models import User
from duli.platform.events.models import Event
from duli.platform.mail.models import Mail
from duli.platform.store.models import Translation

LANGUAGES = ("zh-hans", "en")


def products() -> list[dict[str, Any]]:
    return list(demo_shop.read("products.json"))


def every(entries: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for entry in entries:
        yield entry
        yield from every(entry.get("children", []))


def test_every_text_is_there_in_both_languages() -> None:
    def check(value: Any, where: str) -> None:
        if isinstance(value, dict) and set(value) & set(LANGUAGES):
            assert set(value) == set(LANGUAGES), where
            assert all(value.values()), where
        elif isinstance(value, dict):
            for key, part in value.items():
                check(part, f"{where}.{key}")
        elif isinstance(value, list):
            for index, part in enumerate(value):
                check(part, f"{where}[{index}]")

    for name in ("products.json", "structure.json"):
        check(demo_shop.read(name), name)
    for handle, _ in demo_shop.PAGES:
        for language in LANGUAGES:
            page = demo_shop._page(language, handle)
            assert all(page.values())


def test_the_photographs_are_small_enough_to_be_shipped_and_none_is_missing() -> None:
    folder = demo_shop.FOLDER / "photos"
    files = {path.name: path for path in folder.iterdir()}
    assert set(files) == {entry["photo"] for entry in products()}
    assert sum(path.stat().st_size for path in files.values()) <= 12_000_000
    for path in files.values():
        with Image.open(path) as image:
            assert max(image.size) <= 1600
            assert image.format == "JPEG"
    assert (demo_shop.FOLDER / "NOTICE").exists()
    assert list(demo_shop.FOLDER.glob("LICENSE.*"))


def test_what_the_files_name_exists() -> None:
    structure = demo_shop.read("structure.json")
    handles = {entry["handle"] for entry in products()}
    assert {handle for entry in structure["guides"] for handle in entry["products"]} <= handles
    categories = {entry["handle"] for entry in every(structure["categories"])}
    attributes = {entry["code"] for entry in structure["attributes"]}
    assert len(handles) == 54
    for entry in products():
        assert set(entry["categories"]) <= categories
        assert set(entry["attributes"]) <= attributes
        names = {value["name"]["zh-hans"] for option in entry["options"] for value in option["values"]}
        assert set(entry["sold_out"]) <= names
    for entry in [*every(structure["categories"]), *structure["collections"]]:
        assert entry["product"] in handles
        assert set(entry.get("products", ())) <= handles


@pytest.mark.django_db
@pytest.mark.one_database
def test_the_demo_fills_an_empty_shop(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.MEDIA_ROOT = tmp_path
    settings.DEMO = True
    monkeypatch.setattr(demo_orders, "FIRST_DAY", 14)
    told: list[tuple[str, int, int]] = []

    assert demo.load(lambda what, done, total: told.append((what, done, total)))

    assert told[-1][1:] == (14, 14)
    assert Product.objects.count() == 54
    assert Variant.objects.count() == Price.objects.filter(price_list__currency="USD").count()
    assert Translation.objects.filter(kind="product", language="en", field="title").count() == 54
    assert {category.depth for category in Category.objects.all()} == {1, 2}
    assert set(Collection.objects.values_list("kind", flat=True)) == {"manual", "rules"}
    assert all(collection.memberships.exists() for collection in Collection.objects.all())
    assert Page.objects.count() == len(demo_shop.PAGES)
    owner = User.objects.get(email=demo.OWNER)
    assert (owner.role, owner.check_password(demo.PASSWORD)) == ("owner", True)

    orders = list(Order.objects.order_by("placed_at"))
    assert len(orders) > 8
    assert orders[-1].placed_at < now()
    assert {order.payment_state for order in orders} >= {"paid"}
    for order in orders:
        stamps = list(
            Event.objects.filter(reference=order.reference).order_by("pk").values_list("happened_at", flat=True)
        )
        assert stamps == sorted(stamps)
        assert stamps[0] == order.placed_at
    assert integrity() == []
    assert not StockLevel.objects.filter(on_hand__lt=0).exists()
    assert Mail.objects.count() < 40
    assert set(FapiaoRequest.objects.values_list("state", flat=True)) >= {"to_issue", "issued", "to_correct"}
    assert {*Referrer.objects.values_list("kind", "state")} >= {
        ("friend", "active"),
        ("partner", "active"),
        ("partner", "applied"),
    }
    assert set(Referral.objects.values_list("state", flat=True)) >= {"held", "pending"}
    for referral in Referral.objects.select_related("order"):
        assert referral.created_at == referral.order.placed_at
    due = {referral.order.reference: referral.due_at for referral in Referral.objects.select_related("order")}
    for entry in StoreCreditEntry.objects.filter(reason="referral"):
        assert entry.created_at == due[entry.reference]
    # Points came on the days on which they were earned, and accounts were welcomed before.
    paid = {order.reference: order.paid_at for order in orders}
    earned = list(PointsEntry.objects.filter(kind="earned"))
    assert earned
    assert all(entry.created_at == paid[entry.reference] for entry in earned)
    assert all(
        PointsEntry.objects.filter(
            kind="welcome", lot__customer=entry.customer_id, created_at__lte=entry.created_at
        ).exists()
        for entry in earned
    )
    assert differences() == []

    assert not demo.load()
    assert Order.objects.count() == len(orders)


@pytest.mark.django_db
def test_without_demo_mode_nobody_gets_a_known_password(settings: Any) -> None:
    settings.DEMO = False
    demo_shop.load_people(owner=demo.OWNER, shopper=demo.SHOPPER, password=demo.PASSWORD)
    assert not User.objects.exists()


@pytest.mark.django_db
def test_the_demo_opens_again_after_its_merchant_added_products(
    settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.MEDIA_ROOT = tmp_path
    settings.DEMO = True
    for part in ("demo_shop.load_shop", "demo_shop.load_pages", "demo_stories.load_stories", "demo_orders.load_orders"):
        monkeypatch.setattr(f"duli.cli.{part}", lambda *given: None)
    demo.load()
    save_product(draft=ProductDraft(title="Ours"), actor="user:1")
    demo.load()
    assert [product.title for product in Product.objects.all()] == ["Ours"]


@pytest.mark.django_db
def test_a_shop_with_products_of_its_own_is_left_alone() -> None:
    save_product(draft=ProductDraft(title="Ours"), actor="user:1")
    with pytest.raises(demo.ShopInUse):
        demo.load()
    assert Product.objects.count() == 1


def test_the_files_are_written_as_people_read_them() -> None:
    for name in ("products.json", "structure.json", "shop.json", "people.json", "referrals.json"):
        text = (demo_shop.FOLDER / name).read_text(encoding="utf-8")
        assert "\\u" not in text
        json.loads(text)
