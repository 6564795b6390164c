"""The line in the shop's own database: a counter beside the sale, and a row for each who came."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import Future
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from duli.base.clock import now
from duli.base.lanes import aside
from duli.commerce.flash_sales.lines.base import Standing
from duli.commerce.flash_sales.models import FlashSale, Ticket
from duli.platform.store.prepared import Prepared, PreparedUpdate, insert_all

_raise = PreparedUpdate(lambda pk, by: (FlashSale.objects.filter(pk=pk), {"tickets": F("tickets") + by}))
_last = Prepared(lambda pk: FlashSale.objects.filter(pk=pk).values_list("tickets"))
_known = Prepared(lambda pk, nonces: Ticket.objects.filter(sale_id=pk, nonce__in=nonces).values_list("nonce", "number"))

_admitted = Prepared(lambda pk, number: Ticket.objects.filter(sale_id=pk, number=number).values_list("admitted_at"))

MOST_TOGETHER = 60


class _Arrivals:
    """Those who come to a line of this process at the same time: whoever is first writes all of them down.

    A number is only given out when it is written, and writing one takes the database as long as writing sixty.
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._writing = threading.Lock()
        self._waiting: list[tuple[int, str, Future[int]]] = []

    def join(self, sale_id: int, nonce: str) -> int:
        mine: Future[int] = Future()
        with self._guard:
            self._waiting.append((sale_id, nonce, mine))
        while not mine.done():
            # One writes; of those who waited for that most find that they were written down with it.
            with aside():
                self._writing.acquire()
            try:
                if not mine.done():
                    self._write()
            finally:
                self._writing.release()
        return mine.result()

    def _write(self) -> None:
        with self._guard:
            sale_id = self._waiting[0][0]
            mine = [entry for entry in self._waiting if entry[0] == sale_id][:MOST_TOGETHER]
            self._waiting = [entry for entry in self._waiting if entry not in mine]
        try:
            numbers = give_numbers(sale_id, [nonce for _sale, nonce, _future in mine])
        except BaseException as problem:
            for _sale, _nonce, future in mine:
                future.set_exception(problem)
            return
        for _sale, nonce, future in mine:
            future.set_result(numbers[nonce])


@transaction.atomic
def give_numbers(sale_id: int, nonces: Sequence[str]) -> dict[str, int]:
    """Write down who came, in this order; return the number of each: the next one, or the one it has."""
    # Raising the counter locks the row: numbers follow each other without a gap, whoever else comes now.
    _raise(sale_id, len(nonces))
    ((last,),) = _last.rows(sale_id)
    numbers = dict(_known.rows(sale_id, nonces))
    number = last - len(nonces)
    rows = []
    for nonce in nonces:
        if nonce not in numbers:
            number += 1
            numbers[nonce] = number
            rows.append(Ticket(sale_id=sale_id, number=number, nonce=nonce, joined_at=now()))
    insert_all(rows)
    if number < last:
        _raise(sale_id, number - last)
    return numbers


_arrivals = _Arrivals()


class DatabaseLine:
    def join(self, sale_id: int, nonce: str) -> int:
        return _arrivals.join(sale_id, nonce)

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
        row = _admitted.first(sale_id, number)
        return row[0] if row else None
