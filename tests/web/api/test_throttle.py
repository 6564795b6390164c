"""One visitor's calls of the public API are limited, another's are not touched by that."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from tests import factories

pytestmark = pytest.mark.django_db
CACHES = {
    "memory": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "throttle"},
    "redis": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": os.environ.get("DULI_TEST_REDIS_URL", ""),
    },
}
SECOND = 1_800_000_000.0


@pytest.fixture(params=["memory", "redis"])
def limited(request: pytest.FixtureRequest, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Ten calls a minute, two of them writing; the clock stands still, ten seconds before the minute ends."""
    if not CACHES[request.param]["LOCATION"]:
        pytest.skip("no Redis to test with")
    settings.CACHES = {"default": CACHES[request.param]}
    cache.clear()
    settings.API_CALLS_PER_MINUTE = 10
    monkeypatch.setattr("duli.web.api.throttle.time.time", lambda: SECOND + 50)
    factories.shop()
    yield
    cache.clear()


def read(**headers: str) -> Any:
    return Client().get("/api/v1/store", **headers)


def test_the_eleventh_call_is_told_when_to_come_back(limited: None, monkeypatch: pytest.MonkeyPatch) -> None:
    assert [read().status_code for _ in range(11)] == [200] * 10 + [429]
    refused = read()
    assert refused.headers["Retry-After"] == "10"
    assert refused.json() == {"code": "too_many_requests", "message": "请求过于频繁，请在 10 秒后重试。", "fields": {}}
    assert "10 seconds" in Client().get("/api/v1/store?language=en").json()["message"]
    monkeypatch.setattr("duli.web.api.throttle.time.time", lambda: SECOND + 60)
    assert read().status_code == 200


def test_writing_has_a_smaller_limit_of_its_own(limited: None) -> None:
    def write() -> int:
        path = "/api/v1/carts/lines"
        return Client().post(path, {"variant_id": 1, "quantity": 1}, content_type="application/json").status_code

    assert [write() for _ in range(3)] == [409, 409, 429]
    assert read().status_code == 200


def test_visitors_behind_a_trusted_proxy_are_counted_apart(limited: None, settings: Any) -> None:
    settings.TRUSTED_PROXY_COUNT = 1
    assert [read(HTTP_X_FORWARDED_FOR="203.0.113.7").status_code for _ in range(11)][-1] == 429
    assert read(HTTP_X_FORWARDED_FOR="203.0.113.8").status_code == 200
    assert read(HTTP_X_FORWARDED_FOR="198.51.100.1, 203.0.113.7").status_code == 429


def test_a_household_of_ipv6_is_one_visitor(limited: None) -> None:
    assert [read(REMOTE_ADDR=f"2001:db8:1:2::{number:x}").status_code for number in range(11)][-1] == 429
    assert read(REMOTE_ADDR="2001:db8:1:3::1").status_code == 200


def test_zero_is_no_limit(limited: None, settings: Any) -> None:
    settings.API_CALLS_PER_MINUTE = 0
    assert {read().status_code for _ in range(15)} == {200}
