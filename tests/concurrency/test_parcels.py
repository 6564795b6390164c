"""The same news of a parcel from many sides at once: it is stored once and told once."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from duli.commerce.shipping import locks, services
from duli.commerce.shipping.carrier import Report, Sighting
from duli.commerce.shipping.models import TrackedParcel, TrackingEvent
from duli.platform.events.models import Event
from tests import factories
from tests.concurrency.hands import HANDS, all_hands

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]

NEWS = Report((Sighting(datetime(2026, 11, 24, 12, tzinfo=UTC), "out_for_delivery", "On the van"),))


def followed() -> TrackedParcel:
    factories.shop()
    parcel = services.follow(reference="parcel:1", carrier="sf", number="SF1234567890123", language="en")
    assert parcel is not None
    return parcel


def told() -> int:
    return Event.objects.filter(name="shipping.parcel_moved").count()


def test_the_same_news_at_once_is_told_once() -> None:
    parcel = followed()

    def act(_number: int) -> object:
        return services.record_report(parcel_id=parcel.pk, report=NEWS, provider="kuaidi100")

    assert all_hands(act) == {"done": HANDS}
    assert (told(), TrackingEvent.objects.count()) == (1, 1)


def test_without_the_lock_it_is_told_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin without the guard: every one compares with what the parcel was before anybody wrote."""
    parcel = followed()
    monkeypatch.setattr(locks, "lock_parcel", lambda parcel_id: parcel_before())

    def parcel_before() -> TrackedParcel:
        row = TrackedParcel.objects.get(pk=parcel.pk)
        row.state = "pending"
        return row

    def act(_number: int) -> object:
        return services.record_report(parcel_id=parcel.pk, report=NEWS, provider="kuaidi100")

    all_hands(act)
    assert told() > 1


def test_a_parcel_is_followed_once_however_many_ask() -> None:
    factories.shop()

    def act(_number: int) -> object:
        return services.follow(reference="parcel:7", carrier="sf", number="SF1234567890123", language="en")

    outcomes = all_hands(act)
    assert TrackedParcel.objects.count() == 1
    # Whoever came second is stopped by the database; its job tries again and finds the parcel.
    assert outcomes["done"] >= 1
    assert set(outcomes) <= {"done", "IntegrityError"}
