"""Papers of what an edit or an exchange changes after the invoice: sums agree, files are valid, none comes twice."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from duli.base.errors import DuliError
from duli.commerce.orders import services
from duli.commerce.orders.editing import AddedLine, EditWish
from duli.commerce.orders.models import Document, Order
from duli.commerce.orders.types import InvoiceFirst, ReturnWish
from tests import factories
from tests.commerce.orders.test_e_invoice import check
from tests.commerce.orders.test_money_verbs import ship

pytestmark = pytest.mark.django_db
ACTOR = factories.ACTOR
SIGNS = {"invoice": 1, "credit_note": -1}


@pytest.fixture(autouse=True)
def _shop() -> None:
    factories.shop()


def edit(order: Order, **wish: object) -> Order:
    version = Order.objects.get(pk=order.pk).version
    services.edit_order(order_id=order.pk, wish=EditWish(**wish), version=version, actor=ACTOR)  # type: ignore[arg-type]
    factories.drain()
    return Order.objects.get(pk=order.pk)


def agree(order: Order) -> list[Document]:
    """Return the papers of an order, oldest first, after a look at their sums and at their numbers."""
    papers = list(Document.objects.filter(order=order).order_by("pk"))
    order = Order.objects.get(pk=order.pk)
    assert sum(SIGNS[row.kind] * row.total_minor for row in papers) == order.total_minor - order.refunded_minor
    for row in papers:
        assert row.total_minor >= 0
        check(row)
    for kind in SIGNS:
        numbers = sorted(Document.objects.filter(kind=kind).values_list("number", flat=True))
        assert numbers == list(range(1, len(numbers) + 1))
    return papers


def test_what_is_added_after_the_invoice_gets_a_supplementary_one() -> None:
    order = factories.order(quantity=1, paid=True)
    first = services.issue_invoice(order_id=order.pk, actor=ACTOR)
    other = factories.variant_of(factories.product("茶盘", price=26000, stock=2))
    before = order.total_minor
    order = edit(order, quantities={order.lines.get().pk: 3}, additions=(AddedLine(other.pk, 1),))
    invoice, more = agree(order)
    assert (more.kind, more.label, more.corrects_id) == ("invoice", "INV-000002", first.pk)
    assert (more.is_supplementary, invoice.is_supplementary) == (True, False)
    assert more.total_minor == order.total_minor - before
    assert [(line["title"], line["quantity"]) for line in more.snapshot["lines"]][1] == ("茶盘", 1)
    assert more.snapshot["lines"][0]["quantity"] == 2
    assert more.snapshot["corrects"] == "INV-000001"
    # The event may come again, and the first invoice stays the one that is shown when it is asked for.
    assert services.issue_difference(order_id=order.pk, actor=ACTOR) is None
    assert services.issue_invoice(order_id=order.pk, actor=ACTOR).pk == first.pk


def test_what_becomes_cheaper_is_credited_once_though_money_goes_back_later() -> None:
    order = factories.order(quantity=3, paid=True)
    services.issue_invoice(order_id=order.pk, actor=ACTOR)
    before = order.total_minor
    order = edit(order, quantities={order.lines.get().pk: 1})
    _invoice, note = agree(order)
    assert (note.kind, note.total_minor, note.refund_id) == ("credit_note", before - order.total_minor, None)
    assert note.snapshot["lines"][0]["quantity"] == 2
    services.refund_difference(order_id=order.pk, idempotency_key="back", actor=ACTOR)
    factories.drain()
    assert Document.objects.count() == 2


def test_a_discount_afterwards_takes_the_line_back_and_writes_it_anew() -> None:
    order = factories.order(quantity=2, paid=True)
    services.issue_invoice(order_id=order.pk, actor=ACTOR)
    order = edit(order, discounts={order.lines.get().pk: 1000})
    _invoice, note = agree(order)
    assert (note.kind, note.total_minor) == ("credit_note", 1000)
    assert [line["quantity"] for line in note.snapshot["lines"]] == [2, -2]


def test_an_exchange_has_a_credit_note_and_an_invoice() -> None:
    order = factories.order(quantity=1, paid=True)
    services.issue_invoice(order_id=order.pk, actor=ACTOR)
    line = order.lines.get()
    ship(order, 1)
    row = services.request_return(
        order_id=order.pk, lines=[ReturnWish(line.pk, 1, "too_small")], idempotency_key="r", actor=ACTOR
    )
    services.approve_return(return_id=row.pk, actor=ACTOR)
    other = factories.variant_of(factories.product("大茶盘", price=line.unit_price_minor + 3000, stock=2))
    services.complete_return(return_id=row.pk, outcome="exchange", actor=ACTOR, replacements=[AddedLine(other.pk, 1)])
    factories.drain()
    papers = agree(order)
    assert sorted(paper.label for paper in papers) == ["CN-000001", "INV-000001", "INV-000002"]


@pytest.mark.parametrize(("shipping", "kind"), [(2400, "invoice"), (0, "credit_note")])
def test_shipping_alone_makes_a_valid_paper_too(shipping: int, kind: str) -> None:
    order = factories.order(quantity=1, paid=True)
    services.issue_invoice(order_id=order.pk, actor=ACTOR)
    edit(order, shipping_minor=shipping)
    _invoice, paper = agree(order)
    assert (paper.kind, paper.snapshot["lines"]) == (kind, [])
    assert paper.total_minor


def test_without_an_invoice_there_is_no_paper() -> None:
    order = factories.order(quantity=1)
    edit(order, quantities={order.lines.get().pk: 2})
    assert not Document.objects.exists()
    with pytest.raises(InvoiceFirst):
        services.issue_difference(order_id=order.pk, actor=ACTOR)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(
        st.tuples(
            st.integers(0, 4), st.integers(0, 4), st.sampled_from([0, 0, 333, 1999]), st.sampled_from([None, 0, 2400])
        ),
        min_size=1,
        max_size=4,
    ),
    market=st.sampled_from(["cn", "int"]),
)
def test_after_any_edits_the_papers_say_what_the_order_costs(
    steps: list[tuple[int, int, int, int | None]], market: str
) -> None:
    two = [factories.variant_of(factories.product(price=price, stock=50)) for price in (8800, 1333)]
    order = factories.order(*two, quantity=2, market_code=market)
    services.issue_invoice(order_id=order.pk, actor=ACTOR)
    for first, second, discount, shipping in steps:
        lines = list(order.lines.order_by("pk"))
        wanted = dict(zip((line.pk for line in lines), (first, second), strict=False))
        try:
            order = edit(order, quantities=wanted, order_discount_minor=discount, shipping_minor=shipping)
        except DuliError:
            continue
    agree(order)
