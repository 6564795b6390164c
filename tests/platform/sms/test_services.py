from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils.translation import override

from duli.base import clock
from duli.base.errors import InvalidInput, NotFound
from duli.platform.accounts.forms import check_texting
from duli.platform.events.models import Event
from duli.platform.jobs.worker import drain
from duli.platform.mail import services as mail
from duli.platform.mail.models import Mail
from duli.platform.mail.selectors import mail_view
from duli.platform.sms import services
from duli.platform.sms.channel import (
    Accepted,
    ChannelConfig,
    ChannelDescription,
    Outgoing,
    Push,
    SettingField,
    channels,
)
from duli.platform.sms.models import SmsAccount, SmsDispatch
from duli.platform.sms.parts import Measure, measure, parts_of
from duli.platform.sms.selectors import account_forms
from duli.platform.sms.types import Outcome, Plan
from duli.platform.store.changes import reset_caches

pytestmark = pytest.mark.django_db


class Notebook:
    """A service of text messages that writes down what it is given."""

    code = "notebook"
    description = ChannelDescription("Notebook", "Writes", (SettingField("key", "Key", "secret", required=True),))

    def __init__(self) -> None:
        self.sent: list[Outgoing] = []

    def send(self, message: Outgoing, config: ChannelConfig) -> Accepted:
        assert config.text("key") == "a secret"
        self.sent.append(message)
        return Accepted(f"id-{len(self.sent)}")

    def find(self, message: Outgoing, since: Any, config: ChannelConfig) -> Accepted | None:
        return None

    def check(self, config: ChannelConfig) -> str:
        return "me"

    def parse_push(self, body: bytes, headers: Mapping[str, str], url: str, config: ChannelConfig) -> Push:
        return Push()


@pytest.fixture
def notebook(monkeypatch: pytest.MonkeyPatch) -> Iterator[Notebook]:
    notebook = Notebook()
    monkeypatch.setitem(channels._entries, "notebook", notebook)
    services.save_account(code="notebook", enabled=True, countries=["CN", "GB"], values={"key": "a secret"})
    reset_caches()
    yield notebook
    reset_caches()


def send(key: str, to: str = "+8613800138000", purpose: str = "code", text: str = "x") -> Outcome:
    return services.dispatch(key=key, to=to, text=text, purpose=purpose, plan=Plan("notebook"))


def later(**passed: float) -> Any:
    return clock.frozen(clock.now() + timedelta(**passed))


def test_a_number_gets_one_code_a_minute_five_an_hour_ten_a_day(notebook: Notebook) -> None:
    start = clock.now().replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    count = 0
    for minute in range(0, 24 * 60, 2):
        with clock.frozen(start + timedelta(minutes=minute)):
            count += send(f"k{minute}").state == "accepted"
            if minute == 0:
                assert send("again").reason == "number_limit"
                assert send("other", "+8613800138001").state == "accepted"
            if minute == 58:
                assert count == 5
    assert count == 10


def test_news_has_wider_limits_than_codes(notebook: Notebook) -> None:
    assert {send(f"n{number}", purpose="news").state for number in range(30)} == {"accepted"}
    assert send("n30", purpose="news").reason == "number_limit"


def test_only_countries_that_are_allowed(notebook: Notebook) -> None:
    assert send("pumping", "+99365123456").reason == "country"
    assert send("none", "+86138").reason == "number"
    services.save_rules(countries=["GB"], per_day=10, per_country=10)
    reset_caches()
    assert send("cn").reason == "country"
    assert send("gb", "+447400123456").state == "accepted"


def test_the_days_limits_hold_and_the_staff_is_told_once(notebook: Notebook) -> None:
    services.save_rules(countries=["CN", "GB"], per_day=5, per_country=2)
    reset_caches()
    reasons = [send(f"k{number}", f"+861380013800{number}").reason for number in range(4)]
    assert reasons == ["", "", "country_limit", "country_limit"]
    assert send("gb", "+447400123456").state == "accepted"
    # Two parts that are counted as two: one more would fit.
    long = send("long", "+8613800138009", "news", "字" * 71)
    assert (long.state, SmsDispatch.objects.get(key="long").parts) == ("accepted", 2)
    assert send("more", "+8613800138010", "news").reason == "day_limit"
    told = Event.objects.filter(name="sms.limit_reached").values_list("data", flat=True)
    assert sorted((data["reason"], data["country"]) for data in told) == [("country_limit", "CN"), ("day_limit", "")]
    assert len(notebook.sent) == 4
    with later(days=1):
        assert send("tomorrow", "+8613800138010", "news").state == "accepted"


def test_parts_are_counted_as_services_count_them() -> None:
    assert [parts_of("a" * length) for length in (1, 160, 161, 306, 307)] == [1, 1, 2, 2, 3]
    assert [parts_of("字" * length) for length in (70, 71, 134, 135)] == [1, 2, 2, 3]
    assert [parts_of("€" * 80), parts_of("€" * 81), parts_of("😀" * 36)] == [1, 2, 2]


def test_a_stop_holds_back_news_until_they_start_again(notebook: Notebook) -> None:
    services.stop(number="+8613800138000")
    services.stop(number="+8613800138000")
    assert send("news", purpose="news").reason == "stopped"
    assert send("code").state == "accepted"
    services.start(number="+8613800138000")
    assert send("more news", purpose="news").state == "accepted"


