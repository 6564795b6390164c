from __future__ import annotations

from collections.abc import Mapping

import pytest

from duli.commerce.shipping import services
from duli.plugins.carrier_seventeentrack.provider import sign, state_of
from sandbox.parcels import seventeentrack as other_end
from tests.plugins.carrier_conformance import CarrierConformance, Message
from tests.plugins.carrier_world import CarrierWorld

pytestmark = pytest.mark.one_database


def test_the_signature_as_sha256sum_computes_it() -> None:
    # printf '%s' '{"event":"TRACKING_UPDATED"}/secret' | sha256sum
    expected = "2316478cd01bbf0f7ee6c06339368153a6d2c8b4eefda6343a7e18dce422a241"
    assert sign(b'{"event":"TRACKING_UPDATED"}', "secret") == expected


def test_finer_words_come_first() -> None:
    assert state_of("InTransit", "InTransit_CustomsReleased") == "customs"
    assert state_of("Exception", "Exception_Returned") == "returned"
    assert state_of("Exception", "Exception_Returning") == "returning"
    assert state_of("Unheard", "Of") == ""


class TestSeventeenTrack(CarrierConformance):
    code = "17track"
    carrier = "dhl"
    values: Mapping[str, str] = {"key": other_end.KEY}
    secret_fields = ("key",)

    def number(self, digit: int) -> str:
        return f"331881000{digit}"

    def wrongly_signed(self, message: Message) -> Message:
        return message[0], {**message[1], "sign": sign(message[0], "another key")}

    def test_both_carriers_of_a_parcel_are_read(self, world: CarrierWorld) -> None:
        parcel = self.travel(world, self.follow(), 5)
        info = other_end.track_info(world.world.find("17track", parcel.number))  # type: ignore[arg-type]
        assert [len(entry["events"]) for entry in info["tracking"]["providers"]] == [3, 2]
        assert parcel.events.count() == 5

    def test_never_seen_is_told_as_no_news(self, world: CarrierWorld) -> None:
        parcel = self.travel(world, self.follow(6))
        assert parcel.state == "expired"

    def test_used_up_is_tried_again_later(self, world: CarrierWorld) -> None:
        for place in range(other_end.QUOTA):
            world.world.announce("17track", f"X{place}", "3011", {})
        parcel = self.follow()
        assert parcel.problem == "-18019908"
        assert parcel.next_poll_at is not None

    def test_the_account_says_what_is_left(self) -> None:
        assert services.check_account(code="17track") == "100 / 100"
