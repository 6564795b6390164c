from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from allauth.account.models import EmailAddress
from django.http import HttpResponse
from django.test import Client

from duli.platform.accounts.models import User
from duli.platform.accounts.services import sign_up
from duli.platform.mail.models import Mail
from duli.platform.store.changes import reset_caches
from duli.platform.store.services import save_market

PASSWORD = "celadon-cup-81"
EMAIL = "lin@example.com"
PHONE = "+8613800138000"


@pytest.fixture(autouse=True)
def _shop(settings, db: None) -> None:  # type: ignore[no-untyped-def]
    settings.ROOT_URLCONF = "tests.platform.accounts.urls"
    settings.DEMO = True
    save_market(code="cn", name="中国", countries=["CN"], currency="CNY", language="zh-hans", is_default=True)
    save_market(code="int", name="World", countries=[], currency="USD", language="en", position=1)
    reset_caches()
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


@pytest.fixture
def lin() -> User:
    """A shopper whose e-mail address is proved."""
    user = sign_up(email=EMAIL, name="Lin", password=PASSWORD, language="en")
    EmailAddress.objects.filter(user=user).update(verified=True)
    return user


@pytest.fixture
def phone_user() -> User:
    user = sign_up(phone=PHONE, name="Mei", password=PASSWORD, language="zh-hans")
    user.phone_verified = True
    user.save()
    return user


@pytest.fixture
def other() -> Client:
    """A second browser."""
    return Client()


def code_sent(to: str) -> str:
    """Return the six digits of the newest message to this address."""
    mail = Mail.objects.filter(to=to, template__in=["verify", "reset"]).order_by("-pk").first()
    assert mail is not None, f"no code was sent to {to}"
    found = re.search(r"\b\d{6}\b", mail.text)
    assert found is not None
    return found.group()


Post = Callable[..., HttpResponse]


@pytest.fixture
def post(client: Client) -> Post:
    """Post a form of the account pages and follow where it leads."""

    def send(path: str, **values: str) -> HttpResponse:
        return client.post(f"/account/{path}", values, follow=True)  # type: ignore[return-value]

    return send


def logged_in(client: Client) -> str:
    """Return the id of who is logged in, or "nobody"."""
    return client.get("/account/").content.decode()


def page(response: HttpResponse) -> str:
    return response.content.decode()
