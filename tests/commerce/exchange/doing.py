"""Short words for what the tests do again and again."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from duli.commerce.exchange.fetching import ImageFetcher
from duli.commerce.exchange.report import ImportReport
from duli.commerce.exchange.services import run_import
from tests.commerce.exchange.conftest import Web


def take(source: bytes | Path, fetcher: ImageFetcher | None = None, **options: Any) -> ImportReport:
    """Import bytes or a file; addresses lead nowhere unless a fetcher is given."""
    stream = io.BytesIO(source) if isinstance(source, bytes) else source
    name = source.name if isinstance(source, Path) else "file.csv"
    return run_import(source=stream, name=name, actor="user:1", fetcher=fetcher or Web(), **options)


def counts(report: ImportReport) -> dict[str, tuple[int, int, int, int]]:
    """Return {"products": (created, updated, unchanged, refused), …}."""
    return {
        part: tuple(getattr(report, part).as_json().values())  # type: ignore[misc]
        for part in ("products", "variants", "images")
    }


def reasons(report: ImportReport) -> list[tuple[int, str]]:
    """Return (row, code) of everything refused except pictures, by row."""
    return sorted((entry.row, entry.error.code) for entry in report.refused if entry.kind != "image")


def notes(report: ImportReport) -> list[tuple[int, str]]:
    return sorted((entry.row, entry.error.code) for entry in report.notes)
