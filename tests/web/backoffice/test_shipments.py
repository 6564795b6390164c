"""Parcels in the back office, and the services that tell where they are."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from duli.commerce.orders.models import Fulfilment
from duli.commerce.shipping import services as shipping
from duli.commerce.shipping.carrier import Report, Sighting
from duli.commerce.shipping.models import CarrierAccount, TrackedParcel
from tests import factories
from tests.commerce.orders.test_tracking import NOON, ship
from tests.web.backoffice.conftest import SignIn

pytestmark = pytest.mark.django_db


def url(name: str, *keys: Any) -> str:
    return reverse(f"backoffice:{name}", args=keys)


def parcel(number: str = "SF1234567890123", *states: str) -> Fulfilment:
    made = ship(factories.order(paid=True), number, "sf")
    if states:
        report = Report(tuple(Sighting(NOON, state, f"words of {state}", "Hangzhou", "103") for state in states))
        shipping.record_report(
            parcel_id=TrackedParcel.objects.get(reference=f"parcel:{made.pk}").pk, report=report, provider="kuaidi100"
        )
        factories.drain()
        made.refresh_from_db()
    return made


def test_what_has_a_problem_comes_first(owner: Client) -> None:
    fine, lost = parcel("SF1234567890123", "in_transit"), parcel("SF1234567890999", "exception")
    page = owner.get(url("shipments")).content.decode()
    assert lost.tracking_number in page
    assert fine.tracking_number not in page
    page = owner.get(url("shipments"), {"view": "under_way"}).content.decode()
    assert fine.tracking_number in page
    assert lost.tracking_number not in page
    page = owner.get(url("shipments"), {"view": "all", "q": lost.order.number}).content.decode()
    assert lost.tracking_number in page
    assert fine.tracking_number not in page


def test_as_many_queries_for_more_as_for_one(owner: Client) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            owner.get(url("shipments"), {"view": "all"})
        return len(queries)

    first = parcel("SF1234567890123", "in_transit")
    owner.get(url("shipments"), {"view": "all"})
    one = count()
    for place in range(5):
        other = Fulfilment.objects.create(
            order=first.order, tracking_number=f"SF{place}", idempotency_key=f"x{place}", shipped_at=first.shipped_at
        )
        shipping.follow(reference=f"parcel:{other.pk}", carrier="sf", number=f"SF123456789{place}", language="en")
    assert count() == one


def test_a_parcel_with_all_that_was_told(owner: Client) -> None:
    made = parcel("SF1234567890123", "picked_up")
    page = owner.get(url("shipment", made.pk)).content.decode()
    for words in ("words of picked_up", "Hangzhou", "103", "Picked up", made.order.number or ""):
        assert words in page
    assert owner.get(url("shipment", made.pk + 999)).status_code == 404


def test_staff_write_down_what_they_were_told(owner: Client, viewer: Client) -> None:
    made = parcel()
    form = {"state": "out_for_delivery", "text": "The courier rang", "place": "Ningbo"}
    assert viewer.post(url("shipment_event", made.pk), form).status_code == 403
    assert owner.post(url("shipment_event", made.pk), {**form, "state": "stolen"}).status_code == 422
    assert owner.post(url("shipment_event", made.pk), form).status_code == 302
    factories.drain()
    made.refresh_from_db()
    assert made.progress == "out_for_delivery"
    assert "The courier rang" in owner.get(url("shipment", made.pk)).content.decode()


def test_asking_now_without_anybody_to_ask(owner: Client) -> None:
    made = parcel()
    answer = owner.post(url("shipment_refresh", made.pk), follow=True)
    assert "No tracking service" in answer.content.decode()


def test_numbers_for_many_orders(owner: Client, viewer: Client) -> None:
    order = factories.order(paid=True)
    form = {
        "location": factories.location().pk,
        "lines": f"{order.number},SF1234567890123\nX9,SF1234567890124",
        "idempotency_key": "u1",
    }
    assert viewer.get(url("shipments_upload")).status_code == 403
    page = owner.post(url("shipments_upload"), form).content.decode()
    assert "There is no order X9." in page
    assert order.fulfilments.get().tracking_number == "SF1234567890123"
    assert owner.post(url("shipments_upload"), {**form, "lines": ""}).status_code == 422
    assert owner.post(url("shipments_upload"), {**form, "lines": "1,2\n" * 501}).status_code == 422


def test_a_service_is_set_up_and_its_secret_is_never_shown_again(owner: Client, viewer: Client) -> None:
    here = url("settings_tracking_account", "kuaidi100")
    form = {"enabled": "on", "position": "0", "customer": "C1", "key": "very-secret", "base_url": "http://127.0.0.1:9"}
    assert viewer.post(here, form).status_code == 403
    assert owner.post(here, {**form, "key": ""}).status_code in {409, 422}
    assert owner.post(here, form).status_code == 302
    row = CarrierAccount.objects.get()
    assert row.enabled
    assert "very-secret" not in str(row.settings)
    page = owner.get(here).content.decode()
    assert "very-secret" not in page
    assert "C1" in page
    assert owner.post(here, {**form, "key": "", "customer": "C2"}).status_code == 302
    assert CarrierAccount.objects.get().settings["key"] == row.settings["key"]
    answer = owner.post(url("settings_tracking_check", "kuaidi100"), headers={"HX-Request": "true"})
    assert "does not answer" in answer.content.decode()
    assert owner.get(url("settings_tracking_account", "nobody")).status_code == 404
    assert "/hooks/parcels/17track" in owner.get(url("settings_tracking_account", "17track")).content.decode()


def test_who_may_not_ship_sees_parcels_but_no_verbs(sign_in: SignIn) -> None:
    made = parcel()
    viewer = sign_in("viewer")
    page = viewer.get(url("shipment", made.pk)).content.decode()
    assert "Refresh now" not in page
    assert viewer.post(url("shipment_refresh", made.pk)).status_code == 403
