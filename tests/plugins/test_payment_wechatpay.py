from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from duli.base import clock
from duli.base.money import Money
from duli.commerce.payments import selectors, services
from duli.commerce.payments.gateway import (
    ClientForm,
    Failed,
    GatewayConfig,
    GatewayRefused,
    GatewayUnavailable,
    InvalidSignature,
    MalformedWebhook,
    Redirect,
    ShowQR,
    Step,
)
from duli.commerce.payments.models import GatewaySetting, PaymentCollection, PaymentEvent
from duli.commerce.payments.services.start import Shopper
from duli.commerce.payments.states import AttemptState, CollectionState, RefundState
from duli.plugins.outward import client as web
from duli.plugins.payment_wechatpay.client import Account, account_of, decrypt, platform_certificates, verify
from duli.plugins.payment_wechatpay.gateway import ADAPTER, CHINA, wechat_pay
from sandbox.wallet.store import Store
from sandbox.wechatpay import Merchant, Wallet, WeChatPay, new_pair
from sandbox.wechatpay.keys import seal
from tests.plugins.gateway_conformance import AMOUNT, HostedProvider, Message, Movement
from tests.plugins.wallets import NOBODY, WalletConformance, WalletProvider
from tests.plugins_matrix import cell
from tests.shared_data import shared

pytestmark = pytest.mark.one_database

IN_WECHAT = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 Mobile/15E148 MicroMessenger/8.0.50"


@lru_cache(maxsize=1)
def pair() -> dict[str, Any]:
    return new_pair()


class WeChatProvider(WalletProvider):
    code = "wechat_pay"
    reply = (204, b"")

    def make(self, store: Store) -> WeChatPay:
        platform_certificates.forget()
        own = {"by_certificate", "refunds_are"}
        self.settings = {**pair()["values"], **{k: v for k, v in self.options.items() if k not in own}}
        return WeChatPay(
            merchant=Merchant(**pair()["merchant"]),
            wallet=Wallet(**pair()["wallet"]),
            public_url=self.url,
            store=store,
            post=self.post,
            **{name: value for name, value in self.options.items() if name in own},
        )

    def values(self, base_url: str = "") -> dict[str, str]:
        return {**self.settings, "base_url": base_url or self.url}

    def config(self, **changes: str) -> GatewayConfig:
        return GatewayConfig("wechat_pay", {**self.values(), **changes})

    def account(self, **changes: str) -> Account:
        return account_of(self.config(**changes))

    def plain(self, message: Message) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(decrypt(self.account(), json.loads(message[0])["resource"]))
        return found

    def sealed(
        self, message: Message, plain: Mapping[str, Any], *, key: str = "", moment: int | None = None
    ) -> Message:
        told = json.loads(message[0])
        kind = told["resource"]["original_type"]
        key = key or pair()["values"]["api_v3_key"]
        told["resource"] = {"original_type": kind, **seal(key, json.dumps(plain).encode(), kind)}
        body = json.dumps(told).encode()
        return body, {**message[1], **self.app.signature(body, moment=moment)}

    def books(self) -> list[Movement]:
        paid = [order for order in self.app.store.every("order") if order["trade_state"] == "SUCCESS"]
        back = [(order, made) for order in paid for made in order["refunds"].values()]
        return [
            *(("captured", order["out_trade_no"], order["total"]) for order in paid),
            *(
                ("refunded", order["out_trade_no"], made["amount"])
                for order, made in back
                if made["status"] == "SUCCESS"
            ),
        ]

    def signed(self, message: Message, **changes: Any) -> Message:
        plain = self.plain(message)
        plain["amount"]["total"] = changes.get("amount", plain["amount"]["total"])
        plain["amount"]["currency"] = changes.get("currency", plain["amount"]["currency"])
        plain["mchid"] = changes.get("merchant", plain["mchid"])
        plain["out_trade_no"] = changes.get("reference", plain["out_trade_no"])
        return self.sealed(message, plain)

    def stale(self, message: Message) -> Message:
        moment = int(clock.now().timestamp()) - 300
        return message[0], {**message[1], **self.app.signature(message[0], moment=moment)}

    def bridge(self, step: ClientForm, answer: str = "approve") -> str:
        said: str = web().post(f"{self.url}/bridge", json={**step.values, "answer": answer}).json()["err_msg"]
        return said.rpartition(":")[2]


