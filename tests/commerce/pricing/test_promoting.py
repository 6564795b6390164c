from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from duli.base.money import Allocation, Money, total
from duli.base.rounding import allocate_units, allocate_whole
from duli.commerce.orders.refunding import LineStanding, OrderStanding, everything, preview
from duli.commerce.pricing.promoting import promoted
from duli.commerce.pricing.promotion_types import (
    ON_SHELF,
    AddOn,
    Amount,
    Audience,
    Benefit,
    Bundle,
    Buyer,
    BuyGet,
    Ladder,
    Missing,
    Need,
    Offers,
    Part,
    Percent,
    PointsTimes,
    Price,
    PriceTable,
    Promotion,
    Scope,
    ShippingOff,
    Snapshot,
    Stacking,
    Step,
    Tiers,
    points_percents,
)
from duli.commerce.pricing.promotion_words import off_text
from duli.commerce.pricing.quote import quote, spread
from duli.commerce.pricing.shelf import shelf_price
from duli.commerce.pricing.types import LineDiscount, LineInput, Quote, QuoteContext, ShippingInput, Tax

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
ALL = Scope()
SALE = Scope(frozenset({"tag:1"}))


def line(price: int, quantity: int = 1, *facets: str, variant: int = 0, key: str = "") -> LineInput:
    number = variant or price
    return LineInput(
        key or f"line-{number}", number, quantity, Money(price, "CNY"), facets=frozenset({f"variant:{number}", *facets})
    )


def promotion(benefit: Benefit, pk: int = 1, **values: object) -> Promotion:
    return Promotion(pk, 1, f"P{pk}", benefit, **values)  # type: ignore[arg-type]


def offered(
    lines: list[LineInput], *found: Promotion, at: datetime = NOW, shipping: int | None = None, **values: object
) -> Quote:
    choice = ShippingInput("post", "Post", Money(shipping, "CNY")) if shipping is not None else None
    offers = Offers(Snapshot(found), **values)  # type: ignore[arg-type]
    return quote(lines, QuoteContext("CNY", True, at, shipping=choice, offers=offers))


def off(lines: list[LineInput], benefit: Benefit, **values: object) -> int:
    return offered(lines, promotion(benefit, **values)).discount.minor


LADDER = Ladder(ALL, (Step(20000, minor=2000), Step(30000, minor=5000)))


