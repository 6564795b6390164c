from __future__ import annotations

import logging
import smtplib
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core import mail as outgoing

from duli.base.clock import frozen, now
from duli.base.errors import NotFound
from duli.platform.events.models import Event
from duli.platform.jobs.worker import drain, run_one
from duli.platform.mail import selectors, services
from duli.platform.mail.models import Mail, MailTemplate
from duli.platform.mail.types import ATTEMPTS, CodeNotResent, NoAddress, TemplateBroken, UnknownTemplate
from duli.platform.store.changes import reset_caches
from duli.platform.store.services import save_store

CODE: dict[str, Any] = {"code": "481516", "minutes": 15, "name": ""}

pytestmark = pytest.mark.django_db


@pytest.fixture
def server(settings):  # type: ignore[no-untyped-def]
    """A shop with a mail server; what reaches it lies in `django.core.mail.outbox`."""
    settings.ENVIRONMENT = replace(
        settings.ENVIRONMENT, email_url="smtp://user:pw@mail.example:587?from=shop@tea.example"
    )
    settings.PUBLIC_URL = "https://tea.example"
    return settings


class RefusingBackend:
    """Stands for a mail server that is away, or that knows no such mailbox."""

    error: Exception = ConnectionRefusedError("no route")

    def __init__(self, **options: object) -> None: ...

    def send_messages(self, messages: object) -> int:
        raise self.error


@pytest.fixture
def refusing(server):  # type: ignore[no-untyped-def]
    server.EMAIL_BACKEND = f"{__name__}.RefusingBackend"
    RefusingBackend.error = ConnectionRefusedError("no route to lin@example.com")
    return RefusingBackend


def changed_password(key: str = "k1", to: str = "lin@example.com", language: str = "en") -> Mail:
    context = {"name": "Lin", "reset_url": "https://tea.example/reset"}
    return services.send(template="password_changed", to=to, language=language, context=context, key=key)


def deliver_until_done() -> None:
    """Run the jobs of all attempts, each at the time it is due."""
    for hours in range(ATTEMPTS + 1):
        with frozen(now() + timedelta(hours=2 * hours)):
            drain()


def test_a_mail_is_sent_once_with_html_and_text(server) -> None:  # type: ignore[no-untyped-def]
    save_store(name="Tea", email="hello@tea.example")
    changed_password()
    drain()

    (message,) = outgoing.outbox
    assert message.to == ["lin@example.com"]
    assert message.from_email == "Tea <shop@tea.example>"
    assert message.reply_to == ["hello@tea.example"]
    assert "Hello Lin" in message.body
    assert message.alternatives[0][1] == "text/html"
    assert Mail.objects.get().state == "sent"
    assert Mail.objects.get().sent_at is not None


def test_the_same_key_is_the_same_mail(server) -> None:  # type: ignore[no-untyped-def]
    first, second = changed_password(), changed_password()
    drain()

    assert first.pk == second.pk
    assert len(outgoing.outbox) == 1


def test_a_job_that_runs_twice_sends_once(server) -> None:  # type: ignore[no-untyped-def]
    mail = changed_password()
    services.deliver(mail_id=mail.pk)
    services.deliver(mail_id=mail.pk)
    drain()

    assert len(outgoing.outbox) == 1


def test_the_message_id_follows_the_key(server) -> None:  # type: ignore[no-untyped-def]
    first, second = changed_password("a"), changed_password("b")
    drain()
    services.resend(mail_id=first.pk, actor="user:1")
    drain()

    ids = [message.extra_headers["Message-ID"] for message in outgoing.outbox]
    assert len(set(ids)) == 3
    assert all(name.endswith("@tea.example>") for name in ids)
    Mail.objects.filter(pk=second.pk).update(state="queued")
    services.deliver(mail_id=second.pk)
    assert outgoing.outbox[-1].extra_headers["Message-ID"] == ids[1]


def test_without_a_mail_server_it_is_kept() -> None:
    mail = changed_password()
    drain()

    assert outgoing.outbox == []
    mail.refresh_from_db()
    assert mail.state == "kept"
    assert "Hello Lin" in mail.text


def test_a_server_that_is_away_is_tried_again_and_given_up(refusing) -> None:  # type: ignore[no-untyped-def]
    mail = changed_password()
    assert run_one("worker")
    mail.refresh_from_db()
    assert (mail.state, mail.attempts) == ("queued", 1)

    deliver_until_done()
    mail.refresh_from_db()
    assert (mail.state, mail.attempts) == ("failed", ATTEMPTS)
    assert "no route" in mail.error
    assert Event.objects.filter(name="mail.failed").count() == 1


def test_an_address_that_does_not_exist_is_not_tried_again(refusing) -> None:  # type: ignore[no-untyped-def]
    refusing.error = smtplib.SMTPRecipientsRefused({"lin@example.com": (550, b"no such user")})
    mail = changed_password()
    deliver_until_done()

    mail.refresh_from_db()
    assert (mail.state, mail.attempts) == ("failed", 1)


def test_logs_name_no_reader(refusing, caplog) -> None:  # type: ignore[no-untyped-def]
    caplog.set_level(logging.DEBUG)
    changed_password()
    run_one("worker")

    assert caplog.records
    assert "lin@example.com" not in caplog.text


