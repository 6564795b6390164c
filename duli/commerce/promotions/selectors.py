"""Named reads of promotions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db.models import Count, Min, Q, QuerySet, Sum

from duli.base.clock import now
from duli.base.errors import NotFound
from duli.base.money import Money
from duli.commerce.catalogue.models import CollectionProduct, Product, ProductCategory
from duli.commerce.catalogue.states import ProductStatus
from duli.commerce.pricing.models import Cost
from duli.commerce.pricing.promotion_types import Promotion as Frozen
from duli.commerce.pricing.promotion_types import Snapshot
from duli.commerce.pricing.selectors import conversion
from duli.commerce.promotions import rules
from duli.commerce.promotions.codes import normalised
from duli.commerce.promotions.models import Claim, Code, Counter, Promotion, Taken, Use
from duli.commerce.promotions.types import (
    CodeNotNow,
    CodeOfSomebody,
    CodeOver,
    CodeTooEarly,
    CodeUnknown,
    CodeUsed,
    Coupon,
    PromotionRow,
    Usage,
)
from duli.platform.store.changes import ChangeCache
from duli.platform.store.selectors import current_store

TOPICS = ("promotions", "prices", "store")
EMPTY = Snapshot()
MOST_LISTED = 500
_NEVER = datetime.max.replace(tzinfo=UTC)
ALL: Final = "all"
"""The counter of everybody's uses together."""
BUDGET: Final = "budget"
"""The counter of what was given, in minor units of the store's own currency."""

_snapshots: ChangeCache[tuple[Snapshot, datetime]] = ChangeCache(64)
# What ended long before the snapshot was taken is not in it; it is taken anew before that could matter.
_KEEP = timedelta(hours=1)


def snapshot(currency: str, language: str) -> Snapshot:
    """Return every promotion that runs or will, in a currency and language: one query a change, none for a quote."""
    instant = now()
    kept = _snapshots.get((currency, language))
    if kept is not None and abs(kept[1] - instant) < _KEEP:
        return kept[0]
    generation = _snapshots.generation()
    found = _read(currency, language, instant)
    _snapshots.put((currency, language), (found, instant), TOPICS, generation=generation)
    return found


def snapshot_at(
    currency: str, language: str, at: datetime, *, also: int | None = None, draft: Promotion | None = None
) -> Snapshot:
    """Return the promotions as a quote of another time would read them, with one that may be switched off (`also`), or
    one as it would be saved (`draft`, in place of the stored one)."""
    return _read(currency, language, at, also, draft)


def read_in(row: Promotion, currency: str, language: str) -> Frozen | None:
    """Return a promotion, saved or not, as quotes of a currency read it now; None where it has no value there."""
    try:
        found: Frozen = rules.read(row, language, _converting(currency, now()))
        return found
    except rules.NoAmount:
        return None


def _read(
    currency: str, language: str, instant: datetime, also: int | None = None, draft: Promotion | None = None
) -> Snapshot:
    running = Q(ends_at__isnull=True) | Q(ends_at__gt=instant - 2 * _KEEP)
    rows = list(Promotion.objects.filter(running & Q(is_active=True) | Q(pk=also or 0)))
    if draft is not None:
        rows = [*(row for row in rows if row.pk != draft.pk), draft]
    found = []
    convert = _converting(currency, instant)
    for row in rows:
        try:
            found.append(rules.read(row, language, convert))
        except rules.NoAmount:
            continue
    return Snapshot(tuple(found)) if found else EMPTY


def _converting(currency: str, instant: datetime) -> rules.Convert:
    def convert(amounts: Mapping[str, int]) -> int | None:
        if currency in amounts:
            return amounts[currency]
        for base, minor in amounts.items():
            change = conversion(currency, instant, base)
            if change is not None:
                return change.money(Money(minor, base)).minor
        return None

    return convert


def costs_of(variant_ids: Iterable[int], currency: str) -> dict[int, int]:
    """Return what a unit costs the merchant, in minor units of `currency`; what nobody knows is absent (one query)."""
    instant = now()
    found = {}
    for pk, own, minor in Cost.objects.filter(variant_id__in=list(variant_ids)).values_list(
        "variant_id", "currency", "minor"
    ):
        change = conversion(currency, instant, own) if own != currency else None
        if own == currency or change is not None:
            found[pk] = change.money(Money(minor, own)).minor if change else minor
    return found


_facets: ChangeCache[frozenset[str]] = ChangeCache(20_000)


