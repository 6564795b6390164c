"""Sign-up, log-in and forgotten passwords as a shopper meets them, through the pages."""

from __future__ import annotations

import time
from datetime import timedelta
from unittest.mock import patch

import pytest
from allauth.account.models import EmailAddress
from django.test import Client

from duli.platform.accounts.models import User
from duli.platform.accounts.services import sign_up
from duli.platform.mail.models import Mail
from tests.platform.accounts.conftest import EMAIL, PASSWORD, PHONE, Post, code_sent, logged_in, page

NEW = "slate-bowl-2718"


def test_sign_up_by_email_with_a_code(client: Client, post: Post) -> None:
    post("signup/", login=" Lin@Example.com ", name="Lin", password1=PASSWORD)
    assert logged_in(client) == "nobody"
    post("confirm-email/", code=code_sent(EMAIL))

    user = User.objects.get()
    assert logged_in(client) == str(user.pk)
    assert (user.email, user.phone, user.name, user.language) == (EMAIL, None, "Lin", "zh-hans")
    assert EmailAddress.objects.get().verified


def test_sign_up_by_phone_with_a_code(client: Client, post: Post) -> None:
    post("signup/", login="138 0013 8000", name="Mei", password1=PASSWORD)
    assert logged_in(client) == "nobody"
    assert Mail.objects.get().channel == "sms"
    post("phone/verify/", code=code_sent(PHONE))

    user = User.objects.get()
    assert logged_in(client) == str(user.pk)
    assert (user.email, user.phone, user.phone_verified) == (None, PHONE, True)


def test_codes_have_six_digits_and_are_never_shown_on_the_page(client: Client, post: Post) -> None:
    response = post("signup/", login=EMAIL, password1=PASSWORD)
    assert len(code_sent(EMAIL)) == 6
    assert code_sent(EMAIL) not in page(response)


def test_a_shop_that_cannot_send_text_messages_says_so(settings, client: Client, post: Post) -> None:  # type: ignore[no-untyped-def]
    settings.DEMO = False
    response = post("signup/", login="13800138000", password1=PASSWORD)
    assert "无法发送短信" in page(response)
    assert not User.objects.exists()


@pytest.mark.parametrize("typed", ["", "lin", "lin@", "12", "@", "+86 1", "a" * 300 + "@example.com"])
def test_what_is_no_address_is_refused(post: Post, typed: str) -> None:
    response = post("signup/", login=typed, password1=PASSWORD)
    assert response.status_code == 422
    assert 'aria-invalid="true"' in page(response)
    assert not User.objects.exists()


@pytest.mark.parametrize("password", ["", "short", "password", "12345678", "x" * 300])
def test_weak_passwords_are_refused(post: Post, password: str) -> None:
    post("signup/", login=EMAIL, password1=password)
    assert not User.objects.exists()


@pytest.mark.parametrize("typed", [EMAIL, "LIN@EXAMPLE.COM", " lin@example.com "])
def test_log_in_by_email(client: Client, post: Post, lin: User, typed: str) -> None:
    post("login/", login=typed, password=PASSWORD)
    assert logged_in(client) == str(lin.pk)


@pytest.mark.parametrize("typed", ["13800138000", "138-0013-8000", "+86 138 0013 8000", "0086 13800138000"])
def test_log_in_by_phone_however_it_is_written(client: Client, post: Post, phone_user: User, typed: str) -> None:
    post("login/", login=typed, password=PASSWORD)
    assert logged_in(client) == str(phone_user.pk)


def test_log_in_with_a_code_by_email(client: Client, post: Post, lin: User) -> None:
    post("login/code/", login=EMAIL)
    post("login/code/confirm/", code=code_sent(EMAIL))
    assert logged_in(client) == str(lin.pk)


def test_log_in_with_a_code_by_phone(client: Client, post: Post, phone_user: User) -> None:
    post("login/code/", login="13800138000")
    post("login/code/confirm/", code=code_sent(PHONE))
    assert logged_in(client) == str(phone_user.pk)


def test_a_closed_account_stays_out(client: Client, post: Post, lin: User) -> None:
    User.objects.update(is_active=False)
    post("login/", login=EMAIL, password=PASSWORD)
    post("login/code/", login=EMAIL)
    assert logged_in(client) == "nobody"
    assert not Mail.objects.exists()


