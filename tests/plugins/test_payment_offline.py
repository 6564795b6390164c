from __future__ import annotations

from datetime import timedelta

import pytest

from duli.base.money import Money
from duli.commerce.payments import selectors, services
from duli.commerce.payments.gateway import Instructions, Step
from duli.commerce.payments.models import PaymentCollection
from duli.commerce.payments.references import transfer_reference
from duli.commerce.payments.rules import MethodRules
from duli.commerce.payments.states import AttemptState, CollectionState
from duli.commerce.payments.types import (
    AlreadyGivenBack,
    IdempotencyConflict,
    NotReceived,
    UnknownMethod,
    WrongCurrency,
)
from duli.platform.store.changes import reset_caches
from tests.plugins.gateway_conformance import AMOUNT, STAFF, GatewayConformance, published
from tests.plugins_matrix import cell

ACCOUNTS = """开户行：招商银行上海分行
户名: 独立商店
账号: 6225 0000 1111
[USD]
Bank: First Bank
IBAN: DE89 3704 0044 0532 0130 00"""


class Staff:
    """The people who see that money has come."""

    def pay(self, collection: PaymentCollection, step: Step) -> None:
        services.mark_received(collection_id=collection.pk, amount=AMOUNT, actor=STAFF, idempotency_key="m1")


class _ByHand(GatewayConformance):
    @pytest.fixture
    def provider(self) -> Staff:
        return Staff()

    @cell("late", "duplicate")
    def test_money_after_closing_is_late_not_lost_and_counts_once(self, provider: Staff) -> None:
        collection = self.open()
        step = self.start(collection)
        services.void(collection_id=collection.pk, actor=STAFF)
        for _ in range(2):
            provider.pay(collection, step)
        collection.refresh_from_db()
        assert collection.captured_minor == AMOUNT.minor
        [event] = published("payments.captured")
        assert event["late"]


