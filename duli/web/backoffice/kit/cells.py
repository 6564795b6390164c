"""What may stand in a cell of a list; each writes itself, so that a list of 50 rows costs no template look-ups.

`html` is for the page, `plain` for a file of the list.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
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


def _joined(*parts: Words) -> str:
    return " · ".join(str(part) for part in parts if part)


@dataclass(frozen=True, slots=True)
class Text:
    """Plain words, with an optional second line."""

    text: Words
    sub: Words = ""
    muted: bool = False
    clip: bool = False
    """Cut what does not fit into one line; the whole is in the hint."""

    def html(self) -> SafeString:
        sub = format_html('<span class="cell-sub">{}</span>', self.sub) if self.sub else ""
        classes = " ".join(name for name, on in (("muted", self.muted), ("cell-clip", self.clip)) if on)
        hint = self.text if self.clip else ""
        return format_html('<span class="{}" title="{}">{}</span>{}', classes, hint, self.text, sub)

    def plain(self) -> str:
        return _joined(self.text, self.sub)


@dataclass(frozen=True, slots=True)
class Link:
    """The cell that opens the row."""

    text: Words
    url: str
    sub: Words = ""

    def html(self) -> SafeString:
        sub = format_html('<span class="cell-sub">{}</span>', self.sub) if self.sub else ""
        return format_html('<a class="cell-main num" href="{}">{}</a>{}', self.url, self.text, sub)

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
            format_html('<img class="thumb" src="{}" alt="" width="40" height="40" loading="lazy">', self.image)
            if self.image
            else format_html('<span class="thumb">{}</span>', icon("image"))
        )
        sub = format_html('<span class="cell-sub">{}</span>', self.sub) if self.sub else ""
        return format_html(
            '<div class="cell-thumb">{}<div><a class="cell-main" href="{}">{}</a>{}</div></div>',
            picture,
            self.url,
            self.text,
            sub,
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
            return format_html('<span class="muted">{}</span>', "—")
        language = get_language() or "en"
        words = self.money.format(language)
        if self.until is not None and self.until != self.money:
            words = f"{words} – {self.until.format(language)}"
        return format_html('<span class="num">{}</span>', words)

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
        return format_html('<span class="num {}">{}</span>', self.tone, self.value)

    def plain(self) -> str:
        return str(self.value)


@dataclass(frozen=True, slots=True)
class When:
    """An instant (UTC) in words, exact in its hint."""

    instant: datetime | None

    def html(self) -> SafeString:
        if self.instant is None:
            return format_html('<span class="muted">{}</span>', "—")
        return format_html(
            '<time class="muted num" datetime="{}" title="{}">{}</time>',
            self.instant.isoformat(timespec="seconds"),
            when.exact_words(self.instant),
            when.when_words(self.instant),
        )

    def plain(self) -> str:
        return "" if self.instant is None else timezone.localtime(self.instant).strftime("%Y-%m-%d %H:%M")


@dataclass(frozen=True, slots=True)
class Pills:
    pills: Sequence[Pill]

    def html(self) -> SafeString:
        return format_html_join(" ", "{}", ((pill.html(),) for pill in self.pills))

    def plain(self) -> str:
        return ", ".join(str(pill.text) for pill in self.pills)
