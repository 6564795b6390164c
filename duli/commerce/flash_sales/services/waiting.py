"""The waiting room: a place in the line, a turn, and the cart that may buy then.

What keeps programs from taking all places: a form is signed, good for one place, and not taken faster than people
press a button; browsers show by a little arithmetic that somebody sits in front of them, and who has no JavaScript
waits a few seconds instead. Nobody else is asked, and nothing is kept of the visitor.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.core import signing
from django.db import transaction

from duli.base.clock import now
from duli.base.errors import NotFound
from duli.base.ids import new_token
from duli.base.lanes import is_behind
from duli.commerce.flash_sales.board import Board, board, read_board
from duli.commerce.flash_sales.lines import line
from duli.commerce.flash_sales.models import Ticket
from duli.commerce.flash_sales.states import COMING, DRAFT, ENDED, RUNNING, state_of
from duli.commerce.flash_sales.types import AskedTooSoon, FlashOver, NotYourTurn, Place, TicketUnknown
from duli.platform.store.prepared import Prepared, PreparedUpdate, insert

FORM_SALT = "flash_sales.form"
TICKET_SALT = "flash_sales.ticket"
FORM_SECONDS = 3600
LEAST_SECONDS = 1
LEAST_WITHOUT_PROOF = 5
PROOF_BITS = 13
OPENS_BEFORE = timedelta(minutes=15)
"""So long before a sale its line can be joined."""
QUICKEST_LOOK, SLOWEST_LOOK = 2, 30

_give_cart = PreparedUpdate(
    lambda sale_id, number, cart_token: (
        Ticket.objects.filter(sale_id=sale_id, number=number, reference=""),
        {"cart_token": cart_token},
    )
)
_used = Prepared(
    lambda sale_id, number: (
        Ticket.objects.filter(sale_id=sale_id, number=number).exclude(reference="").values_list("pk")
    )
)


def form_for(sale_id: int) -> tuple[str, str]:
    """Return a signed form for one place in the line, and the challenge that a browser answers."""
    nonce = new_token()[:32]
    form = signing.dumps({"s": sale_id, "x": nonce, "t": int(now().timestamp() * 1000)}, salt=FORM_SALT)
    return form, nonce


def is_proof(challenge: str, answer: str) -> bool:
    """Whether a browser did its sum: the hash of challenge and answer begins with so many zeros."""
    if not answer or len(answer) > 20:
        return False
    digest = hashlib.sha256(f"{challenge}:{answer}".encode()).digest()
    return int.from_bytes(digest[:4]) >> (32 - PROOF_BITS) == 0


def join(*, sale_id: int, form: str, proof: str = "") -> str:
    """Take a place at the end of the line; return the signed ticket. The same form again is the same place.

    Raises NotFound, FlashOver (also where it has no waiting room or its line is not open yet), AskedTooSoon.
    """
    instant = now()
    seen = board(sale_id, instant)
    if seen is None:
        raise NotFound()
    sale = seen.sale
    state = state_of(sale, instant)
    if (
        not sale.waiting_room
        or state in {DRAFT, ENDED}
        or (state == COMING and instant < sale.starts_at - OPENS_BEFORE)
    ):
        raise FlashOver()
    try:
        said = signing.loads(form, salt=FORM_SALT)
    except signing.BadSignature:
        raise AskedTooSoon() from None
    age = instant.timestamp() - said["t"] / 1000
    least = LEAST_SECONDS if is_proof(said["x"], proof) else LEAST_WITHOUT_PROOF
    if said["s"] != sale_id or not least <= age <= FORM_SECONDS:
        raise AskedTooSoon()
    number = line().join(sale_id, said["x"])
    return signing.dumps({"s": sale_id, "n": number}, salt=TICKET_SALT)


def _read(ticket: str) -> tuple[int, int]:
    try:
        said = signing.loads(ticket, salt=TICKET_SALT)
    except signing.BadSignature:
        raise TicketUnknown() from None
    return said["s"], said["n"]


def place_of(*, sale_id: int, ticket: str) -> Place:
    """Return where a ticket stands now. Whoever asks when it is time lets the next batch in: no job has to run for it.

    Nobody is let in before the sale begins, or while nothing is left. Raises TicketUnknown.
    """
    own, number = _read(ticket)
    instant = now()
    seen = board(sale_id, instant) if own == sale_id else None
    if seen is None:
        raise TicketUnknown()
    state = state_of(seen.sale, instant)
    if state in {DRAFT, ENDED}:
        return Place("ended", number, 0, SLOWEST_LOOK)
    if state == RUNNING and number > seen.stands.admitted and seen.has_left and _is_time(seen, instant):
        seen = _let_in(sale_id, instant) or seen
    if number > seen.stands.admitted:
        ahead = number - seen.stands.admitted - 1
        if state == RUNNING and not seen.has_left:
            return Place("waiting", number, ahead, SLOWEST_LOOK, is_empty=True)
        rounds = ahead // seen.sale.batch_size
        # Most of the way is waited for in one go, the rest in smaller and smaller steps.
        seconds = max(QUICKEST_LOOK, min(SLOWEST_LOOK, rounds * seen.sale.batch_seconds * 4 // 5))
        return Place("waiting", number, ahead, seconds, is_early=state == COMING)
    sale = seen.sale
    since = line().admitted_at(sale_id, number)
    if since is None:
        raise TicketUnknown()
    until = since + timedelta(minutes=sale.admission_minutes)
    used = bool(_used.rows(sale_id, number))
    state = "used" if used else "admitted" if instant < until else "over"
    return Place(state, number, 0, SLOWEST_LOOK, until)


def _is_time(seen: Board, instant: datetime) -> bool:
    """Whether the next batch may come in: the pause is over, and the shop keeps up with those who are in already."""
    pause = timedelta(seconds=seen.sale.batch_seconds)
    is_over = seen.sale.admitted_at is None or instant >= seen.sale.admitted_at + pause
    return is_over and not seen.was_tried and not is_behind()


_trying = threading.Lock()


def _let_in(sale_id: int, instant: datetime) -> Board | None:
    if not _trying.acquire(blocking=False):
        # Somebody of this process is at it.
        return None
    try:
        fresh = read_board(sale_id, instant)
        if fresh is None or not fresh.has_left:
            return fresh
        line().let_in(fresh.sale, instant)
        return read_board(sale_id, instant, was_tried=True)
    finally:
        _trying.release()


@transaction.atomic
def enter(*, tickets: Iterable[str], sale_id: int, cart_token: str) -> None:
    """Let the cart of a browser buy in a sale, if one of its tickets was let in; the newest cart of it counts.

    Raises NotYourTurn.
    """
    for ticket in tickets:
        try:
            own, number = _read(ticket)
            if own != sale_id or place_of(sale_id=sale_id, ticket=ticket).state != "admitted":
                continue
        except TicketUnknown:
            continue
        if _give_cart(sale_id, number, cart_token):
            return
        # Numbers of a line in Redis have no row until one of them is used.
        admitted_at = line().admitted_at(sale_id, number)
        row = Ticket(
            sale_id=sale_id,
            number=number,
            nonce=f"#{number}",
            joined_at=now(),
            admitted_at=admitted_at,
            cart_token=cart_token,
        )
        if insert(row, unless_there=True) or _give_cart(sale_id, number, cart_token):
            return
    raise NotYourTurn()
