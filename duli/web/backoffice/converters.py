from __future__ import annotations


class RowId:
    """A key of a row that every database can hold; longer numbers are no page."""

    regex = "[0-9]{1,18}"

    def to_python(self, value: str) -> int:
        return int(value)

    def to_url(self, value: int) -> str:
        return str(value)
