"""`duli migrate`, and the same at the start of a server."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from duli.cli.language import _

# Any number will do, as long as every process of the shop takes the same.
_POSTGRES_LOCK = 0x64756C69


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--check", action="store_true", help=_("only say whether something is to be done"))


def run(arguments: argparse.Namespace) -> int:
    from duli.cli import setup

    setup()
    waiting = pending()
    if arguments.check:
        for name in waiting:
            print(name)
        return 1 if waiting else 0
    count = migrate_if_needed()
    print(_("The database is up to date.") if not count else _("Steps done: %(count)s") % {"count": count})
    return 0


def pending() -> list[str]:
    """Return the migrations on disk that the database does not have, as "app.name".

    Compares names only, which takes milliseconds: Django's own answer imports every migration first. A squashed
    migration is missing where none of those is there for which it stands, else those are missing that are not there.
    """
    from django.apps import apps
    from django.db import connection
    from django.db.migrations.recorder import MigrationRecorder

    applied = set(MigrationRecorder(connection).applied_migrations())
    found = []
    for app in apps.get_app_configs():
        names = sorted(path.stem for path in Path(app.path, "migrations").glob("[0-9]*.py"))
        done = {name for label, name in applied if label == app.label}
        for squashed in (name for name in names if "_squashed_" in name):
            replaced = replaced_by(squashed, names)
            names = [name for name in names if name not in (replaced if done.isdisjoint(replaced) else {squashed})]
        found += [f"{app.label}.{name}" for name in names if name not in done]
    return found


def replaced_by(squashed: str, names: Iterable[str]) -> set[str]:
    """Return the names for which "0001_squashed_0004_last" stands: all from the first number to the last one."""
    first, last = squashed[:4], squashed.partition("_squashed_")[2]
    return {name for name in names if first <= name[:4] and name <= last and "_squashed_" not in name}


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the shop's lock for changes of the schema, on this machine and in the database."""
    from django.db import connection

    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "migrate.lock").open("w") as file:
        if sys.platform != "win32":
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX)
        if connection.vendor != "postgresql":
            yield
            return
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [_POSTGRES_LOCK])
            try:
                yield
            finally:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_POSTGRES_LOCK])


class _Progress:
    """Reads what `migrate` prints and shows how far it is, on one line."""

    def __init__(self, total: int, quiet: bool) -> None:
        self.total, self.done, self.quiet = total, 0, quiet
        self.is_terminal = sys.stdout.isatty()

    def write(self, text: str) -> int:
        if text.lstrip().startswith("Applying"):
            self.done += 1
            line = _("Preparing the database: %(done)s of %(total)s") % {"done": self.done, "total": self.total}
            if self.quiet:
                return len(text)
            if self.is_terminal:
                print(f"\r{line}", end="", flush=True)
            elif self.done in {1, self.total} or self.done % 20 == 0:
                print(line, flush=True)
        return len(text)

    def flush(self) -> None:
        if self.is_terminal and not self.quiet and self.done >= self.total:
            print(flush=True)
            self.is_terminal = False

    def isatty(self) -> bool:
        return False


def migrate_if_needed(*, quiet: bool = False) -> int:
    """Apply what is missing, one process at a time, with progress; return how many migrations that were."""
    from django.conf import settings

    if not pending():
        return 0
    with _alone(Path(settings.DATA_DIR)):
        # Somebody else may have done it while we waited for the lock.
        waiting = pending()
        if waiting:
            from django.core.management import call_command

            progress = _Progress(len(waiting), quiet)
            call_command("migrate", interactive=False, verbosity=1, stdout=progress, no_color=True)
            progress.flush()
        return len(waiting)
