"""Parcels of orders that a tracking service follows, told through the service's own reports."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from duli.base.clock import now
from duli.commerce.customers.types import Address
from duli.commerce.orders import services
from duli.commerce.orders.models import Fulfilment, Order
from duli.commerce.orders.services.tracking import reference_of, tell_payers
from duli.commerce.orders.tracking_list import MOST_ROWS, carrier_named, read_tracking_list
from duli.commerce.orders.types import FulfilLine
from duli.commerce.payments import services as payments
from duli.commerce.shipping import services as shipping
from duli.commerce.shipping.carrier import Report, Sighting
from duli.commerce.shipping.models import TrackedParcel, TrackingEvent
from duli.commerce.shipping.states import ParcelProgress, progress_of
from duli.platform.events.models import Event
from duli.platform.mail.models import Mail
from tests import factories
from tests.factories import ACTOR, drain
from tests.plugins.paypal import PayPalProvider

pytestmark = pytest.mark.django_db

CHINA = timezone(timedelta(hours=8))
NOON = datetime(2026, 11, 24, 12, tzinfo=CHINA)


@pytest.fixture(autouse=True)
def _shop(db: None) -> None:
    factories.shop()


def sent(number: str = "SF1234567890123", carrier: str = "sf") -> Fulfilment:
    order = factories.order(paid=True)
    return ship(order, number, carrier)


def ship(order: Order, number: str, carrier: str) -> Fulfilment:
    parcel = services.fulfil(
        order_id=order.pk,
        lines=[FulfilLine(line.pk, line.quantity) for line in order.lines.all()],
        location_id=factories.location().pk,
        carrier=carrier,
        tracking_number=number,
        idempotency_key="k",
        actor=ACTOR,
    )
    drain()
    return parcel


def told(parcel: Fulfilment, *states: str, hours: int = 0, said: str = "", carrier: str = "") -> Fulfilment:
    """Let a service report these states, an hour apart."""
    followed = TrackedParcel.objects.get(reference=reference_of(parcel.pk))
    sightings = tuple(
        Sighting(NOON + timedelta(hours=hours + place), state, f"{state} {hours + place}", "杭州市")
        for place, state in enumerate(states)
    )
    shipping.record_report(
        parcel_id=followed.pk, report=Report(sightings, said=said, carrier=carrier), provider="kuaidi100"
    )
    drain()
    parcel.refresh_from_db()
    return parcel


def test_a_sent_parcel_is_followed_with_what_its_carrier_asks_for() -> None:
    parcel = sent()
    followed = TrackedParcel.objects.get()
    assert (followed.reference, followed.carrier, followed.number) == (f"parcel:{parcel.pk}", "sf", "SF1234567890123")
    assert (followed.phone, followed.country, followed.label) == ("+8613800138000", "CN", parcel.order.number)
    assert followed.registered_at is None  # nobody is switched on


def test_delivery_by_the_carriers_word_and_every_mail_on_the_way() -> None:
    parcel = told(sent(), "picked_up", "in_transit")
    assert parcel.progress == "in_transit"
    assert told(parcel, "out_for_delivery", hours=5).state == "out_for_delivery"
    assert told(parcel, "delivery_failed", hours=8).state == "exception"
    assert told(parcel, "out_for_delivery", "delivered", hours=20).state == "delivered"
    parcel.order.refresh_from_db()
    assert parcel.order.fulfilment_state == "delivered"
    mails = list(Mail.objects.filter(template__startswith="parcel_").order_by("pk").values_list("template", flat=True))
    assert mails == ["parcel_out_for_delivery", "parcel_problem", "parcel_delivered"]
    problem = Mail.objects.get(template="parcel_problem")
    assert "delivery_failed 8" in problem.text
    assert "杭州市" in problem.text


def test_what_was_delivered_stays_delivered_but_the_way_back_is_told() -> None:
    parcel = told(sent(), "delivered", hours=9)
    assert told(parcel, "in_transit", hours=12).progress == "delivered"
    parcel = told(parcel, "returning", hours=30)
    assert (parcel.progress, parcel.state) == ("returning", "delivered")


def test_another_number_is_followed_instead_and_none_at_all_no_more() -> None:
    parcel = told(sent(), "picked_up")
    services.change_tracking(fulfilment_id=parcel.pk, carrier="zto", tracking_number="731234567890123", actor=ACTOR)
    drain()
    followed = TrackedParcel.objects.get()
    assert (followed.carrier, followed.state, followed.events.count()) == ("zto", "pending", 0)
    parcel.refresh_from_db()
    assert parcel.progress == ""
    services.change_tracking(fulfilment_id=parcel.pk, carrier="", tracking_number="", actor=ACTOR)
    drain()
    assert not TrackedParcel.objects.exists()


def test_the_carrier_that_it_turned_out_to_be() -> None:
    parcel = told(sent(carrier="zto"), "picked_up", carrier="sf")
    assert parcel.carrier == "sf"
    assert "sf-express" in parcel.tracking_url


def test_a_person_is_forgotten_in_parcels_too() -> None:
    parcel = told(sent(), "delivered")
    reference = reference_of(parcel.pk)
    assert shipping.forget_parcels(references=[reference]) > 0
    followed = TrackedParcel.objects.get()
    assert (followed.phone, followed.number) == ("", "")
    assert set(TrackingEvent.objects.values_list("text", "place")) == {("", "")}


def test_staff_write_down_what_they_were_told() -> None:
    parcel = sent()
    followed = TrackedParcel.objects.get()
    for _ in range(2):
        shipping.add_sighting(
            parcel_id=followed.pk, state="out_for_delivery", text="Courier called", happened_at=NOON, actor=ACTOR
        )
    drain()
    parcel.refresh_from_db()
    assert parcel.progress == "out_for_delivery"
    assert TrackingEvent.objects.get().actor == ACTOR


@pytest.mark.parametrize(
    ("states", "said", "state"),
    [
        ([], "", "pending"),
        ([], "expired", "expired"),
        (["in_transit", "info_received"], "", "in_transit"),
        (["delivered", "in_transit"], "", "delivered"),
        (["delivered", "exception"], "expired", "delivered"),
        (["delivered", "returning"], "", "returning"),
        (["returned", "returning"], "", "returned"),
        (["delivery_failed", "out_for_delivery"], "", "out_for_delivery"),
        (["exception", "in_transit"], "", "in_transit"),
    ],
)
def test_states_come_from_all_sightings(states: list[str], said: str, state: str) -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    seen = [(at + timedelta(hours=place), entry) for place, entry in enumerate(states)]
    assert progress_of(seen, said) == state
    assert progress_of(reversed(seen), said) == state


def test_at_the_same_moment_the_later_station_wins() -> None:
    at = now()
    assert progress_of([(at, "delivered"), (at, "out_for_delivery")]) == ParcelProgress.DELIVERED


def rows(text: str) -> list[tuple[int, str, str, str]]:
    return [(row.line, row.order_number, row.tracking_number, row.carrier) for row in read_tracking_list(text)]


def test_lists_of_numbers_in_the_forms_that_people_have() -> None:
    assert rows("#1001,SF1,sf\n\n1002, SF2") == [(1, "1001", "SF1", "sf"), (3, "1002", "SF2", "")]
    assert rows("运单号\t订单号\nSF1\t1001") == [(2, "1001", "SF1", "")]
    assert rows('Order;Note;Tracking number;Carrier\n1001;"a;b";X1;顺丰速运') == [(2, "1001", "X1", "顺丰速运")]
    assert rows("") == rows("\n \n") == []
    assert len(read_tracking_list("1,2\n" * (MOST_ROWS + 1))) == MOST_ROWS + 1
    assert carrier_named("SF Express") == carrier_named("sf") == carrier_named("顺丰速运") == "sf"
    assert carrier_named("somebody") == ""


def test_many_numbers_at_once_and_what_is_wrong_with_the_others() -> None:
    waiting, unpaid, numberless = factories.order(paid=True), factories.order(), factories.order(paid=True)
    bare = ship(numberless, "", "")
    text = "\n".join(
        [
            f"{waiting.number},SF1234567890123",
            f"{unpaid.number},SF1234567890124",
            f"{numberless.number},9876,zto",
            "no-such-order,SF1234567890125",
            f"{waiting.number},SF1234567890123",
            f"{waiting.number},000",
            f"{waiting.number},",
        ]
    )
    for _ in range(2):
        results = services.ship_listed(
            rows=read_tracking_list(text), location_id=factories.location().pk, idempotency_key="u1", actor=ACTOR
        )
        drain()
    assert [entry.problem.code if entry.problem else "" for entry in results] == [
        "", "not_paid_yet", "number_known", "no_such_order", "number_known", "carrier_unclear", "invalid_input",
    ]  # fmt: skip
    assert waiting.fulfilments.get().carrier == "sf"
    bare.refresh_from_db()
    assert (bare.carrier, bare.tracking_number) == ("zto", "9876")
    assert not unpaid.fulfilments.exists()
    assert Event.objects.filter(name="orders.tracking_changed").count() == 1


def test_the_phone_of_the_address_is_the_one_that_carriers_know() -> None:
    assert Address.from_json(factories.order().shipping_address).phone == "+8613800138000"


def test_the_provider_that_protects_the_seller_hears_of_the_parcel_once() -> None:
    provider = PayPalProvider()
    provider.come_back()
    order = factories.order(method="paypal")
    assert order.payment_collection is not None
    step = payments.start(collection_id=order.payment_collection.pk, idempotency_key="k")
    provider.pay(order.payment_collection, step)
    payments.return_from_gateway(token=order.payment_collection.attempts.get().token)
    drain()
    order.refresh_from_db()
    parcel = ship(order, "SF1234567890123", "sf")
    tell_payers(fulfilment_id=parcel.pk)
    drain()
    unit = provider.store.all("order")[0]["purchase_units"][0]
    assert [entry["id"].partition("-")[2] for entry in unit["shipping"]["trackers"]] == ["SF1234567890123"]
