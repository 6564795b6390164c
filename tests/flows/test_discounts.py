"""Every form of discount is built in the editor by hand, says in a sentence what it does, and is bought with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from playwright.sync_api import Page, expect

from duli.base.clock import now
from duli.base.money import Money
from duli.commerce.catalogue.models import Product, Variant
from duli.commerce.checkout.models import Cart
from duli.commerce.checkout.selectors import cart_view
from duli.commerce.customers.credit import credit_balances
from duli.commerce.customers.models import Birthday, Customer
from duli.commerce.customers.services import change_credit
from duli.commerce.orders import services as orders
from duli.commerce.orders.models import Order
from duli.commerce.promotions import services
from duli.commerce.promotions.models import Code, Promotion, Use
from duli.platform.accounts.models import User
from duli.platform.store.changes import look_now
from duli.platform.store.days import day_of
from tests import factories
from tests.commerce.membership import people
from tests.flows.conftest import DESK_AND_PHONE, speak
from tests.flows.test_every_screen import enter

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Open = Callable[..., Page]


@dataclass(frozen=True)
class Form:
    """What is typed and picked for a goal, what lies in the cart (tea at 88, trays at 260), and what comes of it."""

    goal: str
    typed: dict[str, str]
    picked: dict[str, str] = field(default_factory=dict)
    tea: int = 0
    trays: int = 0
    off: int = 0
    goods: int | None = None
    """What the goods cost by their own prices on the page, where those change."""
    way: str = ""
    """How a code comes into the cart: "typed", "link", "centre", "bulk" (one of many that were made) or "birthday"."""
    member: bool = False
    """Whether the cart is an account's; `earns` are the points it is told to earn then."""
    earns: int = 0


TEA, TRAY = "龙井绿茶", "竹茶盘"
TICK = "☑"
FORMS = [
    Form("percent", {"percent": "10", "most": "20"}, {"on": TEA}, tea=1, trays=1, off=880),
    Form("amount", {"amount": "20", "from_amount": "150"}, {}, tea=2, off=2000),
    Form("ladder", {"at_1": "100", "off_1": "10", "at_2": "200", "off_2": "30"}, {}, trays=1, off=3000),
    Form("ladder_percent", {"at_1": "100", "off_1": "5"}, {}, trays=1, off=1300),
    Form("every", {"at_1": "100", "off_1": "10"}, {}, trays=1, off=2000),
    Form("pieces", {"at_1": "2", "off_1": "50"}, {"on": TEA}, tea=2, off=8800),
    Form("buy_get", {"buy": "1", "get": "1", "percent": "100"}, {"on": TEA}, tea=2, off=8800),
    Form("bundle", {"quantity": "2", "amount": "150"}, {"on": TEA}, tea=2, off=2600),
    Form("set", {"amount": "300"}, {"part_1": TEA, "part_2": TRAY}, tea=1, trays=1, off=4800),
    Form("add_on", {"amount": "9.90", "from_amount": "200"}, {"on": TEA}, tea=1, trays=1, off=7810),
    Form("gift", {"from_amount": "200"}, {"on": TEA}, tea=1, trays=1, off=8800),
    Form("price", {"amount": "80"}, {"on": TEA}, tea=1, off=800),
    Form("shipping", {"percent": "100", "from_amount": "50"}, {}, tea=1),
    Form("sale", {"percent": "25"}, {"on": TEA}, tea=1, goods=6600),
    Form("sale_price", {"amount": "70"}, {"on": TEA}, tea=1, goods=7000),
    Form("tiers", {"at_1": "2", "off_1": "50"}, {"on": TEA}, tea=2, goods=8800),
    Form("members", {"percent": "5", "members_only": TICK}, {}, tea=1, goods=8360, member=True),
    Form("list", {"table": "TEA-1;2;80", "members_only": TICK}, {}, tea=2, goods=16000, member=True),
    Form("points", {"times": "3"}, {"on": TEA}, tea=1, member=True, earns=264),
    Form("percent", {"percent": "50", "first_order": TICK}, {}, tea=1, off=4400),
    Form("percent", {"percent": "10", "code": "SHARED"}, {}, tea=1, off=880, way="typed"),
    Form("amount", {"amount": "5", "code": "LINK5"}, {}, tea=1, off=500, way="link"),
    Form("percent", {"percent": "20", "code": "CENTRE", "is_listed": TICK}, {}, tea=1, off=1760, way="centre"),
    Form("amount", {"amount": "30", "needs_code": TICK}, {}, tea=1, off=3000, way="bulk"),
    Form("percent", {"percent": "25", "for_birthdays": TICK}, {}, tea=1, off=2200, way="birthday", member=True),
]


