"""What carts keep of a person: what was typed at checkout."""

from __future__ import annotations

from collections.abc import Mapping

from django.db.models import Q, QuerySet

from duli.commerce.checkout.models import Cart, CartLine
from duli.commerce.customers.holders import Person, Rows, holders


class Carts:
    def export(self, person: Person) -> Mapping[str, Rows]:
        rows = self._rows(person).order_by("pk")
        return {"carts": list(rows.values("state", "email", "phone", "shipping_address", "note", "created_at"))}

    def erase(self, person: Person) -> int:
        CartLine.objects.filter(cart__in=self._rows(person)).exclude(gift={}).update(gift={})
        return self._rows(person).update(
            customer=None, email="", phone="", shipping_address=None, billing_address=None, note=""
        )

    def move(self, from_id: int, to_id: int) -> int:
        # A customer has one open cart, so the alias's is let go of; it stays with the browser that filled it.
        return Cart.objects.filter(customer_id=from_id).update(customer=None)

    def count(self, customer_id: int) -> int:
        return 0

    def check_erasable(self, person: Person) -> None:
        return None

    def _rows(self, person: Person) -> QuerySet[Cart]:
        mine = Q(customer_id__in=person.customer_ids)
        if person.emails:
            mine |= Q(email__in=[*person.emails])
        if person.phones:
            mine |= Q(phone__in=[*person.phones])
        return Cart.objects.filter(mine)


holders.register("carts", Carts())
