from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from duli.commerce.catalogue import services
from duli.commerce.catalogue.models import Product
from duli.platform.store.translations import save_texts
from tests import factories


class Browser(Client):
    """A browser without JavaScript and, unless a test says so, without compression."""

    def __init__(self, **values: Any) -> None:
        super().__init__(**values, headers={"accept-encoding": "identity"})


@pytest.fixture
def browser() -> Browser:
    return Browser()


@pytest.fixture
def shop(db: None) -> None:
    factories.shop()


@pytest.fixture
def chair(shop: None) -> Product:
    """A chair in two sizes, in a category, in both languages; the second size is sold out."""
    category = services.save_category(name="椅", handle="chairs", actor="user:1", texts={"en": {"name": "Chairs"}})
    item = factories.product(
        "软垫<b>单椅</b>", price=91000, sizes=["小", "大"], category_ids=[category.pk], handle="chair",
        description_html="<p>好坐</p><script>alert(1)</script>", seo_description="坐着 & 躺着",
    )  # fmt: skip
    save_texts(kind="product", object_id=item.pk, language="en", values={"title": "Padded chair"})
    from duli.commerce.inventory import services as inventory

    inventory.adjust(
        variant_id=factories.variant_of(item, 1).pk, location_id=factories.location().pk, counted=0, reason="lost",
        actor="user:1",
    )  # fmt: skip
    return item
