"""What a discount can be for: the cards of the editor, and how the fields of one become rules and come back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from duli.commerce.customers.segments import MARK as SEGMENT
from duli.commerce.membership.selectors import MARK as TIER
from duli.commerce.pricing.promotion_types import REDUCED
from duli.commerce.promotions.models import Promotion
from duli.web.backoffice.kit.forms import Amount, amount_text

STEPS: Final = 4
PARTS: Final = 4
Values = Mapping[str, Any]
Rules = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Goal:
    """A card: the form of promotion behind it, the fields it has of its own, and an icon."""

    kind: str
    label: Promise
    example: Promise
    icon: str
    fields: tuple[str, ...] = ()
    on_shelf: bool = False


GOALS: Final[dict[str, Goal]] = {
    "percent": Goal("percent", _("Percent off"), _("10% off everything, or off some collections."), "tags",
                    ("percent", "most")),
    "amount": Goal("amount", _("Amount off"), _("¥20 off an order, from a sum on."), "tags",
                   ("amount", "each")),
    "ladder": Goal("ladder", _("The more, the cheaper"), _("¥20 off from ¥200, ¥50 off from ¥400."), "layers"),
    "ladder_percent": Goal("ladder", _("The more, the more percent"), _("5% off from ¥200, 10% off from ¥400."),
                           "layers"),
    "every": Goal("ladder", _("For every amount"), _("¥10 off for every ¥100."), "layers", ("most_times",)),
    "pieces": Goal("ladder", _("By number of items"), _("Two items 10% off, three items 20% off."), "boxes"),
    "buy_get": Goal("buy_get", _("Buy some, get some"), _("Buy two, the cheapest of three is free."), "package",
                    ("buy", "get", "get_on", "percent", "most_times")),
    "bundle": Goal("bundle", _("Bundle price"), _("Any three for ¥99."), "package",
                   ("quantity", "amount", "most_times")),
    "set": Goal("bundle", _("Set of different goods"), _("A pot and two cups for ¥299."), "package",
                ("amount", "most_times")),
    "add_on": Goal("add_on", _("Add-on at a price"), _("From ¥200 on, one of these for ¥9.90."), "plus",
                   ("amount", "quantity")),
    "gift": Goal("add_on", _("Gift with an order"), _("From ¥200 on, shoppers choose one of these for free."),
                 "package",
                 ("quantity",)),
    "price": Goal("price", _("Fixed price"), _("Each of these costs ¥19.90."), "tags", ("amount",)),
    "shipping": Goal("shipping", _("Free shipping"), _("From a sum on, or with a code."), "truck",
                     ("percent", "most")),
    "points": Goal("points", _("Points × N"), _("Twice the points for what is paid for these goods."), "users-round",
                   ("times",)),
    "sale": Goal("percent", _("Sale price for a time"), _("20% off, shown as the price on every page, until Sunday."),
                 "clock", ("percent",), on_shelf=True),
    "sale_price": Goal("price", _("Fixed sale price"), _("¥19.90 on every page, until Sunday."), "clock", ("amount",),
                       on_shelf=True),
    "members": Goal("percent", _("Member prices"), _("Who has an account, or a tag, sees 5% less on every page."),
                    "users-round", ("percent",), on_shelf=True),
    "list": Goal("table", _("Price list"), _("Prices of their own for a group or a market, by article and quantity."),
                 "layers", ("table",), on_shelf=True),
    "tiers": Goal("tiers", _("Prices by quantity"), _("From 10 of a kind on 10% less, from 50 on 20%."), "layers",
                  on_shelf=True),
}  # fmt: skip
OWN_FIELDS: Final = tuple(dict.fromkeys(name for goal in GOALS.values() for name in goal.fields))
GROUPS: Final = ("tags", "tiers", "segments")
NO_SCOPE: Final = ("shipping", "set", "list")
MONEY: Final = (
    *("amount", "most", "from_amount", "price_from", "price_to", "budget"),
    *(f"{name}_{number}" for name in ("at", "off") for number in range(1, STEPS + 1)),
)


def goal_of(row: Promotion) -> str:
    """Return the goal whose card stands for a stored discount."""
    rules = row.rules
    kind = str(rules["kind"])
    if kind == "ladder":
        if rules["by_quantity"]:
            return "pieces"
        return "every" if rules["repeats"] else "ladder_percent" if "points" in rules["steps"][0] else "ladder"
    if kind == "bundle":
        return "set" if len(rules["parts"]) > 1 else "bundle"
    if kind == "add_on":
        return "add_on" if any(rules["amount"].values()) else "gift"
    if row.on_shelf and kind == "percent":
        return "members" if {"members", "tags"} & rules["audience"].keys() else "sale"
    if kind == "table":
        return "list"
    return "sale_price" if row.on_shelf and kind == "price" else kind


def grouped(audience: Values) -> dict[str, list[str]]:
    """Return the groups that an audience names, by the field that stands for their kind."""
    found: dict[str, list[str]] = {name: [] for name in GROUPS}
    for group in audience.get("tags", ()):
        found["tiers" if group.startswith(TIER) else "segments" if group.startswith(SEGMENT) else "tags"].append(group)
    return found


def _points(percent: Any) -> int:
    return int(Decimal(percent) * 100)


def _scope(values: Values, currency: str, name: str = "on") -> Rules:
    scope: Rules = {}
    if values.get(name):
        scope["any_of"] = sorted(values[name])
    if name != "on":
        return scope
    barred = [*(values.get("not_on") or ()), *([REDUCED] if values.get("full_price") else ())]
    if barred:
        scope["none_of"] = sorted(barred)
    for bound in ("price_from", "price_to"):
        if values.get(bound):
            scope[bound] = {currency: values[bound]}
    return scope


def rules_of(goal: str, currency: str, values: Values) -> Rules:
    """Return the rules that the fields of a goal say, as they are stored."""
    kind = GOALS[goal].kind
    scope = _scope(values, currency)
    rules: Rules = {"kind": kind, **_OWN_RULES[kind](goal, currency, values, scope)}
    if "most_times" in GOALS[goal].fields or kind == "ladder":
        rules["most_times"] = values.get("most_times") or 0
    needed = _scope(values, currency, "need_on")
    if not needed and not values.get("need_all"):
        if kind == "add_on":
            needed = {"none_of": scope.get("any_of", [])}
        elif goal not in NO_SCOPE:
            needed = scope
    need: Rules = {"scope": needed}
    if values.get("from_quantity"):
        need["quantity"] = values["from_quantity"]
    if values.get("from_amount"):
        need["amount"] = {currency: values["from_amount"]}
    rules["needs"] = [need] if len(need) > 1 else []
    audience: Rules = {}
    if values.get("first_order"):
        audience["order_number"] = 1
    if values.get("members_only"):
        audience["members"] = True
    # A tier is a group of customers as a tag is, and so is a segment.
    groups = {**values, "tags": [group for name in GROUPS for group in values.get(name) or ()]}
    for name in ("tags", "markets", "sources", "payments", "referrals"):
        if groups.get(name):
            audience[name] = sorted(groups[name])
    rules["audience"] = audience
    return rules


def _ladder(goal: str, currency: str, values: Values, scope: Rules) -> Rules:
    steps = []
    for number in range(1, STEPS + 1):
        at, off = values.get(f"at_{number}"), values.get(f"off_{number}")
        if at is None or off is None:
            continue
        step: Rules = {"at": at if goal in {"pieces", "tiers"} else {currency: at}}
        steps.append(step | ({"amount": {currency: off}} if goal in {"ladder", "every"} else {"points": _points(off)}))
    if goal == "tiers":
        return {"scope": scope, "steps": steps}
    return {"scope": scope, "by_quantity": goal == "pieces", "repeats": goal == "every", "steps": steps}


def _percent(goal: str, currency: str, values: Values, scope: Rules) -> Rules:
    found: Rules = {"points": _points(values["percent"])}
    if goal != "shipping":
        found["scope"] = scope
    if values.get("most"):
        found["most"] = {currency: values["most"]}
    return found


def _amount(goal: str, currency: str, values: Values, scope: Rules) -> Rules:
    found: Rules = {"scope": scope, "amount": {currency: values["amount"]}}
    return found | {"each": bool(values.get("each"))} if goal == "amount" else found


def _bundle(goal: str, currency: str, values: Values, scope: Rules) -> Rules:
    parts = [{"scope": scope, "quantity": values.get("quantity") or 1}]
    if goal == "set":
        parts = [
            {"scope": {"any_of": sorted(values[f"part_{number}"])}, "quantity": values.get(f"count_{number}") or 1}
            for number in range(1, PARTS + 1)
            if values.get(f"part_{number}")
        ]
    return {"parts": parts, "amount": {currency: values["amount"]}}


def _buy_get(goal: str, currency: str, values: Values, scope: Rules) -> Rules:
    return {
        "points": _points(values["percent"]),
        "buy": {"scope": scope, "quantity": values["buy"]},
        "get": {"scope": _scope(values, currency, "get_on") or scope, "quantity": values["get"]},
    }


def _add_on(goal: str, currency: str, values: Values, scope: Rules) -> Rules:
    amount = 0 if goal == "gift" else values["amount"]
    return {"scope": scope, "amount": {currency: amount}, "quantity": values.get("quantity") or 1}


def _times(goal: str, currency: str, values: Values, scope: Rules) -> Rules:
    return {"scope": scope, "times": int(Decimal(values["times"]) * 100)}


def _table(goal: str, currency: str, values: Values, scope: Rules) -> Rules:
    rows = [
        {"variant": variant, "product": product, "at": at, "amount": {currency: minor}}
        for variant, product, at, minor in values["table"]
    ]
    return {"scope": {"any_of": sorted({f"product:{row['product']}" for row in rows})}, "rows": rows}


_OWN_RULES: Final[dict[str, Callable[[str, str, Values, Rules], Rules]]] = {
    "percent": _percent,
    "amount": _amount,
    "price": _amount,
    "ladder": _ladder,
    "tiers": _ladder,
    "table": _table,
    "bundle": _bundle,
    "buy_get": _buy_get,
    "add_on": _add_on,
    "shipping": _percent,
    "points": _times,
}


def values_of(goal: str, rules: Values, currency: str) -> dict[str, Any]:
    """Return what the fields of a goal show of stored rules; `rules_of` makes the same of it where they say all."""
    kind = rules["kind"]
    scope = rules.get("scope") or (rules.get("buy") or {}).get("scope") or {}
    if goal == "bundle":
        scope = rules["parts"][0]["scope"]
    need = rules["needs"][0] if rules["needs"] else {}
    points, audience = rules.get("points"), rules["audience"]
    barred = scope.get("none_of", [])
    found: dict[str, Any] = {
        "percent": Decimal(points) / 100 if points else None,
        "times": Decimal(rules["times"]) / 100 if "times" in rules else None,
        "amount": _text(rules.get("amount"), currency),
        "most": _text(rules.get("most"), currency),
        "most_times": rules.get("most_times") or None,
        "each": rules.get("each", False),
        "quantity": rules["parts"][0]["quantity"] if kind == "bundle" else rules.get("quantity"),
        "buy": (rules.get("buy") or {}).get("quantity"),
        "get": (rules.get("get") or {}).get("quantity"),
        "on": scope.get("any_of", []),
        "not_on": [facet for facet in barred if facet != REDUCED],
        "full_price": REDUCED in barred,
        "price_from": _text(scope.get("price_from"), currency),
        "price_to": _text(scope.get("price_to"), currency),
        "from_amount": _text(need.get("amount"), currency),
        "from_quantity": need.get("quantity"),
        "first_order": audience.get("order_number") == 1,
        "members_only": audience.get("members", False),
        **grouped(audience),
        **{name: audience.get(name, []) for name in ("markets", "sources", "payments", "referrals")},
    }
    if kind == "table":
        found["table"] = [
            (row["variant"], row["product"], row["at"], row["amount"].get(currency)) for row in rules["rows"]
        ]
    got = (rules.get("get") or {}).get("scope", {})
    found["get_on"] = got.get("any_of", []) if got != scope else []
    needed = need.get("scope", {})
    if kind != "add_on" and goal not in NO_SCOPE:
        found["need_on"] = needed.get("any_of", []) if needed != scope else []
        found["need_all"] = bool(need) and bool(scope) and not needed
    else:
        found["need_on"] = needed.get("any_of", [])
        found["need_all"] = kind == "add_on" and bool(need) and not needed
    if goal == "set":
        for number, part in enumerate(rules["parts"][:PARTS], 1):
            found[f"part_{number}"] = part["scope"].get("any_of", [])
            found[f"count_{number}"] = part["quantity"]
    for number, step in enumerate(rules.get("steps", [])[:STEPS], 1):
        at = step["at"]
        found[f"at_{number}"] = at if isinstance(at, int) else _text(at, currency)
        found[f"off_{number}"] = (
            Decimal(step["points"]) / 100 if "points" in step else _text(step.get("amount"), currency)
        )
    return found


def says_all(goal: str, rules: Values, currency: str) -> bool:
    """Whether the fields of the goal say all that the rules say; what a program declared may be richer."""
    field = Amount(currency=currency, required=False)
    values = {
        name: field.clean(value) if name in MONEY and isinstance(value, str) else value
        for name, value in values_of(goal, rules, currency).items()
    }
    try:
        return rules_of(goal, currency, values) == rules
    except (TypeError, KeyError, ArithmeticError):
        return False


def _text(amounts: Mapping[str, int] | None, currency: str) -> str:
    return amount_text((amounts or {}).get(currency), currency)
