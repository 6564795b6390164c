from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta

import pytest
from pytest_django import Settings

from duli.base import clock
from duli.base.money import Money
from duli.commerce.payments import selectors, services
from duli.commerce.payments.gateway import Failed, Redirect
from duli.commerce.payments.models import GatewaySetting
from duli.commerce.payments.states import AttemptState, CollectionState, RefundState
from duli.commerce.payments.types import NothingAuthorised
from tests.plugins.card_page import SECRET, CardPageProvider
from tests.plugins.gateway_conformance import ProviderConformance, published
from tests.plugins_matrix import cell


class TestSandboxCard(ProviderConformance):
    code = "sandbox_card"

    @pytest.fixture
    def provider(self, settings: Settings) -> Iterator[CardPageProvider]:
        provider = CardPageProvider()
        settings.PUBLIC_URL = provider.mailbox.url
        yield provider
        provider.shut_down()

    def values_for(self, provider: CardPageProvider) -> Mapping[str, str]:  # type: ignore[override]
        return provider.values()

    def test_shopper_may_try_another_card_on_the_page(self, provider: CardPageProvider) -> None:
        collection = self.open()
        step = self.start(collection)
        answer = provider.post(step, test_card="insufficient_funds")
        assert answer.status_code == 402
        assert "余额不足" in answer.text
        provider.pay(collection, step)
        self.come_back(collection)
        assert self.reload(collection).state == CollectionState.CAPTURED
        assert not published("payments.failed")

    def test_three_refusals_end_the_attempt(self, provider: CardPageProvider) -> None:
        collection = self.open()
        step = self.start(collection)
        codes = [provider.post(step, test_card="declined").status_code for _ in range(3)]
        assert codes == [402, 402, 303]
        self.come_back(collection)
        ended = selectors.current_step(collection.pk)
        assert isinstance(ended, Failed)
        assert ended.code == "card_declined"

    @pytest.mark.parametrize("answer", ["approve", "deny"])
    def test_bank_asks_its_customer(self, provider: CardPageProvider, answer: str) -> None:
        collection = self.open()
        step = self.start(collection)
        page = provider.post(step, test_card="challenge")
        assert page.status_code == 200
        assert "3220" in page.text
        provider.post(step, "/challenge", answer=answer)
        self.come_back(collection)
        expected = CollectionState.CAPTURED if answer == "approve" else CollectionState.OPEN
        assert self.reload(collection).state == expected

    def test_message_sent_twice(self, provider: CardPageProvider) -> None:
        collection = self.open()
        provider.post(self.start(collection), test_card="double")
        first, second = provider.messages(2)
        assert self.receive(first) == self.receive(second)
        assert self.reload(collection).captured_minor == 12900

    def test_authorise_now_capture_later(self, provider: CardPageProvider) -> None:
        services.save_gateway(code=self.code, enabled=True, values={"capture": "manual"})
        collection = self.open()
        with pytest.raises(NothingAuthorised):
            services.capture(collection_id=collection.pk)
        provider.pay(collection, self.start(collection))
        self.come_back(collection)
        assert self.reload(collection).state == CollectionState.AUTHORISED
        assert (collection.authorised_minor, collection.captured_minor) == (12900, 0)
        for _ in range(2):
            collection = services.capture(collection_id=collection.pk)
        assert collection.state == CollectionState.CAPTURED
        assert len(published("payments.authorised")) == 1
        assert len(published("payments.captured")) == 1

    @cell("refund failure")
    def test_refund_that_is_refused(self, provider: CardPageProvider) -> None:
        """Somebody has given the money back on the provider's own pages, and we were not told."""
        collection = self.paid(provider)
        attempt = collection.attempts.get()
        provider.server.page.store.refund(attempt.external_id, "duli", attempt.token, 12000, "CNY")
        assert self.refund(collection, 2900, "r1").state == RefundState.FAILED
        assert self.reload(collection).refunded_minor == 0
        assert published("payments.refund_failed")[0]["error_code"] == "refund_too_large"

    def test_authorisation_is_released(self, provider: CardPageProvider) -> None:
        services.save_gateway(code=self.code, enabled=True, values={"capture": "manual"})
        collection = self.open()
        provider.pay(collection, self.start(collection))
        self.come_back(collection)
        services.void(collection_id=collection.pk, actor="user:1")
        assert self.reload(collection).state == CollectionState.CLOSED
        assert collection.authorised_minor == 0
        assert published("payments.restated")[-1]["state"] == "closed"

    def test_old_attempt_is_closed_by_the_poll(self, provider: CardPageProvider) -> None:
        collection = self.open()
        step = self.start(collection)
        attempt = collection.attempts.get()
        assert attempt.expires_at is not None
        provider.offset = 1801
        with clock.frozen(clock.now() + timedelta(seconds=1801)):
            assert services.poll_due() == 1
            assert services.poll_due() == 0
            self.reload(collection)
        attempt.refresh_from_db()
        assert attempt.state == AttemptState.CLOSED
        assert not provider.is_payable(step)

    def test_bank_still_deciding_keeps_another_method_away(self, provider: CardPageProvider) -> None:
        services.save_gateway(code="cash_on_delivery", enabled=True, values={})
        collection = self.open()
        provider.pay_slowly(self.start(collection))
        collection.method_code = "cash_on_delivery"
        collection.save()
        assert isinstance(self.start(collection, "k2"), Failed)
        assert collection.attempts.count() == 1

    def test_changing_the_method_closes_the_page(self, provider: CardPageProvider) -> None:
        services.save_gateway(code="cash_on_delivery", enabled=True, values={})
        collection = self.open()
        step = self.start(collection)
        services.change_method(collection_id=collection.pk, method_code="cash_on_delivery")
        assert not provider.is_payable(step)
        assert not isinstance(self.start(collection, "k2"), Redirect)

    def test_key_is_sealed(self) -> None:
        stored = GatewaySetting.objects.get(code=self.code)
        assert SECRET not in str(stored.settings)
        form = next(form for form in selectors.gateway_forms("en") if form.code == self.code)
        assert "secret" not in form.values
        assert form.secrets_set == {"secret"}

    def test_nothing_to_charge_for_nothing(self) -> None:
        assert not selectors.methods_for(currency="CNY", country="CN", amount=Money(0, "CNY"), language="en")
