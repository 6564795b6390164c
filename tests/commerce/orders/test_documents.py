"""Invoices and credit notes: issued once, kept as they were, with sums that agree."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from duli.base.clock import frozen, now
from duli.base.errors import NotFound
from duli.commerce.orders.e_invoice import cii_xml
from duli.commerce.orders.models import Document, DocumentSeries, Order, OrderRefund
from duli.commerce.orders.selectors import timeline
from duli.commerce.orders.services import cancel, issue_credit_note, issue_invoice, refund
from duli.commerce.orders.types import InvoiceFirst, NothingToInvoice, RefundLine
from duli.platform.store import services as store
from tests import factories

pytestmark = pytest.mark.django_db
ACTOR = factories.ACTOR


@pytest.fixture
def _shop() -> None:
    factories.shop()


def refund_of(order: Order, minor: int = 5000) -> OrderRefund:
    return OrderRefund.objects.create(
        order=order, idempotency_key=f"r{minor}", goods_minor=minor, amount_minor=minor, original_minor=minor,
        tax_minor=575, taxes=[{"name": "增值税", "rate": "0.13", "gross": minor, "net": minor - 575, "tax": 575}],
        actor=ACTOR, created_at=now(),
    )  # fmt: skip


@pytest.mark.usefixtures("_shop")
def test_an_invoice_is_issued_once_and_stays_as_it_was() -> None:
    store.save_store(legal_name="青瓷有限公司", registration="91330000X")
    order = factories.order(quantity=2, paid=True)
    invoice = issue_invoice(order_id=order.pk, actor=ACTOR)
    assert invoice.label == "INV-000001"
    Order.objects.filter(pk=order.pk).update(customer_name="Somebody else", billing_address=None)
    store.save_store(legal_name="Another name")
    again = issue_invoice(order_id=order.pk, actor=ACTOR)
    assert (again.pk, again.snapshot) == (invoice.pk, invoice.snapshot)
    assert again.snapshot["seller"]["name"] == "青瓷有限公司"
    assert "林晓" in " ".join(again.snapshot["buyer"]["lines"])
    assert issue_invoice(order_id=factories.order().pk, actor=ACTOR).label == "INV-000002"
    assert [entry.name for entry in timeline(order.pk)].count("orders.document_issued") == 1


@pytest.mark.usefixtures("_shop")
def test_what_is_cancelled_is_not_invoiced_and_takes_no_number() -> None:
    order = factories.order()
    cancel(order_id=order.pk, reason="customer", actor=ACTOR)
    with pytest.raises(NothingToInvoice):
        issue_invoice(order_id=order.pk, actor=ACTOR)
    with pytest.raises(NotFound):
        issue_invoice(order_id=10**9, actor=ACTOR)
    assert not DocumentSeries.objects.exists()


@pytest.mark.usefixtures("_shop")
def test_a_credit_note_has_numbers_of_its_own_and_names_its_invoice() -> None:
    order = factories.order(paid=True)
    refund = refund_of(order)
    with pytest.raises(InvoiceFirst):
        issue_credit_note(refund_id=refund.pk, actor=ACTOR)
    invoice = issue_invoice(order_id=order.pk, actor=ACTOR)
    note = issue_credit_note(refund_id=refund.pk, actor=ACTOR)
    assert (note.label, note.corrects_id, note.total_minor, note.tax_minor) == ("CN-000001", invoice.pk, 5000, 575)
    assert note.snapshot["corrects"] == invoice.label
    assert issue_credit_note(refund_id=refund.pk, actor=ACTOR).pk == note.pk
    with pytest.raises(NotFound):
        issue_credit_note(refund_id=refund.pk + 1, actor=ACTOR)
    assert Document.objects.count() == 2


@pytest.mark.usefixtures("_shop")
@pytest.mark.parametrize("invoiced", [True, False])
def test_a_refund_of_what_was_invoiced_is_credited_by_itself(invoiced: bool) -> None:
    order = factories.order(quantity=3, paid=True)
    if invoiced:
        issue_invoice(order_id=order.pk, actor=ACTOR)
    made = refund(
        order_id=order.pk,
        lines=[RefundLine(order.lines.get().pk, 1, restock=False)],
        idempotency_key="r",
        actor=ACTOR,
        adjustment_minor=-500,
    )
    factories.drain()
    note = Document.objects.filter(kind="credit_note").first()
    assert (note is not None) == invoiced
    if note is not None:
        assert (note.total_minor, note.tax_minor) == (made.amount_minor, made.tax_minor)
        goods = sum(line["total_minor"] for line in note.snapshot["lines"])
        assert goods + note.snapshot["adjustment_minor"] == made.amount_minor
        assert sum(tax["tax"] for tax in note.snapshot["taxes"]) == made.tax_minor


@pytest.mark.usefixtures("_shop")
def test_an_invoice_brings_the_credit_notes_of_what_was_given_back_before_it() -> None:
    order = factories.order(quantity=3, paid=True)
    line = order.lines.get()
    for key in ("one", "two"):
        refund(order_id=order.pk, lines=[RefundLine(line.pk, 1, restock=False)], idempotency_key=key, actor=ACTOR)
    factories.drain()
    assert not Document.objects.exists()
    issue_invoice(order_id=order.pk, actor=ACTOR)
    order.refresh_from_db()
    signs = {"invoice": 1, "credit_note": -1}
    papers = list(Document.objects.order_by("pk"))
    assert [row.label for row in papers] == ["INV-000001", "CN-000001", "CN-000002"]
    assert sum(signs[row.kind] * row.total_minor for row in papers) == order.total_minor - order.refunded_minor
    issue_invoice(order_id=order.pk, actor=ACTOR)
    assert Document.objects.count() == 3


@pytest.mark.usefixtures("_shop")
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    lines=st.lists(st.tuples(st.integers(1, 99_999), st.integers(1, 7)), min_size=1, max_size=4),
    market=st.sampled_from(["cn", "int"]),
)
def test_the_sums_of_an_invoice_are_the_orders(lines: list[tuple[int, int]], market: str) -> None:
    variants = [factories.variant_of(factories.product(price=max(price, 7), stock=None)) for price, _units in lines]
    order = factories.order(*variants, quantity=lines[0][1], market_code=market)
    paper = issue_invoice(order_id=order.pk, actor=ACTOR)
    goods = sum(line["total_minor"] for line in paper.snapshot["lines"])
    assert goods + paper.snapshot["shipping_minor"] == paper.total_minor == order.total_minor
    assert sum(tax["tax"] for tax in paper.snapshot["taxes"]) == paper.tax_minor == order.tax_minor
    rates = {Decimal(tax["rate"]) for tax in paper.snapshot["taxes"]}
    assert rates == {Decimal(line["rate"]) for line in paper.snapshot["lines"] if Decimal(line["rate"])}


@pytest.mark.usefixtures("_shop")
def test_the_days_on_paper_are_the_days_of_the_store() -> None:
    """Soon after midnight in Shanghai it is still yesterday in Greenwich, and on no paper of the shop."""
    with frozen(datetime(2026, 11, 27, 17, 23, tzinfo=UTC)):
        order = factories.order(paid=True)
        paper = issue_invoice(order_id=order.pk, actor=factories.ACTOR)
    assert paper.snapshot["placed_on"] == paper.snapshot["supplied_on"] == "2026-11-28"
    assert cii_xml(paper).count(b"20261128") == 2
