"""What flash sales keep of a person: how many units each buyer has, under a keyed hash of the contact."""

from __future__ import annotations

from collections.abc import Mapping

from duli.commerce.customers.holders import Person, Rows, holders
from duli.commerce.flash_sales.models import BuyerCount, Claim
from duli.commerce.orders.models import Order
from duli.commerce.promotions.contacts import contact_keys


def _rows(person: Person) -> list[str]:
    return [
        *(f"customer:{pk}" for pk in person.customer_ids),
        *contact_keys(person.emails, person.phones),
    ]


class FlashUnits:
    def export(self, person: Person) -> Mapping[str, Rows]:
        rows = BuyerCount.objects.filter(key__in=_rows(person), units__gt=0).order_by("pk")
        return {"flash_sales": list(rows.values("item__sale__name", "item__variant__sku", "units"))}

    def erase(self, person: Person) -> int:
        keys = _rows(person)
        gone, _ = BuyerCount.objects.filter(key__in=keys).delete()
        orders = Order.objects.filter(customer_id__in=person.customer_ids).values_list("pk", flat=True)
        references = [f"order:{pk}" for pk in orders]
        return gone + Claim.objects.filter(reference__in=references).exclude(counted=[]).update(counted=[])

    def move(self, from_id: int, to_id: int) -> int:
        return 0

    def count(self, customer_id: int) -> int:
        return 0

    def check_erasable(self, person: Person) -> None:
        return None


holders.register("flash_sales", FlashUnits())
