"""The product editor: everything on one page, saved whole or not at all."""

from __future__ import annotations

import io
import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from duli.commerce.catalogue.models import Product, ProductAttribute, SafetyContact, Variant
from duli.commerce.catalogue.services import save_attribute, save_product
from duli.commerce.catalogue.types import ProductDraft
from duli.commerce.inventory.models import StockLevel, StockMovement
from duli.commerce.inventory.services import adjust
from duli.commerce.pricing.models import Price
from duli.platform.store.translations import texts
from tests import factories
from tests.web.backoffice.conftest import SignIn

pytestmark = pytest.mark.django_db
NEW = "backoffice:product_new"


def row(index: int, names: tuple[str, ...] = (), **values: str) -> dict[str, str]:
    """Return the fields of one line of the grid."""
    reference: dict[str, Any] = {"names": names, "id": None, "seen": None}
    if "id" in values:
        reference["id"] = int(values.pop("id"))
    place = f"stock-{factories.location().pk}"
    if "seen" in values:
        reference["seen"] = {place[6:]: values.pop("seen")}
    if "stock" in values:
        values[place] = values.pop("stock")
    fields = {"price-CNY": "128.00", **values}
    return {f"v{index}-ref": json.dumps(reference), **{f"v{index}-{name}": text for name, text in fields.items()}}


def form(*rows: dict[str, str], **values: Any) -> dict[str, Any]:
    data: dict[str, Any] = {"title": "Teapot", "status": "active", "requires_shipping": "on", "tracks_stock": "on"}
    for fields in rows or (row(0),):
        data |= fields
    return data | values


def stock_cell(index: int = 0) -> str:
    return f"v{index}-stock-{factories.location().pk}"


def edit_url(product: Product) -> str:
    return reverse("backoffice:product", args=[product.pk])


def same(product: Product, **values: Any) -> dict[str, Any]:
    """Return what the page of a one-variant product sends back unchanged."""
    variant = factories.variant_of(product)
    level = StockLevel.objects.filter(variant=variant).first()
    on_hand = level.on_hand if level else 0
    one = row(0, id=str(variant.pk), seen=str(on_hand), stock=str(on_hand), sku=variant.sku, **{"price-USD": "14.28"})
    return form(one, title=product.title, version=str(product.version), handle=product.handle) | values


def test_a_product_is_made_on_one_page(owner: Client) -> None:
    rows = [row(index, (name,), sku=f"T-{name}", stock="7", weight="450") for index, name in enumerate(["S", "M"])]
    answer = owner.post(
        reverse(NEW),
        form(
            *rows,
            option_name=["Size"],
            option_values=["S, M"],
            tags="tea，gift",
            brand="Celadon",
            title__en="A teapot",
            seo_title="Teapot | Celadon",
            description_html="<p>Round</p><script>alert(1)</script>",
        ),
    )
    product = Product.objects.get(title="Teapot")
    assert answer.status_code == 302
    assert answer["Location"] == edit_url(product)
    variants = list(product.variants.filter(is_active=True))
    assert [(variant.title, variant.sku, variant.weight_grams) for variant in variants] == [
        ("S", "T-S", 450),
        ("M", "T-M", 450),
    ]
    assert set(Price.objects.filter(variant__product=product).values_list("minor", flat=True)) == {12800}
    assert list(StockLevel.objects.filter(variant__product=product).values_list("on_hand", flat=True)) == [7, 7]
    assert {tag.name for tag in product.tags.all()} == {"tea", "gift"}
    assert texts("product", [product.pk], "en")[product.pk]["title"] == "A teapot"
    assert product.description_html == "<p>Round</p>"


def test_a_page_saved_as_it_is_changes_nothing_but_the_version(owner: Client) -> None:
    product = factories.product(price=12800, stock=5)
    assert owner.post(edit_url(product), same(product)).status_code == 302
    before, product = product, Product.objects.get(pk=product.pk)
    assert product.version == before.version + 1
    assert (product.title, product.handle, product.status) == (before.title, before.handle, "active")
    assert StockLevel.objects.get(variant__product=product).movements.count() == 1


