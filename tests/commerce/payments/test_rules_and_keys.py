"""Who may pay how, with which keys, on which device; what is taken of an authorisation; what a bank takes back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from pytest_django import Settings

from duli.base import clock
from duli.base.money import Money
from duli.commerce.payments import selectors, services
from duli.commerce.payments.configuration import config_of
from duli.commerce.payments.devices import device_of
from duli.commerce.payments.gateway import GatewayEvent, Redirect, gateways
from duli.commerce.payments.models import Dispute, PaymentCollection
from duli.commerce.payments.rules import MethodRules
from duli.commerce.payments.services import Shopper
from duli.commerce.payments.states import AttemptState, CollectionState
from duli.commerce.payments.types import CaptureTooLarge, IdempotencyConflict, RefundTooLarge, WrongCurrency
from duli.platform.store.changes import reset_caches
from tests.plugins.card_page import CardPageProvider
from tests.plugins.gateway_conformance import published

pytestmark = pytest.mark.django_db
AMOUNT = Money(12900, "CNY")
STAFF = "user:1"


@pytest.fixture
def page(settings: Settings):  # type: ignore[no-untyped-def]
    provider = CardPageProvider()
    settings.PUBLIC_URL = provider.mailbox.url
    yield provider
    provider.shut_down()


def set_up(page: CardPageProvider, **values: Any) -> None:
    services.save_gateway(code="sandbox_card", enabled=True, values={**page.values(), **values})


def opened(reference: str = "order:7") -> PaymentCollection:
    return services.open_collection(
        reference=reference,
        amount=AMOUNT,
        method_code="sandbox_card",
        return_url="/orders/abc",
        language="en",
        label="1007",
    )


def authorised(page: CardPageProvider) -> PaymentCollection:
    set_up(page, capture="manual")
    collection = opened()
    page.pay(collection, services.start(collection_id=collection.pk, idempotency_key="k"))
    services.return_from_gateway(token=collection.attempts.get().token)
    collection.refresh_from_db()
    assert collection.state == CollectionState.AUTHORISED
    return collection


def paid(page: CardPageProvider) -> PaymentCollection:
    set_up(page)
    collection = opened()
    page.pay(collection, services.start(collection_id=collection.pk, idempotency_key="k"))
    services.return_from_gateway(token=collection.attempts.get().token)
    collection.refresh_from_db()
    return collection


def offered(amount: Money = AMOUNT, country: str = "", market: str = "", groups: tuple[str, ...] = ()) -> bool:
    views = selectors.methods_for(
        currency=amount.currency, country=country, amount=amount, language="en", market=market, groups=lambda: groups
    )
    return [view.code for view in views] == ["cash_on_delivery"]


@pytest.mark.parametrize(
    ("rules", "fits", "fails"),
    [
        (MethodRules(markets=("cn",)), {"market": "cn"}, {"market": "us"}),
        (MethodRules(countries=("CN",)), {"country": "cn"}, {"country": "de"}),
        (MethodRules(currencies=("CNY",)), {}, {"amount": Money(12900, "USD")}),
        (MethodRules(groups=("vip", "press")), {"groups": ("press",)}, {"groups": ("new",)}),
        (MethodRules(groups=("vip",)), {"groups": ("vip",)}, {}),
        (MethodRules(minimum={"CNY": 12900}), {}, {"amount": Money(12899, "CNY")}),
        (MethodRules(maximum={"CNY": 12900}), {}, {"amount": Money(12901, "CNY")}),
    ],
)
def test_rules(rules: MethodRules, fits: Mapping[str, Any], fails: Mapping[str, Any]) -> None:
    services.save_gateway(code="cash_on_delivery", enabled=True, values={}, rules=rules)
    assert offered(**fits)
    assert not offered(**fails)


def test_rules_stay_where_others_are_saved() -> None:
    services.save_gateway(code="cash_on_delivery", enabled=True, values={}, rules=MethodRules(countries=("CN",)))
    services.save_gateway(code="cash_on_delivery", enabled=True, values={"note": "hello"})
    assert not offered(country="DE")


def test_part_of_an_authorisation_is_taken_once(page: CardPageProvider) -> None:
    collection = authorised(page)
    with pytest.raises(CaptureTooLarge):
        services.capture(collection_id=collection.pk, amount=Money(12901, "CNY"))
    with pytest.raises(WrongCurrency):
        services.capture(collection_id=collection.pk, amount=Money(1, "USD"))
    collection = services.capture(collection_id=collection.pk, amount=Money(10000, "CNY"))
    assert (collection.captured_minor, collection.state) == (10000, CollectionState.PARTLY_CAPTURED)
    assert (collection.authorised_minor, collection.attempts.get().state) == (10000, AttemptState.CAPTURED)
    with pytest.raises(RefundTooLarge):
        services.refund(collection_id=collection.pk, amount=Money(10001, "CNY"), actor=STAFF, idempotency_key="r")
    services.refund(collection_id=collection.pk, amount=Money(10000, "CNY"), actor=STAFF, idempotency_key="r")
    collection.refresh_from_db()
    assert collection.refunded_minor == 10000


def test_when_the_answer_is_lost_only_the_same_may_be_taken(page: CardPageProvider) -> None:
    collection = authorised(page)
    page.go_away()
    with pytest.raises(Exception, match="provider"):
        services.capture(collection_id=collection.pk, amount=Money(10000, "CNY"))
    page.come_back()
    with pytest.raises(IdempotencyConflict):
        services.capture(collection_id=collection.pk, amount=Money(9000, "CNY"))
    assert services.capture(collection_id=collection.pk, amount=Money(10000, "CNY")).captured_minor == 10000


def told(collection: PaymentCollection, kind: Any, minor: int = 12900, name: str = "") -> PaymentCollection:
    event = GatewayEvent(
        external_id=name or f"evt:{kind}",
        kind=kind,
        token=collection.attempts.get().token,
        amount=Money(minor, "CNY"),
        transaction_id="dp_1",
        error_code="fraudulent",
        respond_by=clock.now() + timedelta(days=7),
    )
    services.record_event(provider="sandbox_card", event=event)
    collection.refresh_from_db()
    return collection


def test_a_dispute_holds_the_money_until_it_is_decided(page: CardPageProvider) -> None:
    collection = told(paid(page), "disputed")
    assert (collection.disputed_minor, collection.charged_back_minor) == (12900, 0)
    with pytest.raises(RefundTooLarge):
        services.refund(collection_id=collection.pk, amount=Money(1, "CNY"), actor=STAFF, idempotency_key="r")
    dispute = Dispute.objects.get()
    assert (dispute.state, dispute.reason, dispute.amount_minor) == ("open", "fraudulent", 12900)
    assert dispute.respond_by is not None
    collection = told(collection, "dispute_won")
    assert (collection.disputed_minor, collection.charged_back_minor) == (0, 0)
    services.refund(collection_id=collection.pk, amount=Money(1, "CNY"), actor=STAFF, idempotency_key="r")
    assert [event["state"] for event in published("payments.disputed")] == ["open", "won"]


def test_a_lost_dispute_is_lost_however_it_is_told(page: CardPageProvider) -> None:
    collection = told(told(paid(page), "dispute_lost"), "disputed")
    assert (collection.disputed_minor, collection.charged_back_minor) == (0, 12900)
    with pytest.raises(RefundTooLarge):
        services.refund(collection_id=collection.pk, amount=Money(1, "CNY"), actor=STAFF, idempotency_key="r")
    [view] = selectors.payment_history(collection.pk).disputes
    assert view.state == "lost"


def test_what_was_paid_with_is_kept(page: CardPageProvider) -> None:
    collection = paid(page)
    event = GatewayEvent(
        external_id="details",
        kind="ignored",
        token=collection.attempts.get().token,
        details={"brand": "visa", "last4": "4242", "expiry": "12/2030"},
    )
    services.record_event(provider="sandbox_card", event=event)
    [attempt] = selectors.payment_history(collection.pk).attempts
    assert attempt.payer == "visa •••• 4242 12/2030"


def test_an_exchanged_secret_is_believed_for_a_week() -> None:
    for secret in ("one", "two", "two", "three"):
        services.save_gateway(code="sandbox_card", enabled=True, values={"secret": secret})
    reset_caches()
    assert config_of("sandbox_card").secrets("secret") == ("three", "two", "one")
    # A process that read them long ago believes them no longer than any other.
    with clock.frozen(clock.now() + timedelta(days=8)):
        assert config_of("sandbox_card").secrets("secret") == ("three",)


@pytest.fixture
def two_sets_of_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    card = gateways.get("sandbox_card")
    monkeypatch.setattr(type(card), "description", replace(card.description, has_test_mode=True, by_device=True))
    reset_caches()


@pytest.mark.usefixtures("two_sets_of_keys")
def test_an_attempt_keeps_the_keys_it_was_made_with(page: CardPageProvider) -> None:
    live = {**page.values(), "base_url": "http://127.0.0.1:9"}
    services.save_gateway(code="sandbox_card", enabled=True, values=live)
    services.save_gateway(code="sandbox_card", enabled=True, values=page.values(), for_test=True, test_mode=True)
    collection = opened()
    step = services.start(collection_id=collection.pk, idempotency_key="k")
    assert collection.attempts.get().test_mode
    services.save_gateway(code="sandbox_card", enabled=True, values=live, test_mode=False)
    page.pay(collection, step)
    services.return_from_gateway(token=collection.attempts.get().token)
    collection.refresh_from_db()
    assert collection.state == CollectionState.CAPTURED


@pytest.mark.usefixtures("two_sets_of_keys")
def test_a_message_signed_with_the_other_keys_is_believed(page: CardPageProvider) -> None:
    services.save_gateway(code="sandbox_card", enabled=True, values=page.values(), for_test=True, test_mode=True)
    collection = opened()
    page.pay(collection, services.start(collection_id=collection.pk, idempotency_key="k"))
    [(body, headers)] = page.messages(1)
    services.save_gateway(code="sandbox_card", enabled=True, values={"secret": "another"}, test_mode=False)
    assert services.receive_webhook(provider="sandbox_card", body=body, headers=headers)


@pytest.mark.usefixtures("two_sets_of_keys")
def test_another_device_gets_its_own_try_and_the_first_page_is_closed(page: CardPageProvider) -> None:
    services.save_gateway(code="sandbox_card", enabled=True, values=page.values())
    collection = opened()
    first = services.start(collection_id=collection.pk, idempotency_key="a", shopper=Shopper())
    second = services.start(collection_id=collection.pk, idempotency_key="b", shopper=Shopper(device="phone"))
    assert isinstance(second, Redirect)
    assert first != second
    assert not page.is_payable(first)
    assert page.is_payable(second)


@pytest.mark.parametrize(
    ("name", "device"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/142.0 Safari/537.36", "desktop"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 Mobile/15E148 Safari", "phone"),
        ("Mozilla/5.0 (Linux; Android 14; SM-X200) AppleWebKit/537.36 Chrome/142 Safari/537.36", "desktop"),
        ("Mozilla/5.0 (Linux; Android 14; PHK110) AppleWebKit Mobile MicroMessenger/8.0.50 NetType/WIFI", "wechat"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit MicroMessenger/7.0 WindowsWechat", "desktop"),
        ("", "desktop"),
    ],
)
def test_devices(name: str, device: str) -> None:
    assert device_of(name) == device
