from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction

from duli.base.clock import now
from duli.base.errors import DuliError, PermissionDenied, sentence
from duli.base.money import Money
from duli.base.text import one_line
from duli.platform.accounts.approvals import LIVES, ApprovalKind, Approved, approval_kinds
from duli.platform.accounts.events import ApprovalDecided, ApprovalRequested
from duli.platform.accounts.limits import Value, role_within_limit
from duli.platform.accounts.locks import lock_approval
from duli.platform.accounts.models import Approval
from duli.platform.accounts.roles import role_of_actor
from duli.platform.accounts.selectors import approval_view, value_of
from duli.platform.accounts.states import ApprovalState
from duli.platform.accounts.types import AboveYourLimit, AlreadyDecided, ApprovalView, NotYourOwn
from duli.platform.events.services import publish


def _value(value: Value) -> dict[str, int | str]:
    if isinstance(value, Money):
        return {"minor": value.minor, "currency": value.currency}
    return {"percent": str(value) if isinstance(value, Decimal) else value}


@transaction.atomic
def request_approval(
    *, kind: str, intent: Mapping[str, Any], value: Value, reference: str = "", note: str = "", actor: str
) -> ApprovalView:
    """Keep an intent (plain JSON) until a second person decides; asked again while it waits, it is the same request.

    Raises PermissionDenied if the actor may not do this at all; LookupError for an unknown kind.
    """
    known = approval_kinds.get(kind)
    if known.permission not in role_of_actor(actor).permissions:
        raise PermissionDenied()
    frozen = json.loads(json.dumps(dict(intent)))
    key = hashlib.sha256(json.dumps([reference, frozen], sort_keys=True).encode()).hexdigest()
    found = Approval.objects.filter(kind=kind, intent_key=key, state=ApprovalState.WAITING)
    if same := found.first():
        return approval_view(same)
    moment = now()
    row = Approval(
        kind=kind,
        reference=reference,
        intent=frozen,
        intent_key=key,
        value=_value(value),
        note=one_line(note, 300),
        requested_by=actor,
        created_at=moment,
        expires_at=moment + LIVES,
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        return approval_view(found.get())
    event = ApprovalRequested(row.pk, kind, known.permission, row.value)
    publish(event, reference=reference, actor=actor)
    return approval_view(row)


def _waiting(approval_id: int) -> Approval:
    row = lock_approval(approval_id)
    if row.state != ApprovalState.WAITING or row.expires_at <= now():
        raise AlreadyDecided()
    return row


def _second_person(row: Approval, actor: str) -> ApprovalKind:
    known = approval_kinds.get(row.kind)
    role = role_of_actor(actor)
    if known.permission not in role.permissions:
        raise PermissionDenied()
    if actor == row.requested_by:
        raise NotYourOwn()
    if not role_within_limit(role, known.limit, value_of(row)):
        raise AboveYourLimit()
    return known


def _finish(row: Approval, state: ApprovalState, *, actor: str, answer: str = "") -> None:
    row.state = state
    row.answer = one_line(answer, 300)
    row.decided_by = row.decided_by or ("" if actor == row.requested_by else actor)
    row.decided_at = row.decided_at or now()
    row.save(update_fields=["state", "answer", "decided_by", "decided_at"])
    event = ApprovalDecided(row.pk, row.kind, state, row.requested_by, row.value)
    publish(event, reference=row.reference, actor=actor)


@transaction.atomic
def approve(*, approval_id: int, actor: str) -> ApprovalView:
    """Let it happen: carried out now, exactly once, or by a job where the outside world is asked.

    If the verb refuses (the order changed meanwhile), nothing is decided and its error is raised. Raises NotFound,
    AlreadyDecided, NotYourOwn, AboveYourLimit, PermissionDenied.
    """
    row = _waiting(approval_id)
    known = _second_person(row, actor)
    if known.as_job:
        from duli.platform.accounts.jobs import carry_out as job

        _finish(row, ApprovalState.APPROVED, actor=actor)
        job.enqueue(approval_id=row.pk)
    else:
        known.execute(dict(row.intent), Approved(row.pk, row.requested_by, actor))
        _finish(row, ApprovalState.DONE, actor=actor)
    return approval_view(row)


@transaction.atomic
def decline(*, approval_id: int, note: str = "", actor: str) -> ApprovalView:
    """Say no; whoever asked reads `note`. Raises as `approve`."""
    row = _waiting(approval_id)
    _second_person(row, actor)
    _finish(row, ApprovalState.DECLINED, actor=actor, answer=note)
    return approval_view(row)


@transaction.atomic
def withdraw(*, approval_id: int, actor: str) -> ApprovalView:
    """Take back what one asked for oneself. Raises NotFound, AlreadyDecided, PermissionDenied."""
    row = _waiting(approval_id)
    if row.requested_by != actor:
        raise PermissionDenied()
    _finish(row, ApprovalState.WITHDRAWN, actor=actor)
    return approval_view(row)


def carry_out(*, approval_id: int) -> None:
    """Do what was approved; run by a job, any number of times: the verb knows the approval's key again.

    Not inside a transaction, because such verbs talk to the outside world. A refusal is kept for people to read.
    """
    row = Approval.objects.filter(pk=approval_id, state=ApprovalState.APPROVED).first()
    if row is None:
        return
    state, answer = ApprovalState.DONE, ""
    try:
        approval_kinds.get(row.kind).execute(dict(row.intent), Approved(row.pk, row.requested_by, row.decided_by))
    except DuliError as error:
        state, answer = ApprovalState.FAILED, sentence(error)
    with transaction.atomic():
        row = lock_approval(approval_id)
        if row.state == ApprovalState.APPROVED:
            _finish(row, state, actor=row.decided_by, answer=answer)


def expire_approvals() -> int:
    """End what waited too long; return how many."""
    late = Approval.objects.filter(state=ApprovalState.WAITING, expires_at__lte=now()).values_list("pk", flat=True)
    count = 0
    for pk in list(late):
        with transaction.atomic():
            row = lock_approval(pk)
            if row.state == ApprovalState.WAITING:
                _finish(row, ApprovalState.EXPIRED, actor="system")
                count += 1
    return count
