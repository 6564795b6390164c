"""How far the shop is on its way to the first sale, read from the shop itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext

from duli.base.clock import now
from duli.commerce.catalogue.models import Product
from duli.commerce.inventory.models import Location
from duli.commerce.orders.models import Order
from duli.commerce.orders.states import TEST_SOURCE
from duli.commerce.payments.models import GatewaySetting
from duli.commerce.pricing.models import TaxRate
from duli.commerce.shipping.models import Method
from duli.platform.store.models import Store
from duli.platform.store.selectors import steps_passed


@dataclass(frozen=True, slots=True)
class SetupState:
    """`facts` says of each step whether it is done; `marks` which were gone through or (True) left out."""

    facts: dict[str, bool]
    marks: dict[str, bool]
    product: Product | None
    test_order: Order | None

    def done(self, code: str) -> bool:
        return self.facts[code] or self.marks.get(code) is False

    def passed(self, code: str) -> bool:
        """Whether there is nothing more to ask: done, or left out."""
        return self.facts[code] or code in self.marks

    def word(self, code: str) -> str:
        """Return done, skipped or open."""
        if self.done(code):
            return "done"
        return "skipped" if code in self.marks else "open"


def setup_state() -> SetupState:
    """Return how far the shop is (six short queries)."""
    store = Store.objects.filter(pk=1).first()
    product = Product.objects.filter(status="active").order_by("-pk").first()
    order = Order.objects.order_by("-placed_at", "-pk").first()
    return SetupState(
        facts={
            "shop": bool(store and store.name and store.email),
            "product": product is not None,
            "shipping": Method.objects.filter(is_active=True).exists(),
            "payment": GatewaySetting.objects.filter(enabled=True).exists(),
            "order": order is not None,
        },
        marks=steps_passed(),
        product=product,
        test_order=order if order is not None and order.source == TEST_SOURCE else None,
    )


def is_begun() -> bool:
    """Say whether somebody said who the shop is."""
    return Store.objects.filter(pk=1).exists()


def home_country() -> str:
    """Return the country of the location that is taken from first; empty if there is none."""
    return Location.objects.order_by("priority", "pk").values_list("country", flat=True).first() or ""


def first_location() -> int | None:
    return Location.objects.filter(is_active=True).order_by("priority", "pk").values_list("pk", flat=True).first()


def tax_of(country: str, at: datetime | None = None) -> dict[str, object]:
    """Return name and percentage of a country's usual tax, as the form of the shop shows them."""
    day = (at or now()).date()
    row = (
        TaxRate.objects.filter(country=country, region="", tax_class="standard", valid_from__lte=day)
        .filter(Q(valid_to__isnull=True) | Q(valid_to__gte=day))
        .order_by("-valid_from")
        .first()
    )
    if row is None:
        return {"tax_name": gettext("VAT"), "tax_percent": None}
    return {"tax_name": row.name, "tax_percent": f"{row.rate * 100:f}".rstrip("0").rstrip(".")}
