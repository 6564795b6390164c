"""The first page: what waits to be done, how today goes, what runs low, and the way to the first sale."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from babel.dates import format_skeleton
from babel.numbers import format_compact_decimal
from django.core.cache import cache
from django.urls import reverse
from django.utils.translation import get_language, gettext
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from duli.base.money import Money, exponent
from duli.commerce.inventory.selectors import low_levels
from duli.commerce.orders.models import OrderRefund, OrderReturn
from duli.commerce.orders.selectors import has_sold
from duli.commerce.orders.states import RefundProgress, ReturnProgress
from duli.commerce.orders.types import HomeNumbers
from duli.commerce.reconciliation.models import StatementLine
from duli.commerce.reconciliation.states import LineState
from duli.growth.content.selectors import page_texts
from duli.platform.accounts.permissions import allowed
from duli.platform.accounts.selectors import approvals_waiting, kinds_decided_by
from duli.platform.mail.models import Mail
from duli.platform.mail.states import MailState
from duli.platform.mail.transport import can_send_mail
from duli.platform.store.prepared import PreparedCount, PreparedCounts
from duli.web.backoffice.kit.charts import LineChart, Point, ticks
from duli.web.backoffice.kit.when import locale
from duli.web.backoffice.selectors.products import first_images
from duli.web.backoffice.selectors.setup import setup_state

LOW_SHOWN = 6


@dataclass(frozen=True, slots=True)
class LowRow:
    product_id: int
    variant_id: int
    location_id: int
    title: str
    variant_title: str
    sku: str
    location: str
    available: int
    image: str


@dataclass(frozen=True, slots=True)
class LowStock:
    rows: tuple[LowRow, ...]
    total: int


LOW_KEPT = 60
"""Seconds for which Home knows what is low: finding it means looking at every level of the shop."""


def low_stock() -> LowStock:
    """Return the scarcest levels and how many are low in all; up to `LOW_KEPT` old."""
    found: LowStock | None = cache.get("home:low_stock")
    if found is None:
        found = _low_stock()
        cache.set("home:low_stock", found, LOW_KEPT)
    return found


def _low_stock() -> LowStock:
    levels = low_levels().exclude(variant__product__status="archived")
    found = list(levels[:LOW_SHOWN])
    images = first_images([level.variant.product_id for level in found])
    rows = tuple(
        LowRow(
            product_id=level.variant.product_id,
            variant_id=level.variant_id,
            location_id=level.location_id,
            title=level.variant.product.title,
            variant_title=level.variant.title,
            sku=level.variant.sku,
            location=level.location.name,
            available=level.available,
            image=images.get(level.variant.product_id, ""),
        )
        for level in found
    )
    return LowStock(rows, levels.count())


_failed_mails = PreparedCount(lambda: Mail.objects.filter(state=MailState.FAILED).order_by()[:99])


def failed_mails() -> int:
    return _failed_mails()


@dataclass(frozen=True, slots=True)
class Todo:
    """Something that waits: how many, what, and where it is done. `is_bad`: something went wrong."""

    count: int
    words: str
    url: str
    icon: str
    is_bad: bool = False


MOST = 99
_counts = PreparedCounts(
    lambda: (
        OrderReturn.objects.filter(state=ReturnProgress.REQUESTED).order_by()[:MOST],
        OrderReturn.objects.filter(state__in=[ReturnProgress.RECEIVED, ReturnProgress.INSPECTED]).order_by()[:MOST],
        OrderRefund.objects.filter(state=RefundProgress.FAILED).order_by()[:MOST],
        StatementLine.objects.filter(state=LineState.OPEN).order_by()[:MOST],
        DBTaskResult.objects.filter(status=TaskResultStatus.FAILED).order_by()[:MOST],
    )
)


def todos(user: Any) -> list[Todo]:
    """Return what waits beside the orders, of the areas the person may see (two short queries, three at most)."""
    decide, inspect, refunds, lines, jobs = _counts()
    approvals = approvals_waiting(kinds=kinds_decided_by(user), but_of=f"user:{user.pk}", most=MOST)
    found = [Todo(approvals, gettext("Wait for your approval"), reverse("backoffice:approvals"), "circle-check")]
    if allowed(user, "orders.view"):
        returns = reverse("backoffice:returns")
        failed = OrderRefund.objects.filter(state=RefundProgress.FAILED).order_by("-pk").first() if refunds else None
        found += [
            Todo(decide, gettext("Returns to decide"), f"{returns}?view=requested", "undo-2"),
            Todo(inspect, gettext("Returns to inspect or settle"), f"{returns}?view=received", "package"),
            Todo(lines, gettext("Transfers to match"), reverse("backoffice:transfers"), "circle-dollar-sign"),
        ]
        if failed:
            url = reverse("backoffice:order", args=[failed.order_id])
            found.append(Todo(refunds, gettext("Refunds that failed"), url, "triangle-alert", is_bad=True))
    if allowed(user, "system.view"):
        url = reverse("backoffice:system")
        found.append(Todo(jobs, gettext("Jobs that failed"), url, "triangle-alert", is_bad=True))
    return [todo for todo in found if todo.count]


@dataclass(frozen=True, slots=True)
class SetupStep:
    words: str
    help: str
    url: str
    done: bool


def setup_steps() -> tuple[SetupStep, ...]:
    """Return the steps to the first sale and what is worth doing before it, or nothing once there was one."""
    if has_sold():
        return ()
    state = setup_state()
    words = {
        "shop": (gettext("Say who you are"), gettext("Name, address and e-mail stand on every order and mail.")),
        "product": (gettext("Add your first product"), gettext("By hand, or from a file of Shopify or WooCommerce.")),
        "shipping": (gettext("Choose how parcels are sent"), gettext("Zones, methods and what they cost.")),
        "payment": (
            gettext("Choose how shoppers pay"),
            gettext("Bank transfer and cash on delivery work at once."),
        ),
        "order": (gettext("Place a test order"), gettext("See what a shopper sees, and what you get.")),
    }
    steps = [
        SetupStep(title, help_text, reverse("backoffice:setup_step", args=[code]), state.done(code))
        for code, (title, help_text) in words.items()
    ]
    steps.append(
        SetupStep(
            gettext("Write your legal texts"),
            gettext("Terms, privacy and returns, in each of your languages."),
            reverse("backoffice:settings_legal"),
            bool(page_texts("terms")),
        )
    )
    steps.append(
        SetupStep(
            gettext("Let mails leave"),
            gettext("Until a mail server is named, they only wait in the outbox."),
            reverse("backoffice:mails"),
            can_send_mail(),
        )
    )
    return tuple(steps)


def sales_chart(numbers: HomeNumbers) -> LineChart:
    """Return the last seven days against the seven before, in the store's own currency."""
    language = get_language() or "en"
    this, before = numbers.days[-7:], numbers.days[-14:-7]
    points = [
        Point(
            label=format_skeleton("MMMd", day.day, locale=locale()),
            value=day.revenue.minor,
            words=day.revenue.format(language),
            before=old.revenue.minor,
            before_words=old.revenue.format(language),
        )
        for day, old in zip(this, before, strict=False)
    ]
    currency = numbers.today.revenue.currency
    unit = 10 ** exponent(currency)
    highest = max([point.value for point in points] + [point.before for point in points] + [0])
    heights = [value * unit for value in ticks(-(-highest // unit))]
    return LineChart(
        caption=gettext("Sales of the last seven days against the seven before"),
        now=gettext("Last seven days"),
        before=gettext("The seven days before"),
        points=points,
        axis_words=[(value, _short(value, currency)) for value in heights],
    )


def _short(minor: int, currency: str) -> str:
    """Write an amount for the axis: whole units, without decimals."""
    return str(format_compact_decimal(int(Money(minor, currency).amount), locale=locale(), fraction_digits=1))
