from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from duli.commerce.shipping.carrier import providers
from duli.plugins.carrier_easypost.protocol import inches, ounces, signature
from sandbox.parcels import easypost as other_end
from tests.plugins.carrier_conformance import CarrierConformance, Message
from tests.plugins.carrier_world import CarrierWorld

pytestmark = pytest.mark.one_database


class TestEasyPost(CarrierConformance):
    code = "easypost"
    carrier = "ups"
    values: Mapping[str, str] = {
        "mode": "test",
        "test_key": other_end.TEST_KEY,
        "live_key": other_end.LIVE_KEY,
        "test_webhook_secret": other_end.TEST_SECRET,
        "live_webhook_secret": other_end.LIVE_SECRET,
    }
    secret_fields = ("test_key", "live_key", "test_webhook_secret", "live_webhook_secret")

    def number(self, digit: int) -> str:
        return f"1Z5R8939035756712{digit}"

    def told(self, states: Sequence[str]) -> list[str]:
        """It has no word for customs, and one for both halves of the way back."""
        coarse = {"customs": "in_transit", "returned": "returning"}
        found = [coarse.get(state, state) for state in states]
        return [state for place, state in enumerate(found) if place == 0 or found[place - 1] != state]

    def wrongly_signed(self, message: Message) -> Message:
        return message[0], {**message[1], "x-hmac-signature": other_end.sign(message[0], "another secret")}

    def test_no_news_for_long(self, world: CarrierWorld) -> None:
        assert self.travel(world, self.follow(6)).state == "expired"

    def test_a_key_of_the_other_kind_is_refused(self, world: CarrierWorld) -> None:
        self.set_up(world, mode="live", live_key=other_end.TEST_KEY)
        parcel = self.follow()
        assert parcel.problem == ""
        from duli.commerce.shipping import services
        from duli.commerce.shipping.carrier import CarrierRefused

        with pytest.raises(CarrierRefused) as refusal:
            services.check_account(code=self.code)
        assert refusal.value.reason == "wrong_kind_of_key"


def test_the_signature_is_the_one_that_the_official_library_accepts() -> None:
    # `easypost.util.validate_webhook` of easypost 10.7.0 accepts this one under the secret "secret".
    body = b'{"id":"evt_1","description":"tracker.updated"}'
    accepted = "f4d7315bbb71fb3e6da41e432804a272cf44efcc18a925990defceb5a0f7f210"
    assert signature(body, "secret") == f"hmac-sha256-hex={accepted}"
    assert signature(body, "s\u00e9cret \ufb01") == signature(body, "se\u0301cret fi")


@pytest.mark.parametrize(("grams", "wanted"), [(0, 0.1), (1, 0.1), (28, 1.0), (29, 1.1), (1000, 35.3), (453, 16.0)])
def test_weights_become_ounces_and_never_less(grams: int, wanted: float) -> None:
    assert ounces(grams) == wanted


@pytest.mark.parametrize(("millimetres", "wanted"), [(1, 0.1), (254, 10.0), (255, 10.1), (300, 11.9)])
def test_lengths_become_inches_and_never_less(millimetres: int, wanted: float) -> None:
    assert inches(millimetres) == wanted


def test_it_follows_only_carriers_that_it_knows() -> None:
    from duli.commerce.shipping.carrier import CarrierConfig

    provider = providers.get("easypost")
    assert provider.follows("usps", CarrierConfig("easypost"))
    assert not provider.follows("sto", CarrierConfig("easypost"))
