"""The rules of a promotion as JSON: checked when they are saved, read into `pricing`'s frozen types for a quote.

    {"kind": "percent", "scope": {"any_of": ["collection:3"]}, "points": 1000,
     "needs": [{"amount": {"CNY": 10000}}], "audience": {"order_number": 1}}

Amounts are minor units by currency. In a currency that is not named they are converted, as prices are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any, Final

from duli.base.errors import InvalidInput
from duli.base.money import exponent
from duli.commerce.pricing.promotion_types import (
    REDUCED,
    WHOLE,
    AddOn,
    Amount,
    Audience,
    Benefit,
    Bundle,
    BuyGet,
    Ladder,
    Need,
    Part,
    Percent,
    PointsTimes,
    Price,
    PriceTable,
    Scope,
    ShippingOff,
    Step,
    Tiers,
)
from duli.commerce.promotions.models import Promotion
from duli.commerce.promotions.types import PromotionDraft

KINDS: Final = (
    "percent",
    "amount",
    "price",
    "ladder",
    "bundle",
    "buy_get",
    "shipping",
    "add_on",
    "tiers",
    "table",
    "points",
)
MOST_FACETS: Final = 2000
MOST_STEPS: Final = 20
MOST_ROWS: Final = 5000
"""Lines of a table of prices; more slow down the reading of all promotions."""
MOST_MINOR: Final = 10**12
MOST_UNITS: Final = 100_000
MOST_TIMES: Final = 10_000
"""A hundred times the points, in per cent."""
REFERRALS: Final = frozenset({"friend", "partner"})

_FACET = re.compile(r"(?:product|variant|collection|category|brand|tag):[1-9][0-9]{0,17}|" + REDUCED)

Convert = Callable[[Mapping[str, int]], int | None]
"""Returns an amount by currency in the currency that is wanted; None where it cannot be known."""


class NoAmount(Exception):
    """An amount has no value in the currency that is wanted."""


def _whole(value: Any, name: str, least: int, most: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise InvalidInput(field=name)
    return value


def _amounts(value: Any, name: str) -> dict[str, int]:
    if not isinstance(value, Mapping) or not value or len(value) > 50:
        raise InvalidInput(field=name)
    found = {}
    for currency, minor in value.items():
        try:
            exponent(str(currency))
        except ValueError:
            raise InvalidInput(field="currency") from None
        found[str(currency)] = _whole(minor, name, 0, MOST_MINOR)
    return found


def _mapping(value: Any, name: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise InvalidInput(field=name)
    return value


def _list(value: Any, name: str, most: int) -> list[Any]:
    if not isinstance(value, list | tuple) or len(value) > most:
        raise InvalidInput(field=name)
    return list(value)


def _words(value: Any, name: str) -> list[str]:
    found = _list(value, name, 200)
    if any(not isinstance(word, str) or not 0 < len(word) <= 80 or "\x00" in word for word in found):
        raise InvalidInput(field=name)
    return sorted(set(found))


def _clean_scope(value: Any) -> dict[str, Any]:
    given = _mapping(value, "scope")
    found: dict[str, Any] = {}
    for name in ("any_of", "none_of"):
        facets = _list(given.get(name, []), "scope", MOST_FACETS)
        if any(not isinstance(facet, str) or not _FACET.fullmatch(facet) for facet in facets):
            raise InvalidInput(field="scope")
        if facets:
            found[name] = sorted(set(facets))
    for name in ("price_from", "price_to"):
        if given.get(name):
            found[name] = _amounts(given[name], "price")
    return found


def _clean_part(value: Any) -> dict[str, Any]:
    given = _mapping(value, "parts")
    return {
        "scope": _clean_scope(given.get("scope", {})),
        "quantity": _whole(given.get("quantity", 1), "quantity", 1, MOST_UNITS),
    }


def _clean_step(value: Any, by_quantity: bool) -> dict[str, Any]:
    given = _mapping(value, "steps")
    at = given.get("at")
    step: dict[str, Any] = {"at": _whole(at, "steps", 1, MOST_UNITS) if by_quantity else _amounts(at, "steps")}
    if given.get("points"):
        step["points"] = _whole(given["points"], "percent", 1, WHOLE)
    else:
        step["amount"] = _amounts(given.get("amount"), "amount")
    if not by_quantity and not all(step["at"].values()):
        raise InvalidInput(field="steps")
    return step


def _clean_ladder(given: Mapping[str, Any]) -> dict[str, Any]:
    by_quantity, repeats = bool(given.get("by_quantity")), bool(given.get("repeats"))
    steps = [_clean_step(step, by_quantity) for step in _list(given.get("steps", []), "steps", MOST_STEPS)]
    if not steps or (repeats and (len(steps) > 1 or "points" in steps[0])):
        raise InvalidInput(field="steps")
    for before, after in pairwise(steps):
        rises = (
            before["at"] < after["at"]
            if by_quantity
            else before["at"].keys() == after["at"].keys()
            and all(minor < after["at"][currency] for currency, minor in before["at"].items())
        )
        if not rises:
            raise InvalidInput(field="steps")
    return {
        "scope": _clean_scope(given.get("scope", {})),
        "by_quantity": by_quantity,
        "repeats": repeats,
        "steps": steps,
    }


def _clean_tiers(given: Mapping[str, Any]) -> dict[str, Any]:
    """What a unit costs from so many on: more units are never dearer by the unit, which the merchant has to see to."""
    steps = []
    for value in _list(given.get("steps", []), "steps", MOST_STEPS):
        step = _mapping(value, "steps")
        found: dict[str, Any] = {"at": _whole(step.get("at"), "steps", 1, MOST_UNITS)}
        if step.get("points"):
            found["points"] = _whole(step["points"], "percent", 1, WHOLE)
        else:
            found["amount"] = _amounts(step.get("amount"), "amount")
        steps.append(found)
    if not steps or any(before["at"] >= after["at"] for before, after in pairwise(steps)):
        raise InvalidInput(field="steps")
    return {"scope": _clean_scope(given.get("scope", {})), "steps": steps}


def _clean_table(given: Mapping[str, Any]) -> dict[str, Any]:
    """Rows of variant, product, units and amount; the scope is the products that the rows name."""
    rows: dict[tuple[int, int], dict[str, Any]] = {}
    for value in _list(given.get("rows", []), "rows", MOST_ROWS):
        row = _mapping(value, "rows")
        variant = _whole(row.get("variant"), "rows", 1, 2**63 - 1)
        at = _whole(row.get("at", 1), "rows", 1, MOST_UNITS)
        if (variant, at) in rows:
            raise InvalidInput(field="rows")
        product = _whole(row.get("product"), "rows", 1, 2**63 - 1)
        amount = _amounts(row.get("amount"), "amount")
        rows[variant, at] = {"variant": variant, "product": product, "at": at, "amount": amount}
    products = sorted({f"product:{row['product']}" for row in rows.values()})
    if not rows or len(products) > MOST_FACETS:
        raise InvalidInput(field="rows")
    return {"scope": {"any_of": products}, "rows": [rows[key] for key in sorted(rows)]}


def may_be_on_shelf(rules: Mapping[str, Any]) -> bool:
    """Whether cleaned rules can be the price on the page: they need nothing else in the cart and know no order."""
    if rules["needs"] or {"order_number", "payments", "referrals"} & rules["audience"].keys():
        return False
    kind = rules["kind"]
    return kind in {"price", "tiers", "table"} or (kind == "percent" and "most" not in rules) or bool(rules.get("each"))


def clean(rules: Any) -> dict[str, Any]:
    """Return rules as they are stored. InvalidInput names what is wrong with them."""
    given = _mapping(rules, "rules")
    kind = given.get("kind")
    if kind not in KINDS:
        raise InvalidInput(field="kind")
    found: dict[str, Any] = {"kind": kind}
    if kind in {"percent", "amount", "price"}:
        found["scope"] = _clean_scope(given.get("scope", {}))
    if kind == "percent":
        found["points"] = _whole(given.get("points"), "percent", 1, WHOLE)
        if given.get("most"):
            found["most"] = _amounts(given["most"], "most")
    elif kind in {"amount", "price"}:
        found["amount"] = _amounts(given.get("amount"), "amount")
        if kind == "amount":
            found["each"] = bool(given.get("each"))
            if not any(found["amount"].values()):
                raise InvalidInput(field="amount")
    elif kind == "ladder":
        found |= _clean_ladder(given)
    elif kind == "tiers":
        found |= _clean_tiers(given)
    elif kind == "table":
        found |= _clean_table(given)
    elif kind == "points":
        found["scope"] = _clean_scope(given.get("scope", {}))
        found["times"] = _whole(given.get("times"), "times", 101, MOST_TIMES)
    elif kind == "add_on":
        found["scope"] = _clean_scope(given.get("scope", {}))
        if not found["scope"].get("any_of"):
            raise InvalidInput(field="scope")
        found["amount"] = _amounts(given.get("amount"), "amount")
        found["quantity"] = _whole(given.get("quantity", 1), "quantity", 1, 100)
    elif kind == "bundle":
        found["parts"] = [_clean_part(part) for part in _list(given.get("parts", []), "parts", 20)]
        if not found["parts"]:
            raise InvalidInput(field="parts")
        found["amount"] = _amounts(given.get("amount"), "amount")
    elif kind == "buy_get":
        found |= {"buy": _clean_part(given.get("buy", {})), "get": _clean_part(given.get("get", {}))}
        found["points"] = _whole(given.get("points", WHOLE), "percent", 1, WHOLE)
    else:
        found["points"] = _whole(given.get("points", WHOLE), "percent", 1, WHOLE)
        if given.get("most"):
            found["most"] = _amounts(given["most"], "most")
    if kind in {"ladder", "bundle", "buy_get"}:
        found["most_times"] = _whole(given.get("most_times", 0), "most", 0, MOST_UNITS)
    found["needs"] = [_clean_need(need) for need in _list(given.get("needs", []), "needs", 20)]
    found["audience"] = _clean_audience(_mapping(given.get("audience", {}), "audience"))
    return found


def _clean_need(value: Any) -> dict[str, Any]:
    given = _mapping(value, "needs")
    need: dict[str, Any] = {"scope": _clean_scope(given.get("scope", {}))}
    if given.get("quantity"):
        need["quantity"] = _whole(given["quantity"], "quantity", 1, MOST_UNITS)
    if given.get("amount"):
        need["amount"] = _amounts(given["amount"], "amount")
    return need


def _clean_audience(given: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if given.get("order_number"):
        found["order_number"] = _whole(given["order_number"], "orders", 1, MOST_UNITS)
    if given.get("members"):
        found["members"] = True
    for name in ("tags", "markets", "sources", "payments", "referrals"):
        words = _words(given.get(name, []), name)
        if words:
            found[name] = words
    if not REFERRALS.issuperset(found.get("referrals", ())):
        raise InvalidInput(field="referrals")
    return found


def title_of(row: Promotion, language: str) -> str:
    """Return what shoppers read: the title in their language, else the name."""
    return row.titles.get(language) or row.titles.get(language.split("-")[0]) or row.name


def read(row: Promotion, language: str, convert: Convert) -> Any:
    """Return a stored promotion as a quote reads it; NoAmount where it has none in this currency."""
    from duli.commerce.pricing.promotion_types import Promotion as Frozen
    from duli.commerce.pricing.promotion_types import Stacking

    rules = row.rules
    reader = _Reader(convert)
    return Frozen(
        id=row.pk,
        version=row.version,
        title=title_of(row, language),
        benefit=reader.benefit(rules),
        needs=tuple(
            Need(reader.scope(need["scope"]), need.get("quantity", 0), reader.amount(need.get("amount")))
            for need in rules.get("needs", [])
        ),
        audience=_audience(rules.get("audience", {})),
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        needs_code=row.needs_code,
        stacking=Stacking(row.stacking),
        group=row.group,
        priority=row.priority,
        limit_total=row.limit_total,
        limit_day=row.limit_day,
        limit_customer=row.limit_customer,
        on_shelf=row.on_shelf,
        since=row.starts_at or row.created_at,
        floor=row.floor_points,
        budget=row.budget_minor,
    )


def _audience(given: Mapping[str, Any]) -> Audience:
    return Audience(
        order_number=given.get("order_number", 0),
        members=given.get("members", False),
        tags=frozenset(given.get("tags", ())),
        markets=frozenset(given.get("markets", ())),
        sources=frozenset(given.get("sources", ())),
        payments=frozenset(given.get("payments", ())),
        referrals=frozenset(given.get("referrals", ())),
    )


class _Reader:
    def __init__(self, convert: Convert) -> None:
        self._convert = convert

    def amount(self, amounts: Mapping[str, int] | None) -> int:
        if not amounts:
            return 0
        found = self._convert(amounts)
        if found is None:
            raise NoAmount
        return found

    def scope(self, given: Mapping[str, Any]) -> Scope:
        return Scope(
            frozenset(given.get("any_of", ())),
            frozenset(given.get("none_of", ())),
            self.amount(given["price_from"]) if "price_from" in given else None,
            self.amount(given["price_to"]) if "price_to" in given else None,
        )

    def _part(self, given: Mapping[str, Any]) -> Part:
        return Part(self.scope(given["scope"]), given["quantity"])

    def benefit(self, rules: Mapping[str, Any]) -> Benefit:
        kind, amount = rules["kind"], self.amount(rules.get("amount"))
        most, times = self.amount(rules.get("most")), rules.get("most_times", 0)
        if kind == "percent":
            return Percent(self.scope(rules["scope"]), rules["points"], most)
        if kind == "amount":
            return Amount(self.scope(rules["scope"]), amount, rules["each"])
        if kind == "price":
            return Price(self.scope(rules["scope"]), amount)
        if kind == "bundle":
            return Bundle(tuple(self._part(part) for part in rules["parts"]), amount, times)
        if kind == "buy_get":
            return BuyGet(self._part(rules["buy"]), self._part(rules["get"]), rules["points"], times)
        if kind == "shipping":
            return ShippingOff(rules["points"], most)
        if kind == "points":
            return PointsTimes(self.scope(rules["scope"]), rules["times"])
        if kind == "add_on":
            return AddOn(self.scope(rules["scope"]), amount, rules["quantity"])
        if kind == "tiers":
            tiers = [
                Step(step["at"], self.amount(step.get("amount")), step.get("points", 0)) for step in rules["steps"]
            ]
            return Tiers(self.scope(rules["scope"]), tuple(tiers))
        if kind == "table":
            table: dict[str, list[Step]] = {}
            for row in rules["rows"]:
                table.setdefault(f"variant:{row['variant']}", []).append(Step(row["at"], self.amount(row["amount"])))
            return PriceTable(
                self.scope(rules["scope"]), tuple((facet, tuple(found)) for facet, found in table.items())
            )
        by_quantity = rules["by_quantity"]
        steps = tuple(
            Step(
                step["at"] if by_quantity else self.amount(step["at"]),
                self.amount(step.get("amount")),
                step.get("points", 0),
            )
            for step in rules["steps"]
        )
        return Ladder(self.scope(rules["scope"]), steps, by_quantity, rules["repeats"], times)


def data_of(draft: PromotionDraft) -> dict[str, Any]:
    """Return a draft as a version keeps it."""
    return {
        "name": draft.name,
        "titles": dict(draft.titles),
        "rules": dict(draft.rules),
        "needs_code": draft.needs_code,
        "is_active": draft.is_active,
        "starts_at": draft.starts_at.isoformat() if draft.starts_at else None,
        "ends_at": draft.ends_at.isoformat() if draft.ends_at else None,
        "stacking": draft.stacking,
        "group": draft.group,
        "priority": draft.priority,
        "limits": [draft.limit_total, draft.limit_customer, draft.limit_day],
        "on_shelf": draft.on_shelf,
        "is_listed": draft.is_listed,
        "floor_points": draft.floor_points,
        "budget_minor": draft.budget_minor,
        "birthday": [draft.birthday_before, draft.birthday_after],
    }
