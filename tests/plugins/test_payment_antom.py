from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client

from duli.base import clock
from duli.base.money import Money
from duli.commerce.payments import selectors, services
from duli.commerce.payments.addresses import webhook_url
from duli.commerce.payments.gateway import (
    GatewayConfig,
    GatewayRefused,
    GatewayUnavailable,
    InvalidSignature,
    ReadsBills,
    Redirect,
    UnreadableBill,
)
from duli.commerce.payments.models import GatewaySetting, PaymentCollection, PaymentEvent
from duli.commerce.payments.states import CollectionState, RefundState
from duli.plugins.payment_antom.client import account_of
from duli.plugins.payment_antom.gateway import antom
from sandbox.antom import Antom, Keys, new_pair
from sandbox.antom.app import CHINA
from sandbox.wallet.store import Store
from tests.plugins.gateway_conformance import AMOUNT, HostedProvider, Message, Movement, ProviderConformance
from tests.plugins.wallets import NOBODY, WalletConformance, WalletProvider
from tests.plugins_matrix import cell

pytestmark = pytest.mark.one_database

PATH = urlsplit(webhook_url("antom")).path


@lru_cache(maxsize=1)
def pair() -> dict[str, Any]:
    return new_pair()


class AntomProvider(WalletProvider):
    code = "antom"

    def make(self, store: Store) -> Antom:
        self.reply = (200, antom.description.received.body.encode())
        return Antom(keys=Keys(**pair()["keys"]), public_url=self.url, store=store, post=self.post, **self.options)

    def values(self, base_url: str = "") -> dict[str, str]:
        return {**pair()["values"], "base_url": base_url or self.url}

    def config(self, **changes: str) -> GatewayConfig:
        return GatewayConfig("antom", {**self.values(), **changes})

    def books(self) -> list[Movement]:
        made = self.app.store.every("payment")
        paid = [entry for entry in made if entry["paymentStatus"] == "SUCCESS"]
        back = [(entry, refund) for entry in paid for refund in entry["refunds"].values()]
        return [
            *(("captured", entry["paymentRequestId"], int(entry["paymentAmount"]["value"])) for entry in paid),
            *(
                ("refunded", entry["paymentRequestId"], int(refund["refundAmount"]["value"]))
                for entry, refund in back
                if refund["refundStatus"] == "SUCCESS"
            ),
        ]

    def signed(self, message: Message, **changes: Any) -> Message:
        told = json.loads(message[0])
        amount = told["paymentAmount"]
        amount["value"] = str(changes.get("amount", amount["value"]))
        amount["currency"] = changes.get("currency", amount["currency"])
        told["paymentRequestId"] = changes.get("reference", told["paymentRequestId"])
        return self.app.message(webhook_url("antom"), told, changes.get("merchant", ""))

    def finish_refund(self, number: str, status: str) -> None:
        self.app.finish_refund(number, status)


class _Antom(WalletConformance):
    code = "antom"
    test_decline_then_another_try = ProviderConformance.test_decline_then_another_try

    def values_for(self, provider: AntomProvider) -> Mapping[str, str]:  # type: ignore[override]
        return provider.values()

    def receive(self, message: Message) -> int:
        return services.receive_webhook(provider=self.code, body=message[0], headers=message[1], path=PATH)

    def forgeries(self, provider: HostedProvider, message: Message) -> list[Message]:
        body, headers = message

        def with_header(name: str, value: str) -> Message:
            return body, {**headers, name: value}

        return [
            (body.replace(b"12900", b"12901"), headers),
            (body, {}),
            with_header("Signature", "algorithm=RSA256,keyVersion=1,signature="),
            with_header("Signature", headers["Signature"][:-8] + "AAAAAAAA"),
            with_header("Request-Time", "2020-01-01T00:00:00+00:00"),
            with_header("Client-Id", "SANDBOX_other"),
        ]


