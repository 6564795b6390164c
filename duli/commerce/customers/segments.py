"""The rules of a segment as JSON, and who fits them: for one customer without the database, for all as a filter.

    {"orders_from": 2, "spent_from_minor": 50000, "quiet_days": 90, "tags": ["vip"], "accepts": ["email"]}

Amounts are minor units of the store's own currency. Days are counted back from the moment that is asked about; dates
are days of the store.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final

from duli.base.errors import InvalidInput
from duli.commerce.customers.models import Channel
from duli.commerce.customers.types import CustomerFilter, Facts
from duli.platform.store.days import day_begins, day_ends

MARK: Final = "segment:"
"""How audiences call one: "segment:3"."""
MOST_SEGMENTS: Final = 100
MOST_DAYS: Final = 3660
MOST_MINOR: Final = 10**12
MOST_ORDERS: Final = 1_000_000
NUMBERS: Final = {
    "orders_from": (1, MOST_ORDERS),
    "orders_to": (0, MOST_ORDERS),
    "spent_from_minor": (1, MOST_MINOR),
    "spent_to_minor": (0, MOST_MINOR),
    "ordered_days": (1, MOST_DAYS),
    "quiet_days": (1, MOST_DAYS),
    "joined_days": (1, MOST_DAYS),
}
"""`ordered_days`: the last order is so old at most; `quiet_days`: at least; `joined_days`: known so long at most."""
DATES: Final = ("last_order_from", "last_order_to")
WORDS: Final = ("countries", "languages", "tags", "without_tags", "accepts")
MOST_WORDS: Final = 300


def clean(rules: Any) -> dict[str, Any]:
    """Return rules as they are stored. InvalidInput names what is wrong; rules that narrow nothing are wrong.

    So are rules that nobody knows: one that is misspelt would let in whom it was to leave out.
    """
    if not isinstance(rules, Mapping) or not {*NUMBERS, *DATES, *WORDS}.issuperset(rules):
        raise InvalidInput(field="rules")
    found: dict[str, Any] = {}
    for name, (least, most) in NUMBERS.items():
        value = rules.get(name)
        if value is None:
            continue
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise InvalidInput(field=name)
        found[name] = value
    for name in DATES:
        if rules.get(name):
            try:
                found[name] = date.fromisoformat(str(rules[name])).isoformat()
            except ValueError:
                raise InvalidInput(field=name) from None
    for name in WORDS:
        words = rules.get(name) or []
        if not isinstance(words, list | tuple) or len(words) > MOST_WORDS:
            raise InvalidInput(field=name)
        if any(not isinstance(word, str) or not 0 < len(word.strip()) == len(word) <= 60 for word in words):
            raise InvalidInput(field=name)
        if any("\x00" in word for word in words):
            raise InvalidInput(field=name)
        if words:
            found[name] = sorted(set(words))
    if not set(Channel.values).issuperset(found.get("accepts", ())):
        raise InvalidInput(field="accepts")
    for low, high in (("orders_from", "orders_to"), ("spent_from_minor", "spent_to_minor"), DATES):
        if low in found and high in found and found[low] > found[high]:
            raise InvalidInput(field=high)
    if "ordered_days" in found and found.get("quiet_days", 0) >= found["ordered_days"]:
        raise InvalidInput(field="quiet_days")
    if not found:
        raise InvalidInput(field="rules")
    return found


def filter_of(rules: Mapping[str, Any], at: datetime) -> CustomerFilter:
    """Return what stored rules mean at a moment."""
    first, last = (date.fromisoformat(rules[name]) if name in rules else None for name in DATES)
    since = [day_begins(first)] if first else []
    until = [day_ends(last)] if last else []
    if "ordered_days" in rules:
        since.append(at - timedelta(days=rules["ordered_days"]))
    if "quiet_days" in rules:
        until.append(at - timedelta(days=rules["quiet_days"]))
    return CustomerFilter(
        orders_from=rules.get("orders_from"),
        orders_to=rules.get("orders_to"),
        spent_from_minor=rules.get("spent_from_minor"),
        spent_to_minor=rules.get("spent_to_minor"),
        last_order_from=max(since, default=None),
        last_order_to=min(until, default=None),
        joined_from=at - timedelta(days=rules["joined_days"]) if "joined_days" in rules else None,
        countries=rules.get("countries", ()),
        languages=rules.get("languages", ()),
        tags=rules.get("tags", ()),
        without_tags=rules.get("without_tags", ()),
        accepts=rules.get("accepts", ()),
    )


def fits(wanted: CustomerFilter, facts: Facts) -> bool:
    """Say whether a customer fits a filter without words to search by, as `selectors.customers` finds them. Pure."""
    last = facts.last_order_at
    return (
        (wanted.has_orders is None or wanted.has_orders == (facts.orders > 0))
        and (wanted.orders_from is None or wanted.orders_from <= facts.orders)
        and (wanted.orders_to is None or facts.orders <= wanted.orders_to)
        and (wanted.has_account is None or wanted.has_account == facts.has_account)
        and (wanted.spent_from_minor is None or wanted.spent_from_minor <= facts.spent_minor)
        and (wanted.spent_to_minor is None or facts.spent_minor <= wanted.spent_to_minor)
        and (wanted.last_order_from is None or (last is not None and wanted.last_order_from <= last))
        and (wanted.last_order_to is None or (last is not None and last < wanted.last_order_to))
        and (wanted.joined_from is None or wanted.joined_from <= facts.joined_at)
        and (not wanted.countries or facts.country in wanted.countries)
        and (not wanted.languages or facts.language in wanted.languages)
        and (not wanted.tags or not facts.tags.isdisjoint(wanted.tags))
        and facts.tags.isdisjoint(wanted.without_tags)
        and facts.accepts.issuperset(wanted.accepts)
    )
