"""What an import did, or would do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from duli.base.errors import sentence
from duli.commerce.exchange.types import Refusal

KEPT = 10_000
REPORTED = 200
"""Of so many rows that were refused, or taken differently, an upload keeps the reasons."""


@dataclass(slots=True)
class Counts:
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: int = 0

    def as_total(self) -> int:
        return self.created + self.updated + self.unchanged + self.refused

    def as_json(self) -> dict[str, int]:
        return {
            "created": self.created,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "refused": self.refused,
        }


@dataclass(slots=True)
class ImportReport:
    """Counts of products, variants and pictures, and every row that was not taken with the reason.

    `failed` means that the file as a whole could not be read; then nothing was changed. `notes` are about rows
    that were taken, but not exactly as they stand. Beyond the first 10,000 refusals and notes only their number
    is kept.
    """

    name: str
    source: str = ""
    encoding: str = ""
    dry_run: bool = False
    failed: bool = False
    rows: int = 0
    products: Counts = field(default_factory=Counts)
    variants: Counts = field(default_factory=Counts)
    images: Counts = field(default_factory=Counts)
    things: Counts = field(default_factory=Counts)
    """Customers, orders or redirects."""
    stopped: bool = False
    """Between two batches, because somebody wished so."""
    change_set_id: int = 0
    refused: list[Refusal] = field(default_factory=list)
    notes: list[Refusal] = field(default_factory=list)
    refused_total: int = 0
    notes_total: int = 0
    earlier: dict[str, Any] = field(default_factory=dict)
    """What a run said that was paused or cut off (`as_json`), if this one goes on with it."""
    seconds: float = 0.0

    def add_refused(self, refusals: Iterable[Refusal]) -> None:
        for refusal in refusals:
            self.refused_total += 1
            if len(self.refused) < KEPT:
                self.refused.append(refusal)

    def add_notes(self, notes: Iterable[Refusal]) -> None:
        for note in notes:
            self.notes_total += 1
            if len(self.notes) < KEPT:
                self.notes.append(note)

    @property
    def changed(self) -> bool:
        """Whether anything was (or, in a dry run, would be) created or changed."""
        return any(counts.created or counts.updated for counts in self._all())

    def _all(self) -> tuple[Counts, ...]:
        return self.products, self.variants, self.images, self.things

    def go_on_from(self, earlier: dict[str, Any]) -> None:
        """Start counting where `earlier` stood (`as_json` of a run that was paused or cut off)."""
        if not earlier:
            return
        self.earlier = earlier
        for name in ("products", "variants", "images", "things"):
            setattr(self, name, Counts(**earlier.get(name, {})))
        self.refused_total = earlier.get("refused_total", 0)
        self.notes_total = earlier.get("notes_total", 0)

    def _lines(self, name: str, entries: list[Refusal], limit: int) -> list[dict[str, Any]]:
        """Return the rows of this run and of those before it, by row."""
        lines = [*self.earlier.get(name, ()), *map(_line, sorted(entries, key=lambda entry: entry.row)[:limit])]
        return sorted(lines, key=lambda line: line["row"])[:limit]

    def as_json(self, limit: int = KEPT) -> dict[str, Any]:
        """Return plain JSON values; reasons are sentences in the active language."""
        return {
            "file": self.name,
            "source": self.source,
            "encoding": self.encoding,
            "dry_run": self.dry_run,
            "failed": self.failed,
            "rows": self.rows,
            "products": self.products.as_json(),
            "variants": self.variants.as_json(),
            "images": self.images.as_json(),
            "things": self.things.as_json(),
            "refused_total": self.refused_total,
            "refused": self._lines("refused", self.refused, limit),
            "notes_total": self.notes_total,
            "notes": self._lines("notes", self.notes, limit),
            "seconds": round(self.seconds, 3),
        }


def _line(entry: Refusal) -> dict[str, Any]:
    return {
        "row": entry.row,
        "kind": entry.kind,
        "key": entry.key,
        "code": entry.error.code,
        "reason": sentence(entry.error),
    }
