"""The sheet: a grid of cells to edit like a spreadsheet, for one product's variants or for many products' (sheet.js).

Give `kit/sheet.html` a `Sheet` as ``sheet``: columns, rows whose cells are texts in the order of the columns. Its form
sends back one field (``sheet.name``) with the cells that were changed and nothing else; `read_cells` reads it. Each
changed cell comes with the text that stood there when the page was opened, so that a screen can refuse what somebody
else changed in the meantime. Without JavaScript the sheet shows the link `plain_url`, to a table of inputs.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.html import json_script
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from duli.base.text import one_line

Words = str | Promise
LONGEST_CELL = 1000
MOST_ROWS = 5000


@dataclass(frozen=True, slots=True)
class SheetColumn:
    """One column. `kind` is "text", "amount" (money), "count" (whole number), "choice" (of `choices`), "image"
    (one of the form's pictures) or "off" (a tick that leaves the row out)."""

    key: str
    label: Words
    kind: str = "text"
    width: int = 120
    readonly: bool = False
    choices: Sequence[tuple[str, Words]] = ()


@dataclass(slots=True)
class SheetRow:
    """One row: `cells` as they stand, `changed` what is typed over them (by column), `errors` by column."""

    key: str
    title: str
    cells: Sequence[str]
    changed: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    note: str = ""
    locked: Sequence[str] = ()
    is_new: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet as the template takes it; `first` is the heading of the rows' titles."""

    name: str
    label: Words
    first: Words
    columns: Sequence[SheetColumn]
    rows: Sequence[SheetRow]
    plain_url: str = ""
    readonly: bool = False

    @property
    def has_changes(self) -> bool:
        return any(row.changed or row.is_new for row in self.rows)

    @property
    def data(self) -> SafeString:
        """Everything as a block of JSON to stand in a page."""
        payload = {
            "columns": [
                {
                    "key": column.key,
                    "label": str(column.label),
                    "kind": column.kind,
                    "width": column.width,
                    "readonly": self.readonly or column.readonly,
                    "choices": [[value, str(text)] for value, text in column.choices],
                }
                for column in self.columns
            ],
            "rows": [
                [row.key, row.title, row.cells, row.changed, row.errors, row.note, list(row.locked), row.is_new]
                for row in self.rows
            ],
            "words": {
                "first": str(self.first),
                "label": str(self.label),
                "fill": _("Fill down"),
                "set": _("Set"),
                "value": _("Value for the selected cells"),
                "entry": _("New value"),
                "selected": _("%s cells selected"),
                "changed": [_("%s cell changed"), _("%s cells changed")],
                "undo": _("Undo"),
                "all": _("Select the whole column"),
                "none": _("None"),
                "filter": _("Filter rows"),
                "hint": _("Copy and paste work with Excel. Ctrl+D fills down, Ctrl+Z takes back."),
                "wrong": {"amount": _("Enter an amount such as 128.00."), "count": _("Enter a whole number from 0.")},
            },
        }
        return json_script(payload)


@dataclass(frozen=True, slots=True)
class CellChange:
    """What was typed into a cell, and what stood there."""

    value: str
    seen: str


@dataclass(frozen=True, slots=True)
class Cells:
    """What a sheet sent: changes by row and column, and the keys of rows that are not stored yet, in order."""

    changes: Mapping[str, Mapping[str, CellChange]]
    fresh: Sequence[str] = ()


def read_cells(text: str, *, columns: Callable[[str], bool], most: int = MOST_ROWS) -> Cells | None:
    """Read what a sheet sent; `columns` says which column keys there are. None if it is not what a sheet sends."""
    if not text:
        return Cells({})
    try:
        given = json.loads(text)
        cells, fresh = given["cells"], given.get("fresh", [])
        if not isinstance(cells, dict) or not isinstance(fresh, list) or max(len(cells), len(fresh)) > most:
            return None
        changes = {_key(row): _changes(found, columns) for row, found in cells.items()}
        return Cells(changes, [_key(key) for key in fresh])
    except (ValueError, TypeError, KeyError, RecursionError, AttributeError):
        return None


def _key(value: Any) -> str:
    if not isinstance(value, str) or len(value) > 2000:
        raise ValueError
    return value


def _changes(found: dict[str, Any], columns: Callable[[str], bool]) -> dict[str, CellChange]:
    result = {}
    for key, (value, seen) in found.items():
        if not columns(key) or not isinstance(value, str) or not isinstance(seen, str):
            raise ValueError
        result[key] = CellChange(one_line(value[:LONGEST_CELL]), seen[:LONGEST_CELL])
    return result
