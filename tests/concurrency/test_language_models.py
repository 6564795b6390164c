"""Many ask a language model at one instant: together they ask for no more than the day allows."""

from __future__ import annotations

import threading

import pytest
from django.db import connection

from duli.platform.language_models import services
from duli.platform.language_models.models import ModelTally
from duli.platform.language_models.provider import Question, Reply, providers
from duli.platform.language_models.services import asking
from duli.platform.language_models.types import BudgetSpent
from tests.platform.language_models.writers import Writer

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]
PEOPLE, ALLOWED = 8, 3
QUESTION = Question("", "Tea?", most_tokens=100)


def rush() -> int:
    """Let people ask at one instant where the day allows for three of them; return how many were answered."""
    writer = Writer()
    most = asking.most_tokens(QUESTION)
    # It says that it cost what was counted for it, so that nothing is given back.
    writer.answer = lambda question: Reply("yes", "writer-1", most, 0)
    providers.register(writer.code, writer)
    try:
        services.save_account(code="writer", enabled=True, values={"key": "a secret", "model": "writer-1"})
        services.save_rules(per_day=ALLOWED * most, per_person=10 * most, keep_days=30)
        together = threading.Barrier(PEOPLE)

        def work(number: int) -> None:
            try:
                together.wait(timeout=60)
                services.ask(question=QUESTION, purpose="test", actor=f"user:{number}")
            except BudgetSpent:
                pass
            finally:
                connection.close()

        threads = [threading.Thread(target=work, args=(number,)) for number in range(PEOPLE)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return len(writer.asked)
    finally:
        del providers._entries[writer.code]


def test_the_budget_holds_however_many_ask() -> None:
    assert rush() == ALLOWED


def test_counted_by_looking_first_the_budget_would_be_passed(monkeypatch: pytest.MonkeyPatch) -> None:
    looked = threading.Barrier(PEOPLE)

    def unguarded(who: str, tokens: int, limit: int) -> None:
        spent = sum(ModelTally.objects.filter(key=who).values_list("tokens", flat=True))
        if who == "shop" and not connection.features.has_select_for_update:
            # On SQLite transactions that write come one after the other; outside of one everybody looks at once.
            looked.wait(timeout=60)
        if spent + tokens > limit:
            raise BudgetSpent()

    if connection.vendor == "sqlite":
        monkeypatch.setattr(asking, "_begin", asking._begin.__wrapped__)  # type: ignore[attr-defined]
    monkeypatch.setattr(asking, "_count", unguarded)
    assert rush() > ALLOWED
