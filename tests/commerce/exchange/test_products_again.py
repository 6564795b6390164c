"""Products with everything they can have go out and come in again as they were."""

from __future__ import annotations

import io
from datetime import date
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from duli.base.errors import sentence
from duli.base.money import Money
from duli.base.text import one_line
from duli.commerce.assortment.services import save_bundle
from duli.commerce.catalogue.models import Attribute, Bundle, Product, RelatedProduct, SafetyContact, Variant
from duli.commerce.catalogue.services import save_attribute, save_attribute_values, save_product, save_safety_contact
from duli.commerce.catalogue.types import (
    AttributeDraft,
    AttributeValueDraft,
    Component,
    OptionDraft,
    OptionValueDraft,
    ProductDraft,
    Safety,
    VariantDraft,
)
from duli.commerce.downloads.models import DownloadFile
from duli.commerce.downloads.services import add_file, change_file
from duli.commerce.exchange.export import export_rows, layout
from duli.commerce.exchange.services import export_products
from duli.commerce.exchange.sheets import as_csv as sheet_as_csv
from duli.commerce.exchange.writing import workbook
from duli.commerce.inventory.models import StockLevel
from duli.commerce.inventory.services import adjust, save_location, set_level_rules
from duli.commerce.pricing.models import Cost, Price
from duli.commerce.pricing.services import set_costs, set_prices
from duli.commerce.pricing.types import PriceInput
from duli.commerce.revisions.models import ChangeSet
from duli.commerce.revisions.services import undo_change_set
from duli.platform.store.changes import reset_caches
from duli.platform.store.services import save_market, save_store
from duli.platform.store.translations import texts
from tests.commerce.exchange.doing import counts, notes, reasons, take

ACTOR = "user:1"
pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(settings: Any, tmp_path: Any) -> Product:
    """A bundle that costs the sum of its parts, one of which has no SKU; the bundle comes first in the file."""
    settings.DATA_DIR = tmp_path
    save_store(name="Shop")
    save_market(code="cn", name="China", currency="CNY", language="zh-hans", is_default=True)
    save_market(code="int", name="World", currency="USD", language="en")
    main, second = save_location(code="main", name="Main"), save_location(code="second", name="Second", priority=1)
    for code, name, kind, unit in (
        ("mat-x", "mat: x", "text", ""),
        ("vol", "vol", "number", "ml"),
        ("hand", "hand", "boolean", ""),
        ("a-b", "a [b]", "text", ""),
        ("tone", "tone", "colour", ""),
    ):
        save_attribute(code=code, name=name, kind=kind, unit=unit)
    save_attribute_values(
        attribute_id=Attribute.objects.get(code="tone").pk,
        values=[AttributeValueDraft("deep blue", "#112233")],
        actor=ACTOR,
    )
    maker = save_safety_contact(name="Kiln | Co", address="1 Road", contact="kiln@example.com")
    bundle = save_product(
        draft=ProductDraft(title="Set", handle="a-set", status="active", variants=[VariantDraft(sku="SET")]),
        actor=ACTOR,
    )
    cup = save_product(
        draft=ProductDraft(
            title="Cup",
            handle="cup",
            status="active",
            safety=Safety(maker.pk, None, "Hot.\nVery hot."),
            related_ids=[bundle.pk],
            options=[
                OptionDraft(
                    "颜色", [OptionValueDraft("白", texts={"en": "White"}), OptionValueDraft("青")], {"en": "Colour"}
                )
            ],
            variants=[VariantDraft(("白",), sku="CUP-W", origin_country="CN", content="0.25 l"), VariantDraft(("青",))],
            attributes=[
                AttributeDraft("mat-x", text="瓷: fine | hard"),
                AttributeDraft("vol", number=Decimal("120.5")),
                AttributeDraft("hand", boolean=False),
                AttributeDraft("a-b", text="c"),
                AttributeDraft("tone", text="deep blue"),
            ],
        ),
        actor=ACTOR,
    )
    save_product(
        draft=ProductDraft(
            title="Voucher", handle="voucher", status="active", is_gift_card=True, variants=[VariantDraft(sku="GIFT")]
        ),
        actor=ACTOR,
    )
    set_prices(prices=[PriceInput(Variant.objects.get(sku="GIFT").pk, "CNY", 20000)])
    pieces = list(cup.variants.all())
    for index, variant in enumerate(pieces):
        set_prices(prices=[PriceInput(variant.pk, "CNY", 8800 + index), PriceInput(variant.pk, "USD", 1200)])
        for location in (main, second):
            adjust(variant_id=variant.pk, location_id=location.pk, counted=3, reason="initial", actor=ACTOR)
    set_level_rules(
        variant_id=pieces[0].pk,
        location_id=main.pk,
        threshold=0,
        backorder_limit=7,
        promise="三周后发货",
        promised_on=date(2027, 1, 31),
        texts={"en": "in 3 weeks"},
    )
    set_costs(costs={pieces[0].pk: Money(4200, "CNY"), pieces[1].pk: Money(5, "USD")})
    parts = [Component(pieces[0].pk, 2), Component(pieces[1].pk, 1)]
    save_bundle(
        variant_id=bundle.variants.get().pk,
        components=parts,
        price_mode="sum",
        percent_off=Decimal("12.5"),
        actor=ACTOR,
    )
    return cup


