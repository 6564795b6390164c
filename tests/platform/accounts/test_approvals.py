"""What is above a limit waits for a second person, and happens exactly once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from duli.base.clock import frozen, now
from duli.base.errors import InvalidInput, NotFound, PermissionDenied
from duli.base.money import Money
from duli.platform.accounts import services
from duli.platform.accounts.approvals import LIVES
from duli.platform.accounts.models import Approval, User
from duli.platform.accounts.roles import RoleDraft
from duli.platform.accounts.selectors import approvals, kinds_decided_by
from duli.platform.accounts.states import ApprovalState
from duli.platform.accounts.types import AboveYourLimit, AlreadyDecided, ApprovalView, NotYourOwn
from duli.platform.audit.models import AuditEntry
from duli.platform.events.selectors import events_of
from duli.platform.store.changes import reset_caches
from tests import factories
from tests.platform.accounts.approving import JOB_KIND, KIND

VALUE = Money(8000, "CNY")


@pytest.fixture
def clerk() -> str:
    """Somebody who may give back up to ¥50 alone."""
    draft = RoleDraft(
        name="Clerk", permissions=frozenset({"orders.view", "orders.payments"}), refund_limits={"CNY": 5000}
    )
    role = services.save_role(draft=draft, actor="system")
    reset_caches()
    return _actor(role.code)


@pytest.fixture
def boss() -> str:
    return _actor("manager")


def _actor(role: str, email: str = "") -> str:
    user = User.objects.create_user(email=email or f"{role}@staff.example", is_staff=True, role=role)
    return f"user:{user.pk}"


def ask(actor: str, *, kind: str = KIND, **intent: object) -> ApprovalView:
    return services.request_approval(
        kind=kind, intent={"order_id": 7, **intent}, value=VALUE, reference="order:7", actor=actor
    )


def done() -> list[str]:
    return list(AuditEntry.objects.filter(area="tests").values_list("actor", flat=True))


def test_a_second_person_lets_it_happen_once_and_in_their_name(clerk: str, boss: str) -> None:
    asked = ask(clerk)
    assert not done()
    decided = services.approve(approval_id=asked.id, actor=boss)
    assert (decided.state, decided.requested_by, decided.decided_by) == (ApprovalState.DONE, clerk, boss)
    assert done() == [boss]
    for verb in (services.approve, services.decline):
        with pytest.raises(AlreadyDecided):
            verb(approval_id=asked.id, actor=boss)
    assert done() == [boss]
    assert [event.name for event in events_of("order:7")] == [
        "accounts.approval_requested",
        "accounts.approval_decided",
    ]


def test_nobody_decides_about_what_they_asked_for(boss: str) -> None:
    asked = ask(boss)
    for verb in (services.approve, services.decline):
        with pytest.raises(NotYourOwn):
            verb(approval_id=asked.id, actor=boss)
    with pytest.raises(IntegrityError), transaction.atomic():
        Approval.objects.filter(pk=asked.id).update(decided_by=boss)


def test_who_decides_needs_the_right_and_the_limit(clerk: str, boss: str) -> None:
    role = User.objects.get(pk=int(clerk[5:])).role
    asked = ask(clerk)
    with pytest.raises(AboveYourLimit):
        services.approve(approval_id=asked.id, actor=_actor(role, "second@staff.example"))
    with pytest.raises(PermissionDenied):
        services.approve(approval_id=asked.id, actor=_actor("catalogue"))
    with pytest.raises(PermissionDenied):
        ask(_actor("viewer"))
    with pytest.raises(NotFound):
        services.approve(approval_id=asked.id + 1, actor=boss)


def test_the_same_question_is_asked_once(clerk: str) -> None:
    assert ask(clerk).id == ask(clerk).id
    assert ask(clerk).id != ask(clerk, amount=2).id


def test_what_the_verb_refuses_is_not_decided(clerk: str, boss: str) -> None:
    asked = ask(clerk, refuse=True)
    with pytest.raises(InvalidInput):
        services.approve(approval_id=asked.id, actor=boss)
    assert Approval.objects.get().state == ApprovalState.WAITING
    assert services.decline(approval_id=asked.id, note="No", actor=boss).answer == "No"


def test_it_ends_by_itself_and_can_be_taken_back(clerk: str, boss: str) -> None:
    asked = ask(clerk)
    other = ask(clerk, amount=2)
    with pytest.raises(PermissionDenied):
        services.withdraw(approval_id=other.id, actor=boss)
    assert services.withdraw(approval_id=other.id, actor=clerk).state == ApprovalState.WITHDRAWN
    with frozen(now() + LIVES + timedelta(seconds=1)):
        with pytest.raises(AlreadyDecided):
            services.approve(approval_id=asked.id, actor=boss)
        assert services.expire_approvals() == 1
    assert Approval.objects.get(pk=asked.id).state == ApprovalState.EXPIRED
    assert not done()


def test_a_job_carries_out_what_talks_to_the_outside(clerk: str, boss: str) -> None:
    asked = ask(clerk, kind=JOB_KIND)
    assert services.approve(approval_id=asked.id, actor=boss).state == ApprovalState.APPROVED
    assert not done()
    factories.drain()
    services.carry_out(approval_id=asked.id)
    assert done() == [boss]
    refused = ask(clerk, kind=JOB_KIND, refuse=True)
    services.approve(approval_id=refused.id, actor=boss)
    factories.drain()
    failed = Approval.objects.get(pk=refused.id)
    assert (failed.state, bool(failed.answer)) == (ApprovalState.FAILED, True)


def test_the_list_shows_what_one_decides_or_asked_for(clerk: str, boss: str) -> None:
    ask(clerk)
    viewer = User.objects.create_user(email="v@staff.example", is_staff=True, role="viewer")
    assert KIND in kinds_decided_by(User.objects.get(pk=int(boss[5:])))
    assert kinds_decided_by(viewer) == []
    assert len(approvals(kinds=[KIND])) == 1
    assert len(approvals(kinds=[], asked_by=clerk)) == 1
    assert approvals(kinds=[], asked_by=boss) == []
