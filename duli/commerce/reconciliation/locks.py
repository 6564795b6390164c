"""The only row locks of this room. Order of the house: statement line, order, collection."""

from __future__ import annotations

from duli.base.errors import NotFound
from duli.commerce.reconciliation.models import BillDifference, Statement, StatementLine


def lock_line(line_id: int) -> StatementLine:
    """Lock and return a line of a statement, or raise NotFound."""
    row = StatementLine.objects.select_for_update().filter(pk=line_id).first()
    if row is None:
        raise NotFound()
    return row


def lock_statement(statement_id: int) -> Statement:
    """Lock and return a statement, or raise NotFound."""
    row = Statement.objects.select_for_update().filter(pk=statement_id).first()
    if row is None:
        raise NotFound()
    return row


def lock_difference(difference_id: int) -> BillDifference:
    """Lock and return a difference of a bill, or raise NotFound."""
    row = BillDifference.objects.select_for_update().filter(pk=difference_id).first()
    if row is None:
        raise NotFound()
    return row
