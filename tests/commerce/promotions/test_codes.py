from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from duli.base.clock import frozen, now
from duli.base.errors import DuliError, InvalidInput
from duli.commerce.checkout import services as checkout
from duli.commerce.checkout.models import Cart
from duli.commerce.checkout.selectors import cart_view
from duli.commerce.checkout.types import CartView, PlaceOrder
from duli.commerce.customers.holders import Person, holders
from duli.commerce.orders import services as orders
from duli.commerce.promotions import services
from duli.commerce.promotions.models import Batch, Code, Counter, Promotion, Use
from duli.commerce.promotions.selectors import promotion_list, usage
from duli.commerce.promotions.services.codes import make_codes
from duli.commerce.promotions.types import (
    CodeExhausted,
    CodeNotNow,
    CodeOver,
    CodeTaken,
    CodeTooEarly,
    CodeUnknown,
    CodeUsed,
    PromotionDraft,
    PromotionUsed,
    TooManyCodes,
)
from duli.platform.store.changes import look_now
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _shop() -> None:
    factories.shop()


def save(code: str = "SAVE10", *, limit: int | None = None, **values: Any) -> Promotion:
    draft = PromotionDraft(name="十周年", rules={"kind": "percent", "points": 1000}, needs_code=bool(code), **values)
    row = services.save_promotion(draft=draft, actor=factories.ACTOR)
    if code:
        services.add_code(promotion_id=row.pk, text=code, limit=limit, actor=factories.ACTOR)
    look_now()
    return row


def cart_with(code: str = "SAVE10", price: int = 10000) -> Cart:
    tea = factories.variant_of(factories.product(price=price, stock=None))
    cart = factories.ready_cart(tea)
    return checkout.apply_code(token=cart.token, code=code) if code else cart


def place(cart: Cart) -> Any:
    return checkout.place_order(request=PlaceOrder(cart.token, None, "guest"))


def view(cart: Cart) -> CartView:
    look_now()
    return cart_view(cart.token, factories.market(), "zh-hans")


def test_a_code_counts_however_it_is_typed_and_can_be_taken_off() -> None:
    save()
    cart = cart_with(" ｓave 10 ")
    found = view(cart)
    assert found.quote.discount.minor == 1000
    assert [(code.text, code.applied, code.why) for code in found.codes] == [("SAVE10", True, "")]
    checkout.remove_code(token=cart.token, code="save10")
    assert view(cart).quote.discount.minor == 0


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("NOPE", CodeUnknown),
        ("x" * 10000000, CodeUnknown),
        ("\x00", CodeUnknown),
        ("SOON", CodeTooEarly),
        ("OLD", CodeOver),
        ("OFF", CodeNotNow),
    ],
)
def test_a_code_that_is_none_is_refused(code: str, error: type[DuliError]) -> None:
    save("SOON", starts_at=now() + timedelta(days=1))
    save("OLD", ends_at=now() - timedelta(days=1))
    save("OFF", is_active=False)
    cart = cart_with("")
    with pytest.raises(error) as found:
        checkout.apply_code(token=cart.token, code=code)
    assert type(found.value) is error
    cart.refresh_from_db()
    assert cart.codes == []


def test_a_cart_takes_only_some() -> None:
    cart = cart_with("")
    for number in range(6):
        save(f"CODE{number}")
    for number in range(5):
        checkout.apply_code(token=cart.token, code=f"CODE{number}")
    with pytest.raises(TooManyCodes):
        checkout.apply_code(token=cart.token, code="CODE5")


def test_a_code_that_ends_while_it_is_in_the_cart_says_so() -> None:
    end = now() + timedelta(hours=1)
    save(ends_at=end)
    cart = cart_with()
    with frozen(end):
        found = view(cart)
    assert found.quote.discount.minor == 0
    assert [code.applied for code in found.codes] == [False]
    assert found.codes[0].why


def test_a_single_use_code_is_used_once_and_given_back() -> None:
    save(limit=1)
    first, second = cart_with(), cart_with()
    order = place(first)
    assert order.discount_minor == 1000
    assert view(second).quote.discount.minor == 0
    with pytest.raises(CodeUsed):
        checkout.apply_code(token=cart_with("").token, code="SAVE10")
    assert Use.objects.values_list("reference", "amount_minor", "total_minor", "version").get() == (
        order.reference, 1000, order.total_minor, 1,
    )  # fmt: skip
    orders.cancel(order_id=order.pk, reason="customer", actor="user:1")
    assert Code.objects.values_list("used", flat=True).get() == 0
    assert view(second).quote.discount.minor == 1000
    # Given back once: the same event again changes nothing.
    assert services.give_back(reference=order.reference) == 0
    assert place(second).discount_minor == 1000


