from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction
from django.db.models import Max, Q

from duli.base.errors import InvalidInput, NotFound
from duli.base.text import slugify
from duli.commerce.inventory import locks
from duli.commerce.inventory.models import Location, StockLevel, StockTransfer
from duli.commerce.inventory.types import LastLocation, LocationInUse
from duli.platform.store.changes import mark
from duli.platform.store.seen import Seen, hold
from duli.platform.store.translations import save_texts


@transaction.atomic
def save_location(
    *, code: str, seen: Seen | None = None, words: Mapping[str, Mapping[str, str]] | None = None, **values: object
) -> Location:
    """Create or change the location called `code`; `words` are what it says in other languages, by field."""
    hold(f"location:{code}", seen)
    location, _ = Location.objects.update_or_create(code=code, defaults=values)
    _save_words(location, words)
    mark("shipping")
    return location


def _save_words(location: Location, words: Mapping[str, Mapping[str, str]] | None) -> None:
    for language, own in (words or {}).items():
        save_texts(kind="location", object_id=location.pk, language=language, values=own)


@transaction.atomic
def add_location(
    *,
    name: str,
    country: str,
    address: str = "",
    words: Mapping[str, Mapping[str, str]] | None = None,
    **values: object,
) -> Location:
    """Open a location; it is taken from last. InvalidInput without a name."""
    if not name.strip():
        raise InvalidInput(field="name")
    base = slugify(name)[:34] or "location"
    taken = set(Location.objects.filter(code__startswith=base).values_list("code", flat=True))
    code = next(
        code for number in range(1, 10_000) if (code := base if number == 1 else f"{base}-{number}") not in taken
    )
    last = Location.objects.aggregate(last=Max("priority"))["last"]
    mark("shipping")
    location = Location.objects.create(
        code=code,
        name=name.strip()[:120],
        country=country,
        address=address.strip()[:1000],
        priority=0 if last is None else min(last + 1, 32_000),
        **values,
    )
    _save_words(location, words)
    return location


@transaction.atomic
def order_locations(*, location_ids: list[int]) -> None:
    """Say which location is taken from first; those that are not named keep their place behind. NotFound."""
    rows = Location.objects.in_bulk()
    if not set(location_ids) <= set(rows):
        raise NotFound()
    rest = [pk for pk in rows if pk not in location_ids]
    for position, pk in enumerate([*dict.fromkeys(location_ids), *rest]):
        Location.objects.filter(pk=pk).update(priority=position)
    mark("shipping")


@transaction.atomic
def set_location_active(*, location_id: int, active: bool) -> None:
    """Open a location again, or close it. One is closed only when nothing lies there, is held there or on its way.

    Raises LocationInUse, LastLocation, NotFound.
    """
    location = locks.lock_location(location_id)
    if not active:
        busy = StockLevel.objects.filter(location=location).filter(
            Q(on_hand__gt=0) | Q(reserved__gt=0) | Q(incoming__gt=0)
        )
        draft = StockTransfer.objects.filter(state=StockTransfer.State.DRAFT).filter(
            Q(source=location) | Q(target=location)
        )
        if busy.exists() or draft.exists():
            raise LocationInUse(name=location.name)
        if not Location.objects.filter(is_active=True).exclude(pk=location.pk).exists():
            raise LastLocation()
    Location.objects.filter(pk=location.pk).update(is_active=active)
    mark("catalogue", "store", "shipping")
