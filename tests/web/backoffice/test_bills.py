"""Bills of payment providers on their pages."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from duli.commerce.payments import services
from duli.commerce.payments.models import GatewaySetting
from duli.commerce.reconciliation.models import ProviderBill
from duli.growth.notifications.models import Notice
from duli.platform.store.changes import reset_caches
from tests import factories
from tests.factories import drain

pytestmark = pytest.mark.django_db


def test_differences_come_first_are_explained_and_taken_up_again(owner: Client) -> None:
    difference = factories.bill_difference()
    drain()
    assert "2026-03-10" in owner.get(reverse("backoffice:bills")).content.decode()
    page = owner.get(reverse("backoffice:bill", args=[difference.bill_id])).content.decode()
    assert "ch_strange" in page
    assert Notice.objects.filter(kind="bill").exists()
    assert owner.get(reverse("backoffice:bell")).status_code == 200
    explain = reverse("backoffice:bill_explain", args=[difference.pk])
    assert owner.post(explain, {"note": ""}).status_code == 422
    assert owner.post(explain, {"note": "Taken by hand in the console"}).status_code == 302
    assert "2026-03-10" not in owner.get(reverse("backoffice:bills")).content.decode()
    assert "2026-03-10" in owner.get(f"{reverse('backoffice:bills')}?view=all").content.decode()
    owner.post(reverse("backoffice:bill_reopen", args=[difference.pk]))
    assert "2026-03-10" in owner.get(reverse("backoffice:bills")).content.decode()
    for name, key in (("bill", 10**9), ("bill_explain", 10**9)):
        assert owner.get(reverse(f"backoffice:{name}", args=[key])).status_code == 404


def test_a_long_list_costs_no_more_than_a_short_one(
    owner: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    url = f"{reverse('backoffice:bills')}?view=all"
    factories.bill_difference()
    owner.get(url)
    with CaptureQueriesContext(connection) as short:
        owner.get(url)
    for day in range(11, 31):
        factories.bill_difference(day=day)
    with django_assert_max_num_queries(len(short)):
        owner.get(url)


def test_a_bill_that_was_brought_is_not_fetched_again(owner: Client) -> None:
    row = factories.bill_difference()
    url, again = reverse("backoffice:bill", args=[row.bill_id]), reverse("backoffice:bill_fetch", args=[row.bill_id])
    assert again in owner.get(url).content.decode()
    services.save_gateway(code="antom", enabled=False, values={})
    GatewaySetting.objects.filter(code="antom").update(enabled=True)
    reset_caches()
    ProviderBill.objects.filter(pk=row.bill_id).update(gateway="antom")
    assert again not in owner.get(url).content.decode()
