"""From a shopper's wish to the fapiao, and back by red ones when money goes back."""

from __future__ import annotations

import io
import zipfile
from datetime import date, timedelta

import pytest

from duli.base.clock import now
from duli.base.errors import DuliError, InvalidInput
from duli.commerce.customers.holders import holders
from duli.commerce.customers.models import Customer
from duli.commerce.customers.selectors import person_of
from duli.commerce.fapiao import services
from duli.commerce.fapiao.models import Fapiao, FapiaoRequest
from duli.commerce.fapiao.selectors import may_ask, open_amount, requests
from duli.commerce.fapiao.titles import checked, is_tax_number
from duli.commerce.fapiao.types import (
    FapiaoIssuedAlready,
    FapiaoNotOffered,
    FapiaoNumberTaken,
    FapiaoWish,
    InvalidFapiao,
    NothingToIssue,
    NothingToTakeBack,
)
from duli.commerce.orders import services as orders
from duli.commerce.orders.types import RefundLine
from duli.growth.notifications.models import Notice
from duli.platform.mail.models import Mail
from duli.platform.media.models import PrivateFile
from tests import factories

pytestmark = pytest.mark.django_db
COMPANY = FapiaoWish(
    title_kind="company", title="杭州青舍家居有限公司", tax_number="91110000600037341L", email="cai@example.com"
)
BLUE, RED, NEW = "26117000000000000001", "26117000000000000002", "26117000000000000003"


@pytest.fixture(autouse=True)
def shop() -> None:
    factories.shop()


def state(request: FapiaoRequest) -> str:
    return FapiaoRequest.objects.get(pk=request.pk).state


@pytest.mark.parametrize(
    ("change", "problems"),
    [
        ({}, {}),
        ({"tax_number": " 9111 0000-6000 37341l "}, {}),
        ({"kind": "special"}, {}),
        ({"tax_number": "91110000600037341M"}, {"tax_number": "invalid"}),
        ({"tax_number": ""}, {"tax_number": "required"}),
        ({"title": " \n "}, {"title": "required"}),
        ({"title": "x" * 101}, {"title": "too_long"}),
        ({"title": "x" * 10_000_000}, {"title": "too_long"}),
        ({"email": "cai"}, {"email": "invalid"}),
        ({"title_kind": "club", "kind": "paper"}, {"title_kind": "invalid", "kind": "invalid"}),
        ({"title_kind": "person", "kind": "special"}, {"kind": "invalid"}),
        ({"title_kind": "person", "tax_number": "x", "bank": "y"}, {}),
    ],
)
def test_what_can_be_printed(change: dict[str, str], problems: dict[str, str]) -> None:
    values = {name: getattr(COMPANY, name) for name in ("title_kind", "title", "tax_number", "email")} | change
    if problems:
        with pytest.raises(InvalidFapiao) as refused:
            checked(FapiaoWish(**values), offers_special=True)
        assert refused.value.problems == problems
        return
    kept = checked(FapiaoWish(**values), offers_special=True)
    assert (kept.tax_number, kept.bank) == (("", "") if kept.title_kind == "person" else (COMPANY.tax_number, ""))


def test_a_single_wrong_character_of_a_tax_number_is_found() -> None:
    right = COMPANY.tax_number
    for place in range(18):
        for sign in "0123456789":
            changed = right[:place] + sign + right[place + 1 :]
            assert is_tax_number(changed) == (changed == right)


def test_issue_partial_refund_red_and_done() -> None:
    item = factories.variant_of(factories.product(price=10000))
    order = factories.order(item, quantity=2, paid=True)
    assert not may_ask(order)
    with pytest.raises(FapiaoNotOffered):
        services.ask(order_id=order.pk, wish=COMPANY, actor="guest")
    request = factories.fapiao_request(order)
    assert (state(request), open_amount(request).minor) == ("to_issue", order.total_minor)
    day = now().date()
    for number, when in (("123", day), (BLUE, date(2020, 1, 1)), (BLUE, day + timedelta(days=3)), ("１" * 20, day)):
        with pytest.raises(InvalidInput):
            services.issue(request_id=request.pk, number=number, issued_on=when, actor="user:1")
    blue = services.issue(
        request_id=request.pk, number=f"{BLUE[:10]} {BLUE[10:]}", issued_on=day, content=b"%PDF-1.7", name="发票.pdf",
        actor="user:1",
    )  # fmt: skip
    assert (state(request), blue.number, blue.amount_minor) == ("issued", BLUE, order.total_minor)
    with pytest.raises(NothingToIssue):
        services.issue(request_id=request.pk, number=NEW, issued_on=day, actor="user:1")
    with pytest.raises(NothingToTakeBack):
        services.issue_red(fapiao_id=blue.pk, number=RED, issued_on=day, actor="user:1")
    with pytest.raises(FapiaoIssuedAlready):
        services.ask(order_id=order.pk, wish=COMPANY, actor="guest")
    orders.refund(order_id=order.pk, lines=[RefundLine(order.lines.get().pk, 1)], idempotency_key="one", actor="user:1")
    factories.drain()
    assert state(request) == "to_correct"
    assert Notice.objects.filter(kind="fapiao", data__red=True).count() == 1
    with pytest.raises(FapiaoNumberTaken):
        services.issue_red(fapiao_id=blue.pk, number=BLUE, issued_on=day, actor="user:1")
    order.refresh_from_db()
    red = services.issue_red(fapiao_id=blue.pk, number=RED, issued_on=day, actor="user:1")
    assert (red.amount_minor, state(request)) == (-order.refunded_minor, "issued")
    factories.drain()
    mails = list(Mail.objects.filter(template="fapiao_issued").order_by("pk"))
    assert [(mail.to, number in mail.html) for mail, number in zip(mails, (BLUE, RED), strict=True)] == [
        ("cai@example.com", True)
    ] * 2


