from __future__ import annotations

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, transaction
from django.test import Client, RequestFactory

from duli.base.errors import InvalidInput, NotFound, PermissionDenied
from duli.platform.accounts import selectors, services
from duli.platform.accounts.identifiers import email_of, identify, phone_of
from duli.platform.accounts.models import User
from duli.platform.accounts.permissions import GRANTS, PERMISSIONS, ROLES, allowed, require
from duli.platform.accounts.roles import roles
from duli.platform.accounts.types import (
    AddressTaken,
    LastOwner,
    LoginRefused,
    TooManyAttempts,
    UnknownRole,
    WeakPassword,
    WrongPassword,
)
from tests.platform.accounts.conftest import EMAIL, PASSWORD, PHONE


def staff(role: str = "owner", email: str = "boss@example.com") -> User:
    return services.create_staff(email=email, name="Boss", role=role, password=PASSWORD)


def knock(identifier: str, password: str, ip: str = "10.0.0.1") -> User:
    """Try to log in at the back office's door from a network address."""
    request = RequestFactory().post("/admin/login/", REMOTE_ADDR=ip)
    request.session = Client().session
    request.user = AnonymousUser()
    return services.login_staff(request, identifier, password)


# Staff


def test_staff_are_created_with_a_role_and_may_come_in_at_once() -> None:
    user = staff("manager")
    assert (user.is_staff, user.role, user.email) == (True, "manager", "boss@example.com")
    assert EmailAddress.objects.get().verified
    assert knock("Boss@Example.com", PASSWORD).pk == user.pk


def test_staff_log_in_by_phone_too() -> None:
    user = staff()
    services.prove_phone(user=user, phone=PHONE)
    assert knock("138 0013 8000", PASSWORD).pk == user.pk


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"email": "nonsense"}, InvalidInput),
        ({"role": "emperor"}, UnknownRole),
        ({"password": "short"}, WeakPassword),
        ({"password": "boss@example.com"}, WeakPassword),
        ({"password": "x" * 300}, InvalidInput),
    ],
)
def test_staff_with_something_wrong_are_not_created(values: dict[str, str], error: type[Exception]) -> None:
    with pytest.raises(error):
        services.create_staff(**{"email": "boss@example.com", "password": PASSWORD, **values})  # type: ignore[arg-type]
    assert not User.objects.exists()


def test_an_address_belongs_to_one_person(lin: User) -> None:
    with pytest.raises(AddressTaken):
        services.create_staff(email=EMAIL.upper(), password=PASSWORD)


def test_the_door_says_the_same_to_everybody_who_may_not_come_in(lin: User) -> None:
    boss = staff()
    closed = staff(email="gone@example.com")
    services.set_active(user_id=closed.pk, active=False, actor=f"user:{boss.pk}")
    for number, (identifier, password) in enumerate(
        [
            ("boss@example.com", "wrong-password"),
            ("nobody@example.com", PASSWORD),
            ("gone@example.com", PASSWORD),
            (EMAIL, PASSWORD),
            ("nonsense", PASSWORD),
            ("", ""),
        ]
    ):
        with pytest.raises(LoginRefused):
            knock(identifier, password, ip=f"10.0.1.{number}")


def test_the_door_closes_after_five_wrong_passwords_wherever_they_come_from() -> None:
    staff()
    for number in range(5):
        with pytest.raises(LoginRefused):
            knock("boss@example.com", "wrong-password", ip=f"10.0.2.{number}")
    with pytest.raises(TooManyAttempts):
        knock("boss@example.com", PASSWORD, ip="10.0.2.99")


def test_the_door_closes_for_a_place_that_tries_many_names() -> None:
    staff()
    for number in range(10):
        with pytest.raises(LoginRefused):
            knock(f"a{number}@example.com", "wrong-password")
    with pytest.raises(TooManyAttempts):
        knock("boss@example.com", PASSWORD)


def test_the_last_owner_stays() -> None:
    first = staff()
    with pytest.raises(LastOwner):
        services.set_role(user_id=first.pk, role="viewer", actor="system")
    with pytest.raises(LastOwner):
        services.set_active(user_id=first.pk, active=False, actor="system")
    second = staff(email="second@example.com")
    services.set_role(user_id=first.pk, role="viewer", actor="system")
    assert [row.role for row in selectors.staff_list()] == ["viewer", "owner"]
    with pytest.raises(LastOwner):
        services.set_active(user_id=second.pk, active=False, actor="system")


def test_whoever_was_shut_out_is_out_at_once(client: Client) -> None:
    staff()
    helper = staff("viewer", "helper@example.com")
    client.force_login(helper)
    services.set_active(user_id=helper.pk, active=False, actor="system")
    assert client.get("/account/").content == b"nobody"