def facets_of(product_ids: Iterable[int]) -> dict[int, frozenset[str]]:
    """Return by what promotions know each product: itself, its brand, collections, categories and tags.

    Four queries for all that are not in the process yet; none for the others, until goods are changed.
    """
    known: dict[int, frozenset[str]] = {}
    missing = []
    generation = _facets.generation()
    for pk in dict.fromkeys(product_ids):
        kept = _facets.get(pk)
        if kept is None:
            missing.append(pk)
        else:
            known[pk] = kept
    if missing:
        for pk, facets in _read_facets(missing).items():
            known[pk] = frozenset(facets)
            _facets.put(pk, known[pk], ["catalogue"], generation=generation)
    return known


def _read_facets(wanted: list[int]) -> dict[int, set[str]]:
    found: dict[int, set[str]] = {pk: {f"product:{pk}"} for pk in wanted}
    for pk, brand_id in Product.objects.filter(pk__in=wanted, brand__isnull=False).values_list("pk", "brand_id"):
        found[pk].add(f"brand:{brand_id}")
    for kind, rows in (
        (
            "collection",
            CollectionProduct.objects.filter(product_id__in=wanted).values_list("product_id", "collection_id"),
        ),
        ("category", ProductCategory.objects.filter(product_id__in=wanted).values_list("product_id", "category_id")),
        ("tag", Product.tags.through.objects.filter(product_id__in=wanted).values_list("product_id", "tag_id")),
    ):
        for pk, other in rows:
            found[pk].add(f"{kind}:{other}")
    return found


def reach(given: Mapping[str, Any]) -> int | None:
    """Return on how many active products cleaned rules are, as far as products tell; None: on whatever is bought."""
    scope = given.get("scope") or (given.get("buy") or {}).get("scope")
    if scope is None:
        return None
    rows = Product.objects.filter(status=ProductStatus.ACTIVE)
    if scope.get("any_of"):
        rows = rows.filter(pk__in=_products_with(scope["any_of"]))
    if scope.get("none_of"):
        rows = rows.exclude(pk__in=_products_with(scope["none_of"]))
    return rows.count()


def products_with(facets: Iterable[str], *, limit: int) -> list[int]:
    """Return some active products that have one of these facets (one query)."""
    rows = Product.objects.filter(pk__in=_products_with(facets), status=ProductStatus.ACTIVE)
    return list(rows.order_by("pk").values_list("pk", flat=True)[:limit])


def _products_with(facets: Iterable[str]) -> QuerySet[Product, int]:
    by_kind: dict[str, list[str]] = {}
    for facet in facets:
        kind, _colon, pk = facet.partition(":")
        by_kind.setdefault(kind, []).append(pk)
    wanted = Q(pk__in=[])
    for kind, lookup in _BY_FACET.items():
        if kind in by_kind:
            wanted |= Q(**{f"{lookup}__in": by_kind[kind]})
    return Product.objects.filter(wanted).values_list("pk", flat=True)


_BY_FACET: Final = {
    "product": "pk",
    "variant": "variants",
    "collection": "memberships__collection",
    "category": "category_links__category",
    "brand": "brand",
    "tag": "tags",
}


def counters_of(buyer_keys: Iterable[str]) -> list[str]:
    """Return the keys of every counter that an order of this buyer may raise today, in the store's own zone."""
    day = now().astimezone(ZoneInfo(current_store().time_zone)).date()
    return [ALL, BUDGET, f"day:{day.isoformat()}", *buyer_keys]


def spent(promotions: Iterable[Frozen], buyer_keys: Iterable[str]) -> frozenset[int]:
    """Return which of these have been used as often as they may be, by all or by this buyer.

    One query where any is limited, and one where any is for the first order (or that of another number).
    """
    promotions, buyer_keys = tuple(promotions), tuple(buyer_keys)
    return _counted_out(promotions, buyer_keys) | _claimed(promotions, buyer_keys)


def _claimed(promotions: Sequence[Frozen], buyer_keys: Sequence[str]) -> frozenset[int]:
    """Return what is for an order of a number that this buyer has had, as `services.use` would find."""
    numbered = [entry for entry in promotions if entry.audience.order_number]
    if not numbered or not buyer_keys:
        return frozenset()
    had = frozenset(Claim.objects.filter(key__in=buyer_keys).values_list("number", flat=True))
    return frozenset(entry.id for entry in numbered if entry.audience.order_number in had)


