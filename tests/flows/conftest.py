from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils.translation import gettext, override
from playwright.sync_api import Browser, Page, expect, sync_playwright

from duli.platform.accounts.models import User
from duli.platform.accounts.services import create_staff
from tests import factories
from tests.plugins.card_page import CardPageProvider

# The driver of the browser keeps an event loop in this thread; our own code never awaits anything.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# Patience for a machine that is busy with something else; a page that is wrong stays wrong.
PATIENCE_MS = 30_000
expect.set_options(timeout=PATIENCE_MS)
PASSWORD = "correct horse battery"
PAGE_RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]}
"""What axe looks for on every page."""
CHROMIUM = os.environ.get("DULI_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome") or ""


# The verbs of every day are walked through on a desk in one language and on a phone in the other.
DESK_AND_PHONE = pytest.mark.parametrize(("language", "phone"), [("zh-hans", False), ("en", True)])


def words(language: str) -> Callable[[str], str]:
    """Return a function that says a text of the pages in this language."""

    def say(text: str) -> str:
        with override(language):
            return gettext(text)

    return say


def speak(staff: User, language: str) -> None:
    """Let somebody read the back office in this language."""
    staff.language = language
    staff.save(update_fields=["language"])


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if not CHROMIUM:
        pytest.skip("no chromium on this machine")
    with sync_playwright() as driver:
        found = driver.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield found
        found.close()


@pytest.fixture
def card_page(settings: Any, live_server: Any) -> Iterator[CardPageProvider]:
    """The practice card page, telling the shop under test."""
    provider = CardPageProvider()
    settings.PUBLIC_URL = live_server.url
    settings.CSRF_TRUSTED_ORIGINS = [live_server.url]
    settings.CONTENT_SECURITY_POLICY = {
        "DIRECTIVES": {
            **settings.CONTENT_SECURITY_POLICY["DIRECTIVES"],
            "form-action": ["'self'", provider.url],
        }
    }
    yield provider
    provider.shut_down()


@pytest.fixture
def shop(transactional_db: None, card_page: CardPageProvider) -> None:
    """A shop with three products, open for cards, transfers and payment on delivery."""
    from duli.commerce.payments import services as payments

    factories.shop()
    payments.save_gateway(code="sandbox_card", enabled=True, values=card_page.values(), position=9)
    factories.product("青瓷茶杯", price=12800, stock=5, sizes=["小", "大"], texts={"en": {"title": "Celadon cup"}})
    factories.product("龙井绿茶", price=8800, stock=9, texts={"en": {"title": "Longjing green tea"}})
    factories.product("竹茶盘", price=26000, stock=2, texts={"en": {"title": "Bamboo tray"}})
    factories.drain()


@pytest.fixture
def staff(shop: None) -> User:
    """The owner, who reads Chinese."""
    return create_staff(email="owner@example.com", name="店主", role="owner", password=PASSWORD, language="zh-hans")


def settle(page: Page) -> None:
    """Let `goto` wait for the parts of the desk's scripts too: whoever types before that types into a plain form."""
    go = page.goto

    def goto(*values: Any, **named: Any) -> Any:
        answer = go(*values, **named)
        page.locator("html:not([data-starting])").wait_for(state="attached")
        return answer

    setattr(page, "goto", goto)  # noqa: B010 - a method of somebody else's class, for this one page


@pytest.fixture
def open_page(browser: Browser, live_server: Any) -> Iterator[Callable[..., Page]]:
    """Return a function that opens a fresh visitor's page; keyword arguments are the browser context's."""
    contexts = []
    troubles: list[str] = []

    def open_one(*, phone: bool = False, **values: Any) -> Page:
        size = {"width": 390, "height": 844} if phone else {"width": 1280, "height": 900}
        values.setdefault("locale", "zh-CN")
        context = browser.new_context(
            base_url=live_server.url, viewport=size, has_touch=phone, reduced_motion="reduce", **values
        )
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: troubles.append(f"{page.url}: {error}"))
        settle(page)
        return page

    yield open_one
    for number, context in enumerate(contexts):
        if shots := os.environ.get("DULI_FLOW_SHOTS"):
            context.pages[0].screenshot(path=f"{shots}/{number}.png", full_page=True)
        context.close()
    assert not troubles, troubles


STICK = "where => document.querySelectorAll('.save-bar').forEach((bar) => (bar.style.position = where))"


@contextmanager
def unstuck(page: Page) -> Iterator[None]:
    """Let the bars above and below a page cover nothing of it: half a tick is one scroll away from being whole."""
    page.evaluate("scrollTo(0, 0)")
    page.evaluate(STICK, "static")
    try:
        yield
    finally:
        page.evaluate(STICK, "")


@pytest.fixture
def is_accessible() -> Callable[[Page], None]:
    """Return a function that fails with what axe finds on a page."""
    axe = Axe()

    def check(page: Page) -> None:
        # A message that somebody reads stays: none may fade away between two looks at its colours.
        page.locator(".toast.leaving").first.wait_for(state="detached")
        # What is being asked for anew is pale meanwhile.
        page.locator("[aria-busy]:not([aria-busy=false])").first.wait_for(state="detached")
        toasts = page.locator("[data-toast]")
        toasts.evaluate_all("toasts => toasts.forEach((toast) => toast.dispatchEvent(new Event('pointerenter')))")
        with unstuck(page):
            found = axe.run(page, options=PAGE_RULES)
        toasts.evaluate_all("toasts => toasts.forEach((toast) => toast.dispatchEvent(new Event('pointerleave')))")
        problems = [
            f"{entry['id']}: {entry['help']} – {[node['target'] for node in entry['nodes']][:3]}"
            for entry in found.response["violations"]
        ]
        assert not problems, f"{page.url}\n" + "\n".join(problems)

    return check
