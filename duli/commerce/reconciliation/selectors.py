from __future__ import annotations

import base64
import binascii
from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db.models import F, Q, QuerySet

from duli.base.errors import NotFound
from duli.base.money import Money
from duli.commerce.orders.models import Order
from duli.commerce.orders.states import OrderStatus, PaymentState
from duli.commerce.payments.references import collections_named_in
from duli.commerce.reconciliation.formats.table import guessed, table_of
from duli.commerce.reconciliation.models import PaymentProof, Statement, StatementLine, StatementMatch
from duli.commerce.reconciliation.states import LineState, StatementState
from duli.commerce.reconciliation.suggestions import Candidate, Incoming, numbers_in, suggest
from duli.commerce.reconciliation.types import ColumnsToChoose, LineView, MatchView, ProofView, Suggestion
from duli.platform.store.prepared import Prepared
from duli.platform.store.selectors import current_store

MOST_BY_AMOUNT = 500
_OWED = (PaymentState.UNPAID, PaymentState.PARTIALLY_PAID)
_CANDIDATE = (
    *("pk", "payment_collection_id", "number", "customer_name", "billing_address", "status", "payment_state"),
    *("currency", "payment_collection__amount_minor", "payment_collection__captured_minor"),
)


def statement_lines(
    *,
    state: str = "",
    query: str = "",
    booked_from: date | None = None,
    booked_to: date | None = None,
    after: str = "",
    limit: int = 50,
) -> tuple[list[StatementLine], str]:
    """Return the lines in a state ("": all), newest first, from the cursor `after` on, and the next cursor."""
    rows = StatementLine.objects.select_related("statement")
    if state:
        rows = rows.filter(state=state)
    if booked_from:
        rows = rows.filter(booked_on__gte=booked_from)
    if booked_to:
        rows = rows.filter(booked_on__lte=booked_to)
    if query:
        rows = rows.filter(
            Q(payer__icontains=query)
            | Q(text__icontains=query)
            | Q(payer_account__icontains=query)
            | Q(reference__icontains=query)
            | Q(matches__in=StatementMatch.objects.filter(undone_at__isnull=True, order__number__iexact=query))
        ).distinct()
    cursor = _decode(after)
    if cursor:
        rows = rows.filter(Q(booked_on__lt=cursor[0]) | Q(booked_on=cursor[0], pk__lt=cursor[1]))
    found = list(rows.order_by("-booked_on", "-pk")[: limit + 1])
    more = _encode(found[limit - 1]) if len(found) > limit else ""
    return found[:limit], more


def _encode(row: StatementLine) -> str:
    return base64.urlsafe_b64encode(f"{row.booked_on.isoformat()}|{row.pk}".encode()).decode().rstrip("=")


def _decode(cursor: str) -> tuple[date, int] | None:
    try:
        day, _bar, key = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode().partition("|")
        return (date.fromisoformat(day), int(key)) if key.isascii() and len(key) < 19 else None
    except (ValueError, binascii.Error):
        return None


def matched_orders(line_ids: Sequence[int]) -> dict[int, list[tuple[int, str]]]:
    """Return the (key, number) of the orders that each line pays (one query)."""
    found: dict[int, list[tuple[int, str]]] = defaultdict(list)
    rows = StatementMatch.objects.filter(line_id__in=line_ids, undone_at__isnull=True)
    for line_id, order_id, number in rows.values_list("line_id", "order_id", "order__number"):
        found[line_id].append((order_id, number or ""))
    return found


def line_view(row: StatementLine, orders: Sequence[tuple[int, str]] = ()) -> LineView:
    return LineView(
        id=row.pk,
        booked_on=row.booked_on,
        amount=Money(row.amount_minor, row.currency),
        left=Money(row.left_minor, row.currency),
        payer=row.payer,
        payer_account=row.payer_account,
        text=row.text,
        reference=row.reference,
        account=row.account,
        state=row.state,
        note=row.note,
        statement_name=row.statement.name,
        orders=tuple(orders),
    )


def line_by_id(line_id: int) -> StatementLine:
    """Return a line of a statement. NotFound."""
    row = StatementLine.objects.select_related("statement").filter(pk=line_id).first()
    if row is None:
        raise NotFound()
    return row


def lines_by_key(line_ids: Sequence[int]) -> list[StatementLine]:
    """Return the lines with these keys, in no order; unknown ones are left out."""
    return list(StatementLine.objects.filter(pk__in=line_ids))


