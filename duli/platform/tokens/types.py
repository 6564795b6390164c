from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from duli.base.errors import Conflict, DuliError, InvalidInput

PREFIX: Final = "duli_"
ANSWERS_KEPT: Final = timedelta(hours=24)
AT_WORK: Final = timedelta(seconds=60)
"""A call that has no answer after this long died with its process and may be made again."""


@dataclass(frozen=True, slots=True)
class TokenView:
    """A token that was presented and holds."""

    id: int
    name: str
    scopes: frozenset[str]

    @property
    def actor(self) -> str:
        """How rooms below call what it does."""
        return f"token:{self.id}"


class InvalidToken(DuliError):
    code = "invalid_token"
    message = "This API token is unknown, revoked or expired."
    status = 401


class MissingScope(DuliError):
    code = "missing_scope"
    message = "This API token lacks the scope %(scope)s."
    status = 403


class KeyReused(InvalidInput):
    code = "idempotency_key_reused"
    message = "This idempotency key belongs to a different call."


class StillAtWork(Conflict):
    code = "idempotency_in_progress"
    message = "The first call with this idempotency key is still at work. Please try again in a moment."


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    status: int
    body: str
