"""The plain text of a mail, made from its HTML, so that the two can never say different things."""

from __future__ import annotations

import re
from html.parser import HTMLParser

_BLOCKS = {"p", "div", "h1", "h2", "h3", "table", "ul", "ol", "blockquote", "dl"}
_LINES = {"tr", "li", "br", "dt"}
_SILENT = {"style", "script", "head", "title"}


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._silent = 0
        self._href = ""
        self._words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self._silent += 1
        elif tag in _BLOCKS:
            self.parts.append("\n\n")
        elif tag in _LINES:
            self.parts.append("\n- " if tag == "li" else "\n")
        elif tag in {"td", "th", "dd"}:
            self.parts.append("  ")
        elif tag == "a":
            self._href = dict(attrs).get("href") or ""
            self._words = []

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self._silent = max(0, self._silent - 1)
        elif tag in _BLOCKS:
            self.parts.append("\n\n")
        elif tag == "a":
            words = "".join(self._words).strip()
            address = self._href.removeprefix("mailto:").removeprefix("tel:")
            if address and address != words:
                self.parts.append(f": {address}" if words else address)
            self._href = ""

    def handle_data(self, data: str) -> None:
        if self._silent:
            return
        words = re.sub(r"\s+", " ", data)
        self._words.append(words)
        self.parts.append(words)


def plain(html: str) -> str:
    """Return `html` as plain text: paragraphs, one line for a table row, addresses behind their words."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    lines = [
        "  ".join(cell.strip() for cell in line.split("  ") if cell.strip())
        for line in "".join(reader.parts).split("\n")
    ]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
