"""Bundles and sold files stand in a product's history: compared in words, and put back."""

from __future__ import annotations

import io
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from duli.commerce.assortment.services import dissolve_bundle, save_bundle
from duli.commerce.catalogue.models import Bundle, BundleComponent, Variant
from duli.commerce.catalogue.types import Component
from duli.commerce.downloads.models import DownloadFile
from duli.commerce.downloads.selectors import files_of
from duli.commerce.downloads.services import add_file, change_file
from duli.commerce.pricing.models import Price
from duli.commerce.revisions import selectors, snapshots
from duli.commerce.revisions.models import ProductRevision
from duli.commerce.revisions.services import restore_revision
from tests import factories
from tests.factories import ACTOR
from tests.web.backoffice.conftest import member

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _shop(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path
    factories.shop()


def variant(title: str, price: int = 1000) -> Variant:
    return factories.variant_of(factories.product(title, price=price))


def bundle_of(whole: Variant, *parts: tuple[Variant, int], mode: str = "sum", off: str = "10") -> None:
    components = [Component(part.pk, units) for part, units in parts]
    save_bundle(variant_id=whole.pk, components=components, price_mode=mode, percent_off=Decimal(off), actor=ACTOR)


def newest(whole: Variant) -> int:
    return selectors.history(whole.product_id)[0].number


def parts_of(whole: Variant) -> list[tuple[int, int]]:
    rows = BundleComponent.objects.filter(bundle__variant=whole)
    return list(rows.values_list("variant_id", "quantity"))


def test_a_bundle_is_put_back_as_it_was_with_its_price() -> None:
    cup, tray, whole = variant("Cup", 1000), variant("Tray", 500), variant("Set", 9900)
    bundle_of(whole, (cup, 2), (tray, 1))
    first = newest(whole)
    bundle_of(whole, (cup, 3), off="0")
    assert Price.objects.get(variant=whole, price_list__currency="CNY").minor == 3000
    restore_revision(product_id=whole.product_id, number=first, actor=ACTOR)
    assert parts_of(whole) == [(cup.pk, 2), (tray.pk, 1)]
    assert Price.objects.get(variant=whole, price_list__currency="CNY").minor == 2250
    restore_revision(product_id=whole.product_id, number=1, actor=ACTOR)
    whole.refresh_from_db()
    assert (Bundle.objects.exists(), whole.tracks_stock) == (False, True)
    assert Price.objects.get(variant=whole, price_list__currency="CNY").minor == 9900


def test_a_part_that_became_a_bundle_itself_is_left_out() -> None:
    cup, tray, whole = variant("Cup"), variant("Tray"), variant("Set")
    bundle_of(whole, (cup, 2), (tray, 1))
    first = newest(whole)
    dissolve_bundle(variant_id=whole.pk, actor=ACTOR)
    bundle_of(cup, (tray, 1))
    restore_revision(product_id=whole.product_id, number=first, actor=ACTOR)
    assert parts_of(whole) == [(tray.pk, 1)]


def test_a_product_without_parts_looks_as_it_always_did() -> None:
    """What is not there is not in the snapshot: the history of products from before stays what it was."""
    plain = variant("Cup")
    entry = snapshots.read([plain.product_id])[plain.product_id]["variants"][str(plain.pk)]
    assert not {"bundle", "files"} & entry.keys()


def test_files_keep_their_limits_and_come_back(client: Client) -> None:
    book = variant("Book")
    row = add_file(variant_id=book.pk, file=io.BytesIO(b"pdf"), name="Book.pdf", actor=ACTOR)
    first = newest(book)
    change_file(file_id=row.pk, name="Second.pdf", days=3, most=None, actor=ACTOR)
    restore_revision(product_id=book.product_id, number=first, actor=ACTOR)
    assert [(file.name, file.days) for file in files_of(book.pk)] == [("Book.pdf", None)]
    restore_revision(product_id=book.product_id, number=1, actor=ACTOR)
    assert files_of(book.pk) == []
    restore_revision(product_id=book.product_id, number=first, actor=ACTOR)
    assert [file.name for file in files_of(book.pk)] == ["Book.pdf"]
    assert DownloadFile.objects.count() == 1


def test_what_changed_is_told_in_words(client: Client) -> None:
    cup, whole = variant("Cup"), variant("Set")
    bundle_of(whole, (cup, 2))
    add_file(variant_id=whole.pk, file=io.BytesIO(b"pdf"), name="Care.pdf", actor=ACTOR)
    client.force_login(member("owner"))
    for number, words in ((2, f"2 × {cup.product.title}"), (3, "Care.pdf")):
        page = client.get(reverse("backoffice:product_revision", args=[whole.product_id, number]))
        assert words in page.content.decode()
    assert ProductRevision.objects.filter(product_id=whole.product_id).count() == 3


def test_reading_costs_the_same_for_one_bundle_and_for_many(django_assert_num_queries: Any) -> None:
    cup = variant("Cup")
    wholes = [variant(f"Set {n}") for n in range(4)]
    for whole in wholes:
        bundle_of(whole, (cup, 1))
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as one:
        snapshots.read([wholes[0].product_id])
    with CaptureQueriesContext(connection) as many:
        snapshots.read([whole.product_id for whole in wholes])
    assert len(one) == len(many)
