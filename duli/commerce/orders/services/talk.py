"""What is said about an order: among staff, and between the shopper and the shop."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction

from duli.base.clock import now
from duli.base.errors import InvalidInput
from duli.base.text import without_control
from duli.commerce.orders import locks
from duli.commerce.orders.events import OrderCommented, OrderMessageReceived, OrderMessageSent
from duli.commerce.orders.models import OrderMessage
from duli.commerce.orders.types import Attachment, NoAddress, TooManyFiles, TooManyMessages
from duli.platform.accounts.selectors import staff_who_may
from duli.platform.events.services import publish
from duli.platform.media.private import MAXIMUM_MEGABYTES, store_private

MAXIMUM_COMMENT = 5000
MAXIMUM_FILES = 5
MAXIMUM_MESSAGE = 2000
MESSAGES_AN_HOUR = 10


def _words(text: str, most: int, field: str) -> str:
    cleaned = without_control(text).strip()
    if not cleaned or len(cleaned) > most:
        raise InvalidInput(field=field)
    return cleaned


def mentioned(text: str, people: Sequence[tuple[int, str]]) -> tuple[int, ...]:
    """Return who of `people` (key, name) is named after an @; of "@Lin Xiao" and "@Lin" the longer name counts."""
    found: set[int] = set()
    names: dict[str, list[int]] = {}
    for key, name in people:
        if name.strip():
            names.setdefault(name.strip().casefold(), []).append(key)
    if not names:
        return ()
    longest_first = sorted(names, key=len, reverse=True)
    pattern = re.compile("@(" + "|".join(re.escape(name) for name in longest_first) + r")(?![a-z0-9_])", re.IGNORECASE)
    for match in pattern.finditer(text):
        found.update(names[match.group(1).casefold()])
    return tuple(sorted(found))


@transaction.atomic
def comment(*, order_id: int, text: str, actor: str, files: Sequence[Attachment] = ()) -> None:
    """Add a staff comment to the order's timeline; whoever it names after an @ is told by the bell.

    Up to five files of 10 MB, pictures, PDFs and plain texts, are kept where only staff reach them. InvalidInput if
    it is empty or longer than 5,000 characters, TooManyFiles, NotFound, and what the media room says of a file.
    """
    cleaned = _words(text, MAXIMUM_COMMENT, "comment")
    if len(files) > MAXIMUM_FILES:
        raise TooManyFiles(most=MAXIMUM_FILES, megabytes=MAXIMUM_MEGABYTES)
    order = locks.lock_order(order_id)
    kept = [
        store_private(content=file.content, name=file.name, reference=order.reference, actor=actor) for file in files
    ]
    publish(
        OrderCommented(
            order.pk,
            cleaned,
            mentioned(cleaned, staff_who_may("orders.view")) if "@" in cleaned else (),
            tuple({"id": row.pk, "name": row.name, "mime": row.mime, "bytes": row.bytes} for row in kept),
        ),
        reference=order.reference,
        actor=actor,
    )


@transaction.atomic
def write_message(*, order_id: int, text: str, actor: str) -> OrderMessage:
    """Keep what the shopper writes about an order; staff find it in the timeline and in the bell.

    InvalidInput if it is empty or longer than 2,000 characters, TooManyMessages (ten an hour), NotFound.
    """
    cleaned = _words(text, MAXIMUM_MESSAGE, "message")
    order = locks.lock_order(order_id)
    recent = order.messages.filter(from_shopper=True, created_at__gt=now() - timedelta(hours=1))
    if recent.count() >= MESSAGES_AN_HOUR:
        raise TooManyMessages()
    same = recent.filter(created_at__gt=now() - timedelta(minutes=1), text=cleaned).first()
    if same is not None:
        return same
    row = OrderMessage.objects.create(order=order, from_shopper=True, text=cleaned, actor=actor, created_at=now())
    publish(OrderMessageReceived(order.pk, row.pk, order.number or ""), reference=order.reference, actor=actor)
    return row


@transaction.atomic
def answer(*, order_id: int, text: str, actor: str) -> OrderMessage:
    """Write to the shopper: a mail goes out, and the order's page shows it. InvalidInput, NoAddress, NotFound."""
    cleaned = _words(text, MAXIMUM_MESSAGE, "message")
    order = locks.lock_order(order_id)
    if not order.email:
        raise NoAddress()
    row = OrderMessage.objects.create(order=order, from_shopper=False, text=cleaned, actor=actor, created_at=now())
    publish(OrderMessageSent(order.pk, row.pk), reference=order.reference, actor=actor)
    return row
