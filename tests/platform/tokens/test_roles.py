"""A token may do what its maker may, as far as its scopes go, and not a day longer."""

from __future__ import annotations

import pytest

from duli.base.money import Money
from duli.platform.accounts.limits import needs_approval
from duli.platform.accounts.models import User
from duli.platform.accounts.roles import RoleDraft, role_of_actor
from duli.platform.accounts.services import save_role, set_active
from duli.platform.store.changes import reset_caches
from duli.platform.tokens.services import create_token, revoke_token

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner(db: None) -> User:
    return User.objects.create_user(email="boss@example.com", is_staff=True, role="owner")


def test_a_token_sees_and_decides_as_its_maker_within_its_scopes(owner: User) -> None:
    token, _text = create_token(by=owner, name="ERP", scopes=["orders.view", "orders.payments"])
    role = role_of_actor(f"token:{token.pk}")
    assert role.permissions == {"orders.view", "orders.payments"}
    assert role.sees_cost
    assert not needs_approval(actor=f"token:{token.pk}", limit="refund", value=Money(10**9, "CNY"))


def test_the_makers_limits_are_the_tokens(owner: User) -> None:
    draft = RoleDraft(name="Desk", permissions=frozenset({"api.edit", "orders.payments"}), refund_limits={"CNY": 5000})
    role = save_role(draft=draft, actor="system")
    reset_caches()
    clerk = User.objects.create_user(email="clerk@example.com", is_staff=True, role=role.code)
    token, _text = create_token(by=clerk, name="Till", scopes=["orders.payments"])
    actor = f"token:{token.pk}"
    assert not needs_approval(actor=actor, limit="refund", value=Money(5000, "CNY"))
    assert needs_approval(actor=actor, limit="refund", value=Money(5001, "CNY"))
    assert not role_of_actor(actor).sees_cost


def test_a_token_that_ended_or_whose_maker_left_may_nothing(owner: User) -> None:
    token, _text = create_token(by=owner, name="ERP", scopes=["orders.view"])
    clerk = User.objects.create_user(email="second@example.com", is_staff=True, role="owner")
    other, _text = create_token(by=clerk, name="Old", scopes=["orders.view"])
    revoke_token(by=owner, token_id=token.pk)
    set_active(user_id=clerk.pk, active=False, actor=f"user:{owner.pk}")
    for actor in (f"token:{token.pk}", f"token:{other.pk}", "token:999999", "token:x", f"token:{'9' * 40}"):
        assert role_of_actor(actor).permissions == frozenset(), actor
        assert needs_approval(actor=actor, limit="refund", value=Money(1, "CNY"))
