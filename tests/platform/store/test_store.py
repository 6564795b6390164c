from __future__ import annotations

import threading

import pytest
from django.db import IntegrityError, connection, transaction

from duli.platform.store import services
from duli.platform.store.changes import Change, ChangeCache, _follower, mark, prune
from duli.platform.store.models import Market, Store
from duli.platform.store.selectors import current_store, languages, market_for_language, markets
from duli.platform.store.translations import delete_texts, save_texts, texts

pytestmark = pytest.mark.django_db(transaction=True)


def market(code: str, language: str, **values: object) -> None:
    services.save_market(code=code, name=code, countries=[], currency="CNY", language=language, **values)


def test_a_new_shop_has_an_identity_and_a_market() -> None:
    assert current_store().default_language == "zh-hans"
    assert [entry.code for entry in markets()] == ["main"]


def test_there_is_one_store() -> None:
    services.save_store(name="a")
    with pytest.raises(IntegrityError), transaction.atomic():
        Store.objects.create(pk=2)


def test_one_market_is_the_default_and_comes_first() -> None:
    market("a", "zh-hans", is_default=True)
    market("b", "en", is_default=True)
    assert [entry.code for entry in markets()] == ["b", "a"]
    assert Market.objects.filter(is_default=True).count() == 1
    assert market_for_language("zh-hans").code == "a"
    assert market_for_language("fr").code == "b"
    assert languages() == ("zh-hans", "en")


def test_the_identity_reads_in_the_language_of_the_page() -> None:
    services.save_store(name="独立", tagline="好物")
    save_texts(kind="store", object_id=1, language="en", values={"name": "Duli", "legal_name": ""})
    mark("store")
    assert (current_store("en").name, current_store("en").tagline) == ("Duli", "好物")
    assert current_store().name == "独立"


def test_texts_are_stored_replaced_and_removed() -> None:
    for value in ("One", "Two"):
        save_texts(kind="product", object_id=1, language="en", values={"title": value, "body": "b"})
    assert texts("product", [1, 2], "en") == {1: {"title": "Two", "body": "b"}}
    save_texts(kind="product", object_id=1, language="en", values={"title": ""})
    assert texts("product", [1], "en") == {1: {"body": "b"}}
    delete_texts(kind="product", ids=[1])
    assert texts("product", [1], "en") == {}


def look_again() -> None:
    """As if the half second between two looks had passed."""
    _follower.look_now()


def test_what_another_process_changed_is_forgotten_here() -> None:
    cache: ChangeCache[str] = ChangeCache(4)
    cache.get("x")
    cache.put("x", "old", ["prices"])
    # A row alone, without the signal inside this process, is what another process leaves.
    from duli.base.clock import now

    Change.objects.create(topic="prices", happened_at=now())
    look_again()
    assert cache.get("x") is None


def test_a_change_that_was_rolled_back_forgets_nothing() -> None:
    cache: ChangeCache[str] = ChangeCache(4)
    cache.get("x")
    cache.put("x", "kept", ["prices"])
    with pytest.raises(RuntimeError), transaction.atomic():
        mark("prices")
        raise RuntimeError
    look_again()
    assert cache.get("x") == "kept"


def test_a_value_read_before_a_change_is_not_kept_after_it() -> None:
    cache: ChangeCache[str] = ChangeCache(4)
    cache.get("x")

    def slow_read() -> str:
        worker = threading.Thread(target=_change_prices)
        worker.start()
        worker.join()
        look_again()
        cache.get("anything")
        return "stale"

    assert cache.get_or_make("x", slow_read, ["prices"]) == "stale"
    assert cache.get("x") is None


def _change_prices() -> None:
    try:
        mark("prices")
    finally:
        connection.close()


def test_who_demands_to_look_waits_for_whoever_is_looking(monkeypatch: pytest.MonkeyPatch) -> None:
    cache: ChangeCache[str] = ChangeCache(4)
    cache.get("x")
    cache.put("x", "old", ["prices"])
    begun, go_on = threading.Event(), threading.Event()
    read = _follower._read

    def slow_read() -> None:
        begun.set()
        assert go_on.wait(60)
        read()

    monkeypatch.setattr(_follower, "_read", slow_read)
    # The verb commits, and the first who reads afterwards goes and looks. Somebody else reads at that very moment.
    _change_prices()
    found: list[str | None] = []

    def reader() -> None:
        try:
            found.append(cache.get("x"))
        finally:
            connection.close()

    first, second = threading.Thread(target=reader), threading.Thread(target=reader)
    first.start()
    assert begun.wait(60)
    second.start()
    second.join(0.2)
    go_on.set()
    first.join(60)
    second.join(60)
    assert found == [None, None]


def test_a_late_commit_with_an_earlier_id_is_still_seen() -> None:
    cache: ChangeCache[str] = ChangeCache(4)
    from duli.base.clock import now

    first = Change.objects.create(topic="a", happened_at=now())
    Change.objects.create(topic="b", happened_at=now())
    first_id = first.pk
    first.delete()
    look_again()
    cache.get("x")
    cache.put("x", "old", ["a"])
    Change.objects.create(pk=first_id, topic="a", happened_at=now())
    look_again()
    assert cache.get("x") is None


def test_the_cache_is_bounded() -> None:
    cache: ChangeCache[int] = ChangeCache(3)
    cache.get(0)
    for number in range(10):
        cache.put(number, number, ["a"])
    assert [number for number in range(10) if cache.get(number) is not None] == [7, 8, 9]


def test_old_marks_are_pruned() -> None:
    from datetime import timedelta

    from duli.base.clock import frozen, now

    mark("a")
    assert prune() == 0
    with frozen(now() + timedelta(days=2)):
        assert prune() == 1
