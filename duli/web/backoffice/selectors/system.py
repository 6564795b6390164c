"""How the machine stands: versions, room on the disk, size of the database, and what `duli doctor` says."""

from __future__ import annotations

import importlib.metadata
import json
import platform
import shutil
import subprocess
import sys
from dataclasses import dataclass

import django
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.utils.translation import get_language, gettext

from duli.platform.search.models import IndexedDocument

DOCTOR_SECONDS = 40


@dataclass(frozen=True, slots=True)
class Fact:
    """One line: what it is, how it is, and whether that is bad."""

    label: str
    value: str
    state: str = "ok"


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence of the doctor; `state` is ok, note, warning or bad."""

    state: str
    text: str


def _size(count: int) -> str:
    amount = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}" if unit in {"B", "kB"} else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} TB"


def _database_size() -> int:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT pg_database_size(current_database())")
            return int(cursor.fetchone()[0])
        cursor.execute("SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()")
        return int(cursor.fetchone()[0])


def _database_version() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version" if connection.vendor == "postgresql" else "SELECT sqlite_version()")
        return str(cursor.fetchone()[0])


def _cache_works() -> bool:
    try:
        cache.set("health", "1", 10)
        return cache.get("health") == "1"
    except Exception:
        return False


def facts() -> list[Fact]:
    """Return what is quick to know (three short queries)."""
    disk = shutil.disk_usage(settings.DATA_DIR)
    low = disk.free < max(disk.total // 20, 1_000_000_000)
    kind = "PostgreSQL" if connection.vendor == "postgresql" else "SQLite"
    works = _cache_works()
    return [
        Fact(gettext("Version"), f"Duli {importlib.metadata.version('duli')}"),
        Fact(gettext("Runs on"), f"Python {platform.python_version()} · Django {django.get_version()}"),
        Fact(gettext("Database"), f"{kind} {_database_version()} · {_size(_database_size())}"),
        Fact(gettext("Free on the disk"), f"{_size(disk.free)} / {_size(disk.total)}", "bad" if low else "ok"),
        Fact(
            gettext("Cache"),
            gettext("works") if works else gettext("does not answer"),
            "ok" if works else "bad",
        ),
        Fact(gettext("Search"), gettext("%(count)s texts") % {"count": IndexedDocument.objects.count()}),
    ]


def examine() -> list[Finding]:
    """Run `duli doctor` in a process of its own and return what it says; one finding if it cannot be run."""
    language = "en" if (get_language() or "").startswith("en") else "zh-hans"
    command = [sys.executable, "-m", "duli.cli", "--language", language, "doctor", "--json"]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=DOCTOR_SECONDS, cwd=settings.ROOT, check=False
        )
        found = json.loads(done.stdout)["findings"]
    except (OSError, subprocess.TimeoutExpired, ValueError, KeyError):
        return [Finding("bad", gettext("The examination did not finish. Run “duli doctor” on the machine."))]
    return [Finding(str(entry["state"]), str(entry["text"])) for entry in found]