class _WeChatPay(WalletConformance):
    code = "wechat_pay"
    device = "desktop"

    def values_for(self, provider: WeChatProvider) -> Mapping[str, str]:  # type: ignore[override]
        return provider.values()

    def forgeries(self, provider: HostedProvider, message: Message) -> list[Message]:
        body, headers = message

        def with_header(name: str, value: str) -> Message:
            return body, {**headers, f"Wechatpay-{name}": value}

        return [
            (body.replace(b"TRANSACTION.SUCCESS", b"TRANSACTION.SUCCES5"), headers),
            (body, {}),
            with_header("Serial", "PUB_KEY_ID_0000"),
            with_header("Serial", "ABCDEF"),
            with_header("Nonce", "another"),
            with_header("Timestamp", "1"),
            with_header("Timestamp", "x"),
            with_header("Signature-Type", "WECHATPAY2-SM2-WITH-SM3"),
            with_header("Signature", "WECHATPAY/SIGNTEST/" + headers["Wechatpay-Signature"]),
            with_header("Signature", "WECHATPAY/SIGNTEST/AAAA"),
            provider.stale(message),
        ]


class TestNative(_WeChatPay):
    @pytest.fixture
    def provider(self) -> WeChatProvider:
        return WeChatProvider()

    def test_shows_a_code(self) -> None:
        assert isinstance(self.start(self.open()), ShowQR)

    def test_message_through_the_address_and_probes(self, provider: WeChatProvider, client: Client) -> None:
        collection = self.open()
        provider.pay(collection, self.start(collection))
        [(body, headers)] = provider.messages(1)

        def send(**changes: str) -> int:
            given = {**headers, **{f"Wechatpay-{name}": value for name, value in changes.items()}}
            given.pop("Content-Type")
            return client.post(
                "/payments/wechat_pay/webhook", body, content_type="application/json", headers=given
            ).status_code

        assert send(Signature="WECHATPAY/SIGNTEST/AAAA") == 401
        assert send() == 204
        assert self.reload(collection).state == CollectionState.CAPTURED
        assert collection.attempts.get().details["payer"] == "o-practice"

    def test_in_time_and_too_late(self, provider: WeChatProvider) -> None:
        collection = self.open()
        provider.pay(collection, self.start(collection))
        [(body, headers)] = provider.messages(1)
        account, moment = provider.account(), int(headers["Wechatpay-Timestamp"])
        lowered = {name.lower(): value for name, value in headers.items()}
        for seconds, fits in ((-300, False), (-299, True), (299, True), (300, False)):
            with clock.frozen(datetime.fromtimestamp(moment + seconds, UTC)):
                if fits:
                    verify(account, lowered, body)
                else:
                    with pytest.raises(InvalidSignature):
                        verify(account, lowered, body)

    def test_exchanged_key_still_opens_messages_for_a_while(self, provider: WeChatProvider) -> None:
        collection = self.open()
        provider.pay(collection, self.start(collection))
        [message] = provider.messages(1)
        services.save_gateway(code=self.code, enabled=True, values={**provider.values(), "api_v3_key": "n" * 32})
        self.receive(message)
        assert self.reload(collection).state == CollectionState.CAPTURED

    def test_signed_but_sealed_for_somebody_else(self, provider: WeChatProvider) -> None:
        collection = self.open()
        provider.pay(collection, self.start(collection))
        [message] = provider.messages(1)
        for strange in (
            provider.sealed(message, provider.plain(message), key="k" * 32),
            provider.sealed(message, {}),
        ):
            with pytest.raises(MalformedWebhook):
                self.receive(strange)
        assert not PaymentEvent.objects.exists()

    def test_refund_made_in_wechats_own_back_office(self, provider: WeChatProvider) -> None:
        collection = self.paid(provider)
        provider.messages(1)
        token = collection.attempts.get().token
        amount = {"refund": 900, "total": AMOUNT.minor, "currency": "CNY"}
        asked = {"out_trade_no": token, "out_refund_no": "by-hand", "amount": amount, "notify_url": "http://shop"}
        provider.app.orders.refund(asked)
        [message] = provider.messages(1)
        self.receive(message)
        assert self.reload(collection).refunded_minor == 900

    @cell("refund failure")
    def test_refund_that_fails_after_it_succeeded(self, provider: WeChatProvider) -> None:
        collection = self.paid(provider)
        row = self.refund(collection, 900, "r1")
        assert self.reload(collection).refunded_minor == 900
        provider.messages(2)
        provider.app.orders.finish_refund(row.token, "ABNORMAL")
        [message] = provider.messages(1)
        self.receive(message)
        self.reload(collection)
        row.refresh_from_db()
        assert (collection.refunded_minor, collection.state) == (0, CollectionState.CAPTURED)
        assert row.state == RefundState.FAILED

    def test_the_days_bill(self, provider: WeChatProvider) -> None:
        day = clock.now().astimezone(CHINA).date()
        with pytest.raises(GatewayUnavailable):
            wechat_pay.bill(day, provider.config())
        assert not list(wechat_pay.bill(day - timedelta(days=1), provider.config()))
        collection = self.paid(provider)
        refund = self.refund(collection, 900, "r1")
        provider.offset = 86400
        with clock.frozen(clock.now() + timedelta(days=1)):
            paid, back = wechat_pay.bill(day, provider.config())
        attempt = collection.attempts.get()
        assert (paid.kind, paid.token, paid.amount, paid.fee) == ("captured", attempt.token, AMOUNT, Money(77, "CNY"))
        assert paid.transaction_id == PaymentEvent.objects.filter(kind="captured")[0].transaction_id
        assert (back.kind, back.token, back.amount) == ("refunded", refund.token, Money(900, "CNY"))
        assert back.transaction_id == refund.external_id
        assert back.fee == Money(-5, "CNY")

    def test_secrets_are_sealed(self) -> None:
        stored = str(GatewaySetting.objects.get(code=self.code).settings)
        for name in ("private_key", "api_v3_key", "app_secret"):
            assert pair()["values"][name] not in stored


