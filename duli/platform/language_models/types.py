from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from duli.base.errors import DuliError
from duli.platform.language_models.provider import SettingField


def _(message: str) -> str:
    return message


class NoLanguageModel(DuliError):
    """Nobody has set a language model up, or it is switched off."""

    code = "no_language_model"
    message = _("No language model is switched on. The owner sets one up in the settings.")
    status = 409


class BudgetSpent(DuliError):
    """The question would cost more than is left for today. Parameters: left (tokens)."""

    code = "language_model_budget"
    message = _("Today's budget for the language model is used up. It begins anew tomorrow (UTC).")
    status = 429


@dataclass(frozen=True, slots=True)
class Rules:
    """Tokens in a day (UTC) of the shop and of one person; how many days questions are kept."""

    per_day: int
    per_person: int
    keep_days: int


@dataclass(frozen=True, slots=True)
class AccountForm:
    """A provider as the settings show it; secrets only by the names of those that are set."""

    code: str
    name: str
    description: str
    fields: tuple[SettingField, ...]
    steps: tuple[str, ...]
    enabled: bool
    values: dict[str, str]
    secrets_set: frozenset[str]
    is_set_up: bool


@dataclass(frozen=True, slots=True)
class CallView:
    """A question as staff read it. Tokens are 0 where the service did not say."""

    id: int
    purpose: str
    reference: str
    actor: str
    model: str
    state: str
    reason: str
    detail: str
    question: str
    answer: str
    tokens: int
    asked_at: datetime
