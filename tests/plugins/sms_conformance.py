"""What every service for text messages must do. The other end is a stand-in on a port that checks each signature."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from duli.base import clock
from duli.platform.jobs.worker import drain
from duli.platform.mail import services as mail
from duli.platform.mail.models import Mail
from duli.platform.sms import services
from duli.platform.sms.channel import ChannelRefused, ChannelUnavailable, Outgoing, channels
from duli.platform.sms.configuration import known
from duli.platform.sms.models import SmsDispatch, SmsStop, SmsTally
from duli.platform.sms.types import Outcome, Plan, SmsLater
from duli.platform.store.changes import reset_caches
from tests.plugins.phone_world import PhoneWorld, path_of

pytestmark = pytest.mark.django_db


class SmsConformance:
    code: str
    values: Mapping[str, str]
    wrong: Mapping[str, str]
    """Settings with another secret."""
    template: str = ""
    parameters: tuple[tuple[str, str], ...] = (("code", "481516"), ("minutes", "15"))
    stop_word: str = "R"

    @pytest.fixture
    def world(self, settings: Any) -> Iterator[PhoneWorld]:
        world = PhoneWorld(lambda: clock.now().timestamp())
        settings.PUBLIC_URL = world.mailbox.url
        yield world
        world.shut_down()

    @pytest.fixture(autouse=True)
    def _switched_on(self, db: None, world: PhoneWorld) -> None:
        self.set_up(world)

    def set_up(self, world: PhoneWorld, **changes: str) -> None:
        values = {**self.values, "base_url": f"{world.url}/{self.code}", **changes}
        services.save_account(code=self.code, enabled=True, countries=["CN"], values=values)
        reset_caches()
        found = known(self.code)
        assert found is not None
        world.push_url = found[1].push_url

    def number(self, end: str = "1234") -> str:
        return f"+861380013{end}"

    def send(self, key: str = "mail:1:0", end: str = "1234", template: str | None = None) -> Outcome:
        plan = Plan(self.code, self.template if template is None else template, "", self.parameters)
        text = f"Code 481516 of {key}"
        return services.dispatch(key=key, to=self.number(end), text=text, purpose="code", plan=plan)

    def row(self, key: str = "mail:1:0") -> SmsDispatch:
        return SmsDispatch.objects.get(key=key)

    def knock(self, client: Client, push: tuple[bytes, Mapping[str, str]], url: str) -> int:
        body, headers = push
        given = {"X-Twilio-Signature": headers.get("X-Twilio-Signature", "")}
        answer = client.post(path_of(url), body, content_type=headers["Content-Type"], headers=given)
        return answer.status_code

    def report_url(self, world: PhoneWorld) -> str:
        """Return the address that the service calls about the newest message."""
        return str(world.sent()[0].get("callback") or world.push_url)

    def test_describes_itself(self) -> None:
        about = channels.get(self.code).description
        assert len({entry.name for entry in about.fields}) == len(about.fields)
        assert [entry.name for entry in about.fields if entry.kind == "secret"]
        assert len(about.steps) >= 4

    def test_sends_once_however_often_it_is_asked(self, world: PhoneWorld) -> None:
        assert self.send().state == self.send().state == "accepted"
        [message] = world.sent()
        assert message["number"] == self.number()
        assert "481516" in str(message["text"])
        assert self.row().provider_id == message["id"]

    def test_tells_what_arrived_however_often_and_in_any_order(self, world: PhoneWorld, client: Client) -> None:
        self.send()
        self.send("mail:2:0", "0002")
        for message in world.phones.world.messages():
            world.phones.arrive(message, times=2)
        url = {"0002": str(world.sent()[0].get("callback") or world.push_url)}
        pushes = world.pushes(4)
        urls = [url["0002"]] * 2 + [str(world.sent()[1].get("callback") or world.push_url)] * 2
        for push, address in reversed(list(zip(pushes, urls, strict=True))):
            assert self.knock(client, push, address) == 200
        assert (self.row().state, self.row("mail:2:0").state) == ("delivered", "undelivered")
        assert self.row("mail:2:0").reason == "unreachable"

    def test_a_report_that_is_quicker_than_the_answer(self, world: PhoneWorld, client: Client) -> None:
        self.send()
        world.phones.arrive(world.phones.world.messages()[0])
        [push] = world.pushes(1)
        before = self.row()
        SmsDispatch.objects.update(state="sending", provider_id="", accepted_at=None, token="another")
        assert self.knock(client, push, self.report_url(world)) == 200
        SmsDispatch.objects.update(token=before.token)
        from duli.platform.sms.channel import Accepted
        from duli.platform.sms.services.dispatch import _accepted

        assert _accepted(self.row(), Accepted(str(world.sent()[0]["id"]))).state == "delivered"

    @pytest.mark.parametrize(("end", "reason"), [("0001", "number"), ("0004", "busy")])
    def test_refusals_in_one_vocabulary(self, world: PhoneWorld, end: str, reason: str) -> None:
        if end == "0004":
            with pytest.raises(SmsLater):
                self.send(end=end)
            # Nothing was sent, so that it may be tried again; it counts once.
            with pytest.raises(SmsLater):
                self.send(end=end)
            assert self.row().state == "waiting"
            assert set(SmsTally.objects.values_list("count", flat=True)) == {1}
        else:
            assert self.send(end=end).state == "refused"
        assert self.row().reason == reason
        assert self.number(end)[3:] not in self.row().detail
        assert world.sent() == []

    def test_wrong_keys_and_the_test_of_the_connection(self, world: PhoneWorld) -> None:
        assert services.check_account(code=self.code)
        self.set_up(world, **self.wrong)
        with pytest.raises(ChannelRefused) as caught:
            services.check_account(code=self.code)
        assert caught.value.reason == "keys"
        assert (self.send().state, self.row().reason) == ("refused", "keys")
        assert world.sent() == []

    def test_a_service_that_is_away_is_tried_again(self, world: PhoneWorld) -> None:
        self.set_up(world, base_url="http://127.0.0.1:9/")
        with pytest.raises(SmsLater):
            self.send()
        assert self.row().state == "waiting"
        self.set_up(world)
        assert self.send().state == "accepted"
        assert len(world.sent()) == 1

    def test_a_lost_answer_is_asked_about_and_nothing_sent_twice(self, world: PhoneWorld) -> None:
        with pytest.raises(SmsLater):
            self.send(end="0003")
        assert self.row().state == "unclear"
        with pytest.raises(SmsLater):
            self.send(end="0003")
        with clock.frozen(clock.now() + timedelta(minutes=2)):
            outcome = self.send(end="0003")
        self.after_lost_answer(outcome)
        assert len(world.sent()) == 1

    def after_lost_answer(self, outcome: Outcome) -> None:
        assert outcome.state == "accepted"

    def test_killed_between_call_and_answer(self, world: PhoneWorld) -> None:
        self.send()
        SmsDispatch.objects.update(state="sending", provider_id="", accepted_at=None)
        with clock.frozen(clock.now() + timedelta(minutes=2)):
            self.after_lost_answer(self.send())
        assert len(world.sent()) == 1

    def test_a_report_settles_what_nobody_knew(self, world: PhoneWorld, client: Client) -> None:
        with pytest.raises(SmsLater):
            self.send(end="0003")
        world.phones.arrive(world.phones.world.messages()[0])
        [push] = world.pushes(1)
        assert self.knock(client, push, self.report_url(world)) == 200
        if self.code == "tencent":
            # Its reports name the message by an id that only the lost answer had.
            assert self.row().state == "unclear"
        else:
            assert self.send(end="0003").state == "delivered"

    def test_who_wants_no_more_gets_codes_only(self, world: PhoneWorld, client: Client) -> None:
        self.send()
        start = clock.now() + timedelta(hours=1)
        for minutes, words in enumerate((self.stop_word, "START", self.stop_word)):
            with clock.frozen(start + timedelta(minutes=minutes)):
                world.phones.hear(world.phones.world.messages()[0], words)
                # In this thread: the one of the stand-in knows nothing of the time here.
                world.phones.delivery.send_due()
                [push] = world.pushes(1)
                # Told twice, and an old one once more after a newer one, it counts once.
                assert self.knock(client, push, world.push_url) == 200
                assert self.knock(client, push, world.push_url) == 200
            assert SmsStop.objects.exists() is (words != "START")
        plan = Plan(self.code, self.template, "", self.parameters)
        news = services.dispatch(key="mail:7:0", to=self.number(), text="x", purpose="news", plan=plan)
        assert (news.state, news.reason) == ("blocked", "stopped")

    def test_strangers_are_not_heard(self, world: PhoneWorld, client: Client) -> None:
        self.send()
        world.phones.arrive(world.phones.world.messages()[0])
        [(body, headers)] = world.pushes(1)
        assert self.knock(client, (body, headers), world.push_url[:-1] + "~") == 404
        for forged in self.forged(body, headers):
            assert self.knock(client, forged, self.report_url(world)) in {400, 401}
        assert self.row().state == "accepted"

    def forged(self, body: bytes, headers: Mapping[str, str]) -> list[tuple[bytes, Mapping[str, str]]]:
        return [(b"[" * 5000, headers), (b"\xff\xfe", headers), (b'{"a":1}', headers)]

    def test_through_the_outbox(self, world: PhoneWorld, client: Client) -> None:
        if self.template:
            services.save_template(
                code=self.code,
                kind="verify",
                language="en",
                template=self.template,
                parameters=[("code", "{{ code }}"), ("minutes", "{{ minutes }}")],
            )
            reset_caches()
        context = {"code": "161803", "minutes": 15, "name": ""}
        mail.send(template="verify", to=self.number(), language="en", context=context, key="k")
        drain()
        row = Mail.objects.get()
        assert (row.state, row.text, row.plan) == ("sent", "", {})
        assert "161803" in str(world.sent()[0]["text"])
        world.phones.arrive(world.phones.world.messages()[0])
        assert self.knock(client, world.pushes(1)[0], self.report_url(world)) == 200
        drain()
        assert Mail.objects.get().state == "arrived"

    def test_finds_nothing_where_nothing_was_taken(self, world: PhoneWorld) -> None:
        with pytest.raises(SmsLater):
            self.send(end="0007")
        with clock.frozen(clock.now() + timedelta(minutes=2)):
            self.after_nothing_taken()
        assert world.sent() == []

    def after_nothing_taken(self) -> None:
        with pytest.raises(SmsLater):
            self.send(end="0007")
        assert self.row().state == "waiting"

    def test_an_answer_that_is_none(self, world: PhoneWorld) -> None:
        self.set_up(world, base_url=f"{world.url}/nothing/here")
        found = known(self.code)
        assert found is not None
        if self.code == "twilio":
            with pytest.raises(ChannelUnavailable):
                channels.get(self.code).send(Outgoing("k", self.number(), "x"), found[1])


class ApprovedWordsConformance(SmsConformance):
    """For services that send only words somebody has approved."""

    unapproved: str

    def test_a_template_that_is_not_approved(self, world: PhoneWorld) -> None:
        outcome = self.send(template=self.unapproved)
        assert (outcome.state, outcome.reason) == ("refused", "template")
