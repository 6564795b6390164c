"""Money on a statement finds its orders: once, whole or in parts, and back again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from duli.base.errors import Conflict, InvalidInput, NotFound
from duli.base.money import Money
from duli.commerce.orders.models import Order
from duli.commerce.orders.states import OrderStatus, PaymentState
from duli.commerce.payments.models import PaymentEvent
from duli.commerce.payments.references import transfer_reference
from duli.commerce.payments.types import AlreadyGivenBack
from duli.commerce.reconciliation import selectors, services
from duli.commerce.reconciliation.formats import UnreadableStatement
from duli.commerce.reconciliation.models import Statement, StatementLine, StatementMatch
from duli.commerce.reconciliation.states import Confidence, LineState, Reason, StatementState
from duli.commerce.reconciliation.suggestions import same_name
from duli.commerce.reconciliation.types import (
    CurrencyDiffers,
    LineMatched,
    NothingLeft,
    OwesOtherwise,
    Part,
    Suggestion,
)
from tests import factories
from tests.commerce.reconciliation import samples

pytestmark = pytest.mark.django_db
STAFF = "user:1"


@pytest.fixture(autouse=True)
def _shop(db: None) -> None:
    factories.shop()


def reference(order: Order) -> str:
    return transfer_reference(order.payment_collection_id or 0, order.currency)


def statement(*rows: tuple[int, str, str], currency: str = "CNY", name: str = "bank.csv") -> Statement:
    """Bring a table of (minor, payer, text)."""
    body = "".join(
        f"2026-11-{number:02},{minor / 100:.2f},{payer},{text}\n" for number, (minor, payer, text) in enumerate(rows, 1)
    )
    return services.read_statement(
        content=f"Date,Amount,Name,Details\n{body}".encode(), name=name, actor=STAFF, currency=currency
    )


def line(minor: int, payer: str = "", text: str = "", currency: str = "CNY") -> StatementLine:
    brought = statement((minor, payer, text), currency=currency)
    return StatementLine.objects.get(statement=brought)


def suggested(row: StatementLine) -> list[Suggestion]:
    return list(selectors.suggestions_for([row]).get(row.pk, ()))


def match(row: StatementLine, *parts: tuple[Order, int]) -> None:
    services.match(line_id=row.pk, parts=[Part(order.pk, minor) for order, minor in parts], actor=STAFF)


def fresh(order: Order) -> Order:
    return Order.objects.select_related("payment_collection").get(pk=order.pk)


def test_the_same_file_again_adds_nothing() -> None:
    rows = [(1000, "A", "x"), (1000, "A", "x"), (-500, "B", "fee")]
    first = statement(*[(minor, payer, text) for minor, payer, text in rows])
    again = statement(*[(minor, payer, text) for minor, payer, text in rows], name="other.csv")
    assert (first.added, first.known, first.outgoing) == (2, 0, 1)
    assert (again.added, again.known, again.outgoing) == (0, 2, 1)
    longer = statement(*rows, (700, "C", "new"))
    assert (longer.added, longer.known) == (1, 2)


def test_two_alike_on_one_day_are_two() -> None:
    body = "Date,Amount,Name\n2026-11-02,10.00,A\n2026-11-02,10.00,A\n"
    brought = services.read_statement(content=body.encode(), name="x", actor=STAFF, currency="CNY")
    assert brought.added == 2


def test_every_form_is_kept() -> None:
    for text in (samples.CAMT, samples.MT940, samples.OFX_SGML):
        brought = services.read_statement(content=text.encode(), name="x", actor=STAFF)
        assert brought.added
        assert services.read_statement(content=text.encode(), name="x", actor=STAFF).added == 0


def test_unknown_columns_are_asked_for_once_and_remembered() -> None:
    body = "Wann;Wieviel;Wer\n02.11.2026;12,00;Max\n"
    asked = services.read_statement(content=body.encode(), name="x.csv", actor=STAFF)
    assert asked.state == StatementState.COLUMNS
    columns = {"date": ["Wann"], "amount": ["Wieviel"], "payer": ["Wer", "no such"]}
    with pytest.raises(InvalidInput):
        services.choose_columns(
            statement_id=asked.pk, columns={"date": ["Wann"]}, account="", currency="EUR", actor=STAFF
        )
    done = services.choose_columns(statement_id=asked.pk, columns=columns, account="DE89", currency="EUR", actor=STAFF)
    assert (done.state, done.added, done.text) == (StatementState.READ, 1, "")
    with pytest.raises(Conflict):
        services.choose_columns(statement_id=asked.pk, columns=columns, account="", currency="EUR", actor=STAFF)
    later = services.read_statement(content=body.replace("02.", "03.").encode(), name="y.csv", actor=STAFF)
    assert (later.state, later.added) == (StatementState.READ, 1)
    row = StatementLine.objects.get(statement=later)
    assert (row.account, row.currency, row.payer, row.amount_minor) == ("DE89", "EUR", "Max", 1200)


@pytest.mark.parametrize("content", [b"", b"x" * (10 * 1024 * 1024 + 1), b"nothing to see"])
def test_what_is_no_statement_changes_nothing(content: bytes) -> None:
    with pytest.raises((InvalidInput, UnreadableStatement)):
        services.read_statement(content=content, name="x", actor=STAFF)
    assert not Statement.objects.exists()


def test_suggestions_from_sure_to_possible() -> None:
    item = factories.variant_of(factories.product(price=10000, stock=50))
    order = factories.order(item)
    due = order.total_minor
    [best] = suggested(line(due, "somebody", f"for {reference(order)} thanks"))
    assert (best.order_id, best.confidence, best.reason) == (order.pk, Confidence.SURE, Reason.REFERENCE)
    [named] = suggested(line(due, "", f"order {order.number}"))
    assert (named.confidence, named.reason) == (Confidence.SURE, Reason.NUMBER)
    [payer] = suggested(line(due, "林晓", "货款"))
    assert (payer.confidence, payer.reason) == (Confidence.LIKELY, Reason.PAYER)
    [amount] = suggested(line(due, "王五", ""))
    assert (amount.confidence, amount.reason) == (Confidence.POSSIBLE, Reason.AMOUNT)
    [less] = suggested(line(due - 100, "", reference(order)))
    assert (less.confidence, less.difference.minor) == (Confidence.LIKELY, -100)
    assert suggested(line(due - 7, "林晓", "")) == []
    assert suggested(line(due, "", reference(order), currency="USD")) == []


def test_two_orders_in_one_text_are_never_sure() -> None:
    first, second = factories.order(), factories.order()
    found = suggested(line(first.total_minor, "", f"{reference(first)} {reference(second)}"))
    assert {entry.confidence for entry in found} == {Confidence.LIKELY}


def test_suggestions_cost_the_same_for_many(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    orders = [factories.order() for _ in range(3)]
    rows = [line(order.total_minor + place, "x", reference(order)) for place, order in enumerate(orders * 10)]
    selectors.suggestions_for(rows[:1])
    with django_assert_num_queries(3):
        selectors.suggestions_for(rows[:1])
    with django_assert_num_queries(3):
        assert all(selectors.suggestions_for(rows).values())


def test_accepted_money_pays_the_order_and_can_be_taken_back() -> None:
    order = factories.order()
    row = line(order.total_minor, "林晓", reference(order))
    assert services.match_sure(actor=STAFF) == 1
    assert services.match_sure(actor=STAFF) == 0
    factories.drain()
    paid = fresh(order)
    assert (paid.payment_state, paid.status) == (PaymentState.PAID, OrderStatus.OPEN)
    row.refresh_from_db()
    assert (row.state, row.left_minor) == (LineState.MATCHED, 0)
    matched = StatementMatch.objects.get()
    for _ in range(2):
        services.undo_match(match_id=matched.pk, actor="user:2")
    factories.drain()
    again = fresh(order)
    assert again.payment_state == PaymentState.UNPAID
    row.refresh_from_db()
    assert (row.state, row.matched_minor) == (LineState.OPEN, 0)
    matched.refresh_from_db()
    assert matched.undone_by == "user:2"
    assert list(PaymentEvent.objects.order_by("pk").values_list("kind", flat=True)) == ["captured", "reversed"]
    assert services.match_sure(actor=STAFF) == 1
    assert fresh(order).payment_state == PaymentState.PAID
    assert [view.undone_at is None for view in selectors.matches_of(row.pk)] == [False, True]


def test_one_line_pays_several_orders() -> None:
    first, second = factories.order(), factories.order()
    row = line(first.total_minor + second.total_minor, "林晓", "")
    match(row, (first, first.total_minor))
    row.refresh_from_db()
    assert (row.state, row.left_minor) == (LineState.OPEN, second.total_minor)
    match(row, (second, second.total_minor))
    row.refresh_from_db()
    assert row.state == LineState.MATCHED
    assert {fresh(order).payment_state for order in (first, second)} == {PaymentState.PAID}


def test_several_lines_pay_one_order_and_too_little_stays_owed() -> None:
    order = factories.order()
    match(line(2000, "a"), (order, 2000))
    assert fresh(order).payment_state == PaymentState.PARTIALLY_PAID
    rest = order.total_minor - 2000
    [found] = suggested(line(rest, "林晓"))
    assert found.due == Money(rest, "CNY")
    match(line(rest, "b"), (order, rest))
    assert fresh(order).payment_state == PaymentState.PAID


def test_too_much_needs_a_person() -> None:
    order = factories.order()
    row = line(order.total_minor + 500)
    [done] = services.match(line_id=row.pk, parts=[Part(order.pk, order.total_minor + 500)], actor=STAFF)
    assert (done.too_much.minor, done.still_due.minor) == (500, 0)
    assert fresh(order).payment_state == PaymentState.REVIEW


def test_money_for_an_order_that_ran_out_of_time_revives_it() -> None:
    from duli.commerce.orders.services import expire_unpaid

    order = factories.order()
    Order.objects.filter(pk=order.pk).update(expires_at=order.placed_at)
    expire_unpaid()
    factories.drain()
    row = line(order.total_minor, "", reference(order))
    assert suggested(row)[0].confidence == Confidence.LIKELY
    match(row, (order, order.total_minor))
    factories.drain()
    assert (fresh(order).status, fresh(order).payment_state) == (OrderStatus.OPEN, PaymentState.PAID)


def test_what_is_refused_changes_nothing() -> None:
    order, dollars = factories.order(), factories.order(market_code="int")
    row = line(order.total_minor)
    cases: list[tuple[list[Part], type[Exception]]] = [
        ([], InvalidInput),
        ([Part(order.pk, 0)], InvalidInput),
        ([Part(order.pk, 1), Part(order.pk, 1)], InvalidInput),
        ([Part(order.pk, order.total_minor + 1)], NothingLeft),
        ([Part(order.pk, 5, shown_due=4)], OwesOtherwise),
        ([Part(order.pk, 5), Part(dollars.pk, 5)], CurrencyDiffers),
        ([Part(order.pk, 5), Part(10**15, 5)], NotFound),
    ]
    for parts, error in cases:
        with pytest.raises(error):
            services.match(line_id=row.pk, parts=parts, actor=STAFF)
    row.refresh_from_db()
    assert row.matched_minor == 0
    assert not StatementMatch.objects.exists()
    assert not PaymentEvent.objects.exists()


def test_what_was_refunded_stays_matched() -> None:
    from duli.commerce.orders.services import refund

    order = factories.order()
    match(line(order.total_minor), (order, order.total_minor))
    factories.drain()
    refund(order_id=order.pk, lines=[], adjustment_minor=100, idempotency_key="r", actor=STAFF)
    factories.drain()
    with pytest.raises(AlreadyGivenBack):
        services.undo_match(match_id=StatementMatch.objects.get().pk, actor=STAFF)
    assert StatementLine.objects.get().state == LineState.MATCHED


def test_a_line_is_set_aside_and_taken_up_again() -> None:
    order = factories.order()
    row = line(order.total_minor, "", reference(order))
    services.ignore_line(line_id=row.pk, note="loan", actor=STAFF)
    assert services.match_sure(actor=STAFF) == 0
    with pytest.raises(NothingLeft):
        match(row, (order, 5))
    assert services.reopen_line(line_id=row.pk, actor=STAFF).note == ""
    match(row, (order, 5))
    with pytest.raises(LineMatched):
        services.ignore_line(line_id=row.pk, note="", actor=STAFF)


def test_the_list_has_states_a_search_and_pages() -> None:
    order = factories.order()
    statement(*[(1000 + place, f"payer {place}", "x") for place in range(5)], (order.total_minor, "", reference(order)))
    services.match_sure(actor=STAFF)
    first, after = selectors.statement_lines(limit=4)
    rest, end = selectors.statement_lines(limit=4, after=after)
    assert ([row.pk for row in first + rest], end) == (
        list(StatementLine.objects.order_by("-booked_on", "-pk").values_list("pk", flat=True)),
        "",
    )
    assert len(selectors.statement_lines(state="matched")[0]) == 1
    assert len(selectors.statement_lines(query="PAYER 3")[0]) == 1
    assert len(selectors.statement_lines(query=order.number or "")[0]) == 1
    assert len(selectors.statement_lines(after="nonsense")[0]) == 6


@pytest.mark.parametrize(
    ("payer", "names", "same"),
    [
        ("LIN XIAO", ("Xiao Lin",), True),
        ("Jörg Müller", ("jorg muller",), True),
        ("Müller, Jörg und Anna", ("Jörg Müller",), True),
        ("林 晓", ("林晓",), True),
        ("林晓明", ("林晓",), False),
        ("", ("",), False),
        ("Lin", ("Xiao Lin",), False),
    ],
)
def test_names(payer: str, names: tuple[str, ...], same: bool) -> None:
    assert same_name(payer, names) is same


@given(st.text(max_size=40))
def test_nobody_is_like_nobody(text: str) -> None:
    assert not same_name(text, ("",))
    assert not same_name("", (text,))