def test_secrets_are_sealed_and_kept(notebook: Notebook) -> None:
    row = SmsAccount.objects.get()
    assert "a secret" not in str(row.settings)
    services.save_account(code="notebook", enabled=True, countries=["cn"], values={"key": ""})
    assert account_forms()[0].secrets_set == {"key"}
    assert account_forms()[0].countries == ("CN",)
    reset_caches()
    assert send("k").state == "accepted"
    assert SmsAccount.objects.get().secret == row.secret


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"values": {}}, "key"),
        ({"values": {"key": "x" * 1001}}, "key"),
        ({"values": {"key": "\x00"}}, "key"),
        ({"values": {"key": "x"}, "countries": ["CHN"]}, "countries"),
    ],
)
def test_settings_that_do_not_fit(changes: dict[str, Any], field: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(channels._entries, "notebook", Notebook())
    with pytest.raises(InvalidInput) as caught:
        services.save_account(**{"code": "notebook", "enabled": True, **changes})
    assert caught.value.params["field"] == field
    with pytest.raises(NotFound):
        services.save_account(code="nobody", enabled=False, values={})


def test_a_message_without_a_way_fails_at_once_and_says_why(notebook: Notebook) -> None:
    context = {"code": "1", "minutes": 15, "name": ""}
    mail.send(template="verify", to="+33612345678", language="en", context=context, key="a")
    row = Mail.objects.get()
    with override("en"):
        assert (row.state, mail_view(row.pk).error) == ("failed", "No service is set up for this country.")
    assert Event.objects.filter(name="mail.failed").count() == 1


def test_a_code_that_would_come_too_late_is_not_sent(notebook: Notebook) -> None:
    context = {"code": "1", "minutes": 15, "name": ""}
    mail.send(template="verify", to="+8613800138000", language="en", context=context, key="a")
    with later(minutes=11):
        drain()
    assert (Mail.objects.get().state, notebook.sent) == ("failed", [])


def test_what_a_limit_held_back_is_told_in_the_outbox(notebook: Notebook) -> None:
    context = {"code": "1", "minutes": 15, "name": ""}
    for key in "ab":
        mail.send(template="verify", to="+8613800138000", language="en", context=context, key=key)
    drain()
    states = dict(Mail.objects.values_list("key", "state"))
    assert states == {"a": "sent", "b": "failed"}
    with override("en"):
        assert mail_view(Mail.objects.get(key="b").pk).error == "Too many text messages to this number."


def test_resent_it_is_another_message(notebook: Notebook) -> None:
    context = {"url": "https://tea.example/account/privacy", "days": 7}
    row = mail.send(template="data_ready", to="+8613800138000", language="en", context=context, key="a")
    assert row is not None
    drain()
    mail.resend(mail_id=row.pk, actor="user:1")
    drain()
    assert len({message.key for message in notebook.sent}) == 2


def test_a_limit_is_told_before_anybody_waits_for_a_code(notebook: Notebook) -> None:
    number = "+8613800138000"
    check_texting(number)
    send("a", number)
    with override("en"), pytest.raises(ValidationError, match="wait a little"):
        check_texting(number)
    check_texting("+8613800138001")
    services.save_rules(countries=["CN"], per_day=1, per_country=100)
    reset_caches()
    with override("en"), pytest.raises(ValidationError, match="come back tomorrow"):
        check_texting("+8613800138001")


def test_resent_after_its_template_was_added_it_leaves_as_that_template(
    notebook: Notebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    about = ChannelDescription("Notebook", "Writes", notebook.description.fields, templates="named")
    monkeypatch.setattr(notebook, "description", about, raising=False)
    facts = {"url": "https://tea.example/account/privacy", "days": 7}
    row = mail.send(template="data_ready", to="+8613800138000", language="en", context=facts, key="a")
    assert row is not None
    drain()
    row.refresh_from_db()
    assert (row.state, notebook.sent) == ("failed", [])
    mail.resend(mail_id=row.pk, actor="user:1")
    drain()
    row.refresh_from_db()
    assert row.error == "sms:no_template"
    services.save_template(
        code="notebook", kind="data_ready", language="en", template="SMS_7", parameters=[("days", "{{ days }}")]
    )
    reset_caches()
    mail.resend(mail_id=row.pk, actor="user:1")
    drain()
    assert [(sent.template, sent.parameters) for sent in notebook.sent] == [("SMS_7", (("days", "7"),))]


def test_old_rows_are_forgotten(notebook: Notebook) -> None:
    send("k")
    with later(days=91):
        services.prune()
        services.prune_tallies()
    assert not SmsDispatch.objects.exists()


def test_a_text_says_its_alphabet_and_how_much_room_is_left() -> None:
    assert measure("a" * 160) == Measure(is_basic=True, length=160, parts=1, room=0)
    assert measure("[€]") == Measure(is_basic=True, length=6, parts=1, room=154)
    assert measure("a" * 161) == Measure(is_basic=True, length=161, parts=2, room=145)
    assert measure("naïve…") == Measure(is_basic=False, length=6, parts=1, room=64, dear="ï…")
    assert measure("订单已发出，请留意查收") == Measure(is_basic=False, length=11, parts=1, room=59)
    assert measure("") == Measure(is_basic=True, length=0, parts=1, room=160)
