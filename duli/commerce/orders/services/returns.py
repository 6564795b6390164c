"""A return's walk: asked for, decided on, received, inspected, settled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.db import transaction

from duli.base.clock import now
from duli.base.errors import InvalidInput
from duli.base.text import one_line, without_control
from duli.commerce.inventory import services as inventory
from duli.commerce.inventory.models import Location, StockMovement
from duli.commerce.inventory.types import StockRequest
from duli.commerce.orders import locks
from duli.commerce.orders.events import ReturnMoved
from duli.commerce.orders.models import Order, OrderReturn, ReturnLine, ReturnPhoto
from duli.commerce.orders.parts import stock_of_line
from duli.commerce.orders.return_reasons import offered
from duli.commerce.orders.return_terms import return_terms, returnable
from duli.commerce.orders.states import (
    FIRST_NUMBER,
    RETURN_MOVES,
    Condition,
    ReturnKind,
    ReturnOutcome,
    ReturnProgress,
    return_state_of,
)
from duli.commerce.orders.types import (
    Finding,
    NothingToReturn,
    ReasonMissing,
    ReturnableLine,
    ReturnMovedOn,
    ReturnNotPossible,
    ReturnWish,
    TooManyPhotos,
    TooManyToReturn,
)
from duli.platform.events.services import publish
from duli.platform.media.private import store_private

MAXIMUM_PHOTOS = 5
MAXIMUM_PHOTO_MEGABYTES = 10
MAXIMUM_NOTE = 2000


@transaction.atomic
def request_return(
    *,
    order_id: int,
    lines: Sequence[ReturnWish],
    idempotency_key: str,
    actor: str,
    note: str = "",
    photos: Sequence[bytes] = (),
    by_shopper: bool = False,
) -> OrderReturn:
    """Ask to send units back that have left; the same key again returns the same return.

    A shopper may do so while the merchant's policy allows it, staff always. Photos are decoded and lose their
    metadata. Raises NotFound, ReturnNotPossible, NothingToReturn, TooManyToReturn, TooManyPhotos, InvalidInput and
    what media says about a picture it cannot read.
    """
    order = locks.lock_order(order_id)
    existing = OrderReturn.objects.filter(idempotency_key=f"{order.pk}:{idempotency_key}"[:120]).first()
    if existing is not None:
        return existing
    if by_shopper:
        terms = return_terms(order)
        if not terms.is_possible:
            raise ReturnNotPossible()
        possible: Sequence[ReturnableLine] = terms.lines
    else:
        possible = returnable(order)
    known = {code for code, _label in offered(order.language)}
    if any(line.quantity and line.reason not in known for line in lines):
        raise InvalidInput(field="reason")
    _check_photos(photos)
    row = write_return(order, lines, possible, key=idempotency_key, actor=actor, kind=ReturnKind.RETURN, note=note)
    for number, photo in enumerate(photos, start=1):
        kept = store_private(
            content=photo, name=f"photo {number}", reference=f"return:{row.pk}", actor=actor, only_pictures=True
        )
        ReturnPhoto.objects.create(order_return=row, file=kept, mime=kept.mime, created_at=row.requested_at)
    return row


def _check_photos(photos: Sequence[bytes]) -> None:
    too_large = any(len(photo) > MAXIMUM_PHOTO_MEGABYTES * 1024 * 1024 for photo in photos)
    if len(photos) > MAXIMUM_PHOTOS or too_large:
        raise TooManyPhotos(limit=MAXIMUM_PHOTOS, megabytes=MAXIMUM_PHOTO_MEGABYTES)


def write_return(
    order: Order,
    lines: Sequence[ReturnWish],
    possible: Sequence[ReturnableLine],
    *,
    key: str,
    actor: str,
    kind: ReturnKind,
    note: str = "",
    declarant: str = "",
    receipt_to: str = "",
) -> OrderReturn:
    """Write a return of a locked order, in the caller's transaction; `possible` says what may come back."""
    units = {line.line_id: line for line in possible}
    wanted: dict[int, ReturnWish] = {}
    for line in lines:
        if line.quantity < 0 or line.order_line_id in wanted:
            raise InvalidInput(field="quantity")
        if line.quantity:
            wanted[line.order_line_id] = line
    if not wanted:
        raise NothingToReturn()
    titles = dict(order.lines.values_list("pk", "title"))
    for line_id, line in wanted.items():
        if line_id not in titles:
            raise InvalidInput(field="line")
        left = units[line_id].units if line_id in units else 0
        if line.quantity > left:
            raise TooManyToReturn(left=left, title=titles[line_id])
    row = OrderReturn.objects.create(
        order=order,
        idempotency_key=f"{order.pk}:{key}"[:120],
        kind=kind,
        note=without_control(note).strip()[:MAXIMUM_NOTE],
        declarant=one_line(declarant, 120),
        receipt_to=receipt_to,
        actor=actor,
        requested_at=now(),
    )
    row.number = number_of_return(row)
    row.save(update_fields=["number"])
    ReturnLine.objects.bulk_create(
        ReturnLine(order_return=row, order_line_id=line_id, quantity=line.quantity, reason=line.reason)
        for line_id, line in sorted(wanted.items())
    )
    _tell(order, row, actor)
    return row