def test_two_people_at_once_are_told_and_nothing_is_lost(owner: Client) -> None:
    product = factories.product(price=12800)
    mine = same(product, title="My title")
    save_product(draft=ProductDraft(title="Theirs", status="active"), actor="user:9", product_id=product.pk)
    answer = owner.post(edit_url(product), mine)
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "My title" in page
    assert 'name="overwrite"' in page
    assert Product.objects.get(pk=product.pk).title == "Theirs"
    seen = {"seen_version": str(product.version + 1)}
    assert owner.post(edit_url(product), mine | seen | {"overwrite": "1"}).status_code == 302
    assert Product.objects.get(pk=product.pk).title == "My title"


def test_stock_that_was_sold_meanwhile_is_not_overwritten(owner: Client) -> None:
    product = factories.product(price=12800, stock=10)
    variant = factories.variant_of(product)
    mine = same(product, **{stock_cell(): "9"})
    adjust(variant_id=variant.pk, location_id=factories.location().pk, change=-3, reason="damaged", actor="user:9")
    assert owner.post(edit_url(product), mine | {"title": "Changed"}).status_code == 409
    assert StockLevel.objects.get(variant=variant).on_hand == 7
    assert Product.objects.get(pk=product.pk).title == product.title, "the page was saved in part"


@pytest.mark.parametrize(
    "broken",
    [
        {"title": ""},
        {"title": "x" * 256},
        {"status": "sold"},
        {"published_at": "tomorrow"},
        {"published_at": "2026-03-01T10:00", "unpublished_at": "2026-02-01T10:00"},
        {"origin_country": "China"},
        {"seo_description": "x" * 401},
        {"category_ids": ["one"]},
        {"category_ids": ["9" * 40]},
        {"version": "x"},
        {"version": ""},
        {"v0-price-CNY": ""},
        {"v0-price-CNY": "-1"},
        {"v0-price-CNY": "1e9"},
        {"v0-price-CNY": "1.005"},
        {"v0-price-CNY": "NaN"},
        {"v0-price-CNY": "9" * 20},
        {"v0-compare-CNY": "100"},
        {"STOCK": "-1"},
        {"STOCK": "1.5"},
        {"STOCK": "9" * 12},
        {"v0-weight": "heavy"},
        {"v0-sku": "x" * 101},
        {"v0-barcode": "x" * 61},
        {"option_name": ["x" * 81], "option_values": ["S"]},
        {"option_name": ["Size"], "option_values": ["x" * 121]},
        {"v0-ref": "{"},
        {"v0-ref": json.dumps({"names": [], "id": 999999, "seen": None})},
        {"v0-ref": json.dumps({"names": [], "id": "1", "seen": {}})},
        {"option_name": ["Size"], "option_values": [""]},
        {"option_name": [""], "option_values": ["S"]},
        {"option_name": ["A", "A"], "option_values": ["S", "M"]},
        {"option_name": list("ABCDEF"), "option_values": list("abcdef")},
        {"option_name": ["A"], "option_values": [",".join(map(str, range(2100)))]},
    ],
)
def test_a_broken_field_is_marked_and_nothing_is_saved(owner: Client, broken: dict[str, Any]) -> None:
    product = factories.product(price=12800, stock=5)
    broken = {stock_cell() if name == "STOCK" else name: value for name, value in broken.items()}
    answer = owner.post(edit_url(product), same(product, title="Changed") | broken)
    assert answer.status_code == 422
    kept = Product.objects.get(pk=product.pk)
    assert (kept.title, kept.version) == (product.title, product.version)
    assert 'data-dirty="always"' in answer.content.decode()


def test_a_taken_sku_is_marked_on_its_row(owner: Client) -> None:
    other = factories.variant_of(factories.product())
    product = factories.product(price=12800)
    answer = owner.post(edit_url(product), same(product, **{"v0-sku": other.sku}))
    assert answer.status_code == 409
    assert other.sku in answer.content.decode()
    assert factories.variant_of(product).sku != other.sku


def test_a_taken_address_is_marked(owner: Client) -> None:
    other, product = factories.product(price=12800), factories.product(price=12800)
    answer = owner.post(edit_url(product), same(product, handle=other.handle))
    assert answer.status_code == 409
    assert re.search(r'name="handle"[^>]*aria-invalid="true"', answer.content.decode())


def test_a_variant_of_another_product_is_not_taken_over(owner: Client) -> None:
    other = factories.variant_of(factories.product())
    product = factories.product(price=12800)
    answer = owner.post(edit_url(product), same(product) | row(0, id=str(other.pk), seen="0"))
    assert answer.status_code == 422
    other.refresh_from_db()
    assert other.product_id != product.pk


