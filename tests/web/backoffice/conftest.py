from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from duli.platform.accounts.models import User
from tests import factories

SignIn = Callable[..., Client]


def member(role: str, language: str = "en") -> User:
    """Return the member of staff with this role, made on first use."""
    found = User.objects.filter(email=f"{role}@staff.example").first()
    return found or User.objects.create_user(
        email=f"{role}@staff.example", name=f"The {role}", is_staff=True, role=role, language=language
    )


@pytest.fixture(autouse=True)
def _static_files_under_their_own_names(settings: Any) -> None:
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


@pytest.fixture
def shop(db: None) -> None:
    factories.shop()


@pytest.fixture
def sign_in(shop: None) -> SignIn:
    """Return a client of somebody with a role ("owner", "viewer", …), or of a shopper for an empty one."""

    def enter(role: str, language: str = "en") -> Client:
        user = (
            member(role, language) if role else User.objects.create_user(email="shopper@example.com", language=language)
        )
        client = Client()
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        return client

    return enter


@pytest.fixture
def owner(sign_in: SignIn) -> Client:
    return sign_in("owner")


@pytest.fixture
def viewer(sign_in: SignIn) -> Client:
    return sign_in("viewer")
