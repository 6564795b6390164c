"""Two customers who are one person become one."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Q

from duli.commerce.customers.events import CustomersMerged
from duli.commerce.customers.holders import holders
from duli.commerce.customers.locks import lock_customers
from duli.commerce.customers.models import (
    Channel,
    ConsentRecord,
    Customer,
    CustomerAddress,
    CustomerNote,
    CustomerTag,
    DuplicatePair,
)
from duli.commerce.customers.selectors import merge_preview
from duli.commerce.customers.services.index import index_customers
from duli.commerce.customers.types import AddressNotProved, CannotMerge, CustomerErased, SameCustomer
from duli.platform.audit import services as audit
from duli.platform.events.services import publish


@transaction.atomic
def merge_customers(*, first_id: int, second_id: int, actor: str, checked: bool = False) -> Customer:
    """Make one customer of two and return it: the one with an account, else the older one.

    Orders, addresses, notes, tags, consent and credit move; the other one stays as an alias, so that links to it
    still lead somewhere. `checked` says that a person made sure it is the same one although the account has not
    proved the guest's address. Raises NotFound, SameCustomer, CannotMerge, AddressNotProved, CustomerErased.
    """
    preview = merge_preview(first_id, second_id)
    if preview.unproved and not checked:
        raise AddressNotProved()
    unite(kept_id=preview.kept.pk, alias_id=preview.alias.pk, actor=actor)
    return Customer.objects.get(pk=preview.kept.pk)


@transaction.atomic
def unite(*, kept_id: int, alias_id: int, actor: str) -> bool:
    """Merge `alias_id` into `kept_id`, whatever anybody has proved; False if that has happened already.

    Both rows are locked: of two people who merge at the same time the second finds it done, and an order that is
    being placed by the guest waits, or is moved.
    """
    if kept_id == alias_id:
        raise SameCustomer()
    rows = lock_customers([kept_id, alias_id])
    kept, alias = rows.get(kept_id), rows.get(alias_id)
    if kept is None or alias is None or alias.merged_into_id == kept_id:
        return False
    if alias.merged_into_id or kept.merged_into_id or alias.user_id:
        raise CannotMerge()
    if kept.erased_at or alias.erased_at:
        raise CustomerErased()
    moved = {code: holder.move(alias_id, kept_id) for code, holder in holders}
    moved["addresses"] = _move_addresses(kept, alias)
    moved["notes"] = CustomerNote.objects.filter(customer=alias).update(customer=kept)
    moved["consents"] = ConsentRecord.objects.filter(customer=alias).update(customer=kept)
    known = set(CustomerTag.objects.filter(customer=kept).values_list("name", flat=True))
    CustomerTag.objects.filter(customer=alias).exclude(name__in=known).update(customer=kept)
    CustomerTag.objects.filter(customer=alias).delete()
    _take_over(kept, alias)
    Customer.objects.filter(merged_into=alias).update(merged_into=kept)
    DuplicatePair.objects.filter(Q(first=alias) | Q(second=alias)).delete()
    publish(
        CustomersMerged(kept_id, alias_id, {name: count for name, count in moved.items() if count}),
        reference=kept.reference,
        actor=actor,
    )
    audit.record(
        area="customers", action="merged", reference=kept.reference, changes={"alias": (None, alias_id)}, actor=actor
    )
    index_customers(customer_ids=[kept_id, alias_id])
    return True


def _move_addresses(kept: Customer, alias: Customer) -> int:
    own = [row.data for row in CustomerAddress.objects.filter(customer=kept)]
    count = 0
    for row in CustomerAddress.objects.filter(customer=alias):
        if row.data in own:
            row.delete()
            continue
        row.customer = kept
        row.is_default = row.is_default and not own
        row.save(update_fields=["customer", "is_default"])
        own.append(row.data)
        count += 1
    return count


def _take_over(kept: Customer, alias: Customer) -> None:
    """Fill what the kept one lacks, sum up what both bought, and let the last word on consent count."""
    for field in ("name", "email", "phone", "language", "country"):
        if not getattr(kept, field):
            setattr(kept, field, getattr(alias, field))
    kept.orders_count += alias.orders_count
    kept.spent_minor += alias.spent_minor
    kept.refunded_minor += alias.refunded_minor
    kept.first_order_at = min(filter(None, [kept.first_order_at, alias.first_order_at]), default=None)
    kept.last_order_at = max(filter(None, [kept.last_order_at, alias.last_order_at]), default=None)
    kept.created_at = min(kept.created_at, alias.created_at)
    for channel in Channel.values:
        last = ConsentRecord.objects.filter(customer=kept, channel=channel).order_by("-recorded_at", "-pk").first()
        setattr(kept, f"accepts_{channel}", bool(last and last.given))
        setattr(alias, f"accepts_{channel}", False)
    kept.save()
    alias.merged_into = kept
    alias.orders_count = alias.spent_minor = alias.refunded_minor = 0
    alias.first_order_at = alias.last_order_at = None
    alias.save()


@transaction.atomic
def dismiss_pair(*, pair_id: int) -> None:
    """Say that two customers are two people: they are not suggested again."""
    DuplicatePair.objects.filter(pk=pair_id).update(dismissed=True)
