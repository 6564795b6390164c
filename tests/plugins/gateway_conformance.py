"""What every payment gateway must do. A plugin's test subclasses one of the two classes.

`GatewayConformance` is for all of them, `ProviderConformance` adds what only gateways with somebody at the
other end can do. The other end is a real stand-in on a loopback port, driven through `Provider`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, Protocol

import pytest

from duli.base import clock
from duli.base.money import Money
from duli.commerce.payments import selectors, services
from duli.commerce.payments.gateway import Failed, InvalidSignature, Settled, Step, gateways
from duli.commerce.payments.models import PaymentAttempt, PaymentCollection, PaymentEvent, Refund
from duli.commerce.payments.states import AttemptState, CollectionState, RefundState
from duli.commerce.payments.types import CollectionClosed, RefundTooLarge
from duli.platform.events.models import Event
from duli.platform.jobs import worker
from tests.plugins_matrix import cell

STAFF = "user:1"
AMOUNT = Money(12900, "CNY")
Message = tuple[bytes, Mapping[str, str]]
Movement = tuple[str, str, int]


class Provider(Protocol):
    """The other end, as a test moves it. `step` is what the shop told the shopper to do."""

    def pay(self, collection: PaymentCollection, step: Step) -> None: ...


class HostedProvider(Provider, Protocol):
    """`messages` returns what it has sent since the last time, in order, waiting for `count` of them.

    `books` are its own: ("captured" or "refunded", token of the attempt or refund, minor units) for each movement.
    `offset` moves its clock forward, in seconds.
    """

    offset: float

    def books(self) -> list[Movement]: ...
    def decline(self, step: Step) -> None: ...
    def abandon(self, step: Step) -> None: ...
    def pay_slowly(self, step: Step) -> None: ...
    def settle(self) -> None: ...
    def messages(self, count: int) -> list[Message]: ...
    def signed(self, message: Message, **changes: Any) -> Message: ...
    def stale(self, message: Message) -> Message: ...
    def is_payable(self, step: Step) -> bool: ...
    def go_away(self) -> None: ...
    def come_back(self) -> None: ...


def published(name: str) -> list[Mapping[str, Any]]:
    """Return the data of all events of that name, oldest first."""
    return list(Event.objects.filter(name=name).order_by("pk").values_list("data", flat=True))


class GatewayConformance:
    code: str
    values: Mapping[str, Any] = {}

    def values_for(self, provider: Provider) -> Mapping[str, Any]:
        """Return what the merchant sets up to reach `provider`."""
        return self.values

    @pytest.fixture
    def provider(self) -> Provider:
        raise NotImplementedError

    @pytest.fixture(autouse=True)
    def _method_on_sale(self, db: None, provider: Provider) -> None:
        services.save_gateway(code=self.code, enabled=True, values=self.values_for(provider))

    def open(self, reference: str = "order:7") -> PaymentCollection:
        return services.open_collection(
            reference=reference,
            amount=AMOUNT,
            method_code=self.code,
            return_url="/orders/abc",
            language="zh-hans",
            label="1007",
        )

    def start(self, collection: PaymentCollection, key: str = "k1") -> Step:
        return services.start(collection_id=collection.pk, idempotency_key=key)

    def paid(self, provider: Provider) -> PaymentCollection:
        collection = self.open()
        provider.pay(collection, self.start(collection))
        self.hear(collection)
        worker.drain()
        collection.refresh_from_db()
        assert collection.state == CollectionState.CAPTURED
        return collection

    def hear(self, collection: PaymentCollection) -> None:
        """Let the shop learn that the shopper paid."""

    def refund(self, collection: PaymentCollection, minor: int, key: str) -> Refund:
        return services.refund(
            collection_id=collection.pk, amount=Money(minor, "CNY"), actor=STAFF, idempotency_key=key, reason="returned"
        )

    def test_is_offered(self) -> None:
        [view] = selectors.methods_for(currency="CNY", country="CN", amount=AMOUNT, language="en")
        assert view.code == self.code
        assert view.name
        assert view.description

    def test_repeated_start_gives_the_same_step_and_one_attempt(self) -> None:
        collection = self.open()
        first = self.start(collection)
        assert not isinstance(first, Failed)
        assert self.start(collection) == first
        assert self.start(collection, "another page") == first
        assert selectors.current_step(collection.pk) == first
        assert collection.attempts.count() == 1

    @cell("success")
    def test_success(self, provider: Provider) -> None:
        collection = self.paid(provider)
        assert collection.captured_minor == AMOUNT.minor
        assert collection.attempts.get().state == AttemptState.CAPTURED
        assert self.start(collection, "again") == Settled()
        [event] = published("payments.captured")
        assert event["captured_minor"] == AMOUNT.minor
        assert not event["late"]

    def test_killed_between_call_and_answer(self, provider: Provider) -> None:
        collection = self.open()
        step = self.start(collection)
        PaymentAttempt.objects.update(state=AttemptState.CREATED, step=None, external_id="", next_poll_at=None)
        assert self.start(collection, "after the crash") == step
        assert collection.attempts.count() == 1

    @cell("refund", "partial refund")
    def test_refund_in_parts_and_not_more_than_was_paid(self, provider: Provider) -> None:
        collection = self.paid(provider)
        part = self.refund(collection, 2900, "r1")
        assert part.state == RefundState.SUCCEEDED
        assert self.refund(collection, 2900, "r1").pk == part.pk
        collection.refresh_from_db()
        assert (collection.refunded_minor, collection.state) == (2900, CollectionState.PARTLY_REFUNDED)
        with pytest.raises(RefundTooLarge):
            self.refund(collection, 10001, "r2")
        self.refund(collection, 10000, "r3")
        worker.drain()
        collection.refresh_from_db()
        assert (collection.refunded_minor, collection.state) == (AMOUNT.minor, CollectionState.REFUNDED)
        assert [event["refunded_minor"] for event in published("payments.refunded")] == [2900, AMOUNT.minor]
        with pytest.raises(RefundTooLarge):
            self.refund(collection, 1, "r4")

    def test_closed_for_good(self) -> None:
        collection = self.open()
        self.start(collection)
        services.void(collection_id=collection.pk, actor=STAFF)
        services.void(collection_id=collection.pk, actor=STAFF)
        collection.refresh_from_db()
        assert collection.state == CollectionState.CLOSED
        assert collection.attempts.get().state == AttemptState.CLOSED
        with pytest.raises(CollectionClosed):
            self.start(collection, "k2")

    @cell("forged")
    def test_stranger_cannot_send_messages(self) -> None:
        with pytest.raises(InvalidSignature):
            services.receive_webhook(provider=self.code, body=b"{}", headers={})
        assert not PaymentEvent.objects.exists()

    def test_describes_itself(self) -> None:
        description = gateways.get(self.code).description
        names = [field.name for field in description.fields]
        assert len(names) == len(set(names))


class ProviderConformance(GatewayConformance):
    @pytest.fixture
    def provider(self) -> HostedProvider:
        raise NotImplementedError

    # Whether a payment can begin while the provider is away, since its address is only signed.
    starts_alone = False

    @pytest.fixture(autouse=True)
    def _books_agree(self, _method_on_sale: None, provider: HostedProvider) -> Iterator[None]:
        """Whatever a test did: the provider has charged nobody twice, and nothing that was not asked for here."""
        yield
        charged: dict[int, int] = {}
        attempts = dict(PaymentAttempt.objects.values_list("token", "collection_id"))
        refunds = set(Refund.objects.values_list("token", flat=True))
        for kind, token, minor in provider.books():
            assert token in attempts or (kind == "refunded" and token in refunds), "paid without an order"
            if kind == "captured":
                charged[attempts[token]] = charged.get(attempts[token], 0) + minor
        for collection_id, minor in charged.items():
            assert minor <= PaymentCollection.objects.get(pk=collection_id).amount_minor, "charged twice"

    def receive(self, message: Message) -> int:
        return services.receive_webhook(provider=self.code, body=message[0], headers=message[1])

    def hear(self, collection: PaymentCollection) -> None:
        self.come_back(collection)

    def forgeries(self, provider: HostedProvider, message: Message) -> list[Message]:
        """Return what looks like the message and must not be believed."""
        body, headers = message
        return [(body.replace(b"12900", b"12901"), headers), (body, {}), provider.stale(message)]

    def reload(self, collection: PaymentCollection) -> PaymentCollection:
        worker.drain()
        collection.refresh_from_db()
        return collection

    def come_back(self, collection: PaymentCollection) -> None:
        token = collection.attempts.latest("pk").token
        assert services.return_from_gateway(token=token) == "/orders/abc"

    @cell("decline")
    def test_decline_then_another_try(self, provider: HostedProvider) -> None:
        collection = self.open()
        provider.decline(self.start(collection))
        [message] = provider.messages(1)
        self.receive(message)
        assert self.reload(collection).state == CollectionState.OPEN
        [event] = published("payments.failed")
        assert event["error_code"]
        assert isinstance(selectors.current_step(collection.pk), Failed)
        assert isinstance(self.start(collection), Failed)
        step = self.start(collection, "new try")
        provider.pay(collection, step)
        self.come_back(collection)
        assert self.reload(collection).state == CollectionState.CAPTURED
        assert collection.attempts.count() == 2

    @cell("abandon")
    def test_abandoned(self, provider: HostedProvider) -> None:
        collection = self.open()
        provider.abandon(self.start(collection))
        self.come_back(collection)
        assert self.reload(collection).state == CollectionState.OPEN
        assert collection.attempts.get().state == AttemptState.CLOSED
        assert isinstance(selectors.current_step(collection.pk), Failed)
        assert not isinstance(self.start(collection, "new try"), Failed)

    @cell("late")
    def test_late_message(self, provider: HostedProvider) -> None:
        collection = self.open()
        provider.pay_slowly(self.start(collection))
        self.come_back(collection)
        assert self.reload(collection).state == CollectionState.OPEN
        provider.settle()
        [message] = provider.messages(1)
        self.receive(message)
        assert self.reload(collection).state == CollectionState.CAPTURED

    def test_message_never_comes_but_the_shopper_does(self, provider: HostedProvider) -> None:
        collection = self.open()
        provider.pay(collection, self.start(collection))
        self.come_back(collection)
        assert self.reload(collection).state == CollectionState.CAPTURED

    def test_neither_message_nor_shopper_comes_back(self, provider: HostedProvider) -> None:
        collection = self.open()
        provider.pay(collection, self.start(collection))
        services.poll_attempt(attempt_id=collection.attempts.get().pk)
        assert self.reload(collection).state == CollectionState.CAPTURED
        assert collection.attempts.get().next_poll_at is None

    @cell("duplicate")
    def test_told_five_times_counts_once(self, provider: HostedProvider) -> None:
        collection = self.open()
        provider.pay(collection, self.start(collection))
        [message] = provider.messages(1)
        assert len({self.receive(message) for _ in range(5)}) == 1
        self.come_back(collection)
        services.poll_attempt(attempt_id=collection.attempts.get().pk)
        assert self.reload(collection).captured_minor == AMOUNT.minor
        assert len(published("payments.captured")) == 1
        assert collection.state == CollectionState.CAPTURED

    @cell("reordered")
    def test_refund_told_before_the_payment(self, provider: HostedProvider) -> None:
        collection = self.paid(provider)
        self.refund(collection, 900, "r1")
        messages = provider.messages(2)
        PaymentEvent.objects.all().delete()
        PaymentCollection.objects.update(
            captured_minor=0, refunded_minor=0, authorised_minor=0, state=CollectionState.OPEN
        )
        for message in reversed(messages):
            self.receive(message)
            worker.drain()
        collection.refresh_from_db()
        assert (collection.captured_minor, collection.refunded_minor) == (AMOUNT.minor, 900)

    @cell("forged")
    def test_forged_and_stale_messages(self, provider: HostedProvider) -> None:
        collection = self.open()
        provider.pay(collection, self.start(collection))
        [(body, headers)] = provider.messages(1)
        spoilt = [(body + b" ", headers), (b"", headers), (b"\xff\xfe", headers)]
        for forged in [*spoilt, *self.forgeries(provider, (body, headers))]:
            with pytest.raises(InvalidSignature):
                self.receive(forged)
        assert not PaymentEvent.objects.exists()
        assert self.reload(collection).state == CollectionState.OPEN

    @cell("amount mismatch")
    @pytest.mark.parametrize(
        "changes",
        [{"amount": 1}, {"amount": 12901}, {"currency": "USD"}, {"merchant": "somebody-else"}],
        ids=["less", "more", "currency", "merchant"],
    )
    def test_money_that_does_not_fit_needs_a_person(self, provider: HostedProvider, changes: Mapping[str, Any]) -> None:
        collection = self.open()
        provider.pay(collection, self.start(collection))
        [message] = provider.messages(1)
        self.receive(provider.signed(message, **changes))
        assert self.reload(collection).state == CollectionState.REVIEW
        assert collection.captured_minor == 0
        assert not published("payments.captured")
        assert len(published("payments.needs_review")) == 1
        step = self.start(collection, "again")
        assert isinstance(step, Failed)
        assert not step.retryable

    def test_message_about_nothing_we_know(self, provider: HostedProvider) -> None:
        collection = self.open()
        provider.pay(collection, self.start(collection))
        [message] = provider.messages(1)
        self.receive(provider.signed(message, reference="nobody"))
        assert self.reload(collection).state == CollectionState.OPEN
        assert [event.problem for event in selectors.unresolved_events()] == ["unknown_attempt"]

    @cell("provider down")
    def test_provider_down_then_up(self, provider: HostedProvider) -> None:
        collection = self.open()
        provider.go_away()
        step = self.start(collection)
        assert isinstance(step, Failed)
        assert step.retryable
        provider.come_back()
        assert not isinstance(self.start(collection), Failed)
        assert collection.attempts.count() == 1

    @cell("provider down")
    def test_provider_down_for_ten_minutes(self, provider: HostedProvider) -> None:
        """One shopper pays just as the provider falls silent, another comes meanwhile; afterwards both are right."""
        paid, later = self.open(), self.open("order:8")
        provider.pay(paid, self.start(paid))
        provider.go_away()
        self.come_back(paid)
        begin, offset = clock.now(), provider.offset
        for minutes in (1, 6, 10):
            with self.later(provider, begin, offset, minutes):
                step = self.start(later)
                assert isinstance(step, Failed) is not self.starts_alone
        assert paid.attempts.get().state == AttemptState.PENDING
        with self.later(provider, begin, offset, 16, is_back=True):
            assert not isinstance(self.start(later), Failed)
        assert self.reload(paid).captured_minor == AMOUNT.minor
        assert len(published("payments.captured")) == 1
        assert later.attempts.count() == 1
        assert not published("payments.failed")

    @contextmanager
    def later(
        self, provider: HostedProvider, begin: datetime, offset: float, minutes: int, *, is_back: bool = False
    ) -> Iterator[None]:
        """Move both clocks to so many minutes after `begin`, ask whoever is due, and stay there."""
        provider.offset = offset + minutes * 60
        with clock.frozen(begin + timedelta(minutes=minutes)):
            if is_back:
                provider.come_back()
            services.poll_due()
            worker.drain()
            yield

    @cell("provider down")
    def test_provider_down_while_money_goes_back(self, provider: HostedProvider) -> None:
        collection = self.paid(provider)
        provider.go_away()
        refund = self.refund(collection, 500, "r1")
        assert refund.state == RefundState.REQUESTED
        with pytest.raises(RefundTooLarge):
            self.refund(collection, AMOUNT.minor, "r2")
        provider.come_back()
        for _ in range(2):
            refund = services.carry_out_refund(refund_id=refund.pk)
        assert refund.state == RefundState.SUCCEEDED
        assert self.reload(collection).refunded_minor == 500

    @cell("late")
    def test_money_after_closing_is_late_not_lost(self, provider: HostedProvider) -> None:
        collection = self.open()
        step = self.start(collection)
        PaymentCollection.objects.update(closed_at=collection.created_at, state=CollectionState.CLOSED)
        provider.pay(collection, step)
        [message] = provider.messages(1)
        self.receive(message)
        assert self.reload(collection).captured_minor == AMOUNT.minor
        [event] = published("payments.captured")
        assert event["late"]

    def test_paid_while_closing(self, provider: HostedProvider) -> None:
        collection = self.open()
        provider.pay(collection, self.start(collection))
        services.void(collection_id=collection.pk, actor=STAFF)
        assert self.reload(collection).captured_minor == AMOUNT.minor
        assert published("payments.captured")[0]["late"]

    def test_closing_makes_the_page_unpayable(self, provider: HostedProvider) -> None:
        collection = self.open()
        step = self.start(collection)
        assert provider.is_payable(step)
        services.void(collection_id=collection.pk, actor=STAFF)
        assert not provider.is_payable(step)

    def test_money_by_hand_closes_what_is_open(self, provider: HostedProvider) -> None:
        collection = self.open()
        step = self.start(collection)
        services.mark_received(collection_id=collection.pk, amount=AMOUNT, actor=STAFF, idempotency_key="m1")
        assert self.reload(collection).state == CollectionState.CAPTURED
        assert not provider.is_payable(step)
