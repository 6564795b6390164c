"""What is sold beyond what is there: how much of a purchase, on what terms, and where the shopper reads it."""

from __future__ import annotations

from datetime import date, timedelta
from html import unescape

import pytest
from django.test import Client

from duli.commerce.catalogue.models import Variant
from duli.commerce.catalogue.services import set_bundle
from duli.commerce.catalogue.types import Component
from duli.commerce.inventory.selectors import availability
from duli.commerce.inventory.services import adjust, set_level_rules
from duli.commerce.payments.gift_cards import today
from duli.platform.store.changes import reset_caches
from tests import factories

pytestmark = pytest.mark.django_db


def read(client: Client, path: str) -> str:
    """A page as another process would show it."""
    reset_caches()
    return unescape(client.get(path).content.decode())


def ahead(stock: int, limit: int = 5, words: str = "新一批正在路上", **rules: object) -> Variant:
    factories.shop()
    variant = factories.variant_of(factories.product(stock=stock))
    set_level_rules(
        variant_id=variant.pk,
        location_id=factories.location().pk,
        threshold=None,
        backorder_limit=limit,
        promise=words,
        **rules,  # type: ignore[arg-type]
    )
    return variant


def test_what_is_there_and_what_is_sold_ahead_are_told_apart() -> None:
    variant = ahead(2)
    found = availability([variant.pk])[variant.pk]
    assert (found.available, found.at_hand) == (7, 2)
    assert found.promise is not None
    factories.order(variant, quantity=4)
    found = availability([variant.pk])[variant.pk]
    assert (found.available, found.at_hand) == (3, 0)


def test_a_bundle_waits_for_its_latest_part() -> None:
    day = today() + timedelta(days=9)
    scarce = ahead(1, promised_on=day)
    plenty = factories.variant_of(factories.product(stock=50))
    both = factories.variant_of(factories.product(stock=None))
    set_bundle(variant_id=both.pk, components=[Component(scarce.pk, 1), Component(plenty.pk, 2)])
    reset_caches()
    found = availability([both.pk])[both.pk]
    assert (found.available, found.at_hand) == (6, 1)
    assert found.promise is not None
    assert found.promise.on == day


def test_the_shopper_reads_it_on_every_page_and_the_desk_on_the_order(client: Client) -> None:
    day = today() + timedelta(days=9)
    variant = ahead(1, promised_on=day, texts={"en": "the next batch is under way"})
    page = read(client, f"/products/{variant.product.handle}")
    # One is there: nothing to say yet.
    assert 'class="stock later"' not in page
    client.post("/cart/add", {"variant": variant.pk, "quantity": 3})
    said = f"{day.year}年{day.month}月{day.day}日 起发货 · 新一批正在路上"
    assert f"其中 2 件稍后发货：{said}" in read(client, "/cart")
    assert said in read(client, "/checkout")
    order = factories.order(variant, quantity=3)
    assert order.lines.get().backorder == {"units": 2, "on": day.isoformat(), "words": "新一批正在路上"}
    assert said in read(client, f"/orders/{order.token}")
    page = read(client, f"/products/{variant.product.handle}")
    assert 'class="stock later"' in page
    assert "schema.org/BackOrder" in page
    english = read(client, f"/en/products/{variant.product.handle}")
    assert "the next batch is under way" in english
    # What was promised stays, whatever is promised now.
    set_level_rules(variant_id=variant.pk, location_id=factories.location().pk, threshold=None, backorder_limit=9)
    assert said in read(client, f"/orders/{order.token}")
    assert "新一批正在路上" not in read(client, f"/products/{variant.product.handle}")


def test_a_day_that_is_over_is_promised_no_more(client: Client) -> None:
    variant = ahead(0, words="", promised_on=date(2020, 1, 1))
    page = read(client, f"/products/{variant.product.handle}")
    assert 'class="stock later"' in page
    assert "2020" not in page[page.index('class="stock later"') :][:300]
    adjust(
        variant_id=variant.pk, location_id=factories.location().pk, counted=9, reason="counted", actor=factories.ACTOR
    )
    assert 'class="stock later"' not in read(client, f"/products/{variant.product.handle}")
