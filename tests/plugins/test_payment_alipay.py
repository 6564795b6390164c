from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qs, parse_qsl, quote, urlencode, urlsplit

import pytest
from django.test import Client

from duli.base import clock
from duli.base.money import Money
from duli.commerce.payments import services
from duli.commerce.payments.gateway import (
    Failed,
    GatewayConfig,
    GatewayRefused,
    GatewayUnavailable,
    Redirect,
    ShowQR,
)
from duli.commerce.payments.models import GatewaySetting, PaymentEvent
from duli.commerce.payments.services.start import Shopper
from duli.commerce.payments.states import AttemptState, CollectionState, RefundState
from duli.plugins.payment_alipay.client import CHINA, Account, ForeignAnswer, account_of, read_answer
from duli.plugins.payment_alipay.gateway import alipay
from sandbox.alipay import Alipay, Merchant, Wallet, new_pair
from sandbox.wallet import rsa
from sandbox.wallet.store import Store
from tests.plugins.gateway_conformance import AMOUNT, STAFF, HostedProvider, Message, Movement, published
from tests.plugins.wallets import NOBODY, WalletConformance, WalletProvider
from tests.plugins_matrix import cell

pytestmark = pytest.mark.one_database


@lru_cache(maxsize=1)
def pair() -> dict[str, dict[str, str]]:
    return new_pair()


class AlipayProvider(WalletProvider):
    code = "alipay"

    def make(self, store: Store) -> Alipay:
        self.settings = {**pair()["values"], **self.options}
        merchant, wallet = Merchant(**pair()["merchant"]), Wallet(**pair()["wallet"])
        return Alipay(merchant=merchant, wallet=wallet, public_url=self.url, store=store, post=self.post)

    def values(self, base_url: str = "") -> dict[str, str]:
        return {**self.settings, "base_url": f"{base_url or self.url}/gateway.do"}

    def config(self, **changes: str) -> GatewayConfig:
        return GatewayConfig("alipay", {**self.values(), **changes})

    def books(self) -> list[Movement]:
        trades = [trade for trade in self.app.store.every("trade") if trade["paid_at"]]
        back = [(trade, made) for trade in trades for made in trade["refunds"].values()]
        return [
            *(("captured", trade["out_trade_no"], int(Decimal(trade["total_amount"]) * 100)) for trade in trades),
            *(("refunded", trade["out_trade_no"], int(Decimal(made["amount"]) * 100)) for trade, made in back),
        ]

    def signed(self, message: Message, **changes: Any) -> Message:
        fields = dict(parse_qsl(message[0].decode(), keep_blank_values=True))
        fields = {name: value for name, value in fields.items() if name not in {"sign", "sign_type"}}
        if "amount" in changes:
            fields["total_amount"] = str(Decimal(changes["amount"]) / 100)
        fields["trans_currency"] = changes.get("currency", "CNY")
        fields["seller_id"] = changes.get("merchant", fields["seller_id"])
        fields["out_trade_no"] = changes.get("reference", fields["out_trade_no"])
        return urlencode(self.app.signed(fields), quote_via=quote).encode(), message[1]


class _Alipay(WalletConformance):
    code = "alipay"

    def values_for(self, provider: AlipayProvider) -> Mapping[str, str]:  # type: ignore[override]
        return provider.values()

    def forgeries(self, provider: HostedProvider, message: Message) -> list[Message]:
        body, headers = message
        return [
            (body.replace(b"129.00", b"129.01"), headers),
            (body.replace(b"sign_type=RSA2", b"sign_type=RSA"), headers),
            (body + b"&total_amount=1.00", headers),
            (body + b"&extra=1", headers),
            (body.split(b"&sign=")[0], headers),
        ]


