"""Invitations, the second step, devices: how staff come in, and how they are kept out."""

from __future__ import annotations

import re
import time
from datetime import timedelta

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.test import Client
from django.urls import reverse

from duli.base.clock import frozen, now
from duli.platform.accounts import services
from duli.platform.accounts.models import Invitation, StaffSession, User
from duli.platform.accounts.roles import RoleDraft
from duli.platform.accounts.services.invitations import LIVES
from duli.platform.audit.models import AuditEntry
from duli.platform.mail.models import Mail
from duli.platform.store.changes import reset_caches
from tests.web.backoffice.conftest import SignIn

PASSWORD = "a long pass phrase 9"


def link_of(email: str) -> str:
    """Return the path of the newest invitation's link."""
    text = Mail.objects.filter(to=email).order_by("-pk")[0].text
    return re.search(r"/admin/invitation/[\w-]+/", text).group()  # type: ignore[union-attr]


def code_for(secret: str, later: int = 0) -> str:
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + later))


def enter(client: Client, email: str) -> str:
    answer = client.post(reverse("backoffice:login"), {"identifier": email, "password": PASSWORD})
    return str(answer.headers.get("Location", ""))


# Invitations


@pytest.mark.django_db
def test_somebody_invited_sets_a_password_and_begins(owner: Client) -> None:
    answer = owner.post(
        reverse("backoffice:settings_staff_new"),
        {"email": "Mei@staff.example", "name": "Mei", "role": "order_desk", "language": "en"},
    )
    assert answer.status_code == 302
    path = link_of("mei@staff.example")
    guest = Client()
    assert "mei@staff.example" in guest.get(path).content.decode()
    weak = guest.post(path, {"name": "Mei", "password": "12345678"})
    assert weak.status_code == 422
    done = guest.post(path, {"name": "Mei Lin", "password": PASSWORD})
    assert done["Location"] == reverse("backoffice:home")
    assert guest.get(reverse("backoffice:orders")).status_code == 200
    user = User.objects.get(email="mei@staff.example")
    assert (user.name, user.role, user.is_staff) == ("Mei Lin", "order_desk", True)
    # The link is used up.
    assert Client().get(path).status_code == 410
    assert Client().post(path, {"name": "X", "password": PASSWORD}).status_code == 410
    assert list(AuditEntry.objects.filter(area="staff").order_by("pk").values_list("action", flat=True)) == [
        "invited",
        "created",
        "joined",
    ]


@pytest.mark.django_db
def test_a_link_ends_when_it_is_old_taken_back_or_replaced(shop: None) -> None:
    sent = services.invite(email="mei@staff.example", role="viewer", actor="system")
    first = link_of("mei@staff.example")
    with frozen(now() + LIVES + timedelta(seconds=1)):
        assert Client().get(first).status_code == 410
    services.resend_invitation(invitation_id=sent.id, actor="system")
    second = link_of("mei@staff.example")
    assert Client().get(first).status_code == 410
    assert Client().get(second).status_code == 200
    services.revoke_invitation(invitation_id=sent.id, actor="system")
    assert Client().post(second, {"name": "X", "password": PASSWORD}).status_code == 410
    assert not User.objects.filter(email="mei@staff.example").exists()


@pytest.mark.django_db
def test_the_link_is_only_in_the_mail(shop: None) -> None:
    services.invite(email="mei@staff.example", role="viewer", actor="system")
    token = link_of("mei@staff.example").split("/")[-2]
    row = Invitation.objects.values().get()
    assert token not in str(row)
    assert token not in str(list(AuditEntry.objects.values()))


# The second step


@pytest.fixture
def lin(shop: None) -> User:
    return services.create_staff(
        email="lin@staff.example", name="Lin", role="manager", password=PASSWORD, language="en"
    )


