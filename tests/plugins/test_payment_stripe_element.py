"""Stripe's Payment Element: the same gateway, the card given in Stripe's frames on the order's page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from django.http import HttpResponse

from duli.base.errors import InvalidInput
from duli.commerce.payments import services
from duli.commerce.payments.configuration import config_of
from duli.commerce.payments.gateway import Availability, ClientForm, Step, gateways
from duli.commerce.payments.models import GatewaySetting, PaymentCollection
from duli.commerce.payments.states import CollectionState
from duli.platform.store.changes import reset_caches
from duli.plugins.payment_stripe.client import API_URL, Account
from duli.plugins.payment_stripe.setup import script_of
from duli.web.storefront.buying_drops import PaymentDrop
from duli.web.storefront.views.orders import allowing
from tests.plugins.gateway_conformance import AMOUNT, HostedProvider, ProviderConformance, published
from tests.plugins.stand_ins import browser
from tests.plugins.stripe import StripeProvider

pytestmark = pytest.mark.one_database

EVENTS = ("payment_intent.succeeded", "payment_intent.canceled", "refund.created", "refund.updated")


class ElementProvider(StripeProvider):
    """A shopper who uses the frames."""

    def __init__(self) -> None:
        super().__init__(EVENTS, form="element", publishable_key="pk_live_shop")

    def intent(self, step: Step) -> dict[str, Any]:
        assert isinstance(step, ClientForm)
        return self.store.get("payment_intent", step.values["secret"].split("_secret_")[0]) or {}

    def post(self, step: Step, action: str = "", **form: str) -> Any:
        assert isinstance(step, ClientForm)
        address = f"{self.url}/elements/{self.intent(step)['id']}{action}?secret={step.values['secret']}"
        return browser().post(address, data=form)

    def pay(self, collection: PaymentCollection, step: Step) -> None:
        self.post(step, test_card=self.card)

    def pay_slowly(self, step: Step) -> None:
        self.post(step, method="sepa_debit")

    def is_payable(self, step: Step) -> bool:
        return bool(self.intent(step)["status"] == "requires_payment_method")


class TestElement(ProviderConformance):
    code = "stripe"

    @pytest.fixture
    def provider(self) -> ElementProvider:
        return ElementProvider()

    def values_for(self, provider: ElementProvider) -> Mapping[str, str]:  # type: ignore[override]
        return provider.values()

    def test_decline_then_another_try(self, provider: HostedProvider) -> None:
        """A refused card is the frame's own matter: another can be given at once."""
        assert isinstance(provider, ElementProvider)
        collection = self.open()
        step = self.start(collection)
        page = provider.post(step, test_card="4000000000000002")
        assert "card" in page.text
        self.come_back(collection)
        assert self.start(collection, "new try") == step
        provider.pay(collection, step)
        self.come_back(collection)
        assert self.reload(collection).state == CollectionState.CAPTURED
        assert not published("payments.failed")

    def test_abandoned(self, provider: HostedProvider) -> None:
        """Who leaves finds the same form again; when the order lapses it is closed at Stripe."""
        collection = self.open()
        step = self.start(collection)
        self.come_back(collection)
        assert self.start(collection, "later") == step
        services.close_attempt(attempt_id=collection.attempts.get().pk)
        assert not provider.is_payable(step)

    @pytest.mark.parametrize("answer", ["approve", "deny"])
    def test_bank_asks_its_customer(self, provider: ElementProvider, answer: str) -> None:
        collection = self.open()
        step = self.start(collection)
        provider.post(step, test_card="4000000000003220")
        provider.post(step, "/challenge", answer=answer)
        self.come_back(collection)
        expected = CollectionState.CAPTURED if answer == "approve" else CollectionState.OPEN
        assert self.reload(collection).state == expected

    def test_form_knows_the_public_key_and_no_other(self, provider: ElementProvider) -> None:
        step = self.start(self.open())
        assert isinstance(step, ClientForm)
        assert step.script_url == f"{provider.url}/endive/stripe.js"
        assert step.adapter == "payment_stripe/element.js"
        assert step.values["key"] == "pk_live_shop"
        assert step.values["label"] == "支付 ¥129.00"
        assert "sk_" not in str(step.values)
        assert browser().get(step.script_url).status_code == 200

    def test_strangers_see_no_frame(self, provider: ElementProvider) -> None:
        name = provider.intent(self.start(self.open()))["id"]
        assert browser().get(f"{provider.url}/elements/{name}?secret=x").status_code == 404

    def test_without_the_public_key_it_cannot_be_switched_on(self, provider: ElementProvider) -> None:
        provider.settings = {"form": "element", "publishable_key": ""}
        with pytest.raises(InvalidInput) as refused:
            provider.come_back()
        assert refused.value.params["field"] == "publishable_key"

    def test_and_is_not_offered_where_it_was_before_that_was_asked(self, provider: ElementProvider) -> None:
        row = GatewaySetting.objects.get(code="stripe")
        row.settings = {**row.settings, "publishable_key": ""}
        row.save()
        reset_caches()
        assert not gateways.get("stripe").available(Availability(AMOUNT, "CN"), config_of("stripe"))


def test_page_allows_stripe_where_its_form_is_and_nowhere_else() -> None:
    script, origins = script_of(Account(API_URL, "sk_live_x", live=True))
    assert script == "https://js.stripe.com/endive/stripe.js"
    form = PaymentDrop("form", "", "", script_url=script, script_origins=origins)
    policy = allowing(HttpResponse(), form)._csp_update  # type: ignore[attr-defined]
    assert policy == {
        "script-src": ["'self'", "https://js.stripe.com"],
        "connect-src": ["'self'", "https://js.stripe.com", "https://api.stripe.com", "https://hooks.stripe.com"],
        "frame-src": ["https://js.stripe.com", "https://api.stripe.com", "https://hooks.stripe.com"],
    }
    for state in ("due", "failed", "qr", "paid"):
        other = PaymentDrop(state, "", "", script_url=script)
        assert not hasattr(allowing(HttpResponse(), other), "_csp_update")
