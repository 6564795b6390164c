"""What every tracking provider must do. A plugin's test subclasses this; the other end is a real stand-in on a port."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

import pytest

from duli.base import clock
from duli.base.errors import NotFound
from duli.commerce.shipping import services
from duli.commerce.shipping.carrier import CarrierRefused, CarrierUnavailable, ForgedPush, MalformedPush, providers
from duli.commerce.shipping.models import CarrierMessage, TrackedParcel, TrackingEvent
from duli.commerce.shipping.services.poll import poll_due
from duli.commerce.shipping.types import AskedTooOften
from duli.platform.events.models import Event
from duli.platform.jobs import worker
from duli.platform.store.changes import reset_caches
from tests.plugins.carrier_world import CarrierWorld

Message = tuple[bytes, Mapping[str, str]]


def moves() -> list[tuple[str, str]]:
    """Return (before, now) of every ParcelMoved so far."""
    found = Event.objects.filter(name="shipping.parcel_moved").order_by("pk").values_list("data", flat=True)
    return [(data["before"], data["state"]) for data in found]


class CarrierConformance:
    code: str
    carrier: str
    values: Mapping[str, str]
    secret_fields: tuple[str, ...]

    def number(self, digit: int) -> str:
        """Return a number whose last digit chooses the stand-in's journey."""
        raise NotImplementedError

    def wrongly_signed(self, message: Message) -> Message:
        """Return the message as somebody with another key would have signed it."""
        raise NotImplementedError

    def told(self, states: Sequence[str]) -> list[str]:
        """Return those states that this provider has words for."""
        return list(states)

    @pytest.fixture
    def world(self, settings: Any) -> Iterator[CarrierWorld]:
        world = CarrierWorld()
        settings.PUBLIC_URL = world.mailbox.url
        yield world
        world.shut_down()

    @pytest.fixture(autouse=True)
    def _switched_on(self, db: None, world: CarrierWorld) -> None:
        self.set_up(world)

    def set_up(self, world: CarrierWorld, **changes: str) -> None:
        values = {**self.values, "base_url": f"{world.url}/{self.code}", **changes}
        if "guess_url" in {entry.name for entry in providers.get(self.code).description.fields}:
            values["guess_url"] = values["base_url"]
        services.save_account(code=self.code, enabled=True, values=values)
        reset_caches()

    def follow(self, digit: int = 0, reference: str = "parcel:1", carrier: str | None = None) -> TrackedParcel:
        parcel = services.follow(
            reference=reference,
            carrier=self.carrier if carrier is None else carrier,
            number=self.number(digit),
            phone="13800138000",
            country="CN",
            language="zh-hans",
            label="1007",
        )
        assert parcel is not None
        return self.settle(parcel)

    def settle(self, parcel: TrackedParcel) -> TrackedParcel:
        worker.drain()
        parcel.refresh_from_db()
        return parcel

    def token(self, parcel: TrackedParcel) -> str:
        return parcel.token if providers.get(self.code).description.push == "parcel" else ""

    def hear(self, parcel: TrackedParcel, message: Message) -> TrackedParcel:
        services.receive_push(provider=self.code, token=self.token(parcel), body=message[0], headers=message[1])
        return self.settle(parcel)

    def travel(self, world: CarrierWorld, parcel: TrackedParcel, steps: int = 1) -> TrackedParcel:
        """Move the parcel step by step and hear of each."""
        for _ in range(steps):
            world.move(self.code, parcel.number)
            [message] = world.messages(1)
            parcel = self.hear(parcel, message)
        return parcel

    def test_describes_itself(self) -> None:
        description = providers.get(self.code).description
        names = [entry.name for entry in description.fields]
        assert len(names) == len(set(names))
        assert {entry.name for entry in description.fields if entry.kind == "secret"} == set(self.secret_fields)
        assert len(description.steps) >= 3

    def test_registered_once_however_often(self, world: CarrierWorld) -> None:
        parcel = self.follow()
        assert (parcel.provider, parcel.problem, parcel.state) == (self.code, "", "pending")
        assert parcel.registered_at
        TrackedParcel.objects.update(registered_at=None)
        services.register_parcel(parcel_id=parcel.pk)
        parcel.refresh_from_db()
        assert parcel.registered_at
        assert parcel.problem == ""
        assert len(world.requests(self.code)) == 1

    def test_a_parcel_is_followed_to_its_delivery(self, world: CarrierWorld) -> None:
        parcel = self.travel(world, self.follow(), steps=5)
        assert parcel.state == "delivered"
        assert parcel.next_poll_at is None
        assert [state for _before, state in moves()] == ["picked_up", "in_transit", "out_for_delivery", "delivered"]
        events = list(parcel.events.all())
        assert [event.state for event in events] == [
            "delivered", "out_for_delivery", "in_transit", "in_transit", "picked_up",
        ]  # fmt: skip
        assert all(event.text and event.place and event.code and event.utc_offset is not None for event in events)

    @pytest.mark.parametrize(
        ("digit", "steps", "states"),
        [
            (1, 5, ["picked_up", "in_transit", "out_for_delivery", "ready_for_pickup"]),
            (2, 3, ["picked_up", "in_transit", "customs"]),
            (3, 7, ["picked_up", "in_transit", "out_for_delivery", "delivery_failed", "out_for_delivery", "delivered"]),
            (4, 7, ["picked_up", "in_transit", "out_for_delivery", "exception", "returning", "returned"]),
            (5, 3, ["picked_up", "in_transit", "exception"]),
        ],
        ids=["parcel shop", "customs", "failed attempt", "returned", "lost"],
    )
    def test_every_journey_in_one_vocabulary(
        self, world: CarrierWorld, digit: int, steps: int, states: list[str]
    ) -> None:
        self.travel(world, self.follow(digit), steps)
        assert [state for _before, state in moves()] == self.told(states)

    def test_told_often_counts_once(self, world: CarrierWorld) -> None:
        parcel = self.follow()
        world.move(self.code, parcel.number, times=3)
        messages = world.messages(3)
        for message in [*messages, *messages]:
            self.hear(parcel, message)
        assert TrackingEvent.objects.count() == 1
        assert moves() == [("pending", "picked_up")]
        stored = CarrierMessage.objects.count()
        assert stored <= 3
        assert set(CarrierMessage.objects.values_list("outcome", flat=True)) == {"done"}
        assert bytes(CarrierMessage.objects.earliest("pk").body) == messages[0][0]

    def test_told_the_wrong_way_round(self, world: CarrierWorld) -> None:
        parcel = self.follow()
        messages = []
        for _ in range(5):
            world.move(self.code, parcel.number)
            messages += world.messages(1)
        for message in reversed(messages):
            parcel = self.hear(parcel, message)
        assert parcel.state == "delivered"
        assert moves() == [("pending", "delivered")]
        assert TrackingEvent.objects.count() == 5

    def test_forged_messages_leave_nothing(self, world: CarrierWorld) -> None:
        parcel = self.follow()
        world.move(self.code, parcel.number)
        [(body, headers)] = world.messages(1)
        middle = len(body) // 2
        for forged in (
            (body[:middle] + bytes([body[middle] ^ 1]) + body[middle + 1 :], headers),
            (b"", headers),
            (b"\xff\xfe", headers),
            (b"[" * 5000, headers),
            self.wrongly_signed((body, headers)),
        ):
            with pytest.raises(ForgedPush):
                services.receive_push(provider=self.code, token=self.token(parcel), body=forged[0], headers=forged[1])
        with pytest.raises((ForgedPush, NotFound)):
            services.receive_push(provider=self.code, token="no-such-parcel", body=body, headers={})
        assert not CarrierMessage.objects.exists()
        assert self.hear(parcel, (body, headers)).state == "picked_up"

    def test_what_a_former_secret_signed_is_believed_for_a_week(self, world: CarrierWorld) -> None:
        """Secrets are exchanged while messages are under way, and providers send again for days."""
        parcel = self.follow()
        world.move(self.code, parcel.number)
        [(body, headers)] = world.messages(1)
        token, is_own = self.token(parcel), bool(self.token(parcel))
        self.set_up(world, **dict.fromkeys(self.secret_fields, "exchanged"))
        services.receive_push(provider=self.code, token=token, body=body, headers=headers)
        assert CarrierMessage.objects.count() == 1
        # No process believes them longer than any other: nothing is read anew here. A parcel's own secret stays.
        with clock.frozen(clock.now() + timedelta(days=8)):
            if is_own:
                services.receive_push(provider=self.code, token=token, body=body, headers=headers)
            else:
                with pytest.raises(ForgedPush):
                    services.receive_push(provider=self.code, token=token, body=body, headers=headers)

    def test_too_long_a_message(self) -> None:
        with pytest.raises(MalformedPush):
            services.receive_push(provider=self.code, body=b"x" * (1024 * 1024 + 1), headers={})

    def test_a_number_that_is_followed_no_more_is_told_to_nobody(self, world: CarrierWorld) -> None:
        parcel = self.follow()
        world.move(self.code, parcel.number)
        [message] = world.messages(1)
        TrackedParcel.objects.update(number="ANOTHER", token="another", provider_key="another")
        if self.token(parcel):
            with pytest.raises(NotFound):
                self.hear(parcel, message)
        else:
            self.hear(parcel, message)
            assert CarrierMessage.objects.get().outcome == "unknown"
        assert not TrackingEvent.objects.exists()

    def test_lost_messages_are_asked_for(self, world: CarrierWorld) -> None:
        parcel = self.follow()
        world.move(self.code, parcel.number, 5, times=0)
        assert poll_due() == 0
        later = clock.now() + timedelta(minutes=31)
        with clock.frozen(later):
            assert poll_due() == 1
            assert poll_due() == 0
            parcel = self.settle(parcel)
        assert (parcel.state, parcel.events.count()) == ("delivered", 5)
        with clock.frozen(later + timedelta(days=3)):
            assert poll_due() == 0

    def test_asked_for_now_but_not_all_the_time(self, world: CarrierWorld) -> None:
        parcel = self.follow()
        world.move(self.code, parcel.number, 2, times=0)
        assert services.refresh(parcel_id=parcel.pk).state == "in_transit"
        with pytest.raises(AskedTooOften):
            services.refresh(parcel_id=parcel.pk)

    @pytest.mark.parametrize("fault", ["500", "429", "200"])
    def test_the_provider_is_down_then_up(self, world: CarrierWorld, fault: str) -> None:
        world.fail(fault)
        parcel = services.follow(
            reference="parcel:1", carrier=self.carrier, number=self.number(0), phone="13800138000", language="en"
        )
        assert parcel is not None
        with pytest.raises(CarrierUnavailable):
            services.register_parcel(parcel_id=parcel.pk)
        parcel.refresh_from_db()
        assert parcel.registered_at is None
        with pytest.raises(CarrierUnavailable):
            services.check_account(code=self.code)
        world.fail("")
        parcel = self.settle(parcel)
        assert parcel.registered_at

    def test_nothing_is_known_yet(self, world: CarrierWorld) -> None:
        parcel = self.follow()
        parcel = services.refresh(parcel_id=parcel.pk)
        assert (parcel.state, parcel.events.count()) == ("pending", 0)

    def test_another_number_instead(self, world: CarrierWorld) -> None:
        parcel = self.travel(world, self.follow(), 2)
        former = parcel.token
        again = services.follow(
            reference="parcel:1", carrier=self.carrier, number=self.number(3), phone="13800138000", language="en"
        )
        assert again is not None
        assert again.pk == parcel.pk
        again = self.settle(again)
        assert (again.state, again.events.count()) == ("pending", 0)
        assert again.registered_at
        assert again.token != former
        assert services.follow(reference="parcel:1", carrier="", number=" ", language="en") is None
        worker.drain()
        assert not TrackedParcel.objects.exists()

    def test_the_connection_is_tried(self, world: CarrierWorld) -> None:
        services.check_account(code=self.code)
        for name in self.secret_fields[:1]:
            self.set_up(world, **{name: "wrong"})
        with pytest.raises(CarrierRefused):
            services.check_account(code=self.code)

    def test_switched_on_it_takes_up_what_is_under_way(self, world: CarrierWorld) -> None:
        services.save_account(code=self.code, enabled=False, values={})
        reset_caches()
        parcel = self.follow()
        assert parcel.registered_at is None
        self.set_up(world)
        assert self.settle(parcel).registered_at

    def test_a_wrong_key_is_written_down_beside_the_parcel(self, world: CarrierWorld) -> None:
        self.set_up(world, **{self.secret_fields[0]: "wrong"})
        parcel = self.follow()
        assert parcel.problem
        assert parcel.problem_detail
        assert parcel.registered_at is None
