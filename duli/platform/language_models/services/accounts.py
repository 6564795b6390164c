"""What a merchant sets up: which model answers, and how much may be asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from duli.base.errors import InvalidInput, NotFound
from duli.platform.audit.services import record_change
from duli.platform.language_models import locks
from duli.platform.language_models.configuration import PURPOSE, TOPIC, known, rules
from duli.platform.language_models.models import ModelAccount, ModelRules
from duli.platform.language_models.provider import providers
from duli.platform.store.changes import mark
from duli.platform.store.outside import require_no_transaction
from duli.platform.store.seen import Seen, hold
from duli.platform.store.setup_values import taken, told

MAXIMUM_TEXT = 1000
MOST_TOKENS = 1_000_000_000
MOST_DAYS = 365


@transaction.atomic
def save_account(
    *, code: str, enabled: bool, values: Mapping[str, Any], actor: str = "", seen: Seen | None = None
) -> ModelAccount:
    """Set a provider up. `values` by its fields; an empty secret keeps the one that is stored.

    Switching one on switches the one that answered so far off. Raises NotFound (no such provider), InvalidInput
    (`field` names the one that is missing or does not fit).
    """
    # All of them: which one answers is one choice.
    hold("language_models", seen)
    if code not in providers:
        raise NotFound()
    row = locks.lock_account(code)
    before = _told(row)
    fields = providers.get(code).description.fields
    row.settings = taken(fields, row.settings, values, purpose=PURPOSE, longest=MAXIMUM_TEXT, complete=enabled)
    row.enabled = enabled
    if enabled:
        ModelAccount.objects.filter(enabled=True).exclude(code=code).update(enabled=False)
    row.save()
    record_change(
        area="settings", reference=f"language_model:{code}", label=code, before=before, after=_told(row), actor=actor
    )
    mark(TOPIC)
    return row


def check_account(*, code: str) -> str:
    """Ask the model whether address, key and name are right; return what it calls itself.

    Calls the service, so never inside a transaction. NotFound, ModelUnavailable, ModelRefused.
    """
    config = known(code)
    if config is None:
        raise NotFound()
    require_no_transaction()
    return providers.get(code).check(config)


@transaction.atomic
def save_rules(*, per_day: int, per_person: int, keep_days: int, actor: str = "", seen: Seen | None = None) -> None:
    """Say how many tokens may be asked for in a day (UTC), and how many days questions are kept. InvalidInput."""
    hold("language_models:rules", seen)
    for field, number, most in (
        ("per_day", per_day, MOST_TOKENS),
        ("per_person", per_person, MOST_TOKENS),
        ("keep_days", keep_days, MOST_DAYS),
    ):
        if not 0 < number <= most:
            raise InvalidInput(field=field)
    now = rules()
    before = {"per_day": now.per_day, "per_person": now.per_person, "keep_days": now.keep_days}
    after = {"per_day": per_day, "per_person": per_person, "keep_days": keep_days}
    ModelRules.objects.update_or_create(only_one=True, defaults=after)
    record_change(area="settings", reference="language_model:rules", label="", before=before, after=after, actor=actor)
    mark(TOPIC)


def _told(row: ModelAccount) -> dict[str, Any]:
    return {"enabled": row.enabled} | told(row.settings)
