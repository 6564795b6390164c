from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from duli.base.errors import DuliError


def _(message: str) -> str:
    return message


@dataclass(frozen=True, slots=True)
class Block:
    """A repeated part of a section, such as one tile."""

    type: str
    settings: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Section:
    """One section of a page with its settings resolved for the page's language.

    `data` is what the face looked up for it (products of a shelf, for instance); empty in the theme itself.
    """

    id: str
    type: str
    settings: Mapping[str, Any]
    blocks: tuple[Block, ...] = ()
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SourceReport:
    """What the check of edited source found; `line` is 0 when the error has no place."""

    accepted: bool
    message: str = ""
    line: int = 0


class ThemeError(Exception):
    """A template could not be rendered: a mistake in the theme, for whoever edits it; never shown to shoppers."""

    def __init__(self, message: str, *, template: str = "", line: int = 0, source: str = "") -> None:
        super().__init__(f"{template}:{line}: {message}" if template else message)
        self.message = message
        self.template = template
        self.line = line
        self.source = source

    def excerpt(self, around: int = 4) -> list[tuple[int, str]]:
        """Return (line number, text) of the lines around the mistake."""
        lines = self.source.splitlines()
        first = max(self.line - around, 1)
        return [(number, lines[number - 1]) for number in range(first, min(self.line + around, len(lines)) + 1)]


class UnknownTheme(DuliError):
    code = "unknown_theme"
    message = _("There is no theme called “%(code)s”.")
    status = 404


class InvalidThemeSetting(DuliError):
    code = "invalid_theme_setting"
    message = _("The theme setting “%(field)s” is not valid.")
    status = 422


class SourceRefused(DuliError):
    """Edited source does not work; nothing was published."""

    code = "theme_source_refused"
    message = _("This template does not work: %(message)s (line %(line)s).")
    status = 422
