"""The bank desk: a statement is brought, its lines find their orders, and a person corrects what a program cannot."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from duli.commerce.orders.models import Order
from duli.commerce.orders.states import PaymentState
from duli.commerce.payments.references import transfer_reference
from duli.commerce.reconciliation import services
from duli.commerce.reconciliation.models import Statement, StatementLine, StatementMatch
from duli.commerce.reconciliation.states import LineState
from tests import factories
from tests.web.backoffice.conftest import SignIn

pytestmark = pytest.mark.django_db
LIST = "backoffice:transfers"


def upload(desk: Client, body: bytes, name: str = "bank.csv", **values: str):  # type: ignore[no-untyped-def]
    data = {"file": SimpleUploadedFile(name, body), "currency": "CNY", **values}
    return desk.post(reverse("backoffice:transfers_import"), data)


def reference(order: Order) -> str:
    return transfer_reference(order.payment_collection_id or 0)


def line(minor: int, text: str = "", payer: str = "Lin", day: int = 2) -> StatementLine:
    body = f"Date,Amount,Name,Details\n2026-11-{day:02},{minor / 100:.2f},{payer},{text}\n"
    brought = services.read_statement(content=body.encode(), name="bank.csv", actor="user:1", currency="CNY")
    return StatementLine.objects.get(statement=brought)


def state(order: Order) -> str:
    return Order.objects.get(pk=order.pk).payment_state


def test_from_the_file_to_the_paid_order(owner: Client) -> None:
    order = factories.order()
    body = f"Date,Amount,Name,Details\n2026-11-02,{order.total_minor / 100:.2f},Lin,{reference(order)}\n".encode()
    assert upload(owner, body).status_code == 302
    page = owner.get(reverse(LIST)).content.decode()
    assert "1 new line" in page
    assert f"#{order.number}" in page
    assert "Accept all sure ones" in page
    assert owner.post(reverse("backoffice:transfers_accept"), {"sure": "1"}).status_code == 302
    assert "1 line is matched" in owner.get(reverse(LIST)).content.decode()
    assert state(order) == PaymentState.PAID
    assert "1 was here already" in (upload(owner, body), owner.get(reverse(LIST)))[1].content.decode()


def test_chosen_suggestions_and_one_at_a_time(owner: Client) -> None:
    first, second, third = (factories.order() for _ in range(3))
    rows = [line(order.total_minor - 100 * place, reference(order)) for place, order in enumerate((first, second))]
    answer = owner.post(reverse("backoffice:transfers_accept"), {"id": [row.pk for row in rows]})
    assert answer.status_code == 302
    assert (state(first), state(second)) == (PaymentState.PAID, PaymentState.PARTIALLY_PAID)
    row = line(third.total_minor, reference(third))
    url = reverse("backoffice:transfer_accept", args=[row.pk])
    shown = owner.get(url).content.decode()
    assert f"order #{third.number}" in shown
    stale = owner.post(url, {"order": third.pk, "due": third.total_minor - 1})
    assert stale.status_code == 409
    assert "owes another amount" in stale.content.decode()
    assert owner.post(url, {"order": third.pk, "due": third.total_minor}).status_code == 302
    assert state(third) == PaymentState.PAID


def test_a_line_is_split_by_hand_and_undone(owner: Client) -> None:
    first, second = factories.order(), factories.order()
    row = line(first.total_minor + 500, "rent and more", payer="Somebody")
    url = reverse("backoffice:transfer", args=[row.pk])
    found = owner.get(url, {"find": second.number}).content.decode()
    assert f"amount-{second.pk}" in found
    amounts = {
        f"amount-{first.pk}": f"{first.total_minor / 100:.2f}",
        f"due-{first.pk}": str(first.total_minor),
        f"amount-{second.pk}": "5",
        f"due-{second.pk}": str(second.total_minor),
    }
    assert owner.post(url, amounts)["Location"] == reverse(LIST)
    said = owner.get(reverse(LIST), {"view": "matched"}).content.decode()
    assert f"#{first.number} is paid" in said
    assert "is still owed" in said
    assert (state(first), state(second)) == (PaymentState.PAID, PaymentState.PARTIALLY_PAID)
    match = StatementMatch.objects.get(order=first)
    undo = reverse("backoffice:transfer_undo", args=[row.pk, match.pk])
    assert "owes it again" in owner.get(undo).content.decode()
    assert owner.post(undo).status_code == 302
    assert state(first) == PaymentState.UNPAID
    assert "Undone" in owner.get(url).content.decode()
    assert owner.get(reverse("backoffice:transfer_undo", args=[row.pk, 10**17])).status_code == 404


def test_looking_for_another_order_keeps_what_was_typed(owner: Client) -> None:
    first, second = factories.order(), factories.order()
    row = line(first.total_minor + 500, "rent and more", payer="Somebody")
    url = reverse("backoffice:transfer", args=[row.pk])
    typed = {f"amount-{first.pk}": "77.50", f"amount-{second.pk}": "", "amount-x": "1", f"amount-{10**30}": "2"}
    shown = owner.get(url, {"find": second.number, **typed}).content.decode()
    assert f'name="amount-{first.pk}" value="77.50"' in shown
    assert f'name="amount-{second.pk}" value=""' in shown
    assert f"amount-{first.pk}" not in owner.get(url, {"find": second.number}).content.decode()


@pytest.mark.parametrize("amount", ["-5", "abc", "5.001", "1e9", "9999999999999999999999"])
def test_nonsense_amounts_keep_what_was_typed(owner: Client, amount: str) -> None:
    order = factories.order()
    row = line(order.total_minor)
    answer = owner.post(reverse("backoffice:transfer", args=[row.pk]), {f"amount-{order.pk}": amount})
    assert answer.status_code == 422
    assert f'value="{amount}"' in answer.content.decode()
    assert not StatementMatch.objects.exists()


def test_more_than_is_left_is_refused(owner: Client) -> None:
    order = factories.order()
    row = line(500)
    answer = owner.post(reverse("backoffice:transfer", args=[row.pk]), {f"amount-{order.pk}": "5.01"})
    assert answer.status_code == 409
    assert "matched it already" in answer.content.decode()


def test_aside_and_back(owner: Client) -> None:
    row = line(500)
    aside = reverse("backoffice:transfer_ignore", args=[row.pk])
    assert owner.get(aside).status_code == 200
    assert owner.post(aside, {"note": "a loan"}).status_code == 302
    assert "a loan" in owner.get(reverse(LIST), {"view": "ignored"}).content.decode()
    owner.post(reverse("backoffice:transfer_reopen", args=[row.pk]))
    row.refresh_from_db()
    assert row.state == LineState.OPEN


def test_unknown_columns_are_chosen_on_a_page(owner: Client) -> None:
    answer = upload(owner, b"Wann;Wieviel;Wer\n02.11.2026;12,00;Max\n", currency="")
    assert Statement.objects.get().state == "columns"
    page = owner.get(answer["Location"]).content.decode()
    assert "Wieviel" in page
    assert "Max" in page
    wrong = owner.post(answer["Location"], {"date": "Wann"})
    assert wrong.status_code == 422
    chosen = {"date": "Wann", "amount": "Wieviel", "payer": "Wer", "own_currency": "eur"}
    assert owner.post(answer["Location"], chosen).status_code == 302
    assert StatementLine.objects.get().amount_minor == 1200
    assert owner.get(answer["Location"]).status_code == 404


@pytest.mark.parametrize("body", [b"", b"\x00", b"hello", b"<xml/>"])
def test_files_that_are_no_statement_are_refused_in_words(owner: Client, body: bytes) -> None:
    assert upload(owner, body).status_code == 422
    assert not Statement.objects.exists()


def test_who_may_only_look_sees_no_verbs(sign_in: SignIn) -> None:
    order = factories.order()
    row = line(order.total_minor, reference(order))
    viewer = sign_in("viewer")
    page = viewer.get(reverse(LIST)).content.decode()
    assert "Accept" not in page
    url = reverse("backoffice:transfer", args=[row.pk])
    assert "amount-" not in viewer.get(url).content.decode()
    assert viewer.post(url, {f"amount-{order.pk}": "5"}).status_code == 403
    assert state(order) == PaymentState.UNPAID


def test_the_list_costs_the_same_for_many(owner: Client, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    order = factories.order()
    line(order.total_minor, reference(order))
    owner.get(reverse(LIST))
    with CaptureQueriesContext(connection) as one:
        owner.get(reverse(LIST))
    for number in range(20):
        line(1000 + number, f"{reference(order)} 10{number:02}", day=3)
    with django_assert_num_queries(len(one.captured_queries)):
        owner.get(reverse(LIST))


def test_in_chinese(sign_in: SignIn) -> None:
    line(500, "货款")
    page = sign_in("owner", "zh-hans").get(reverse(LIST)).content.decode()
    assert "银行转账" in page
    assert "导入流水" in page
