from __future__ import annotations

from duli.base.errors import NotFound
from duli.platform.tokens.models import ApiToken, IdempotentAnswer


def lock_token(token_id: int) -> ApiToken:
    """Return the row, held until the transaction ends. NotFound."""
    token = ApiToken.objects.select_for_update().filter(pk=token_id).first()
    if token is None:
        raise NotFound()
    return token


def lock_answer(token_id: int, key: str) -> IdempotentAnswer | None:
    """Return the row, held until the transaction ends; None if it is gone."""
    return IdempotentAnswer.objects.select_for_update().filter(token_id=token_id, key=key).first()
