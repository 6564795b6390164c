"""The demo's Chinese tax invoices: one in each of the ways that a request can stand."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction

from duli.base.clock import frozen, now
from duli.cli.demo_shop import FOLDER, read
from duli.commerce.fapiao.models import Fapiao, FapiaoRequest
from duli.commerce.fapiao.selectors import service_forms
from duli.commerce.fapiao.services import ask, decline, issue, issue_red, restate, save_service
from duli.commerce.fapiao.types import CURRENCY, FapiaoWish
from duli.commerce.orders import services as orders
from duli.commerce.orders.models import Order
from duli.commerce.orders.states import OrderStatus, PaymentState
from duli.commerce.orders.types import RefundLine
from duli.platform.accounts.models import User
from duli.platform.events.models import Event

_COMPANIES = (
    ("杭州云栖木作有限公司", "91330106MA2KXW5T65"),
    ("上海朴居空间设计有限公司", "91310115MA1H8F3N00"),
    ("深圳市一间咖啡文化有限公司", "91440300MA5EQ2L7CT"),
    ("北京山前文化传播有限公司", "91110108MA01P9K4D8"),
)
# How far each of the newest orders has come.
_WAYS = ("to_issue", "issued", "to_correct", "special", "reissued", "declined", "person", "issued_person")
_LONGEST = timedelta(hours=8)


def set_up_service() -> None:
    """Let the practice service inside the shop be used, at the address that the shop has now."""
    known = {entry.code: entry for entry in service_forms()}
    about = read("shop.json")["fapiao"]
    code, base = about["code"], f"{settings.PUBLIC_URL}/sandbox-fapiao/open/v1/services"
    there = known[code].values["base_url"]
    if there == base or (known[code].is_set_up and "/sandbox-fapiao" not in there):
        # Somebody tries a real account, or nothing moved.
        return
    enabled = known[code].enabled or not known[code].is_set_up
    values = {**about["values"], "base_url": base}
    save_service(code=code, enabled=enabled, by_itself=known[code].by_itself, values=values, actor="system")


@transaction.atomic
def load_fapiao(today: datetime) -> None:
    """Let the buyers of some orders ask, and staff issue, correct and refuse; nothing where orders are missing."""
    staff = User.objects.filter(is_staff=True).order_by("pk").values_list("pk", flat=True).first()
    actor = f"user:{staff}" if staff else "system"
    rows = Order.objects.filter(currency=CURRENCY).exclude(status=OrderStatus.CANCELLED).order_by("-placed_at")
    unpaid = rows.filter(payment_state=PaymentState.UNPAID).first()
    if unpaid is not None:
        with frozen(min(_quiet_since(unpaid) + timedelta(minutes=3), today)):
            _ask(unpaid, 0)
    paid = rows.filter(payment_state=PaymentState.PAID, placed_at__lt=today - _LONGEST)[: 3 * len(_WAYS)]
    settled = [(order, quiet) for order in paid if (quiet := _quiet_since(order)) < today - _LONGEST]
    for place, ((order, quiet), way) in enumerate(zip(settled, _WAYS, strict=False)):
        _tell(order, way, place, actor, quiet + timedelta(minutes=7))


def _quiet_since(order: Order) -> datetime:
    """Return when something last happened to an order: what comes now comes after it on its timeline."""
    return Event.objects.filter(reference=order.reference).order_by("-pk").values_list("happened_at", flat=True)[0]


def _tell(order: Order, way: str, place: int, actor: str, begin: datetime) -> None:
    with frozen(begin):
        row = _ask(order, None if way.endswith("person") else place, special=way == "special")
    if way == "declined":
        with frozen(begin + timedelta(hours=2)):
            decline(request_id=row.pk, reason="企业名称与税号不一致，请核对后重新提交。", actor=actor)
    if way not in {"issued", "issued_person", "to_correct", "reissued"}:
        return
    with frozen(begin + timedelta(hours=3)):
        blue = _blue(row, place, 0, actor)
    if way == "to_correct":
        with frozen(begin + timedelta(hours=5)):
            line = order.lines.order_by("pk")[0]
            orders.refund(order_id=order.pk, lines=[RefundLine(line.pk, 1)], idempotency_key="demo:fapiao", actor=actor)
            restate(order_id=order.pk)
    if way == "reissued":
        with frozen(begin + timedelta(hours=6)):
            number, day = _number(place, 1), _day(begin + timedelta(hours=6))
            issue_red(fapiao_id=blue.pk, number=number, issued_on=day, whole=True, actor=actor)
            ask(order_id=order.pk, wish=_wish(order, place + 1), actor=actor, by_staff=True)
            _blue(row, place, 2, actor)


def _blue(row: FapiaoRequest, place: int, nth: int, actor: str) -> Fapiao:
    return issue(
        request_id=row.pk,
        number=_number(place, nth),
        issued_on=_day(now()),
        content=(FOLDER / "fapiao.pdf").read_bytes(),
        name="发票.pdf",
        actor=actor,
    )


def _number(place: int, nth: int) -> str:
    return f"2633700000{place:06}{nth:04}"


def _day(when: datetime) -> date:
    return when.astimezone(ZoneInfo("Asia/Shanghai")).date()


def _wish(order: Order, place: int | None, *, special: bool = False) -> FapiaoWish:
    if place is None:
        return FapiaoWish(title=order.customer_name, email=order.email)
    title, number = _COMPANIES[place % len(_COMPANIES)]
    return FapiaoWish(
        title_kind="company",
        kind="special" if special else "normal",
        title=title,
        tax_number=number,
        email=order.email,
        bank="招商银行杭州分行" if special else "",
        account="571900000000001" if special else "",
    )


def _ask(order: Order, place: int | None, *, special: bool = False) -> FapiaoRequest:
    return ask(order_id=order.pk, wish=_wish(order, place, special=special), actor="guest")
