"""What promotions take off a cart: a pure function over a snapshot, called by `quote`, and before it by `checkout`.

Like units (one variant at one price) are one heap, however many lines they stand in: so neither the order of lines nor
how units are spread over them changes what comes off. A heap's discount is split over its lines at the end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from duli.base.errors import InvalidInput
from duli.base.money import CurrencyMismatch, Money
from duli.base.rounding import allocate_whole
from duli.commerce.pricing.benefits import Heaps, Result, worth_of
from duli.commerce.pricing.promotion_types import (
    REDUCED,
    Audience,
    Buyer,
    Missing,
    Need,
    Offers,
    Outcome,
    PointsTimes,
    Promotion,
    Stacking,
)
from duli.commerce.pricing.promotion_words import shipping_why
from duli.commerce.pricing.types import LineDiscount, LineInput, QuoteContext


def promoted(lines: Sequence[LineInput], context: QuoteContext) -> tuple[list[LineInput], QuoteContext]:
    """Return lines and context with every promotion that applies worked in, and what became of each in `outcomes`.

    Lines without `facets` (gift cards, duties, what staff agreed on) are left alone and count for nothing. Raises
    InvalidInput and CurrencyMismatch as `quote` does.
    """
    offers = context.offers
    if offers is None:
        return list(lines), context
    done = replace(context, offers=None)
    currency = context.currency
    for line in lines:
        if line.quantity < 1:
            raise InvalidInput(field="quantity")
        if line.unit_price.currency != currency:
            raise CurrencyMismatch(f"{line.unit_price.currency} in a quote of {currency}")
    shelf = _shelf_outcomes(lines, currency)
    heaps, members = _heaps(lines, context)
    if offers.explains_all:
        found = list(offers.snapshot.ordered)
    else:
        found = offers.snapshot.candidates(frozenset().union(*heaps.facets), offers.codes) if members else []
    if not found:
        return list(lines), replace(done, outcomes=shelf)
    run = Run(heaps, offers, context.instant)
    chosen = run.best(found)
    cut, by_line = _cut_lines(lines, members, chosen.applied, currency)
    outcomes = []
    for promotion in found:
        result = chosen.results.get(promotion.id)
        reason, missing = chosen.reasons.get(promotion.id, ("", None))
        outcomes.append(
            Outcome(
                promotion=promotion,
                amount=Money(sum(result.cuts.values()) if result and not reason else 0, currency),
                shipping=Money(result.shipping if result and not reason else 0, currency),
                lines=by_line.get(promotion.id, {}),
                reason=reason,
                missing=missing,
                code=offers.codes.get(promotion.id, ""),
                points={
                    lines[place].key: percent
                    for heap, percent in (result.points.items() if result and not reason else ())
                    for place in members[heap]
                },
            )
        )
    shipping = context.shipping
    names = [entry.promotion.title for entry in outcomes if entry.shipping]
    if shipping is not None and names:
        price = Money(chosen.heaps.shipping, currency)
        shipping = replace(shipping, price=price, why=shipping_why(shipping.why, names))
    return cut, replace(done, shipping=shipping, outcomes=(*shelf, *outcomes))


def _shelf_outcomes(lines: Sequence[LineInput], currency: str) -> tuple[Outcome, ...]:
    """Return what promotions that are prices took off these lines before: it is in their unit prices already."""
    by_promotion: dict[int, tuple[Promotion, dict[str, Money]]] = {}
    for line in lines:
        for promotion, minor in line.shelf:
            _promotion, shares = by_promotion.setdefault(promotion.id, (promotion, {}))
            shares[line.key] = Money(minor * line.quantity, currency)
    zero = Money.zero(currency)
    return tuple(
        Outcome(promotion, sum(shares.values(), zero), zero, shares) for promotion, shares in by_promotion.values()
    )


def _heaps(lines: Sequence[LineInput], context: QuoteContext) -> tuple[Heaps, list[list[int]]]:
    """Return the heaps in an order that depends on what they are only, and the lines of each."""
    groups: dict[tuple[int, int, str], list[int]] = {}
    for place, line in enumerate(lines):
        if line.facets is None or line.fixed is not None:
            continue
        own = line.key if line.discounts else ""
        groups.setdefault((line.variant_id, line.unit_price.minor, own), []).append(place)
    ordered = [groups[key] for key in sorted(groups)]
    left = [sum(_cost(lines[place]) for place in places) for places in ordered]
    heaps = Heaps(
        facets=tuple(_facets(lines[places[0]]) for places in ordered),
        units=tuple(lines[places[0]].unit_price.minor for places in ordered),
        quantities=tuple(sum(lines[place].quantity for place in places) for places in ordered),
        left=left,
        shipping=context.shipping.price.minor if context.shipping else 0,
        costs=tuple(_cost_to_merchant([lines[place] for place in places]) for places in ordered),
    )
    return heaps, ordered


def _facets(line: LineInput) -> frozenset[str]:
    facets = line.facets or frozenset()
    return facets | {REDUCED} if line.is_reduced or line.shelf else facets


def _cost_to_merchant(lines: Sequence[LineInput]) -> int | None:
    known = [line.cost * line.quantity for line in lines if line.cost is not None]
    return sum(known) if len(known) == len(lines) else None


def _cost(line: LineInput) -> int:
    return line.unit_price.minor * line.quantity - sum(cut.amount.minor for cut in line.discounts)


class _Chosen:
    """What a run came to: results by promotion, why others do not apply, and what is left."""

    def __init__(self, heaps: Heaps) -> None:
        self.heaps = heaps
        self.results: dict[int, Result] = {}
        self.reasons: dict[int, tuple[str, Missing | None]] = {}
        self.applied: list[tuple[Promotion, Result]] = []

    @property
    def total(self) -> int:
        return sum(result.total for _promotion, result in self.applied)


class Run:
    """One way through promotions over the same goods, at one moment."""

    def __init__(self, heaps: Heaps, offers: Offers, instant: datetime) -> None:
        self._heaps, self._offers, self._instant = heaps, offers, instant

    def best(self, found: Sequence[Promotion]) -> _Chosen:
        """Return what applies, those that give points apart, held against each other by what is left."""
        giving_points = [entry for entry in found if isinstance(entry.benefit, PointsTimes)]
        if not giving_points:
            return self._best(found)
        chosen = self._best([entry for entry in found if not isinstance(entry.benefit, PointsTimes)])
        points = Run(chosen.heaps, self._offers, self._instant)._best(giving_points)
        chosen.results |= points.results
        chosen.reasons |= points.reasons
        return chosen

    def _best(self, found: Sequence[Promotion]) -> _Chosen:
        """Return what applies together, or the one that stands alone where that gives the buyer more."""
        alone = [entry for entry in found if entry.stacking is Stacking.ALONE]
        tries = [self._together([entry for entry in found if entry.stacking is not Stacking.ALONE])]
        tries += [self._together([entry]) for entry in alone]
        best = max(tries, key=lambda tried: tried.total)
        for tried in tries:
            if tried is best:
                continue
            for pk, (reason, missing) in tried.reasons.items():
                # What would apply by itself does not beside the best.
                best.reasons[pk] = (reason, missing) if reason else ("others", None)
        return best

    def _together(self, found: Sequence[Promotion]) -> _Chosen:
        chosen = _Chosen(self._heaps.copy())
        seen: set[str] = set()
        for promotion in found:
            if promotion.stacking is not Stacking.GROUP:
                self._take(chosen, [promotion])
            elif promotion.group not in seen:
                seen.add(promotion.group)
                members = [
                    entry for entry in found if entry.stacking is Stacking.GROUP and entry.group == promotion.group
                ]
                self._take(chosen, members)
        return chosen

    def _take(self, chosen: _Chosen, members: Sequence[Promotion]) -> None:
        """Apply the best of these, which come first where they give the same."""
        winner: tuple[Promotion, Result] | None = None
        for promotion in members:
            reason, missing = self._refusal(promotion, chosen.heaps)
            result = Result() if reason else worth_of(promotion.benefit, chosen.heaps, promotion.floor)
            chosen.results[promotion.id] = result
            if not reason and not result.total:
                reason, missing = ("missing", result.missing) if result.missing else ("nothing", None)
            if reason:
                chosen.reasons[promotion.id] = (reason, missing)
                continue
            if winner is None or result.total > winner[1].total:
                if winner is not None:
                    chosen.reasons[winner[0].id] = ("others", None)
                winner = (promotion, result)
            else:
                chosen.reasons[promotion.id] = ("others", None)
        if winner is not None:
            chosen.heaps.take(winner[1])
            chosen.applied.append(winner)
            chosen.reasons[winner[0].id] = ("", winner[1].missing)

    def _refusal(self, promotion: Promotion, heaps: Heaps) -> tuple[str, Missing | None]:
        if not promotion.is_on(self._instant):
            return "not_now", None
        if promotion.needs_code and promotion.id not in self._offers.codes:
            return "code", None
        if promotion.id in self._offers.spent:
            return "used_up", None
        if isinstance(promotion.benefit, PointsTimes) and not self._offers.buyer.is_member:
            return "account", None
        reason = _outside(promotion.audience, self._offers.buyer)
        if reason:
            return reason, None
        for need in promotion.needs:
            missing = _unmet(need, heaps)
            if missing is not None:
                return "missing", missing
        return "", None


def _outside(audience: Audience, buyer: Buyer) -> str:
    if audience.markets and buyer.market not in audience.markets:
        return "not_here"
    if audience.sources and buyer.source not in audience.sources:
        return "not_here"
    if audience.payments and buyer.payment not in audience.payments:
        return "payment"
    if audience.referrals and buyer.referral not in audience.referrals:
        return "not_for_you"
    if audience.members and not buyer.is_member:
        return "not_for_you"
    if audience.tags and not audience.tags & buyer.tags:
        return "not_for_you"
    # A stranger's first order is the first; who ordered before is known by then, and the order is quoted again.
    if audience.order_number and audience.order_number != (buyer.orders or 0) + 1:
        return "not_for_you"
    return ""


def _unmet(need: Need, heaps: Heaps) -> Missing | None:
    places = heaps.of(need.scope)
    units = sum(heaps.quantities[place] for place in places)
    if units < need.quantity:
        return Missing("quantity", need.quantity - units)
    cost = sum(heaps.left[place] for place in places)
    if cost < need.amount:
        return Missing("amount", need.amount - cost)
    return None


class _Amounts(dict[int, Money]):
    """Money by its minor units."""

    def __init__(self, currency: str) -> None:
        super().__init__()
        self._currency = currency

    def __missing__(self, minor: int) -> Money:
        self[minor] = made = Money(minor, self._currency)
        return made


def _cut_lines(
    lines: Sequence[LineInput],
    members: Sequence[Sequence[int]],
    applied: Sequence[tuple[Promotion, Result]],
    currency: str,
) -> tuple[list[LineInput], dict[int, dict[str, Money]]]:
    """Split what came off each heap over its lines, in proportion to what each still costs."""
    found = list(lines)
    left = {place: _cost(lines[place]) for places in members for place in places}
    cuts: dict[int, list[LineDiscount]] = {}
    by_line: dict[int, dict[str, Money]] = {}
    # Many promotions on many lines take the same few amounts off: each is made once.
    amounts = _Amounts(currency)
    for promotion, result in applied:
        shares = by_line.setdefault(promotion.id, {})
        code, title = promotion.key, promotion.title
        for heap, amount in result.cuts.items():
            places = members[heap]
            parts = [amount] if len(places) == 1 else allocate_whole(amount, [left[place] for place in places])
            for place, part in zip(places, parts, strict=True):
                if part:
                    left[place] -= part
                    share = shares[lines[place].key] = amounts[part]
                    cuts.setdefault(place, []).append(LineDiscount(code, title, share))
    for place, discounts in cuts.items():
        found[place] = replace(lines[place], discounts=(*lines[place].discounts, *discounts))
    return found, by_line
