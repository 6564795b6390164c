"""How many messages may leave: counted by number, by country and for the whole shop."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.db.models import F

from duli.base.clock import now
from duli.platform.events.services import publish
from duli.platform.sms.configuration import rules
from duli.platform.sms.events import SmsLimitReached
from duli.platform.sms.models import SmsTally
from duli.platform.sms.numbers import digest_of
from duli.platform.sms.states import CODES_PER_NUMBER, NEWS_PER_NUMBER, Purpose, Reason

DAY = 86400


@transaction.atomic
def count(*, number: str, country: str, purpose: str, parts: int = 1) -> Reason | None:
    """Count a message that is about to leave, in `parts` parts; return the limit it would break, and count nothing.

    Conditional updates, widest window last: however many messages leave at once, no limit is passed. The first message
    of a day that a limit of the shop or of a country holds back is told to the staff.
    """
    wanted = _windows(number, country, purpose, parts)
    done: list[tuple[str, int]] = []
    for reason, key, ends_at, most, by in wanted:
        if _add(key, ends_at, by, most):
            done.append((key, by))
            continue
        for earlier, added in done:
            SmsTally.objects.filter(key=earlier).update(count=F("count") - added)
        if reason != Reason.NUMBER_LIMIT and _add(f"told:{key}"[:80], ends_at, 1, 1):
            publish(SmsLimitReached(str(reason), country if reason == Reason.COUNTRY_LIMIT else "", most))
        return reason
    return None


def standing_limit(*, number: str, country: str, purpose: str) -> Reason | None:
    """Return the limit that one more message would break, so that nobody waits for one that never comes (one query)."""
    wanted = _windows(number, country, purpose, 1)
    counts = dict(SmsTally.objects.filter(key__in=[entry[1] for entry in wanted]).values_list("key", "count"))
    return next((reason for reason, key, _ends, most, by in wanted if counts.get(key, 0) + by > most), None)


def _windows(number: str, country: str, purpose: str, parts: int) -> list[tuple[Reason, str, datetime, int, int]]:
    """Return what counts a message: reason, key and end of a window, the most there may be in it, and how many more."""
    limits = rules()
    of_number = CODES_PER_NUMBER if purpose == Purpose.CODE else NEWS_PER_NUMBER
    digest = digest_of(number)[:32]
    wanted = [(Reason.NUMBER_LIMIT, f"{purpose}:{digest}", seconds, most, 1) for seconds, most in of_number]
    if purpose == Purpose.CODE:
        wanted.append((Reason.COUNTRY_LIMIT, f"country:{country}", DAY, limits.per_country, parts))
    wanted.append((Reason.DAY_LIMIT, "shop", DAY, limits.per_day, parts))
    instant = now()
    return [(reason, *_window(name, seconds, instant), most, by) for reason, name, seconds, most, by in wanted]


def _window(name: str, seconds: int, instant: datetime) -> tuple[str, datetime]:
    start = int(instant.timestamp()) // seconds * seconds
    return f"{name}:{seconds}:{start}"[:80], datetime.fromtimestamp(start + seconds, UTC)


def _add(key: str, ends_at: datetime, by: int, most: int) -> bool:
    if by > most:
        return False
    SmsTally.objects.bulk_create([SmsTally(key=key, count=0, ends_at=ends_at)], ignore_conflicts=True)
    return SmsTally.objects.filter(key=key, count__lte=most - by).update(count=F("count") + by) > 0


def counted_today() -> int:
    """Return how many parts left the shop in today's window (UTC)."""
    key, _ = _window("shop", DAY, now())
    return SmsTally.objects.filter(key=key).values_list("count", flat=True).first() or 0


def prune_tallies() -> int:
    """Delete windows that ended a day ago; return how many."""
    deleted, _ = SmsTally.objects.filter(ends_at__lt=now() - timedelta(days=1)).delete()
    return deleted
