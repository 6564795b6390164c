"""Codes that customers are given for their birthday, or take: good for them alone, and once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.db import connection
from django.test.utils import CaptureQueriesContext

from duli.base.clock import frozen, now
from duli.base.errors import InvalidInput
from duli.commerce.checkout import services as checkout
from duli.commerce.checkout.models import Cart
from duli.commerce.checkout.selectors import cart_view
from duli.commerce.checkout.types import PlaceOrder
from duli.commerce.customers.models import Birthday, Customer
from duli.commerce.customers.selectors import person_of
from duli.commerce.membership import selectors
from duli.commerce.membership import services as membership
from duli.commerce.orders import services as orders
from duli.commerce.promotions import services
from duli.commerce.promotions.holders import PromotionUses
from duli.commerce.promotions.models import Code, Promotion, Taken, Use
from duli.commerce.promotions.selectors import code_for, coupons_of, gives_on_birthdays, listed, promotion_list
from duli.commerce.promotions.types import CodeExhausted, CodeNotNow, CodeOfSomebody, CodeUsed, PromotionDraft
from duli.platform.accounts.models import User
from duli.platform.mail.models import Mail
from duli.platform.store.changes import reset_caches
from tests import factories
from tests.commerce.membership import people

pytestmark = pytest.mark.django_db
# Noon of the 3rd of May in Shanghai, the zone of the shop.
NOON = datetime(2027, 5, 3, 4, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _shop(db: None) -> None:
    factories.shop()


def present(**values: Any) -> Promotion:
    wanted = {"needs_code": True, "birthday_before": 3, "birthday_after": 10, **values}
    draft = PromotionDraft(name="生日礼", rules={"kind": "amount", "amount": {"CNY": 2000}}, **wanted)
    row = services.save_promotion(draft=draft, actor=factories.ACTOR)
    reset_caches()
    return row


def born(month: int, day: int, language: str = "zh-hans") -> Customer:
    customer = people.member()
    Customer.objects.filter(pk=customer.pk).update(language=language)
    Birthday.objects.create(customer=customer, month=month, day=day, told_at=NOON)
    return customer


def test_everybody_is_given_their_own_code_some_days_before_and_mailed_it_in_their_language() -> None:
    soon, later, today, past = born(5, 6), born(5, 7), born(5, 3, "en"), born(4, 30)
    for customer in (soon, today):
        EmailAddress.objects.create(user_id=customer.user_id, email=customer.email, verified=True, primary=True)
    present()
    with frozen(NOON):
        assert services.give_birthday_codes() == 2
        assert services.give_birthday_codes() == 0
        codes = {code.customer_id: code for code in Code.objects.all()}
        assert codes.keys() == {soon.pk, today.pk}
        # Until the end of the tenth day after it, in the zone of the shop.
        assert codes[soon.pk].expires_at == datetime(2027, 5, 16, 16, tzinfo=UTC)
        factories.drain()
    told = {mail.to: mail for mail in Mail.objects.filter(template="birthday_coupon")}
    assert set(told) == {User.objects.get(pk=customer.user_id).email for customer in (soon, today)}
    chinese, english = (told[User.objects.get(pk=one.user_id).email or ""] for one in (soon, today))
    assert "生日快乐" in chinese.subject
    assert "2027-05-16" in chinese.text
    assert codes[soon.pk].text in chinese.text
    assert "Happy birthday" in english.subject
    assert "off" in english.text
    with frozen(NOON + timedelta(days=1)):
        assert services.give_birthday_codes() == 1
    assert Code.objects.filter(customer=later).exists()
    assert not Code.objects.filter(customer=past).exists()


def test_the_days_are_those_of_the_shop() -> None:
    customer = born(5, 4)
    present(birthday_before=0)
    with frozen(datetime(2027, 5, 3, 15, 59, tzinfo=UTC)):
        assert services.give_birthday_codes() == 0
    with frozen(datetime(2027, 5, 3, 16, 0, tzinfo=UTC)):
        assert services.give_birthday_codes() == 1
    assert Code.objects.get().customer_id == customer.pk


def test_a_night_without_a_worker_costs_nobody_their_present() -> None:
    born(5, 1)
    present(birthday_before=0)
    with frozen(NOON):
        assert services.give_birthday_codes() == 1


def test_nobody_gets_two_in_a_year_by_moving_their_birthday() -> None:
    customer = born(12, 30)
    present()
    with frozen(datetime(2027, 12, 29, 4, tzinfo=UTC)):
        assert services.give_birthday_codes() == 1
    Birthday.objects.filter(pk=customer.pk).update(month=1, day=5)
    with frozen(datetime(2028, 1, 4, 4, tzinfo=UTC)):
        assert services.give_birthday_codes() == 0
    with frozen(datetime(2029, 1, 4, 4, tzinfo=UTC)):
        assert services.give_birthday_codes() == 1


def test_leap_days_come_every_year() -> None:
    born(2, 29)
    present(birthday_before=0)
    found = []
    for year, month, day in ((2027, 2, 28), (2028, 2, 28), (2028, 2, 29), (2029, 2, 28)):
        with frozen(datetime(year, month, day, 4, tzinfo=UTC)):
            found.append(services.give_birthday_codes())
    assert found == [1, 0, 1, 1]


def test_what_does_not_run_gives_nothing() -> None:
    born(5, 3)
    row = present()
    for values in (
        {"is_active": False},
        {"ends_at": NOON - timedelta(days=1)},
        {"starts_at": NOON + timedelta(days=1)},
    ):
        Promotion.objects.filter(pk=row.pk).update(**{"is_active": True, "starts_at": None, "ends_at": None, **values})
        with frozen(NOON):
            assert services.give_birthday_codes() == 0
            assert not gives_on_birthdays()


@pytest.mark.parametrize(
    "values",
    [{"needs_code": False}, {"birthday_before": -1}, {"birthday_before": 61}, {"birthday_after": 301}],
)
def test_a_present_makes_sense(values: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        present(**values)
    assert not Promotion.objects.exists()


def owned() -> tuple[Customer, Code]:
    customer = born(5, 3)
    present()
    with frozen(NOON):
        services.give_birthday_codes()
    return customer, Code.objects.get()


def test_it_is_good_for_its_owner_alone_and_once() -> None:
    customer, code = owned()
    tea = factories.variant_of(factories.product(price=10000))
    with frozen(NOON):
        with pytest.raises(CodeOfSomebody):
            checkout.apply_code(token=factories.cart(tea).token, code=code.text)
        cart = people.cart(customer, tea)
        checkout.apply_code(token=cart.token, code=code.text)
        assert cart_view(cart.token, factories.market(), "zh-hans").quote.discount.minor == 2000
        # A cart that came into other hands brings the code along for nothing.
        Cart.objects.filter(pk=cart.pk).update(customer=people.member())
        assert cart_view(cart.token, factories.market(), "zh-hans").quote.discount.minor == 0
        Cart.objects.filter(pk=cart.pk).update(customer=customer)
        order = people.place(customer, cart)
        assert order.discount_minor == 2000
        with pytest.raises(CodeUsed):
            code_for(code.text, customer.pk)
        assert [entry.state for entry in coupons_of(customer.pk, "CNY", "zh-hans")] == ["used"]
        orders.cancel(order_id=order.pk, reason="customer", actor=factories.ACTOR)
        assert [entry.state for entry in coupons_of(customer.pk, "CNY", "zh-hans")] == ["ready"]


def test_who_orders_as_somebody_else_does_not_use_it() -> None:
    """The statement that counts checks whose it is, whatever was read before."""
    customer, code = owned()
    with frozen(NOON):
        cart = people.cart(customer, factories.variant_of(factories.product(price=10000)))
        checkout.apply_code(token=cart.token, code=code.text)
        with pytest.raises(CodeExhausted):
            checkout.place_order(request=PlaceOrder(cart.token, None, "guest"))
    assert not Use.objects.exists()


def test_it_is_over_on_the_second() -> None:
    customer, code = owned()
    tea = factories.variant_of(factories.product(price=10000))
    end = code.expires_at
    assert end is not None
    cart = people.cart(customer, tea)
    found = []
    with frozen(end - timedelta(seconds=1)):
        checkout.apply_code(token=cart.token, code=code.text)
        found.append(cart_view(cart.token, factories.market(), "zh-hans").quote.discount.minor)
    with frozen(end):
        found.append(cart_view(cart.token, factories.market(), "zh-hans").quote.discount.minor)
        with pytest.raises(CodeNotNow):
            code_for(code.text, customer.pk)
        assert [entry.state for entry in coupons_of(customer.pk, "CNY", "zh-hans")] == ["over"]
    assert found == [2000, 0]


def test_it_is_shown_to_nobody_else() -> None:
    _customer, code = owned()
    Promotion.objects.update(is_listed=True)
    reset_caches()
    with frozen(NOON):
        assert listed("CNY", "zh-hans") == []
        assert [row.code for row in promotion_list()[0]] == [""]
    assert code.text


def test_what_is_taken_stays_among_ones_coupons() -> None:
    row = services.save_with_code(
        draft=PromotionDraft(name="满减", rules={"kind": "percent", "points": 1000}, needs_code=True, is_listed=True),
        code="SAVE10",
        actor=factories.ACTOR,
    )
    reset_caches()
    customer = people.member()
    services.take_code(text="save10", customer_id=customer.pk)
    services.take_code(text="SAVE10", customer_id=customer.pk)
    assert Taken.objects.count() == 1
    assert [(one.code, one.state, one.is_own) for one in coupons_of(customer.pk, "CNY", "en")] == [
        ("SAVE10", "ready", False)
    ]
    cart = people.cart(customer, factories.variant_of(factories.product(price=10000)))
    checkout.apply_code(token=cart.token, code="SAVE10")
    people.place(customer, cart)
    # It may be used again, until somebody says how often.
    assert [one.state for one in coupons_of(customer.pk, "CNY", "en")] == ["ready"]
    Promotion.objects.filter(pk=row.pk).update(limit_customer=1)
    assert [one.state for one in coupons_of(customer.pk, "CNY", "en")] == ["used"]
    services.set_active(promotion_id=row.pk, active=False, actor=factories.ACTOR)
    other = people.member()
    Taken.objects.create(customer=other, code=Code.objects.get(), taken_at=now())
    assert [one.state for one in coupons_of(other.pk, "CNY", "en")] == ["over"]


def test_thirty_coupons_are_read_with_the_statements_of_one() -> None:
    customer = people.member()
    row = present()

    def queries() -> int:
        with CaptureQueriesContext(connection) as found:
            coupons_of(customer.pk, "CNY", "en")
        return len(found)

    Code.objects.create(promotion=row, text="OWN0", customer=customer, created_at=now())
    coupons_of(customer.pk, "CNY", "en")
    one = queries()
    for number in range(1, 30):
        Code.objects.create(promotion=row, text=f"OWN{number}", customer=customer, created_at=now())
    assert queries() == one
    assert len(coupons_of(customer.pk, "CNY", "en")) == 30


def test_coupons_are_handed_out_moved_and_forgotten() -> None:
    customer, code = owned()
    holder = PromotionUses()
    assert [row["text"] for row in holder.export(person_of(customer.pk))["coupons"]] == [code.text]
    other = people.member()
    holder.move(customer.pk, other.pk)
    assert Code.objects.get().customer_id == other.pk
    holder.erase(person_of(other.pk))
    assert not Code.objects.exists()


def test_birthday_points_come_once_a_year() -> None:
    people.rules(birthday_points=50)
    customer, _other = born(5, 3), born(5, 4)
    with frozen(NOON):
        assert (membership.birthdays(), membership.birthdays()) == (1, 0)
        assert selectors.available_points(customer.pk) == 50
    Birthday.objects.filter(pk=customer.pk).update(month=1, day=2)
    with frozen(datetime(2028, 1, 2, 4, tzinfo=UTC)):
        assert membership.birthdays() == 0
    with frozen(datetime(2029, 1, 2, 4, tzinfo=UTC)):
        assert membership.birthdays() == 1
    assert selectors.differences() == []
