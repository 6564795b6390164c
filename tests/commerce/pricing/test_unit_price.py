"""Prices per unit of measure: what is written, what is reckoned, and where it is shown."""

from __future__ import annotations

from decimal import Decimal
from html import unescape

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from duli.base.errors import InvalidInput
from duli.base.money import Money
from duli.commerce.assortment.services import duplicate_product
from duli.commerce.catalogue.models import Variant
from duli.commerce.catalogue.services import save_product
from duli.commerce.catalogue.types import ProductDraft, VariantDraft
from duli.commerce.catalogue.units import BASES, Content, parse_content
from duli.commerce.pricing.unit_price import UnitPrice, unit_price
from duli.platform.store import services as store
from duli.platform.store.changes import reset_caches
from tests import factories


@pytest.mark.parametrize(
    ("text", "amount", "unit"),
    [
        ("500 g", "500", "g"),
        ("1,5kg", "1.5", "kg"),
        ("750 毫升", "750", "ml"),
        ("2 m²", "2", "m2"),
        ("2 m2", "2", "m2"),
        ("10 pcs", "10", "pc"),
        (" 0.75  L ", "0.75", "l"),
    ],
)
def test_what_people_write(text: str, amount: str, unit: str) -> None:
    found = parse_content(text)
    assert found == Content(Decimal(amount), unit)
    assert found is not None
    assert parse_content(found.text) == found


@pytest.mark.parametrize(
    "text", ["g", "500", "0 g", "-1 g", "1 stone", "1e5 g", "1.2345 g", "99999999 g", "1 g g", "x" * 9]
)
def test_what_is_no_content(text: str) -> None:
    with pytest.raises(InvalidInput):
        parse_content(text)


def test_nothing_is_no_content() -> None:
    assert parse_content("  ") is None


@pytest.mark.parametrize(
    ("minor", "content", "mode", "expected"),
    [
        (399, Content(Decimal(500), "g"), "whole", (798, 1, "kg")),
        (399, Content(Decimal(500), "g"), "hundred", (80, 100, "g")),
        (250, Content(Decimal("0.75"), "l"), "whole", (333, 1, "l")),
        (250, Content(Decimal("0.75"), "l"), "hundred", (33, 100, "ml")),
        (1000, Content(Decimal(250), "cm"), "hundred", (400, 1, "m")),
        (1000, Content(Decimal(8), "pc"), "whole", (125, 1, "pc")),
        (1000, Content(Decimal(1), "kg"), "whole", None),
        (1000, Content(Decimal(1000), "g"), "whole", None),
        (1000, Content(Decimal(100), "g"), "hundred", None),
        (1000, Content(Decimal(500), "g"), "none", None),
        (1000, None, "whole", None),
    ],
)
def test_the_price_of_a_whole_unit(
    minor: int, content: Content | None, mode: str, expected: tuple[int, int, str] | None
) -> None:
    found = unit_price(Money(minor, "EUR"), content, mode)
    assert found == (UnitPrice(Money(expected[0], "EUR"), *expected[1:]) if expected else None)


@given(
    st.integers(0, 10**9),
    st.decimals("0.001", "9999", places=3),
    st.sampled_from(sorted(BASES)),
    st.sampled_from(["whole", "hundred"]),
)
def test_the_unit_it_is_written_in_does_not_matter(minor: int, amount: Decimal, unit: str, mode: str) -> None:
    base, factor = BASES[unit]
    direct = unit_price(Money(minor, "EUR"), Content(amount, unit), mode)
    other = unit_price(Money(minor, "EUR"), Content(amount * factor, base), mode)
    assert direct == other
    if direct:
        # Half a minor unit at most is rounded.
        inside = amount * factor * (10 if direct.quantity == 100 else 1)
        assert abs(direct.price.minor * inside - minor) <= inside / 2


def read(client: Client, path: str) -> str:
    """A page as another process would show it."""
    reset_caches()
    return unescape(client.get(path).content.decode())


@pytest.mark.django_db
def test_it_is_shown_wherever_the_price_is(client: Client) -> None:
    factories.shop()
    tea = factories.product("茶", price=3990)
    variant = factories.variant_of(tea)
    save_product(
        draft=ProductDraft(
            title="茶",
            status="active",
            variants=[VariantDraft(variant_id=variant.pk, sku=variant.sku, content="500 g")],
        ),
        actor=factories.ACTOR,
        product_id=tea.pk,
    )
    client.post("/cart/add", {"variant": variant.pk, "quantity": 1})
    places = [f"/products/{tea.handle}", "/search?q=", "/cart"]
    for place in places:
        assert "¥79.80/千克" in read(client, place), place
    # What says nothing of the content leaves it.
    save_product(
        draft=ProductDraft(
            title="茶", status="active", variants=[VariantDraft(variant_id=variant.pk, sku=variant.sku)]
        ),
        actor=factories.ACTOR,
        product_id=tea.pk,
    )
    assert Variant.objects.get(pk=variant.pk).content == "500 g"
    copy = duplicate_product(product_id=tea.pk, title="茶 2", actor=factories.ACTOR)
    assert factories.variant_of(copy).content == "500 g"
    store.save_market(code="cn", unit_prices="hundred")
    assert "¥7.98/100 克" in read(client, places[0])
    store.save_market(code="cn", unit_prices="none")
    for place in places:
        assert "500 克" not in read(client, place), place