def test_a_whole_one_is_taken_back_and_issued_anew_with_another_title() -> None:
    order = factories.order(paid=True)
    blue = factories.fapiao(order, BLUE)
    day = now().date()
    services.issue_red(fapiao_id=blue.pk, number=RED, issued_on=day, whole=True, actor="user:1")
    assert state(blue.request) == "to_issue"
    with pytest.raises(NothingToTakeBack):
        services.issue_red(fapiao_id=blue.pk, number=NEW, issued_on=day, whole=True, actor="user:1")
    services.ask(
        order_id=order.pk, wish=FapiaoWish(title="林晓", email="lin@example.com"), actor="user:1", by_staff=True
    )
    new = services.issue(request_id=blue.request_id, number=NEW, issued_on=day, actor="user:1")
    blue.refresh_from_db()
    assert (new.title, new.tax_number, blue.title) == ("林晓", "", COMPANY.title)
    assert state(blue.request) == "issued"


def test_unpaid_orders_wait_and_a_refusal_can_be_answered() -> None:
    order = factories.order()
    request = factories.fapiao_request(order)
    assert state(request) == "waiting"
    with pytest.raises(NothingToIssue):
        services.issue(request_id=request.pk, number=BLUE, issued_on=now().date(), actor="user:1")
    orders.mark_paid(order_id=order.pk, actor="user:1", idempotency_key="paid")
    factories.drain()
    assert state(request) == "to_issue"
    services.decline(request_id=request.pk, reason="税号与名称不符", actor="user:1")
    factories.drain()
    assert state(request) == "declined"
    assert "税号与名称不符" in Mail.objects.get(template="fapiao_declined").html
    services.ask(order_id=order.pk, wish=COMPANY, actor="guest")
    assert state(request) == "to_issue"
    orders.cancel(order_id=order.pk, reason="customer", restock=True, actor="user:1")
    factories.drain()
    assert state(request) == "void"


def test_an_ofd_is_kept_and_another_archive_is_not() -> None:
    order = factories.order(paid=True)
    request = factories.fapiao_request(order)

    def archive(name: str) -> bytes:
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w") as target:
            target.writestr(name, "<ofd/>")
        return made.getvalue()

    values = {"request_id": request.pk, "issued_on": now().date(), "actor": "user:1"}
    with pytest.raises(DuliError):
        services.issue(**values, number=BLUE, content=archive("evil.js"), name="a.ofd")  # type: ignore[arg-type]
    assert not Fapiao.objects.exists()
    paper = services.issue(**values, number=BLUE, content=archive("OFD.xml"), name="发票.ofd")  # type: ignore[arg-type]
    assert PrivateFile.objects.get(pk=paper.file_id).mime == "application/ofd"


def test_who_asks_for_their_data_gets_it_and_who_is_forgotten_leaves_what_the_law_wants() -> None:
    issued, wished = factories.order(paid=True), factories.order()
    paper = factories.fapiao(issued, BLUE)
    factories.fapiao_request(wished)
    customer = Customer.objects.get(pk=issued.customer_id)
    holder = holders.get("fapiao")
    exported = holder.export(person_of(customer.pk))
    assert [row["number"] for row in exported["fapiao"]] == [BLUE]
    assert len(exported["fapiao_requests"]) == 2
    holder.erase(person_of(customer.pk))
    kept = FapiaoRequest.objects.get()
    assert (kept.pk, kept.email, kept.title) == (paper.request_id, "", COMPANY.title)


def test_the_list_costs_the_same_at_one_row_and_at_many() -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            rows, _after = requests()
            assert [open_amount(row).minor for row in rows]
        return len(queries)

    factories.fapiao(factories.order(paid=True), BLUE)
    one = cost()
    for _number in range(3):
        factories.fapiao_request(factories.order())
    assert cost() == one
    assert len(requests(query=BLUE)[0]) == 1
    assert len(requests(states=["waiting"])[0]) == 3
    assert requests(after="x")[0] == []
