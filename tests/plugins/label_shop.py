"""A shop that buys its labels at the practice seller."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from duli.base.clock import now
from duli.commerce.catalogue.models import Product, Variant
from duli.commerce.inventory.models import Location
from duli.commerce.orders.models import Order
from duli.commerce.orders.types import FulfilLine
from duli.commerce.pricing.models import ExchangeRate
from duli.commerce.shipping import services as shipping
from duli.platform.store.changes import reset_caches
from sandbox.parcels import easypost as other_end
from tests import factories
from tests.plugins.carrier_world import CarrierWorld

VALUES = {
    "mode": "test",
    "test_key": other_end.TEST_KEY,
    "live_key": other_end.LIVE_KEY,
    "test_webhook_secret": other_end.TEST_SECRET,
    "live_webhook_secret": other_end.LIVE_SECRET,
    "signer": "Lin Xiao",
    "box": "30 x 20 x 10",
    "box_grams": "100",
}


def set_up(world: CarrierWorld, **changes: str) -> None:
    shipping.save_account(
        code="easypost", enabled=True, values={**VALUES, "base_url": f"{world.url}/easypost", **changes}
    )
    reset_caches()


def open_shop(world: CarrierWorld) -> Variant:
    """A shop in Hangzhou that knows what dollars are worth, with goods that customs may see."""
    factories.shop()
    Location.objects.update(
        city="Hangzhou", postal_code="310000", phone="057188888888", address="Longjing Road 1", region="Zhejiang"
    )
    ExchangeRate.objects.create(base="USD", quote="CNY", rate=Decimal("7"), valid_from=now())
    set_up(world)
    item = factories.product("Cup")
    Product.objects.filter(pk=item.pk).update(hs_code="691110", origin_country="CN")
    return factories.variant_of(item)


def lines_of(order: Order) -> list[FulfilLine]:
    return [FulfilLine(line.pk, line.to_ship) for line in order.lines.all()]


def answers(world: CarrierWorld) -> list[dict[str, Any]]:
    """Return the shipments that were opened at the seller, newest first."""
    return world.world.shipments()
