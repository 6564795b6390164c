"""One migrated database for a whole run, copied for each of its workers.

`DULI_TEST_TEMPLATES` names the folder of the run (`make test` gives one). Without it each worker migrates its own, as
pytest-django does it: a dozen seconds that nine workers would spend on the same tables.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.db import connection
from pytest_django.plugin import DjangoDbBlocker

ROOT = Path(__file__).resolve().parent.parent
NAME = "duli_template"


@pytest.fixture(scope="session")
def django_db_keepdb(
    request: pytest.FixtureRequest,
    django_db_modify_db_settings: None,
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[bool]:
    """Whether pytest-django finds its database made: ours is a copy, which goes when the worker is done."""
    folder = os.environ.get("DULI_TEST_TEMPLATES", "")
    if not folder:
        yield bool(request.config.getvalue("reuse_db"))
        return
    with django_db_blocker.unblock():
        _copy(Path(folder))
    yield True
    with django_db_blocker.unblock():
        connection.creation.destroy_test_db(connection.settings_dict["NAME"], verbosity=0)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """Keep the lasting secret as this process's migrations would: whoever made the template may have another key."""
    from duli.platform.store.lasting import PURPOSE, lasting_secret
    from duli.platform.store.models import LastingSecret
    from duli.platform.store.sealing import keys, seal

    with django_db_blocker.unblock():
        LastingSecret.objects.filter(pk=1).update(sealed=seal(keys()[-1], purpose=PURPOSE))
        # Read once for each process: not within the statements that a test counts.
        lasting_secret()


def _copy(folder: Path) -> None:
    target = connection.creation._get_test_db_name()  # type: ignore[attr-defined]
    # Only one worker makes the template, and none reads it half made.
    with (folder / f"{connection.vendor}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if connection.vendor == "sqlite":
            template = folder / f"{NAME}.sqlite3"
            if not template.exists():
                unfinished = folder / "unfinished.sqlite3"
                _migrate(f"sqlite:///{unfinished}")
                unfinished.rename(template)
            shutil.copy(template, target)
            return
        with connection._nodb_cursor() as cursor:  # type: ignore[attr-defined]
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [NAME])
            if cursor.fetchone() is None:
                cursor.execute(f"CREATE DATABASE {NAME}_unfinished")
                _migrate(urlsplit(os.environ["DULI_DATABASE_URL"])._replace(path=f"/{NAME}_unfinished").geturl())
                cursor.execute(f"ALTER DATABASE {NAME}_unfinished RENAME TO {NAME}")
            cursor.execute(f'DROP DATABASE IF EXISTS "{target}"')
            cursor.execute(f'CREATE DATABASE "{target}" TEMPLATE {NAME}')


def _migrate(url: str) -> None:
    command = [sys.executable, "manage.py", "migrate", "--verbosity=0"]
    subprocess.run(command, cwd=ROOT, env={**os.environ, "DULI_DATABASE_URL": url}, check=True)
