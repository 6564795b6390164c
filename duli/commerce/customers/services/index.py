from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from django.db import transaction
from django.db.models import Q

from duli.base.clock import now
from duli.commerce.customers.models import Customer, CustomerAddress, CustomerKey, CustomerSearch, DuplicatePair
from duli.commerce.customers.names import email_key, phone_key, place_key, search_text
from duli.commerce.customers.types import Address
from duli.platform.store.prepared import Prepared

MOST_LIKE = 5

_customers = Prepared(lambda ids: Customer.objects.filter(pk__in=ids))
_addresses = Prepared(
    lambda ids: CustomerAddress.objects.filter(customer_id__in=ids).values_list("customer_id", "data")
)
_known = Prepared(
    lambda ids: CustomerKey.objects.filter(customer_id__in=ids).values_list("pk", "customer_id", "kind", "value")
)
_alike = Prepared(
    lambda values: CustomerKey.objects.filter(value__in=values).values_list("kind", "value", "customer_id")
)


@transaction.atomic
def index_customers(*, customer_ids: Sequence[int]) -> None:
    """Bring what customers are found and compared by up to date, and note who now looks like whom.

    Three reads and a few writes for any number of customers. Aliases and erased ones are not found at all.
    """
    customers = _customers.rows(list(customer_ids))
    shown = [row for row in customers if row.merged_into_id is None and row.erased_at is None]
    hidden = [row.pk for row in customers if row not in shown]
    if hidden:
        CustomerSearch.objects.filter(pk__in=hidden).delete()
        CustomerKey.objects.filter(customer_id__in=hidden).delete()
        DuplicatePair.objects.filter(Q(first_id__in=hidden) | Q(second_id__in=hidden)).delete()
    CustomerSearch.objects.bulk_create(
        [
            CustomerSearch(customer=row, text=search_text(name=row.name, email=row.email, phone=row.phone))
            for row in shown
        ],
        update_conflicts=True,
        unique_fields=["customer"],
        update_fields=["text"],
        batch_size=400,
    )
    ids = [row.pk for row in shown]
    addresses: dict[int, list[Address]] = defaultdict(list)
    for customer_id, data in _addresses.rows(ids):
        addresses[customer_id].append(Address.from_json(data))
    wanted = {key for row in shown for key in _keys(row, addresses[row.pk])}
    known = {(customer_id, kind, value): pk for pk, customer_id, kind, value in _known.rows(ids)}
    gone = [pk for key, pk in known.items() if key not in wanted]
    if gone:
        CustomerKey.objects.filter(pk__in=gone).delete()
    fresh = [key for key in wanted if key not in known]
    CustomerKey.objects.bulk_create(
        [CustomerKey(customer_id=pk, kind=kind, value=value) for pk, kind, value in fresh],
        ignore_conflicts=True,
        batch_size=400,
    )
    _suggest(fresh)


def _keys(customer: Customer, addresses: Sequence[Address]) -> list[tuple[int, str, str]]:
    found = [
        (CustomerKey.Kind.EMAIL, email_key(customer.email)),
        (CustomerKey.Kind.PHONE, phone_key(customer.phone)),
    ]
    for address in addresses:
        found.append((CustomerKey.Kind.PLACE, place_key(address)))
        found.append((CustomerKey.Kind.PHONE, phone_key(address.phone)))
    return [(customer.pk, kind.value, value) for kind, value in dict.fromkeys(found) if value]


def _suggest(fresh: Sequence[tuple[int, str, str]]) -> None:
    """Note pairs that a new key has made; a key that many share (a shop's own number) suggests nothing new."""
    by_key: dict[tuple[str, str], list[int]] = {}
    for start in range(0, len(fresh), 400):
        values = [value for _, _, value in fresh[start : start + 400]]
        for kind, value, pk in _alike.rows(values):
            by_key.setdefault((kind, value), []).append(pk)
    pairs: dict[tuple[int, int], str] = {}
    for pk, kind, value in fresh:
        others = sorted(other for other in by_key.get((kind, value), ()) if other != pk)
        if len(others) > MOST_LIKE:
            continue
        for other in others:
            pairs.setdefault((min(pk, other), max(pk, other)), kind)
    if pairs:
        instant = now()
        DuplicatePair.objects.bulk_create(
            [
                DuplicatePair(first_id=first, second_id=second, reason=kind, created_at=instant)
                for (first, second), kind in pairs.items()
            ],
            ignore_conflicts=True,
            batch_size=400,
        )


def index_missing(*, batch: int = 400) -> int:
    """Index customers that are not found by anything yet (of an older version, of a restore); return how many."""
    count = 0
    while True:
        missing = Customer.objects.filter(merged_into=None, erased_at=None).exclude(
            pk__in=CustomerSearch.objects.values("pk")
        )
        ids = list(missing.order_by("pk").values_list("pk", flat=True)[:batch])
        if not ids:
            return count
        index_customers(customer_ids=ids)
        count += len(ids)
