"""Card testing: somebody tries stolen cards by the hundred. How often one may try to pay, and who tries too often.

Attempts carry keyed hashes of the shopper's e-mail and network address, never the values themselves, and of the
card's fingerprint once the provider tells it. What was tried within the hour is counted from them: one statement before
a new attempt, a second one only where a card has failed already.
"""

from __future__ import annotations

import hashlib
import hmac
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal

from django.db.models import Q

from duli.base.clock import now
from duli.commerce.payments.models import PaymentAttempt, PaymentCollection, TryLimits
from duli.commerce.payments.states import AttemptState
from duli.platform.store.changes import ChangeCache
from duli.platform.store.lasting import lasting_secret

Kind = Literal["order", "email", "address", "card"]
Level = Literal["open", "challenge", "refused"]
WINDOW: Final = timedelta(hours=1)
MOST_READ: Final = 500
TOPIC: Final = "payment_limits"
_limits: ChangeCache[TryLimits] = ChangeCache(1)


@dataclass(frozen=True, slots=True)
class Limit:
    """At so many tries or failures within an hour a person has to show that they are one (0: never)."""

    tries: int
    failures: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a new try stands; `kind` is what was tried too often."""

    level: Level
    kind: str = ""
    count: int = 0


def try_limits() -> TryLimits:
    """Return what the merchant set, or what is so until somebody says otherwise."""
    return _limits.get_or_make("limits", lambda: TryLimits.objects.first() or TryLimits(), [TOPIC])


def limits() -> dict[str, Limit]:
    """Return the shop's limits by what is counted."""
    row = try_limits()
    return {
        "order": Limit(row.order_tries, row.order_failures),
        "email": Limit(row.email_tries, row.email_failures),
        "address": Limit(row.address_tries, row.address_failures),
        # What card it is shows only once it was tried.
        "card": Limit(0, row.card_failures),
    }


def key_of(kind: Kind, value: str) -> str:
    """Return the keyed hash under which a value is counted; "" for nothing."""
    cleaned = value.strip().casefold()
    if not cleaned:
        return ""
    secret = f"payments.guard:{lasting_secret()}".encode()
    return hmac.new(secret, f"{kind}:{cleaned}".encode(), hashlib.sha256).hexdigest()[:24]


def verdict(collection: PaymentCollection, *, email: str, address: str) -> Verdict:
    """Say whether this shopper may try once more: one statement, two where cards have failed."""
    keys = {"email": key_of("email", email), "address": key_of("address", address)}
    same = Q(collection_id=collection.pk)
    if keys["email"]:
        same |= Q(email_key=keys["email"])
    if keys["address"]:
        same |= Q(address_key=keys["address"])
    since = now() - WINDOW
    rows = list(
        PaymentAttempt.objects.filter(same, created_at__gt=since)
        .order_by()
        .values_list("collection_id", "email_key", "address_key", "card_key", "state")[:MOST_READ]
    )
    tries: Counter[str] = Counter()
    failures: Counter[str] = Counter()
    cards: set[str] = set()
    for collection_id, email_key, address_key, card_key, state in rows:
        lost = int(state == AttemptState.FAILED)
        for kind, hit in (
            ("order", collection_id == collection.pk),
            ("email", bool(keys["email"]) and email_key == keys["email"]),
            ("address", bool(keys["address"]) and address_key == keys["address"]),
        ):
            if hit:
                tries[kind] += 1
                failures[kind] += lost
        if lost and card_key:
            cards.add(card_key)
    if cards:
        told = PaymentAttempt.objects.filter(card_key__in=cards, created_at__gt=since, state=AttemptState.FAILED)
        counted = Counter(told.order_by().values_list("card_key", flat=True)[:MOST_READ])
        failures["card"] = max(counted.values(), default=0)
    return _judged(tries, failures)


def _judged(tries: Counter[str], failures: Counter[str]) -> Verdict:
    worst, factor = Verdict("open"), try_limits().refuse_factor
    for kind, limit in limits().items():
        for count, most in ((tries[kind], limit.tries), (failures[kind], limit.failures)):
            if not most or count < most:
                continue
            if count >= most * factor:
                return Verdict("refused", kind, count)
            worst = Verdict("challenge", kind, count)
    return worst
