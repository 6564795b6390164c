"""Files that a list can be taken away as."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence

from django.http import StreamingHttpResponse
from django.utils import translation

from duli.base.text import guarded


class _Echo:
    def write(self, text: str) -> str:
        return text


def csv_response(name: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> StreamingHttpResponse:
    """Stream rows as CSV that spreadsheets open as UTF-8; they are read while they are sent."""
    writer = csv.writer(_Echo())
    language = translation.get_language()

    def parts() -> Iterator[bytes]:
        yield "\ufeff".encode()
        yield str(writer.writerow(header)).encode()
        # The rows are read after the view has gone, and with it the reader's language.
        with translation.override(language):
            for row in rows:
                cells = [guarded(value) if isinstance(value, str) else value for value in row]
                yield str(writer.writerow(cells)).encode()

    response = StreamingHttpResponse(parts(), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response
