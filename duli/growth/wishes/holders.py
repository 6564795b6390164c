"""What saved lists and requests keep of a person."""

from __future__ import annotations

from collections.abc import Mapping

from django.db.models import Q, QuerySet

from duli.commerce.customers.holders import Person, Rows, holders
from duli.growth.wishes.models import StockRequest, Wish, WishList
from duli.growth.wishes.services.lists import merge


class Wishes:
    def export(self, person: Person) -> Mapping[str, Rows]:
        fields = ("variant__product__title", "variant__title", "email", "created_at", "told_at")
        saved = Wish.objects.filter(list__customer_id__in=person.customer_ids)
        return {
            "saved": list(saved.values("variant__product__title", "variant__title", "created_at")),
            "stock_requests": list(self._requests(person).values(*fields)),
        }

    def erase(self, person: Person) -> int:
        count = WishList.objects.filter(customer_id__in=person.customer_ids).delete()[0]
        return count + self._requests(person).delete()[0]

    def move(self, from_id: int, to_id: int) -> int:
        moved = StockRequest.objects.filter(customer_id=from_id).update(customer_id=to_id)
        alias = WishList.objects.filter(customer_id=from_id).first()
        if alias is None:
            return moved
        count = alias.wishes.count()
        WishList.objects.filter(pk=alias.pk).update(customer=None)
        merge(token=alias.token, customer_id=to_id)
        return moved + count

    def count(self, customer_id: int) -> int:
        saved = Wish.objects.filter(list__customer_id=customer_id).count()
        return saved + StockRequest.objects.filter(customer_id=customer_id).count()

    def check_erasable(self, person: Person) -> None:
        return None

    def _requests(self, person: Person) -> QuerySet[StockRequest]:
        mine = Q(customer_id__in=person.customer_ids)
        if person.emails:
            mine |= Q(email__in=[email.lower() for email in person.emails])
        return StockRequest.objects.filter(mine)


holders.register("wishes", Wishes())
