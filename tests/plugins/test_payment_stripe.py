from __future__ import annotations

import itertools
import random
from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from duli.base.money import Money
from duli.commerce.payments import selectors, services
from duli.commerce.payments.configuration import config_of
from duli.commerce.payments.gateway import (
    Availability,
    ChecksConnection,
    Failed,
    GatewayRefused,
    IssuesBills,
    Redirect,
    gateways,
)
from duli.commerce.payments.models import Dispute, PaymentAttempt, PaymentCollection
from duli.commerce.payments.states import AttemptState, CollectionState, DisputeState, RefundState
from duli.platform.jobs import worker
from duli.platform.store.changes import reset_caches
from duli.plugins.payment_stripe.setup import EVENTS
from tests.plugins.gateway_conformance import AMOUNT, STAFF, ProviderConformance, published
from tests.plugins.stand_ins import of_type
from tests.plugins.stripe import KEY, StripeProvider
from tests.plugins_matrix import cell

pytestmark = pytest.mark.one_database


class TestCheckout(ProviderConformance):
    """Stripe's own page."""

    code = "stripe"

    @pytest.fixture
    def provider(self) -> StripeProvider:
        return StripeProvider()

    def values_for(self, provider: StripeProvider) -> Mapping[str, str]:  # type: ignore[override]
        return provider.values()

    def use(self, provider: StripeProvider, **settings: str) -> None:
        provider.settings = settings
        provider.come_back()

    def bought(self, provider: StripeProvider, card: str = "4242424242424242") -> PaymentCollection:
        provider.card = card
        return self.paid(provider)

    # The shopper

    def test_page_knows_order_amount_and_language(self, provider: StripeProvider) -> None:
        step = self.start(self.open())
        assert isinstance(step, Redirect)
        [session] = provider.store.all("checkout.session")
        assert (session["amount_total"], session["currency"], session["locale"]) == (12900, "cny", "zh")
        assert session["_lines"] == ["订单 1007"]
        assert session["payment_method_types"] == ["card"]

    def test_going_back_finds_the_same_page_again(self, provider: StripeProvider) -> None:
        collection = self.open()
        step = self.start(collection)
        assert isinstance(step, Redirect)
        self.come_back(collection)
        assert self.start(collection, "again") == step
        provider.pay(collection, step)
        self.come_back(collection)
        assert self.reload(collection).state == CollectionState.CAPTURED

    def test_another_card_after_a_refused_one(self, provider: StripeProvider) -> None:
        collection = self.open()
        step = self.start(collection)
        page = provider.post(step, test_card="4000000000009995")
        assert page.status_code == 402
        assert "余额不足" in page.text
        self.come_back(collection)
        assert collection.attempts.get().state == AttemptState.PENDING
        provider.pay(collection, step)
        self.come_back(collection)
        assert self.reload(collection).state == CollectionState.CAPTURED
        assert not published("payments.failed")

    @pytest.mark.parametrize("answer", ["approve", "deny"])
    def test_bank_asks_its_customer(self, provider: StripeProvider, answer: str) -> None:
        collection = self.open()
        step = self.start(collection)
        assert provider.post(step, test_card="4000000000003220").status_code == 200
        self.come_back(collection)
        assert self.reload(collection).state == CollectionState.OPEN
        provider.post(step, "/challenge", answer=answer)
        self.come_back(collection)
        expected = CollectionState.CAPTURED if answer == "approve" else CollectionState.OPEN
        assert self.reload(collection).state == expected

    @pytest.mark.parametrize("method", ["alipay", "wechat_pay", "apple_pay", "google_pay"])
    def test_other_ways_on_the_same_page(self, provider: StripeProvider, method: str) -> None:
        self.use(provider, alipay="yes", wechat_pay="yes", capture="manual")
        collection = self.open()
        step = self.start(collection)
        [session] = provider.store.all("checkout.session")
        assert session["payment_method_types"] == ["card", "alipay", "wechat_pay"]
        assert session["payment_method_options"]["wechat_pay"] == {"client": "web"}
        assert provider.post(step, method=method).status_code == 303
        self.come_back(collection)
        wallet = method in {"apple_pay", "google_pay"}
        # Only cards wait until staff take the money.
        expected = CollectionState.AUTHORISED if wallet else CollectionState.CAPTURED
        assert self.reload(collection).state == expected
        assert collection.attempts.get().details["method"] == method

    def test_currencies_that_wechat_pay_does_not_take(self, provider: StripeProvider) -> None:
        self.use(provider, alipay="yes", wechat_pay="yes")
        collection = services.open_collection(
            reference="order:9", amount=Money(900, "PLN"), method_code="stripe", return_url="/", language="en"
        )
        assert isinstance(self.start(collection), Redirect)
        assert provider.store.all("checkout.session")[0]["payment_method_types"] == ["card"]

    # What is kept of the card, and what is not

    def test_card_is_kept_by_its_last_digits(self, provider: StripeProvider) -> None:
        collection = self.bought(provider)
        assert collection.attempts.get().details == {
            "method": "card",
            "brand": "visa",
            "last4": "4242",
            "expiry": "12/34",
            "fingerprint": provider.store.all("charge")[0]["payment_method_details"]["card"]["fingerprint"],
        }

    def test_refused_card_is_noted_with_its_fingerprint(self) -> None:
        provider = StripeProvider(EVENTS)
        provider.come_back()
        collection = self.open()
        provider.post(self.start(collection), test_card="4000000000000002")
        for message in of_type(provider.outbox.take(), "charge.failed"):
            self.receive(message)
        self.reload(collection)
        event = collection.events.get()
        assert (event.kind, event.error_code) == ("ignored", "card_declined")
        assert event.details["fingerprint"]
        assert collection.state == CollectionState.OPEN

    # Repetition and disorder

    @pytest.mark.parametrize("seed", range(4))
    def test_all_messages_in_any_order_and_twice(self, seed: int) -> None:
        provider = StripeProvider(EVENTS)
        provider.come_back()
        collection = self.bought(provider)
        self.refund(collection, 2900, "r1")
        messages = provider.outbox.take() * 2
        random.Random(seed).shuffle(messages)
        for message in messages:
            self.receive(message)
            worker.drain()
        collection.refresh_from_db()
        assert (collection.captured_minor, collection.refunded_minor) == (12900, 2900)
        assert len(published("payments.captured")) == 1
        assert len(published("payments.refunded")) == 1

    def test_one_key_for_an_attempt_and_an_operation(self, provider: StripeProvider) -> None:
        collection = self.bought(provider)
        PaymentAttempt.objects.update(state=AttemptState.CREATED)
        PaymentCollection.objects.update(captured_minor=0, state=CollectionState.OPEN)
        self.start(collection, "again")
        assert len(provider.store.all("checkout.session")) == 1

    def test_other_words_under_the_same_key_find_what_the_first_made(self, provider: StripeProvider) -> None:
        collection = self.open()
        step = self.start(collection)
        PaymentAttempt.objects.update(state=AttemptState.CREATED, step=None, external_id="", next_poll_at=None)
        self.use(provider, alipay="yes")
        assert self.start(collection) == step
        assert len(provider.store.all("checkout.session")) == 1

    def test_answer_that_says_only_that_something_broke(self, provider: StripeProvider) -> None:
        provider.app.fail_after = 1
        collection = self.open()
        failed = self.start(collection)
        assert isinstance(failed, Failed)
        assert failed.retryable
        assert isinstance(self.start(collection), Redirect)
        assert len(provider.store.all("checkout.session")) == 1

    def test_refund_whose_answer_broke(self, provider: StripeProvider) -> None:
        collection = self.bought(provider)
        provider.app.fail_after = 1
        refund = self.refund(collection, 900, "r1")
        assert refund.state == RefundState.REQUESTED
        assert services.carry_out_refund(refund_id=refund.pk).state == RefundState.SUCCEEDED
        assert [entry["amount"] for entry in provider.store.all("refund")] == [900]

    def test_closing_what_never_arrived(self, provider: StripeProvider) -> None:
        collection = self.open()
        provider.go_away()
        self.start(collection)
        provider.come_back()
        services.void(collection_id=collection.pk, actor=STAFF)
        assert self.reload(collection).state == CollectionState.CLOSED

    def test_closing_what_arrived_without_our_hearing_of_it(self, provider: StripeProvider) -> None:
        collection = self.open()
        step = self.start(collection)
        PaymentAttempt.objects.update(state=AttemptState.CREATED, step=None, external_id="", next_poll_at=None)
        services.void(collection_id=collection.pk, actor=STAFF)
        assert not provider.is_payable(step)

    # Taking the money later

    @pytest.mark.parametrize(("minor", "taken"), [(None, 12900), (9900, 9900)])
    def test_authorise_now_capture_later(self, provider: StripeProvider, minor: int | None, taken: int) -> None:
        self.use(provider, capture="manual")
        collection = self.open()
        provider.pay(collection, self.start(collection))
        [message] = provider.messages(1)
        self.receive(message)
        self.come_back(collection)
        assert self.reload(collection).state == CollectionState.AUTHORISED
        amount = Money(minor, "CNY") if minor else None
        for _ in range(2):
            collection = (
                services.capture(collection_id=collection.pk, amount=amount if not _ else None) if not _ else collection
            )
        assert collection.captured_minor == taken
        assert provider.store.all("payment_intent")[0]["amount_received"] == taken
        assert len(published("payments.captured")) == 1

    def test_authorisation_is_released(self, provider: StripeProvider) -> None:
        self.use(provider, capture="manual")
        collection = self.open()
        provider.pay(collection, self.start(collection))
        self.come_back(collection)
        services.void(collection_id=collection.pk, actor=STAFF)
        assert self.reload(collection).state == CollectionState.CLOSED
        assert provider.store.all("payment_intent")[0]["status"] == "canceled"

    # Money that goes back

    @cell("refund failure")
    def test_refund_that_fails_after_it_was_done(self, provider: StripeProvider) -> None:
        collection = self.bought(provider, "4000000000005126")
        refund = self.refund(collection, 2900, "r1")
        assert refund.state == RefundState.SUCCEEDED
        provider.outbox.take()
        provider.settle()
        for message in provider.messages(1):
            self.receive(message)
        assert self.reload(collection).refunded_minor == 0
        refund.refresh_from_db()
        assert refund.state == RefundState.FAILED
        assert collection.state == CollectionState.CAPTURED

    @pytest.mark.parametrize("told", [True, False], ids=["message", "poll"])
    def test_refund_that_takes_its_time(self, provider: StripeProvider, told: bool) -> None:
        collection = self.bought(provider, "4000000000007726")
        refund = self.refund(collection, 2900, "r1")
        assert refund.state == RefundState.PENDING
        provider.outbox.take()
        provider.settle()
        for message in provider.messages(1):
            if told:
                self.receive(message)
        services.poll_attempt(attempt_id=collection.attempts.get().pk)
        assert self.reload(collection).refunded_minor == 2900
        refund.refresh_from_db()
        assert refund.state == RefundState.SUCCEEDED

    def test_refund_made_at_stripe_by_hand(self, provider: StripeProvider) -> None:
        collection = self.bought(provider)
        provider.outbox.take()
        intent = provider.store.all("payment_intent")[0]["id"]
        provider.ledger.refund({"payment_intent": intent, "amount": "500"}, livemode=True)
        [message] = provider.messages(1)
        self.receive(message)
        assert self.reload(collection).refunded_minor == 500

    @pytest.mark.parametrize("won", [True, False])
    def test_dispute(self, provider: StripeProvider, won: bool) -> None:
        collection = self.bought(provider, "4000000000000259")
        [_, opened] = provider.messages(2)
        self.receive(opened)
        self.reload(collection)
        dispute = Dispute.objects.get()
        due = provider.store.all("dispute")[0]["evidence_details"]["due_by"]
        assert (dispute.state, dispute.reason, dispute.amount_minor) == (DisputeState.OPEN, "fraudulent", 12900)
        assert dispute.respond_by == datetime.fromtimestamp(due, UTC)
        provider.ledger.close_dispute(dispute.external_id, won=won)
        [closed] = provider.messages(1)
        self.receive(closed)
        self.receive(opened)
        self.reload(collection)
        dispute.refresh_from_db()
        assert dispute.state == (DisputeState.WON if won else DisputeState.LOST)
        assert collection.charged_back_minor == (0 if won else 12900)

    def test_inquiry_holds_no_money_until_it_becomes_a_claim(self) -> None:
        provider = StripeProvider(EVENTS)
        provider.come_back()
        collection = self.bought(provider, "4000000000001976")
        [asked] = of_type(provider.outbox.take(), "charge.dispute.created")
        self.receive(asked)
        self.reload(collection)
        dispute = Dispute.objects.get()
        assert (dispute.state, collection.disputed_minor) == (DisputeState.INQUIRY, 0)
        assert self.refund(collection, 900, "r1").state == RefundState.SUCCEEDED
        provider.outbox.take()
        provider.ledger.escalate(dispute.external_id)
        [claimed] = of_type(provider.outbox.take(), "charge.dispute.updated")
        for message in (claimed, asked):
            self.receive(message)
        self.reload(collection)
        dispute.refresh_from_db()
        assert (dispute.state, collection.disputed_minor) == (DisputeState.OPEN, 12900)

    def test_bill_names_refunds_that_came_back(self, provider: StripeProvider) -> None:
        collection = self.bought(provider, "4000000000005126")
        refund = self.refund(collection, 2900, "r1")
        provider.settle()
        gateway = gateways.get("stripe")
        assert isinstance(gateway, IssuesBills)
        days = {
            datetime.fromtimestamp(entry["created"], UTC).date() for entry in provider.store.all("balance_transaction")
        }
        lines = [line for day in sorted(days) for line in gateway.bill(day, config_of("stripe"))]
        back = [(line.kind, line.token, line.transaction_id) for line in lines if line.kind != "captured"]
        assert sorted(back) == [(kind, refund.token, refund.external_id) for kind in ("refund_failed", "refunded")]

    # Setting it up

    def test_connection(self, provider: StripeProvider) -> None:
        gateway = gateways.get("stripe")
        assert isinstance(gateway, ChecksConnection)
        assert gateway.check(config_of("stripe")) == "Practice shop (acct_practice)"
        services.save_gateway(code="stripe", enabled=True, values={"secret_key": "sk_live_wrong"})
        reset_caches()
        with pytest.raises(GatewayRefused) as refused:
            gateway.check(config_of("stripe"))
        assert "Invalid API Key" in refused.value.detail
        services.save_gateway(code="stripe", enabled=True, values={"secret_key": "sk_test_shop"})
        reset_caches()
        with pytest.raises(GatewayRefused) as refused:
            gateway.check(config_of("stripe"))
        assert refused.value.reason == "wrong_mode"

    def test_wrong_key_says_nothing_of_itself_to_shoppers(self, provider: StripeProvider) -> None:
        services.save_gateway(code="stripe", enabled=True, values={"secret_key": "sk_live_wrong"})
        reset_caches()
        failed = self.start(self.open())
        assert isinstance(failed, Failed)
        assert "sk_" not in failed.message

    def test_test_mode_has_keys_and_money_of_its_own(self, provider: StripeProvider) -> None:
        values = {**provider.values(), "secret_key": "sk_test_shop"}
        services.save_gateway(code="stripe", enabled=True, values=values, for_test=True, test_mode=True)
        collection = self.open()
        provider.pay(collection, self.start(collection))
        [session] = provider.store.all("checkout.session")
        assert session["livemode"] is False
        [message] = provider.messages(1)
        self.receive(message)
        assert self.reload(collection).state == CollectionState.CAPTURED
        assert collection.attempts.get().test_mode

    def test_daily_bill(self, provider: StripeProvider) -> None:
        collection = self.bought(provider)
        refund = self.refund(collection, 2900, "r1")
        gateway = gateways.get("stripe")
        assert isinstance(gateway, IssuesBills)
        today = datetime.fromtimestamp(provider.store.clock(), UTC).date()
        lines = list(gateway.bill(today, config_of("stripe")))
        assert [(line.kind, line.token, line.amount) for line in lines] == [
            ("refunded", refund.token, Money(2900, "CNY")),
            ("captured", collection.attempts.get().token, AMOUNT),
        ]
        assert lines[1].fee == Money(417, "CNY")
        assert lines[1].transaction_id == provider.store.all("payment_intent")[0]["id"]
        assert not list(gateway.bill(datetime(2020, 1, 1).date(), config_of("stripe")))

    def test_long_lists_are_read_to_the_end(self, provider: StripeProvider) -> None:
        collection = self.open()
        step = self.start(collection)
        [session] = provider.store.all("checkout.session")
        for number in range(103):
            provider.store.put(
                "checkout.session", {**session, "id": f"cs_{number}", "client_reference_id": "other", "metadata": {}}
            )
        PaymentAttempt.objects.update(state=AttemptState.CREATED, step=None, external_id="", next_poll_at=None)
        self.use(provider, alipay="yes")
        assert self.start(collection) == step

    @pytest.mark.parametrize(
        ("amount", "offered"),
        [
            (Money(0, "CNY"), False),
            (Money(1000, "JPY"), True),
            (Money(1230, "KWD"), True),
            (Money(1234, "KWD"), False),
            (Money(500, "ISK"), True),
        ],
    )
    def test_amounts_that_can_be_charged(self, amount: Money, offered: bool) -> None:
        assert gateways.get("stripe").available(Availability(amount, "CN"), config_of("stripe")) is offered

    def test_key_is_sealed(self) -> None:
        form = next(form for form in selectors.gateway_forms("en") if form.code == "stripe")
        assert form.secrets_set == {"secret_key", "webhook_secret"}
        assert KEY not in str(form)


def test_every_event_that_is_asked_for_is_in_the_guide() -> None:
    guide = " ".join(str(step) for step in gateways.get("stripe").description.guide)
    last = {name.rsplit(".", 1)[-1] for name in EVENTS}
    assert not {name for name in itertools.chain(last) if name not in guide}
