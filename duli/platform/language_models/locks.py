"""The only row locks of this room."""

from __future__ import annotations

from duli.platform.language_models.models import ModelAccount


def lock_account(code: str) -> ModelAccount:
    """Lock and return what a merchant set up for a provider, or a new row."""
    return ModelAccount.objects.select_for_update().filter(code=code).first() or ModelAccount(code=code)