def number_of_return(row: OrderReturn) -> str:
    """Return the number that follows from a return's key."""
    return f"{'W' if row.kind == ReturnKind.WITHDRAWAL else 'R'}{FIRST_NUMBER + row.pk}"


def _tell(order: Order, row: OrderReturn, actor: str) -> None:
    order.return_state = return_state_of(order.returns.values_list("state", flat=True))
    order.version += 1
    order.save(update_fields=["return_state", "version"])
    publish(
        ReturnMoved(order.pk, row.pk, row.number or "", row.kind, row.state, row.outcome),
        reference=order.reference,
        actor=actor,
    )


def move(order: Order, row: OrderReturn, state: ReturnProgress, actor: str) -> None:
    """Bring a return of a locked order into its next state, in the caller's transaction. ReturnMovedOn."""
    if state not in RETURN_MOVES.get(row.state, frozenset()):
        raise ReturnMovedOn()
    row.state = state
    if state in {ReturnProgress.APPROVED, ReturnProgress.DECLINED}:
        row.decided_at = now()
    elif state == ReturnProgress.RECEIVED:
        row.received_at = now()
    elif state in {ReturnProgress.COMPLETED, ReturnProgress.REJECTED, ReturnProgress.CANCELLED}:
        row.completed_at = now()
    row.save()
    _tell(order, row, actor)


@transaction.atomic
def approve_return(*, return_id: int, actor: str, answer: str = "") -> OrderReturn:
    """Let the goods come; `answer` tells the shopper how to send them. NotFound, ReturnMovedOn."""
    order, row = locks.lock_return(return_id)
    row.answer = without_control(answer).strip()[:MAXIMUM_NOTE]
    move(order, row, ReturnProgress.APPROVED, actor)
    return row


@transaction.atomic
def decline_return(*, return_id: int, actor: str, answer: str) -> OrderReturn:
    """Refuse a request and say why. NotFound, ReturnMovedOn, ReasonMissing."""
    order, row = locks.lock_return(return_id)
    row.answer = without_control(answer).strip()[:MAXIMUM_NOTE]
    if not row.answer:
        raise ReasonMissing(field="answer")
    move(order, row, ReturnProgress.DECLINED, actor)
    return row


@transaction.atomic
def cancel_return(*, return_id: int, actor: str) -> OrderReturn:
    """Close a return of which nothing has arrived; its units may be sent back another time. ReturnMovedOn."""
    order, row = locks.lock_return(return_id)
    move(order, row, ReturnProgress.CANCELLED, actor)
    return row


@transaction.atomic
def receive_return(*, return_id: int, units: Mapping[int, int], actor: str) -> OrderReturn:
    """Note what arrived, as units per line of the return. NotFound, ReturnMovedOn, InvalidInput, NothingToReturn."""
    order, row = locks.lock_return(return_id)
    lines = {line.pk: line for line in row.lines.all()}
    if not set(units) <= set(lines):
        raise InvalidInput(field="line")
    for pk, line in lines.items():
        line.received_quantity = units.get(pk, 0)
        if not 0 <= line.received_quantity <= line.quantity:
            raise InvalidInput(field="quantity")
    if not any(line.received_quantity for line in lines.values()):
        raise NothingToReturn()
    move(order, row, ReturnProgress.RECEIVED, actor)
    ReturnLine.objects.bulk_update(lines.values(), ["received_quantity"])
    return row


@transaction.atomic
def inspect_return(*, return_id: int, findings: Sequence[Finding], location_id: int | None, actor: str) -> OrderReturn:
    """Note each line's condition; units to restock go on hand at the location, the others are not counted again.

    NotFound, ReturnMovedOn, InvalidInput (a line without a finding, more units than came).
    """
    order, row = locks.lock_return(return_id)
    lines = {line.pk: line for line in row.lines.select_related("order_line")}
    found = {finding.return_line_id: finding for finding in findings}
    if set(found) != {pk for pk, line in lines.items() if line.received_quantity}:
        raise InvalidInput(field="line")
    requests: list[StockRequest] = []
    for pk, finding in found.items():
        line = lines[pk]
        if finding.condition not in Condition.values:
            raise InvalidInput(field="condition")
        if not 0 <= finding.restock <= line.received_quantity:
            raise InvalidInput(field="restock")
        line.condition = finding.condition
        line.restocked_quantity = finding.restock
        if finding.restock:
            requests += stock_of_line(line.order_line, finding.restock)
    if requests and not Location.objects.filter(pk=location_id or 0).exists():
        raise InvalidInput(field="location")
    move(order, row, ReturnProgress.INSPECTED, actor)
    ReturnLine.objects.bulk_update(lines.values(), ["condition", "restocked_quantity"])
    if requests:
        inventory.restock(
            requests=requests,
            location_id=location_id or 0,
            reference=order.reference,
            reason=StockMovement.Reason.RETURNED,
            actor=actor,
        )
    return row


@transaction.atomic
def reject_return(*, return_id: int, actor: str, answer: str) -> OrderReturn:
    """Give nothing back for what arrived, and say why. NotFound, ReturnMovedOn, ReasonMissing."""
    order, row = locks.lock_return(return_id)
    row.answer = without_control(answer).strip()[:MAXIMUM_NOTE]
    if not row.answer:
        raise ReasonMissing(field="answer")
    row.outcome = ReturnOutcome.REJECTED
    move(order, row, ReturnProgress.REJECTED, actor)
    return row