class TestByQRCode(_Alipay):
    @pytest.fixture
    def provider(self) -> AlipayProvider:
        return AlipayProvider(desktop="qr")

    def test_shows_a_code_that_opens_the_app(self, provider: AlipayProvider) -> None:
        step = self.start(self.open())
        assert isinstance(step, ShowQR)
        assert step.app_url == step.content
        provider.app.public_url = "https://qr.alipay.com"
        real = self.start(self.open("order:8"))
        assert isinstance(real, ShowQR)
        assert real.app_url.startswith("alipays://")
        assert quote(real.content, safe="") in real.app_url

    def test_nobody_has_scanned_it_yet(self, provider: AlipayProvider) -> None:
        collection = self.open()
        step = self.start(collection)
        self.come_back(collection)
        assert self.reload(collection).attempts.get().state == AttemptState.PENDING
        services.void(collection_id=collection.pk, actor=STAFF)
        assert not provider.is_payable(step)

    def test_refund_made_at_alipay_itself(self, provider: AlipayProvider) -> None:
        collection = self.paid(provider)
        provider.messages(1)
        token = collection.attempts.get().token
        for number, amount in (("by-hand-1", "9.00"), ("by-hand-2", "20.00")):
            biz = {"out_trade_no": token, "refund_amount": amount, "out_request_no": number}
            provider.app.trades.refund(biz)
        for message in provider.messages(2):
            self.receive(message)
        assert self.reload(collection).refunded_minor == 2900

    def test_lost_answer_to_a_refund_gives_nothing_back_twice(self, provider: AlipayProvider) -> None:
        collection = self.paid(provider)
        row = self.refund(collection, 900, "r1")
        type(row).objects.filter(pk=row.pk).update(state=RefundState.REQUESTED, external_id="")
        PaymentEvent.objects.filter(kind="refunded").delete()
        again = services.carry_out_refund(refund_id=row.pk)
        assert again.state == RefundState.SUCCEEDED
        assert self.reload(collection).refunded_minor == 900
        [trade] = provider.app.store.every("trade")
        assert [made["amount"] for made in trade["refunds"].values()] == ["9.00"]

    @cell("refund failure")
    def test_refund_that_alipay_refuses(self, provider: AlipayProvider) -> None:
        collection = self.paid(provider)
        [trade] = provider.app.store.every("trade")
        provider.app.store.put("trade", trade["out_trade_no"], {**trade, "status": "TRADE_FINISHED"})
        assert self.refund(collection, 900, "r1").state == RefundState.FAILED
        assert self.reload(collection).refunded_minor == 0
        assert published("payments.refund_failed")[0]["error_code"] == "ACQ.TRADE_HAS_FINISHED"

    def test_message_through_the_address_is_answered_as_alipay_wants(
        self, provider: AlipayProvider, client: Client
    ) -> None:
        collection = self.open()
        provider.pay(collection, self.start(collection))
        [(body, headers)] = provider.messages(1)
        answer = client.post("/payments/alipay/webhook", body, content_type=headers["Content-Type"])
        assert (answer.status_code, answer.content) == (200, b"success")
        assert self.reload(collection).state == CollectionState.CAPTURED
        assert collection.attempts.get().details == {"payer": "159****0000"}
        refused = client.post("/payments/alipay/webhook", body + b"0", content_type=headers["Content-Type"])
        assert refused.status_code == 401

    def test_the_days_bill(self, provider: AlipayProvider) -> None:
        collection = self.paid(provider)
        refund = self.refund(collection, 900, "r1")
        day = clock.now().astimezone(CHINA).date()
        with pytest.raises(GatewayUnavailable):
            alipay.bill(day, provider.config())
        provider.offset = 86400
        paid, back = alipay.bill(day, provider.config())
        attempt = collection.attempts.get()
        assert (paid.kind, paid.token, paid.amount, paid.fee) == (
            "captured",
            attempt.token,
            AMOUNT,
            Money(77, "CNY"),
        )
        assert paid.transaction_id == PaymentEvent.objects.filter(kind="captured")[0].transaction_id
        assert (back.kind, back.token, back.amount) == ("refunded", refund.token, Money(900, "CNY"))
        assert back.transaction_id == refund.external_id
        assert back.fee == Money(-5, "CNY")