def set_up_app(client: Client) -> tuple[str, list[str]]:
    """Set up a code app through its page; return its secret and the recovery codes."""
    page = client.get(reverse("backoffice:security_app")).content.decode()
    secret = re.search(r'<code class="wrap">([A-Z2-7 ]+)</code>', page).group(1).replace(" ", "")  # type: ignore[union-attr]
    wrong = client.post(reverse("backoffice:security_app"), {"code": "000000"})
    assert wrong.status_code == 422
    done = client.post(reverse("backoffice:security_app"), {"code": code_for(secret)})
    assert done["Location"] == reverse("backoffice:security_codes")
    codes = re.findall(r"<li>(\d{4}) (\d{4})</li>", client.get(done["Location"]).content.decode())
    return secret, ["".join(pair) for pair in codes]


@pytest.mark.django_db
def test_a_code_is_asked_for_after_the_password(lin: User) -> None:
    client = Client()
    assert enter(client, lin.email or "") == reverse("backoffice:home")
    secret, codes = set_up_app(client)
    assert len(codes) == 10
    assert client.get(reverse("backoffice:home")).status_code == 200, "whoever set it up is in"

    other = Client()
    step = enter(other, lin.email or "")
    assert step.startswith(reverse("backoffice:login_step"))
    assert other.get(reverse("backoffice:home")).status_code == 302, "the password alone opens nothing"
    assert other.post(step, {"code": "000000"}).status_code == 422
    code = code_for(secret, 1)
    assert other.post(step, {"code": code})["Location"] == reverse("backoffice:home")
    assert other.get(reverse("backoffice:home")).status_code == 200

    third = Client()
    step = enter(third, lin.email or "")
    assert third.post(step, {"code": code}).status_code == 422, "a code is good once"
    assert third.post(step, {"code": codes[0]})["Location"] == reverse("backoffice:home")
    fourth = Client()
    step = enter(fourth, lin.email or "")
    assert fourth.post(step, {"code": codes[0]}).status_code == 422, "so is a recovery code"


@pytest.mark.django_db
def test_guessing_codes_ends_soon_wherever_it_comes_from(lin: User) -> None:
    client = Client()
    enter(client, lin.email or "")
    secret, _codes = set_up_app(client)
    for number in range(5):
        other = Client(REMOTE_ADDR=f"10.1.1.{number}")
        step = enter(other, lin.email or "")
        assert other.post(step, {"code": "000000"}).status_code == 422
    last = Client(REMOTE_ADDR="10.1.1.99")
    step = enter(last, lin.email or "")
    assert last.post(step, {"code": code_for(secret, 1)}).status_code == 429


@pytest.mark.django_db
def test_a_session_without_the_second_step_is_shown_the_door(lin: User, sign_in: SignIn) -> None:
    client = Client()
    enter(client, lin.email or "")
    set_up_app(client)
    # A session that began before, on another device.
    old = Client()
    old.force_login(User.objects.get(pk=lin.pk), backend="allauth.account.auth_backends.AuthenticationBackend")
    assert old.get(reverse("backoffice:home")).status_code == 302
    assert "_auth_user_id" not in old.session


@pytest.mark.django_db
def test_the_shops_own_door_asks_too(lin: User) -> None:
    client = Client()
    enter(client, lin.email or "")
    secret, _codes = set_up_app(client)
    other = Client()
    answer = other.post("/account/login/", {"login": lin.email, "password": PASSWORD}, follow=True)
    assert "_auth_user_id" not in other.session
    page = answer.content.decode()
    assert 'name="code"' in page
    other.post(answer.request["PATH_INFO"], {"code": code_for(secret, 1)})
    assert other.get(reverse("backoffice:home")).status_code == 200


@pytest.mark.django_db
def test_a_role_that_needs_it_opens_only_the_page_to_set_it_up(lin: User) -> None:
    services.save_role(
        code="manager", draft=RoleDraft(permissions=frozenset({"orders.view"}), requires_mfa=True), actor="system"
    )
    reset_caches()
    client = Client()
    enter(client, lin.email or "")
    for name in ("home", "orders", "palette", "settings", "approvals"):
        answer = client.get(reverse(f"backoffice:{name}"))
        assert (answer.status_code, answer["Location"]) == (302, reverse("backoffice:security")), name
    assert client.post(reverse("backoffice:security_password")).status_code == 302
    assert "Your role needs a second step" in client.get(reverse("backoffice:security")).content.decode()
    set_up_app(client)
    assert client.get(reverse("backoffice:orders")).status_code == 200
    refused = client.post(reverse("backoffice:security_app_remove"))
    assert refused.status_code == 409
    assert User.objects.get(pk=lin.pk).has_second_step


