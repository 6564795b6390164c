"""Pills: a state as a word with a colour and a shape, because colour is never the only signal."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString


@dataclass(frozen=True, slots=True)
class Pill:
    """`tone` is "", ok, attention, critical or info; `shape` is "" (ring), half, full or bare (no mark)."""

    text: str | Promise
    tone: str = ""
    shape: str = ""

    def html(self) -> SafeString:
        return _drawn(str(self.text), self.tone, self.shape)


@lru_cache(maxsize=500)
def _drawn(text: str, tone: str, shape: str) -> SafeString:
    """A list shows the same few pills again and again."""
    classes = " ".join(filter(None, ["pill", tone, shape]))
    return format_html('<span class="{}">{}</span>', classes, text)
