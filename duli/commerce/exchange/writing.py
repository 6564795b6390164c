"""Tables into files, row by row: CSV that spreadsheet programs open, or a workbook."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from typing import IO

from duli.base.text import guarded, without_control
from duli.commerce.exchange.types import CellTooLongForWorkbook

_FLUSH = 64 * 1024
LONGEST_CELL = 32_767


def csv_chunks(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[bytes]:
    """Yield the table as UTF-8 with its mark, some rows at a time; nothing in it is taken for a formula."""
    text = io.StringIO()
    writer = csv.writer(text)
    text.write("\ufeff")
    writer.writerow(titles)
    for row in rows:
        writer.writerow([guarded(cell) for cell in row])
        if text.tell() > _FLUSH:
            yield text.getvalue().encode()
            text.seek(0)
            text.truncate()
    yield text.getvalue().encode()


def workbook(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> IO[bytes]:
    """Return the table as an open workbook; its cells are texts, so that none is a formula and no number is cut.

    CellTooLongForWorkbook rather than half a text: what was cut would come back so with the next import.
    """
    import openpyxl  # only who exports a workbook needs it

    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.append(list(titles))
    for row in rows:
        sheet.append([_fitting(guarded(without_control(cell))) for cell in row])
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the answer closes it
    book.save(file)
    file.seek(0)
    return file


def _fitting(text: str) -> str:
    if len(text) > LONGEST_CELL:
        raise CellTooLongForWorkbook(limit=LONGEST_CELL)
    return text
