from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import unquote, urlsplit

from django.db import transaction
from django.db.models import F

from duli.base.clock import now
from duli.base.errors import NotFound
from duli.base.text import one_line, safe_url
from duli.platform.redirects.models import Redirect
from duli.platform.redirects.types import LeadsToItself, NotAnAddress
from duli.platform.store.seen import Seen, hold


def source_of(address: str) -> str:
    """Return the path (and query) of an old address as it is looked up: decoded, without host and last slash.

    NotAnAddress for what is none.
    """
    written = one_line(address)
    try:
        parts = urlsplit(written)
    except ValueError:
        raise NotAnAddress(field="source", address=one_line(address, 80)) from None
    if parts.scheme and parts.scheme not in {"http", "https"}:
        raise NotAnAddress(field="source", address=one_line(address, 80))
    path = unquote(parts.path)
    if not path.startswith("/") and not (parts.netloc and not path):
        raise NotAnAddress(field="source", address=one_line(address, 80))
    found = (path.rstrip("/") or "/") + (f"?{parts.query}" if parts.query else "")
    if len(found) > 500 or found == "/" or found.startswith("/admin"):
        raise NotAnAddress(field="source", address=one_line(address, 80))
    return found


def target_of(address: str) -> str:
    """Return where to go: a path of this shop, or an http(s) address elsewhere. NotAnAddress."""
    written = one_line(address)
    if written.startswith("/") and not written.startswith("//") and len(written) <= 1000:
        return written
    if safe_url(written) and len(written) <= 1000:
        return written
    raise NotAnAddress(field="target", address=one_line(address, 80))


@transaction.atomic
def save_redirect(
    *, source: str, target: str, replaces: int | None = None, seen: Seen | None = None
) -> tuple[Redirect, str]:
    """Lead an old address somewhere; return the row and where it led before ("" if it is new).

    `replaces` is the row that is changed: it goes where the address becomes another. NotAnAddress, LeadsToItself.
    """
    if replaces is not None:
        hold(f"redirect:{replaces}", seen)
    path, there = source_of(source), target_of(target)
    if there.startswith("/") and source_of(there if there != "/" else "/index") == path:
        raise LeadsToItself(field="target", address=path)
    rows = Redirect.objects.select_for_update()
    row, own = rows.filter(source=path).first(), rows.filter(pk=replaces or 0).first()
    if row is None and own is None:
        return Redirect.objects.create(source=path, target=there, created_at=now()), ""
    if row is None:
        row = own
    elif own is not None and own.pk != row.pk:
        own.delete()
    assert row is not None
    before = row.target
    if (row.source, before) != (path, there):
        row.source, row.target = path, there
        row.save(update_fields=["source", "target"])
    return row, before


@transaction.atomic
def lead_many(*, addresses: Mapping[str, str], reference: str) -> int:
    """Lead old addresses to pages of this shop (source → path), all at once; return how many are new.

    What is no address, or leads to itself, is left out; an address that leads somewhere already stays as it is.
    `reference` names what they came with, for `forget_of`.
    """
    wanted: dict[str, str] = {}
    for source, target in addresses.items():
        try:
            path = source_of(source)
            if path != source_of(target):
                wanted.setdefault(path, target_of(target))
        except NotAnAddress:
            continue
    known = set(Redirect.objects.filter(source__in=wanted).values_list("source", flat=True))
    instant = now()
    fresh = [
        Redirect(source=path, target=target, created_at=instant, reference=reference[:40])
        for path, target in wanted.items()
        if path not in known
    ]
    Redirect.objects.bulk_create(fresh, ignore_conflicts=True, batch_size=500)
    return len(fresh)


@transaction.atomic
def forget_of(*, reference: str) -> int:
    """Forget the old addresses that came with something that is taken back; return how many."""
    return Redirect.objects.filter(reference=reference).delete()[0] if reference else 0


@transaction.atomic
def delete_redirects(*, ids: list[int]) -> int:
    """Forget old addresses; return how many."""
    return Redirect.objects.filter(pk__in=ids).delete()[0]


@transaction.atomic
def delete_redirect(*, redirect_id: int) -> None:
    """NotFound."""
    if not delete_redirects(ids=[redirect_id]):
        raise NotFound()


def count_hit(*, redirect_id: int) -> None:
    """Note that somebody came by this way."""
    Redirect.objects.filter(pk=redirect_id).update(hits=F("hits") + 1, last_hit_at=now())