@pytest.mark.parametrize(
    ("benefit", "lines", "expected"),
    [
        (Percent(ALL, 1000), [line(9999)], 1000),
        (Percent(ALL, 5000, most=3000), [line(9999)], 3000),
        (Percent(SALE, 1000), [line(5000, 1, "tag:1"), line(7000)], 500),
        (Percent(Scope(none_of=frozenset({"tag:1"})), 1000), [line(5000, 1, "tag:1"), line(7000)], 700),
        (Percent(Scope(price_from=6000), 1000), [line(5000), line(7000)], 700),
        (Amount(ALL, 3000), [line(1000), line(1500)], 2500),
        (Amount(SALE, 300, each=True), [line(1000, 3, "tag:1"), line(200, 1, "tag:1"), line(900)], 1100),
        (Price(SALE, 800), [line(1000, 3, "tag:1"), line(500, 1, "tag:1")], 600),
        # 阶梯满减
        (LADDER, [line(19999)], 0),
        (LADDER, [line(20000)], 2000),
        (LADDER, [line(30000)], 5000),
        # 每满减, with and without an end
        (Ladder(ALL, (Step(10000, minor=1000),), repeats=True), [line(39999)], 3000),
        (Ladder(ALL, (Step(10000, minor=1000),), repeats=True, most_times=2), [line(39999)], 2000),
        # N件M折
        (Ladder(ALL, (Step(2, points=1000), Step(3, points=3000)), by_quantity=True), [line(1000, 2)], 200),
        (Ladder(ALL, (Step(2, points=1000), Step(3, points=3000)), by_quantity=True), [line(1000, 3)], 900),
        # 组合价: any three for 20, the dearest first; one set of two kinds; a set that is cheaper bought apart
        (Bundle((Part(ALL, 3),), 2000), [line(900, 2), line(1000, 2)], 900),
        (Bundle((Part(SALE, 1), Part(Scope(frozenset({"tag:2"})), 1)), 1500),
         [line(1000, 2, "tag:1"), line(900, 1, "tag:2")], 400),
        (Bundle((Part(ALL, 2),), 2000), [line(900, 2)], 0),
        (Bundle((Part(ALL, 2),), 1500, most_times=1), [line(1000, 4)], 500),
        # Buy two, the cheapest of every three free
        (BuyGet(Part(ALL, 2), Part(ALL, 1)), [line(1000, 2), line(700)], 700),
        (BuyGet(Part(ALL, 2), Part(ALL, 1)), [line(1000, 3), line(700, 3)], 1400),
        (BuyGet(Part(ALL, 2), Part(ALL, 1), most_times=1), [line(1000, 3), line(700, 3)], 700),
        # Buy one of the sale, get another thing at half price
        (BuyGet(Part(SALE, 1), Part(Scope(frozenset({"tag:2"})), 1), 5000),
         [line(1000, 1, "tag:1"), line(600, 2, "tag:2")], 300),
        # What is both bought and given is bought first as far as it is needed.
        (BuyGet(Part(SALE, 1), Part(ALL, 1)), [line(1000, 1), line(500, 1, "tag:1")], 1000),
    ],
)  # fmt: skip
def test_each_form_takes_off_what_it_says(benefit: Benefit, lines: list[LineInput], expected: int) -> None:
    found = offered(lines, promotion(benefit))
    assert found.discount.minor == expected
    assert found.total.minor == found.subtotal.minor - expected
    applied = [entry for entry in found.outcomes if entry.applied]
    assert sum(entry.amount.minor for entry in applied) == expected


def test_shipping_becomes_cheaper_and_says_why() -> None:
    found = offered([line(1000)], promotion(ShippingOff()), shipping=1200)
    assert (found.shipping.minor, found.total.minor, found.discount.minor) == (0, 1000, 0)
    assert found.outcomes[0].shipping.minor == 1200
    assert [entry.why for entry in found.adjustments if entry.kind == "shipping"] == ["P1"]
    assert offered([line(1000)], promotion(ShippingOff(5000)), shipping=1201).shipping.minor == 600
    assert offered([line(1000)], promotion(ShippingOff(most=1000)), shipping=1200).shipping.minor == 1200


@pytest.mark.parametrize(
    ("benefit", "lines", "missing"),
    [
        (LADDER, [line(16900)], Missing("amount", 3100, 2000)),
        (LADDER, [line(20000)], Missing("amount", 10000, 5000)),
        (Ladder(ALL, (Step(10000, minor=1000),), repeats=True), [line(12500)], Missing("amount", 7500, 1000)),
        (Ladder(ALL, (Step(3, points=2000),), by_quantity=True), [line(100)], Missing("quantity", 2, 0, 2000)),
        (BuyGet(Part(ALL, 2), Part(ALL, 1)), [line(100, 2)], Missing("quantity", 1, points=10000)),
        (LADDER, [line(30000)], None),
    ],
)
def test_what_is_missing_is_told(benefit: Benefit, lines: list[LineInput], missing: Missing | None) -> None:
    assert offered(lines, promotion(benefit)).outcomes[0].missing == missing


def test_a_need_is_told_until_it_is_met() -> None:
    needing = promotion(Percent(ALL, 1000), needs=(Need(SALE, amount=5000),))
    found = offered([line(4000, 1, "tag:1"), line(9000)], needing).outcomes[0]
    assert (found.reason, found.missing) == ("missing", Missing("amount", 1000))
    assert offered([line(5000, 1, "tag:1"), line(9000)], needing).discount.minor == 1400