class TestAntom(_Antom):
    @pytest.fixture
    def provider(self) -> AntomProvider:
        return AntomProvider()

    def test_message_is_signed_for_our_own_path(self, provider: AntomProvider, client: Client) -> None:
        collection = self.open()
        provider.pay(collection, self.start(collection))
        [(body, headers)] = provider.messages(1)
        given = {name: value for name, value in headers.items() if name != "Content-Type"}

        def send(code: str) -> Any:
            return client.post(f"/payments/{code}/webhook", body, content_type="application/json", headers=given)

        answer = send("antom")
        assert answer.status_code == 200
        assert answer.json()["result"]["resultStatus"] == "S"
        assert self.reload(collection).state == CollectionState.CAPTURED
        with pytest.raises(InvalidSignature):
            services.receive_webhook(provider="antom", body=body, headers=headers, path="/elsewhere")

    def test_another_currency(self, provider: AntomProvider) -> None:
        collection = services.open_collection(
            reference="order:9",
            amount=Money(5000, "JPY"),
            method_code="antom",
            return_url="/orders/abc",
            language="en",
            label="1009",
        )
        step = self.start(collection)
        assert isinstance(step, Redirect)
        assert "¥5,000" in provider.opened(step).text
        provider.pay(collection, step)
        self.come_back(collection)
        assert self.reload(collection).state == CollectionState.CAPTURED

    @cell("refund failure")
    def test_refund_that_fails_after_it_succeeded(self, provider: AntomProvider) -> None:
        collection = self.paid(provider)
        row = self.refund(collection, 900, "r1")
        assert self.reload(collection).refunded_minor == 900
        provider.messages(2)
        provider.finish_refund(row.external_id, "FAIL")
        [message] = provider.messages(1)
        self.receive(message)
        self.reload(collection)
        row.refresh_from_db()
        assert (collection.refunded_minor, row.state) == (0, RefundState.FAILED)

    def test_refund_made_at_antom_itself_waits_for_a_person(self, provider: AntomProvider) -> None:
        collection = self.paid(provider)
        provider.messages(1)
        [payment] = provider.app.store.every("payment")
        amount = {"currency": "CNY", "value": "900"}
        asked = {"refundRequestId": "hand", "paymentId": payment["paymentId"], "refundAmount": amount}
        provider.app._refund({**asked, "refundNotifyUrl": webhook_url("antom")})
        [message] = provider.messages(1)
        self.receive(message)
        assert self.reload(collection).refunded_minor == 0
        assert [event.problem for event in selectors.unresolved_events()] == ["unknown_attempt"]

    def test_bill_that_somebody_brings(self, provider: AntomProvider) -> None:
        collection = self.paid(provider)
        row = self.refund(collection, 900, "r1")
        report = provider.app.report()
        assert isinstance(antom, ReadsBills)
        day, lines = antom.read_bill(report, provider.config())
        assert day == clock.now().astimezone(CHINA).date()
        payment = provider.app.store.every("payment")[0]["paymentId"]
        assert [(line.kind, line.token, line.transaction_id, line.amount) for line in lines] == [
            ("captured", collection.attempts.get().token, payment, AMOUNT),
            ("refunded", row.external_id, row.external_id, Money(900, "CNY")),
        ]
        strange = [b"", b"a,b\r\n1,2\r\n", report.replace(b"<END>", b""), b"\xff\xfe", report.replace(b"129.00", b"x")]
        for content in strange:
            with pytest.raises(UnreadableBill):
                antom.read_bill(content, provider.config())

    def test_private_key_is_sealed(self) -> None:
        assert pair()["values"]["private_key"] not in str(GatewaySetting.objects.get(code=self.code).settings)


class TestSlowRefunds(_Antom):
    @pytest.fixture
    def provider(self) -> AntomProvider:
        return AntomProvider(refunds_are="PROCESSING")

    def test_refund_in_parts_and_not_more_than_was_paid(self, provider: AntomProvider) -> None:  # type: ignore[override]
        collection = self.paid(provider)
        told, asked = self.refund(collection, 2900, "r1"), self.refund(collection, 1000, "r2")
        assert {told.state, asked.state} == {RefundState.PENDING}
        provider.messages(1)
        provider.finish_refund(told.external_id, "SUCCESS")
        [message] = provider.messages(1)
        self.receive(message)
        assert self.reload(collection).refunded_minor == 2900
        provider.finish_refund(asked.external_id, "FAIL")
        services.poll_attempt(attempt_id=collection.attempts.get().pk)
        assert self.reload(collection).refunded_minor == 2900
        asked.refresh_from_db()
        assert asked.state == RefundState.FAILED

    def test_refund_told_before_the_payment(self, provider: AntomProvider) -> None:  # type: ignore[override]
        collection = self.paid(provider)
        provider.finish_refund(self.refund(collection, 900, "r1").external_id, "SUCCESS")
        messages = provider.messages(2)
        PaymentEvent.objects.all().delete()
        PaymentCollection.objects.update(captured_minor=0, refunded_minor=0, state=CollectionState.OPEN)
        for message in reversed(messages):
            self.receive(message)
            self.reload(collection)
        assert (collection.captured_minor, collection.refunded_minor) == (AMOUNT.minor, 900)

    def test_provider_down_while_money_goes_back(self, provider: AntomProvider) -> None:  # type: ignore[override]
        collection = self.paid(provider)
        provider.go_away()
        row = self.refund(collection, 500, "r1")
        assert row.state == RefundState.REQUESTED
        provider.come_back()
        row = services.carry_out_refund(refund_id=row.pk)
        assert row.state == RefundState.PENDING
        provider.finish_refund(row.external_id, "SUCCESS")
        services.poll_attempt(attempt_id=collection.attempts.get().pk)
        assert self.reload(collection).refunded_minor == 500


class TestCheck:
    @pytest.fixture
    def provider(self) -> AntomProvider:
        return AntomProvider()

    def test_right_keys(self, provider: AntomProvider) -> None:
        assert antom.check(provider.config()) == "SANDBOX_5Y00000000000001"

    @pytest.mark.parametrize(
        ("changes", "reason"),
        [
            ({"client_id": "SANDBOX_other"}, "INVALID_SIGNATURE"),
            ({"private_key": "nothing"}, "unreadable_key"),
            ({"private_key": new_pair()["values"]["private_key"]}, "INVALID_SIGNATURE"),
            ({"public_key": new_pair()["values"]["public_key"]}, "foreign_answer"),
            ({"public_key": ""}, "foreign_answer"),
        ],
    )
    def test_what_is_wrong_is_named(self, provider: AntomProvider, changes: dict[str, str], reason: str) -> None:
        with pytest.raises(GatewayRefused) as refused:
            antom.check(provider.config(**changes))
        assert refused.value.reason == reason

    def test_nobody_there(self, provider: AntomProvider) -> None:
        with pytest.raises(GatewayUnavailable):
            antom.check(provider.config(base_url=NOBODY))

    def test_paths_of_practice_and_earnest(self, provider: AntomProvider) -> None:
        assert account_of(provider.config()).path("pay") == "/ams/sandbox/api/v1/payments/pay"
        live = account_of(provider.config(client_id="5Y01", base_url="", region="de"))
        assert (live.base_url, live.path("pay")) == (
            "https://open-de-global.alipay.com",
            "/ams/api/v1/payments/pay",
        )
