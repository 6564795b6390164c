"""What the bank desk knows of a person, and what one person alone may do there."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from duli.commerce.customers.selectors import person_of
from duli.commerce.orders.holders import Orders
from duli.commerce.orders.models import Order
from duli.commerce.orders.states import PaymentState
from duli.commerce.payments.models import PaymentAttempt, PaymentEvent
from duli.commerce.payments.references import transfer_reference
from duli.commerce.reconciliation.holders import BankDesk
from duli.commerce.reconciliation.models import PaymentProof, StatementLine
from duli.commerce.reconciliation.services import add_proof, match, read_statement, staff_match
from duli.commerce.reconciliation.types import NothingLeft, Part
from duli.platform.accounts.models import Approval, Role
from duli.platform.accounts.services import approve
from duli.platform.accounts.states import ApprovalState
from duli.platform.store.changes import reset_caches
from tests import factories
from tests.web.backoffice.conftest import member

pytestmark = pytest.mark.django_db


def line(order: Order, text: str = "", less: int = 0) -> StatementLine:
    body = f"Date,Amount,Name,Details\n2026-11-02,{(order.total_minor - less) / 100:.2f},Zhou Yu,{text}\n"
    brought = read_statement(content=body.encode(), name="bank.csv", actor="user:1", currency="CNY")
    return StatementLine.objects.get(statement=brought)


def test_a_person_gets_a_copy_and_is_forgotten() -> None:
    factories.shop()
    order = factories.order()
    picture = io.BytesIO()
    Image.new("RGB", (8, 8)).save(picture, "PNG")
    add_proof(order_id=order.pk, content=picture.getvalue(), name="transfer.png", actor="guest")
    row = line(order, "for the tea of 138 0013 8000")
    match(line_id=row.pk, parts=[Part(order.pk, row.amount_minor)], actor=factories.ACTOR)
    attempts = PaymentAttempt.objects.filter(collection_id=order.payment_collection_id)
    attempts.update(email_key="e" * 24, address_key="a" * 24, details={"payer": "138****"})
    person = person_of(order.customer_id or 0)
    copy = {**BankDesk().export(person), **Orders().export(person)}
    assert copy["bank_transfers"][0]["payer"] == "Zhou Yu"
    assert copy["payment_proofs"][0]["order"] == order.number
    assert copy["payments"][0]["email_key"] == "e" * 24
    assert BankDesk().erase(person) + Orders().erase(person)
    row.refresh_from_db()
    assert (row.payer, row.text, row.amount_minor) == ("", "", order.total_minor)
    assert not PaymentProof.objects.exists()
    assert list(attempts.values_list("email_key", "address_key", "details")) == [("", "", {})]
    assert not PaymentEvent.objects.filter(note__contains="Zhou").exists()
    assert BankDesk().erase(person) == 0


def test_above_the_limit_a_second_person_agrees_once() -> None:
    factories.shop()
    Role.objects.create(code="clerk", permissions=["orders.view", "orders.payments"], refund_limits={"CNY": 100})
    clerk, owner = member("clerk"), member("owner")
    reset_caches()
    proved, guessed = factories.order(), factories.order()
    sure = line(proved, transfer_reference(proved.payment_collection_id or 0))
    parts = [Part(proved.pk, sure.amount_minor, proved.total_minor)]
    assert staff_match(line_id=sure.pk, parts=parts, actor=f"user:{clerk.pk}")
    row = line(guessed, "thanks", less=100)
    parts = [Part(guessed.pk, row.amount_minor, guessed.total_minor)]
    for _ in range(2):
        assert staff_match(line_id=row.pk, parts=parts, actor=f"user:{clerk.pk}") is None
    approval = Approval.objects.get()
    assert Order.objects.get(pk=guessed.pk).payment_state == PaymentState.UNPAID
    approve(approval_id=approval.pk, actor=f"user:{owner.pk}")
    approval.refresh_from_db()
    assert approval.state == ApprovalState.DONE
    assert Order.objects.get(pk=guessed.pk).payment_state == PaymentState.PARTIALLY_PAID
    with pytest.raises(NothingLeft):
        match(line_id=row.pk, parts=parts, actor=factories.ACTOR)