def exported() -> bytes:
    stream = io.StringIO(newline="")
    export_products(stream=stream)
    return stream.getvalue().encode("utf-8-sig")


def emptied() -> None:
    Bundle.objects.all().delete()
    Product.objects.all().delete()
    Attribute.objects.all().delete()
    SafetyContact.objects.all().delete()


def test_the_same_shop_is_not_changed(shop: Product) -> None:
    before = list(Product.objects.order_by("pk").values())
    report = take(exported())
    assert (reasons(report), notes(report)) == ([], [])
    assert counts(report)["products"] == (0, 0, 3, 0)
    assert list(Product.objects.order_by("pk").values()) == before


def test_an_empty_shop_becomes_the_same_to_the_byte(shop: Product) -> None:
    data = exported()
    emptied()
    report = take(data)
    assert (reasons(report), notes(report)) == ([], [])
    assert exported() == data
    white = Variant.objects.get(sku="CUP-W")
    assert (white.cost.minor, white.origin_country) == (4200, "CN")  # type: ignore[attr-defined]
    level = StockLevel.objects.get(variant=white, location__code="main")
    assert (level.low_stock_threshold, level.backorder_limit, level.backorder_promise) == (0, 7, "三周后发货")
    assert level.backorder_on == date(2027, 1, 31)
    assert texts("stock_level", [level.pk], "en") == {level.pk: {"promise": "in 3 weeks"}}
    assert white.content == "0.25 l"
    assert Product.objects.get(handle="voucher").is_gift_card
    bundle = Bundle.objects.get(variant__sku="SET")
    assert [(part.variant.title, part.quantity) for part in bundle.components.all()] == [("白", 2), ("青", 1)]
    assert Price.objects.get(variant=bundle.variant, price_list__currency="CNY").minor == 23101
    assert {row.name: (row.kind, row.unit) for row in Attribute.objects.all()} == {
        "mat: x": ("text", ""),
        "vol": ("number", "ml"),
        "hand": ("boolean", ""),
        "a [b]": ("text", ""),
        "tone": ("colour", ""),
    }
    cup = Product.objects.get(handle="cup")
    assert cup.maker is not None
    assert cup.maker.name == "Kiln | Co"
    assert list(RelatedProduct.objects.values_list("product__handle", "related__handle")) == [("cup", "a-set")]
    option = cup.options.get()
    assert texts("option", [option.pk], "en") == {option.pk: {"name": "Colour"}}
    assert exported() == data
    assert counts(take(data))["products"] == (0, 0, 3, 0)


def test_an_import_with_a_bundle_is_taken_back_whole(shop: Product) -> None:
    data = exported()
    emptied()
    report = take(data)
    undone = undo_change_set(change_set_id=report.change_set_id, actor=ACTOR)
    assert (undone.removed, undone.kept) == (3, [])
    assert not Product.objects.exists()


