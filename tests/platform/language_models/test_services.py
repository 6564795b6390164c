"""One model answers, within the budget of the day; what was asked is kept for a while."""

from __future__ import annotations

from datetime import timedelta

import pytest

from duli.base import clock
from duli.base.errors import InvalidInput, NotFound
from duli.platform.audit.models import AuditEntry
from duli.platform.language_models import services
from duli.platform.language_models.configuration import is_on, rules
from duli.platform.language_models.models import ModelAccount, ModelCall, ModelTally
from duli.platform.language_models.provider import (
    ModelRefused,
    ModelUnavailable,
    Picture,
    Question,
    Reply,
    providers,
)
from duli.platform.language_models.selectors import account_forms, latest_calls, spent_today
from duli.platform.language_models.services.asking import PICTURE_TOKENS, most_tokens
from duli.platform.language_models.types import BudgetSpent, NoLanguageModel
from duli.platform.store.changes import reset_caches
from tests.platform.language_models.writers import Writer

pytestmark = pytest.mark.django_db

QUESTION = Question("Answer.", "Tea?", most_tokens=100)
MOST = most_tokens(QUESTION)


def ask(actor: str = "user:7", question: Question = QUESTION) -> Reply:
    return services.ask(question=question, purpose="test", reference="product:7", actor=actor)


def test_without_a_model_nobody_is_asked(provider: Writer) -> None:
    assert not is_on()
    with pytest.raises(NoLanguageModel):
        ask()
    services.save_account(code="writer", enabled=False, values={"key": "a secret"})
    with pytest.raises(NoLanguageModel):
        ask()
    assert provider.asked == []


def test_secrets_are_sealed_and_an_empty_one_keeps_what_is_stored(provider: Writer) -> None:
    with pytest.raises(InvalidInput):
        services.save_account(code="writer", enabled=True, values={"model": "writer-1"})
    services.save_account(code="writer", enabled=True, values={"key": "a secret", "model": "writer-1"}, actor="user:1")
    services.save_account(code="writer", enabled=True, values={"key": "", "model": "writer-2"}, actor="user:1")
    assert "a secret" not in str(ModelAccount.objects.get().settings)
    form = next(entry for entry in account_forms() if entry.code == "writer")
    assert (form.values["model"], form.secrets_set, form.enabled) == ("writer-2", {"key"}, True)
    assert "a secret" not in str([entry.changes for entry in AuditEntry.objects.all()])
    assert ask().text == "yes"
    assert services.check_account(code="writer") == "writer-1"
    with pytest.raises(NotFound):
        services.save_account(code="nobody", enabled=True, values={})
    with pytest.raises(NotFound):
        services.check_account(code="nobody")


def test_one_model_answers(writer: Writer) -> None:
    other = Writer()
    other.code = "other"
    providers.register("other", other)
    try:
        services.save_account(code="other", enabled=True, values={"key": "a secret", "model": "other-1"})
        ask()
        assert (len(writer.asked), len(other.asked)) == (0, 1)
        assert list(ModelAccount.objects.filter(enabled=True).values_list("code", flat=True)) == ["other"]
    finally:
        del providers._entries["other"]


def test_what_was_asked_and_answered_is_kept_and_counted(writer: Writer) -> None:
    writer.answer = lambda question: Reply("Green tea.", "writer-1", 40, 9)
    ask()
    (call,) = latest_calls()
    assert (call.question, call.answer, call.model, call.tokens) == ("Tea?", "Green tea.", "writer-1", 49)
    assert (call.state, call.purpose, call.reference, call.actor) == ("answered", "test", "product:7", "user:7")
    assert spent_today() == 49
    assert ModelTally.objects.get(key__startswith="user:7:").tokens == 49
    # A service that does not count is taken at what it can have cost.
    writer.answer = lambda question: Reply("Green tea.")
    ask()
    assert spent_today() == 49 + MOST


def test_who_refused_costs_nothing_and_who_was_silent_may_have_worked(writer: Writer) -> None:
    def refuse(question: Question) -> Reply:
        raise ModelRefused(reason="balance", answer="402", detail="Insufficient Balance")

    def silent(question: Question) -> Reply:
        raise ModelUnavailable()

    def filtered(question: Question) -> Reply:
        raise ModelRefused(reason="content", answer="content_filter", detail="filtered")

    writer.answer = refuse
    with pytest.raises(ModelRefused):
        ask()
    assert spent_today() == 0
    writer.answer = silent
    with pytest.raises(ModelUnavailable):
        ask()
    assert spent_today() == MOST
    writer.answer = filtered
    with pytest.raises(ModelRefused):
        ask()
    assert spent_today() == 2 * MOST
    states = [(call.state, call.reason, call.detail) for call in latest_calls()]
    assert states == [
        ("refused", "content", "filtered"),
        ("failed", "", ""),
        ("refused", "balance", "Insufficient Balance"),
    ]


def test_the_budget_of_the_day_and_of_a_person_holds(writer: Writer) -> None:
    writer.answer = lambda question: Reply("yes", "writer-1", 60, 40)
    services.save_rules(per_day=150 + MOST, per_person=50 + MOST, keep_days=30)
    reset_caches()
    ask("user:7")
    with pytest.raises(BudgetSpent):
        ask("user:7")
    ask("user:8")
    with pytest.raises(BudgetSpent):
        ask("user:9")
    assert len(writer.asked) == 2
    assert spent_today() == 200
    with clock.frozen(clock.now() + timedelta(days=1)):
        ask("user:9")
    with pytest.raises(InvalidInput):
        services.save_rules(per_day=0, per_person=1, keep_days=30)


def test_pictures_count_before_they_are_sent() -> None:
    question = Question("", "", (Picture(b"x", "image/jpeg"),) * 2, most_tokens=1)
    assert most_tokens(question) == 2 * PICTURE_TOKENS + 1
    # Chinese is counted by its bytes: no model cuts it finer.
    assert most_tokens(Question("", "茶", most_tokens=0)) == 3


def test_questions_are_forgotten_after_the_days_the_merchant_chose(writer: Writer) -> None:
    ask()
    with clock.frozen(clock.now() + timedelta(days=rules().keep_days - 1)):
        services.prune()
        assert ModelCall.objects.count() == 1
        assert not ModelTally.objects.exists()
    services.save_rules(per_day=10_000, per_person=10_000, keep_days=3)
    reset_caches()
    with clock.frozen(clock.now() + timedelta(days=4)):
        assert services.prune() == 1
    assert not ModelCall.objects.exists()