def test_it_starts_and_ends_on_the_second() -> None:
    running = promotion(Percent(ALL, 1000), starts_at=NOW, ends_at=NOW + timedelta(hours=1))
    before, last = NOW - timedelta(microseconds=1), NOW + timedelta(hours=1) - timedelta(microseconds=1)
    found = [offered([line(1000)], running, at=at) for at in (before, NOW, last, NOW + timedelta(hours=1))]
    assert [entry.discount.minor for entry in found] == [0, 100, 100, 0]
    assert [entry.outcomes[0].reason for entry in found] == ["not_now", "", "", "not_now"]
    snapshot = Snapshot((running,))
    assert snapshot.next_turn(before) == NOW
    assert snapshot.next_turn(NOW) == running.ends_at
    assert snapshot.next_turn(NOW + timedelta(hours=1)) is None


def test_a_code_is_asked_for_and_named() -> None:
    coded = promotion(Percent(ALL, 1000), needs_code=True)
    assert offered([line(1000)], coded).outcomes == ()
    found = offered([line(1000)], coded, codes={1: "SAVE10"})
    assert (found.discount.minor, found.outcomes[0].code) == (100, "SAVE10")
    spent = offered([line(1000)], coded, codes={1: "SAVE10"}, spent=frozenset({1}))
    assert (spent.discount.minor, spent.outcomes[0].reason) == (0, "used_up")


@pytest.mark.parametrize(
    ("audience", "buyer", "reason"),
    [
        (Audience(order_number=1), Buyer(), ""),
        (Audience(order_number=1), Buyer(orders=0), ""),
        (Audience(order_number=1), Buyer(orders=1), "not_for_you"),
        (Audience(order_number=3), Buyer(orders=2), ""),
        (Audience(tags=frozenset({"vip"})), Buyer(), "not_for_you"),
        (Audience(tags=frozenset({"vip"})), Buyer(tags=frozenset({"vip", "b2b"})), ""),
        (Audience(markets=frozenset({"cn"})), Buyer(market="int"), "not_here"),
        (Audience(sources=frozenset({"live"})), Buyer(source="storefront"), "not_here"),
        (Audience(payments=frozenset({"alipay"})), Buyer(payment="card"), "payment"),
        (Audience(payments=frozenset({"alipay"})), Buyer(payment="alipay"), ""),
    ],
)
def test_it_is_for_its_audience(audience: Audience, buyer: Buyer, reason: str) -> None:
    found = offered([line(1000)], promotion(Percent(ALL, 1000), audience=audience), buyer=buyer)
    assert found.outcomes[0].reason == reason


def test_later_ones_see_what_is_left() -> None:
    half = promotion(Percent(ALL, 5000), 1, priority=2)
    ten = promotion(Amount(ALL, 1000), 2, priority=1)
    assert offered([line(3000)], half, ten).discount.minor == 1000 + 1000
    assert offered([line(3000)], replace(half, priority=0), ten).discount.minor == 1500 + 1000


def test_the_best_of_a_group_counts() -> None:
    group = {"stacking": Stacking.GROUP, "group": "sale"}
    low, high = promotion(Percent(ALL, 1000), 1, **group), promotion(Percent(ALL, 2000), 2, **group)
    also = promotion(Amount(ALL, 100), 3)
    found = offered([line(1000)], low, high, also)
    assert found.discount.minor == 300
    assert {entry.promotion.id: entry.reason for entry in found.outcomes} == {1: "others", 2: "", 3: ""}


def test_one_that_stands_alone_wins_only_if_it_gives_more() -> None:
    others = [promotion(Percent(ALL, 1000), 1), promotion(Amount(ALL, 100), 2)]
    strong = promotion(Percent(ALL, 3000), 3, stacking=Stacking.ALONE)
    weak = promotion(Percent(ALL, 500), 4, stacking=Stacking.ALONE)
    found = offered([line(1000)], *others, strong, weak)
    assert found.discount.minor == 300
    assert {entry.promotion.id: entry.reason for entry in found.outcomes} == {
        1: "others", 2: "others", 3: "", 4: "others",
    }  # fmt: skip
    found = offered([line(1000)], *others, weak)
    assert found.discount.minor == 200
    assert {entry.promotion.id: entry.reason for entry in found.outcomes} == {1: "", 2: "", 4: "others"}