class TestSlowRefunds(_WeChatPay):
    """Most refunds are PROCESSING first, and a message or a question says how they ended."""

    @pytest.fixture
    def provider(self) -> WeChatProvider:
        return WeChatProvider(refunds_are="PROCESSING")

    def test_refund_in_parts_and_not_more_than_was_paid(self, provider: WeChatProvider) -> None:  # type: ignore[override]
        collection = self.paid(provider)
        told, asked = self.refund(collection, 2900, "r1"), self.refund(collection, 1000, "r2")
        assert (told.state, asked.state) == (RefundState.PENDING, RefundState.PENDING)
        provider.messages(1)
        provider.app.orders.finish_refund(told.token, "SUCCESS")
        [message] = provider.messages(1)
        self.receive(message)
        assert self.reload(collection).refunded_minor == 2900
        provider.app.orders.finish_refund(asked.token, "SUCCESS")
        services.poll_attempt(attempt_id=collection.attempts.get().pk)
        assert self.reload(collection).refunded_minor == 3900
        assert {row.state for row in collection.refunds.all()} == {RefundState.SUCCEEDED}

    @cell("refund failure")
    @pytest.mark.parametrize("end", ["CLOSED", "ABNORMAL"])
    def test_refund_that_fails(self, provider: WeChatProvider, end: str) -> None:
        collection = self.paid(provider)
        row = self.refund(collection, 2900, "r1")
        provider.app.orders.finish_refund(row.token, end)
        services.poll_attempt(attempt_id=collection.attempts.get().pk)
        row.refresh_from_db()
        assert row.state == RefundState.FAILED
        assert self.reload(collection).refunded_minor == 0
        # What WeChat could not deliver waits there for a hand: it does not go out a second time.
        expected = RefundState.PENDING if end == "CLOSED" else RefundState.FAILED
        assert self.refund(collection, AMOUNT.minor, "r2").state == expected

    def test_refund_told_before_the_payment(self, provider: WeChatProvider) -> None:  # type: ignore[override]
        collection = self.paid(provider)
        provider.app.orders.finish_refund(self.refund(collection, 900, "r1").token, "SUCCESS")
        messages = provider.messages(2)
        PaymentEvent.objects.all().delete()
        PaymentCollection.objects.update(captured_minor=0, refunded_minor=0, state=CollectionState.OPEN)
        for message in reversed(messages):
            self.receive(message)
            self.reload(collection)
        assert (collection.captured_minor, collection.refunded_minor) == (AMOUNT.minor, 900)

    def test_provider_down_while_money_goes_back(self, provider: WeChatProvider) -> None:  # type: ignore[override]
        collection = self.paid(provider)
        provider.go_away()
        row = self.refund(collection, 500, "r1")
        assert row.state == RefundState.REQUESTED
        provider.come_back()
        assert services.carry_out_refund(refund_id=row.pk).state == RefundState.PENDING
        provider.go_away()
        provider.app.orders.finish_refund(row.token, "SUCCESS")
        services.poll_attempt(attempt_id=collection.attempts.get().pk)
        provider.come_back()
        services.poll_attempt(attempt_id=collection.attempts.get().pk)
        assert self.reload(collection).refunded_minor == 500


