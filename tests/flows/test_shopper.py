"""What a shopper does beside buying: look closely, save, wait for stock; with a thumb, a mouse and the keyboard."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from duli.commerce.catalogue import services as catalogue
from duli.commerce.catalogue.types import ProductDraft
from duli.growth.wishes.models import StockRequest
from duli.platform.media.services import store_image
from tests import factories
from tests.platform.media.pictures import picture

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("shop")]

Open = Callable[..., Page]
Check = Callable[[Page], None]
SWIPE = """([from, to]) => {
  const zoom = document.querySelector("#zoom");
  const touch = (x) => new Touch({ identifier: 1, target: zoom, clientX: x, clientY: 300 });
  const say = (kind, x, held) => zoom.dispatchEvent(new TouchEvent(kind, {
    touches: held ? [touch(x)] : [], changedTouches: [touch(x)], bubbles: true,
  }));
  say("touchstart", from, true);
  say("touchend", to, false);
}"""


def test_photographs_are_enlarged_turned_and_left_again(open_page: Open, is_accessible: Check) -> None:
    pictures = [
        store_image(content=picture(900, 900, colour=colour), name="a.jpg", alt=colour, actor=factories.ACTOR).pk
        for colour in ("teal", "navy", "maroon")
    ]
    item = factories.product("花瓶", handle="vase")
    catalogue.save_product(
        draft=ProductDraft(title="花瓶", status="active", media_ids=pictures),
        product_id=item.pk,
        actor=factories.ACTOR,
    )
    page = open_page(phone=True)
    page.goto("/en/products/vase")
    page.get_by_role("link", name="Enlarge photo 1 of 3").click()
    zoom = page.locator("#zoom")
    expect(zoom).to_be_visible()
    shown = zoom.locator("img")
    expect(shown).to_have_attribute("alt", "teal")
    is_accessible(page)
    page.evaluate(SWIPE, [300, 100])
    expect(shown).to_have_attribute("alt", "navy")
    page.keyboard.press("ArrowRight")
    expect(shown).to_have_attribute("alt", "maroon")
    page.keyboard.press("ArrowRight")
    expect(shown).to_have_attribute("alt", "teal")
    page.keyboard.press("+")
    expect(zoom.locator("figure.near")).to_be_visible()
    # Moving about in an enlarged photograph does not turn it.
    page.evaluate(SWIPE, [300, 100])
    expect(shown).to_have_attribute("alt", "teal")
    page.keyboard.press("Escape")
    expect(zoom).not_to_be_visible()
    expect(page.get_by_role("link", name="Enlarge photo 1 of 3")).to_be_focused()


def test_saving_changing_and_moving_without_leaving_the_page(open_page: Open, is_accessible: Check) -> None:
    factories.product("茶刀", handle="knife", texts={"en": {"title": "Tea knife"}})
    page = open_page()
    page.goto("/en/products/knife")
    heart = page.locator("[data-save]")
    expect(heart).to_have_attribute("aria-pressed", "false")
    heart.press("Enter")
    expect(heart).to_have_attribute("aria-pressed", "true")
    page.reload()
    expect(heart).to_have_attribute("aria-pressed", "true")
    heart.press("Enter")
    expect(heart).to_have_attribute("aria-pressed", "false")
    page.get_by_role("button", name="Add to cart").first.click()
    expect(page.get_by_role("dialog", name="Cart")).to_be_visible()
    page.goto("/en/cart")
    page.get_by_role("button", name="Tea knife: one more").click()
    expect(page.get_by_label("Quantity of Tea knife")).to_have_value("2")
    # The page itself changed: no drawer came over it, and the key stays where it was.
    expect(page.locator("#drawer")).not_to_be_visible()
    expect(page.get_by_role("button", name="Tea knife: one more")).to_be_focused()
    page.get_by_role("button", name="Save Tea knife for later").click()
    expect(page.get_by_text("Your cart is empty")).to_be_visible()
    is_accessible(page)
    page.get_by_role("button", name="Move Tea knife to your cart").click()
    expect(page.get_by_label("Quantity of Tea knife")).to_have_value("2")


def test_measures_open_in_a_drawer_and_somebody_waits_for_stock(open_page: Open, is_accessible: Check) -> None:
    factories.product("棉衫", handle="shirt", stock=0, sizes=["S", "M"], texts={"en": {"title": "Cotton shirt"}})
    catalogue.save_size_guide(
        name="Shirts", measures="Size|Chest\nS|88\nM|92", product_handles=["shirt"], actor=factories.ACTOR
    )
    page = open_page(phone=True)
    page.goto("/en/products/shirt")
    page.get_by_role("link", name="Size guide").click()
    drawer = page.get_by_role("dialog", name="Size guide")
    expect(drawer.get_by_role("cell", name="88")).to_be_visible()
    is_accessible(page)
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Size guide")).to_be_focused()
    page.locator(".opts").get_by_label("M").check()
    # The bar below has nothing to sell, so it leads to where one can wait.
    page.get_by_role("link", name="Tell me").click()
    expect(page.get_by_label("E-mail")).to_be_focused()
    page.get_by_label("E-mail").fill("lin@example.com")
    page.get_by_role("button", name="Tell me").click()
    expect(page.get_by_text("We have sent a message to lin@example.com")).to_be_visible()
    is_accessible(page)
    assert StockRequest.objects.get().variant.title == "M"
