"""The texts that come with the software: complete in both languages, escaped, and never without plain text."""

from __future__ import annotations

import re

import pytest

from duli.base.errors import NotFound
from duli.platform.audit.models import AuditEntry
from duli.platform.mail import services
from duli.platform.mail.compose import compose, text_on
from duli.platform.mail.kinds import KINDS
from duli.platform.mail.models import Mail
from duli.platform.mail.plain import plain
from duli.platform.mail.selectors import template_view, versions
from duli.platform.mail.sources import default_source, source_of
from duli.platform.mail.states import Channel
from duli.platform.mail.types import MessageNeeded, NoAddress, Source, TemplateBroken, UnknownTemplate
from duli.platform.store.changes import reset_caches
from duli.platform.store.services import save_store

LANGUAGES = ("zh-hans", "en")
EVERY = [
    (kind.key, channel, language) for kind in KINDS.values() for channel in kind.channels for language in LANGUAGES
]
CHINESE = re.compile(r"[\u4e00-\u9fff]")

pytestmark = pytest.mark.django_db


def written(key: str, channel: str, language: str, **context: object):  # type: ignore[no-untyped-def]
    source = default_source(key, channel, language)
    assert source is not None
    return compose(source, channel=channel, language=language, context={**KINDS[key].sample(language), **context})


@pytest.mark.parametrize(("key", "channel", "language"), EVERY)
def test_every_template_exists_and_renders_in_each_language(key: str, channel: str, language: str) -> None:
    message = written(key, channel, language)

    assert message.text.strip()
    assert "{{" not in message.text + message.html
    if channel == Channel.EMAIL:
        assert message.subject
        assert message.html.startswith("<!DOCTYPE html>")


@pytest.mark.parametrize(("key", "channel"), [(key, channel) for key, channel, language in EVERY if language == "en"])
def test_english_words_hold_no_chinese(key: str, channel: str) -> None:
    source = default_source(key, channel, "en")
    assert source is not None
    assert not CHINESE.search(source.subject + source.body)


@pytest.mark.parametrize(("key", "channel"), [(key, channel) for key, channel, language in EVERY if language == "en"])
def test_both_languages_use_the_same_variables(key: str, channel: str) -> None:
    chinese, english = default_source(key, channel, "zh-hans"), default_source(key, channel, "en")
    assert chinese is not None
    assert english is not None
    names = re.compile(r"\b(?:order|parcel|payment|item|shop|line)\.\w+|\b(?:code|minutes|refund|available)\b")
    assert set(names.findall(chinese.body)) == set(names.findall(english.body))


def test_a_name_made_of_html_is_shown_as_text() -> None:
    order = {**KINDS["order_received"].sample("en")["order"], "customer_name": "<script>alert(1)</script>&"}
    message = written("order_received", Channel.EMAIL, "en", order=order)

    assert "<script>" not in message.html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;&amp;" in message.html
    assert "<script>alert(1)</script>&" in message.text


def test_subject_stays_one_line() -> None:
    order = {**KINDS["order_received"].sample("en")["order"], "number": "D1\r\nBcc: someone@example.com"}
    message = written("order_received", Channel.EMAIL, "en", order=order)

    assert "\n" not in message.subject
    assert "\r" not in message.subject


def test_the_frame_carries_the_shop_and_its_colour() -> None:
    save_store(
        name="Tea & Co", legal_name="杭州茶业有限公司", address="文一路 1 号", accent="#123456", email="hi@tea.example"
    )
    message = written("order_paid", Channel.EMAIL, "en")

    assert "Tea &amp; Co" in message.html
    assert "杭州茶业有限公司" in message.html
    assert "background-color: #123456" in message.html
    assert "prefers-color-scheme: dark" in message.html
    assert "hi@tea.example" in message.text


def test_links_of_the_other_language_have_its_prefix(settings) -> None:  # type: ignore[no-untyped-def]
    settings.PUBLIC_URL = "https://tea.example"
    assert 'href="https://tea.example/en/"' in written("order_paid", Channel.EMAIL, "en").html
    assert 'href="https://tea.example/"' in written("order_paid", Channel.EMAIL, "zh-hans").html


def test_plain_text_keeps_rows_and_addresses() -> None:
    html = "<h1>Hello</h1><table><tr><td>Cup × 2</td><td>¥8</td></tr><tr><td>Total</td><td>¥8</td></tr></table>"
    html += '<p><a href="https://a.example/x">See it</a> &amp; <a href="mailto:a@b.c">a@b.c</a></p>'

    assert plain(html) == "Hello\n\nCup × 2  ¥8\nTotal  ¥8\n\nSee it: https://a.example/x & a@b.c"


