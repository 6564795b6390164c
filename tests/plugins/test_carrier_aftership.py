from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping

import pytest

from sandbox.parcels import aftership as other_end
from tests.plugins.carrier_conformance import CarrierConformance, Message
from tests.plugins.carrier_world import CarrierWorld

pytestmark = pytest.mark.one_database


class TestAfterShip(CarrierConformance):
    code = "aftership"
    carrier = "ups"
    values: Mapping[str, str] = {"key": other_end.KEY, "webhook_secret": other_end.WEBHOOK_SECRET}
    secret_fields = ("key", "webhook_secret")

    def number(self, digit: int) -> str:
        return f"1Z5R8939035756712{digit}"

    def wrongly_signed(self, message: Message) -> Message:
        digest = base64.b64encode(hmac.new(b"another secret", message[0], hashlib.sha256).digest()).decode()
        return message[0], {**message[1], "aftership-hmac-sha256": digest}

    def test_a_parcel_is_known_by_the_key_it_was_given(self, world: CarrierWorld) -> None:
        parcel = self.follow()
        assert parcel.provider_key
        [request] = world.requests("aftership")
        assert (request["slug"], request["destination_country_region"], request["order_id"]) == (
            "ups",
            "CHN",
            parcel.token,
        )

    def test_no_news_for_long(self, world: CarrierWorld) -> None:
        assert self.travel(world, self.follow(6)).state == "expired"
