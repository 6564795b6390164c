"""Named reads of customers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

from django.core.cache import cache
from django.db import connection
from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL

from duli.base.clock import now
from duli.base.errors import NotFound
from duli.base.registry import Registry
from duli.commerce.customers.birthdays import kept_between
from duli.commerce.customers.holders import Person, holders
from duli.commerce.customers.models import (
    Birthday,
    Channel,
    ConsentRecord,
    Customer,
    CustomerAddress,
    CustomerNote,
    CustomerSearch,
    CustomerTag,
    DataRequest,
    DuplicatePair,
    Segment,
)
from duli.commerce.customers.names import query_words
from duli.commerce.customers.segments import MARK, filter_of, fits
from duli.commerce.customers.types import (
    CannotMerge,
    CustomerDraft,
    CustomerFilter,
    Facts,
    MergePreview,
    SameCustomer,
)
from duli.platform.accounts.selectors import verified_user
from duli.platform.store.changes import ChangeCache

MOST_FOUND = 2000
COUNTRIES_KEPT = 60


def customer_of(user_id: int) -> Customer | None:
    """Return the customer of an account, if it has bought or saved anything yet."""
    return Customer.objects.filter(user_id=user_id).first()


def addresses_of(customer_id: int) -> list[CustomerAddress]:
    """Return the customer's address book, the default one first."""
    return list(CustomerAddress.objects.filter(customer_id=customer_id))


def customer_by_id(customer_id: int) -> Customer:
    """Return the customer, or for an alias what it was merged into. NotFound."""
    row = Customer.objects.select_related("merged_into").filter(pk=customer_id).first()
    if row is None:
        raise NotFound()
    return row.merged_into or row


def matching(query: str) -> QuerySet[Customer]:
    """Return the customers in whose name (also in pinyin or initials), address or number every typed word occurs.

    Of what very many have in common only the latest are found; who types more finds the rest.
    """
    rows = Customer.objects.filter(merged_into=None, erased_at=None)
    if not query.strip():
        return rows
    words = query_words(query)
    if not words:
        return rows.none()
    if connection.vendor == "postgresql":
        found = CustomerSearch.objects.all()
        for word in words:
            found = found.filter(text__contains=word)
        return rows.filter(pk__in=found.values("pk"))
    phrase = " AND ".join(f'"{word}"' for word in words)
    statement = (
        "SELECT rowid FROM customers_search_text WHERE customers_search_text MATCH %s ORDER BY rowid DESC LIMIT %s"
    )
    return rows.filter(pk__in=RawSQL(statement, (phrase, MOST_FOUND)))  # noqa: S611 - a constant


def customers(wanted: CustomerFilter) -> QuerySet[Customer]:
    """Return the customers that fit, without an order: lists page through them by a key."""
    rows = matching(wanted.query)
    if wanted.has_orders is not None:
        rows = rows.filter(orders_count__gt=0) if wanted.has_orders else rows.filter(orders_count=0)
    if wanted.has_account is not None:
        rows = rows.filter(user__isnull=not wanted.has_account)
    ranges = {
        "orders_count__gte": wanted.orders_from,
        "orders_count__lte": wanted.orders_to,
        "spent_minor__gte": wanted.spent_from_minor,
        "spent_minor__lte": wanted.spent_to_minor,
        "last_order_at__gte": wanted.last_order_from,
        "last_order_at__lt": wanted.last_order_to,
        "created_at__gte": wanted.joined_from,
        "country__in": wanted.countries or None,
        "language__in": wanted.languages or None,
    }
    rows = rows.filter(**{key: value for key, value in ranges.items() if value is not None})
    if wanted.tags:
        rows = rows.filter(pk__in=CustomerTag.objects.filter(name__in=wanted.tags).values("customer_id"))
    if wanted.without_tags:
        rows = rows.exclude(pk__in=CustomerTag.objects.filter(name__in=wanted.without_tags).values("customer_id"))
    for channel in wanted.accepts:
        rows = rows.filter(**{f"accepts_{channel}": True})
    if wanted.segment is not None:
        own = next((row.rules for row in segments() if row.pk == wanted.segment), None)
        return rows.filter(pk__in=in_segment(own).values("pk")) if own else rows.none()
    return rows