def test_a_language_nobody_wrote_falls_back_to_the_stores_own() -> None:
    assert source_of("verify", Channel.EMAIL, "fr")[1] == "zh-hans"
    save_store(default_language="ja")
    reset_caches()
    assert source_of("verify", Channel.EMAIL, "fr")[1] == "en"


def test_a_language_cannot_leave_the_folder() -> None:
    assert default_source("verify", Channel.EMAIL, "../../accounts") is None


def test_an_unknown_template_is_named() -> None:
    with pytest.raises(UnknownTemplate) as caught:
        source_of("nonsense", Channel.EMAIL, "en")
    assert caught.value.params == {"key": "nonsense"}


def test_a_loop_without_end_is_stopped_at_its_line() -> None:
    endless = "\n{% for a in range(99999) %}{% for b in range(99999) %}{{ b }}{% endfor %}{% endfor %}"
    with pytest.raises(TemplateBroken) as caught:
        compose(Source("Hi", endless), channel=Channel.EMAIL, language="en", context={})
    assert caught.value.params["line"] == 2
    assert caught.value.params["part"] == "body"


@pytest.mark.parametrize(("accent", "text"), [("#2f6f62", "#ffffff"), ("#ffe066", "#1c1d1f"), ("nonsense", "#ffffff")])
def test_the_text_of_a_button_can_be_read(accent: str, text: str) -> None:
    assert text_on(accent) == text


# Off, tests, and what was saved before


def test_a_message_that_is_switched_off_is_not_written_and_what_is_needed_cannot_be() -> None:
    services.switch(key="order_paid", channel="email", language="en", on=False, actor="user:1")
    reset_caches()

    def send(language: str, key: str) -> Mail | None:
        return services.send(
            template="order_paid",
            to="lin@example.com",
            language=language,
            context=KINDS["order_paid"].sample(language),
            key=key,
        )

    assert send("en", "a") is None
    assert send("zh-hans", "b") is not None
    services.switch(key="order_paid", channel="email", language="en", on=True, actor="user:1")
    reset_caches()
    assert send("en", "c") is not None
    for needed in ("order_received", "verify", "reset", "password_changed"):
        with pytest.raises(MessageNeeded):
            services.switch(key=needed, channel="email", language="en", on=False, actor="user:1")
    assert AuditEntry.objects.filter(area="notifications").count() == 2


def test_words_that_were_saved_can_be_used_again() -> None:
    words = {"key": "order_paid", "channel": "email", "language": "en"}
    for body in ("<p>One</p>", "<p>Two</p>"):
        services.save_template(**words, subject="Paid", body=body, actor="user:1")
    services.reset_template(**words, actor="user:1")
    saved = versions(**words)
    assert [row.body for row in saved] == ["<p>Two</p>", "<p>One</p>"]
    services.restore_version(version_id=saved[1].id, **words, actor="user:2")
    reset_caches()
    assert template_view(**words).body == "<p>One</p>"
    with pytest.raises(NotFound):
        services.restore_version(version_id=saved[0].id, key="reset", channel="email", language="en", actor="user:2")


def test_a_test_goes_to_whom_it_should_and_stands_in_the_outbox() -> None:
    sent = services.send_test(
        key="order_paid", channel="email", language="en", to="me@example.com", context=None, actor="user:1"
    )
    assert "D10024" in sent.text
    for wrong in ("", "+8613800138000"):
        with pytest.raises(NoAddress):
            services.send_test(key="order_paid", channel="email", language="en", to=wrong, context=None, actor="user:1")


def test_samples_speak_one_language_only() -> None:
    """The preview shows a merchant what a shopper reads: no English name in a Chinese mail, nor the other way round."""

    def words(value: object) -> list[str]:
        if isinstance(value, dict):
            return [word for inner in value.values() for word in words(inner)]
        if isinstance(value, list):
            return [word for inner in value for word in words(inner)]
        return [value] if isinstance(value, str) else []

    codes = re.compile(r"^(https?://\S+|[A-Z0-9#. :,¥−-]+|approved|TEA-01|2026.*)$")
    for kind in KINDS.values():
        assert not [word for word in words(kind.sample("en")) if CHINESE.search(word)], kind.key
        told = [word for word in words(kind.sample("zh-hans")) if word and not codes.match(word)]
        assert not [word for word in told if not CHINESE.search(word)], kind.key