def test_a_failed_mail_is_sent_again_by_staff(refusing, server) -> None:  # type: ignore[no-untyped-def]
    mail = changed_password()
    deliver_until_done()
    server.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    services.resend(mail_id=mail.pk, actor="user:7")
    drain()

    mail.refresh_from_db()
    assert mail.state == "sent"
    assert mail.error == ""
    assert len(outgoing.outbox) == 1
    assert Event.objects.get(name="mail.resent").actor == "user:7"


def test_resending_what_is_not_there(server) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(NotFound):
        services.resend(mail_id=999, actor="user:7")


def test_a_code_is_emptied_once_it_is_sent_and_never_resent(server) -> None:  # type: ignore[no-untyped-def]
    mail = services.send(template="verify", to="lin@example.com", language="en", context=CODE, key="c")
    drain()

    assert "481516" in outgoing.outbox[0].body
    mail.refresh_from_db()
    assert (mail.text, mail.html) == ("", "")
    with pytest.raises(CodeNotResent):
        services.resend(mail_id=mail.pk, actor="user:7")


def test_a_kept_code_is_shown_to_nobody_but_who_may_see_it_and_is_forgotten() -> None:
    mail = services.send(template="verify", to="lin@example.com", language="en", context=CODE, key="c")
    drain()

    assert selectors.mail_view(mail.pk).text == ""
    assert "481516" in selectors.mail_view(mail.pk, reveal=True).text
    assert services.forget_codes() == 0
    with frozen(now() + timedelta(hours=2)):
        assert services.forget_codes() == 1
    assert selectors.mail_view(mail.pk, reveal=True).text == ""


def test_a_phone_number_gets_an_sms() -> None:
    mail = services.send(template="verify", to="+8613800000000", language="zh-hans", context=CODE, key="s")
    drain()

    mail.refresh_from_db()
    assert (mail.channel, mail.state, mail.html, mail.subject) == ("sms", "kept", "", "")
    assert "验证码 481516" in mail.text


def test_staff_notices_are_no_sms() -> None:
    with pytest.raises(UnknownTemplate):
        services.send(template="low_stock", to="+8613800000000", language="en", context={}, key="s")


def test_nobody_to_write_to() -> None:
    with pytest.raises(NoAddress):
        services.send(template="verify", to="", language="en", context=CODE, key="s")


def test_the_merchants_own_words_are_used_and_taken_back() -> None:
    services.save_template(key="password_changed", language="en", subject="Hey {{ name }}", body="<p>Mine</p>")
    assert changed_password("a").subject == "Hey Lin"
    assert changed_password("b", language="zh-hans").subject.startswith("您在")

    services.reset_template(key="password_changed", language="en")
    reset_caches()
    assert changed_password("c").subject.startswith("Your password")


@pytest.mark.parametrize(
    ("subject", "body", "part", "line"),
    [
        ("Hi", "<p>\n{{ order.nubmer.x }}</p>", "body", 2),
        ("Hi", "<p>\n\n{% if %}</p>", "body", 3),
        ("{{ nobody }}", "<p>x</p>", "subject", 1),
        ("", "<p>x</p>", "subject", 0),
        ("Hi", "  ", "body", 0),
        ("Hi", "\n{% for a in range(99999) %}{% for b in range(99999) %}.{% endfor %}{% endfor %}", "body", 2),
        ("Hi", "{% set x = 'ab' * 9999999 %}{{ x * 999 }}", "body", None),
    ],
)
def test_a_broken_template_is_refused_with_its_line(subject: str, body: str, part: str, line: int | None) -> None:
    with pytest.raises(TemplateBroken) as caught:
        services.save_template(key="order_paid", language="en", subject=subject, body=body)

    assert caught.value.params["part"] == part
    if line is not None:
        assert caught.value.params["line"] == line
    assert not MailTemplate.objects.exists()


def test_a_text_that_broke_later_is_replaced_by_the_default() -> None:
    MailTemplate.objects.create(key="password_changed", language="en", subject="{{ gone }}", body="x", updated_at=now())
    assert changed_password().subject.startswith("Your password")


def test_preview_uses_sample_data_and_changes_nothing() -> None:
    message = services.preview(key="order_shipped", language="en", body="<p>{{ parcel.number }}</p>")

    assert "SF1234567890123" in message.text
    assert not MailTemplate.objects.exists()
    assert services.preview(key="order_shipped", language="en").subject == "Order D10024 is on its way"


def test_the_outbox_lists_without_reading_bodies(django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    for number in range(3):
        changed_password(f"k{number}", to=f"reader{number}@example.com")
    with django_assert_num_queries(1):
        rows = selectors.outbox(state="kept")
    assert [row.to for row in rows] == ["reader2@example.com", "reader1@example.com", "reader0@example.com"]
    assert selectors.outbox(query="reader1")[0].to == "reader1@example.com"
    assert len(selectors.outbox(before_id=rows[1].id)) == 1


def test_the_mailbox_belongs_to_a_demo_only(settings) -> None:  # type: ignore[no-untyped-def]
    services.send(template="verify", to="+8613800000000", language="en", context=CODE, key="s")
    settings.DEMO = False
    with pytest.raises(NotFound):
        selectors.newest()
    settings.DEMO = True
    assert "481516" in selectors.newest()[0].text


def test_every_template_is_listed_in_every_language() -> None:
    listed = selectors.template_list(["zh-hans", "en"])
    folder = Path(selectors.__file__).parent / "templates_default"
    written = [path for language in ("zh-hans", "en") for path in (folder / language).glob("*.*")]
    assert len(listed) == sum(path.suffix in {".html", ".sms"} for path in written)
    assert all(view.body and view.label for view in listed)
