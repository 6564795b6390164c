"""The bell rings for those who may know, soon, and costs next to nothing while it is silent."""

from __future__ import annotations

import json

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from duli.growth.notifications.models import Notice
from duli.growth.notifications.notices import notify, prune, standing
from duli.platform.accounts import services
from duli.platform.accounts.models import User
from duli.platform.store.changes import reset_caches
from tests import factories
from tests.web.backoffice.conftest import SignIn, member


def poll(client: Client) -> dict[str, int]:
    reset_caches()
    return json.loads(client.get(reverse("backoffice:bell_poll")).content)  # type: ignore[no-any-return]


def lines(client: Client) -> str:
    return client.get(reverse("backoffice:bell"), headers={"HX-Request": "true"}).content.decode()


@pytest.mark.django_db
def test_a_new_order_rings_for_those_who_may_see_orders(sign_in: SignIn) -> None:
    desk, other = sign_in("order_desk"), sign_in("catalogue")
    before = poll(desk)
    order = factories.order()
    factories.drain()
    after = poll(desk)
    assert (before["unread"], after["unread"]) == (0, 1)
    assert after["newest"] > before["newest"]
    assert poll(other)["unread"] == 0
    shown = lines(desk)
    assert f"New order {order.number}" in shown
    assert "data-loud" in shown
    assert order.number not in lines(other)


@pytest.mark.django_db
def test_what_was_seen_is_not_new_any_more_and_never_again(sign_in: SignIn) -> None:
    desk = sign_in("order_desk")
    factories.order()
    factories.drain()
    newest = poll(desk)["newest"]
    desk.post(reverse("backoffice:bell_seen"), {"last": newest})
    assert poll(desk) == {"newest": newest, "unread": 0}
    desk.post(reverse("backoffice:bell_seen"), {"last": "1"})
    for nonsense in ("", "x", "9" * 40, "-1"):
        assert desk.post(reverse("backoffice:bell_seen"), {"last": nonsense}).status_code == 302
    assert poll(desk)["unread"] == 0


@pytest.mark.django_db
def test_nobody_is_told_what_they_did_themselves(sign_in: SignIn) -> None:
    desk = sign_in("manager")
    me = member("manager")
    notify(kind="paid", key="a", permission="orders.view", data={"order_id": 1}, by=f"user:{me.pk}")
    assert poll(desk)["unread"] == 0
    notify(kind="paid", key="b", permission="orders.view", data={"order_id": 1}, by="user:999")
    notify(kind="paid", key="b", permission="orders.view", data={"order_id": 1}, by="user:999")
    assert poll(desk)["unread"] == 1


@pytest.mark.django_db
def test_what_is_for_one_person_is_for_nobody_else(sign_in: SignIn) -> None:
    notify(kind="mention", key="m", for_user=member("viewer").pk, data={"order_id": 1, "text": "<b>look</b>"})
    assert poll(sign_in("viewer"))["unread"] == 1
    assert "&lt;b&gt;look" in lines(sign_in("viewer"))
    assert poll(sign_in("owner"))["unread"] == 0


@pytest.mark.django_db
def test_a_silent_bell_costs_no_query(sign_in: SignIn) -> None:
    desk = sign_in("order_desk")
    url = reverse("backoffice:bell_poll")
    desk.get(url)
    desk.get(url)
    with CaptureQueriesContext(connection) as captured:
        for _ in range(20):
            assert desk.get(url).status_code == 200
    # At most the look at the marks of change, which is shared by everything in the process.
    assert len(captured) <= 2


@pytest.mark.django_db
def test_the_bell_is_silent_for_strangers_and_for_those_who_were_shut_out(sign_in: SignIn) -> None:
    url = reverse("backoffice:bell_poll")
    assert Client().get(url).status_code == 302
    desk = sign_in("order_desk")
    assert desk.get(url).status_code == 200
    assert desk.get(url).status_code == 200
    services.set_active(user_id=member("order_desk").pk, active=False, actor="system")
    reset_caches()
    assert desk.get(url).status_code == 302
    other = sign_in("manager")
    assert other.get(url).status_code == 200
    cookie = other.cookies["sessionid"].value
    other.post(reverse("backoffice:logout"))
    other.cookies["sessionid"] = cookie
    assert other.get(url).status_code == 302


@pytest.mark.django_db
def test_counting_stops_and_old_notices_go(sign_in: SignIn, django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    user = member("owner")
    for number in range(105):
        notify(kind="order", key=str(number), permission="orders.view", data={})
    reset_caches()
    assert standing(user_id=user.pk, permissions=frozenset({"orders.view"})).unread == 99
    Notice.objects.filter(key__in=["1", "2"]).update(created_at="2020-01-01T00:00Z")
    assert prune() == 2


@pytest.mark.django_db
def test_a_failed_job_and_an_approval_ring(sign_in: SignIn) -> None:
    from duli.growth.notifications.notices import notify_failed_jobs
    from tests.platform.jobs.failing import fail_one
    from tests.web.backoffice.pages import approval

    fail_one()
    assert notify_failed_jobs() == 1
    notify_failed_jobs()
    asked = approval()
    factories.drain()
    shown = lines(sign_in("owner"))
    assert shown.count("A job failed") == 1
    assert "Waits for approval: Give back" in shown
    assert reverse("backoffice:approval", args=[asked.id]) in shown
    assert "Waits for approval" not in lines(sign_in("viewer"))


@pytest.mark.django_db
def test_who_asked_hears_the_decision(sign_in: SignIn) -> None:
    from duli.base.money import Money
    from tests.platform.accounts.approving import KIND

    desk = sign_in("order_desk")
    me: User = member("order_desk")
    asked = services.request_approval(kind=KIND, intent={}, value=Money(100, "CNY"), actor=f"user:{me.pk}")
    services.decline(approval_id=asked.id, note="no", actor=f"user:{member('owner').pk}")
    factories.drain()
    assert "Declined" in lines(desk)
