"""What may stand in a cell of a list; each writes itself, so that a list of 50 rows costs no template look-ups.

`html` is for the page, `plain` for a file of the list.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from functools import lru_cache
from html import escape
from typing import Protocol

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from duli.base.money import Money
from duli.web.backoffice.kit import when
from duli.web.backoffice.kit.icons import icon
from duli.web.backoffice.kit.pills import Pill

Words = str | Promise


class Cell(Protocol):
    def html(self) -> SafeString: ...

    def plain(self) -> str: ...


def safe(words: object) -> str:
    """Return words as HTML; what is HTML already stays. Django's own escaping costs three times as much a cell."""
    return words if isinstance(words, SafeString) else _escaped(str(words))


_escaped = lru_cache(maxsize=4000)(escape)
"""The rows of a list say the same few things again and again, and so does the next list."""


def _joined(*parts: Words) -> str:
    return " · ".join(str(part) for part in parts if part)


def _sub(words: Words) -> str:
    return f'<span class="cell-sub">{safe(words)}</span>' if words else ""


_DASH = SafeString('<span class="muted">—</span>')


@dataclass(frozen=True, slots=True)
class Text:
    """Plain words, with an optional second line."""

    text: Words
    sub: Words = ""
    muted: bool = False
    clip: bool = False
    """Cut what does not fit into one line; the whole is in the hint."""

    def html(self) -> SafeString:
        text = safe(self.text)
        if self.clip:
            classes = "muted cell-clip" if self.muted else "cell-clip"
            return SafeString(f'<span class="{classes}" title="{text}">{text}</span>{_sub(self.sub)}')
        shown = f'<span class="muted">{text}</span>' if self.muted else f"<span>{text}</span>"
        return SafeString(shown + _sub(self.sub))

    def plain(self) -> str:
        return _joined(self.text, self.sub)


@dataclass(frozen=True, slots=True)
class Link:
    """The cell that opens the row."""

    text: Words
    url: str
    sub: Words = ""

    def html(self) -> SafeString:
        return SafeString(f'<a class="cell-main num" href="{safe(self.url)}">{safe(self.text)}</a>{_sub(self.sub)}')

    def plain(self) -> str:
        return _joined(self.text, self.sub)


@dataclass(frozen=True, slots=True)
class Thumb:
    """A picture (or a blank of the same size), and the link that opens the row."""

    text: Words
    url: str
    image: str = ""
    sub: Words = ""
    pills: Sequence[Pill] = ()

    def html(self) -> SafeString:
        picture = (
            f'<img class="thumb" src="{safe(self.image)}" alt="" width="40" height="40" loading="lazy">'
            if self.image
            else f'<span class="thumb">{icon("image")}</span>'
        )
        return SafeString(
            f'<div class="cell-thumb">{picture}<div><a class="cell-main" href="{safe(self.url)}">{safe(self.text)}</a>'
            f"{_sub(self.sub)}</div></div>"
        )

    def plain(self) -> str:
        return _joined(self.text, self.sub)


@dataclass(frozen=True, slots=True)
class Amount:
    """Money in the reader's language; None is a dash."""

    money: Money | None
    until: Money | None = None

    def html(self) -> SafeString:
        if self.money is None:
            return _DASH
        language = get_language() or "en"
        words = self.money.format(language)
        if self.until is not None and self.until != self.money:
            words = f"{words} – {self.until.format(language)}"
        return SafeString(f'<span class="num">{safe(words)}</span>')

    def plain(self) -> str:
        """The amount as a number that a spreadsheet can add up; its currency stands behind it."""
        if self.money is None:
            return ""
        words = str(self.money.amount)
        if self.until is not None and self.until != self.money:
            words = f"{words} – {self.until.amount}"
        return f"{words} {self.money.currency}"


@dataclass(frozen=True, slots=True)
class Number:
    value: int
    tone: str = ""

    def html(self) -> SafeString:
        return SafeString(f'<span class="num {self.tone}">{self.value}</span>')

    def plain(self) -> str:
        return str(self.value)


@lru_cache(maxsize=2000)
def _moment(instant: datetime, zone: tzinfo, language: str, today: date) -> SafeString:
    """Write an instant; `zone`, `language` and `today` are those at hand, on which the words depend."""
    return SafeString(
        f'<time class="muted num" datetime="{instant.isoformat(timespec="seconds")}"'
        f' title="{safe(when.exact_words(instant))}">{safe(when.when_words(instant))}</time>'
    )


@dataclass(frozen=True, slots=True)
class When:
    """An instant (UTC) in words, exact in its hint."""

    instant: datetime | None

    def html(self) -> SafeString:
        if self.instant is None:
            return _DASH
        return _moment(self.instant, timezone.get_current_timezone(), when.locale(), when.today())

    def plain(self) -> str:
        return "" if self.instant is None else timezone.localtime(self.instant).strftime("%Y-%m-%d %H:%M")


@dataclass(frozen=True, slots=True)
class Pills:
    pills: Sequence[Pill]

    def html(self) -> SafeString:
        return SafeString(" ".join(pill.html() for pill in self.pills))

    def plain(self) -> str:
        return ", ".join(str(pill.text) for pill in self.pills)


@dataclass(frozen=True, slots=True)
class RowVerbs:
    """What can be done with a row: (words, address) of dialogs."""

    verbs: Sequence[tuple[Words, str]]

    def html(self) -> SafeString:
        buttons = [
            f'<a class="button small" href="{safe(url)}" data-opens>{safe(words)}</a>' for words, url in self.verbs
        ]
        return SafeString(f'<span class="row verbs">{"".join(buttons)}</span>')

    def plain(self) -> str:
        return ""
