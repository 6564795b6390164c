from __future__ import annotations

import csv
from typing import TextIO

from duli.base.text import guarded
from duli.commerce.exchange.export import export_rows, layout, product_ids


def export_products(*, stream: TextIO) -> int:
    """Write every product to `stream` as Duli's own CSV and return how many; importing it again changes nothing.

    The stream is to be opened with ``newline=""`` and, for spreadsheet programs, ``encoding="utf-8-sig"``.
    Cells that a spreadsheet program would take for a formula begin with an apostrophe.
    """
    shape = layout()
    writer = csv.DictWriter(stream, shape.titles, restval="")
    writer.writeheader()
    count = 0
    for ids in product_ids():
        for _, _, rows in export_rows(ids, shape):
            count += 1
            writer.writerows({title: guarded(text) for title, text in cells.items()} for cells in rows)
    return count
