"""The line in the shop's own database: a counter beside the sale, and a row for each who came."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from duli.base.clock import now
from duli.commerce.flash_sales.lines.base import Standing
from duli.commerce.flash_sales.models import FlashSale, Ticket
from duli.platform.store.prepared import Prepared, PreparedUpdate, insert

_next = PreparedUpdate(lambda pk: (FlashSale.objects.filter(pk=pk), {"tickets": F("tickets") + 1}))
_back = PreparedUpdate(lambda pk: (FlashSale.objects.filter(pk=pk), {"tickets": F("tickets") - 1}))
_number = Prepared(lambda pk: FlashSale.objects.filter(pk=pk).values_list("tickets"))
_known = Prepared(lambda pk, nonce: Ticket.objects.filter(sale_id=pk, nonce=nonce).values_list("number"))


class DatabaseLine:
    def join(self, sale_id: int, nonce: str) -> int:
        with transaction.atomic():
            # Raising the counter locks the row: numbers follow each other without a gap, whoever else comes now.
            _next(sale_id)
            ((number,),) = _number.rows(sale_id)
            row = Ticket(sale_id=sale_id, number=number, nonce=nonce, joined_at=now())
            if insert(row, unless_there=True):
                return number
            _back(sale_id)
            ((known,),) = _known.rows(sale_id, nonce)
            return known

    def standing(self, sale: FlashSale) -> Standing:
        return Standing(sale.tickets, sale.admitted)

    def let_in(self, sale: FlashSale, at: datetime) -> bool:
        if sale.admitted >= sale.tickets:
            return False
        if sale.admitted_at is not None and at < sale.admitted_at + timedelta(seconds=sale.batch_seconds):
            return False
        upto = min(sale.tickets, sale.admitted + sale.batch_size)
        with transaction.atomic():
            # Only who still finds what was read lets the batch in; everybody else comes too late for that.
            moved = (
                FlashSale.objects.filter(pk=sale.pk, admitted=sale.admitted, admitted_at=sale.admitted_at)
                if sale.admitted_at
                else FlashSale.objects.filter(pk=sale.pk, admitted=0, admitted_at__isnull=True)
            )
            if not moved.update(admitted=upto, admitted_at=at):
                return False
            Ticket.objects.filter(sale_id=sale.pk, number__gt=sale.admitted, number__lte=upto).update(admitted_at=at)
        return True

    def admitted_at(self, sale_id: int, number: int) -> datetime | None:
        return Ticket.objects.filter(sale_id=sale_id, number=number).values_list("admitted_at", flat=True).first()
