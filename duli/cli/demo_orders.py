"""The demo's past: half a year of orders, each of them made by the same verbs as a real one, at its own time.

What happens is decided by a generator with a fixed seed, so that every demo tells the same story.
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from itertools import count
from typing import Any

from django.db import transaction

from duli.base.clock import frozen
from duli.cli.demo_shop import SOURCE, read
from duli.commerce.catalogue.models import Variant
from duli.commerce.checkout import services as checkout
from duli.commerce.checkout.types import Details, NotForSale, PlaceOrder
from duli.commerce.customers.types import Address
from duli.commerce.inventory.models import StockLevel, StockMovement
from duli.commerce.inventory.services import adjust
from duli.commerce.inventory.types import InsufficientStock
from duli.commerce.orders import services as orders
from duli.commerce.orders.models import Order, OrderLine
from duli.commerce.orders.types import FulfilLine
from duli.platform.accounts.models import User
from duli.platform.store.changes import reset_caches
from duli.platform.store.selectors import market_by_code

SEED = 20260101
FIRST_DAY = 180
FRESH = timedelta(hours=36)
# Letters about what is long past would only fill the mailbox; what is fresh is still to be told.
_PAST = ("notifications.", "orders.follow_parcel")
_SETTLED = "orders.settle"
_LIKED = {
    "sofas": 3.0,
    "chairs": 2.6,
    "tables": 2.6,
    "lighting": 3.0,
    "indoor-plants": 1.6,
    "outdoor-plants": 1.8,
    "cameras": 1.6,
    "accessories": 0.5,
    "components": 0.5,
    "balls": 0.7,
    "fitness": 0.7,
}
_CARRIERS = {"cn": (("sf", "SF"), ("zto", "7"), ("jd", "JDX"), ("ems", "EA")), "int": (("dhl", "JD01"), ("ems", "LZ"))}


@dataclass(slots=True)
class _Story:
    """The queue of what happens when; running it in order of time gives the timeline its right order too."""

    today: datetime
    chance: random.Random = field(default_factory=lambda: random.Random(SEED))
    queue: list[tuple[datetime, int, Callable[[datetime], None]]] = field(default_factory=list)
    numbers: count[int] = field(default_factory=count)

    def at(self, when: datetime, happens: Callable[[datetime], None]) -> None:
        if when <= self.today:
            heapq.heappush(self.queue, (when, next(self.numbers), happens))

    def run(self, progress: Callable[[datetime], None]) -> None:
        while self.queue:
            when, _, happens = heapq.heappop(self.queue)
            with frozen(when):
                happens(when)
            progress(when)


@transaction.atomic
def load_orders(today: datetime, shopper: str, progress: Callable[[int, int], None]) -> None:
    """Let half a year of buying, paying, shipping and cancelling happen, up to `today`."""
    reset_caches()
    story = _Story(today)
    shop = _Shop(story, shopper)
    begin = today - timedelta(days=FIRST_DAY)
    for day in range(FIRST_DAY):
        noon = begin + timedelta(days=day)
        for _ in range(_how_many(story.chance, day, noon)):
            minutes = int(story.chance.triangular(0, 15 * 60, 11 * 60))
            story.at(noon.replace(hour=0, minute=0) + timedelta(minutes=minutes), shop.somebody_buys)
        if day % 10 == 9:
            story.at(noon, shop.goods_arrive)
    for hours in (20, 11, 6, 4, 3, 1):
        story.at(today - timedelta(hours=hours, minutes=17), shop.somebody_buys)
    done = 0

    def tell(when: datetime) -> None:
        nonlocal done
        passed = (when - begin).days
        if passed > done:
            done = passed
            progress(min(done, FIRST_DAY - 1), FIRST_DAY)

    story.run(tell)
    progress(FIRST_DAY, FIRST_DAY)


def _how_many(chance: random.Random, day: int, noon: datetime) -> int:
    """More towards today, more at weekends, and a little luck."""
    expected = 0.55 + 0.9 * day / FIRST_DAY + (0.5 if noon.weekday() >= 5 else 0.0)
    return int(expected + chance.random())


class _Shop:
    """Who buys what, and what becomes of it."""

    def __init__(self, story: _Story, shopper: str) -> None:
        self.story = story
        self.chance = story.chance
        self.people: Mapping[str, Any] = read("people.json")
        self.shopper = User.objects.filter(email=shopper).first()
        staff = User.objects.filter(is_staff=True).order_by("pk").values_list("pk", flat=True)
        self.staff = [f"user:{pk}" for pk in staff] or ["system"]
        self.variants, self.weights = self._popularity()

    def _popularity(self) -> tuple[list[int], list[float]]:
        wanted = {f"{SOURCE}{entry['handle']}": entry for entry in read("products.json")}
        rows = Variant.objects.filter(is_active=True, product__source__in=wanted).order_by("pk")
        ids, weights = [], []
        for pk, source, place in rows.values_list("pk", "product__source", "position"):
            entry = wanted[source]
            weight = _LIKED.get(entry["categories"][0], 1.0) / entry["price"]["CNY"] ** 0.45 / (1 + place * 0.35)
            weight *= 2.4 if "编辑精选" in entry["tags"] else 1.0
            # Of what is old there is only one.
            weight *= 0.1 if "旧物" in entry["tags"] else 1.0
            ids.append(pk)
            weights.append(weight)
        return ids, weights

    def somebody_buys(self, when: datetime) -> None:
        abroad = self.chance.random() < 0.2
        market = market_by_code("int" if abroad else "cn")
        assert market is not None
        person = self.chance.choice(self.people["world" if abroad else "cn"])
        token = ""
        for _ in range(self.chance.choices((1, 2, 3), (62, 28, 10))[0]):
            variant_id = self.chance.choices(self.variants, self.weights)[0]
            quantity = self.chance.choices((1, 2, 4), (84, 13, 3))[0]
            try:
                cart = checkout.add_line(
                    token=token, variant_id=variant_id, quantity=quantity, market=market, language=market.language
                )
            except (InsufficientStock, NotForSale):
                continue
            token = cart.token
        if not token:
            return
        method = self.chance.choices(
            ("sandbox_card", "bank_transfer", "cash_on_delivery"), (62, 14, 0 if abroad else 24)
        )
        note = self.chance.choice(self.people["notes"][market.language]) if self.chance.random() < 0.08 else ""
        details = _details(person, abroad, method[0], note)
        checkout.save_details(token=token, details=details)
        account = self.shopper if self.shopper and self.shopper.email == details.email else None
        order = checkout.place_order(
            request=PlaceOrder(
                cart_token=token,
                shown_total=None,
                actor=f"user:{account.pk}" if account else "guest",
                user_id=account.pk if account else None,
            )
        )
        self._what_follows(order, when, method[0], market.code)

    def _what_follows(self, order: Order, when: datetime, method: str, market: str) -> None:
        hours = partial(self._hours, when)
        if method == "cash_on_delivery":
            self.story.at(hours(1, 5), partial(self._confirm, order.pk, market))
            return
        waits, patience = ((0.02, 0.08), 1.05) if method == "sandbox_card" else ((3, 40), 168)
        if self.chance.random() < 0.9:
            actor = f"gateway:{method}" if method == "sandbox_card" else self.chance.choice(self.staff)
            self.story.at(hours(*waits), partial(self._pay, order.pk, actor, market))
        else:
            self.story.at(when + timedelta(hours=patience), partial(self._cancel, order.pk, "expired", "system"))

    def _hours(self, when: datetime, least: float, most: float) -> datetime:
        return when + timedelta(hours=self.chance.uniform(least, most))

    def _confirm(self, order_id: int, market: str, when: datetime) -> None:
        orders.confirm(order_id=order_id, actor=self.chance.choice(self.staff))
        self.story.at(self._hours(when, 3, 24), partial(self._ship, order_id, market))

    def _pay(self, order_id: int, actor: str, market: str, when: datetime) -> None:
        orders.mark_paid(order_id=order_id, actor=actor, idempotency_key="demo")
        if self.chance.random() < 0.03:
            self.story.at(
                self._hours(when, 0.5, 3), partial(self._cancel, order_id, "customer", self.chance.choice(self.staff))
            )
            return
        if self.chance.random() < 0.06:
            self.story.at(self._hours(when, 0.2, 2), partial(self._comment, order_id))
        self.story.at(self._hours(when, 5, 34), partial(self._ship, order_id, market))

    def _comment(self, order_id: int, when: datetime) -> None:
        text = self.chance.choice(self.people["comments"])
        orders.comment(order_id=order_id, text=text, actor=self.chance.choice(self.staff))

    def _ship(self, order_id: int, market: str, when: datetime) -> None:
        carrier, prefix = self.chance.choice(_CARRIERS[market])
        lines = OrderLine.objects.filter(order_id=order_id).values_list("pk", "quantity")
        held = StockLevel.objects.filter(reservations__reference=f"order:{order_id}").order_by("pk").first()
        parcel = orders.fulfil(
            order_id=order_id,
            lines=[FulfilLine(pk, quantity) for pk, quantity in lines],
            location_id=held.location_id if held else None,
            carrier=carrier,
            tracking_number=f"{prefix}{self.chance.randrange(10**11, 10**12)}",
            idempotency_key=f"demo:{order_id}",
            actor=self.chance.choice(self.staff),
        )
        days = (5, 11) if market == "int" else (1, 4)
        self.story.at(self._hours(when, days[0] * 24, days[1] * 24), partial(self._arrive, order_id, parcel.pk))

    def _arrive(self, order_id: int, parcel_id: int, when: datetime) -> None:
        orders.mark_delivered(fulfilment_id=parcel_id, actor="system")
        order = Order.objects.get(pk=order_id)
        if order.payment_method_code == "cash_on_delivery":
            orders.mark_paid(order_id=order_id, actor=self.chance.choice(self.staff), idempotency_key="demo")

    def _cancel(self, order_id: int, reason: str, actor: str, when: datetime) -> None:
        orders.cancel(order_id=order_id, reason=reason, restock=True, actor=actor)

    def goods_arrive(self, when: datetime) -> None:
        """Fill up what runs low, except what there is only one of, and leave some of it low."""
        low = StockLevel.objects.filter(on_hand__lt=6, variant__is_active=True).exclude(
            variant__product__tags__name="旧物"
        )
        for variant_id, location_id in low.order_by("pk").values_list("variant_id", "location_id"):
            if self.chance.random() < 0.6:
                adjust(
                    variant_id=variant_id,
                    location_id=location_id,
                    change=self.chance.randrange(6, 18),
                    reason=StockMovement.Reason.RECEIVED,
                    actor=self.staff[-1],
                )


def _details(person: list[str], abroad: bool, method: str, note: str) -> Details:
    if abroad:
        name, country, region, city, district, line, postcode, mailbox, phone = person
        email = f"{mailbox}@example.com"
    else:
        name, region, city, district, line, mailbox = person
        country, postcode = "CN", ""
        email = "lin@duli.example" if mailbox == "linxiao" else f"{mailbox}@example.com"
        phone = f"1380000{sum(map(ord, mailbox)) % 10000:04}"
    address = Address(
        country=country,
        name=name,
        phone=phone,
        region=region,
        city=city,
        district=district,
        line1=line,
        postal_code=postcode,
    )
    return Details(email=email, phone=phone, shipping_address=address, payment_method_code=method, note=note)


def settle_jobs() -> None:
    """Deal with what the past left in the queue: nobody is written to about it, everything else is done now."""
    from django_tasks import TaskResultStatus
    from django_tasks_db.models import DBTaskResult

    from duli.base.clock import now
    from duli.platform.events.models import Event, Receipt
    from duli.platform.events.registry import listeners
    from duli.platform.jobs.worker import drain

    fresh = set(Event.objects.filter(happened_at__gt=now() - FRESH).values_list("pk", flat=True))
    names = dict(Event.objects.values_list("pk", "name"))
    receipts: list[Receipt] = []
    gone: list[Any] = []
    for row in DBTaskResult.objects.filter(status=TaskResultStatus.READY).iterator():
        wanted = row.args_kwargs["kwargs"]
        if wanted.get("job") != "events.deliver":
            continue
        event_id = wanted["arguments"]["event_id"]
        waiting = listeners(names[event_id])
        done = [name for name in waiting if name == _SETTLED or (name.startswith(_PAST) and event_id not in fresh)]
        receipts += [Receipt(event_id=event_id, subscriber=name) for name in done]
        if len(done) == len(waiting):
            gone.append(row.pk)
    with transaction.atomic():
        Receipt.objects.bulk_create(receipts, ignore_conflicts=True, batch_size=500)
        for start in range(0, len(gone), 500):
            DBTaskResult.objects.filter(pk__in=gone[start : start + 500]).delete()
    drain(limit=5000)