def named(form: Form) -> str:
    return f"F-{form.goal}" + (f"-{form.way}" if form.way else "")


def bring_code(form: Form, row: Promotion, desk: Page, shopper: Page, buyer: Customer, prefix: str) -> None:
    """Let the discount's code come into the shopper's cart the way the form says."""
    if form.way == "bulk":
        desk.goto(f"/admin/discounts/{row.pk}/generate/")
        desk.locator("[name=wanted]").fill("20")
        desk.locator("form:has([name=wanted]) button.solid").click()
        expect(desk.locator("h1")).to_have_text(named(form))
        factories.drain()
        assert Code.objects.filter(promotion=row).count() == 20
    elif form.way == "birthday":
        today = day_of(now())
        Birthday.objects.create(customer=buyer, month=today.month, day=today.day, told_at=now())
        assert services.give_birthday_codes() == 1
    code = Code.objects.filter(promotion=row).order_by("pk")[0].text
    if form.way == "birthday":
        # Among the coupons of its owner, who is signed in.
        shopper.goto(f"{prefix}/account/coupons")
        shopper.locator(f'.coupon a[href*="{code}"]').click()
        expect(shopper.locator(".coupon .btn")).to_have_count(0)
    elif form.way == "centre":
        shopper.goto(f"{prefix}/coupons")
        shopper.locator(f'.coupon a[href*="{code}"]').click()
        expect(shopper.locator(".coupon .btn")).to_have_count(0)
    elif form.way == "link":
        shopper.goto(f"{prefix}/discount/{code}?next={prefix}/cart")
    else:
        shopper.goto(f"{prefix}/cart")
        shopper.locator("details:has([name=code]) summary").click()
        shopper.locator("[name=code]").fill(code.lower())
        shopper.locator("[name=code]").press("Enter")
        expect(shopper.locator(".totals").first).to_contain_text(named(form))


def build(page: Page, form: Form) -> None:
    page.goto(f"/admin/discounts/new/{form.goal}/")
    page.locator("[name=name]").fill(named(form))
    for name, value in form.typed.items():
        box = page.locator(f"[name={name}]")
        box.check() if value == TICK else box.fill(value)
    for name, title in form.picked.items():
        box = page.locator(f"[name={name}_find]")
        box.press_sequentially(title)
        page.locator(f"#id_{name}-found [data-facet]").first.click()
        expect(page.locator(f"[name={name}]:checked")).to_have_count(1)
    # The sentence writes itself.
    told = page.locator("#discount-sentence b").first
    expect(told).to_be_visible()
    for title in form.picked.values():
        expect(told).to_contain_text(title)
    page.locator(".save-bar button.solid").click()
    expect(page.locator("h1")).to_have_text(named(form))


