"""Rules of a collection are added and removed with a button each and tried at once; titles keep their words whole."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from duli.commerce.catalogue.models import Collection
from duli.platform.accounts.models import User
from tests.flows.conftest import DESK_AND_PHONE, speak, words
from tests.flows.test_merchant import sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

Open = Callable[..., Page]


@DESK_AND_PHONE
def test_rules_come_and_go_one_by_one(
    open_page: Open, staff: User, is_accessible: Callable[[Page], None], language: str, phone: bool
) -> None:
    say = words(language)
    speak(staff, language)
    page = open_page(phone=phone)
    sign_in(page, staff)
    page.goto("/admin/collections/new/")
    page.get_by_label(say("Name"), exact=True).fill("Tea things")
    page.get_by_label(say("How products come in")).select_option("rules")
    add = page.get_by_role("button", name=say("Add a rule"))
    values = page.get_by_label(say("Value"), exact=True)
    for text in ("茶", "杯", "盘"):
        add.click()
        expect(values.last).to_be_focused()
        values.last.fill(text)
    page.get_by_role("button", name=say("Remove this rule")).last.click()
    expect(values).to_have_count(2)
    expect(page.locator("#rule-preview")).to_contain_text("青瓷茶杯")
    is_accessible(page)
    page.get_by_role("button", name=say("Save"), exact=True).click()
    expect(page.locator("[data-toast]").first).to_be_visible()
    assert [condition["value"] for condition in Collection.objects.get().rules["conditions"]] == ["茶", "杯"]


def test_a_title_on_a_phone_is_not_broken_within_a_word(open_page: Open, staff: User) -> None:
    speak(staff, "en")
    page = open_page(phone=True)
    sign_in(page, staff)
    page.goto("/admin/categories/")
    title = page.get_by_role("heading", level=1)
    expect(title).to_have_text("Categories")
    # One word is one line.
    assert title.evaluate("title => title.getClientRects().length && title.offsetHeight") < 40