class TestByPage(_Alipay):
    starts_alone = True

    @pytest.fixture
    def provider(self) -> AlipayProvider:
        return AlipayProvider(desktop="page")

    @pytest.fixture(autouse=True)
    def _clock_stands_still(self) -> Iterator[None]:
        """The address of the page carries the time at which it was made."""
        with clock.frozen(datetime.now(UTC)):
            yield

    def test_provider_down_then_up(self, provider: HostedProvider) -> None:
        """Nobody is asked for a page: its address is only signed."""
        collection = self.open()
        provider.go_away()
        step = self.start(collection)
        assert isinstance(step, Redirect)
        self.come_back(collection)
        assert collection.attempts.get().state == AttemptState.PENDING

    def test_money_by_hand_closes_what_is_open(self, provider: HostedProvider) -> None:
        """A page that nobody has opened is no trade yet that could be closed: its own time ends it."""
        collection = self.open()
        step = self.start(collection)
        assert provider.is_payable(step)
        services.mark_received(collection_id=collection.pk, amount=AMOUNT, actor=STAFF, idempotency_key="m1")
        assert self.reload(collection).state == CollectionState.CAPTURED
        assert not provider.is_payable(step)

    def test_phone_gets_its_own_page_and_the_other_one_is_closed(self, provider: AlipayProvider) -> None:
        collection = self.open()
        until = clock.now() + timedelta(minutes=30)
        desktop = services.start(collection_id=collection.pk, idempotency_key="k", until=until)
        assert provider.is_payable(desktop)
        phone = services.start(
            collection_id=collection.pk, idempotency_key="k2", shopper=Shopper(device="phone"), until=until
        )
        assert isinstance(phone, Redirect)
        asked = parse_qs(urlsplit(phone.url).query)
        assert asked["method"] == ["alipay.trade.wap.pay"]
        assert '"quit_url":"http' in asked["biz_content"][0]
        assert '"time_expire":"20' in asked["biz_content"][0]
        assert not provider.is_payable(desktop)
        provider.pay(collection, phone)
        self.come_back(collection)
        assert self.reload(collection).state == CollectionState.CAPTURED

    def test_page_lapses_with_the_order(self, provider: AlipayProvider) -> None:
        collection = self.open()
        until = clock.now() + timedelta(minutes=30)
        step = services.start(collection_id=collection.pk, idempotency_key="k", until=until)
        assert provider.is_payable(step)
        provider.offset = 1801
        assert not provider.is_payable(step)
        with clock.frozen(until + timedelta(seconds=1)):
            assert services.poll_due() == 1
            self.reload(collection)
        assert collection.attempts.get().state == AttemptState.CLOSED

    def test_a_page_that_somebody_changed_is_not_shown(self, provider: AlipayProvider) -> None:
        step = self.start(self.open())
        assert isinstance(step, Redirect)
        assert not provider.is_payable(Redirect(step.url.replace("129.00", "1.00")))


class TestWithCertificates(_Alipay):
    @pytest.fixture
    def provider(self) -> AlipayProvider:
        return AlipayProvider(desktop="qr", keys="certificate", alipay_public_key="")


class TestCheck:
    """The button on the setup page."""

    @pytest.fixture
    def provider(self) -> AlipayProvider:
        return AlipayProvider()

    @pytest.mark.parametrize("keys", ["key", "certificate"])
    def test_right_keys(self, provider: AlipayProvider, keys: str) -> None:
        assert alipay.check(provider.config(keys=keys)) == "2088000000000001"

    @pytest.mark.parametrize(
        ("changes", "reason"),
        [
            ({"app_id": "2021"}, "isv.invalid-app-id"),
            ({"private_key": "nothing"}, "unreadable_key"),
            ({"private_key": new_pair()["values"]["private_key"]}, "isv.invalid-signature"),
            ({"alipay_public_key": ""}, "foreign_answer"),
            ({"keys": "certificate", "root_certificate": ""}, "unreadable_key"),
        ],
    )
    def test_what_is_wrong_is_named(self, provider: AlipayProvider, changes: dict[str, str], reason: str) -> None:
        with pytest.raises(GatewayRefused) as refused:
            alipay.check(provider.config(**changes))
        assert refused.value.reason == reason

    def test_own_key_in_the_place_of_alipays(self, provider: AlipayProvider) -> None:
        with pytest.raises(GatewayRefused) as refused:
            alipay.check(provider.config(alipay_public_key=pair()["merchant"]["public_key"]))
        assert refused.value.reason == "foreign_answer"

    def test_keys_without_their_first_and_last_line(self, provider: AlipayProvider) -> None:
        def bare(name: str) -> str:
            return "".join(line for line in provider.values()[name].splitlines() if "-----" not in line)

        names = ("private_key", "alipay_public_key")
        assert alipay.check(provider.config(**{name: bare(name) for name in names}))

    def test_nobody_there(self, provider: AlipayProvider) -> None:
        with pytest.raises(GatewayUnavailable):
            alipay.check(provider.config(base_url=NOBODY))


