"""A shop that buys its labels at the practice seller."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from duli.base.clock import now
from duli.commerce.catalogue.models import Product, Variant
from duli.commerce.inventory.models import Location
from duli.commerce.orders.models import Fulfilment, Order
from duli.commerce.orders.types import FulfilLine
from duli.commerce.pricing.models import ExchangeRate
from duli.commerce.shipping import services as shipping
from duli.commerce.shipping.models import ShippingLabel
from duli.platform.media.private import store_private
from duli.platform.store.changes import reset_caches
from sandbox.parcels import easypost as other_end
from sandbox.parcels.postage import label_pdf
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


def label_of(order: Order, parcel: Fulfilment) -> ShippingLabel:
    """The label of a parcel, bought at a seller who is gone, with its picture."""
    row = ShippingLabel.objects.create(
        reference=order.reference, parcel=f"parcel:{parcel.pk}", idempotency_key="made", seller="gone", mode="test",
        shipment_key="shp_1", offer_key="rate_1", name="UPS", service="Saver", number="1Z1", price_minor=100,
        currency="USD", state="bought", actor=factories.ACTOR, created_at=now(), bought_at=now(),
    )  # fmt: skip
    store_private(content=label_pdf(["UPS"]), name="1Z1.pdf", reference=f"label:{row.pk}", actor=factories.ACTOR)
    return row
