"""Points and tiers as shoppers read them: in the member centre, on goods, carts and orders."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from duli.base.money import Money
from duli.commerce.assortment.types import ProductDetail, VariantView
from duli.commerce.checkout.earning import Earning
from duli.commerce.membership import selectors
from duli.commerce.membership.rules import ProgramRules
from duli.commerce.membership.types import Because, EntryView, PointsOffer, Standing, TierView
from duli.commerce.orders.models import Order
from duli.commerce.pricing.promotion_words import times_text
from duli.platform.store.selectors import current_store
from duli.platform.themes.engine import theme_texts
from duli.web.storefront.buying_drops import MemberDrop, MemberEntryDrop, PointsDrop, TierDrop
from duli.web.storefront.when import written
from duli.web.storefront.where import Where, price_tag

ENTRIES_A_PAGE = 20


def earns_words(detail: ProductDetail, variant: VariantView | None, here: Where, earning: Earning | None) -> str:
    """Return what a unit earns, "" where it earns nothing.

    Without `earning` it is what every member earns, the same for everybody: the page may be kept.
    """
    if variant is None or variant.price is None or detail.is_gift_card:
        return ""
    texts = theme_texts(here.language)
    if earning is None:
        points = selectors.earns(variant.price)
        return texts("points.earns", count=points) if points else ""
    is_reduced = variant.compare_at is not None or bool(variant.offer)
    points, because = earning.unit(detail.id, variant.id, variant.price, is_reduced=is_reduced)
    return _with_reasons(texts("points.you_earn", count=points), because, here) if points else ""


def _with_reasons(words: str, because: Iterable[Because], here: Where) -> str:
    """Return what is earned with why it is more, each with its multiple: "…  · Members' day 2× · Gold 1.5×"."""
    texts = theme_texts(here.language)
    reasons = (texts("points.because", name=entry.name, times=times_text(entry.percent)) for entry in because)
    return " · ".join([words, *reasons])


def points_drop(offer: PointsOffer | None, here: Where, error: str = "") -> PointsDrop | None:
    """Return what the cart's page says of points; None where there is nothing to say."""
    if offer is None:
        return None
    texts = theme_texts(here.language)
    key = "points.will_earn" if offer.is_member else "points.members_earn"
    earns = _with_reasons(texts(key, count=offer.earns), offer.because, here) if offer.earns else ""
    if not offer.is_member or not (offer.available or offer.chosen):
        return PointsDrop(earns) if earns else None
    return PointsDrop(
        earns=earns,
        there=texts("points.there", count=offer.available),
        most=offer.most,
        most_words=texts("points.most", count=offer.most, amount=offer.most_worth.format(here.language))
        if offer.most
        else texts("points.none_here", least=offer.least)
        if offer.least
        else "",
        least=offer.least,
        chosen=offer.chosen,
        error=error,
    )


def points_at_placing(order: Order) -> tuple[int, int]:
    """Return (points, minor units) that an order spent and still counts as a discount."""
    rows = [entry for entry in order.quote.get("adjustments", []) if str(entry.get("code", "")).startswith("points:")]
    if not rows:
        return 0, 0
    return int(rows[0]["code"].removeprefix("points:")), -sum(int(entry["amount"]) for entry in rows)


def order_points_words(order: Order, here: Where) -> tuple[str, ...]:
    """Return what an order earned and what came back of what it spent, a sentence each."""
    if order.customer_id is None or not selectors.has_points():
        return ()
    texts = theme_texts(here.language)
    got, _spent, back, is_ready = selectors.points_of_order(order.pk)
    words = []
    if got > 0:
        words.append(texts("points.earned" if is_ready else "points.earned_later", count=got))
    if back:
        words.append(texts("points.returned", count=back))
    return tuple(words)


