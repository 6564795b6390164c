"""The line in the shop's own database: a counter beside the sale, and a row for each who came."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from duli.base.clock import now
from duli.commerce.flash_sales.lines.base import Standing
from duli.commerce.flash_sales.models import FlashSale, Ticket


class DatabaseLine:
    def join(self, sale_id: int, nonce: str) -> int:
        with transaction.atomic():
            # Raising the counter locks the row: numbers follow each other without a gap, whoever else comes now.
            FlashSale.objects.filter(pk=sale_id).update(tickets=F("tickets") + 1)
            known = Ticket.objects.filter(sale_id=sale_id, nonce=nonce).values_list("number", flat=True).first()
            if known is not None:
                FlashSale.objects.filter(pk=sale_id).update(tickets=F("tickets") - 1)
                return known
            number = FlashSale.objects.values_list("tickets", flat=True).get(pk=sale_id)
            Ticket.objects.create(sale_id=sale_id, number=number, nonce=nonce, joined_at=now())
            return number

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
