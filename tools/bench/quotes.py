"""How much dearer a quote is with 500 active promotions over a cart of 50 lines; one JSON line, all pure arithmetic."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from datetime import UTC, datetime

from duli.base.money import Money
from duli.commerce.pricing.promotion_types import Amount, Offers, Percent, Promotion, Scope, Snapshot
from duli.commerce.pricing.quote import quote
from duli.commerce.pricing.types import LineInput, QuoteContext

LINES, PROMOTIONS, MEETS = 50, 500, 10
BUDGET_MS = 15.0
"""For a shop with so many promotions of which a cart meets some; if it meets all of them there is no budget."""
TURNS = 15
NOW = datetime(2026, 11, 27, tzinfo=UTC)


def milliseconds(lines: Sequence[LineInput], promotions: Sequence[Promotion]) -> float:
    """Return the quickest of some quotes, as on a machine that does nothing else."""
    context = QuoteContext("CNY", True, NOW, offers=Offers(Snapshot(tuple(promotions))))
    quote(lines, context)
    found = []
    for _turn in range(TURNS):
        begun = time.perf_counter()
        quote(lines, context)
        found.append(time.perf_counter() - begun)
    return min(found) * 1000


def cart() -> list[LineInput]:
    return [
        LineInput(str(pk), pk, 2, Money(1000 + pk * 7, "CNY"), facets=frozenset({f"product:{pk}", f"tag:{pk % MEETS}"}))
        for pk in range(1, LINES + 1)
    ]


def some() -> list[Promotion]:
    """Most are on goods that are not in the cart; those it meets are on a tenth of it each."""
    found = []
    for pk in range(1, PROMOTIONS + 1):
        facet = f"tag:{pk}" if pk <= MEETS else f"product:{1000 + pk}"
        found.append(Promotion(pk, 1, f"P{pk}", Percent(Scope(frozenset({facet})), 500)))
    return found


def everything() -> list[Promotion]:
    return [Promotion(pk, 1, f"P{pk}", Amount(Scope(), 100)) for pk in range(1, PROMOTIONS + 1)]


def measure() -> dict[str, float]:
    lines = cart()
    plain, few, all_of_them = (milliseconds(lines, offered) for offered in ([], some(), everything()))
    return {"plain_ms": plain, "some_ms": few, "ratio": few / plain, "all_ms": all_of_them}


if __name__ == "__main__":
    print(json.dumps(measure()))
