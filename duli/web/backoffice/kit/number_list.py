"""Lists of names and whole numbers, as they are pasted from a spreadsheet or read from a small file."""

from __future__ import annotations

import re

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

MAXIMUM_BYTES = 1_000_000
MAXIMUM_LINES = 5000
_SPLIT = re.compile(r"[\t,;]")
_NUMBER = re.compile(r"\d{1,9}")


def parse_numbers(text: str) -> dict[str, int]:
    """Return {name: number} of lines such as "SKU-1<tab>12"; the last column is the number.

    A first line without a number is a heading. ValidationError names the lines that are not understood, and a name
    that stands there twice.
    """
    found: dict[str, int] = {}
    wrong: list[str] = []
    lines = [line.strip() for line in text.splitlines()]
    if len(lines) > MAXIMUM_LINES:
        raise ValidationError(_("Up to %(limit)s lines at once."), params={"limit": MAXIMUM_LINES})
    for place, line in enumerate(lines):
        if not line:
            continue
        cells = [
            cell.strip().strip('"') for cell in (_SPLIT.split(line) if _SPLIT.search(line) else line.rsplit(None, 1))
        ]
        name, number = cells[0], cells[-1]
        if len(cells) < 2 or not name or not _NUMBER.fullmatch(number) or name in found:
            if place or name in found:
                wrong.append(line[:60])
            continue
        found[name] = int(number)
    if wrong:
        raise ValidationError(_("Not understood, or there twice: %(lines)s"), params={"lines": " · ".join(wrong[:8])})
    return found


class NumberList(forms.CharField):
    """A text area of such lines; cleans to {name: number}."""

    def __init__(self, **kwargs: object) -> None:
        widget = forms.Textarea(attrs={"rows": 10, "class": "code-area", "spellcheck": "false"})
        super().__init__(max_length=MAXIMUM_BYTES, widget=widget, **kwargs)  # type: ignore[arg-type]

    def clean(self, value: object) -> dict[str, int]:  # type: ignore[override]
        return parse_numbers(super().clean(value))


def read_text(upload: object) -> str:
    """Return the text of an uploaded file. ValidationError if it is too large or not text."""
    size = getattr(upload, "size", 0)
    if size > MAXIMUM_BYTES:
        raise ValidationError(_("The file is too large for a list."))
    raw: bytes = upload.read()  # type: ignore[attr-defined]
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise ValidationError(_("This file is not a list of text."))