def test_a_changed_bundle_is_taken_back_to_what_it_was(shop: Product) -> None:
    data = exported()
    report = take(data.replace("2 × CUP-W | ".encode(), b""))
    assert counts(report)["products"] == (0, 1, 2, 0)
    assert Bundle.objects.get().components.count() == 1
    undo_change_set(change_set_id=report.change_set_id, actor=ACTOR)
    assert exported() == data
    report = take(data.replace(b"2 \xc3\x97 CUP-W | 1 \xc3\x97 @cup: \xe9\x9d\x92,sum,12.5", b",,"))
    assert not Bundle.objects.exists()
    undo_change_set(change_set_id=report.change_set_id, actor=ACTOR)
    assert Bundle.objects.get().components.count() == 2


def test_a_part_that_is_nowhere_is_told(shop: Product) -> None:
    report = take(exported().replace("2 × CUP-W".encode(), "2 × NOWHERE".encode()))
    assert [code for _row, code in notes(report)] == ["part_missing"]
    assert Bundle.objects.get().components.count() == 2


@pytest.mark.parametrize("cell", ["0 × CUP-W", "CUP-W", "-1 × CUP-W", "9999999 × CUP-W"])
def test_nonsense_in_a_bundle_is_refused(shop: Product, cell: str) -> None:
    report = take(exported().replace("2 × CUP-W".encode(), cell.encode()))
    assert [code for _row, code in reasons(report)] == ["value_unknown"]


def test_texts_in_a_language_that_the_shop_does_not_speak_are_kept_told_of_and_exported(shop: Product) -> None:
    cup = Product.objects.get(handle="cup")
    titles = ["Product handle", "Title", "Title [FR]", "SEO title [fr]", "Title [zh-hans]", "Title [Klingon]"]
    rows = [
        ["cup", "Cup", "Tasse", "La tasse", "杯", "x"],
        ["saucer", "Saucer", "Soucoupe", "", "碟", "x"],
    ]
    content = "\n".join(",".join(row) for row in [titles, *rows]).encode()
    report = take(content)
    assert counts(report)["products"] == (0, 1, 0, 1), reasons(report)
    told = {entry.error.code: sentence(entry.error) for entry in report.notes if entry.kind == "file"}
    assert set(told) == {"language_is_own", "language_unknown", "language_not_spoken"}
    assert "français" in told["language_not_spoken"]
    counted = [entry.error.params["count"] for entry in report.notes if entry.error.code == "language_not_spoken"]
    assert counted == [3]
    assert "Title [zh-hans]" in told["language_is_own"]
    assert "Klingon" in told["language_unknown"]
    assert texts("product", [cup.pk], "fr")[cup.pk] == {"title": "Tasse", "seo_title": "La tasse"}
    assert not texts("product", [cup.pk], "zh-hans")
    assert {"Title [fr]", "Title [en]"} <= set(layout().titles)
    # Once more nothing changes, and only what is in the file is told of.
    again = take(content)
    assert counts(again)["products"] == (0, 0, 1, 1)
    assert notes(take(exported()))[:1] == [(1, "language_not_spoken")]
    save_market(code="fr", name="France", currency="EUR", language="fr")
    reset_caches()
    assert not [entry for entry in take(exported()).notes if entry.kind == "file"]


def test_costs_leave_and_enter_only_with_whoever_sees_them(shop: Product) -> None:
    assert not any("Cost" in title for title in layout(with_costs=False).titles)
    report = take(exported().replace(b"42.00", b"99.00"), with_costs=False)
    assert counts(report)["products"] == (0, 0, 3, 0)
    assert sorted(Cost.objects.values_list("minor", flat=True)) == [5, 4200]
    take(exported().replace(b"42.00", b"99.00"))
    assert sorted(Cost.objects.values_list("minor", flat=True)) == [5, 9900]


