"""Which orders a line of a statement may pay, and how sure that is; pure functions over what was read."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from duli.base.money import Money
from duli.commerce.reconciliation.states import Confidence, Reason
from duli.commerce.reconciliation.types import Suggestion

MOST = 5
_RANK = [Confidence.SURE, Confidence.LIKELY, Confidence.POSSIBLE]
_REASONS = list(Reason)
_TOKEN = re.compile(r"[A-Z0-9][A-Z0-9-]{2,23}")
_SPACE = re.compile(r"[\W_]+")
_LATIN = re.compile(r"[a-z0-9]")
TOKENS = 24


@dataclass(frozen=True, slots=True)
class Candidate:
    """An order that may be meant; `names` are the buyer's, as typed. `is_open`: it waits for money."""

    order_id: int
    collection_id: int
    number: str
    names: tuple[str, ...]
    status: str
    payment_state: str
    currency: str
    due_minor: int
    is_open: bool


@dataclass(frozen=True, slots=True)
class Incoming:
    """What of a line is left, and what it says."""

    minor: int
    currency: str
    payer: str
    text: str
    named: frozenset[int]
    """Keys of the collections whose reference may stand in the text."""


def numbers_in(text: str, prefix: str) -> list[str]:
    """Return what in a text may be an order's number, with the shop's prefix where people leave it out."""
    tokens = [token for token in _TOKEN.findall(text.upper()) if any(sign.isdigit() for sign in token)]
    found = dict.fromkeys(tokens[:TOKENS])
    if prefix:
        found.update(dict.fromkeys(f"{prefix.upper()}{token}" for token in tokens[:TOKENS]))
    return list(found)


def same_name(payer: str, names: Iterable[str]) -> bool:
    """Whether the payer is one of `names`, however their parts are ordered: "LIN XIAO" is Xiao Lin."""
    paid = _words(payer)
    if not paid:
        return False
    for name in names:
        words = _words(name)
        if words and (words == paid or (len(words) > 1 and words <= paid)):
            return True
    return False


def _words(name: str) -> frozenset[str]:
    folded = unicodedata.normalize("NFKD", name.casefold())
    plain = "".join(sign for sign in folded if not unicodedata.combining(sign))
    if not _LATIN.search(plain):
        return frozenset(filter(None, [_SPACE.sub("", plain)]))
    return frozenset(word for word in _SPACE.split(plain) if len(word) > 1)


def suggest(incoming: Incoming, candidates: Sequence[Candidate], numbers: frozenset[str]) -> tuple[Suggestion, ...]:
    """Return the orders that this money may be for, the surest first.

    Sure is only one: an open order that the text names by reference or number and that owes exactly this.
    """
    found: list[tuple[Confidence, Reason, Candidate]] = []
    for order in candidates:
        if order.currency != incoming.currency:
            continue
        exact = order.due_minor == incoming.minor and order.is_open
        if order.collection_id in incoming.named:
            found.append((Confidence.SURE if exact else Confidence.LIKELY, Reason.REFERENCE, order))
        elif order.number.upper() in numbers:
            long = sum(sign.isdigit() for sign in order.number) >= 4
            confident = Confidence.SURE if exact and long else Confidence.LIKELY if exact else Confidence.POSSIBLE
            found.append((confident, Reason.NUMBER, order))
        elif exact and same_name(incoming.payer, order.names):
            found.append((Confidence.LIKELY, Reason.PAYER, order))
        elif exact:
            found.append((Confidence.POSSIBLE, Reason.AMOUNT, order))
    sure = [entry for entry in found if entry[0] == Confidence.SURE]
    if len({entry[2].order_id for entry in sure}) > 1:
        found = [(min(level, Confidence.LIKELY, key=_doubt), reason, order) for level, reason, order in found]
    found.sort(key=lambda entry: (_RANK.index(entry[0]), _REASONS.index(entry[1]), -entry[2].order_id))
    return tuple(_suggestion(incoming, *entry) for entry in found[:MOST])


def _doubt(level: Confidence) -> int:
    """Of two levels the less sure one is wanted: `min` finds it by this."""
    return -_RANK.index(level)


def _suggestion(incoming: Incoming, level: Confidence, reason: Reason, order: Candidate) -> Suggestion:
    return Suggestion(
        order_id=order.order_id,
        number=order.number,
        customer=next(iter(order.names), ""),
        status=order.status,
        payment_state=order.payment_state,
        due=Money(order.due_minor, order.currency),
        difference=Money(incoming.minor - order.due_minor, order.currency),
        confidence=level,
        reason=reason,
    )
