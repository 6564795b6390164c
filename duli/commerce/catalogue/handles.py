"""Handles: the words in an address, and what was called so before."""

from __future__ import annotations

from typing import Any

from django.db import models

from duli.base.clock import now
from duli.base.text import slugify
from duli.commerce.catalogue.models import HandleRedirect
from duli.commerce.catalogue.types import HandleTaken


def choose_handle(model: type[models.Model], *, wanted: str, fallback: str, pk: int | None) -> str:
    """Return the handle to save.

    A handle that was asked for must be free (else HandleTaken); one made from `fallback` gets a number.
    """
    rows: Any = model._default_manager.exclude(pk=pk) if pk else model._default_manager.all()
    if wanted:
        handle = slugify(wanted)[:150] or "item"
        if rows.filter(handle=handle).exists():
            raise HandleTaken(handle=handle)
        return handle
    base = slugify(fallback)[:150] or "item"
    taken = set(rows.filter(handle__startswith=base).values_list("handle", flat=True))
    handle, number = base, 2
    while handle in taken:
        handle, number = f"{base}-{number}", number + 1
    return handle


def remember_handle(*, kind: str, old: str, new: str, object_id: int) -> None:
    """Keep the old address as a redirect, and free the new one from being a redirect itself."""
    HandleRedirect.objects.filter(kind=kind, handle=new).delete()
    if old and old != new:
        HandleRedirect.objects.update_or_create(
            kind=kind, handle=old, defaults={"object_id": object_id, "created_at": now()}
        )
