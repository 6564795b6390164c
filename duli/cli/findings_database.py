"""The examinations that need the shop loaded: database, migrations, jobs, staff, prepared files."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.db import DatabaseError, connection

from duli.base import clock
from duli.cli.findings import Finding
from duli.cli.language import _
from duli.cli.migrate import pending

# A worker writes its beat every ten seconds.
WORKER_SILENCE = timedelta(seconds=60)
LATE_JOB = timedelta(minutes=10)


def _database() -> Iterator[Finding]:
    names = {"where": _where()}
    if connection.vendor == "sqlite" and not Path(names["where"]).exists():
        yield Finding("database", "note", _("The database %(where)s is made at the first start.") % names)
        return
    try:
        started = time.perf_counter()
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        names["milliseconds"] = f"{(time.perf_counter() - started) * 1000:.0f}"
    except DatabaseError as error:
        text = _("The database %(where)s does not answer: %(error)s")
        yield Finding("database", "bad", text % {**names, "error": str(error).strip().splitlines()[0]})
        return
    if connection.vendor == "postgresql":
        version = connection.cursor().connection.info.server_version // 10000
        if version < 15:
            text = _("PostgreSQL %(version)s is too old; Duli needs 15 or later.")
            yield Finding("database", "bad", text % {"version": version})
        names["version"] = str(version)
        yield Finding("database", "ok", _("PostgreSQL %(version)s answers at %(where)s.") % names)
        yield from _database_clock()
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA quick_check(1)")
        problem = cursor.fetchone()[0]
        cursor.execute("PRAGMA journal_mode")
        mode = cursor.fetchone()[0]
    if problem != "ok":
        text = _("The database %(where)s is damaged: %(problem)s")
        yield Finding("database", "bad", text % {**names, "problem": problem})
    elif mode != "wal":
        yield Finding(
            "database", "warning", _("The file system of %(where)s does not allow WAL: expect waits.") % names
        )
    else:
        yield Finding("database", "ok", _("SQLite at %(where)s is whole.") % names)


def _where() -> str:
    entry = settings.DATABASES["default"]
    return f"{entry['HOST']}/{entry['NAME']}" if connection.vendor == "postgresql" else str(entry["NAME"])


def _database_clock() -> Iterator[Finding]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        difference = abs((cursor.fetchone()[0] - clock.now()).total_seconds())
    if difference > 5:
        text = _("The clocks of this machine and of the database differ by %(seconds)s seconds.")
        yield Finding("clock", "bad", text % {"seconds": round(difference)})


def _missing_steps() -> int | None:
    """Return how many migrations the database lacks; None if there is no database to ask."""
    if connection.vendor == "sqlite" and not Path(_where()).exists():
        return None
    try:
        return len(pending())
    except DatabaseError:
        return None


def _migrations() -> Iterator[Finding]:
    waiting = _missing_steps()
    if waiting is None:
        return
    if waiting:
        text = _("Steps that the database lacks: %(count)s. `duli migrate` or the next start takes them.")
        yield Finding("migrations", "warning", text % {"count": waiting})
    else:
        yield Finding("migrations", "ok", _("The database is up to date."))


def _jobs() -> Iterator[Finding]:
    if _missing_steps() != 0:
        return
    from django_tasks import TaskResultStatus
    from django_tasks_db.models import DBTaskResult

    from duli.platform.jobs.models import WorkerBeat

    now = clock.now()
    seen = WorkerBeat.objects.order_by("-seen_at").values_list("seen_at", flat=True).first()
    if seen is None or now - seen > WORKER_SILENCE:
        text = _("No worker is at work: mails and other jobs wait. `duli serve` or `duli worker` starts one.")
        yield Finding("worker", "warning", text)
    else:
        yield Finding("worker", "ok", _("A worker is at work."))
    waiting = DBTaskResult.objects.filter(status=TaskResultStatus.READY, enqueued_at__lt=now - LATE_JOB)
    if late := waiting.filter(run_after__lt=now).count():
        yield Finding("jobs", "warning", _("Jobs that wait for more than ten minutes: %(count)s") % {"count": late})
    if failed := DBTaskResult.objects.filter(status=TaskResultStatus.FAILED).count():
        yield Finding("jobs", "warning", _("Jobs that were given up in the last days: %(count)s") % {"count": failed})


def _staff() -> Iterator[Finding]:
    if _missing_steps() != 0:
        return
    from django.contrib.auth import get_user_model

    if not get_user_model().objects.filter(is_staff=True, is_active=True).exists():
        text = _("Nobody can sign in to the back office yet: `duli staff create` makes the first account.")
        yield Finding("staff", "warning", text)


def _static_files() -> Iterator[Finding]:
    from duli.cli.prepare import STAMP

    if not settings.DEBUG and not (Path(settings.STATIC_ROOT) / STAMP).exists():
        yield Finding("static", "note", _("Styles and scripts are prepared at the first start."))


def _stock() -> Iterator[Finding]:
    if _missing_steps() != 0:
        return
    from duli.commerce.inventory.selectors import latest_check

    check = latest_check()
    if check is None or check.finished_at is None:
        return
    if check.total:
        text = _("Stock numbers that do not agree with their ledger: %(count)s. See Stock ledger in the back office.")
        yield Finding("stock", "warning", text % {"count": check.total})
    else:
        yield Finding(
            "stock", "ok", _("All %(count)s stock numbers agree with their ledger.") % {"count": check.levels}
        )


def _media_store() -> Iterator[Finding]:
    """Ask a store elsewhere; a folder is looked at before the shop is loaded."""
    from duli.platform.media import storage

    url = settings.MEDIA_STORAGE.url
    scheme = urlsplit(url).scheme
    if scheme in ("", "file") and (not url or scheme):
        return
    if scheme not in storage.storages:
        text = _("DULI_MEDIA_URL must be a folder, file:///path, or a bucket, s3://bucket/prefix.")
        yield Finding("media", "bad", text)
        return
    names = {"where": f"{scheme}://{urlsplit(url).netloc}{urlsplit(url).path}"}
    try:
        storage.current().check()
    except storage.StorageUnreachable as error:
        text = _("Pictures cannot be kept in %(where)s: %(error)s")
        yield Finding("media", "bad", text % {**names, "error": error.reason})
    else:
        yield Finding("media", "ok", _("Pictures are kept in %(where)s; it can be written and read.") % names)


EXAMINATIONS: tuple[Callable[[], Iterator[Finding]], ...] = (
    _database,
    _migrations,
    _media_store,
    _jobs,
    _staff,
    _stock,
    _static_files,
)
