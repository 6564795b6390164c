"""Putting a question to the model, within what may be spent on it."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.db.models import F

from duli.base.clock import now
from duli.platform.language_models.configuration import current, rules
from duli.platform.language_models.models import ModelCall, ModelTally
from duli.platform.language_models.provider import (
    ModelConfig,
    ModelRefused,
    Question,
    Reply,
    providers,
)
from duli.platform.language_models.states import CallState
from duli.platform.language_models.types import BudgetSpent, NoLanguageModel
from duli.platform.store.outside import require_no_transaction

PICTURE_TOKENS = 1500
"""What a picture is taken to cost until the service says; most count fewer."""


def ask(*, question: Question, purpose: str, reference: str = "", actor: str) -> Reply:
    """Put one question to the model and return its answer; both are kept for a while.

    What the question can cost at most is counted first, and what it did cost afterwards, so that however many ask at
    once the budget holds. Calls the service, so never inside a transaction. Raises NoLanguageModel, BudgetSpent,
    ModelUnavailable, ModelRefused.
    """
    config = current()
    if config is None:
        raise NoLanguageModel()
    require_no_transaction()
    call = _begin(question, config, purpose, reference, actor)
    try:
        reply = providers.get(config.code).ask(question, config)
    except ModelRefused as error:
        # It did nothing, so it costs nothing; who refuses for what is asked or answered has read it, or begun.
        spent = call.reserved if error.reason == "content" else 0
        _end(call, CallState.REFUSED, spent=spent, reason=error.reason, detail=error.detail)
        raise
    except BaseException:
        # Whether it worked and charges for it nobody knows.
        _end(call, CallState.FAILED, spent=call.reserved)
        raise
    _end(call, CallState.ANSWERED, spent=reply.input_tokens + reply.output_tokens or call.reserved, reply=reply)
    return reply


def most_tokens(question: Question) -> int:
    """Return how many tokens a question and its answer can cost, guessed high: no tokenizer cuts finer than bytes."""
    text = len((question.instructions + question.text).encode())
    return text + PICTURE_TOKENS * len(question.pictures) + question.most_tokens


@transaction.atomic
def _begin(question: Question, config: ModelConfig, purpose: str, reference: str, actor: str) -> ModelCall:
    limits, most = rules(), most_tokens(question)
    _count("shop", most, limits.per_day)
    if actor:
        _count(actor, most, limits.per_person)
    return ModelCall.objects.create(
        purpose=purpose,
        reference=reference[:80],
        actor=actor,
        provider=config.code,
        question=question.text,
        reserved=most,
        asked_at=now(),
    )


def _key(who: str, call_day: str) -> str:
    return f"{who}:{call_day}"[:80]


def _count(who: str, tokens: int, limit: int) -> None:
    day = now().date()
    key = _key(who, day.isoformat())
    ModelTally.objects.bulk_create([ModelTally(key=key, tokens=0, day=day)], ignore_conflicts=True)
    # One statement that checks what it writes: of two who ask at once the second sees what the first has counted.
    if not ModelTally.objects.filter(key=key, tokens__lte=limit - tokens).update(tokens=F("tokens") + tokens):
        raise BudgetSpent()


@transaction.atomic
def _end(
    call: ModelCall, state: CallState, *, spent: int, reason: str = "", detail: str = "", reply: Reply | None = None
) -> None:
    day = call.asked_at.date().isoformat()
    keys = sorted({_key(who, day) for who in ("shop", call.actor) if who})
    for key in keys:
        ModelTally.objects.filter(key=key).update(tokens=F("tokens") - (call.reserved - min(spent, call.reserved)))
    call.state, call.reason, call.detail = state, reason, detail[:255]
    call.answered_at = now()
    if reply is not None:
        call.model, call.answer = reply.model[:120], reply.text
        call.input_tokens, call.output_tokens = reply.input_tokens, reply.output_tokens
    call.save()


def prune() -> int:
    """Delete questions that are older than the merchant keeps them, and tallies of past days; return how many."""
    instant = now()
    ModelTally.objects.filter(day__lt=instant.date() - timedelta(days=2)).delete()
    deleted, _ = ModelCall.objects.filter(asked_at__lt=instant - timedelta(days=rules().keep_days)).delete()
    return deleted
