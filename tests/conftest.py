from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import hypothesis
import pytest
from django.core.cache import cache
from django.db.backends.base.base import BaseDatabaseWrapper

from duli.platform.store import changes
from duli.platform.store.changes import reset_caches
from tests.kept import filled

pytest_plugins = ["tests.plugins_ci", "tests.plugins_matrix", "tests.plugins_once", "tests.plugins_template"]

# Whether a property holds does not depend on how busy the machine is.
hypothesis.settings.register_profile("duli", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("duli")


@pytest.fixture(scope="session", autouse=True)
def _plain_static_files() -> None:
    """Nothing is collected for a test run, so static files go by their own names."""
    from django.conf import settings
    from django.core.signals import setting_changed

    backend = "django.contrib.staticfiles.storage.StaticFilesStorage"
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": backend}}
    # An app may have asked for a file's address while it was loaded.
    setting_changed.send(sender=None, setting="STORAGES", value=settings.STORAGES, enter=True)


@pytest.fixture(scope="session", autouse=True)
def _quick_passwords() -> None:
    """Hashing a password is slow on purpose; a test that signs in need not pay for that."""
    from django.conf import settings

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def _may_bypass_triggers(connection: BaseDatabaseWrapper) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT usesuper FROM pg_user WHERE usename = current_user")
        return bool(cursor.fetchone()[0])


@pytest.fixture(scope="session", autouse=True)
def _emptying_leaves_what_the_code_says() -> None:
    """Emptying the database leaves content types and permissions, which follow from the code.

    Django throws them away after every test that commits and asks for each of them again, which costs more than most of
    these tests do.
    """
    from django.contrib.auth.models import Permission
    from django.contrib.contenttypes.models import ContentType
    from django.core.management.commands import flush

    kept = {ContentType._meta.db_table, Permission._meta.db_table}

    def sql_flush(style: Any, connection: BaseDatabaseWrapper, **options: bool) -> list[str]:
        found = connection.introspection.django_table_names(only_existing=True, include_views=False)
        tables = [table for table in found if table not in kept]
        if connection.vendor == "postgresql" and _may_bypass_triggers(connection):
            # TRUNCATE makes new files for every table that refers to one of these, and for their indexes.
            deletes = [f"DELETE FROM {connection.ops.quote_name(table)}" for table in filled(connection, tables)]
            return ["SET LOCAL session_replication_role = replica", *deletes]
        return connection.ops.sql_flush(style, tables, **options)

    vars(flush).update(sql_flush=sql_flush, emit_post_migrate_signal=lambda *signal, **values: None)


@pytest.fixture(autouse=True)
def _fresh_caches(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No test sees what another one left in this process's caches, and no clock decides when they are forgotten.

    Marks are looked for when a transaction commits and after `reset_caches`, never because time has passed: on a slow
    machine such a look would come in the middle of a measurement, and what it makes forgotten is read again.
    """
    monkeypatch.setattr(changes, "CHECK_SECONDS", math.inf)
    reset_caches()
    cache.clear()
    yield
    reset_caches()