def test_files_keep_name_and_limits_and_are_missed_where_they_are_not(shop: Product) -> None:
    variant = Variant.objects.get(sku="CUP-W")
    row = add_file(variant_id=variant.pk, file=io.BytesIO(b"pdf"), name="Book; vol. 1.pdf", actor=ACTOR)
    change_file(file_id=row.pk, name=row.name, days=0, most=3, actor=ACTOR)
    data = exported()
    assert "Book; vol. 1.pdf; days 0; most 3" in data.decode()
    assert counts(take(data))["products"] == (0, 0, 3, 0)
    report = take(data.replace(b"; days 0; most 3", b"; most 9"))
    assert counts(report)["products"] == (0, 1, 2, 0)
    row.refresh_from_db()
    assert (row.days, row.most) == (None, 9)
    undo_change_set(change_set_id=report.change_set_id, actor=ACTOR)
    row.refresh_from_db()
    assert (row.days, row.most) == (0, 3)
    emptied()
    DownloadFile.objects.all().delete()
    assert [code for _row, code in notes(take(data))] == ["file_not_here"]


def test_each_import_that_changes_something_can_be_taken_back(shop: Product) -> None:
    emptied_at = ChangeSet.objects.count()
    take(exported())
    assert ChangeSet.objects.count() == emptied_at, "an import that changes nothing leaves no trace"


odd = st.one_of(
    st.text(alphabet=st.characters(blacklist_categories=["Cs"]), max_size=30),
    st.sampled_from(
        [
            "=1+1",
            "'=x",
            "''",
            "'",
            "007",
            "1e5",
            "12345678901234567890",
            '"',
            'a"b',
            "a\nb",
            "\r\n",
            "a\rb",
            "_x0041_",
            "#N/A",
            "TRUE",
            "🫖 茶",
            "＝1",
            "-",
            "a\\",
            "\\|",
            "a|b",
            " | ",
            "  x  ",
            "\ufeff",
            "\x00",
            "e\u0301",
            "\u2028",
            "a > b",
            "a: b",
            "[x]",
        ]
    ),
)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    title=odd,
    sku=odd,
    barcode=odd,
    tags=st.lists(odd, max_size=3),
    value=odd,
    brand=odd,
    fact=odd,
    form=st.sampled_from("cx"),
)
def test_odd_texts_come_back(
    shop: Product, title: str, sku: str, barcode: str, tags: list[str], value: str, brand: str, fact: str, form: str
) -> None:
    from django.db import transaction

    with transaction.atomic():
        emptied()
        save_attribute(code="fact", name="Fact")
        save_product(
            draft=ProductDraft(
                title=one_line(title, 255) or "–",
                handle="odd",
                description_html=f"<p>{title}</p>",
                brand=one_line(brand, 160),
                seo_title=one_line(value, 200),
                tags=[one_line(tag, 60) for tag in tags],
                options=[OptionDraft("O", [OptionValueDraft(one_line(value, 120) or "–")])],
                variants=[
                    VariantDraft((one_line(value, 120) or "–",), sku=one_line(sku, 100), barcode=one_line(barcode, 60))
                ],
                attributes=[AttributeDraft("fact", text=one_line(fact, 255))] if one_line(fact) else [],
            ),
            actor=ACTOR,
        )
        data = exported()
        if form == "x":
            shape = layout()
            ids = list(Product.objects.values_list("pk", flat=True))
            rows = [
                [cells.get(title, "") for title in shape.titles]
                for _, _, found in export_rows(ids, shape)
                for cells in found
            ]
            given_file = workbook(shape.titles, rows).read()
        else:
            given_file = data
        again = taken(given_file)
        assert counts(again)["products"] == (0, 0, 1, 0), again.as_json()
        emptied()
        first = taken(given_file)
        assert reasons(first) == []
        assert exported() == data
        transaction.set_rollback(True)


def taken(content: bytes) -> Any:
    """Import a CSV or a workbook, as the wizard does."""
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        path.write_bytes(content)
        with sheet_as_csv(path) as source:
            return take(source.read_bytes())


def test_a_text_that_no_workbook_cell_holds_is_refused_and_not_cut(shop: Product) -> None:
    from duli.commerce.exchange.types import CellTooLongForWorkbook

    with pytest.raises(CellTooLongForWorkbook):
        workbook(["Title"], [["x" * 40_000]])


def test_a_workbook_takes_control_characters_out(shop: Product) -> None:
    book = openpyxl.load_workbook(workbook(["Title"], [["a\x07b"]]))
    assert book.worksheets[0]["A2"].value == "ab"