def test_the_grid_follows_the_options_and_keeps_what_was_typed(owner: Client) -> None:
    data = form(
        row(0, ("S",), sku="KEEP"), row(1, ("M",)), option_name=["Size", "Colour"], option_values=["S、L", "Red,Blue"]
    )
    page = owner.post(reverse("backoffice:product_grid"), data).content.decode()
    for name in ("S / Red", "S / Blue", "L / Red", "L / Blue"):
        assert name in page
    assert "M / " not in page
    assert page.count('value="KEEP"') == 1
    assert not Product.objects.exists()


def test_without_scripts_the_grid_is_fitted_by_a_button(owner: Client) -> None:
    data = form(row(0), option_name=["Size"], option_values=["S, M"], fit="1")
    answer = owner.post(reverse(NEW), data)
    assert answer.status_code == 200
    assert answer.content.decode().count("data-variant") == 2
    assert not Product.objects.exists()


def test_a_combination_can_be_left_out_and_comes_back_with_its_history(owner: Client) -> None:
    product = factories.product(sizes=("S", "M"), price=12800)
    ids = list(product.variants.values_list("pk", flat=True))
    rows = [
        row(i, (name,), id=str(pk), seen="10", stock="10") for i, (name, pk) in enumerate(zip("SM", ids, strict=True))
    ]
    data = form(*rows, title=product.title, version=str(product.version), handle=product.handle)
    data |= {"option_name": ["尺寸"], "option_values": ["S, M"], "v1-off": "on"}
    refused = owner.post(edit_url(product), data)
    assert refused.status_code == 409
    assert 'name="accept_losses"' in refused.content.decode()
    assert product.variants.filter(is_active=True).count() == 2
    assert owner.post(edit_url(product), data | {"accept_losses": "1"}).status_code == 302
    assert list(product.variants.filter(is_active=True).values_list("pk", flat=True)) == ids[:1]


def _picture(colour: str = "red") -> SimpleUploadedFile:
    stream = io.BytesIO()
    Image.new("RGB", (64, 48), colour).save(stream, "PNG")
    return SimpleUploadedFile("../../tea pot.png", stream.getvalue(), "image/png")


