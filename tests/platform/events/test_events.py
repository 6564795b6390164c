from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from django.db import transaction

from duli.platform.events import registry
from duli.platform.events.models import Event, Receipt
from duli.platform.events.registry import EventContext, event, subscribes
from duli.platform.events.selectors import events_of
from duli.platform.events.services import deliver, publish, replay
from tests.factories import drain

pytestmark = pytest.mark.django_db(transaction=True)

seen: list[tuple[str, int, str]] = []
troubles: list[Exception] = []


@event("tests.happened")
@dataclass(frozen=True, slots=True)
class Happened:
    number: int
    names: tuple[str, ...] = ()


@subscribes(Happened, name="tests.first")
def first(happened: Happened, context: EventContext) -> None:
    if troubles:
        Event.objects.create(name="tests.trace", data={}, happened_at=context.happened_at)
        raise troubles.pop()
    seen.append(("first", happened.number, context.actor))


@subscribes(Happened, name="tests.second")
def second(happened: Happened, context: EventContext) -> None:
    seen.append(("second", happened.number, happened.names[0] if happened.names else ""))


@pytest.fixture(autouse=True)
def _clean() -> Iterator[None]:
    seen.clear()
    troubles.clear()
    return


def test_every_subscriber_hears_of_it_once() -> None:
    event_id = publish(Happened(7, ("a",)), reference="thing:1", actor="user:3")
    assert not seen
    drain()
    assert sorted(seen) == [("first", 7, "user:3"), ("second", 7, "a")]
    assert not deliver(event_id=event_id, subscriber="tests.first")
    assert len(seen) == 2
    assert [row.data for row in events_of("thing:1")] == [{"number": 7, "names": ["a"]}]


def test_what_is_rolled_back_never_happened() -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        publish(Happened(1))
        raise RuntimeError
    drain()
    assert not seen
    assert not Event.objects.exists()


def test_a_subscriber_that_fails_leaves_no_trace_and_is_told_again() -> None:
    troubles.append(RuntimeError("not now"))
    event_id = publish(Happened(1))
    drain()
    assert [name for name, *_ in seen] == ["second"]
    assert not Event.objects.filter(name="tests.trace").exists()
    assert Receipt.objects.filter(event_id=event_id).count() == 1
    assert deliver(event_id=event_id, subscriber="tests.first")
    assert [name for name, *_ in seen] == ["second", "first"]


def test_a_new_subscriber_can_be_told_the_past() -> None:
    for number in range(3):
        publish(Happened(number))
    drain()
    seen.clear()
    Receipt.objects.filter(subscriber="tests.first", event__data__number=1).delete()
    assert replay(subscriber="tests.first") == 1
    drain()
    assert seen == [("first", 1, "")]
    assert replay(subscriber="tests.second", again=True) == 3


def test_an_event_that_lost_a_field_still_reads() -> None:
    publish(Happened(1))
    Event.objects.update(data={"number": 5, "colour": "red"})
    drain()
    assert ("second", 5, "") in seen


def test_names_are_taken_once() -> None:
    with pytest.raises(ValueError):
        event("tests.happened")(dataclass(frozen=True)(type("Other", (), {})))
    assert registry.names[Happened] == "tests.happened"