class TestBankTransfer(_ByHand):
    code = "bank_transfer"
    values = {"accounts": ACCOUNTS}

    def test_instructions_name_account_amount_and_reference(self) -> None:
        collection = self.open()
        step = self.start(collection)
        assert isinstance(step, Instructions)
        lines = [value for _, value in step.lines]
        assert lines == ["招商银行上海分行", "独立商店", "6225 0000 1111", "¥129.00", transfer_reference(collection.pk)]

    def test_account_by_currency(self) -> None:
        collection = services.open_collection(
            reference="order:8", amount=Money(500, "USD"), method_code=self.code, return_url="/", language="en"
        )
        step = self.start(collection)
        assert isinstance(step, Instructions)
        assert step.lines[1] == ("IBAN", "DE89 3704 0044 0532 0130 00")

    @cell("abandon")
    def test_waits_as_long_as_the_merchant_says(self) -> None:
        assert selectors.hold_for(self.code) == timedelta(days=7)
        services.save_gateway(code=self.code, enabled=True, values={"accounts": ACCOUNTS, "hold_days": "3"})
        reset_caches()
        assert selectors.hold_for(self.code) == timedelta(days=3)

    @cell("duplicate", "amount mismatch")
    def test_paid_in_two_parts(self) -> None:
        collection = self.open()
        self.start(collection)
        part = {"collection_id": collection.pk, "actor": STAFF}
        services.mark_received(amount=Money(2900, "CNY"), idempotency_key="a", **part)
        collection = services.mark_received(amount=Money(2900, "CNY"), idempotency_key="a", **part)
        assert (collection.captured_minor, collection.state) == (2900, CollectionState.PARTLY_CAPTURED)
        with pytest.raises(IdempotencyConflict):
            services.mark_received(amount=Money(2901, "CNY"), idempotency_key="a", **part)
        collection = services.mark_received(amount=Money(10000, "CNY"), idempotency_key="b", **part)
        assert collection.state == CollectionState.CAPTURED
        assert collection.attempts.get().state == AttemptState.CAPTURED
        assert [event["captured_minor"] for event in published("payments.captured")] == [2900, 12900]

    @cell("amount mismatch")
    def test_overpaid_needs_a_person_until_the_rest_went_back(self) -> None:
        collection = self.open()
        services.mark_received(
            collection_id=collection.pk, amount=Money(13000, "CNY"), actor=STAFF, idempotency_key="a"
        )
        collection.refresh_from_db()
        assert collection.state == CollectionState.REVIEW
        assert published("payments.needs_review")[0]["reason"] == "overpaid"
        self.refund(collection, 100, "r1")
        collection.refresh_from_db()
        assert collection.state == CollectionState.CAPTURED

    def receive(self, collection: PaymentCollection, minor: int, key: str) -> PaymentCollection:
        return services.mark_received(
            collection_id=collection.pk, amount=Money(minor, "CNY"), actor=STAFF, idempotency_key=key
        )

    def test_money_of_another_is_taken_off_again(self) -> None:
        collection = self.open()
        self.start(collection)
        self.receive(collection, 12900, "a")
        for _ in range(2):
            collection = services.take_off(collection_id=collection.pk, idempotency_key="a", actor=STAFF, note="wrong")
        assert (collection.captured_minor, collection.state) == (0, CollectionState.OPEN)
        assert [event["captured_minor"] for event in published("payments.restated")] == [0]
        assert list(collection.events.values_list("kind", "note")) == [("captured", ""), ("reversed", "wrong")]
        step = selectors.current_step(collection.pk)
        assert isinstance(step, Instructions)
        assert step.lines[-1] == ("转账附言", transfer_reference(collection.pk))
        collection = self.receive(collection, 12900, "b")
        assert collection.state == CollectionState.CAPTURED
        assert [attempt.state for attempt in collection.attempts.all()] == [AttemptState.CLOSED, AttemptState.CAPTURED]

    def test_of_two_parts_one_is_taken_off(self) -> None:
        collection = self.open()
        self.start(collection)
        self.receive(collection, 2900, "a")
        self.receive(collection, 10000, "b")
        collection = services.take_off(collection_id=collection.pk, idempotency_key="a", actor=STAFF)
        assert (collection.captured_minor, collection.state) == (10000, CollectionState.PARTLY_CAPTURED)
        step = self.start(collection, "again")
        assert isinstance(step, Instructions)
        assert "¥29.00" in [value for _, value in step.lines]

    def test_what_went_back_cannot_be_taken_off(self) -> None:
        collection = self.open()
        self.receive(collection, 12900, "a")
        self.refund(collection, 100, "r1")
        with pytest.raises(AlreadyGivenBack):
            services.take_off(collection_id=collection.pk, idempotency_key="a", actor=STAFF)
        collection.refresh_from_db()
        assert (collection.captured_minor, collection.refunded_minor) == (12900, 100)
        with pytest.raises(NotReceived):
            services.take_off(collection_id=collection.pk, idempotency_key="never", actor=STAFF)

    def test_other_currency_is_refused(self) -> None:
        collection = self.open()
        with pytest.raises(WrongCurrency):
            services.mark_received(
                collection_id=collection.pk, amount=Money(12900, "USD"), actor=STAFF, idempotency_key="a"
            )


class TestCashOnDelivery(_ByHand):
    code = "cash_on_delivery"

    @cell("abandon", "amount mismatch")
    def test_refused_at_the_door_or_paid_in_part(self) -> None:
        refused, part = self.open(), self.open("order:8")
        self.start(refused)
        services.void(collection_id=refused.pk, actor=STAFF)
        refused.refresh_from_db()
        assert (refused.state, refused.captured_minor) == (CollectionState.CLOSED, 0)
        services.mark_received(collection_id=part.pk, amount=Money(100, "CNY"), actor=STAFF, idempotency_key="a")
        part.refresh_from_db()
        assert part.state == CollectionState.PARTLY_CAPTURED

    def test_only_where_the_merchant_delivers(self) -> None:
        services.save_gateway(code=self.code, enabled=True, values={}, rules=MethodRules(countries=("CN", "MY")))

        def offered(country: str) -> list[str]:
            views = selectors.methods_for(currency="CNY", country=country, amount=AMOUNT, language="en")
            return [view.code for view in views]

        assert offered("cn") == offered("MY") == [self.code]
        assert offered("DE") == []

    def test_ships_before_it_is_paid(self) -> None:
        view = selectors.method(code=self.code, language="en")
        assert view is not None
        assert view.settles_on_delivery
        assert selectors.hold_for(self.code) is None

    def test_switched_off_is_not_sold(self) -> None:
        services.save_gateway(code=self.code, enabled=False, values={})
        with pytest.raises(UnknownMethod):
            self.open("order:9")