def test_lines_without_facets_are_left_alone() -> None:
    card = replace(line(5000, variant=7), facets=None)
    found = offered([card, line(1000)], promotion(Amount(ALL, 9000)), promotion(LADDER, 2))
    assert found.discount.minor == 1000
    assert [entry.discount.minor for entry in found.lines] == [0, 1000]


MEMBER = Buyer(is_member=True)


def test_more_points_take_nothing_off_and_add_up() -> None:
    double, triple = promotion(PointsTimes(SALE, 200), 1), promotion(PointsTimes(ALL, 300), 2)
    half = promotion(Percent(ALL, 5000), 3)
    lines = [line(1000, 1, "tag:1"), line(2000), line(0, variant=9)]
    found = offered(lines, double, triple, half, buyer=MEMBER)
    assert found.discount.minor == 1500
    assert points_percents(found.outcomes) == {"line-1000": 400, "line-2000": 300}
    assert [(entry.promotion.id, entry.reason, entry.gives) for entry in found.outcomes] == [
        (1, "", True), (2, "", True), (3, "", True),
    ]  # fmt: skip


def test_those_that_give_points_are_held_against_each_other_only() -> None:
    alone = promotion(Percent(ALL, 1000), 1, stacking=Stacking.ALONE)
    group = {"stacking": Stacking.GROUP, "group": "points"}
    double, triple = promotion(PointsTimes(ALL, 200), 2, **group), promotion(PointsTimes(SALE, 300), 3, **group)
    found = offered([line(1000, 1, "tag:1"), line(5000)], alone, double, triple, buyer=MEMBER)
    assert {entry.promotion.id: entry.reason for entry in found.outcomes} == {1: "", 2: "", 3: "others"}
    found = offered([line(9000, 1, "tag:1"), line(1000)], alone, double, triple, buyer=MEMBER)
    assert points_percents(found.outcomes) == {"line-9000": 300}


def test_more_points_are_for_accounts_and_for_what_is_paid() -> None:
    double = promotion(PointsTimes(SALE, 200))
    assert offered([line(1000, 1, "tag:1")], double).outcomes[0].reason == "account"
    free = promotion(Percent(ALL, 10000), 2)
    found = offered([line(1000, 1, "tag:1")], double, free, buyer=MEMBER)
    assert {entry.promotion.id: entry.reason for entry in found.outcomes} == {1: "nothing", 2: ""}
    needing = promotion(PointsTimes(ALL, 200), needs=(Need(ALL, amount=5000),))
    assert offered([line(4000)], needing, buyer=MEMBER).outcomes[0].missing == Missing("amount", 1000)


scopes = st.sampled_from([ALL, SALE, Scope(frozenset({"tag:2"})), Scope(none_of=frozenset({"tag:1"}))])
minors = st.integers(0, 30_000)
points = st.integers(1, 10_000)
parts = st.builds(Part, scopes, st.integers(1, 4))
benefits = st.one_of(
    st.builds(Percent, scopes, points, minors),
    st.builds(Amount, scopes, minors, st.booleans()),
    st.builds(Price, scopes, minors),
    st.builds(
        lambda scope, at, minor: Ladder(scope, (Step(at, minor),), repeats=True), scopes, st.integers(1, 9000), minors
    ),
    st.builds(
        lambda scope, low, high: Ladder(scope, (Step(2, points=low), Step(4, points=high)), True),
        scopes,
        points,
        points,
    ),
    st.builds(lambda pieces, minor: Bundle(tuple(pieces), minor), st.lists(parts, min_size=1, max_size=2), minors),
    st.builds(BuyGet, parts, parts, points, st.integers(0, 3)),
    st.builds(ShippingOff, points, minors),
    st.builds(AddOn, scopes, minors, st.integers(1, 4)),
    st.builds(PointsTimes, scopes, st.integers(101, 500)),
    st.builds(
        lambda scope, one, many: PriceTable(
            scope, tuple((f"variant:{number}", (Step(1, minor=one), Step(4, minor=many))) for number in range(1, 4))
        ),
        scopes,
        minors,
        minors,
    ),
    st.builds(
        lambda scope, low, price: Tiers(scope, (Step(2, points=low), Step(5, minor=price))), scopes, points, minors
    ),
)
groups = st.sampled_from([(Stacking.ALL, ""), (Stacking.GROUP, "a"), (Stacking.GROUP, "b"), (Stacking.ALONE, "")])


