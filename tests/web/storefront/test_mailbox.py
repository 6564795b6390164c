"""The mailbox of a demo shop."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import include, path, set_urlconf

from duli.platform.mail import services
from duli.platform.mail.models import Mail

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]

urlpatterns = [path("", include("duli.web.storefront.mailbox"))]

CODE = {"code": "481516", "minutes": 15, "name": "<b>Lin</b>"}


@pytest.fixture(autouse=True)
def _demo(settings) -> Iterator[None]:  # type: ignore[no-untyped-def]
    settings.DEMO = True
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    yield
    set_urlconf(None)


def write(to: str) -> Mail:
    return services.send(template="verify", to=to, language="en", context=CODE, key=to)


def test_mails_and_text_messages_are_readable_codes_too(client: Client) -> None:
    write("lin@example.com")
    sms = write("+8613800138000")
    listed = client.get("/mailbox/").content.decode()
    assert "lin@example.com" in listed
    assert "+8613800138000" in listed
    assert "481516" in client.get(f"/mailbox/{sms.pk}/").content.decode()


def test_a_mail_stands_in_a_box_in_which_nothing_runs(client: Client) -> None:
    mail = write("lin@example.com")
    page = client.get(f"/mailbox/{mail.pk}/")
    assert f'<iframe src="/mailbox/{mail.pk}/body/"' in page.content.decode()
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in page.content.decode()

    body = client.get(f"/mailbox/{mail.pk}/body/")
    policy = body.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox")
    assert "allow-scripts" not in policy
    assert "default-src 'none'" in policy
    assert "<b>Lin</b>" not in body.content.decode()


def test_an_empty_mailbox_says_how_to_fill_it(client: Client) -> None:
    assert "还没有消息" in client.get("/mailbox/").content.decode()


@pytest.mark.parametrize("path", ["/mailbox/", "/mailbox/1/", "/mailbox/1/body/"])
def test_only_a_demo_has_one(client: Client, settings, path: str) -> None:  # type: ignore[no-untyped-def]
    write("lin@example.com")
    settings.DEMO = False
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("path", ["/mailbox/999/", "/mailbox/999/body/"])
def test_what_is_not_there(client: Client, path: str) -> None:
    assert client.get(path).status_code == 404
