"""Every page that can be opened, on a phone and on a desk, by daylight and in the dark: nothing broken, nothing cut.

The addresses of the back office come from the permission matrix, which is held against the URLconf; those of the shop's
own face are held against it here. A page without an example fails, so a new one cannot be forgotten.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.urls import reverse
from playwright.sync_api import ConsoleMessage, Page, expect
from playwright.sync_api import Error as PlaywrightError

from duli.commerce.catalogue.models import Product
from duli.commerce.catalogue.services import save_size_guide
from duli.commerce.checkout.services import create_draft, set_draft_line
from duli.commerce.customers.services import customer_for_user, save_address
from duli.commerce.orders.models import Order
from duli.growth.content.models import BlogTag
from duli.growth.content.services import publish_post, save_legal_text
from duli.platform.accounts.models import User
from duli.web.storefront.urls import urlpatterns as shop_urls
from tests import factories
from tests.commerce.referrals.referring import partner, program
from tests.flows.conftest import PAGE_RULES, unstuck
from tests.web.backoffice.pages import ADDRESSES, data_of, things, url_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

Open = Callable[..., Page]
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
# What answers with a file rather than a page.
FILES = {
    "audit_export", "customers_export", "data_file", "discount_codes_export",
    "documents_print", "fapiao_file", "gift_cards_export",
    "import_errors", "label_file", "labels_print",
    "list_export", "order_file", "orders_pick", "orders_slips", "products_export", "redirects_export", "return_photo",
    "referral_payout_export", "stock_count_export", "stock_ledger_export", "tax_report",
}  # fmt: skip
# What leads to the shop itself, which is looked at below.
ELSEWHERE = {"product_preview"}
# What answers with a part of a page, for the page that asks.
PARTS = {
    "bell_poll", "carrier_suggestion", "draft_find", "draft_people", "facet_picker", "mail_body",
    "mail_template_preview", "order_peek", "product_attributes", "product_picker", "restriction_goods",
    "stock_transfer_goods", "variant_picker",
}  # fmt: skip
# Files, parts of pages, what only takes what is sent, and what opens with a link that a mail carries.
NO_PAGES_OF_THE_SHOP = {
    "accent", "asset", "blog_feed", "blog_slash", "cart_add", "cart_code", "cart_destination", "cart_line",
    "cart_line_save", "discount", "download", "favicon", "cart_points",
    "flash_join", "flash_state", "flash_turn", "market", "notify", "notify_request", "order_again",
    "order_fapiao_file", "order_invoice", "order_message",
    "order_pay", "order_proof", "order_return_label", "order_state", "order_texts",
    "post_slash", "privacy_data", "recent", "robots", "saved_add",
    "saved_take", "sitemap", "sitemap_part", "suggest", "withdraw_ticket",
}  # fmt: skip
# What names a thing, which `examples` makes.
NAMED = {
    "address", "blog_topic", "collection", "draft", "order", "order_address", "order_cancel", "order_check",
    "flash_line", "order_fapiao",
    "order_return", "order_withdraw", "page", "post", "privacy_erase", "product", "referral", "size_guide",
}  # fmt: skip
TROUBLE = """
window.troubles = [];
addEventListener("securitypolicyviolation", (event) => troubles.push(
  `the policy forbids ${event.effectiveDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`));
