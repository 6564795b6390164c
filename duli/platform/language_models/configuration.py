"""Which language model answers and how much may be asked, read once per process and change."""

from __future__ import annotations

from duli.platform.language_models.models import ModelAccount, ModelRules
from duli.platform.language_models.provider import ModelConfig, providers
from duli.platform.language_models.types import Rules
from duli.platform.store.changes import ChangeCache
from duli.platform.store.setup_values import opened_all

TOPIC = "language_models"
PURPOSE = "language_models.accounts"
PER_DAY = 500_000
PER_PERSON = 200_000
KEEP_DAYS = 30

_config: ChangeCache[ModelConfig | None] = ChangeCache(1)
_rules: ChangeCache[Rules] = ChangeCache(1)


def to_config(row: ModelAccount) -> ModelConfig:
    """Return the row's settings over the provider's defaults, secrets in clear."""
    fields = providers.get(row.code).description.fields if row.code in providers else ()
    return ModelConfig(row.code, opened_all(fields, row.settings, purpose=PURPOSE))


def current() -> ModelConfig | None:
    """Return the set-up of the model that answers; None if nobody switched one on."""

    def read() -> ModelConfig | None:
        row = ModelAccount.objects.filter(enabled=True).first()
        return to_config(row) if row and row.code in providers else None

    return _config.get_or_make("current", read, [TOPIC])


def known(code: str) -> ModelConfig | None:
    """Return a provider's set-up even if it is switched off."""
    row = ModelAccount.objects.filter(code=code).first() if code in providers else None
    return to_config(row) if row else None


def is_on() -> bool:
    """Say whether a language model can be asked."""
    return current() is not None


def rules() -> Rules:
    """Return how much may be asked in a day, and for how long questions are kept."""

    def read() -> Rules:
        row = ModelRules.objects.first()
        return Rules(row.per_day, row.per_person, row.keep_days) if row else Rules(PER_DAY, PER_PERSON, KEEP_DAYS)

    return _rules.get_or_make("all", read, [TOPIC])