def test_log_out(client: Client, post: Post, lin: User) -> None:
    client.force_login(lin)
    client.get("/account/logout/")
    assert logged_in(client) == str(lin.pk)
    post("logout/")
    assert logged_in(client) == "nobody"


def test_a_mistyped_address_can_be_left_behind(client: Client, post: Post, lin: User) -> None:
    left = post("login/code/", login="mistyped@example.com")
    assert 'action="/account/logout/"' in page(left)
    response = post("logout/", next="/account/login/")
    assert 'name="password"' in page(response)
    post("login/", login=EMAIL, password=PASSWORD)
    assert logged_in(client) == str(lin.pk)


# A forgotten password


@pytest.mark.parametrize("who", ["lin", "phone_user"])
def test_a_forgotten_password_is_replaced_by_a_code(
    client: Client, post: Post, request: pytest.FixtureRequest, who: str
) -> None:
    user: User = request.getfixturevalue(who)
    address = user.email or user.phone or ""
    post("password/reset/", login=address)
    post("password/reset/confirm/", code=code_sent(address))
    assert Mail.objects.get(template="reset").to == address
    post("password/reset/complete/", password1=NEW)

    assert logged_in(client) == str(user.pk)
    user.refresh_from_db()
    assert user.check_password(NEW)


def test_the_code_of_a_reset_is_needed(client: Client, post: Post, lin: User) -> None:
    post("password/reset/", login=EMAIL)
    post("password/reset/complete/", password1=NEW)
    post("password/reset/confirm/", code="000000" if code_sent(EMAIL) != "000000" else "111111")
    post("password/reset/complete/", password1=NEW)

    lin.refresh_from_db()
    assert lin.check_password(PASSWORD)


def test_a_reset_ends_after_three_wrong_codes(client: Client, post: Post, lin: User) -> None:
    post("password/reset/", login=EMAIL)
    right = code_sent(EMAIL)
    for _ in range(3):
        post("password/reset/confirm/", code="12345" + str((int(right[-1]) + 1) % 10))
    post("password/reset/confirm/", code=right)
    post("password/reset/complete/", password1=NEW)

    lin.refresh_from_db()
    assert lin.check_password(PASSWORD)


def test_a_code_runs_out(client: Client, post: Post, lin: User) -> None:
    post("password/reset/", login=EMAIL)
    with patch("time.time", return_value=time.time() + timedelta(minutes=16).total_seconds()):
        post("password/reset/confirm/", code=code_sent(EMAIL))
        response = post("password/reset/complete/", password1=NEW)
    assert response.redirect_chain[0][0] == "/account/password/reset/"  # type: ignore[attr-defined]


def test_a_new_password_logs_out_everywhere_else(client: Client, other: Client, post: Post, lin: User) -> None:
    client.force_login(lin)
    other.force_login(lin)
    post("password/change/", oldpassword=PASSWORD, password1=NEW)

    assert logged_in(client) == str(lin.pk)
    assert logged_in(other) == "nobody"
    assert Mail.objects.get().template == "password_changed"


def test_a_reset_logs_out_everywhere_else(client: Client, other: Client, post: Post, lin: User) -> None:
    other.force_login(lin)
    post("password/reset/", login=EMAIL)
    post("password/reset/confirm/", code=code_sent(EMAIL))
    post("password/reset/complete/", password1=NEW)
    assert logged_in(other) == "nobody"


def test_the_current_password_is_needed_to_change_it(client: Client, post: Post, lin: User) -> None:
    client.force_login(lin)
    post("password/change/", oldpassword="wrong", password1=NEW)
    lin.refresh_from_db()
    assert lin.check_password(PASSWORD)


# Nobody learns who has an account


def trail(client: Client, path: str, **values: str) -> tuple[list[tuple[str, int]], str]:
    """Return where a form leads and what is read there, without what names the address or is new each time."""
    import re

    response = client.post(f"/account/{path}", values, follow=True)
    text = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", response.content.decode())
    return response.redirect_chain, text.replace(values["login"], "ADDRESS")


@pytest.mark.parametrize("path", ["signup/", "login/code/", "password/reset/"])
@pytest.mark.parametrize(("known", "unknown"), [(EMAIL, "mei@example.com"), (PHONE, "+8613900139000")])
def test_known_and_unknown_addresses_look_the_same(
    lin: User, phone_user: User, path: str, known: str, unknown: str
) -> None:
    values = {"password1": PASSWORD} if path == "signup/" else {}
    assert trail(Client(), path, login=known, **values) == trail(Client(), path, login=unknown, **values)


