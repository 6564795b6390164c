"""What orders do to points: they spend, earn, give back and take back."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max, Q, Sum

from duli.base.clock import now
from duli.base.money import Money
from duli.commerce.membership import locks
from duli.commerce.membership.models import Lot, Member, OrderPoints, PointsEntry, Program, Redemption
from duli.commerce.membership.rules import EarnRule, earned, kept_back
from duli.commerce.membership.selectors import customer_is_member, open_lots, program, tier_rows, weighed
from duli.commerce.membership.services import ledger
from duli.commerce.membership.services.points import LEAST_LIFE
from duli.commerce.membership.types import NotEnoughPoints
from duli.commerce.orders.models import Fulfilment, Order, OrderLine
from duli.commerce.orders.states import TEST_SOURCE, FulfilmentState, OrderStatus

Kind = PointsEntry.Kind


@transaction.atomic(savepoint=False)
def spend(*, order: Order, customer_id: int, points: int, amount: Money, actor: str) -> Redemption:
    """Let an order that is being placed spend points; `amount` came off its goods for them.

    Of two checkouts that want the same points the second one finds them gone. Raises NotEnoughPoints.
    """
    member = locks.lock_member(customer_id)
    lots = list(open_lots(customer_id, now()))
    there = sum(lot.left for lot in lots)
    if there < points:
        raise NotEnoughPoints(points=there)
    ledger.take(member, lots, points, kind=Kind.SPENT, reference=order.reference, actor=actor)
    goods = _goods(Q(order=order), paid_all=False)
    return Redemption.objects.create(
        order=order,
        customer_id=customer_id,
        points=points,
        amount_minor=amount.minor,
        goods_minor=goods or _goods(Q(order=order), paid_all=True),
        paid_all=not goods,
    )


@transaction.atomic
def restate(*, order_id: int, actor: str = "system") -> None:
    """Bring the points of an order in line with what became of it; safe to call any number of times.

    It earns for goods that are paid and kept, and takes back what went back; what it spent is given back in the same
    proportion. Orders that were split off share with the one they come from.
    """
    order = Order.objects.get(pk=order_id)
    if order.source == TEST_SOURCE:
        return
    _give_back(order, actor)
    _earn(order, actor)


def _goods(which: Q, *, paid_all: bool) -> int:
    """Return what goods cost that are still sold, by which points were spread over them; gift cards are never cut.

    Where points paid for all of it nothing is left to weigh by, and the price before every discount counts.
    """
    rows = OrderLine.objects.filter(which, is_gift_card=False, product_id__isnull=False).exclude(
        order__status=OrderStatus.CANCELLED
    )
    kept = 0
    for subtotal, off, quantity, back in rows.values_list(
        "subtotal_minor", "discount_minor", "quantity", "refunded_quantity"
    ):
        kept += (subtotal if paid_all else subtotal - off) * (quantity - back) // quantity
    return kept


def _family(order: Order) -> list[int]:
    """Return the orders that carry what this one sold: itself, what was split off, and what took it in."""
    known = {order.pk}
    fresh = {order.pk}
    while fresh:
        found = Order.objects.filter(Q(origin_id__in=fresh) | Q(absorbed__in=fresh)).values_list("pk", flat=True)
        fresh = set(found) - known
        known |= fresh
    return sorted(known)


def _redemptions(order: Order) -> list[Redemption]:
    """Return what may have to be given back when something happens to this order: its own, or its origin's."""
    ids, seen = {order.pk}, {order.pk}
    while ids:
        rows = Order.objects.filter(pk__in=ids).values_list("origin_id", "merged_into_id")
        above = {pk for row in rows for pk in row if pk} | set(
            Order.objects.filter(merged_into_id__in=ids).values_list("pk", flat=True)
        )
        ids = above - seen
        seen |= ids
    return list(Redemption.objects.filter(pk__in=seen).order_by("pk"))


def _give_back(order: Order, actor: str) -> None:
    for found in _redemptions(order):
        member = locks.lock_member(found.customer_id)
        row = Redemption.objects.get(pk=found.pk)
        kept = kept_back(row.points, row.goods_minor, _goods(Q(order_id__in=_family(row.order)), paid_all=row.paid_all))
        back = row.points - kept - row.returned
        if back <= 0:
            continue
        instant = now()
        reference = f"order:{row.pk}"
        ledger.give(
            member,
            kind=Kind.RETURNED,
            points=back,
            available_at=instant,
            expires_at=_expiry_of_spent(reference, instant),
            reference=reference,
            actor=actor,
        )
        row.returned += back
        row.save(update_fields=["returned"])


