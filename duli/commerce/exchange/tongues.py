"""Columns of our own file with texts in other languages: which the shop speaks, and what to say of the rest."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from babel import Locale, UnknownLocaleError

from duli.base.errors import DuliError
from duli.base.text import one_line
from duli.commerce.exchange.formats.own import OPTIONS, TEXT_COLUMNS
from duli.commerce.exchange.reading import column_name
from duli.commerce.exchange.types import LanguageIsOwn, LanguageNotSpoken, LanguageUnknown
from duli.platform.store.selectors import languages

LONGEST = 12
"""Characters of a language's code that are stored."""
_TOLD = re.compile(r"^(?P<column>.+?) \[(?P<language>[^\[\]]+)\]$")
_PROMISE = re.compile(r"^(?P<column>back-order promise) \((?P<language>[^()]+)\) \[.+\]$", re.IGNORECASE)
_COLUMNS = {column_name(name) for name in TEXT_COLUMNS} | {
    f"option {number} {part}" for number in range(1, OPTIONS + 1) for part in ("name", "value")
}


@dataclass(slots=True)
class Tongues:
    """The titles that are to be read, with languages as we write them, and what the file says in languages that the
    shop does not speak: those texts are kept for the day it does, and the report tells of them."""

    titles: list[str]
    problems: list[DuliError] = field(default_factory=list)
    _unspoken: dict[str, list[int]] = field(default_factory=dict)
    _texts: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, titles: Sequence[str]) -> Tongues:
        own, *others = languages()
        found = cls([])
        for place, title in enumerate(titles):
            match = _language_in(title)
            if match is None:
                found.titles.append(title)
                continue
            code = match["language"].strip().lower().replace("_", "-")
            if code == own:
                found.problems.append(LanguageIsOwn(field="language", column=title.strip(), plain=match["column"]))
                continue
            if code not in others and not _name(code):
                told = one_line(match["language"], 40)
                found.problems.append(LanguageUnknown(field="language", column=title.strip(), language=told))
                continue
            start, end = match.span("language")
            found.titles.append(f"{title.strip()[:start]}{code}{title.strip()[end:]}")
            if code not in others:
                found._unspoken.setdefault(code, []).append(place)
        return found

    @property
    def languages(self) -> tuple[str, ...]:
        """Return every language whose texts are compared: the shop's others, and those of the file."""
        return (*languages()[1:], *self._unspoken)

    def count(self, cells: Sequence[str]) -> None:
        """Count what a row says in languages that the shop does not speak."""
        for code, places in self._unspoken.items():
            told = sum(bool(cells[place].strip()) for place in places if place < len(cells))
            self._texts[code] = self._texts.get(code, 0) + told

    def told(self) -> list[DuliError]:
        """Return what the report is to say once every row was counted."""
        return [
            *self.problems,
            *(
                LanguageNotSpoken(field="language", language=_name(code), count=count)
                for code, count in self._texts.items()
                if count
            ),
        ]


def _language_in(title: str) -> re.Match[str] | None:
    told = _TOLD.match(title.strip())
    if told is not None and column_name(told["column"]) in _COLUMNS:
        return told
    # Of a promise the round bracket is the language, the square one a location.
    return _PROMISE.match(title.strip())


def _name(code: str) -> str:
    """Return a language's name in itself; "" for none that is known."""
    try:
        return str(Locale.parse(code, sep="-").display_name) if len(code) <= LONGEST else ""
    except (UnknownLocaleError, ValueError):
        return ""
