"""`duli export`: the products as a file that every spreadsheet opens and `duli import` reads back unchanged."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from duli.cli.language import _


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", nargs="?", type=Path, metavar="FILE", help=_("where to write (default: the terminal)"))


def run(arguments: argparse.Namespace) -> int:
    from duli.cli import setup

    setup()
    from duli.commerce.exchange.services import export_products

    if arguments.file is None:
        export_products(stream=sys.stdout)
        return 0
    # A file that is there stays whole until the new one is.
    temporary = arguments.file.with_name(f".{arguments.file.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("w", encoding="utf-8-sig", newline="") as stream:
            count = export_products(stream=stream)
        temporary.replace(arguments.file)
    finally:
        temporary.unlink(missing_ok=True)
    print(_("Products written to %(file)s: %(count)s") % {"file": arguments.file, "count": count})
    return 0