def _expiry_of_spent(reference: str, instant: datetime) -> datetime | None:
    """Return until when points may be spent that come back: as long as they could before, and a month at least."""
    spent = PointsEntry.objects.filter(reference=reference, kind=Kind.SPENT)
    if spent.filter(lot__expires_at__isnull=True).exists():
        return None
    last = spent.aggregate(last=Max("lot__expires_at"))["last"]
    return max(last, instant + LEAST_LIFE) if last else None


def _earn(order: Order, actor: str) -> None:
    earning = OrderPoints.objects.filter(pk=order.pk).first()
    if earning is None:
        earning = _begin(order)
    if earning is None:
        return
    member = locks.lock_member(earning.customer_id)
    target = earned(_paid_goods(order), EarnRule.from_json(earning.rule))
    due = target - _given(order)
    available_at = _ready(order)
    if due > 0:
        came = order.paid_at or now()
        ledger.give(
            member,
            kind=Kind.EARNED,
            points=due,
            available_at=available_at,
            expires_at=program().expiry_of(max(came, available_at or came)),
            reference=order.reference,
            actor=actor,
        )
    elif due < 0:
        _take_back(member, order, -due, actor)
    if available_at is not None:
        lots = Lot.objects.filter(reference=order.reference, available_at__isnull=True)
        lots.update(available_at=available_at, expires_at=program().expiry_of(available_at))


def _begin(order: Order) -> OrderPoints | None:
    """Write down by which rules an order earns, once it is paid; a part of another one goes on by that one's."""
    rules = program()
    if order.paid_at is None or order.customer_id is None or not rules.has_points:
        return None
    if not customer_is_member(order.customer_id):
        return None
    origin = OrderPoints.objects.filter(pk=order.origin_id).first() if order.origin_id else None
    if origin is not None:
        # The bonus of an order is its first part's.
        rule = {**origin.rule, "bonus": 0}
    else:
        member = Member.objects.filter(pk=order.customer_id).first()
        tier_id = member.tier_id if member and rules.has_tiers else None
        percent = next((row.points_percent for row in tier_rows() if row.pk == tier_id), 100)
        rule = rules.rule_for(percent, order.paid_at).to_json()
    return OrderPoints.objects.create(order=order, customer_id=order.customer_id, rule=rule, created_at=now())


def _paid_goods(order: Order) -> int:
    """Return what was paid for goods of this order and not refunded, in the store's own currency.

    What a promotion gives more points for counts as often as it says.
    """
    if order.status == OrderStatus.CANCELLED or order.paid_at is None:
        return 0
    rows = order.lines.filter(is_gift_card=False, product_id__isnull=False).order_by("points_percent")
    sums = rows.values_list("points_percent").annotate(Sum("total_minor"), Sum("refunded_minor"))
    return weighed({percent: Money(paid - back, order.currency) for percent, paid, back in sums})


def _given(order: Order) -> int:
    """Return what this order has earned so far; what is still owed counts as taken back."""
    rows = PointsEntry.objects.filter(reference=order.reference)
    got = rows.filter(kind__in=[Kind.EARNED, Kind.TAKEN_BACK]).aggregate(sum=Sum("change"))["sum"] or 0
    owed = rows.filter(kind=Kind.OWED).aggregate(sum=Sum("owed"))["sum"] or 0
    return got - owed


def _take_back(member: Member, order: Order, points: int, actor: str) -> None:
    """Take points back: the order's own first, then pending ones, then those that last longest; the rest is owed."""
    lots = list(Lot.objects.filter(customer_id=member.pk, left__gt=0))
    instant = now()

    def order_of(lot: Lot) -> tuple[bool, bool, int]:
        pending = lot.available_at is None or lot.available_at > instant
        return (lot.reference != order.reference, not pending, -lot.pk)

    taken = ledger.take(
        member, sorted(lots, key=order_of), points, kind=Kind.TAKEN_BACK, reference=order.reference, actor=actor
    )
    if taken < points:
        ledger.owe(member, points - taken, reference=order.reference, actor=actor)


def _ready(order: Order) -> datetime | None:
    """Return from when what the order earned may be spent; None while it waits for the delivery."""
    rules = program()
    start = order.paid_at
    if rules.ready_from == Program.Ready.DELIVERED and order.fulfilment_state != FulfilmentState.NOT_NEEDED:
        if order.fulfilment_state != FulfilmentState.DELIVERED:
            return None
        start = Fulfilment.objects.filter(order=order).aggregate(last=Max("delivered_at"))["last"] or now()
    return start + timedelta(days=rules.ready_days) if start else None