@st.composite
def carts(draw: st.DrawFn) -> tuple[list[LineInput], list[Promotion]]:
    tags = st.sets(st.sampled_from(["tag:1", "tag:2"]))
    lines = [
        line(draw(st.integers(0, 9000)), draw(st.integers(1, 9)), *draw(tags), variant=number)
        for number in range(1, draw(st.integers(1, 6)))
    ]
    if draw(st.booleans()):
        # A gift card is money: nothing comes off it.
        lines.append(replace(line(draw(st.integers(100, 9000)), variant=99), facets=None))
    found = []
    for pk, benefit in enumerate(draw(st.lists(benefits, max_size=5)), 1):
        stacking, group = draw(groups)
        found.append(promotion(benefit, pk, stacking=stacking, group=group, priority=draw(st.integers(0, 2))))
    return lines, found


def with_points(lines: list[LineInput], context: QuoteContext, share: int) -> tuple[list[LineInput], QuoteContext]:
    """Take points off the goods after every promotion, as the cart does; so many per cent of what they still cost."""
    cut, done = promoted(lines, context)
    goods = [entry for entry in cut if entry.facets is not None]
    left = sum(
        (entry.unit_price * entry.quantity).minor - sum(off.amount.minor for off in entry.discounts) for entry in goods
    )
    by_key = {
        entry.key: entry
        for entry in spread(LineDiscount("points:1", "Points", Money(left * share // 100, "CNY")), goods)
    }
    return [by_key.get(entry.key, entry) for entry in cut], done


@given(carts(), st.booleans(), st.data())
def test_totals_hold_whatever_is_declared(
    cart: tuple[list[LineInput], list[Promotion]], included: bool, data: st.DataObject
) -> None:
    lines, found = cart
    context = QuoteContext(
        "CNY", included, NOW, {"standard": Tax("VAT", Decimal("0.13"))},
        ShippingInput("post", "Post", Money(1200, "CNY")), offers=Offers(Snapshot(tuple(found)), MEMBER),
    )  # fmt: skip
    first = quote(lines, context)
    assert first.total.minor >= 0
    assert all(entry.discount.minor >= 0 and entry.total.minor >= 0 for entry in first.lines)
    applied = [entry for entry in first.outcomes if entry.applied]
    assert total((entry.amount for entry in applied), "CNY") == first.discount
    assert total((entry.shipping for entry in applied), "CNY") == Money(1200, "CNY") - first.shipping
    for entry in applied:
        assert total(entry.lines.values(), "CNY") == entry.amount
    # Repeated quoting, another order of lines and promotions, and units spread over more lines change nothing.
    assert quote(lines, context) == first
    mixed = data.draw(st.permutations(lines))
    split = [
        piece
        for one in mixed
        for piece in (
            [replace(one, quantity=1), replace(one, key=f"{one.key}-b", quantity=one.quantity - 1)]
            if one.quantity > 1
            else [one]
        )
    ]
    turned = replace(context, offers=Offers(Snapshot(tuple(reversed(found))), MEMBER))
    for other in (quote(mixed, turned), quote(split, turned)):
        assert other.discount == first.discount
        assert {entry.promotion.id: (entry.amount, entry.reason, entry.missing) for entry in other.outcomes} == {
            entry.promotion.id: (entry.amount, entry.reason, entry.missing) for entry in first.outcomes
        }
        # Every line earns what its goods earned, however they lie in the cart.
        times = points_percents(first.outcomes)
        for key, percent in points_percents(other.outcomes).items():
            assert percent == times[key.removesuffix("-b")]
    # Points come off what is left, gift cards stay whole, and none of it depends on how the goods lie there.
    spent = [
        quote(*with_points(entries, ctx, 37)) for entries, ctx in ((lines, context), (mixed, turned), (split, turned))
    ]
    assert len({entry.discount for entry in spent}) == 1
    assert all(row.discount.minor == 0 for entry in spent for row in entry.lines if row.key == "line-99")
    if included:
        assert len({entry.total for entry in spent}) == 1
    if included:
        assert quote(split, turned).total == first.total


@given(carts(), st.booleans(), st.integers(0, 100))
def test_refunding_everything_gives_back_what_was_paid_whatever_was_taken_off(
    cart: tuple[list[LineInput], list[Promotion]], included: bool, points_share: int
) -> None:
    """Line by line, in any order of beginning, after prices of promotions and discounts: the sum is the total."""
    lines, found = cart
    prices = [replace(entry, on_shelf=True) for entry in found if isinstance(entry.benefit, ON_SHELF)]
    offers = Offers(Snapshot((*prices, *(replace(entry, id=entry.id + 100) for entry in found))), MEMBER)
    priced = []
    for one in lines:
        if one.facets is None:
            priced.append(one)
            continue
        shelf = shelf_price(one.unit_price.minor, offers, NOW, facets=one.facets or frozenset(), quantity=one.quantity)
        assert 0 <= shelf.minor <= one.unit_price.minor
        assert shelf.minor + sum(amount for _entry, amount in shelf.cuts) == one.unit_price.minor
        priced.append(replace(one, unit_price=Money(shelf.minor, "CNY"), shelf=shelf.cuts))
    context = QuoteContext(
        "CNY", included, NOW, {"standard": Tax("VAT", Decimal("0.13"))},
        ShippingInput("post", "Post", Money(1200, "CNY")), offers=offers,
    )  # fmt: skip
    sold = quote(*with_points(priced, context, points_share))
    choice = sold.shipping_choice
    assert choice is not None
    standing = OrderStanding(
        currency="CNY",
        lines=[
            LineStanding(place, "line", row.quantity, row.total.minor, row.tax.minor, row.tax_rate.normalize())
            for place, row in enumerate(sold.lines, 1)
        ],
        shipping_total=choice.total.minor,
        shipping_tax=choice.tax.minor,
        shipping_rate=choice.tax_rate.normalize(),
        cash=sold.total.minor,
    )
    if not sold.total.minor:
        return
    assert sum(tax.gross for tax in preview(standing, everything(standing)).taxes) == sold.total.minor


@given(st.integers(-(10**9), 10**9), st.lists(st.integers(0, 10**6), min_size=1, max_size=9))
def test_whole_numbers_split_like_fractions(units: int, weights: list[int]) -> None:
    from fractions import Fraction

    slow = allocate_units(units, [Fraction(weight) for weight in weights], Allocation.TO_LARGEST_REMAINDER)
    assert allocate_whole(units, weights) == slow


@pytest.mark.parametrize(
    ("points", "english", "chinese"),
    [
        (1000, "10% off", "9 折"),
        (500, "5% off", "95 折"),
        (1250, "12.5% off", "8.75 折"),
        (5000, "50% off", "5 折"),
        # A twentieth that is left is not the half that "5 折" means.
        (9500, "95% off", "0.5 折"),
        (9000, "90% off", "1 折"),
    ],
)
def test_a_reduction_is_said_as_each_language_says_it(points: int, english: str, chinese: str) -> None:
    with override("en"):
        assert off_text(points) == english
    with override("zh-hans"):
        assert off_text(points) == chinese
