from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import parse_qs, urlencode

from duli.base import clock
from duli.commerce.shipping.models import TrackedParcel
from duli.commerce.shipping.services.poll import poll_due
from duli.platform.events.models import Event
from duli.plugins.carrier_kuaidi100.protocol import sign
from sandbox.parcels import kuaidi100 as other_end
from tests.plugins.carrier_conformance import CarrierConformance, Message
from tests.plugins.carrier_world import CarrierWorld


def test_signatures_as_md5sum_computes_them() -> None:
    # printf '%s' '{"com":"yuantong","num":"YT1"}KEYCUSTOMER' | md5sum
    assert sign('{"com":"yuantong","num":"YT1"}', "KEY", "CUSTOMER") == "AA5AC7CF80BF52055CC76428BD5E83FB"


class TestKuaidi100(CarrierConformance):
    code = "kuaidi100"
    carrier = "sf"
    values: Mapping[str, str] = {"customer": other_end.CUSTOMER, "key": other_end.KEY}
    secret_fields = ("key",)

    def number(self, digit: int) -> str:
        return f"SF100000000000{digit}"

    def wrongly_signed(self, message: Message) -> Message:
        param = parse_qs(message[0].decode())["param"][0]
        return urlencode({"param": param, "sign": sign(param, "another salt")}).encode(), message[1]

    def test_each_parcel_has_a_salt_and_an_address_of_its_own(self, world: CarrierWorld) -> None:
        first = self.follow()
        second = self.follow(3, reference="parcel:2")
        newest, oldest = sorted(world.requests("kuaidi100"), key=lambda request: request["salt"] == first.push_secret)
        assert oldest["salt"] == first.push_secret != newest["salt"] == second.push_secret
        assert oldest["callbackurl"].endswith(f"/hooks/parcels/kuaidi100/{first.token}")
        assert oldest["phone"] == "8000"

    def test_never_seen_is_given_up_and_tried_again(self, world: CarrierWorld) -> None:
        parcel = self.follow(6)
        world.move("kuaidi100", parcel.number)
        [message] = world.messages(1)
        parcel = self.hear(parcel, message)
        assert (parcel.state, parcel.registered_at) == ("expired", None)
        with clock.frozen(clock.now() + timedelta(minutes=31)):
            assert poll_due() == 1
            parcel = self.settle(parcel)
            assert parcel.registered_at

    def test_the_carrier_turns_out_to_be_another_one(self, world: CarrierWorld) -> None:
        parcel = self.follow(7)
        world.move("kuaidi100", parcel.number)
        [message] = world.messages(1)
        parcel = self.hear(parcel, message)
        assert (parcel.carrier, parcel.state) == ("yunda", "picked_up")
        assert Event.objects.get(name="shipping.carrier_corrected").data["before"] == "sf"

    def test_an_unknown_carrier_is_found_by_the_number(self, world: CarrierWorld) -> None:
        parcel = self.follow(carrier="other")
        world.move("kuaidi100", parcel.number, 2, times=0)
        with clock.frozen(clock.now() + timedelta(hours=1)):
            poll_due()
            parcel = self.settle(parcel)
        assert (parcel.carrier, parcel.state) == ("sto", "in_transit")

    def test_answers_the_exact_words_it_waits_for(self, world: CarrierWorld, client: object) -> None:
        parcel = self.follow()
        world.move("kuaidi100", parcel.number)
        [(body, headers)] = world.messages(1)
        answer = client.post(  # type: ignore[attr-defined]
            f"/hooks/parcels/kuaidi100/{parcel.token}", body, content_type=headers["Content-Type"]
        )
        assert (answer.status_code, json.loads(answer.content)["returnCode"]) == (200, "200")
        for stranger in ("kuaidi100/nobody", "nobody"):
            answer = client.post(f"/hooks/parcels/{stranger}", body, content_type="text/plain")  # type: ignore[attr-defined]
            assert answer.status_code == 404
        assert TrackedParcel.objects.count() == 1