class TestPlatformCertificates(_WeChatPay):
    @pytest.fixture
    def provider(self) -> WeChatProvider:
        return WeChatProvider(keys="certificate", public_key="", public_key_id="", by_certificate=True)

    def test_certificates_are_fetched_once_and_strangers_do_not_make_us_ask(
        self, provider: WeChatProvider, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        asked = []
        real = provider.app._certificates

        def counted() -> Any:
            asked.append(1)
            return real()

        monkeypatch.setattr(provider.app, "_certificates", counted)
        collection = self.open()
        provider.pay(collection, self.start(collection))
        self.come_back(collection)
        [(body, headers)] = provider.messages(1)
        for serial in ("AB", "CD", "EF"):
            with pytest.raises(InvalidSignature):
                self.receive((body, {**headers, "Wechatpay-Serial": serial}))
        assert asked == [1]


class TestPhone(_WeChatPay):
    @pytest.fixture
    def provider(self) -> WeChatProvider:
        return WeChatProvider()

    def start(self, collection: PaymentCollection, key: str = "k1") -> Step:
        shopper = Shopper(device="phone", client_ip="203.0.113.7")
        return services.start(collection_id=collection.pk, idempotency_key=key, shopper=shopper)

    @pytest.fixture(autouse=True)
    def _clock_stands_still(self) -> Iterator[None]:
        """A link says until when it may be opened."""
        with clock.frozen(datetime.now(UTC)):
            yield

    def test_link_lapses_and_the_same_order_gets_a_new_one(self, provider: WeChatProvider) -> None:
        collection = self.open()
        first = self.start(collection)
        assert isinstance(first, Redirect)
        assert parse_qs(urlsplit(first.url).query)["redirect_url"][0].startswith("http")
        provider.offset = 301
        assert not provider.is_payable(first)
        with clock.frozen(clock.now() + timedelta(seconds=301)):
            second = self.start(collection, "again")
            assert second != first
            assert collection.attempts.count() == 1
            assert provider.is_payable(second)
            assert provider.press(second, "approve").status_code == 303
            self.come_back(collection)
        assert self.reload(collection).state == CollectionState.CAPTURED

    def test_code_on_the_desktop_is_closed(self, provider: WeChatProvider) -> None:
        collection = self.open()
        desktop = services.start(collection_id=collection.pk, idempotency_key="d", shopper=Shopper(device="desktop"))
        assert provider.is_payable(desktop)
        assert isinstance(self.start(collection), Redirect)
        assert not provider.is_payable(desktop)


class InWeChatProvider(WeChatProvider):
    """Inside WeChat there is no page: its browser is handed signed values."""

    def press(self, step: Step, action: str) -> Any:
        assert isinstance(step, ClientForm)
        number = self.app.orders.opened(step.values["package"].removeprefix("prepay_id=wx"))["out_trade_no"]
        if action == "approve":
            assert self.bridge(step) == "ok"
        elif action == "slow":
            self.app.orders.pay(number, slowly=True)
        else:
            assert self.bridge(step, "cancel") == "cancel"
        return type("Answer", (), {"status_code": 402 if action == "decline" else 200})

    def is_payable(self, step: Step) -> bool:
        assert isinstance(step, ClientForm)
        return self.bridge(step, "cancel") == "cancel"


class TestInsideWeChat(_WeChatPay):
    @pytest.fixture
    def provider(self) -> InWeChatProvider:
        return InWeChatProvider()

    def start(self, collection: PaymentCollection, key: str = "k1") -> Step:
        shopper = Shopper(device="wechat", payer="oABC")
        return services.start(collection_id=collection.pk, idempotency_key=key, shopper=shopper)

    def test_killed_between_call_and_answer(self, provider: WeChatProvider) -> None:  # type: ignore[override]
        """The values are signed anew each time; the order behind them is one."""
        collection = self.open()
        first = self.start(collection)
        collection.attempts.update(state=AttemptState.CREATED, step=None, next_poll_at=None)
        again = self.start(collection, "after the crash")
        assert isinstance(first, ClientForm)
        assert isinstance(again, ClientForm)
        assert again.values["package"] == first.values["package"]
        assert collection.attempts.count() == 1

    def test_adapter_is_one_of_our_static_files(self) -> None:
        step = self.start(self.open())
        assert isinstance(step, ClientForm)
        assert step.adapter == ADAPTER
        assert step.script_url == ""
        assert finders.find(ADAPTER)
        assert "private" not in str(step.values).lower()

    def test_values_that_somebody_changed_are_not_believed(self, provider: InWeChatProvider) -> None:
        step = self.start(self.open())
        assert isinstance(step, ClientForm)
        forged = ClientForm("", {**step.values, "nonceStr": "x"})
        assert provider.bridge(forged) == "fail"


class TestWhoPays:
    """WeChat names the shopper on its own page before a payment inside WeChat can start."""

    @pytest.fixture
    def provider(self) -> WeChatProvider:
        return InWeChatProvider()

    @pytest.fixture
    def collection(self, db: None, provider: WeChatProvider) -> PaymentCollection:
        services.save_gateway(code="wechat_pay", enabled=True, values=provider.values())
        return services.open_collection(
            reference="order:7",
            amount=AMOUNT,
            method_code="wechat_pay",
            return_url="/orders/abc",
            language="zh-hans",
            label="1007",
        )

    def begin(self, collection: PaymentCollection) -> Step:
        shopper = Shopper(device="wechat", client_ip="203.0.113.7")
        return services.start(collection_id=collection.pk, idempotency_key="k", shopper=shopper)

    def back_from(self, step: Step) -> str:
        assert isinstance(step, Redirect)
        assert step.url.endswith("#wechat_redirect")
        answer = web().get(step.url.partition("#")[0])
        parts = urlsplit(answer.headers["Location"])
        return f"{parts.path}?{parts.query}"

    def test_there_and_back_then_paid(
        self, collection: PaymentCollection, provider: WeChatProvider, client: Client
    ) -> None:
        address = self.back_from(self.begin(collection))
        assert selectors.current_step(collection.pk) is None
        answer = client.get(address, headers={"User-Agent": IN_WECHAT})
        assert (answer.status_code, answer["Location"]) == (302, "/orders/abc")
        step = selectors.current_step(collection.pk)
        assert isinstance(step, ClientForm)
        [order] = provider.app.store.every("order")
        assert (order["trade_type"], order["openid"][0]) == ("JSAPI", "o")
        # The code works once; the address again changes nothing.
        assert client.get(address, headers={"User-Agent": IN_WECHAT})["Location"] == "/orders/abc"
        assert collection.attempts.count() == 1
        assert self.begin(collection) == step
        provider.pay(collection, step)
        services.return_from_gateway(token=collection.attempts.get().token)
        collection.refresh_from_db()
        assert collection.state == CollectionState.CAPTURED

    def test_forged_old_and_useless_ways_back(
        self, collection: PaymentCollection, provider: WeChatProvider, client: Client
    ) -> None:
        address = self.back_from(self.begin(collection))
        path, _, query = address.partition("?")
        assert client.get(f"/payments/payer/forged?{query}")["Location"] == "/"
        assert client.get(f"{path}x?{query}")["Location"] == "/"
        for wrong in (path, f"{path}?code=nobody", f"{path}?code=%00"):
            answer = client.get(wrong, headers={"User-Agent": IN_WECHAT})
            assert answer["Location"] == "/orders/abc"
        assert selectors.current_step(collection.pk) is None
        provider.go_away()
        assert client.get(address, headers={"User-Agent": IN_WECHAT})["Location"] == "/orders/abc"

    def test_without_an_official_account_the_shopper_is_told(
        self, collection: PaymentCollection, provider: WeChatProvider
    ) -> None:
        GatewaySetting.objects.all().delete()
        values = {name: value for name, value in provider.values().items() if name != "app_secret"}
        services.save_gateway(code="wechat_pay", enabled=True, values=values)
        step = self.begin(collection)
        assert isinstance(step, Failed)
        assert step.code == "payer_unknown"
        assert "浏览器" in step.message

    def test_nobody_is_asked_on_other_devices(self, provider: WeChatProvider) -> None:
        assert not wechat_pay.payer_url("phone", "http://x", provider.config())
        assert not wechat_pay.payer_url("desktop", "http://x", provider.config())


class TestCheck:
    @pytest.fixture
    def provider(self) -> WeChatProvider:
        return WeChatProvider()

    @pytest.mark.parametrize("keys", ["public_key", "certificate"])
    def test_right_keys(self, provider: WeChatProvider, keys: str) -> None:
        assert wechat_pay.check(provider.config(keys=keys)) == "1900000001"

    @pytest.mark.parametrize(
        ("changes", "reason"),
        [
            ({"mchid": "1"}, "SIGN_ERROR"),
            ({"serial_no": "AB"}, "SIGN_ERROR"),
            ({"private_key": "nothing"}, "unreadable_key"),
            ({"private_key": new_pair()["values"]["private_key"]}, "SIGN_ERROR"),
            ({"public_key": new_pair()["values"]["public_key"]}, "foreign_answer"),
            ({"public_key": "x"}, "unreadable_key"),
            ({"api_v3_key": "short"}, "unreadable_key"),
            ({"api_v3_key": "k" * 32, "keys": "certificate"}, "foreign_answer"),
        ],
    )
    def test_what_is_wrong_is_named(self, provider: WeChatProvider, changes: dict[str, str], reason: str) -> None:
        with pytest.raises(GatewayRefused) as refused:
            wechat_pay.check(provider.config(**changes))
        assert refused.value.reason == reason

    def test_nobody_there(self, provider: WeChatProvider) -> None:
        with pytest.raises(GatewayUnavailable):
            wechat_pay.check(provider.config(base_url=NOBODY))


class TestVectors:
    """What another implementation signed and sealed."""

    def vectors(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(shared("payments_wechat/vectors.json").read_text())
        return found

    def test_sealed(self) -> None:
        for vector in self.vectors()["decrypt_aes_256_gcm"]:
            account = account_of(GatewayConfig("wechat_pay", {"api_v3_key": vector["api_v3_key"]}))
            wrapped = {
                "algorithm": "AEAD_AES_256_GCM",
                "ciphertext": vector["ciphertext_base64"],
                "nonce": vector["nonce"],
                "associated_data": vector["associated_data"],
            }
            if vector.get("error"):
                with pytest.raises(MalformedWebhook):
                    decrypt(account, wrapped)
            else:
                assert decrypt(account, wrapped) == vector["plaintext"].encode()
