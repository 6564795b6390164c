from __future__ import annotations

from duli.base.clock import now
from duli.platform.language_models.models import ModelAccount, ModelCall, ModelTally
from duli.platform.language_models.provider import providers
from duli.platform.language_models.types import AccountForm, CallView
from duli.platform.store.setup_values import shown


def account_forms() -> list[AccountForm]:
    """Return every provider with what is set up for it; secrets only by their names (one query)."""
    rows = {row.code: row for row in ModelAccount.objects.all()}
    found = []
    for code, provider in providers:
        about = provider.description
        row = rows.get(code) or ModelAccount(code=code)
        values, secrets = shown(about.fields, row.settings)
        found.append(
            AccountForm(
                code=code,
                name=str(about.name),
                description=str(about.description),
                fields=about.fields,
                steps=tuple(str(step) for step in about.steps),
                enabled=row.enabled,
                values=values,
                secrets_set=secrets,
                is_set_up=row.pk is not None,
            )
        )
    return sorted(found, key=lambda entry: (not entry.enabled, entry.code))


def spent_today() -> int:
    """Return how many tokens today's questions (UTC) cost or may cost yet."""
    key = f"shop:{now().date().isoformat()}"
    return ModelTally.objects.filter(key=key).values_list("tokens", flat=True).first() or 0


def latest_calls(limit: int = 20) -> list[CallView]:
    """Return the latest questions, newest first (one query)."""
    return [_view(row) for row in ModelCall.objects.order_by("-pk")[:limit]]


def call_view(call_id: int) -> CallView | None:
    row = ModelCall.objects.filter(pk=call_id).first()
    return _view(row) if row else None


def _view(row: ModelCall) -> CallView:
    return CallView(
        id=row.pk,
        purpose=row.purpose,
        reference=row.reference,
        actor=row.actor,
        model=row.model,
        state=row.state,
        reason=row.reason,
        detail=row.detail,
        question=row.question,
        answer=row.answer,
        tokens=row.input_tokens + row.output_tokens,
        asked_at=row.asked_at,
    )