def test_an_order_that_runs_out_gives_it_back() -> None:
    save("", limit_total=1)
    order = place(cart_with(""))
    assert Counter.objects.values_list("key", "used").get() == ("all", 1)
    assert order.expires_at is not None
    with frozen(order.expires_at):
        orders.expire_unpaid()
    assert Counter.objects.values_list("key", "used").get() == ("all", 0)


def test_orders_that_are_merged_keep_their_uses_until_they_are_cancelled_together() -> None:
    save("", limit_total=2)
    first, second = place(cart_with("")), place(cart_with(""))
    kept = orders.merge(order_id=first.pk, other_ids=[second.pk], actor="user:1")
    assert Counter.objects.get(key="all").used == 2
    orders.cancel(order_id=kept.pk, reason="customer", actor="user:1")
    assert Counter.objects.get(key="all").used == 0


def test_limits_by_customer_follow_the_contact_of_guests() -> None:
    save("", limit_customer=1)
    assert place(cart_with("")).discount_minor == 1000
    assert place(cart_with("")).discount_minor == 0
    other = cart_with("")
    Cart.objects.filter(pk=other.pk).update(email="Other@Example.com", phone="")
    assert place(other).discount_minor == 1000
    assert not any("example" in key for key in Counter.objects.values_list("key", flat=True))


def test_limits_by_day_begin_anew_at_midnight_of_the_shop() -> None:
    save("", limit_day=1)
    assert place(cart_with("")).discount_minor == 1000
    assert view(cart_with("")).quote.discount.minor == 0
    with frozen(now() + timedelta(days=1)):
        assert view(cart_with("")).quote.discount.minor == 1000


def test_the_last_use_that_somebody_else_took_meanwhile_stops_the_order(monkeypatch: pytest.MonkeyPatch) -> None:
    row = save("", limit_total=1)
    cart = cart_with("")
    real = services.use

    def rival(**values: Any) -> None:
        # Another order was placed between the quote and the count.
        Counter.objects.create(promotion=row, key="all", used=1)
        real(**values)

    monkeypatch.setattr("duli.commerce.checkout.services.place.promotions.use", rival)
    with pytest.raises(CodeExhausted):
        place(cart)
    assert not Use.objects.exists()


def test_codes_are_made_by_a_job_that_goes_on_where_it_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("duli.commerce.promotions.services.codes.CHUNK", 40)
    row = save("")
    batch = services.generate_codes(promotion_id=row.pk, wanted=100, beginning="vip-", actor=factories.ACTOR)
    Code.objects.create(promotion=row, text="VIP-HALF", batch=batch, created_at=now())
    Batch.objects.filter(pk=batch.pk).update(made=1)
    factories.drain()
    assert make_codes(batch_id=batch.pk) == 100
    texts = list(Code.objects.filter(batch=batch).values_list("text", flat=True))
    assert len(set(texts)) == 100
    assert all(text.startswith("VIP-") for text in texts)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"wanted": 0}, "quantity"),
        ({"wanted": 100_001}, "quantity"),
        ({"wanted": 5, "length": 5}, "length"),
        ({"wanted": 5, "beginning": "<b>"}, "beginning"),
        ({"wanted": 5, "limit": 0}, "most"),
    ],
)
def test_generating_nonsense_is_refused(values: dict[str, Any], field: str) -> None:
    row = save("")
    with pytest.raises(InvalidInput) as refused:
        services.generate_codes(promotion_id=row.pk, actor="user:1", **values)
    assert refused.value.params == {"field": field}
    assert not Batch.objects.exists()


def test_a_code_belongs_to_one_promotion() -> None:
    save("ONE")
    other = save("TWO")
    with pytest.raises(CodeTaken):
        services.add_code(promotion_id=other.pk, text="one", actor="user:1")


def test_usage_is_told_and_what_was_used_cannot_be_deleted() -> None:
    row = save()
    order = place(cart_with())
    assert [(found.uses, found.given.minor, found.sold.minor) for found in usage(row.pk)] == [
        (1, 1000, order.total_minor)
    ]
    listed, after = promotion_list(query="save10")
    assert [(found.id, found.state, found.code, found.uses) for found in listed] == [(row.pk, "running", "SAVE10", 1)]
    assert after == ""
    with pytest.raises(PromotionUsed):
        services.delete_promotion(promotion_id=row.pk, actor="user:1")


def test_a_person_can_have_and_forget_what_was_used() -> None:
    save("", limit_customer=3)
    order = place(cart_with(""))
    person = Person((order.customer_id,), None, ("lin@example.com",), (), ())
    holder = holders.get("promotions")
    assert [row["reference"] for row in holder.export(person)["promotions"]] == [order.reference]
    assert holder.erase(person) > 0
    assert Use.objects.get().customer_id is None
    assert not Counter.objects.filter(key__startswith="contact:").exists()