def _counted_out(promotions: Sequence[Frozen], buyer_keys: Sequence[str]) -> frozenset[int]:
    limited = {entry.id: entry for entry in promotions if entry.is_limited}
    if not limited:
        return frozenset()
    rows = Counter.objects.filter(key__in=counters_of(buyer_keys)).values_list("promotion_id", "key", "used")
    found = set()
    for promotion_id, key, used in rows.filter(promotion_id__in=limited) if len(limited) < 200 else rows:
        limit = limited[promotion_id].limit_of(key) if promotion_id in limited else None
        if limit is not None and used >= limit:
            found.add(promotion_id)
    return frozenset(found)


@dataclass(frozen=True, slots=True)
class Listed:
    """A promotion whose code is shown to everybody."""

    promotion: Frozen
    code: str
    is_used: bool


def listed(currency: str, language: str) -> list[Listed]:
    """Return what is in the coupon centre now, what ends first first; codes made for one person each are not."""
    instant = now()
    running = {entry.id: entry for entry in snapshot(currency, language).promotions if entry.is_on(instant)}
    rows = Code.objects.filter(
        promotion_id__in=running, promotion__is_listed=True, is_active=True, batch__isnull=True, customer__isnull=True
    ).order_by("promotion_id", "pk")
    found: dict[int, Listed] = {}
    for code in rows[:MOST_LISTED]:
        used = code.limit is not None and code.used >= code.limit
        known = found.get(code.promotion_id)
        if known is None or known.is_used:
            found[code.promotion_id] = Listed(running[code.promotion_id], code.text, used)
    return sorted(found.values(), key=lambda entry: (entry.promotion.ends_at or _NEVER, entry.promotion.id))


def has_listed() -> bool:
    """Whether anything is in the coupon centre, now or later."""
    over = Q(ends_at__lte=now())
    return Promotion.objects.filter(is_listed=True, is_active=True).exclude(over).exists()


def entered(texts: Iterable[str]) -> list[Code]:
    """Return the codes with these texts, in any state (one query, or none)."""
    wanted = [text for text in texts if text]
    return list(Code.objects.filter(text__in=wanted).order_by("pk")) if wanted else []


def code_for(text: str, customer_id: int | None = None) -> Code:
    """Return the code that a customer (None: nobody known) entered, if it could be used now.

    CodeUnknown, CodeNotNow (CodeTooEarly, CodeOver), CodeOfSomebody, CodeUsed.
    """
    plain = normalised(text)
    code = Code.objects.select_related("promotion").filter(text=plain).first() if plain else None
    if code is None or not code.is_active:
        raise CodeUnknown()
    row, instant = code.promotion, now()
    if row.ends_at and row.ends_at <= instant:
        raise CodeOver()
    if not row.is_active:
        raise CodeNotNow()
    if row.starts_at and instant < row.starts_at:
        raise CodeTooEarly()
    if code.customer_id not in {None, customer_id}:
        raise CodeOfSomebody()
    if code.limit is not None and code.used >= code.limit:
        raise CodeUsed()
    if code.expires_at is not None and code.expires_at <= instant:
        raise CodeOver()
    return code


def coupons_of(customer_id: int, currency: str, language: str) -> list[Coupon]:
    """Return every code that a customer was given or took, what can be used first, then the newest (three queries).

    One that may be used again is ready though it was used before.
    """
    instant = now()
    # Asked for apart, so that an index answers among a hundred thousand codes.
    taken = list(Taken.objects.filter(customer_id=customer_id).values_list("code_id", flat=True)[:MOST_LISTED])
    mine = Q(customer_id=customer_id) | Q(pk__in=taken)
    codes = list(Code.objects.filter(mine).select_related("promotion").order_by("-pk")[:MOST_LISTED])
    uses = Use.objects.filter(customer_id=customer_id, code__in=codes, returned_at__isnull=True).order_by()
    used = dict(uses.values_list("code_id").annotate(Count("pk")))
    known = {entry.id: entry for entry in snapshot(currency, language).promotions}
    found = []
    for code in codes:
        row = code.promotion
        ends = min(filter(None, [code.expires_at, row.ends_at]), default=None)
        state = _coupon_state(code, used.get(code.pk, 0), ends, instant)
        title = rules.title_of(row, language)
        reason = (code.given_for or "").partition(":")[0]
        found.append(Coupon(code.text, title, state, ends, code.customer_id is not None, known.get(row.pk), reason))
    return sorted(found, key=lambda entry: ("ready", "later", "used", "over").index(entry.state))


def _coupon_state(code: Code, uses: int, ends: datetime | None, instant: datetime) -> str:
    row = code.promotion
    spent_by_all = code.limit is not None and code.used >= code.limit
    if uses and (spent_by_all or (row.limit_customer is not None and uses >= row.limit_customer)):
        return "used"
    if not (code.is_active and row.is_active) or (ends and ends <= instant) or spent_by_all:
        return "used" if uses else "over"
    return "later" if row.starts_at and instant < row.starts_at else "ready"


