"""How steps let a promotion give something, and say to what."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from quality.pricing.deals import Deal, Part
from quality.pricing.outcome import Differs, NotApplicable
from quality.pricing.world import World, amount

PERCENT = re.compile(r"(\d+(?:\.\d+)?)%")


def last_deal(world: World) -> Deal:
    if not world.deals:
        raise NotApplicable("a promotion that was not named")
    return world.deals[-1]


def deal_called(world: World, name: str) -> Deal:
    found = [deal for deal in world.deals if deal.name == name]
    if not found:
        raise Differs(f"no promotion {name}")
    return found[0]


def give(
    world: World,
    what: str,
    *,
    scope: Callable[[], dict[str, Any]] = dict,
    need: Callable[[], dict[str, Any]] | None = None,
    audience: dict[str, Any] | None = None,
    by_unit: bool = False,
    on_shelf: bool = False,
    more: str = "",
) -> None:
    """Let the last promotion take "10%" or "$10.00" off; `more` is a second amount, of another currency."""

    def rules() -> dict[str, Any]:
        found: dict[str, Any] = {"scope": scope(), "audience": audience or {}}
        found["needs"] = [need()] if need else []
        percent = PERCENT.fullmatch(what)
        if percent:
            return {**found, "kind": "percent", "points": round(float(percent[1]) * 100)}
        amounts = {one.currency: one.minor for one in map(amount, filter(None, [what, more]))}
        return {**found, "kind": "amount", "amount": amounts, "each": by_unit or on_shelf}

    last_deal(world).parts.append(Part(rules, by_unit, on_shelf))


def of_goods(world: World, *titles: str) -> Callable[[], dict[str, Any]]:
    def scope() -> dict[str, Any]:
        found = []
        for title in titles:
            item = world.items[title]
            world.make(item)
            found.append(f"product:{item.product_id}")
        return {"any_of": found}

    return scope


def of_kinds(world: World, *names: str) -> Callable[[], dict[str, Any]]:
    return lambda: {"any_of": [f"category:{world.category(name)}" for name in names if name]}


def of_variants(world: World, *names: str) -> Callable[[], dict[str, Any]]:
    def scope() -> dict[str, Any]:
        found = []
        for name in names:
            for item in world.items.values():
                world.make(item)
                found += [f"variant:{g.variant_id}" for g in item.goods if name in {g.name, g.code, item.title}]
        return {"any_of": found}

    return scope


def worth(text: str, scope: Callable[[], dict[str, Any]] = dict) -> Callable[[], dict[str, Any]]:
    least = amount(text)
    return lambda: {"scope": scope(), "amount": {least.currency: least.minor}}