def tags_in_use(limit: int = 40) -> list[str]:
    """Return tags that customers have, in alphabetical order."""
    return list(CustomerTag.objects.order_by("name").values_list("name", flat=True).distinct()[:limit])


def countries_in_use() -> list[str]:
    """Return where customers live; all of them are read for it, so that a new country may be missing for a minute."""
    codes = Customer.objects.order_by().values_list("country", flat=True).distinct()
    return list(cache.get_or_set("customer_countries", lambda: sorted(filter(None, codes)), COUNTRIES_KEPT) or [])


def birthday_of(customer_id: int) -> Birthday | None:
    """Return what somebody told of their birthday, also if it was taken back."""
    return Birthday.objects.filter(pk=customer_id).first()


def born_between(first: date, last: date, *, after: int = 0, limit: int = 500) -> dict[int, date]:
    """Return by customer, in the order of their keys, who with an account has a birthday then, and when (one query)."""
    days = kept_between(first, last)
    wanted = Q(pk__in=[])
    for month in {month for month, _day in days}:
        wanted |= Q(month=month, day__in=[day for known, day in days if known == month])
    rows = Birthday.objects.filter(
        wanted, pk__gt=after, customer__user__is_active=True, customer__erased_at=None, customer__merged_into=None
    )
    found = rows.order_by("pk").values_list("pk", "month", "day")[:limit]
    return {pk: days[month, day] for pk, month, day in found if month and day}


groupings: Registry[Callable[[int], list[str]]] = Registry("grouping of customers")
"""Rooms above that put customers into groups of their own: what they register returns those of one customer."""


def groups_of(customer_id: int | None) -> list[str]:
    """Return the groups a customer belongs to, their tags, segments and what other rooms say; a guest is in none."""
    if customer_id is None:
        return []
    tags = tags_of(customer_id)
    return [
        *tags,
        *(f"{MARK}{pk}" for pk in segments_of(customer_id, tags)),
        *(group for _code, groups in groupings for group in groups(customer_id)),
    ]


def groups_of_many(customer_ids: Iterable[int]) -> dict[int, list[str]]:
    """Return tags and segments of many customers (two queries, whatever their number)."""
    people = {row.pk: row for row in Customer.objects.filter(pk__in=list(customer_ids), erased_at=None)}
    tags: dict[int, list[str]] = {pk: [] for pk in people}
    for pk, name in CustomerTag.objects.filter(customer_id__in=people).values_list("customer_id", "name"):
        tags[pk].append(name)
    instant = now()
    wanted = [(row.reference, filter_of(row.rules, instant)) for row in segments()]
    return {
        pk: [*tags[pk], *(name for name, rules in wanted if fits(rules, facts_of(row, tags[pk])))]
        for pk, row in people.items()
    }


SEGMENTS = "segments"
_segments: ChangeCache[tuple[Segment, ...]] = ChangeCache(1)
segment_uses: Registry[Callable[[int], list[str]]] = Registry("use of segments")
"""Rooms above that ask who is in a segment: what they register returns the names of what asks for one."""


def segments() -> tuple[Segment, ...]:
    """Return every segment by name: from memory until one changes."""
    return _segments.get_or_make("segments", lambda: tuple(Segment.objects.all()), [SEGMENTS])


def segment_by_id(segment_id: int) -> Segment:
    """NotFound."""
    found = Segment.objects.filter(pk=segment_id).first()
    if found is None:
        raise NotFound()
    return found


def segments_of(customer_id: int, tags: Iterable[str]) -> list[int]:
    """Return the segments that a customer with these tags is in now (one query, or none where there are no segments).

    The days that rules count back are counted from this moment, so that nobody has to be moved in or out.
    """
    known = segments()
    row = Customer.objects.filter(pk=customer_id, erased_at=None).first() if known else None
    if row is None:
        return []
    facts, instant = facts_of(row, tags), now()
    return [segment.pk for segment in known if fits(filter_of(segment.rules, instant), facts)]


def facts_of(row: Customer, tags: Iterable[str]) -> Facts:
    return Facts(
        orders=row.orders_count,
        spent_minor=row.spent_minor,
        last_order_at=row.last_order_at,
        joined_at=row.created_at,
        country=row.country,
        language=row.language,
        has_account=row.user_id is not None,
        tags=frozenset(tags),
        accepts=frozenset(channel for channel in Channel.values if getattr(row, f"accepts_{channel}")),
    )


