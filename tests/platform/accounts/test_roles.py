"""Roles as rows: what they allow, how far they go alone, and that nobody gives away more than they hold."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.db import IntegrityError, transaction

from duli.base.errors import InvalidInput, NotFound
from duli.base.money import Money
from duli.platform.accounts import services
from duli.platform.accounts.limits import needs_approval, sees, within_limit
from duli.platform.accounts.models import Role, User
from duli.platform.accounts.permissions import GRANTS, PERMISSIONS, allowed
from duli.platform.accounts.roles import RoleDraft, actor_kinds, covers, role_of_actor, roles
from duli.platform.accounts.types import AboveYourRights, RoleFixed, RoleInUse, RoleNameTaken, UnknownRole
from duli.platform.audit.models import AuditEntry
from duli.platform.store.changes import reset_caches

PACKING = RoleDraft(name="Packing", permissions=frozenset({"orders.view", "orders.fulfil"}))


def person(role: str, email: str = "") -> User:
    return User.objects.create_user(email=email or f"{role}@staff.example", is_staff=True, role=role)


def save(draft: RoleDraft, code: str = "", actor: str = "system") -> str:
    saved = services.save_role(code=code, draft=draft, actor=actor)
    reset_caches()
    return saved.code


def test_a_role_of_ones_own_allows_what_is_ticked_and_nothing_else() -> None:
    packer = person(save(PACKING))
    assert {permission for permission in PERMISSIONS if allowed(packer, permission)} == PACKING.permissions


def test_an_edited_role_counts_and_a_reset_one_is_as_it_came() -> None:
    viewer = person("viewer")
    save(RoleDraft(permissions=frozenset({"orders.view", "orders.cancel"})), "viewer")
    assert allowed(viewer, "orders.cancel")
    assert not allowed(viewer, "catalogue.view")
    assert roles()["viewer"].is_changed
    services.reset_role(code="viewer", actor="system")
    reset_caches()
    assert roles()["viewer"].permissions == GRANTS["viewer"]


def test_the_owner_keeps_everything() -> None:
    with pytest.raises(RoleFixed):
        save(PACKING, "owner")
    with pytest.raises(IntegrityError), transaction.atomic():
        Role.objects.create(code="owner")


def test_a_permission_that_is_gone_opens_nothing() -> None:
    code = save(PACKING)
    Role.objects.filter(code=code).update(permissions=["orders.view", "rockets.launch"])
    reset_caches()
    assert roles()[code].permissions == {"orders.view"}


@pytest.mark.parametrize(
    "draft",
    [
        replace(PACKING, name=" "),
        replace(PACKING, permissions=frozenset({"rockets.launch"})),
        replace(PACKING, discount_limit=101),
        replace(PACKING, refund_limits={"CNY": -1}),
    ],
)
def test_nonsense_is_refused(draft: RoleDraft) -> None:
    with pytest.raises(InvalidInput):
        save(draft)
    assert not Role.objects.exists()


def test_two_roles_do_not_share_a_name() -> None:
    save(PACKING)
    with pytest.raises(RoleNameTaken):
        save(PACKING)


def test_nobody_gives_away_more_than_they_hold() -> None:
    chief = person(save(RoleDraft(name="Chief", permissions=frozenset({"staff.view", "staff.edit", "orders.view"}))))
    me = f"user:{chief.pk}"
    save(RoleDraft(name="Helper", permissions=frozenset({"orders.view"}), refund_limits={}, discount_limit=0), actor=me)
    for draft in (
        PACKING,
        RoleDraft(name="Rich", refund_limits=None, sees_cost=True),
        RoleDraft(name="Nosy", sees_personal=True),
    ):
        with pytest.raises(AboveYourRights):
            save(draft, actor=me)
    # Neither their own role, nor one that holds more, nor people who do.
    with pytest.raises(AboveYourRights):
        save(replace(PACKING, name="Chief"), chief.role, actor=me)
    with pytest.raises(AboveYourRights):
        save(RoleDraft(), "manager", actor=me)
    boss, manager = person("owner"), person("manager")
    for verb in (
        lambda: services.set_role(user_id=chief.pk, role="owner", actor=me),
        lambda: services.set_role(user_id=boss.pk, role=chief.role, actor=me),
        lambda: services.set_active(user_id=manager.pk, active=False, actor=me),
        lambda: services.create_staff(email="new@staff.example", role="manager", password="a long pass 98", actor=me),
    ):
        with pytest.raises(AboveYourRights):
            verb()


def test_limits_are_compared_by_currency() -> None:
    known = roles()
    some = replace(known["viewer"], permissions=frozenset(), refund_limits={"CNY": 5000}, discount_limit=10)
    assert covers(some, replace(some, refund_limits={"CNY": 4000}))
    assert not covers(some, replace(some, refund_limits={"CNY": 4000, "USD": 1}))
    assert not covers(some, replace(some, refund_limits=None))
    assert not covers(some, replace(some, discount_limit=None))
    assert not covers(some, known["owner"])


def test_a_role_is_removed_when_its_people_have_another() -> None:
    code = save(PACKING)
    packer = person(code)
    with pytest.raises(RoleInUse):
        services.delete_role(code=code, actor="system")
    for wrong in (code, "emperor"):
        with pytest.raises(UnknownRole):
            services.delete_role(code=code, move_to=wrong, actor="system")
    assert services.delete_role(code=code, move_to="viewer", actor="system") == 1
    packer.refresh_from_db()
    assert packer.role == "viewer"
    reset_caches()
    assert code not in roles()
    with pytest.raises(RoleFixed):
        services.delete_role(code="viewer", actor="system")
    with pytest.raises(NotFound):
        services.delete_role(code=code, actor="system")


def test_changes_of_roles_and_people_are_in_the_audit_log() -> None:
    code = save(PACKING, actor=f"user:{person('owner').pk}")
    helper = person("viewer")
    save(replace(PACKING, requires_mfa=True), code)
    services.set_role(user_id=helper.pk, role=code, actor="system")
    rows = [
        (row.area, row.action, sorted(row.changes))
        for row in AuditEntry.objects.filter(area__in=["roles", "staff"]).order_by("pk")
    ]
    assert rows[1:] == [("roles", "changed", ["requires_mfa"]), ("staff", "changed", ["role"])]
    assert AuditEntry.objects.filter(area="roles").order_by("pk")[0].actor.startswith("user:")


def test_limits_hold_for_money_and_percents() -> None:
    packer = person(save(replace(PACKING, refund_limits={"CNY": 5000}, discount_limit=15, sees_cost=True)))
    assert within_limit(packer, "refund", Money(5000, "CNY"))
    assert not within_limit(packer, "refund", Money(5001, "CNY"))
    assert not within_limit(packer, "refund", Money(1, "USD"))
    assert within_limit(packer, "discount", 15)
    assert not within_limit(packer, "discount", 16)
    assert within_limit(person("owner"), "refund", Money(10**12, "USD"))
    assert (sees(packer, "cost"), sees(packer, "personal")) == (True, False)
    assert needs_approval(actor=f"user:{packer.pk}", limit="refund", value=Money(5001, "CNY"))
    assert not needs_approval(actor="system", limit="refund", value=Money(5001, "CNY"))
    assert needs_approval(actor="user:999999", limit="discount", value=1)
    with pytest.raises(TypeError):
        within_limit(packer, "refund", 3)


def test_somebody_who_is_out_may_nothing() -> None:
    gone = person("owner")
    gone.is_active = False
    assert not within_limit(gone, "refund", Money(1, "CNY"))
    assert not sees(gone, "personal")


def test_another_kind_of_actor_is_asked_of_who_knows_it() -> None:
    actor_kinds.register("tests-token", lambda key: roles()["viewer" if key == "5" else "owner"])
    assert role_of_actor("tests-token:5").code == "viewer"
    assert role_of_actor("robot:5").permissions == frozenset()
    assert not needs_approval(actor="tests-token:1", limit="refund", value=Money(10**9, "CNY"))
