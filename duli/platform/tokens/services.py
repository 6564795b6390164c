from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction

from duli.base.clock import now
from duli.base.errors import InvalidInput, PermissionDenied
from duli.base.text import one_line
from duli.platform.accounts.permissions import PERMISSIONS, allowed, require
from duli.platform.audit import services as audit
from duli.platform.tokens import locks
from duli.platform.tokens.models import ApiToken, IdempotentAnswer
from duli.platform.tokens.types import (
    ANSWERS_KEPT,
    AT_WORK,
    PREFIX,
    InvalidToken,
    KeptAnswer,
    KeyReused,
    StillAtWork,
    TokenView,
)

EMPTY = "{}"
USE_IS_NOTED_EVERY = timedelta(minutes=5)


def _digest(text: str) -> str:
    # The token has 256 random bits: a slow hash would protect nothing and cost every call.
    return hashlib.sha256(text.encode()).hexdigest()


@transaction.atomic
def create_token(
    *, by: Any, name: str, scopes: Sequence[str], expires_at: datetime | None = None
) -> tuple[ApiToken, str]:
    """Make a token and return it with its text, which is shown this once.

    `by` needs "api.edit", and every scope that they give away. Raises PermissionDenied, InvalidInput (no name, no
    scope, an unknown one, or an end in the past; `expires_at` in UTC).
    """
    require(by, "api.edit")
    cleaned = one_line(name, 80)
    if not cleaned:
        raise InvalidInput(field="name")
    if not scopes or any(scope not in PERMISSIONS for scope in scopes):
        raise InvalidInput(field="scopes")
    if not all(allowed(by, scope) for scope in scopes):
        raise PermissionDenied()
    instant = now()
    if expires_at is not None and expires_at <= instant:
        raise InvalidInput(field="expires_at")
    text = PREFIX + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        name=cleaned,
        hint=text[:11],
        digest=_digest(text),
        scopes=sorted(set(scopes)),
        created_by=by,
        created_at=instant,
        expires_at=expires_at,
    )
    audit.record(
        area="api",
        action="created",
        reference=f"token:{token.pk}",
        label=cleaned,
        changes={"scopes": (None, token.scopes)},
        actor=f"user:{by.pk}",
    )
    return token, text


@transaction.atomic
def revoke_token(*, by: Any, token_id: int) -> ApiToken:
    """End a token at once and for good; a second time changes nothing. PermissionDenied, NotFound."""
    require(by, "api.edit")
    token = locks.lock_token(token_id)
    if token.revoked_at is None:
        token.revoked_at = now()
        token.save(update_fields=["revoked_at"])
        audit.record(
            area="api", action="revoked", reference=f"token:{token.pk}", label=token.name, actor=f"user:{by.pk}"
        )
    return token


def authenticate(*, text: str) -> TokenView:
    """Return the token that `text` is. InvalidToken if it is none, or none any more."""
    if not text.startswith(PREFIX) or len(text) > 100:
        raise InvalidToken()
    token = ApiToken.objects.filter(digest=_digest(text)).first()
    instant = now()
    if token is None or token.is_over(instant):
        raise InvalidToken()
    if token.last_used_at is None or instant - token.last_used_at > USE_IS_NOTED_EVERY:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=instant)
    return TokenView(token.pk, token.name, frozenset(token.scopes))


def begin_call(*, token_id: int, key: str, call: bytes) -> KeptAnswer | None:
    """Take the idempotency key for this call, or return what the same call was answered before.

    `call` is everything that makes the call what it is (method, path, body). Raises InvalidInput for a key that is
    empty or longer than 80 characters, KeyReused, StillAtWork.
    """
    cleaned = one_line(key, 81)
    if not cleaned or len(cleaned) > 80 or cleaned != key:
        raise InvalidInput(field="Idempotency-Key")
    digest = hashlib.sha256(call).hexdigest()
    instant = now()
    try:
        with transaction.atomic():
            IdempotentAnswer.objects.create(token_id=token_id, key=key, digest=digest, created_at=instant)
        return None
    except IntegrityError:
        pass
    with transaction.atomic():
        kept = locks.lock_answer(token_id, key)
        if kept is None:
            raise StillAtWork()
        if kept.digest != digest:
            raise KeyReused(field="Idempotency-Key")
        if kept.status is not None:
            return KeptAnswer(kept.status, kept.body)
        if instant - kept.created_at < AT_WORK:
            raise StillAtWork()
        kept.created_at = instant
        kept.save(update_fields=["created_at"])
        return None


def end_call(*, token_id: int, key: str, status: int, body: str, about: str = "") -> None:
    """Keep the answer; one that says "not now" (409, 429) or blames the shop (5xx) frees the key instead.

    `about` names whose data the answer may hold ("customer:12"), so that it can be forgotten with them.
    """
    rows = IdempotentAnswer.objects.filter(token_id=token_id, key=key)
    if status in {409, 429} or status >= 500:
        rows.delete()
    else:
        rows.update(status=status, body=body, about=about)


def empty_answers(*, about: Collection[str]) -> int:
    """Forget what was answered about these things; the keys stay taken, so no deed happens twice. Return how many."""
    return IdempotentAnswer.objects.filter(about__in=about, status__isnull=False).exclude(body=EMPTY).update(body=EMPTY)


def scrub_answers(*, scrub: Callable[[Any], Any]) -> int:
    """Rewrite every kept answer as `scrub` makes it of its JSON; return how many changed."""
    count = 0
    for row in IdempotentAnswer.objects.exclude(body__in=["", EMPTY]).only("body").iterator(chunk_size=500):
        before = json.loads(row.body)
        after = scrub(before)
        if after != before:
            IdempotentAnswer.objects.filter(pk=row.pk).update(body=json.dumps(after))
            count += 1
    return count


def prune() -> int:
    """Delete answers older than a day; return how many."""
    deleted, _ = IdempotentAnswer.objects.filter(created_at__lt=now() - ANSWERS_KEPT).delete()
    return deleted
