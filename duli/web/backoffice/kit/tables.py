"""A table as a file to take away."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from django.http import FileResponse, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from duli.base.errors import NotFound
from duli.commerce.exchange.writing import csv_chunks, workbook

MOST_IN_A_WORKBOOK = 100_000


def table_answer(name: str, form: str, titles: Sequence[str], rows: Iterator[list[str]]) -> HttpResponse:
    """Answer with the table as "csv" (written while it is sent) or "xlsx" (its first 100,000 rows). NotFound."""
    answer: HttpResponseBase
    if form == "csv":
        answer = StreamingHttpResponse(csv_chunks(titles, rows), content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    elif form == "xlsx":
        file = workbook(titles, islice(rows, MOST_IN_A_WORKBOOK))
        answer = FileResponse(file, as_attachment=True, filename=f"{name}.xlsx")
    else:
        raise NotFound()
    return answer  # type: ignore[return-value]