@pytest.mark.django_db
def test_an_owner_helps_somebody_who_lost_the_phone(lin: User, owner: Client) -> None:
    client = Client()
    enter(client, lin.email or "")
    set_up_app(client)
    owner.post(reverse("backoffice:settings_staff_second_step", args=[lin.pk]))
    assert enter(Client(), lin.email or "") == reverse("backoffice:home")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "answer", ["", "{}", "[]", "null", '{"id": 1}', "x" * 30_000, '{"response": {"userHandle": "?"}}']
)
def test_a_made_up_passkey_opens_nothing(lin: User, answer: str) -> None:
    client = Client()
    enter(client, lin.email or "")
    set_up_app(client)
    other = Client()
    step = enter(other, lin.email or "")
    assert other.post(step, {"passkey": answer, "code": ""}).status_code == 422
    assert client.post(reverse("backoffice:security_passkey"), {"name": "x", "passkey": answer}).status_code == 422


# Devices


@pytest.mark.django_db
def test_devices_are_listed_and_ended(lin: User) -> None:
    phone, laptop, tablet = Client(HTTP_USER_AGENT="Mozilla/5.0 (iPhone) Safari/604"), Client(), Client()
    for client in (phone, laptop, tablet):
        enter(client, lin.email or "")
    page = laptop.get(reverse("backoffice:security")).content.decode()
    assert "Safari · iPhone" in page
    assert page.count("This device") == 1
    of_phone = StaffSession.objects.get(device="Safari · iPhone").pk
    laptop.post(reverse("backoffice:security_session_end", args=[of_phone]))
    assert phone.get(reverse("backoffice:home")).status_code == 302
    assert tablet.get(reverse("backoffice:home")).status_code == 200
    laptop.post(reverse("backoffice:security_sessions_end"))
    assert tablet.get(reverse("backoffice:home")).status_code == 302
    assert laptop.get(reverse("backoffice:home")).status_code == 200


@pytest.mark.django_db
def test_nobody_ends_the_session_of_somebody_else(lin: User, owner: Client) -> None:
    client = Client()
    enter(client, lin.email or "")
    session = StaffSession.objects.get(user=lin).pk
    assert owner.post(reverse("backoffice:security_session_end", args=[session])).status_code == 404
    assert client.get(reverse("backoffice:home")).status_code == 200


@pytest.mark.django_db
def test_a_new_password_signs_the_other_devices_out(lin: User) -> None:
    laptop, phone = Client(), Client()
    for client in (laptop, phone):
        enter(client, lin.email or "")
    url = reverse("backoffice:security_password")
    assert laptop.post(url, {"current": "wrong", "new": "another pass 77"}).status_code == 422
    assert laptop.post(url, {"current": PASSWORD, "new": "another pass 77"}).status_code == 302
    assert laptop.get(reverse("backoffice:home")).status_code == 200
    assert phone.get(reverse("backoffice:home")).status_code == 302
    assert StaffSession.objects.filter(user=lin).count() == 1


# The palette knows the places of this part


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("query", "name"),
    [("audit", "audit"), ("操作日志", "audit"), ("caozuo", "audit"), ("imprint", "settings_legal"), ("jsjs", "")],
)
def test_the_palette_finds_settings_by_name_purpose_and_pinyin(owner: Client, query: str, name: str) -> None:
    answer = owner.get(reverse("backoffice:palette"), {"q": query}, headers={"HX-Request": "true"}).content.decode()
    assert (reverse(f"backoffice:{name}") in answer) if name else ("settings" not in answer)


@pytest.mark.django_db
def test_the_palette_offers_only_what_opens(sign_in: SignIn) -> None:
    answer = sign_in("viewer").get(reverse("backoffice:palette"), {"q": "a"}, headers={"HX-Request": "true"})
    assert reverse("backoffice:audit") not in answer.content.decode()
