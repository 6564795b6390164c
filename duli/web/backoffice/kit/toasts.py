"""Toasts: one sentence about what was just done, with a button that undoes it where that is possible."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.contrib.messages.storage.base import Message
from django.http import HttpRequest


@dataclass(frozen=True, slots=True)
class Undo:
    """A form that takes the deed back: posted to `url` with `fields`."""

    url: str
    fields: Mapping[str, str] = field(default_factory=dict)


def toast(request: HttpRequest, text: str, *, undo: Undo | None = None, copy: str = "") -> None:
    """Show `text` on the next page this person sees. With `copy` it stays until it is closed, and hands that over."""
    extra = json.dumps({"url": undo.url, "fields": dict(undo.fields)}) if undo else ""
    extra = json.dumps({"copy": copy}) if copy else extra
    messages.success(request, text, extra_tags=extra)


def undo_of(message: Message) -> Undo | None:
    """Return the way back that the toast offers."""
    data = _extra(message)
    return Undo(data["url"], data["fields"]) if "url" in data else None


def copy_of(message: Message) -> str:
    """Return what the toast hands over to be copied."""
    return str(_extra(message).get("copy", ""))


def _extra(message: Message) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(message.extra_tags) if (message.extra_tags or "").startswith("{") else {}
    return found
