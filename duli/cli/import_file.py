"""`duli import FILE`: products from another shop."""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from duli.cli.language import _

if TYPE_CHECKING:
    from duli.commerce.exchange.report import Counts, ImportReport

# What fits on a screen; --json has them all.
SHOWN = 50
BAR = 30
REDRAW_SECONDS = 0.1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help=_("CSV of Shopify, WooCommerce, PrestaShop or Duli"))
    parser.add_argument("--dry-run", action="store_true", help=_("say what would happen, change nothing"))
    parser.add_argument("--json", action="store_true", help=_("one JSON object, for programs"))
    parser.add_argument("--images", type=Path, help=_("folder or zip with the pictures that the file names"))
    parser.add_argument("--currency", default="", help=_("of prices that do not name theirs (default: the store's)"))


def run(arguments: argparse.Namespace) -> int:
    for path in (arguments.file, arguments.images):
        if path is not None and not path.exists():
            print(_("There is no %(path)s.") % {"path": path}, file=sys.stderr)
            return 2
    from duli.cli import setup
    from duli.cli.migrate import migrate_if_needed

    setup()
    migrate_if_needed(quiet=arguments.json)
    from duli.commerce.exchange.services import run_import

    progress = Progress()
    report = run_import(
        source=arguments.file,
        name=arguments.file.name,
        actor="system",
        images=arguments.images,
        dry_run=arguments.dry_run,
        currency=arguments.currency,
        progress=progress,
    )
    progress.end()
    if arguments.json:
        print(json.dumps(report.as_json(), ensure_ascii=False))
    else:
        _show(report)
    return 1 if report.failed else 0


class Progress:
    """A bar on a terminal; elsewhere nothing, so that logs and pipes stay clean."""

    def __init__(self) -> None:
        self._is_terminal = sys.stderr.isatty()
        self._next = 0.0
        self._drawn = False

    def __call__(self, done: int, total: int) -> None:
        if not self._is_terminal or (time.monotonic() < self._next and done < total):
            return
        self._next = time.monotonic() + REDRAW_SECONDS
        filled = BAR * done // max(total, 1)
        print(f"\r[{'█' * filled}{'·' * (BAR - filled)}] {done}/{total}", end="", file=sys.stderr, flush=True)
        self._drawn = True

    def end(self) -> None:
        if self._drawn:
            print(file=sys.stderr)


def _show(report: ImportReport) -> None:
    if report.failed:
        print(_("The file could not be read; nothing was changed."))
    elif report.dry_run:
        print(_("This is what would happen; nothing was changed."))
    rows = [(_("products"), report.products), (_("variants"), report.variants), (_("pictures"), report.images)]
    for name, counts in rows:
        print(f"  {name}: {_counts(counts)}")
    entries = report.as_json()
    for entry in entries["refused"][:SHOWN]:
        print("  ✗ " + _line(entry))
    for entry in entries["notes"][:SHOWN]:
        print("  ! " + _line(entry))
    hidden = max(report.refused_total - SHOWN, 0) + max(report.notes_total - SHOWN, 0)
    if hidden:
        print(_("  … and %(count)s more; --json lists them all.") % {"count": hidden})


def _counts(counts: Counts) -> str:
    return _("%(created)s created, %(updated)s updated, %(unchanged)s unchanged, %(refused)s refused") % {
        "created": counts.created,
        "updated": counts.updated,
        "unchanged": counts.unchanged,
        "refused": counts.refused,
    }


def _line(entry: dict[str, str | int]) -> str:
    where = _("row %(row)s") % {"row": entry["row"]} if entry["row"] else _("file")
    name = f" {entry['key']}" if entry["key"] else ""
    return f"{where}{name}: {entry['reason']}"
