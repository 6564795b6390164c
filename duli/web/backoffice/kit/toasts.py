"""Toasts: one sentence about what was just done, with a button that undoes it where that is possible."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.contrib import messages
from django.contrib.messages.storage.base import Message
from django.http import HttpRequest


@dataclass(frozen=True, slots=True)
class Undo:
    """A form that takes the deed back: posted to `url` with `fields`."""

    url: str
    fields: Mapping[str, str] = field(default_factory=dict)


def toast(request: HttpRequest, text: str, *, undo: Undo | None = None) -> None:
    """Show `text` on the next page this person sees."""
    extra = json.dumps({"url": undo.url, "fields": dict(undo.fields)}) if undo else ""
    messages.success(request, text, extra_tags=extra)


def undo_of(message: Message) -> Undo | None:
    """Return the way back that the toast offers."""
    if not message.extra_tags or not message.extra_tags.startswith("{"):
        return None
    data = json.loads(message.extra_tags)
    return Undo(data["url"], data["fields"])