@pytest.mark.parametrize("typed", [EMAIL, "mei@example.com", PHONE, "+8613900139000"])
def test_a_wrong_password_says_the_same_for_everybody(lin: User, phone_user: User, post: Post, typed: str) -> None:
    assert "账号或密码不正确" in page(post("login/", login=typed, password="wrong-password"))


@pytest.mark.parametrize("path", ["login/code/", "password/reset/"])
def test_nobody_is_written_to_because_somebody_mistyped(post: Post, path: str) -> None:
    post(path, login="stranger@example.com")
    assert not Mail.objects.exists()


def test_the_owner_of_an_address_is_told_of_a_second_sign_up(client: Client, post: Post, lin: User) -> None:
    post("signup/", login=EMAIL, password1=NEW)
    assert Mail.objects.get().template == "account_exists"
    lin.refresh_from_db()
    assert lin.check_password(PASSWORD)
    assert User.objects.count() == 1


def test_no_code_is_right_where_there_is_no_account(client: Client, post: Post) -> None:
    post("login/code/", login="stranger@example.com")
    for code in ("", "000000"):
        post("login/code/confirm/", code=code)
    post("password/reset/", login="stranger@example.com")
    for code in ("", "000000"):
        post("password/reset/confirm/", code=code)
    assert logged_in(client) == "nobody"


# Somebody else's address


def test_an_unproved_account_gives_way_to_whoever_can_read_the_code(client: Client, other: Client, post: Post) -> None:
    other.post("/account/signup/", {"login": EMAIL, "password1": "thief-thief-99"})
    stolen = User.objects.get()
    with patch("time.time", return_value=time.time() + 20):
        post("signup/", login=EMAIL, password1=PASSWORD)
        post("confirm-email/", code=code_sent(EMAIL))

    user = User.objects.get()
    assert user.pk != stolen.pk
    assert user.check_password(PASSWORD)
    assert logged_in(client) == str(user.pk)
    other.post("/account/login/", {"login": EMAIL, "password": "thief-thief-99"})
    assert logged_in(other) == "nobody"


@pytest.mark.parametrize(("address", "path"), [(EMAIL, "confirm-email/"), (PHONE, "phone/verify/")])
def test_the_code_of_an_account_that_gave_way_is_worth_nothing(
    client: Client, other: Client, post: Post, address: str, path: str
) -> None:
    post("signup/", login=address, password1=PASSWORD)
    old = code_sent(address)
    with patch("time.time", return_value=time.time() + 40):
        other.post("/account/signup/", {"login": address, "password1": NEW})
        response = post(path, code=old)
    assert response.status_code == 422
    assert logged_in(client) == "nobody"


@pytest.mark.parametrize("path", ["login/code/", "password/reset/"])
def test_an_unproved_address_gets_no_code_that_opens_the_account(post: Post, path: str) -> None:
    sign_up(email=EMAIL, password="thief-thief-99")
    post(path, login=EMAIL)
    assert not Mail.objects.exists()


# Throttling


def test_five_wrong_passwords_close_the_account_for_a_while(client: Client, post: Post, lin: User) -> None:
    for _ in range(5):
        post("login/", login=EMAIL, password="wrong-password")
    assert "尝试次数过多" in page(post("login/", login=EMAIL, password=PASSWORD))
    assert logged_in(client) == "nobody"


def test_failures_by_phone_lock_out_nobody_else(client: Client, other: Client, post: Post, phone_user: User) -> None:
    for _ in range(6):
        post("login/", login="13900139000", password="wrong-password")
    other.post("/account/login/", {"login": "13800138000", "password": PASSWORD})
    assert logged_in(other) == str(phone_user.pk)


def test_many_accounts_from_one_place_are_throttled(post: Post) -> None:
    statuses = [post("login/", login=f"a{number}@example.com", password="wrong-password") for number in range(11)]
    assert "尝试次数过多" in page(statuses[-1])
    assert "尝试次数过多" not in page(statuses[8])


@pytest.mark.parametrize("path", ["login/code/", "password/reset/"])
def test_few_codes_for_one_address(lin: User, path: str) -> None:
    for _ in range(6):
        Client().post(f"/account/{path}", {"login": EMAIL})
    assert Mail.objects.count() == 3


