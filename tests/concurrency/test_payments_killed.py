"""Our process is killed with -9 when a provider has done what it was asked and its answer is not noted yet.

For every gateway, at each of its calls while a payment begins, while it is taken and while money goes back. Whoever
comes after it (the shopper's next click, the poll, the job of the refund) finds one payment and one refund at the
provider, and ends with the same sums.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from duli.base.money import Money
from duli.commerce.payments import services
from duli.commerce.payments.gateway import Failed, Step
from duli.commerce.payments.models import PaymentCollection
from duli.commerce.payments.states import CollectionState, RefundState
from duli.platform.jobs import worker
from tests.concurrency.killing import in_another_process
from tests.plugins.card_page import CardPageProvider
from tests.plugins.paypal import PayPalProvider
from tests.plugins.stripe import StripeProvider
from tests.plugins.test_payment_alipay import AlipayProvider
from tests.plugins.test_payment_antom import AntomProvider
from tests.plugins.test_payment_wechatpay import WeChatProvider
from tests.plugins_matrix import cell

pytestmark = [pytest.mark.concurrency, pytest.mark.one_database, pytest.mark.django_db(transaction=True)]
MOST_CALLS = 12


def _case(code: str, make: Callable[[], Any]) -> Any:
    return pytest.param(code, make, id=code, marks=cell("killed", gateway=code))


def killed_at_each_call(act: Callable[[], object]) -> int:
    """Do it in processes that die after their first, second … call, until one comes to its end; count the dead."""
    for call in range(1, MOST_CALLS):
        if in_another_process(act, kill_at=call, calls_only=True):
            return call - 1
    raise AssertionError("it never came to an end")


@pytest.mark.parametrize(
    ("code", "make"),
    [
        _case("stripe", StripeProvider),
        _case("paypal", PayPalProvider),
        _case("alipay", lambda: AlipayProvider(desktop="qr")),
        _case("wechat_pay", WeChatProvider),
        _case("antom", AntomProvider),
        _case("sandbox_card", CardPageProvider),
    ],
)
def test_killed_after_the_call_and_before_the_answer(code: str, make: Callable[[], Any]) -> None:
    provider = make()
    services.save_gateway(code=code, enabled=True, values=provider.values())
    collection = services.open_collection(
        reference="order:7",
        amount=Money(12900, "CNY"),
        method_code=code,
        return_url="/orders/abc",
        language="en",
        label="7",
    )
    begin = partial(services.start, collection_id=collection.pk, idempotency_key="k")
    deaths = killed_at_each_call(begin)
    step = begin()
    assert not isinstance(step, Failed)
    attempt = collection.attempts.get()
    agree(provider, collection, step)
    deaths += killed_at_each_call(partial(services.return_from_gateway, token=attempt.token))
    services.poll_attempt(attempt_id=attempt.pk)
    worker.drain()
    collection.refresh_from_db()
    assert (collection.state, collection.captured_minor) == (CollectionState.CAPTURED, 12900)
    back = partial(
        services.refund, collection_id=collection.pk, amount=Money(2900, "CNY"), actor="user:1", idempotency_key="r"
    )
    deaths += killed_at_each_call(back)
    refund = back()
    worker.drain()
    collection.refresh_from_db()
    assert (refund.state, collection.refunded_minor) == (RefundState.SUCCEEDED, 2900)
    assert deaths >= 3
    assert sorted((kind, minor) for kind, _, minor in provider.books()) == [("captured", 12900), ("refunded", 2900)]


def agree(provider: Any, collection: PaymentCollection, step: Step) -> None:
    """Let the shopper say yes; where the shop takes the money itself, that is still to come."""
    provider.approve(step) if isinstance(provider, PayPalProvider) else provider.pay(collection, step)