def matches_of(line_id: int) -> list[MatchView]:
    """Return what a line was matched to, undone matches included, oldest first (one query)."""
    rows = StatementMatch.objects.filter(line_id=line_id).select_related("order", "line")
    return [
        MatchView(
            id=row.pk,
            order_id=row.order_id,
            number=row.order.number or "",
            amount=Money(row.amount_minor, row.line.currency),
            due_before=Money(row.due_minor, row.line.currency),
            actor=row.actor,
            created_at=row.created_at,
            undone_at=row.undone_at,
            undone_by=row.undone_by,
        )
        for row in rows
    ]


def match_of(*, line_id: int, match_id: int) -> MatchView:
    """Return one match of a line. NotFound."""
    found = next((view for view in matches_of(line_id) if view.id == match_id), None)
    if found is None:
        raise NotFound()
    return found


def waiting_count() -> int:
    """Return how many lines are to be matched."""
    return StatementLine.objects.filter(state=LineState.OPEN).count()


def statements(limit: int = 50) -> list[Statement]:
    """Return the files that were brought, newest first."""
    return list(Statement.objects.defer("text")[:limit])


def columns_to_choose(statement_id: int) -> ColumnsToChoose:
    """Return a table whose columns are still to be chosen, with its first rows and what it may mean. NotFound."""
    row = Statement.objects.filter(pk=statement_id, state=StatementState.COLUMNS).first()
    if row is None:
        raise NotFound()
    found = table_of(row.text)
    return ColumnsToChoose(row.name, found.headings, found.rows[:4], guessed(found), row.account, row.currency)


def suggestions_for(lines: Sequence[StatementLine]) -> dict[int, tuple[Suggestion, ...]]:
    """Return for each open line the orders that it may pay, the surest first; at most three queries for all."""
    prefix = current_store().order_prefix
    waiting = [line for line in lines if line.state == LineState.OPEN and line.left_minor > 0]
    named = {line.pk: frozenset(collections_named_in(_said(line))) for line in waiting}
    numbers = {line.pk: frozenset(numbers_in(_said(line), prefix)) for line in waiting}
    if not waiting:
        return {}
    found: dict[int, Candidate] = {}
    keys = {key for keys in named.values() for key in keys}
    if keys:
        _add(found, Order.objects.filter(payment_collection_id__in=keys))
    spelled = {number for texts in numbers.values() for number in texts}
    if spelled:
        _add(found, Order.objects.filter(number__in=spelled, payment_collection__isnull=False))
    owed = Order.objects.filter(
        status=OrderStatus.OPEN, payment_state__in=_OWED, currency__in={line.currency for line in waiting}
    ).annotate(rest=F("payment_collection__amount_minor") - F("payment_collection__captured_minor"))
    amounts = {line.left_minor for line in waiting}
    _add(found, owed.filter(rest__in=amounts).order_by("-pk")[:MOST_BY_AMOUNT])
    candidates = list(found.values())
    return {
        line.pk: suggest(
            Incoming(line.left_minor, line.currency, line.payer, _said(line), named[line.pk]),
            candidates,
            numbers[line.pk],
        )
        for line in waiting
    }


def _said(line: StatementLine) -> str:
    return f"{line.text} {line.reference}"


def _add(found: dict[int, Candidate], rows: QuerySet[Order, Any]) -> None:
    for row in rows.values(*_CANDIDATE):
        captured = row["payment_collection__captured_minor"] or 0
        billing = row["billing_address"] or {}
        names = (row["customer_name"], billing.get("name", ""), billing.get("company", ""))
        found[row["pk"]] = Candidate(
            order_id=row["pk"],
            collection_id=row["payment_collection_id"],
            number=row["number"] or "",
            names=tuple(dict.fromkeys(filter(None, names))),
            status=row["status"],
            payment_state=row["payment_state"],
            currency=row["currency"],
            due_minor=max(0, (row["payment_collection__amount_minor"] or 0) - captured),
            is_open=row["status"] == OrderStatus.OPEN and row["payment_state"] in _OWED,
        )


def candidates_by_key(order_ids: Sequence[int]) -> dict[int, Candidate]:
    """Return orders as the desk shows them beside a line (one query)."""
    found: dict[int, Candidate] = {}
    _add(found, Order.objects.filter(pk__in=order_ids, payment_collection__isnull=False))
    return found


_proofs = Prepared(
    lambda ids: PaymentProof.objects.filter(order_id__in=ids).values_list(
        "order_id", "pk", "file_id", "file__name", "file__mime", "created_at"
    )
)


def proofs_of(order_ids: Sequence[int]) -> dict[int, list[ProofView]]:
    """Return what shoppers have shown for these orders, oldest first (one query)."""
    found: dict[int, list[ProofView]] = defaultdict(list)
    for order_id, proof_id, file_id, name, mime, created_at in _proofs.rows(list(order_ids)):
        found[order_id].append(ProofView(proof_id, file_id, name, mime, created_at))
    return found