def test_many_sign_ups_from_one_place_end_in_429(post: Post) -> None:
    statuses = [post("signup/", login=f"a{number}@example.com", password1="weak").status_code for number in range(21)]
    assert statuses[:20] == [422] * 20
    assert statuses[20] == 429


def test_the_fourth_try_of_a_login_code_is_refused(client: Client, post: Post, lin: User) -> None:
    post("login/code/", login=EMAIL)
    right = code_sent(EMAIL)
    for _ in range(3):
        post("login/code/confirm/", code="12345" + str((int(right[-1]) + 1) % 10))
    post("login/code/confirm/", code=right)
    assert logged_in(client) == "nobody"


# Where one comes back to


@pytest.mark.parametrize(
    ("wanted", "reached"),
    [
        ("/?from=cart", "/?from=cart"),
        ("https://evil.example/", "/account/"),
        ("//evil.example", "/account/"),
        ("javascript:alert(1)", "/account/"),
        ("/\\evil.example", "/account/"),
    ],
)
def test_next_never_leaves_the_shop(client: Client, lin: User, wanted: str, reached: str) -> None:
    response = client.post("/account/login/", {"login": EMAIL, "password": PASSWORD, "next": wanted})
    assert response.status_code == 302
    assert response["Location"] == reached


def test_pages_are_private_and_forms_need_their_token(lin: User) -> None:
    strict = Client(enforce_csrf_checks=True)
    response = strict.get("/account/login/")
    assert "no-store" in response["Cache-Control"]
    assert strict.post("/account/login/", {"login": EMAIL, "password": PASSWORD}).status_code == 403


# Changing the address


def test_a_new_email_address_counts_once_its_code_is_typed(client: Client, post: Post, lin: User) -> None:
    post("login/", login=EMAIL, password=PASSWORD)
    post("reauthenticate/", password=PASSWORD, next="/account/email/")
    post("email/", email="new@example.com", action_add="1")
    lin.refresh_from_db()
    assert lin.email == EMAIL
    post("confirm-email/", code=code_sent("new@example.com"))

    lin.refresh_from_db()
    assert lin.email == "new@example.com"
    assert list(EmailAddress.objects.values_list("email", "verified")) == [("new@example.com", True)]
    assert Mail.objects.filter(to=EMAIL, template="email_changed").exists()


@pytest.mark.parametrize("prefix", ["", "/en"])
def test_a_phone_number_is_added_by_code(client: Client, lin: User, prefix: str) -> None:
    def post(path: str, **values: str) -> None:
        assert client.post(f"{prefix}/account/{path}", values, follow=True).status_code == 200

    post("login/", login=EMAIL, password=PASSWORD)
    post("reauthenticate/", password=PASSWORD, next=f"{prefix}/account/phone/change/")
    post("phone/change/", phone="138 0013 8000")
    lin.refresh_from_db()
    assert lin.phone is None
    post("phone/verify/", code=code_sent(PHONE))
    lin.refresh_from_db()
    assert (lin.phone, lin.phone_verified) == (PHONE, True)


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("path", ["/account/email/", "/en/account/phone/change/"])
def test_sensitive_changes_ask_for_the_password_again(client: Client, lin: User, method: str, path: str) -> None:
    client.force_login(lin)
    response = getattr(client, method)(path, {"email": "new@example.com", "action_add": "1"})
    assert response.status_code == 302
    assert "/account/reauthenticate/" in response["Location"]
    response = client.post(response["Location"], {"password": PASSWORD})
    assert response["Location"].startswith(path)
    assert not Mail.objects.exists()


@pytest.mark.parametrize("path", ["login/", "signup/", "login/code/", "password/reset/"])
@pytest.mark.parametrize(("language", "word"), [("zh-hans", "账户"), ("en", "account")])
def test_the_pages_speak_both_languages(client: Client, path: str, language: str, word: str) -> None:
    prefix = "" if language == "zh-hans" else "/en"
    text = page(client.get(f"{prefix}/account/{path}"))
    assert f'lang="{language}"' in text.lower()
    assert 'name="login"' in text
    assert 'autocomplete="username"' in text
    if language == "en":
        main = text.partition("<main")[2].partition("</main>")[0]
        assert not any("\u4e00" <= character <= "\u9fff" for character in main)
    else:
        assert any("\u4e00" <= character <= "\u9fff" for character in text)
