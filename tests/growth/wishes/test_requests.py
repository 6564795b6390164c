"""Asking to be told: who counts, when the mail goes out, and that it goes once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress

from duli.base.clock import frozen, now
from duli.base.errors import NotFound
from duli.commerce.catalogue.models import Product, Variant
from duli.commerce.inventory import services as inventory
from duli.growth.wishes import jobs, types
from duli.growth.wishes.models import StockRequest
from duli.growth.wishes.services import requests
from duli.platform.accounts.models import User
from duli.platform.mail.models import Mail
from tests import factories
from tests.factories import ACTOR, drain

pytestmark = pytest.mark.django_db


@pytest.fixture
def cup(settings) -> Variant:  # type: ignore[no-untyped-def]
    settings.PUBLIC_URL = "https://celadon.example"
    factories.shop()
    return factories.variant_of(factories.product("青瓷杯", stock=0))


def ask(variant: Variant, email: str = "lin@example.com", **values: object) -> StockRequest:
    return requests.ask(variant_id=variant.pk, email=email, language="en", **values)  # type: ignore[arg-type]


def stock(variant: Variant, units: int) -> None:
    inventory.adjust(
        variant_id=variant.pk, location_id=factories.location().pk, counted=units, reason="received", actor=ACTOR
    )
    drain()


def told() -> list[str]:
    return list(Mail.objects.filter(template="stock_back").order_by("pk").values_list("to", flat=True))


def test_a_stranger_confirms_and_is_told_once(cup: Variant) -> None:
    row = ask(cup, " Lin@Example.com ")
    (letter,) = Mail.objects.filter(template="stock_confirm")
    assert letter.to == "lin@example.com"
    assert f"https://celadon.example/en/notify/{row.token}" in letter.text
    requests.confirm(token=row.token)
    drain()
    assert told() == []
    stock(cup, 5)
    assert told() == ["lin@example.com"]
    assert f"/en/products/{cup.product.handle}?variant={cup.pk}" in Mail.objects.get(template="stock_back").text
    stock(cup, 0)
    stock(cup, 5)
    jobs.sweep.function()
    drain()
    assert told() == ["lin@example.com"]


def test_an_address_that_nobody_proved_gets_nothing_but_the_question(cup: Variant) -> None:
    ask(cup)
    stock(cup, 5)
    assert told() == []
    assert Mail.objects.count() == 1


def test_asking_again_asks_once_a_day(cup: Variant) -> None:
    assert ask(cup) == ask(cup)
    assert Mail.objects.count() == 1
    with frozen(now() + timedelta(days=1)):
        ask(cup)
    assert Mail.objects.count() == 2


def test_an_accounts_own_address_counts_at_once(cup: Variant) -> None:
    user = User.objects.create_user(email="lin@example.com", password="x")
    EmailAddress.objects.create(user=user, email="lin@example.com", verified=True)
    other = User.objects.create_user(email="wang@example.com", password="x")
    # Another's account does not prove it.
    assert ask(cup, user_id=other.pk).confirmed_at is None
    assert ask(cup, user_id=user.pk).confirmed_at is not None
    stock(cup, 1)
    assert told() == ["lin@example.com"]


def test_stock_that_came_while_the_mail_was_on_its_way(cup: Variant) -> None:
    row = ask(cup)
    stock(cup, 5)
    requests.confirm(token=row.token)
    drain()
    assert told() == ["lin@example.com"]


def test_many_are_told_in_their_order(cup: Variant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requests, "TOLD_AT_ONCE", 2)
    for number in range(5):
        requests.confirm(token=ask(cup, f"a{number}@example.com").token)
    stock(cup, 1)
    assert told() == [f"a{number}@example.com" for number in range(5)]


def test_the_sweep_finds_what_no_event_told(cup: Variant) -> None:
    requests.confirm(token=ask(cup).token)
    drain()
    Variant.objects.filter(pk=cup.pk).update(tracks_stock=False)
    jobs.sweep.function()
    drain()
    assert told() == ["lin@example.com"]


def test_nobody_is_sent_to_a_page_that_is_gone(cup: Variant) -> None:
    requests.confirm(token=ask(cup).token)
    Product.objects.filter(pk=cup.product_id).update(status="archived")
    stock(cup, 5)
    assert told() == []


def test_who_stops_is_forgotten(cup: Variant) -> None:
    row = ask(cup)
    requests.confirm(token=row.token)
    requests.withdraw(token=row.token)
    requests.withdraw(token=row.token)
    stock(cup, 5)
    assert told() == []
    assert not StockRequest.objects.exists()
    with pytest.raises(NotFound):
        requests.confirm(token=row.token)


@pytest.mark.parametrize(
    "email", ["", "lin", "lin@", "a" * 300 + "@example.com", "a@b.com, c@d.com", "林@", "a\n@b.com"]
)
def test_what_is_no_address_is_refused(cup: Variant, email: str) -> None:
    with pytest.raises(types.InvalidEmail):
        ask(cup, email)


def test_what_can_be_bought_needs_no_request(cup: Variant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requests, "MAXIMUM_OPEN_REQUESTS", 1)
    ask(cup)
    with pytest.raises(types.TooManyRequests):
        ask(factories.variant_of(factories.product("Towel", stock=0)))
    stock(cup, 5)
    with pytest.raises(types.StillInStock):
        ask(cup)


def test_old_requests_are_forgotten(cup: Variant) -> None:
    ask(cup)
    answered = ask(cup, "wang@example.com")
    requests.confirm(token=answered.token)
    waiting = factories.variant_of(factories.product("Towel", stock=0))
    kept = ask(waiting)
    requests.confirm(token=kept.token)
    stock(cup, 5)
    with frozen(now() + timedelta(days=31)):
        assert requests.forget_old() == 2
    assert list(StockRequest.objects.all()) == [kept]
