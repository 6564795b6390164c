from __future__ import annotations

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from config.health import HealthMiddleware


@pytest.fixture
def answer(rf: RequestFactory):  # type: ignore[no-untyped-def]
    middleware = HealthMiddleware(lambda request: HttpResponse("page"))
    # A load balancer asks by number; the shop's own list of host names must not matter.
    return lambda path: middleware(rf.get(path, headers={"host": "10.1.2.3"}))


def test_healthz_says_that_the_process_lives(answer) -> None:  # type: ignore[no-untyped-def]
    assert answer("/healthz").content == b"ok"


@pytest.mark.django_db
def test_readyz_is_ready_with_a_migrated_database(answer) -> None:  # type: ignore[no-untyped-def]
    response = answer("/readyz")
    assert response.status_code == 200
    assert b'"ready": true' in response.content


@pytest.mark.django_db
def test_readyz_names_what_is_missing(answer) -> None:  # type: ignore[no-untyped-def]
    from django.db.migrations.recorder import MigrationRecorder

    MigrationRecorder.Migration.objects.all().delete()
    response = answer("/readyz")
    assert response.status_code == 503
    assert b'"database": "empty"' in response.content


def test_other_pages_pass(answer) -> None:  # type: ignore[no-untyped-def]
    assert answer("/products/oak-chair").content == b"page"
