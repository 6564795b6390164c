"""Two people decide at the same moment: about a request, a link, a version, or each other."""

from __future__ import annotations

import re
from collections.abc import Callable
from copy import copy
from importlib import import_module

import pytest

from duli.base.money import Money
from duli.commerce.assortment.services import set_statuses
from duli.commerce.catalogue.models import Product
from duli.commerce.catalogue.services import save_product
from duli.commerce.catalogue.types import ProductDraft
from duli.commerce.revisions.models import ProductRevision
from duli.commerce.revisions.services import restore_revision
from duli.platform.accounts import services
from duli.platform.accounts.models import Approval, Invitation, User
from duli.platform.accounts.permissions import OWNER
from duli.platform.audit.models import AuditEntry
from duli.platform.mail.models import Mail
from tests import factories
from tests.concurrency.hands import HANDS, all_hands
from tests.platform.accounts.approving import KIND

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]
# The package shows verbs of the same names; the modules behind them are meant here.
approvals = import_module("duli.platform.accounts.services.approvals")
invitations = import_module("duli.platform.accounts.services.invitations")
first_owner = import_module("duli.platform.accounts.services.first_owner")
people = import_module("duli.platform.accounts.services.people")


def owners() -> list[User]:
    """As many owners as there are hands."""
    factories.shop()
    return [
        User.objects.create_user(email=f"owner{number}@example.com", is_staff=True, role=OWNER)
        for number in range(HANDS)
    ]


def decide(everybody: list[User]) -> Callable[[int], object]:
    """One request, and each of the hands approves or declines it."""
    asked = services.request_approval(
        kind=KIND, intent={"order_id": 1}, value=Money(9000, "CNY"), reference="order:1", actor="system"
    )

    def act(number: int) -> object:
        verb = services.decline if number % 4 == 3 else services.approve
        return verb(approval_id=asked.id, actor=f"user:{everybody[number].pk}")

    return act


def carried_out() -> int:
    return AuditEntry.objects.filter(area="tests", action="given").count()


def test_of_many_who_decide_at_once_one_decides() -> None:
    assert all_hands(decide(owners())) == {"done": 1, "approval_already_decided": HANDS - 1}
    row = Approval.objects.get()
    assert carried_out() == (1 if row.state == "done" else 0)
    assert row.decided_by.startswith("user:")


def test_without_the_lock_what_was_asked_once_happens_several_times(monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin without the guard: every one decides by what it read before anybody wrote."""
    act = decide(owners())
    stale = Approval.objects.get()
    monkeypatch.setattr(approvals, "lock_approval", lambda _pk: copy(stale))
    all_hands(act)
    assert carried_out() > 1


def accept(token: str) -> Callable[[int], object]:
    def act(number: int) -> object:
        return services.accept_invitation(token=token, name=f"Mei {number}", password="correct horse battery")

    return act


def link() -> str:
    """Return the token of an invitation that was just sent."""
    factories.shop()
    services.invite(email="mei@example.com", role="viewer", actor="system")
    found = re.search(r"/invitation/([\w-]+)/", Mail.objects.get(to="mei@example.com").text)
    assert found
    return found.group(1)


def joined() -> int:
    return AuditEntry.objects.filter(area="staff", action="joined").count()


def test_a_link_that_is_opened_many_times_at_once_lets_one_in() -> None:
    assert all_hands(accept(link())) == {"done": 1, "invitation_gone": HANDS - 1}
    assert (User.objects.filter(email="mei@example.com").count(), joined()) == (1, 1)


def test_without_the_lock_only_the_address_that_is_there_once_stops_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    act = accept(link())
    stale = Invitation.objects.get()
    monkeypatch.setattr(invitations, "lock_invitation", lambda _hash: copy(stale))
    monkeypatch.setattr(invitations, "invitation_by_token", lambda _token: stale)
    outcomes = all_hands(act)
    # The link let everybody through; the last wall is a constraint of the database.
    assert outcomes == {"done": 1, "account_address_taken": HANDS - 1}


def step_down(everybody: list[User]) -> Callable[[int], object]:
    def act(number: int) -> object:
        return services.set_role(user_id=everybody[number].pk, role="viewer", actor="system")

    return act


def test_owners_who_take_it_from_each_other_leave_one() -> None:
    everybody = owners()
    assert all_hands(step_down(everybody)) == {"done": HANDS - 1, "last_owner": 1}
    assert User.objects.filter(role=OWNER, is_active=True).count() == 1


def test_without_the_lock_nobody_owns_the_shop_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    everybody = owners()
    stale = [user.pk for user in everybody]
    monkeypatch.setattr(people, "lock_owners", lambda: stale)
    assert all_hands(step_down(everybody)) == {"done": HANDS}
    assert not User.objects.filter(role=OWNER).exists()


def with_history() -> Product:
    """A product of three revisions: on sale, taken off, on sale again."""
    factories.shop()
    item = factories.product()
    for status in ("draft", "active"):
        set_statuses(product_ids=[item.pk], status=status, actor="system")
    item.refresh_from_db()
    return item


def restore(item: Product, version: int | None) -> Callable[[int], object]:
    def act(number: int) -> object:
        return restore_revision(product_id=item.pk, number=number % 2 + 1, actor="system", expected_version=version)

    return act


def test_of_many_restores_of_what_all_looked_at_one_is_done() -> None:
    item = with_history()
    outcomes = all_hands(restore(item, item.version))
    assert outcomes == {"done": 1, "product_conflict": HANDS - 1}


def test_without_the_version_each_restore_writes_over_the_one_before() -> None:
    item = with_history()
    assert all_hands(restore(item, None)) == {"done": HANDS}
    numbers = list(ProductRevision.objects.filter(product=item).order_by("number").values_list("number", flat=True))
    # Nothing is lost even so: every state in between is a revision of its own.
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) > 3


def edit(item: Product, version: int | None) -> Callable[[int], object]:
    """Every other hand restores, the others write another title."""

    def act(number: int) -> object:
        if number % 2:
            return restore_revision(product_id=item.pk, number=1, actor="system", expected_version=version)
        return save_product(
            draft=ProductDraft(title=f"Cup {number}"), product_id=item.pk, expected_version=version, actor="system"
        )

    return act


def test_a_restore_and_edits_of_what_all_looked_at_leave_one() -> None:
    item = with_history()
    assert all_hands(edit(item, item.version)) == {"done": 1, "product_conflict": HANDS - 1}


def test_without_the_version_a_restore_writes_over_what_was_just_typed() -> None:
    item = with_history()
    assert all_hands(edit(item, None)) == {"done": HANDS}


def begin(token: str) -> Callable[[int], object]:
    def act(number: int) -> object:
        return services.create_first_owner(
            token=token, email=f"mei{number}@example.com", name="Mei", password="correct horse battery"
        )

    return act


def test_of_many_first_owners_one_opens_the_shop() -> None:
    token = services.setup_link().rstrip("/").rpartition("/")[2]
    assert all_hands(begin(token)) == {"done": 1, "setup_over": HANDS - 1}
    assert User.objects.filter(role=OWNER).count() == 1


def test_who_only_looks_whether_somebody_works_here_opens_it_many_times(monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin without the guard: everybody looked before anybody was there."""
    token = services.setup_link().rstrip("/").rpartition("/")[2]
    monkeypatch.setattr(first_owner, "is_ownerless", lambda: True)
    monkeypatch.setattr(first_owner, "pass_step", lambda **_values: True)
    assert all_hands(begin(token)) == {"done": HANDS}
