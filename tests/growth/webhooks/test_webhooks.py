from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from duli.base.clock import frozen, now
from duli.base.errors import InvalidInput, NotFound
from duli.commerce.orders.events import OrderPlaced
from duli.growth.webhooks import services
from duli.growth.webhooks.models import Attempt, Delivery, Endpoint
from duli.growth.webhooks.payloads import BUILDERS, KINDS
from duli.growth.webhooks.signing import headers, sign
from duli.growth.webhooks.types import (
    GIVE_UP_AFTER,
    LADDER,
    MOST_ENDPOINTS,
    BadEndpointAddress,
    EndpointOff,
    TooManyEndpoints,
)
from duli.platform.events.models import Event
from duli.platform.events.services import deliver
from duli.platform.store.changes import reset_caches
from tests import factories
from tests.growth.webhooks.receiver import Receiver, receiver

pytestmark = pytest.mark.django_db


@pytest.fixture
def box(settings: Any) -> Iterator[Receiver]:
    settings.WEBHOOKS_TO_PRIVATE_ADDRESSES = True
    with receiver() as found:
        yield found


@pytest.fixture
def shop(db: None) -> None:
    factories.shop()


def listening(box: Receiver, *kinds: str) -> tuple[Endpoint, str]:
    endpoint, secret = services.create_endpoint(url=box.url, kinds=kinds)
    reset_caches()
    return endpoint, secret


def is_signed(message: tuple[bytes, dict[str, str]], secret: str) -> bool:
    body, given = message
    expected = sign(secret, given["webhook-id"], int(given["webhook-timestamp"]), body)
    return expected in given["webhook-signature"].split(" ")


def test_signatures_are_those_of_the_published_example() -> None:
    body = b'{"event_type":"ping","data":{"success":true}}'
    secret = "whsec_plJ3nmyCDGBKInavdOK15jsl"
    assert headers([secret], "msg_loFOjxBNrRLzqYUf", 1731705121, body) == {
        "webhook-id": "msg_loFOjxBNrRLzqYUf",
        "webhook-timestamp": "1731705121",
        "webhook-signature": "v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0=",
    }


def test_an_order_is_told_once_with_everything_in_it(shop: None, box: Receiver) -> None:
    endpoint, secret = listening(box, "order.placed")
    order = factories.order()
    factories.drain()
    event = Event.objects.get(name="orders.placed")
    deliver(event_id=event.pk, subscriber="webhooks.tell")
    factories.drain()
    assert len(box.received) == 1
    assert is_signed(box.received[0], secret)
    message = json.loads(box.received[0][0])
    assert message["type"] == "order.placed"
    assert datetime.fromisoformat(message["timestamp"]).tzinfo is not None
    told = message["data"]["order"]
    assert (told["number"], told["total_minor"], told["currency"]) == (order.number, order.total_minor, "CNY")
    assert sum(line["total_minor"] for line in told["lines"]) + told["shipping_minor"] == told["total_minor"]
    assert told["shipping_address"]["city"] == "杭州市"
    delivery = endpoint.deliveries.get()
    assert (delivery.state, delivery.attempt_count, delivery.reference) == ("delivered", 1, order.reference)
    assert delivery.message_id == box.received[0][1]["webhook-id"]


def test_only_what_an_endpoint_asked_for_is_told(shop: None, box: Receiver) -> None:
    listening(box, "order.cancelled")
    everything, _ = services.create_endpoint(url=box.url)
    reset_caches()
    factories.order()
    factories.drain()
    kinds = {json.loads(body)["type"] for body, _ in box.received}
    assert "order.placed" in kinds
    assert "order.cancelled" not in kinds
    assert set(Delivery.objects.values_list("endpoint_id", flat=True)) == {everything.pk}


def test_an_event_nobody_waits_for_costs_no_receipt_and_no_delivery(shop: None) -> None:
    factories.order()
    factories.drain()
    event = Event.objects.get(name="orders.placed")
    assert not event.receipts.filter(subscriber="webhooks.tell").exists()
    assert not Delivery.objects.exists()


