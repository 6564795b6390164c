from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta

import pytest

from duli.base import clock
from duli.base.money import Money
from duli.commerce.payments import services
from duli.commerce.payments.configuration import config_of
from duli.commerce.payments.gateway import (
    Availability,
    ChecksConnection,
    Failed,
    GatewayRefused,
    GatewayUnavailable,
    InvalidSignature,
    Redirect,
    gateways,
)
from duli.commerce.payments.models import Dispute, PaymentAttempt, PaymentEvent
from duli.commerce.payments.states import AttemptState, CollectionState, DisputeState, RefundState
from duli.platform.jobs import worker
from duli.platform.store.changes import reset_caches
from duli.plugins.payment_paypal import certificates, client
from duli.plugins.payment_paypal.client import from_paypal, to_paypal
from duli.plugins.payment_paypal.gateway import paypal
from sandbox.paypal.authority import authority
from tests.plugins.gateway_conformance import STAFF, HostedProvider, Message, ProviderConformance, published
from tests.plugins.paypal import SECRET, WEBHOOK_ID, PayPalProvider
from tests.plugins_matrix import cell

pytestmark = pytest.mark.one_database


class TestPayPal(ProviderConformance):
    code = "paypal"

    @pytest.fixture
    def provider(self) -> PayPalProvider:
        return PayPalProvider()

    def values_for(self, provider: PayPalProvider) -> Mapping[str, str]:  # type: ignore[override]
        return provider.values()

    def forgeries(self, provider: HostedProvider, message: Message) -> list[Message]:
        body, headers = message
        elsewhere = {**headers, "PAYPAL-CERT-URL": headers["PAYPAL-CERT-URL"].replace("127.0.0.1", "localhost")}
        return [
            (body.replace(b"129.00", b"129.01"), headers),
            (body, {}),
            (body, elsewhere),
            (body, {**headers, "PAYPAL-AUTH-ALGO": "none"}),
            (body, {**headers, "PAYPAL-TRANSMISSION-SIG": "é"}),
            provider.stale(message),
        ]

    def use(self, provider: PayPalProvider, **settings: str) -> None:
        provider.settings = settings
        provider.come_back()

    # The shop takes what the shopper approved

    def test_order_as_paypal_wants_it(self, provider: PayPalProvider) -> None:
        self.use(provider, brand_name="青舍")
        collection = self.open()
        order = provider.order(self.start(collection))
        token = collection.attempts.get().token
        [unit] = order["purchase_units"]
        assert (unit["custom_id"], unit["reference_id"]) == (token, token)
        assert unit["invoice_id"].startswith("1007-")
        assert unit["amount"] == {"currency_code": "CNY", "value": "129.00"}
        context = order["_context"]
        assert (context["user_action"], context["shipping_preference"]) == ("PAY_NOW", "NO_SHIPPING")
        assert (context["locale"], context["brand_name"]) == ("zh-CN", "青舍")

    @pytest.mark.parametrize("way", ["return", "message", "poll"])
    def test_approved_is_taken_whoever_hears_of_it_first(self, provider: PayPalProvider, way: str) -> None:
        collection = self.open()
        provider.approve(self.start(collection))
        [message] = provider.messages(1)
        if way == "return":
            self.come_back(collection)
        elif way == "message":
            self.receive(message)
        else:
            services.poll_attempt(attempt_id=collection.attempts.get().pk)
        assert self.reload(collection).state == CollectionState.CAPTURED
        self.receive(message)
        self.reload(collection)
        assert len(provider.store.all("capture")) == 1
        assert len(published("payments.captured")) == 1

    def test_refused_card_sends_the_shopper_back(self, provider: PayPalProvider) -> None:
        collection = self.open()
        step = self.start(collection)
        provider.approve(step, "instrument_declined")
        self.come_back(collection)
        assert self.reload(collection).state == CollectionState.OPEN
        event = collection.events.get()
        assert (event.kind, event.error_code) == ("ignored", "INSTRUMENT_DECLINED")
        assert self.start(collection, "again") == step
        provider.offset += 5
        provider.approve(step)
        self.come_back(collection)
        assert self.reload(collection).state == CollectionState.CAPTURED

    def test_approved_after_closing_is_never_taken(self, provider: PayPalProvider) -> None:
        collection = self.open()
        step = self.start(collection)
        services.void(collection_id=collection.pk, actor=STAFF)
        provider.approve(step)
        [message] = provider.messages(1)
        self.receive(message)
        self.come_back(collection)
        assert self.reload(collection).state == CollectionState.CLOSED
        assert not provider.store.all("capture")

    def test_approval_that_was_never_seen_is_closed_with_the_order(self, provider: PayPalProvider) -> None:
        collection = self.open()
        provider.approve(self.start(collection))
        services.void(collection_id=collection.pk, actor=STAFF)
        assert self.reload(collection).state == CollectionState.CLOSED
        assert not provider.store.all("capture")

    def test_our_process_dies_after_taking(self, provider: PayPalProvider) -> None:
        collection = self.open()
        provider.approve(self.start(collection))
        provider.app.fail_after = 1
        self.come_back(collection)
        assert self.reload(collection).state == CollectionState.OPEN
        self.come_back(collection)
        assert self.reload(collection).state == CollectionState.CAPTURED
        assert len(provider.store.all("capture")) == 1

    def test_number_that_was_paid_already(self, provider: PayPalProvider) -> None:
        collection = self.open()
        step = self.start(collection)
        order = provider.order(step)
        provider.store.put("capture", {"id": "X", "invoice_id": order["purchase_units"][0]["invoice_id"]})
        provider.approve(step)
        self.come_back(collection)
        self.reload(collection)
        attempt = collection.attempts.get()
        assert (attempt.state, attempt.error_code) == (AttemptState.FAILED, "DUPLICATE_INVOICE_ID")

    def test_closing_what_we_never_heard_of(self, provider: PayPalProvider) -> None:
        collection = self.open()
        self.start(collection)
        PaymentAttempt.objects.update(state=AttemptState.CREATED, step=None, external_id="", next_poll_at=None)
        services.void(collection_id=collection.pk, actor=STAFF)
        assert self.reload(collection).state == CollectionState.CLOSED

    # Later

    @pytest.mark.parametrize(("minor", "taken"), [(None, 12900), (9900, 9900)])
    def test_authorise_now_capture_later(self, provider: PayPalProvider, minor: int | None, taken: int) -> None:
        self.use(provider, capture="manual")
        collection = self.open()
        provider.approve(self.start(collection))
        self.come_back(collection)
        assert self.reload(collection).state == CollectionState.AUTHORISED
        collection = services.capture(collection_id=collection.pk, amount=Money(minor, "CNY") if minor else None)
        assert collection.captured_minor == taken
        for message in provider.outbox.take():
            self.receive(message)
        assert self.reload(collection).captured_minor == taken
        assert len(published("payments.captured")) == 1

    def test_authorisation_is_released(self, provider: PayPalProvider) -> None:
        self.use(provider, capture="manual")
        collection = self.open()
        provider.approve(self.start(collection))
        self.come_back(collection)
        services.void(collection_id=collection.pk, actor=STAFF)
        assert self.reload(collection).state == CollectionState.CLOSED
        assert [entry["status"] for entry in provider.store.all("authorization")] == ["VOIDED"]

    @pytest.mark.parametrize("succeeds", [True, False])
    @pytest.mark.parametrize("told", [True, False], ids=["message", "poll"])
    def test_refund_that_takes_its_time(self, provider: PayPalProvider, succeeds: bool, told: bool) -> None:
        collection = self.open()
        provider.approve(self.start(collection), "refund_slow")
        self.come_back(collection)
        refund = self.refund(self.reload(collection), 2900, "r1")
        assert refund.state == RefundState.PENDING
        provider.outbox.take()
        provider.ledger.finish_refund(refund.external_id, succeeds=succeeds)
        [message] = provider.messages(1)
        if told:
            self.receive(message)
        else:
            services.poll_attempt(attempt_id=collection.attempts.get().pk)
        assert self.reload(collection).refunded_minor == (2900 if succeeds else 0)
        refund.refresh_from_db()
        assert refund.state == (RefundState.SUCCEEDED if succeeds else RefundState.FAILED)

    @cell("refund failure")
    def test_refund_that_fails_after_it_was_done(self, provider: PayPalProvider) -> None:
        collection = self.paid(provider)
        refund = self.refund(collection, 2900, "r1")
        provider.outbox.take()
        provider.ledger.finish_refund(refund.external_id, succeeds=False)
        for message in provider.messages(1):
            self.receive(message)
        assert self.reload(collection).refunded_minor == 0
        refund.refresh_from_db()
        assert refund.state == RefundState.FAILED

    def test_refund_made_at_paypal_by_hand(self, provider: PayPalProvider) -> None:
        collection = self.paid(provider)
        provider.outbox.take()
        amount = {"amount": {"currency_code": "CNY", "value": "5.00"}}
        provider.ledger.refund(provider.store.all("capture")[0]["id"], amount)
        for message in provider.messages(1):
            self.receive(message)
        assert self.reload(collection).refunded_minor == 500

    @pytest.mark.parametrize("won", [True, False])
    def test_dispute(self, provider: PayPalProvider, won: bool) -> None:
        collection = self.paid(provider)
        provider.outbox.take()
        provider.ledger.dispute(provider.store.all("capture")[0]["id"])
        [opened] = provider.messages(1)
        self.receive(opened)
        self.reload(collection)
        dispute = Dispute.objects.get()
        assert (dispute.state, dispute.amount_minor) == (DisputeState.OPEN, 12900)
        assert dispute.respond_by is not None
        provider.ledger.close_dispute(dispute.external_id, won=won)
        [closed] = provider.messages(1)
        for message in (closed, opened):
            self.receive(message)
            self.reload(collection)
        dispute.refresh_from_db()
        assert dispute.state == (DisputeState.WON if won else DisputeState.LOST)
        assert collection.charged_back_minor == (0 if won else 12900)

    def test_parcel_is_told(self, provider: PayPalProvider) -> None:
        collection = self.paid(provider)
        capture = collection.events.filter(kind="captured")[0].transaction_id
        for _ in range(2):
            planned = services.plan_parcel_notice(
                collection_id=collection.pk, carrier="sf", carrier_name="SF Express", tracking_number="SF1"
            )
            assert planned == 1
        provider.go_away()
        worker.drain()
        provider.come_back()
        with clock.frozen(clock.now() + timedelta(hours=1)):
            worker.drain()
        [order] = provider.store.all("order")
        assert [entry["id"] for entry in order["purchase_units"][0]["shipping"]["trackers"]] == [f"{capture}-SF1"]
        assert not services.plan_parcel_notice(
            collection_id=collection.pk, carrier="sf", carrier_name="SF Express", tracking_number=""
        )

    @pytest.mark.parametrize("ends", ["goes back", "claimed"])
    def test_what_is_only_asked_about_holds_no_money(self, provider: PayPalProvider, ends: str) -> None:
        collection = self.paid(provider)
        provider.outbox.take()
        dispute = provider.ledger.dispute(provider.store.all("capture")[0]["id"], "INQUIRY")
        self.receive(provider.messages(1)[0])
        assert self.reload(collection).disputed_minor == 0
        assert Dispute.objects.get().state == DisputeState.INQUIRY
        if ends == "claimed":
            provider.ledger.store.put("dispute", {**dispute, "dispute_life_cycle_stage": "CHARGEBACK"})
            provider.ledger.close_dispute(dispute["id"], won=False)
        else:
            self.refund(collection, 12900, "r1")
            provider.outbox.take()
            provider.ledger.close_dispute(dispute["id"], won=False)
        self.receive(provider.messages(1)[0])
        self.reload(collection)
        lost = 12900 if ends == "claimed" else 0
        assert (collection.charged_back_minor, collection.refunded_minor) == (lost, 12900 - lost)

    def test_the_days_bill(self, provider: PayPalProvider) -> None:
        collection = self.paid(provider)
        kept, returned = self.refund(collection, 900, "r1"), self.refund(collection, 500, "r2")
        provider.ledger.finish_refund(returned.external_id, succeeds=False)
        day = clock.now().date()
        config = config_of("paypal")
        with pytest.raises(GatewayUnavailable):
            list(paypal.bill(day, config))
        provider.offset = 2 * 86400
        lines = list(paypal.bill(day, config))
        charge = provider.store.all("capture")[0]["id"]
        token = collection.attempts.get().token
        assert [(line.kind, line.token, line.transaction_id, line.amount.minor) for line in lines] == [
            ("captured", token, charge, 12900),
            ("refunded", kept.token, kept.external_id, 900),
            ("refunded", returned.token, returned.external_id, 500),
            ("refund_failed", returned.token, returned.external_id, 500),
        ]
        assert lines[0].fee == Money(499, "CNY")

    # Messages

    def test_messages_checked_by_asking(self, provider: PayPalProvider) -> None:
        self.use(provider, verification="ask")
        collection = self.open()
        provider.pay(collection, self.start(collection))
        [message] = provider.messages(1)
        body, headers = message
        for forged in (
            (body.replace(b"129.00", b"129.01"), headers),
            (body + b" ", {**headers, "PAYPAL-TRANSMISSION-SIG": ""}),
            (b"{", headers),
            (body + b', "webhook_event": {}', headers),
            provider.stale(message),
        ):
            with pytest.raises(InvalidSignature):
                self.receive(forged)
        assert not PaymentEvent.objects.exists()
        self.receive(message)
        assert self.reload(collection).state == CollectionState.CAPTURED

    def test_certificate_of_another_authority(self, provider: PayPalProvider) -> None:
        provider.app.authority = authority(1)
        with pytest.raises(InvalidSignature):
            self.receive(provider.sign(b'{"id": "WH-1"}'))

    def test_certificate_that_has_lapsed(self, provider: PayPalProvider) -> None:
        message = provider.sign(b'{"id": "WH-1", "event_type": "X.Y.Z", "resource": {}}')
        self.receive(message)
        with clock.frozen(clock.now() + timedelta(days=366)), pytest.raises(InvalidSignature):
            self.receive(message)

    def test_certificate_that_cannot_be_fetched_now(self, provider: PayPalProvider) -> None:
        message = provider.sign(b'{"id": "WH-1", "event_type": "X.Y.Z", "resource": {}}')
        provider.go_away()
        certificates._fetched.cache_clear()
        headers = {**message[1], "PAYPAL-CERT-URL": "http://127.0.0.1:9/certs/x"}
        with pytest.raises(GatewayUnavailable):
            self.receive((message[0], headers))

    def test_real_settings_believe_paypals_addresses_only(self, provider: PayPalProvider) -> None:
        services.save_gateway(code="paypal", enabled=True, values={"base_url": "", "authority": ""})
        reset_caches()
        with pytest.raises(InvalidSignature):
            self.receive(provider.sign(json.dumps({"id": "WH-1"}).encode()))

    # Setting it up

    def test_connection(self, provider: PayPalProvider) -> None:
        gateway = gateways.get("paypal")
        assert isinstance(gateway, ChecksConnection)
        assert gateway.check(config_of("paypal")) == "https://shop.example/hook"
        for wrong, reason in (({"webhook_id": "other"}, "webhook_unknown"), ({"client_secret": "x"}, "key_refused")):
            services.save_gateway(code="paypal", enabled=True, values=wrong)
            reset_caches()
            with pytest.raises(GatewayRefused) as refused:
                gateway.check(config_of("paypal"))
            assert refused.value.reason == reason
        failed = self.start(self.open())
        assert isinstance(failed, Failed)
        assert SECRET not in failed.message

    def test_token_is_kept_while_it_lasts_and_fetched_anew_when_it_is_refused(self, provider: PayPalProvider) -> None:
        client._tokens.clear()
        config = config_of("paypal")
        for _ in range(2):
            paypal.check(config)
        assert len(provider.store.all("token")) == 1
        provider.offset += 40_000
        paypal.check(config)
        assert len(provider.store.all("token")) == 2
        with clock.frozen(clock.now() + timedelta(seconds=32_400)):
            paypal.check(config)
        assert len(provider.store.all("token")) == 3

    @pytest.mark.parametrize(
        ("amount", "written"),
        [
            (Money(12900, "USD"), "129.00"),
            (Money(5, "EUR"), "0.05"),
            (Money(1000, "JPY"), "1000"),
            (Money(10000, "HUF"), "100"),
            (Money(10050, "HUF"), None),
            (Money(1000, "KWD"), None),
            (Money(0, "USD"), None),
        ],
    )
    def test_amounts_that_can_be_charged(self, amount: Money, written: str | None) -> None:
        offered = gateways.get("paypal").available(Availability(amount, "CN"), config_of("paypal"))
        assert offered is (written is not None)
        if written:
            assert to_paypal(amount) == {"currency_code": amount.currency, "value": written}
            assert from_paypal(to_paypal(amount)) == amount

    def test_step_leads_to_paypal(self, provider: PayPalProvider) -> None:
        step = self.start(self.open())
        assert isinstance(step, Redirect)
        assert step.url.startswith(f"{provider.url}/checkoutnow?token=")
        assert WEBHOOK_ID not in step.url


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"currency_code": "USD"},
        {"currency_code": "USD", "value": "1.005"},
        {"currency_code": "USD", "value": "NaN"},
        None,
    ],
)
def test_amounts_that_are_none(told: object) -> None:
    with pytest.raises(ValueError):
        from_paypal(told)
