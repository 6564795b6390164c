"""A filter that takes several values stays open while they are ticked, and goes when one has done."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from duli.platform.accounts.models import User
from tests import factories
from tests.flows.conftest import speak
from tests.flows.test_every_screen import enter

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

Open = Callable[..., Page]


@pytest.mark.parametrize("phone", [False, True])
def test_several_values_are_ticked_one_after_the_other_without_a_mouse(
    open_page: Open, staff: User, is_accessible: Callable[[Page], None], phone: bool
) -> None:
    speak(staff, "en")
    factories.order()
    page = open_page(phone=phone)
    enter(page, staff)
    page.goto("/admin/orders/")
    chip = page.locator("details.chip", has=page.locator("summary", has_text="Payment")).first
    chip.locator("summary").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    first, second = (chip.locator("input[type=checkbox]").nth(number) for number in range(2))
    expect(first).to_be_focused()
    page.keyboard.press("Space")
    expect(page).to_have_url(re.compile("payment="))
    expect(first).to_be_focused()
    expect(first).to_be_checked()
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(page).to_have_url(re.compile("payment=.*payment="))
    expect(second).to_be_focused()
    expect(first).to_be_checked()
    is_accessible(page)
    chip.get_by_role("button", name="Apply").click()
    expect(chip.locator("form")).to_be_hidden()
    # Two quick ticks both count, and neither answer takes the other back.
    chip.locator("summary").click()
    page.evaluate("""() => {
      const boxes = document.querySelectorAll("details.chip[open] input[type=checkbox]");
      for (const box of [...boxes].slice(0, 2)) box.click();
    }""")
    expect(page).not_to_have_url(re.compile("payment="))
    # One day of two: the other is written before the filter goes.
    page.locator("details.chip", has_text="Date").locator("summary").first.click()
    day = page.locator("input[type=date]").first
    day.fill("2026-01-01")
    expect(page).to_have_url(re.compile("2026-01-01"))
    expect(page.locator("input[type=date]").nth(1)).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("input[type=date]").nth(1)).to_be_hidden()
