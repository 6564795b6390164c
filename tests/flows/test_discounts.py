"""Every form of discount is built in the editor by hand, says in a sentence what it does, and is bought with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Page, expect

from duli.commerce.catalogue.models import Product
from duli.commerce.checkout import services as checkout
from duli.commerce.checkout.selectors import cart_view
from duli.commerce.checkout.types import PlaceOrder
from duli.commerce.orders import services as orders
from duli.commerce.promotions import services
from duli.commerce.promotions.models import Promotion, Use
from duli.platform.accounts.models import User
from duli.platform.store.changes import look_now
from tests import factories
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


TEA, TRAY = "龙井绿茶", "竹茶盘"
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
]


def build(page: Page, form: Form) -> None:
    page.goto(f"/admin/discounts/new/{form.goal}/")
    page.locator("[name=name]").fill(f"F-{form.goal}")
    for name, value in form.typed.items():
        page.locator(f"[name={name}]").fill(value)
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
    expect(page.locator("h1")).to_have_text(f"F-{form.goal}")


@DESK_AND_PHONE
def test_every_form_is_built_in_the_editor_and_bought_with(
    open_page: Open, staff: User, language: str, phone: bool, is_accessible: Callable[[Page], None]
) -> None:
    """Both languages together build every form: what one language does not build differs in nothing that is said."""
    speak(staff, language)
    desk, shopper = open_page(), open_page(phone=phone)
    enter(desk, staff)
    shopper.goto("/robots.txt")
    door = shopper.url
    tea, tray = (factories.variant_of(Product.objects.get(title=title)) for title in (TEA, TRAY))
    cart_page = "/en/cart" if language == "en" else "/cart"
    for number, form in enumerate(FORMS[1::2] if phone else FORMS[::2]):
        build(desk, form)
        if number == 0:
            desk.goto(f"/admin/discounts/new/{form.goal}/")
            is_accessible(desk)
        wanted = [variant for variant, units in ((tea, form.tea), (tray, form.trays)) if units]
        cart = factories.ready_cart(*wanted, quantity=max(form.tea, form.trays))
        look_now()
        quote = cart_view(cart.token, factories.market(), "zh-hans").quote
        assert quote.discount.minor == form.off, form.goal
        if form.goods is not None:
            assert quote.subtotal.minor == form.goods, form.goal
        # The shopper sees the very same, whatever the language.
        cookies = {"cart": cart.token, "market": "cn"}
        shopper.context.add_cookies([{"name": key, "value": cookies[key], "url": door} for key in cookies])
        shopper.goto(cart_page)
        sums = shopper.locator(".totals").first
        if form.off or form.goal == "shipping":
            expect(sums).to_contain_text(f"F-{form.goal}")
        expect(sums).to_contain_text(quote.total.format(language).removeprefix("CN"))
        order = checkout.place_order(request=PlaceOrder(cart.token, quote.total, "guest"))
        assert (order.discount_minor, order.total_minor) == (form.off, quote.total.minor)
        row = Promotion.objects.get(name=f"F-{form.goal}")
        assert Use.objects.filter(promotion=row, reference=order.reference).exists()
        orders.cancel(order_id=order.pk, reason="customer", actor="user:1")
        services.set_active(promotion_id=row.pk, active=False, actor=factories.ACTOR)
        look_now()