def test_a_failure_is_tried_again_up_the_ladder_and_then_given_up(shop: None, box: Receiver) -> None:
    box.answers = [500]
    endpoint, _ = listening(box, "order.placed")
    instant = now()
    with frozen(instant):
        factories.order()
        factories.drain()
        delivery = endpoint.deliveries.get()
        assert (delivery.state, delivery.attempt_count) == ("waiting", 1)
        assert delivery.next_attempt_at == instant + LADDER[0]
        factories.drain()
        assert len(box.received) == 1
    for number in range(2, len(LADDER) + 2):
        delivery.refresh_from_db()
        assert delivery.next_attempt_at is not None
        with frozen(delivery.next_attempt_at + timedelta(seconds=1)):
            factories.drain()
        delivery.refresh_from_db()
        assert (delivery.attempt_count, len(box.received)) == (number, number)
    assert (delivery.state, delivery.next_attempt_at) == ("failed", None)
    assert {given["webhook-id"] for _, given in box.received} == {delivery.message_id}
    assert {body for body, _ in box.received} == {delivery.body.encode()}
    assert list(delivery.attempts.values_list("status_code", flat=True)) == [500] * (len(LADDER) + 1)


def test_a_success_after_a_failure_ends_the_ladder(shop: None, box: Receiver) -> None:
    box.answers = [503, 200]
    endpoint, _ = listening(box, "order.placed")
    factories.order()
    factories.drain()
    endpoint.refresh_from_db()
    assert endpoint.failing_since is not None
    with frozen(now() + LADDER[0] + timedelta(seconds=1)):
        factories.drain()
    endpoint.refresh_from_db()
    assert endpoint.failing_since is None
    assert endpoint.deliveries.get().state == "delivered"


def test_gone_switches_the_endpoint_off(shop: None, box: Receiver) -> None:
    box.answers = [410]
    endpoint, _ = listening(box)
    factories.order()
    factories.drain()
    endpoint.refresh_from_db()
    assert (endpoint.is_active, endpoint.stopped_because) == (False, "gone")
    assert len(box.received) == 1
    assert not endpoint.deliveries.filter(state="waiting").exists()
    services.save_endpoint(endpoint_id=endpoint.pk, url=box.url, description="", kinds=[], is_active=True)
    endpoint.refresh_from_db()
    assert endpoint.stopped_because == ""


def test_who_failed_for_days_is_switched_off(shop: None, box: Receiver) -> None:
    box.answers = [500]
    endpoint, _ = listening(box, "order.placed")
    factories.order()
    factories.drain()
    Endpoint.objects.update(failing_since=now() - GIVE_UP_AFTER)
    with frozen(now() + LADDER[0] + timedelta(seconds=1)):
        factories.drain()
    endpoint.refresh_from_db()
    assert (endpoint.is_active, endpoint.stopped_because) == (False, "failing")


def test_a_redirect_is_not_followed(shop: None, box: Receiver) -> None:
    box.answers = [302]
    endpoint, _ = listening(box, "order.placed")
    factories.order()
    factories.drain()
    assert len(box.received) == 1
    assert endpoint.deliveries.get().state == "waiting"


def test_private_addresses_are_never_asked(shop: None, box: Receiver, settings: Any) -> None:
    endpoint, _ = listening(box, "order.placed")
    settings.WEBHOOKS_TO_PRIVATE_ADDRESSES = False
    factories.order()
    factories.drain()
    assert box.received == []
    assert Attempt.objects.get(delivery__endpoint=endpoint).problem == "private_address"


def test_nobody_there_is_an_attempt_with_a_reason(shop: None, box: Receiver) -> None:
    # Port 9 (discard) of loopback: nobody listens there.
    endpoint, _ = services.create_endpoint(url="http://127.0.0.1:9/hook")
    services.send_test(endpoint_id=endpoint.pk)
    factories.drain()
    attempt = Attempt.objects.get()
    assert (attempt.status_code, attempt.problem) == (None, "no_connection")