def test_pictures_are_added_described_ordered_and_removed(owner: Client, settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path
    product = factories.product(price=12800)
    assert owner.post(edit_url(product), same(product, media_files=[_picture(), _picture("blue")])).status_code == 302
    product.refresh_from_db()
    first, second = (entry.asset for entry in product.media.all())
    data = same(product, media=[second.pk, first.pk]) | {f"alt-{first.pk}": "A red teapot"}
    assert owner.post(edit_url(product), data).status_code == 302
    assert [entry.asset_id for entry in product.media.all()] == [second.pk, first.pk]
    first.refresh_from_db()
    assert first.alt == "A red teapot"
    product.refresh_from_db()
    data = same(product, media=[second.pk, first.pk], media_off=[second.pk])
    owner.post(edit_url(product), data)
    assert [entry.asset_id for entry in product.media.all()] == [first.pk]


def test_what_is_no_picture_is_refused_in_a_sentence(owner: Client, settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path
    url = reverse("backoffice:media_upload")
    script = SimpleUploadedFile("x.svg", b"<svg onload='alert(1)'/>", "image/svg+xml")
    answer = owner.post(url, {"file": script})
    assert answer.status_code == 415
    assert answer["Content-Type"].startswith("text/plain")
    assert owner.post(url).status_code == 422


def test_deleting_says_what_happens_first(owner: Client) -> None:
    product = factories.product()
    url = reverse("backoffice:product_delete", args=[product.pk])
    assert "for good" in owner.get(url).content.decode()
    assert Product.objects.filter(pk=product.pk).exists()
    assert owner.post(url).status_code == 302
    assert not Product.objects.filter(pk=product.pk).exists()


def test_unknown_products_are_not_there(owner: Client) -> None:
    for key in ("999999", "0", "9" * 18):
        assert owner.get(f"/admin/products/{key}/").status_code == 404
    assert owner.get(f"/admin/products/{'9' * 30}/").status_code == 404


def test_the_scheduled_hour_is_the_stores(owner: Client) -> None:
    product = factories.product(price=12800)
    owner.post(edit_url(product), same(product, published_at="2026-05-01T09:30"))
    product.refresh_from_db()
    assert product.published_at is not None
    assert product.published_at.isoformat() == "2026-05-01T01:30:00+00:00"


def test_counting_needs_its_own_permission(sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    from duli.platform.accounts import permissions

    product = factories.product(price=12800, stock=5)
    monkeypatch.setitem(permissions.GRANTS, "viewer", frozenset({"catalogue.view", "catalogue.edit"}))
    client = sign_in("viewer")
    assert client.post(edit_url(product), same(product, **{stock_cell(): "999"})).status_code == 302
    assert StockLevel.objects.get(variant__product=product).on_hand == 5


def sheet(cells: dict[str, dict[str, list[str]]], fresh: list[str] | None = None) -> str:
    return json.dumps({"cells": cells, "fresh": fresh or []})


def chips(product: Product | None, **values: list[str]) -> str:
    """Return what the chips send: options by name with their values; ids of those that are stored."""
    stored = {o.name: o for o in product.options.prefetch_related("values")} if product else {}
    found = []
    for name, names in values.items():
        option = stored.get(name)
        ids = {value.name: value.pk for value in option.values.all()} if option else {}
        found.append(
            {
                "id": option.pk if option else None,
                "name": name,
                "texts": {},
                "values": [{"id": ids.get(v), "name": v, "swatch": "", "texts": {}} for v in names],
            }
        )
    return json.dumps(found)


def with_sheet(product: Product, *, options: str, cells: str, **values: Any) -> dict[str, Any]:
    data = {"title": product.title, "status": "active", "requires_shipping": "on", "tracks_stock": "on"}
    return (
        data | {"version": str(product.version), "handle": product.handle, "options": options, "sheet": cells} | values
    )


def active(product: Product) -> dict[str, int]:
    rows = Variant.objects.filter(product=product, is_active=True)
    return dict(rows.values_list("title", "pk"))


def test_the_sheet_sends_changed_cells_alone(owner: Client) -> None:
    product = factories.product(sizes=("S", "M"), price=12800, stock=5)
    before = active(product)
    place = f"stock-{factories.location().pk}"
    cells = {
        f"i{before['S']}": {
            "price-CNY": ["99", "128.00"],
            "cost": ["40", ""],
            "origin": ["cn", ""],
            "hs": ["691110", ""],
            place: ["8", "5"],
        }
    }
    data = with_sheet(product, options=chips(product, 尺寸=["S", "M"]), cells=sheet(cells), stock_reason="received")
    assert owner.post(edit_url(product), data).status_code == 302
    assert active(product) == before
    small = Variant.objects.get(pk=before["S"])
    assert (small.origin_country, small.hs_code, small.cost.minor) == ("CN", "691110", 4000)
    minors = Price.objects.filter(price_list__currency="CNY").order_by("variant__position")
    assert list(minors.values_list("minor", flat=True)) == [9900, 12800]
    movement = StockMovement.objects.order_by("-pk")[0]
    assert (movement.on_hand_change, movement.reason) == (3, "received")
    assert [level.on_hand for level in StockLevel.objects.order_by("variant_id")] == [8, 5]


def test_renaming_and_moving_options_keeps_the_variants(owner: Client) -> None:
    product = factories.product(sizes=("S", "M"), price=12800)
    before = active(product)
    options = json.loads(chips(product, 尺寸=["M", "S"]))
    options[0]["name"] = "尺码"
    options[0]["values"][1]["name"] = "Small"
    options[0]["values"][1]["swatch"] = "#2F6F62"
    assert owner.post(edit_url(product), with_sheet(product, options=json.dumps(options), cells="")).status_code == 302
    assert active(product) == {"M": before["M"], "Small": before["S"]}
    assert list(product.options.get().values.values_list("name", "swatch")) == [("M", ""), ("Small", "#2f6f62")]


def test_new_combinations_are_previewed_and_those_left_out_stay_out(owner: Client) -> None:
    product = factories.product(sizes=("S", "M"), price=12800, stock=None)
    fit = f"{reverse('backoffice:product_grid')}?product={product.pk}"
    data = with_sheet(product, options=chips(product, 尺寸=["S", "M", "L"]), cells="")
    assert "adds 1 variant" in owner.post(fit, data).content.decode()
    left_out = sheet({f"i{active(product)['M']}": {"off": ["1", ""]}})
    data = with_sheet(product, options=chips(product, 尺寸=["S", "M"]), cells=left_out)
    assert owner.post(edit_url(product), data).status_code == 302
    product.refresh_from_db()
    data = with_sheet(product, options=chips(product, 尺寸=["S", "M"]), cells="")
    assert "1 combination is not sold" in owner.post(fit, data).content.decode()
    assert owner.post(edit_url(product), data).status_code == 302
    assert list(active(product)) == ["S"]
    product.refresh_from_db()
    data = with_sheet(product, options=chips(product, 尺寸=["S", "M"]), cells="", fill="1")
    assert "adds 1 variant" in owner.post(fit, data).content.decode()


def test_what_a_sheet_may_not_say_is_refused(owner: Client) -> None:
    product = factories.product(sizes=("S",), price=12800)
    key = f"i{active(product)['S']}"
    options = chips(product, 尺寸=["S"])
    wrong = [
        "{",
        "[]",
        json.dumps({"cells": {key: {"colour": ["a", "b"]}}}),
        json.dumps({"cells": {key: {"sku": "x"}}}),
        sheet({key: {"sku": ["x" * 101, ""]}}),
        sheet({key: {"price-CNY": ["cheap", ""]}}),
        sheet({key: {"origin": ["China", ""]}}),
    ]
    for cells in wrong:
        assert owner.post(edit_url(product), with_sheet(product, options=options, cells=cells)).status_code == 422, (
            cells
        )
    for broken in ("{", "[1]", '[{"id": 1}]'):
        assert owner.post(edit_url(product), with_sheet(product, options=broken, cells="")).status_code == 422
    product.refresh_from_db()
    assert product.version == 1


def test_two_peoples_changes_are_put_together(owner: Client) -> None:
    product = factories.product("茶杯", sizes=("S", "M"), price=12800)
    options = chips(product, 尺寸=["S", "M"])
    mine = with_sheet(product, options=options, cells="", title="我的杯子", seo_title="mine")
    key = f"i{active(product)['S']}"
    cells = sheet({key: {"price-CNY": ["77", "128.00"]}})
    assert (
        owner.post(edit_url(product), with_sheet(product, options=options, cells=cells, title="他的杯子")).status_code
        == 302
    )
    told = owner.post(edit_url(product), mine)
    page = told.content.decode()
    assert told.status_code == 409
    assert "他的杯子" in page
    assert 'name="keep:product|title"' in page
    seen = {"seen_version": "2", "merge": "1"}
    assert owner.post(edit_url(product), mine | seen | {"keep:product|title": "mine"}).status_code == 302
    product.refresh_from_db()
    assert (product.title, product.seo_title) == ("我的杯子", "mine")
    minors = Price.objects.filter(price_list__currency="CNY").order_by("variant__position")
    assert list(minors.values_list("minor", flat=True)) == [7700, 12800]
    # A third save in between asks again.
    stale = mine | {"seen_version": "2", "merge": "1", "title": "noch eine"}
    assert owner.post(edit_url(product), stale).status_code == 409


def test_versions_are_listed_compared_and_restored(owner: Client) -> None:
    product = factories.product("茶杯", price=12800)
    owner.post(edit_url(product), same(product, title="大茶杯", tags="gift"))
    listed = owner.get(reverse("backoffice:product_history", args=[product.pk])).content.decode()
    assert "Product page" in listed
    page = owner.get(reverse("backoffice:product_revision", args=[product.pk, 2])).content.decode()
    assert "茶杯" in page
    assert "gift" in page
    assert owner.post(reverse("backoffice:product_restore", args=[product.pk, 1])).status_code == 302
    product.refresh_from_db()
    assert product.title == "茶杯"
    assert owner.get(reverse("backoffice:product_revision", args=[product.pk, 99])).status_code == 404


def test_a_save_changes_nothing_of_an_instant_that_nobody_touched(owner: Client) -> None:
    """The field knows minutes, the product microseconds: a version would tell of a change that was none."""
    product = factories.product("茶杯", price=12800)
    instant = datetime(2026, 5, 21, 2, 54, 31, 250, tzinfo=UTC)
    Product.objects.filter(pk=product.pk).update(published_at=instant)
    local = timezone.localtime(instant).strftime("%Y-%m-%dT%H:%M")
    assert f'value="{local}"' in owner.get(edit_url(product)).content.decode()
    assert owner.post(edit_url(product), same(product, title="大茶杯", published_at=local)).status_code == 302
    product.refresh_from_db()
    assert (product.title, product.published_at) == ("大茶杯", instant)
    assert owner.post(edit_url(product), same(product, published_at="2026-05-21T10:00")).status_code == 302
    product.refresh_from_db()
    assert product.published_at != instant


def test_only_an_older_version_is_offered_back(owner: Client) -> None:
    product = factories.product("茶杯", price=12800)
    owner.post(edit_url(product), same(product, title="大茶杯"))

    def offers(number: int) -> bool:
        restore = reverse("backoffice:product_restore", args=[product.pk, number])
        page = owner.get(reverse("backoffice:product_revision", args=[product.pk, number])).content.decode()
        return restore in page

    assert (offers(1), offers(2)) == (True, False)


def test_a_copy_is_a_draft_with_everything_but_skus_and_stock(owner: Client) -> None:
    product = factories.product("茶杯", sizes=("S", "M"), price=12800, tags=["gift"])
    url = reverse("backoffice:product_duplicate", args=[product.pk])
    assert owner.post(url, {"title": "茶杯二"}).status_code == 302
    copy = Product.objects.get(title="茶杯二")
    assert copy.status == "draft"
    assert [(v.title, v.sku) for v in copy.variants.all()] == [("S", ""), ("M", "")]
    assert Price.objects.filter(variant__product=copy, price_list__currency="CNY", minor=12800).count() == 2
    assert not StockLevel.objects.filter(variant__product=copy).exists()
    assert set(active(product).values()).isdisjoint(active(copy).values())


def test_a_preview_shows_a_draft_to_whoever_has_the_link_and_to_no_cache(owner: Client) -> None:
    product = factories.product("还没上架", price=12800, status="draft")
    link = owner.get(reverse("backoffice:product_preview", args=[product.pk]))["Location"]
    answer = Client().get(link)
    assert "还没上架" in answer.content.decode()
    assert answer["X-Robots-Tag"].startswith("noindex")
    assert "no-store" in answer["Cache-Control"]
    assert Client().get(link.split("?")[0]).status_code == 404
    assert Client().get(link[:-3] + "AAA").status_code == 404
    other = factories.product("另一个", price=100, status="draft")
    assert Client().get(f"/products/{other.handle}?{link.split('?')[1]}").status_code == 404


def test_attributes_safety_and_related_products_are_saved_and_shown(owner: Client) -> None:
    save_attribute(code="material", name="Material")
    save_attribute(code="volume", name="Volume", kind="number", unit="ml")
    other = factories.product("茶盘", price=100)
    url = reverse("backoffice:safety_contact_new")
    company = {"name": "Celadon GmbH", "address": "Weg 1, Berlin", "contact": "hi@celadon.example"}
    assert owner.post(url, company).status_code == 302
    assert owner.post(url, company).status_code == 422
    product = factories.product("茶杯", price=12800)
    contact = SafetyContact.objects.get()
    more = {
        "complete": "1",
        "attribute-material": "瓷, 竹",
        "attribute-volume": "350",
        "maker_id": str(contact.pk),
        "safety_text": "Hot!",
        "related_ids": [str(other.pk)],
    }
    assert owner.post(edit_url(product), same(product, **more)).status_code == 302
    values = ProductAttribute.objects.filter(product=product).order_by("pk")
    assert [(row.text, row.number) for row in values] == [("瓷", None), ("竹", None), ("", 350)]
    page = Client().get(f"/products/{product.handle}").content.decode()
    for words in ("Celadon GmbH, Weg 1, Berlin", "Hot!", "茶盘"):
        assert words in page
    product.refresh_from_db()
    assert owner.post(edit_url(product), same(product, **more) | {"attribute-volume": "big"}).status_code == 422


def test_a_picture_has_words_in_each_language_and_a_focus(owner: Client, settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path
    product = factories.product(price=12800)
    owner.post(edit_url(product), same(product, media_files=[_picture()]))
    product.refresh_from_db()
    asset = product.media.get().asset
    said = {f"alt-{asset.pk}": "茶壶", f"alt-{asset.pk}-en": "A teapot"}
    focus = {f"focal-x-{asset.pk}": "20", f"focal-y-{asset.pk}": "80"}
    assert owner.post(edit_url(product), same(product, media=[asset.pk]) | said | focus).status_code == 302
    asset.refresh_from_db()
    assert (asset.alt, asset.focal_x, asset.focal_y) == ("茶壶", 0.2, 0.8)
    assert texts("asset", [asset.pk], "en") == {asset.pk: {"alt": "A teapot"}}
