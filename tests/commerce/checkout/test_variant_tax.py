"""A variant that is taxed in another way than its product."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from duli.base.errors import InvalidInput
from duli.commerce.catalogue.models import Variant
from duli.commerce.catalogue.services import save_product
from duli.commerce.catalogue.types import OptionDraft, OptionValueDraft, ProductDraft, VariantDraft
from duli.commerce.orders.goods import goods
from duli.commerce.pricing import services as pricing
from duli.commerce.pricing.models import TaxRate
from duli.commerce.pricing.types import PriceInput
from duli.commerce.revisions import snapshots
from duli.commerce.revisions.services.restore import draft_of
from duli.commerce.taxes.services import load_rates
from duli.platform.store.changes import reset_caches
from tests import factories

pytestmark = pytest.mark.django_db


def draft(own: str) -> ProductDraft:
    return ProductDraft(
        title="Tea",
        status="active",
        options=[OptionDraft("Form", [OptionValueDraft("Cup"), OptionValueDraft("Book")])],
        variants=[VariantDraft(("Cup",)), VariantDraft(("Book",), tax_class=own)],
    )


def test_each_variant_is_taxed_by_its_own_class() -> None:
    factories.shop()
    load_rates(which="cn", actor="user:1")
    reset_caches()
    product = save_product(draft=draft("reduced"), actor="user:1")
    cup, book = Variant.objects.filter(product=product).order_by("position")
    pricing.set_prices(prices=[PriceInput(pk, "CNY", 10000) for pk in (cup.pk, book.pk)])
    for variant in (cup, book):
        Variant.objects.filter(pk=variant.pk).update(tracks_stock=False)
    order = factories.order(cup, book)
    assert [line.tax_rate for line in order.lines.all()] == [Decimal("0.13"), Decimal("0.09")]
    found = goods([cup.pk, book.pk], currency="CNY", language="en", at=order.placed_at)
    assert [found[pk].tax_class for pk in (cup.pk, book.pk)] == ["standard", "reduced"]
    # What a revision says comes back with it; older ones know of no such class.
    kept = snapshots.read([product.pk])[product.pk]
    assert [row.tax_class for row in draft_of(kept, ["variants"]).variants or ()] == ["", "reduced"]
    for entry in kept["variants"].values():
        del entry["tax_class"]
    old = snapshots.unpack(snapshots.pack(kept)[0])
    assert [row.tax_class for row in draft_of(old, ["variants"]).variants or ()] == ["", ""]


@pytest.mark.parametrize("wrong", ["Reduced rate", "x" * 41, "-a", "é"])
def test_a_class_that_is_none_changes_nothing(wrong: str) -> None:
    with pytest.raises(InvalidInput):
        save_product(draft=draft(wrong), actor="user:1")
    assert not Variant.objects.exists()


def test_china_s_rates_come_with_their_days() -> None:
    assert load_rates(which="cn", actor="user:1") == 8
    assert load_rates(which="cn", actor="user:1") == 0
    rows = TaxRate.objects.filter(country="CN", valid_from__lte=date(2018, 6, 1))
    assert rows.filter(tax_class="standard", valid_to__gte=date(2018, 6, 1)).get().rate == Decimal("0.16")
