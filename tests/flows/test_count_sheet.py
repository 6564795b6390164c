"""Counts are typed one below the other, cell by cell, and an applied sheet can still be read."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from duli.commerce.catalogue.models import Variant
from duli.commerce.inventory.models import StockCountLine, StockLevel
from duli.commerce.inventory.services import open_count
from duli.platform.accounts.models import User
from tests import factories
from tests.flows.conftest import DESK_AND_PHONE, speak, words
from tests.flows.test_merchant import sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

Open = Callable[..., Page]


@DESK_AND_PHONE
def test_a_sheet_is_filled_in_by_keys_alone(
    open_page: Open, staff: User, is_accessible: Callable[[Page], None], language: str, phone: bool
) -> None:
    say = words(language)
    speak(staff, language)
    variants = list(Variant.objects.order_by("pk").values_list("pk", flat=True))
    sheet = open_count(location_id=factories.location().pk, variant_ids=variants, name="May", actor="system")
    page = open_page(phone=phone)
    sign_in(page, staff)
    page.goto(f"/admin/stock/counts/{sheet.pk}/")
    cells = page.locator("tbody input.num:visible")
    cells.first.focus()
    keys = page.keyboard
    # Tab and Enter go down, as scanners and spreadsheets do; nothing is sent on the way.
    for text, key in (("8", "Tab"), ("5", "Enter"), ("7", "ArrowDown")):
        keys.type(text)
        keys.press(key)
    expect(cells.nth(3)).to_be_focused()
    keys.press("Shift+Tab")
    expect(cells.nth(2)).to_be_focused()
    keys.type("9")
    assert not StockCountLine.objects.filter(counted__isnull=False).exists()
    # Nobody is caught in the cells: Escape leads to what else the row offers.
    keys.press("Escape")
    expect(page.locator("tbody tr").nth(2).get_by_role("link").first).to_be_focused()
    keys.press("Control+s")
    expect(page.get_by_role("link", name=say("Review and apply"))).to_be_visible()
    assert [line.counted for line in sheet.lines.order_by("pk")] == [8, 5, 9, None]
    is_accessible(page)
    page.goto(f"/admin/stock/counts/{sheet.pk}/apply/")
    page.get_by_role("button", name=say("Apply the differences")).click()
    # The fixture fails on any error of a script: an applied sheet has nothing to save and no bar for it.
    expect(page.locator(".head .pill")).to_be_visible()
    assert StockLevel.objects.get(variant_id=variants[0]).on_hand == 8