def given_to_customers(promotion_id: int) -> tuple[int, int]:
    """Return how many codes of a promotion were given to one customer each, and how many of them were used."""
    rows = Code.objects.filter(promotion_id=promotion_id, customer__isnull=False)
    found = rows.aggregate(given=Count("pk"), used=Count("pk", filter=Q(used__gt=0)))
    return found["given"], found["used"]


def gives_on_birthdays() -> bool:
    """Whether any promotion that runs gives codes for birthdays (one query)."""
    instant = now()
    rows = Promotion.objects.filter(birthday_before__isnull=False, is_active=True).exclude(ends_at__lte=instant)
    return rows.exclude(starts_at__gt=instant).exists()


def state_of(row: Promotion, instant: datetime) -> str:
    """Return "running", "scheduled", "ended" or "off"."""
    if row.ends_at and row.ends_at <= instant:
        return "ended"
    if not row.is_active:
        return "off"
    return "scheduled" if row.starts_at and row.starts_at > instant else "running"


def promotion_list(
    *, state: str = "", query: str = "", after: str = "", limit: int = 50, without: Iterable[int] = ()
) -> tuple[list[PromotionRow], str]:
    """Return promotions, newest first but those of `without`, and the cursor of the next page."""
    instant = now()
    rows = Promotion.objects.exclude(pk__in=without)
    over = Q(ends_at__lte=instant)
    if state == "ended":
        rows = rows.filter(over)
    elif state == "off":
        rows = rows.filter(is_active=False).exclude(over)
    elif state == "scheduled":
        rows = rows.filter(is_active=True, starts_at__gt=instant)
    elif state == "running":
        rows = rows.filter(Q(starts_at__isnull=True) | Q(starts_at__lte=instant), is_active=True).exclude(over)
    if query:
        rows = rows.filter(Q(name__icontains=query[:100]) | Q(codes__text=normalised(query))).distinct()
    if after.isascii() and after.isdigit() and len(after) < 19:
        rows = rows.filter(pk__lt=int(after))
    found = list(rows.order_by("-pk")[: limit + 1])
    page = found[:limit]
    ids = [row.pk for row in page]
    used = dict(
        Use.objects.filter(promotion_id__in=ids, returned_at__isnull=True)
        .values_list("promotion_id")
        .annotate(count=Count("pk"))
    )
    entered_by_all = Code.objects.filter(promotion_id__in=ids, batch__isnull=True, customer__isnull=True)
    firsts = entered_by_all.values_list("promotion_id").annotate(first=Min("text"), count=Count("pk"))
    codes = {pk: first if count == 1 else f"{first} +{count - 1}" for pk, first, count in firsts}
    listed = [
        PromotionRow(
            id=row.pk,
            name=row.name,
            rules=row.rules,
            state=state_of(row, instant),
            needs_code=row.needs_code,
            code=codes.get(row.pk, ""),
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            uses=used.get(row.pk, 0),
            limit_total=row.limit_total,
            on_shelf=row.on_shelf,
            birthday_before=row.birthday_before,
        )
        for row in page
    ]
    return listed, str(page[-1].pk) if len(found) > limit else ""


def promotion_by_id(promotion_id: int) -> Promotion:
    """NotFound."""
    found = Promotion.objects.filter(pk=promotion_id).first()
    if found is None:
        raise NotFound()
    return found


def names_asking_for(group: str) -> list[str]:
    """Return what promotions are called that are for this group of customers and are not over."""
    rows = Promotion.objects.exclude(ends_at__lte=now()).order_by("pk").values_list("name", "rules")
    return [name for name, found in rows if group in found.get("audience", {}).get("tags", ())]


def code_of(promotion_id: int, code_id: int) -> Code:
    """Return a code of this promotion. NotFound."""
    found = Code.objects.filter(pk=code_id, promotion_id=promotion_id).first()
    if found is None:
        raise NotFound()
    return found


def usage(promotion_id: int) -> list[Usage]:
    """Return what a promotion gave and what the orders with it came to, by currency (one query)."""
    rows = Use.objects.filter(promotion_id=promotion_id, returned_at__isnull=True).order_by("currency")
    sums = rows.values_list("currency").annotate(Count("pk"), Sum("amount_minor"), Sum("total_minor"))
    return [
        Usage(currency, count, Money(given, currency), Money(sold, currency)) for currency, count, given, sold in sums
    ]
