"""Dialogs with the keyboard alone: who opens one is in it, stays in it, and is back where they were when it is gone."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Page, expect

from duli.platform.accounts.models import User
from tests.flows.conftest import speak
from tests.flows.test_every_screen import enter
from tests.web.backoffice.pages import things

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

Open = Callable[..., Page]
HERE = """() => {
  const dialog = document.querySelector("dialog[open]"), here = document.activeElement;
  return {dialog: Boolean(dialog), inside: Boolean(dialog?.contains(here)), danger: here.matches(".danger"),
          where: here.outerHTML.slice(0, 120), nowhere: here === document.body};
}"""
# The browser's own bar may come between the last field and the first one.
EDGES = """() => {
  const parts = [...document.querySelectorAll("dialog[open] :is(button, input, select, textarea, a[href])")];
  return parts.filter((part) => part.offsetParent && !part.disabled && part.type !== "hidden");
}"""


def opened(page: Page, href: str) -> str:
    """Open a dialog as somebody without a mouse does, from the page or out of a menu; return where the focus was."""
    link = page.locator(f'a[data-opens][href="{href}"]').first
    menu = page.locator("details:not([open])").filter(has=link)
    if menu.count():
        menu.locator("summary").focus()
        page.keyboard.press("Enter")
    link.focus()
    stands: str = link.evaluate("(link) => (link.closest('details')?.querySelector('summary') ?? link).outerHTML")
    page.keyboard.press("Enter")
    expect(page.locator("dialog[open]")).to_be_visible()
    return stands


def is_at(page: Page, stood: str) -> bool:
    """Wait until the dialog has gone, and say whether the focus is where it was."""
    try:
        page.wait_for_function("(stood) => document.activeElement.outerHTML === stood", arg=stood, timeout=3000)
    except PlaywrightError:
        return False
    return page.locator("dialog[open]").count() == 0


SCREENS = {
    False: [("orders", ""), ("order", "order"), ("return", "return"), ("product", "product"), ("stock", ""),
            ("customer", "customer"), ("gift_card", "card")],
    True: [("order", "sent")],
}  # fmt: skip


@pytest.mark.parametrize("phone", [False, True])
def test_every_verb_of_the_main_screens(open_page: Open, staff: User, phone: bool) -> None:
    keys = things()
    page = open_page(phone=phone)
    enter(page, staff)
    wrong: list[Any] = []
    count = 0
    for name, key in SCREENS[phone]:
        page.goto(reverse(f"backoffice:{name}", args=[keys[key]] if key else []))
        hrefs: list[str] = page.locator("a[data-opens]:visible, details a[data-opens]").evaluate_all(
            "(links) => [...new Map(links.map((link) => "
            "[link.getAttribute('href').replace(/[0-9]+/g, '#'), link.getAttribute('href')])).values()]"
        )
        for href in hrefs:
            stood = opened(page, href)
            here = page.evaluate(HERE)
            if not here["inside"] or here["danger"]:
                wrong.append((href, "begins at", here["where"]))
            for edge, step in (("at(-1)", "Tab"), ("at(0)", "Shift+Tab")):
                page.evaluate(f"({EDGES})().{edge}.focus()")
                page.keyboard.press(step)
                here = page.evaluate(HERE)
                if not here["inside"] and not here["nowhere"]:
                    wrong.append((href, f"{step} leads out to", here["where"]))
            page.keyboard.press("Escape")
            if not is_at(page, stood):
                wrong.append((href, "leads back to", page.evaluate(HERE)["where"]))
            count += 1
    assert not wrong, "\n".join(map(str, wrong))
    assert count >= (5 if phone else 25)


def test_a_wrong_answer_keeps_the_focus_in_the_dialog(open_page: Open, staff: User) -> None:
    keys = things()
    speak(staff, "en")
    page = open_page()
    enter(page, staff)
    page.goto(reverse("backoffice:order", args=[keys["order"]]))
    stood = opened(page, reverse("backoffice:order_hold", args=[keys["order"]]))
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog").locator("[aria-invalid=true]")).to_be_focused()
    page.keyboard.press("Escape")
    assert is_at(page, stood)
    opened(page, reverse("backoffice:order_hold", args=[keys["order"]]))
    page.keyboard.type("Ask about the colour")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").filter(has_text=re.compile("on hold"))).to_be_visible()