"""
TOO_WIDE = """() => {
  const page = document.documentElement, edge = page.clientWidth;
  if (page.scrollWidth <= edge) return "";
  const wide = [...document.querySelectorAll("body *")].filter((part) => part.getBoundingClientRect().right > edge + 1);
  return `${page.scrollWidth - edge} pixels: ${wide.slice(-2).map((part) => part.outerHTML.slice(0, 90))}`;
}"""
# What is fine need not be told, and no rule here reads style sheets or films: most of the time would go into that.
AXE = """async ([rules, seen]) => {
  const found = await axe.run({exclude: seen}, {...rules, resultTypes: ["violations"], preload: false});
  return found.violations.map(
    (entry) => `${entry.id}: ${entry.help} – ${JSON.stringify(entry.nodes.slice(0, 3).map((node) => node.target))}`);
}"""
# The way around the back office stands beside every page; the first one answers for it.
SHELL = ".side"
CONTRAST = {"runOnly": {"type": "rule", "values": ["color-contrast"]}}


@dataclass
class Examiner:
    """One page of one browser, and everything that was wrong where it went."""

    page: Page
    found: list[str] = field(default_factory=list)
    _seen: list[str] = field(default_factory=list)
    _errors: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.add_init_script(TROUBLE)
        # Handed to the browser once rather than with every page.
        self.page.add_init_script(Axe().axe_script)
        self.page.on("pageerror", lambda error: self._errors.append(f"script: {error}"))
        self.page.on("console", self._hear)

    def _hear(self, line: ConsoleMessage) -> None:
        if line.type == "error":
            self._errors.append(f"console: {line.text}")

    def look(self, url: str, language: str, *, dark: bool = False) -> None:
        """Open a page and write down what is wrong with it."""
        self._errors.clear()
        self.page.set_viewport_size(DESK)
        if dark:
            self.page.emulate_media(color_scheme="light")
        try:
            answer = self.page.goto(url)
        except PlaywrightError as error:
            # A new address that sends a file belongs into FILES.
            self._note(url, f"does not open: {str(error).splitlines()[0]}")
            return
        if answer is None or answer.status != 200:
            self._note(url, f"answers {answer and answer.status}")
            return
        spoken = self.page.locator("html").get_attribute("lang") or ""
        if spoken.lower() != language:
            self._note(url, f"speaks {spoken}")
        self._wide(url, "a desk")
        self._axe(url, PAGE_RULES)
        self.page.set_viewport_size(PHONE)
        self._wide(url, "a phone")
        if dark:
            self.page.emulate_media(color_scheme="dark")
            self._axe(url, CONTRAST, "in the dark ")
            self._seen = [SHELL]
        for trouble in [*self._errors, *self.page.evaluate("troubles")]:
            self._note(url, trouble)

    def _wide(self, url: str, where: str) -> None:
        if wide := self.page.evaluate(TOO_WIDE):
            self._note(url, f"is too wide for {where} by {wide}")

    def _axe(self, url: str, rules: dict[str, Any], when: str = "") -> None:
        with unstuck(self.page):
            troubles = self.page.evaluate(AXE, [rules, self._seen])
        for trouble in troubles:
            self._note(url, f"{when}{trouble}")

    def _note(self, url: str, trouble: str) -> None:
        self.found.append(f"{url} {trouble}")


def enter(page: Page, user: User) -> None:
    """Open the door without the form: a session as signing in makes it."""
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    page.goto("/robots.txt")
    cookie = {"name": settings.SESSION_COOKIE_NAME, "value": session.session_key or "", "url": page.url}
    page.context.add_cookies([cookie])  # type: ignore[list-item]


@pytest.mark.parametrize(("quarter", "language"), list(enumerate(["en", "zh-hans"] * 2)))
def test_the_back_office(open_page: Open, staff: User, quarter: int, language: str) -> None:
    keys = things()
    User.objects.filter(pk=staff.pk).update(language=language)
    examiner = Examiner(open_page())
    enter(examiner.page, staff)
    left_out = FILES | PARTS | ELSEWHERE
    screens = [address for address in ADDRESSES if address.see is not None and address.name not in left_out]
    for address in screens[quarter::4]:
        query = "&".join(f"{name}={value}" for name, value in data_of(address, keys).items())
        examiner.look(f"{url_of(address, keys)}?{query}", language, dark=True)
    assert not examiner.found, "\n".join(examiner.found)


def examples() -> dict[str, list[str]]:
    """Return the rest of the address of an example for every page of the shop that names a thing."""
    item = Product.objects.get(title="青瓷茶杯")
    made = things()
    order, sent = factories.order(), Order.objects.get(pk=made["sent"])
    draft = create_draft(market=factories.market(), language="zh-hans", actor="system")
    set_draft_line(draft_id=draft.pk, variant_id=factories.variant_of(item).pk, quantity=1)
    save_legal_text(handle="terms", language="zh-hans", title="条款", body_html="<p>好。</p>")
    save_size_guide(name="杯子尺寸", measures="尺码|高\n小|6\n大|9", product_handles=[item.handle], actor="system")
    publish_post(title="一只茶杯", slug="a-cup", tags={"瓷器": {"en": "China"}}, body=[("text", "<p>好看。</p>")])
    program()
    return {
        "referral": [partner("tea@example.com").code],
        "product": [item.handle],
        "collection": ["all"],
        "page": ["terms"],
        "order": [order.token, sent.token],
        "flash_line": [str(made["flash"])],
        "order_return": [sent.token],
        "order_fapiao": [order.token],
        "order_withdraw": [sent.token],
        "order_cancel": [order.token],
        "order_check": [order.token],
        "order_address": [order.token],
        "draft": [draft.cart.token],
        "address": ["0"],
        "privacy_erase": ["x" * 20],
        "size_guide": [item.handle],
        "post": ["a-cup"],
        "blog_topic": [BlogTag.objects.get(name="瓷器").slug],
    }


def test_every_page_of_the_shop_has_an_example() -> None:
    """A new page that names a thing needs one in `examples`; what is no page is listed above."""
    named = {str(entry.name) for entry in shop_urls if "<" in str(entry.pattern)} - NO_PAGES_OF_THE_SHOP
    assert named == NAMED


@pytest.mark.usefixtures("shop")
def test_the_shop_and_the_account(open_page: Open) -> None:
    known = examples()
    examiner = Examiner(open_page())
    page = examiner.page
    for door in ("account_login", "account_signup", "account_reset_password"):
        examiner.look(reverse(door), "zh-hans")
        examiner.look(f"/en{reverse(door)}", "en")
    page.goto(f"/products/{known['product'][0]}")
    page.get_by_role("button", name="加入购物车", exact=True).first.click()
    expect(page.get_by_role("dialog")).to_be_visible()
    shopper = User.objects.create_user(email="mei@example.com", name="梅")
    customer = customer_for_user(user_id=shopper.pk, name="梅", email="", phone="", language="zh-hans")
    save_address(customer_id=customer.pk, address=factories.ADDRESS)
    enter(page, shopper)
    for number, pattern in enumerate(shop_urls):
        name = str(pattern.name)
        if name in NO_PAGES_OF_THE_SHOP:
            continue
        for key in known.get(name, [""]):
            url = reverse(f"storefront:{name}", args=[key] if key else [])
            # The pages of an order speak the order's own language.
            if number % 2 and not name.startswith("order"):
                examiner.look(f"/en{url}", "en")
            else:
                examiner.look(url, "zh-hans")
    for name in ("account_email", "account_change_phone", "account_change_password", "account_logout"):
        examiner.look(reverse(name), "zh-hans")
    assert not examiner.found, "\n".join(examiner.found)