class TestAnswers:
    """The signature covers the text of the inner object, however that is written."""

    @pytest.fixture
    def provider(self) -> AlipayProvider:
        return AlipayProvider()

    def account(self, provider: AlipayProvider) -> Account:
        return account_of(provider.config())

    def answer(self, provider: AlipayProvider, inner: str, *, sign: str = "", after: str = "") -> str:
        signature = sign or rsa.sign(provider.app.key, inner.encode())
        return f'{{"a_response":{inner},"sign":"{signature}"{after}}}'

    @pytest.mark.parametrize(
        "inner",
        [
            '{"code":"10000"}',
            '{ "code" : "10000", "note":"a } in \\" a { string" }',
            '{"code":"10000","list":[{"a":{"b":"}"}}],"path":"a\\/b","字":"\\u4e2d文\\\\"}',
        ],
    )
    def test_any_text(self, provider: AlipayProvider, inner: str) -> None:
        text = self.answer(provider, inner, after=',"alipay_cert_sn":"x"')
        assert read_answer(self.account(provider), text, "a_response")["code"] == "10000"

    def test_changed_or_foreign(self, provider: AlipayProvider) -> None:
        good = self.answer(provider, '{"code":"10000","total_amount":"1.00"}')
        for text in (
            good.replace("1.00", "9.00"),
            good.replace('{"code"', '{ "code"'),
            self.answer(provider, '{"code":"10000"}', sign="AAAA"),
            '{"a_response":{"code":"10000"}}',
            '{"a_response":{"code":"40004","sub_code":"ACQ.TRADE_NOT_EXIST"}}',
        ):
            with pytest.raises(ForeignAnswer):
                read_answer(self.account(provider), text, "a_response")

    def test_an_object_of_the_same_name_elsewhere_is_not_taken_for_it(self, provider: AlipayProvider) -> None:
        good = self.answer(provider, '{"code":"10000"}')
        text = '{"x":{"a_response":{"code":"10000"}},"a_response":{"code":"666"}' + good[good.index(',"sign"') :]
        with pytest.raises(GatewayUnavailable):
            read_answer(self.account(provider), text, "a_response")

    @pytest.mark.parametrize("text", ["", "[]", "{}", "<html>", '{"a_response":1}', '{"a_response":{"a":1'])
    def test_no_answer_at_all(self, provider: AlipayProvider, text: str) -> None:
        with pytest.raises(GatewayUnavailable):
            read_answer(self.account(provider), text, "a_response")


@pytest.mark.django_db
def test_private_key_is_sealed() -> None:
    key = pair()["values"]["private_key"]
    services.save_gateway(code="alipay", enabled=True, values=AlipayProvider().values())
    assert key not in str(GatewaySetting.objects.get(code="alipay").settings)


@pytest.mark.django_db
def test_unreadable_key_fails_the_try_and_says_so() -> None:
    provider = AlipayProvider(private_key="nothing")
    services.save_gateway(code="alipay", enabled=True, values=provider.values())
    collection = services.open_collection(
        reference="order:1", amount=AMOUNT, method_code="alipay", return_url="/", language="en", label="1"
    )
    step = services.start(collection_id=collection.pk, idempotency_key="k")
    assert isinstance(step, Failed)
    assert step.code == "unreadable_key"