def member_drop(standing: Standing, here: Where, *, after: int = 0) -> MemberDrop:
    """Return the member centre of a customer (three queries beside what the standing read)."""
    texts = theme_texts(here.language)
    rules = standing.program
    found = selectors.entries_of(standing.customer_id, after=after, limit=ENTRIES_A_PAGE + 1)
    shown = found[:ENTRIES_A_PAGE]
    tiers = selectors.tier_views(here.language)
    changes = selectors.tier_history(standing.customer_id, limit=10) if tiers else []
    names = {tier.id: tier.name for tier in tiers}
    return MemberDrop(
        tier=standing.tier.name if standing.tier else "",
        progress=standing.progress,
        progress_words=_progress(standing, here),
        warning=texts("member.leaves", when=written(standing.leaves_at, here, with_time=False))
        if standing.leaves_at
        else "",
        has_points=rules.has_points,
        points=_count(standing.available),
        pending=texts("points.pending", count=_count(standing.pending)) if standing.pending else "",
        owed=texts("points.owed", count=_count(standing.owed)) if standing.owed else "",
        worth=texts("points.worth", points=rules.worth_points, amount=_own(rules.worth_minor, here)),
        endings=tuple(
            texts("points.ends", count=_count(entry.points), when=written(entry.at, here, with_time=False))
            for entry in standing.endings[:3]
        ),
        how=_how(rules, here),
        tiers=tuple(_tier(tier, standing, here) for tier in tiers),
        entries=_entries(shown, here),
        changes=tuple(
            (
                written(row.created_at, here, with_time=False),
                texts(
                    f"member.change_{row.reason}",
                    tier=names.get(row.after_id or 0, row.after) or texts("member.no_tier"),
                ),
            )
            for row in changes
        ),
        more_url=here.url(f"/account/member?after={shown[-1].id}") if len(found) > ENTRIES_A_PAGE else "",
    )


def _count(points: int) -> str:
    return f"{points:,}"


def _own(minor: int, here: Where) -> str:
    """Return an amount of the store's own currency as a price tag."""
    return price_tag(Money(minor, current_store().default_currency), here.language)


def _amount(value: int, measure: str, here: Where) -> str:
    return _own(value, here) if measure == "spent" else theme_texts(here.language)("member.orders", count=value)


def _progress(standing: Standing, here: Where) -> str:
    texts = theme_texts(here.language)
    if standing.next_tier is None:
        return texts("member.top") if standing.tier else ""
    missing = _amount(standing.missing, standing.measure, here)
    return texts(f"member.missing_{standing.measure}", amount=missing, tier=standing.next_tier.name)


def _how(rules: ProgramRules, here: Where) -> tuple[str, ...]:
    """Return how points are earned, a sentence each."""
    if not rules.has_points:
        return ()
    texts = theme_texts(here.language)
    rate = texts("points.rate", points=rules.earn_points, amount=_own(rules.earn_minor, here))
    words = [rate]
    if rules.order_points:
        words.append(texts("points.rate_order", points=rules.order_points))
    when = "points.ready_delivered" if rules.ready_from == "delivered" else "points.ready_paid"
    words.append(texts(when, count=rules.ready_days) if rules.ready_days else texts(f"{when}_now"))
    if rules.expiry_months:
        words.append(texts("points.lasts", count=rules.expiry_months))
    return tuple(words)


def _tier(tier: TierView, standing: Standing, here: Where) -> TierDrop:
    texts = theme_texts(here.language)
    own = standing.tier.threshold if standing.tier else -1
    state = "now" if standing.tier and tier.id == standing.tier.id else "reached" if tier.threshold < own else "next"
    days = standing.window_days
    needs = _amount(tier.threshold, standing.measure, here)
    if tier.threshold:
        key = f"member.{'window' if days else 'needs'}_{standing.measure}"
        needs = texts(key, amount=needs, days=days)
    else:
        needs = texts("member.needs_nothing")
    more = texts("member.multiple", multiple=f"{tier.points_percent / 100:g}") if tier.points_percent != 100 else ""
    benefits = (more, *tier.benefits) if more and standing.program.has_points else tier.benefits
    return TierDrop(tier.name, needs, tuple(benefits), state)


def _entries(rows: Sequence[EntryView], here: Where) -> tuple[MemberEntryDrop, ...]:
    texts = theme_texts(here.language)
    orders = selectors.order_numbers(row.reference for row in rows)
    drops = []
    for row in rows:
        number, token = orders.get(row.reference, ("", ""))
        value = row.change or -row.owed
        drops.append(
            MemberEntryDrop(
                when=written(row.created_at, here, with_time=False),
                words=texts(f"points.kind_{row.kind}"),
                change=f"{'+' if value > 0 else '−'}{abs(value):,}",
                tone="plus" if value > 0 else "minus",
                note=row.note if row.kind == "adjusted" else "",
                url=here.url(f"/orders/{token}") if token else "",
                url_words=texts("order.number", number=number) if token else "",
            )
        )
    return tuple(drops)
