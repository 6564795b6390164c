"""Two workers look for birthdays at one instant: everybody is given one code."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date
from itertools import count

import pytest
from django.db import connection

from duli.base.clock import now
from duli.commerce.customers.models import Birthday
from duli.commerce.promotions import models, services
from duli.commerce.promotions.services import giving
from duli.commerce.promotions.types import PromotionDraft
from duli.platform.store.days import day_of
from tests import factories
from tests.commerce.membership import people

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]
WORKERS = 4


def rush(monkeypatch: pytest.MonkeyPatch, before: Callable[[], None] = lambda: None) -> list[int]:
    """Let the workers give, all of them after all have read that nobody has anything yet; return what each gave."""
    factories.shop()
    customer = people.member()
    today = day_of(now())
    Birthday.objects.create(customer=customer, month=today.month, day=today.day, told_at=now())
    draft = PromotionDraft(name="生日礼", rules={"kind": "percent", "points": 1000}, needs_code=True, birthday_before=0)
    services.save_promotion(draft=draft, actor=factories.ACTOR)
    before()
    together, give = threading.Barrier(WORKERS), giving.give_birthday_code

    def after_all_have_read(row: models.Promotion, customer_id: int, day: date) -> bool:
        together.wait(timeout=60)
        return give(row, customer_id, day)

    monkeypatch.setattr(giving, "give_birthday_code", after_all_have_read)
    given: list[int] = []

    def work() -> None:
        try:
            given.append(services.give_birthday_codes())
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(WORKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return given


def test_everybody_is_given_one_code(monkeypatch: pytest.MonkeyPatch) -> None:
    assert sorted(rush(monkeypatch)) == [0, 0, 0, 1]
    assert models.Code.objects.count() == 1


def test_without_the_unique_column_everybody_would_be_given_several(monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = count()

    def unguard() -> None:
        monkeypatch.setattr(giving, "given_for", lambda promotion_id, customer_id, day: f"birthday:{next(numbers)}")

    assert rush(monkeypatch, unguard) == [1] * WORKERS
    assert models.Code.objects.count() == WORKERS