def session_of(customer: Customer) -> str:
    """Return the session of a shopper who has signed in."""
    user = customer.user
    assert user is not None
    kept = SessionStore()
    kept[SESSION_KEY], kept[HASH_SESSION_KEY] = str(user.pk), user.get_session_auth_hash()
    kept[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    kept.create()
    return kept.session_key or ""


@pytest.mark.parametrize("half", [0, 1])
@DESK_AND_PHONE
def test_every_form_is_built_in_the_editor_and_bought_with(
    open_page: Open, staff: User, language: str, phone: bool, half: int, is_accessible: Callable[[Page], None]
) -> None:
    speak(staff, language)
    desk, shopper = open_page(), open_page(phone=phone)
    enter(desk, staff)
    shopper.goto("/robots.txt")
    door = shopper.url
    people.rules(has_tiers=False)
    buyer = people.member()
    session = {settings.SESSION_COOKIE_NAME: session_of(buyer)}
    tea, tray = (factories.variant_of(Product.objects.get(title=title)) for title in (TEA, TRAY))
    Variant.objects.filter(pk=tea.pk).update(sku="TEA-1")
    prefix = "/en" if language == "en" else ""
    for number, form in enumerate(FORMS[half::2]):
        build(desk, form)
        if number == 0:
            desk.goto(f"/admin/discounts/new/{form.goal}/")
            is_accessible(desk)
        wanted = [variant for variant, units in ((tea, form.tea), (tray, form.trays)) if units]
        cart = factories.ready_cart(*wanted, quantity=max(form.tea, form.trays))
        if form.member:
            Cart.objects.filter(pk=cart.pk).update(customer=buyer)
        look_now()
        row = Promotion.objects.get(name=named(form), is_active=True)
        # The shopper sees the very same, whatever the language.
        cookies = {"cart": cart.token, "market": "cn", **(session if form.member else {})}
        shopper.context.clear_cookies()
        shopper.context.add_cookies([{"name": key, "value": cookies[key], "url": door} for key in cookies])
        if form.way:
            bring_code(form, row, desk, shopper, buyer, prefix)
        view = cart_view(cart.token, factories.market(), "zh-hans")
        quote = view.quote
        assert quote.discount.minor == form.off, form
        if form.goods is not None:
            assert quote.subtotal.minor == form.goods, form
        shopper.goto(f"{prefix}/cart")
        sums = shopper.locator(".totals").first
        if form.off or form.goal == "shipping":
            expect(sums).to_contain_text(named(form))
        if form.earns:
            assert view.points is not None
            assert view.points.earns == form.earns
            expect(shopper.locator("body")).to_contain_text(named(form))
        expect(sums).to_contain_text(quote.total.format(language).removeprefix("CN"))
        shopper.goto(f"{prefix}/checkout")
        shopper.locator("[data-place]").click()
        shopper.wait_for_url("**/orders/**")
        order = Order.objects.latest("pk")
        assert (order.discount_minor, order.total_minor) == (form.off, quote.total.minor)
        assert Use.objects.filter(promotion=row, reference=order.reference).exists()
        orders.cancel(order_id=order.pk, reason="customer", actor="user:1")
        services.set_active(promotion_id=row.pk, active=False, actor=factories.ACTOR)
        look_now()


@DESK_AND_PHONE
def test_a_gift_card_and_store_credit_are_given_at_the_desk_and_pay_in_the_checkout(
    open_page: Open, staff: User, language: str, phone: bool, is_accessible: Callable[[Page], None]
) -> None:
    speak(staff, language)
    desk, shopper = open_page(), open_page(phone=phone)
    enter(desk, staff)
    shopper.goto("/robots.txt")
    door, prefix = shopper.url, "/en" if language == "en" else ""
    desk.goto("/admin/gift-cards/new/")
    desk.locator("[name=amount]").fill("30")
    desk.locator("form:has([name=amount]) button.solid").click()
    desk.locator("form[action$='/code/'] button").click()
    code = desk.locator("[data-gift-code]").inner_text()
    buyer = people.member()
    change_credit(
        customer_id=buyer.pk, amount=Money(2500, "CNY"), reason="goodwill", actor=factories.ACTOR, idempotency_key="c1"
    )
    cart = factories.ready_cart(factories.variant_of(Product.objects.get(title=TEA)))
    Cart.objects.filter(pk=cart.pk).update(customer=buyer)
    cookies = {"cart": cart.token, "market": "cn", settings.SESSION_COOKIE_NAME: session_of(buyer)}
    shopper.context.add_cookies([{"name": key, "value": cookies[key], "url": door} for key in cookies])
    shopper.goto(f"{prefix}/checkout")
    shopper.locator("details:has([name=gift_card]) summary").click()
    shopper.locator("[name=gift_card]").fill(code)
    shopper.locator("[name=gift_card_add]").click()
    due = shopper.locator(".totals.cards .total dd")
    # Tea for 88 and its sending for 12: the card leaves 70, the credit of it 45.
    expect(due).to_contain_text("70.00")
    shopper.locator("[name=credit_use]").click()
    expect(due).to_contain_text("45.00")
    is_accessible(shopper)
    shopper.locator("[data-place]").click()
    shopper.wait_for_url("**/orders/**")
    order = Order.objects.latest("pk")
    assert (order.total_minor, order.discount_minor) == (10000, 0)
    assert order.payment_collection is not None
    assert order.payment_collection.captured_minor == 5500
    assert [str(amount) for amount in credit_balances(buyer.pk)] == []