def in_segment(rules: Mapping[str, Any]) -> QuerySet[Customer]:
    """Return the customers who fit the rules of a segment now."""
    return customers(filter_of(rules, now()))


def tags_of(customer_id: int) -> list[str]:
    return list(CustomerTag.objects.filter(customer_id=customer_id).values_list("name", flat=True))


def consents_of(customer_id: int) -> list[ConsentRecord]:
    """Return every record of consent, the latest first."""
    return list(ConsentRecord.objects.filter(customer_id=customer_id).order_by("-recorded_at", "-pk")[:200])


def notes_by_id(ids: list[int]) -> dict[int, CustomerNote]:
    return CustomerNote.objects.in_bulk(ids)


def pairs(*, customer_id: int | None = None) -> QuerySet[DuplicatePair]:
    """Return who looks like whom and was not dismissed, of one customer or of all."""
    rows = DuplicatePair.objects.filter(dismissed=False).select_related("first", "second")
    if customer_id is not None:
        rows = rows.filter(Q(first_id=customer_id) | Q(second_id=customer_id))
    return rows


def merge_preview(first_id: int, second_id: int) -> MergePreview:
    """Say what merging two customers would give. NotFound, SameCustomer, CannotMerge."""
    first, second = customer_by_id(first_id), customer_by_id(second_id)
    if first.pk == second.pk:
        raise SameCustomer()
    if first.user_id and second.user_id:
        raise CannotMerge()
    kept, alias = sorted([first, second], key=lambda row: (row.user_id is None, row.pk))
    tags = list(dict.fromkeys([*tags_of(kept.pk), *tags_of(alias.pk)]))
    result = CustomerDraft(
        name=kept.name or alias.name,
        email=kept.email or alias.email,
        phone=kept.phone or alias.phone,
        language=kept.language or alias.language,
        tags=tags,
    )
    moves = {code: holder.count(alias.pk) for code, holder in holders}
    moves["addresses"] = CustomerAddress.objects.filter(customer=alias).count()
    moves["notes"] = CustomerNote.objects.filter(customer=alias).count()
    moves["consents"] = ConsentRecord.objects.filter(customer=alias).count()
    return MergePreview(
        kept, alias, result, {name: count for name, count in moves.items() if count}, _unproved(kept, alias)
    )


def _unproved(kept: Customer, alias: Customer) -> bool:
    if kept.user_id is None:
        return False
    by_email = verified_user(email=alias.email) if alias.email else None
    by_phone = verified_user(phone=alias.phone) if alias.phone else None
    return kept.user_id not in {found.pk for found in (by_email, by_phone) if found}


def person_of(customer_id: int) -> Person:
    """Return who a customer is, with every string that names the person. NotFound."""
    customer = customer_by_id(customer_id)
    rows = [customer, *Customer.objects.filter(merged_into=customer)]
    user = customer.user
    emails = {row.email for row in rows if row.user_id is None}
    phones = {row.phone for row in rows if row.user_id is None}
    names = {row.name for row in rows}
    places = set()
    if user is not None:
        names.add(user.name)
        # What an account merely claims may be somebody else's, whose mails are not ours to hand out.
        emails |= {email for email in (user.email, customer.email) if email and verified_user(email=email) == user}
        phones |= {phone for phone in (user.phone, customer.phone) if phone and verified_user(phone=phone) == user}
    for data in CustomerAddress.objects.filter(customer__in=rows).values_list("data", flat=True):
        names.add(str(data.get("name", "")))
        places.add(str(data.get("line1", "")))
        phones.add(str(data.get("phone", "")))
    return Person(
        customer_ids=tuple(row.pk for row in rows),
        user_id=customer.user_id,
        emails=tuple(sorted(filter(None, emails))),
        phones=tuple(sorted(filter(None, phones))),
        names=tuple(sorted(filter(None, names))),
        places=tuple(sorted(filter(None, places))),
    )


def data_requests(*, customer_id: int | None = None) -> QuerySet[DataRequest]:
    """Return what was asked for, of one customer or of all."""
    rows = DataRequest.objects.select_related("customer")
    return rows if customer_id is None else rows.filter(customer_id=customer_id)