def test_the_staff_are_listed_in_one_query(django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    for number in range(4):
        staff("viewer", f"helper{number}@example.com")
    roles()
    with django_assert_num_queries(1):
        assert len(selectors.staff_list()) == 4


# Permissions


def test_roles_grant_known_permissions_only() -> None:
    assert set(GRANTS) == set(ROLES)
    for granted in GRANTS.values():
        assert granted <= set(PERMISSIONS)


@pytest.mark.parametrize(
    ("role", "may", "may_not"),
    [
        ("owner", ["staff.edit", "settings.edit"], []),
        ("manager", ["settings.edit", "orders.cancel", "mail.edit"], ["staff.edit"]),
        ("order_desk", ["orders.fulfil", "orders.cancel", "mail.send"], ["catalogue.edit", "settings.view"]),
        ("catalogue", ["catalogue.edit", "import.run"], ["orders.view", "customers.view"]),
        ("viewer", ["orders.view"], ["orders.comment", "inventory.adjust", "mail.view"]),
        ("", [], ["orders.view"]),
    ],
)
def test_what_each_role_may_do(role: str, may: list[str], may_not: list[str]) -> None:
    user = User(email="a@example.com", is_staff=True, role=role)
    assert all(allowed(user, permission) for permission in may)
    for permission in may_not:
        with pytest.raises(PermissionDenied):
            require(user, permission)


@pytest.mark.parametrize(
    "user", [User(role="owner"), User(is_staff=True, is_active=False, role="owner"), AnonymousUser()]
)
def test_a_role_alone_opens_nothing(user: User) -> None:
    assert not allowed(user, "orders.view")


def test_a_misspelt_permission_is_noticed() -> None:
    with pytest.raises(LookupError):
        allowed(User(is_staff=True, role="owner"), "orders.veiw")


# Profile and password


def test_the_password_is_changed_by_who_knows_it(lin: User) -> None:
    with pytest.raises(WrongPassword):
        services.change_password(user_id=lin.pk, current="wrong", new="slate-bowl-2718")
    with pytest.raises(WeakPassword):
        services.change_password(user_id=lin.pk, current=PASSWORD, new="12345678")
    services.change_password(user_id=lin.pk, current=PASSWORD, new="slate-bowl-2718")
    lin.refresh_from_db()
    assert lin.check_password("slate-bowl-2718")


def test_the_profile_keeps_what_is_not_given(lin: User) -> None:
    services.update_profile(user_id=lin.pk, name="  Lin \n Xiaoman ")
    lin.refresh_from_db()
    assert (lin.name, lin.language) == ("Lin Xiaoman", "en")
    services.update_profile(user_id=lin.pk, name="Lin", language="zh-hans")
    lin.refresh_from_db()
    assert lin.language == "zh-hans"
    with pytest.raises(InvalidInput):
        services.update_profile(user_id=lin.pk, name="Lin", language="xx")
    with pytest.raises(NotFound):
        services.update_profile(user_id=999, name="Lin")


def test_a_phone_number_moves_to_whoever_proves_it(lin: User) -> None:
    claimed = services.sign_up(phone=PHONE, password=PASSWORD)
    services.prove_phone(user=lin, phone=PHONE)
    assert not User.objects.filter(pk=claimed.pk).exists()

    other = services.sign_up(email="mei@example.com", password=PASSWORD)
    with pytest.raises(AddressTaken):
        services.prove_phone(user=other, phone=PHONE)


def test_the_database_refuses_people_nobody_can_reach_and_capital_letters() -> None:
    for values in ({}, {"email": "Lin@example.com"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            User.objects.create(**values)


# What people type


@pytest.mark.parametrize(
    ("typed", "email", "phone"),
    [
        (" Lin@Example.COM ", "lin@example.com", ""),
        ("138 0013 8000", "", "+8613800138000"),
        ("+1 (212) 555-2368", "", "+12125552368"),
        ("0571-88888888", "", "+8657188888888"),
        ("12345", "", ""),
        ("lin", "", ""),
        ("lin@", "", ""),
        ("a@b@c.com", "", ""),
        ("\x00138\x0000138000", "", "+8613800138000"),
        ("", "", ""),
    ],
)
def test_what_people_type_is_recognised(typed: str, email: str, phone: str) -> None:
    assert identify(typed) == (email, phone)


def test_identifiers_have_an_end() -> None:
    assert email_of("a" * 300 + "@example.com") == ""
    assert phone_of("1" * 10_000) == ""