def test_a_replaced_secret_signs_beside_the_new_one_for_a_day(box: Receiver) -> None:
    endpoint, former = listening(box)
    secret = services.replace_secret(endpoint_id=endpoint.pk)
    services.send_test(endpoint_id=endpoint.pk)
    factories.drain()
    assert is_signed(box.received[0], secret)
    assert is_signed(box.received[0], former)
    with frozen(now() + timedelta(hours=25)):
        services.send_test(endpoint_id=endpoint.pk)
        factories.drain()
    assert is_signed(box.received[1], secret)
    assert not is_signed(box.received[1], former)
    assert secret not in Endpoint.objects.get().sealed_secret


def test_a_delivery_can_be_sent_again_and_lost_ones_replayed(shop: None, box: Receiver) -> None:
    endpoint, _ = listening(box, "order.placed")
    factories.order()
    factories.drain()
    delivery = endpoint.deliveries.get()
    services.send_again(delivery_id=delivery.pk)
    factories.drain()
    assert [given["webhook-id"] for _, given in box.received] == [delivery.message_id] * 2
    Delivery.objects.update(state="failed", delivered_at=None)
    assert services.replay_since(endpoint_id=endpoint.pk, since=now() - timedelta(hours=1)) == 1
    assert services.replay_since(endpoint_id=endpoint.pk, since=now() + timedelta(hours=1)) == 0
    factories.drain()
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempt_count, len(box.received)) == ("delivered", 3, 3)
    services.save_endpoint(endpoint_id=endpoint.pk, url=box.url, description="", kinds=[], is_active=False)
    with pytest.raises(EndpointOff):
        services.send_again(delivery_id=delivery.pk)
    with pytest.raises(EndpointOff):
        services.send_test(endpoint_id=endpoint.pk)


def test_a_job_that_runs_twice_makes_one_attempt(shop: None, box: Receiver) -> None:
    endpoint, _ = listening(box, "order.placed")
    box.answers = [500]
    factories.order()
    factories.drain()
    delivery = endpoint.deliveries.get()
    services.deliver(delivery_id=delivery.pk, number=1)
    assert len(box.received) == 1
    assert delivery.attempts.count() == 1


@pytest.mark.parametrize(
    "url",
    [
        "",
        "ftp://example.com/x",
        "http://example.com/x",
        "https://user:key@example.com/",
        "https://",
        "https://a:99999/",
    ],
)
def test_addresses_that_cannot_be_are_refused(url: str, db: None) -> None:
    with pytest.raises(BadEndpointAddress):
        services.create_endpoint(url=url)
    assert not Endpoint.objects.exists()


def test_unknown_kinds_rows_and_too_many_endpoints_are_refused(db: None) -> None:
    with pytest.raises(InvalidInput):
        services.create_endpoint(url="https://example.com/", kinds=["order.exploded"])
    with pytest.raises(NotFound):
        services.send_test(endpoint_id=99)
    for _ in range(MOST_ENDPOINTS):
        services.create_endpoint(url="https://example.com/")
    with pytest.raises(TooManyEndpoints):
        services.create_endpoint(url="https://example.com/")


def test_every_public_kind_has_one_builder_and_the_other_way_round() -> None:
    assert sorted(kind for kind, _ in BUILDERS.values()) == sorted(KINDS)
    assert OrderPlaced in BUILDERS


def test_old_deliveries_go_and_waiting_ones_stay(box: Receiver) -> None:
    endpoint, _ = listening(box)
    with frozen(datetime(2026, 1, 1, tzinfo=UTC)):
        done = services.send_test(endpoint_id=endpoint.pk)
        waiting = services.send_test(endpoint_id=endpoint.pk)
    Delivery.objects.filter(pk=done.pk).update(state="failed")
    services.prune()
    assert list(endpoint.deliveries.all()) == [waiting]
