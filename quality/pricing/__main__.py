from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from quality.pricing.gherkin import NotGherkin, Scenario, read_folder


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="quality.pricing", description="Play pricing scenarios of other shops.")
    parser.add_argument("folder", type=Path, help="a folder of .feature files, or one file")
    parser.add_argument(
        "--database", default="", help="postgresql://… or sqlite:///…; default: a temporary SQLite file"
    )
    options = parser.parse_args(arguments)
    try:
        scenarios = read_folder(options.folder)
    except (OSError, NotGherkin) as error:
        print(error, file=sys.stderr)
        return 2
    if not scenarios:
        print(f"{options.folder}: no scenario", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as folder:
        os.environ.update(
            DJANGO_SETTINGS_MODULE="config.settings",
            DULI_DATA_DIR=folder,
            DULI_DATABASE_URL=options.database,
            DULI_SECRET_KEY="quality",
        )
        _run(scenarios)
    return 0


def _run(scenarios: Sequence[Scenario]) -> None:
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    from quality.pricing.play import counted, play_all, reasons

    call_command("migrate", verbosity=0, stdout=sys.stderr)
    try:
        results = play_all(scenarios)
    finally:
        connection.close()
    for line in reasons(results):
        print(line)
    print(json.dumps(counted(results)))


if __name__ == "__main__":
    sys.exit(main())
