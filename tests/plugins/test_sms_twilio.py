from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import urlencode

import pytest

from duli.base.clock import now
from duli.base.setup_fields import FormerSecret
from duli.platform.sms.channel import ChannelConfig, ForgedPush
from duli.plugins.sms_twilio.channel import twilio
from duli.plugins.sms_twilio.signature import is_signed, signature
from tests.plugins.phone_world import SECRET, SENDER, PhoneWorld
from tests.plugins.sms_conformance import SmsConformance

pytestmark = pytest.mark.one_database


class TestTwilio(SmsConformance):
    code = "twilio"
    values: Mapping[str, str] = {"account": "ACpractice", "token": SECRET, "sender": SENDER}
    wrong: Mapping[str, str] = {"token": "another"}
    parameters = ()
    stop_word = "STOP"

    def forged(self, body: bytes, headers: Mapping[str, str]) -> list[tuple[bytes, Mapping[str, str]]]:
        another = {**headers, "X-Twilio-Signature": signature(token="x", url="https://a.example", fields=[])}
        unsigned = {name: value for name, value in headers.items() if name != "X-Twilio-Signature"}
        return [(body.replace(b"delivered", b"failed"), headers), (body, another), (body, unsigned), (b"", headers)]

    def test_stop_is_known_from_the_refusal_too(self, world: PhoneWorld) -> None:
        world.phones.world.set_stopped(self.number(), True)
        outcome = self.send()
        assert (outcome.state, outcome.reason) == ("refused", "stopped")
        world.phones.world.set_stopped(self.number(), False)


def test_signs_as_the_vendors_own_library_does() -> None:
    # twilio 9.13.0, RequestValidator("SECRET").compute_signature, of the address as it is and with its port.
    url = "https://tea.example/hooks/sms/twilio/s?message=k"
    fields = [("MessageSid", "SM1"), ("MessageStatus", "delivered"), ("AccountSid", "AC1")]
    assert signature(token="SECRET", url=url, fields=[*fields, fields[0]]) == "JfpObJhbuDdVarHXI5VvSqACMS4="
    for given, right in (("JfpObJhbuDdVarHXI5VvSqACMS4=", True), ("O085hcMX+8aKjqBZP+ywhbxi6ZM=", True), ("x", False)):
        assert is_signed(given=given, token="SECRET", url=url, fields=fields) is right


@pytest.mark.parametrize(("days", "is_believed"), [(1, True), (-1, False)])
def test_a_message_of_the_former_token_is_believed_for_a_while(days: int, is_believed: bool) -> None:
    """The token is exchanged while news of messages is under way."""
    url, fields = "https://shop.example/sms", [("MessageSid", "SM1"), ("AccountSid", "AC1"), ("MessageStatus", "sent")]
    former = FormerSecret("old", now() + timedelta(days=days))
    config = ChannelConfig("twilio", {"account": "AC1", "token": "new"}, url, {"token": (former,)})
    headers = {"x-twilio-signature": signature(token="old", url=url, fields=fields)}
    body = urlencode(fields).encode()
    if is_believed:
        assert twilio.parse_push(body, headers, url, config)
    else:
        with pytest.raises(ForgedPush):
            twilio.parse_push(body, headers, url, config)
