"""Eight text messages at once: no limit is passed, and one message leaves once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest

from duli.platform.sms import locks, services
from duli.platform.sms.channel import channels
from duli.platform.sms.models import SmsDispatch
from duli.platform.sms.services import limits
from duli.platform.sms.states import DispatchState
from duli.platform.sms.types import Plan
from duli.platform.store.changes import reset_caches
from tests.concurrency.hands import HANDS, all_hands
from tests.platform.sms.test_services import Notebook

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]
MOST = 3


@pytest.fixture
def notebook(monkeypatch: pytest.MonkeyPatch) -> Iterator[Notebook]:
    notebook = Notebook()
    monkeypatch.setitem(channels._entries, "notebook", notebook)
    services.save_account(code="notebook", enabled=True, countries=["CN"], values={"key": "a secret"})
    services.save_rules(countries=["CN"], per_day=MOST, per_country=100)
    reset_caches()
    yield notebook
    reset_caches()


def send(key: str, to: str = "+8613800138000") -> object:
    return services.dispatch(key=key, to=to, text="x", purpose="code", plan=Plan("notebook"))


def test_no_more_leave_than_the_day_allows(notebook: Notebook) -> None:
    all_hands(lambda hand: send(f"m{hand}", f"+861380013800{hand}"))
    assert len(notebook.sent) == MOST
    assert SmsDispatch.objects.filter(state="blocked", reason="day_limit").count() == HANDS - MOST


def test_one_message_leaves_once(notebook: Notebook) -> None:
    all_hands(lambda _hand: send("one"))
    assert len(notebook.sent) == 1
    assert SmsDispatch.objects.get().state == "accepted"


def test_limits_that_look_before_they_count_are_passed(notebook: Notebook, monkeypatch: pytest.MonkeyPatch) -> None:
    def unguarded(key: str, ends_at: datetime, by: int, most: int) -> bool:
        # Everybody has looked before anybody counts.
        return by <= most

    monkeypatch.setattr(limits, "_add", unguarded)
    all_hands(lambda hand: send(f"m{hand}", f"+861380013800{hand}"))
    assert len(notebook.sent) == HANDS


def test_without_the_lock_it_leaves_many_times(notebook: Notebook, monkeypatch: pytest.MonkeyPatch) -> None:
    services.save_rules(countries=["CN"], per_day=100, per_country=100)
    reset_caches()

    def unguarded(key: str) -> SmsDispatch:
        found = SmsDispatch.objects.get(key=key)
        # As everybody saw it who looked before the first one wrote.
        found.state, found.parts = DispatchState.WAITING, 1
        return found

    monkeypatch.setattr(locks, "lock_dispatch", unguarded)
    all_hands(lambda _hand: send("one"))
    assert len(notebook.sent) > 1
