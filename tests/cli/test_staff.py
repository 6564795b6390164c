from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.contrib.auth import get_user_model
from django.utils import translation

from duli.cli import language, main
from duli.platform.accounts.permissions import allowed

PASSWORD = "a rather long password"


@pytest.fixture(autouse=True)
def _language(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("STAFF_PASSWORD", PASSWORD)
    before = translation.get_language()
    yield
    language.choose("en")
    translation.activate(before or "zh-hans")


def create(*arguments: str) -> int:
    return main(["--language", "en", "staff", "create", "--password-env", "STAFF_PASSWORD", *arguments])


@pytest.mark.django_db
def test_the_first_owner_is_made_on_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert create("--email", "Lin@Example.com", "--name", "林晓") == 0
    assert "lin@example.com can sign in at /admin/ now." in capsys.readouterr().out
    user = get_user_model().objects.get()
    assert user.check_password(PASSWORD)
    assert allowed(user, "staff.edit")


@pytest.mark.django_db
def test_a_role_limits_what_somebody_may_do() -> None:
    assert create("--email", "desk@example.com", "--role", "order_desk") == 0
    user = get_user_model().objects.get()
    assert allowed(user, "orders.fulfil")
    assert not allowed(user, "catalogue.edit")


@pytest.mark.django_db
@pytest.mark.parametrize("arguments", [["--email", "nobody"], ["--email", "a@example.com", "--role", "king"]])
def test_what_cannot_be_is_said_in_a_sentence(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert create(*arguments) == 1
    assert capsys.readouterr().err.strip()
    assert not get_user_model().objects.exists()


@pytest.mark.django_db
def test_the_same_address_twice_is_refused() -> None:
    assert create("--email", "a@example.com") == 0
    assert create("--email", "A@example.com") == 1
    assert get_user_model().objects.count() == 1


@pytest.mark.django_db
def test_passwords_that_differ_make_no_account(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = iter(["one long password", "another long password"])
    monkeypatch.setattr("getpass.getpass", lambda prompt: next(answers))
    assert main(["--language", "en", "staff", "create", "--email", "a@example.com"]) == 2
    assert "not the same" in capsys.readouterr().err
    assert not get_user_model().objects.exists()
