"""A post is written in both languages, previewed, published, read, and taken back to an earlier version."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from duli.growth.content.models import BlogPost
from duli.growth.content.services import publish_post
from duli.platform.accounts.models import User
from tests.flows.conftest import PAGE_RULES
from tests.flows.test_every_screen import AXE, CONTRAST, enter

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

Open = Callable[..., Page]


def test_write_a_post_in_both_languages_and_read_it(open_page: Open, staff: User, shop: None) -> None:
    User.objects.filter(pk=staff.pk).update(language="zh-hans")
    page = open_page()
    enter(page, staff)
    page.goto("/admin/content/blog/")
    page.get_by_role("link", name="写文章").first.click()
    page.locator("[name=title]").fill("春茶到店")
    page.locator("[name=excerpt]").fill("今年的第一批龙井。")
    page.locator(".c-sf-add-button").first.click()
    page.get_by_role("option", name="标题").click()
    page.locator("[name=body-0-value]").fill("先闻后喝")
    page.get_by_role("tab", name="译文").click()
    page.get_by_role("button", name="增加 译文").click()
    page.locator("[name=texts-0-title]").fill("Spring tea is in")
    page.locator("button[name=action-publish]").click()
    expect(page).to_have_url("/admin/content/blog/")
    expect(page.locator("#list")).to_contain_text("春茶到店")
    expect(page.locator("#list")).to_contain_text("已发布")
    assert BlogPost.objects.get().live
    shopper = open_page()
    shopper.goto("/blog")
    shopper.get_by_role("link", name="春茶到店").first.click()
    expect(shopper.get_by_role("heading", name="先闻后喝")).to_be_visible()
    shopper.goto("/en/blog")
    expect(shopper.get_by_role("link", name="Spring tea is in").first).to_be_visible()


def test_the_editor_and_its_questions_read_well_by_day_and_night(open_page: Open, staff: User, shop: None) -> None:
    post = publish_post(
        title="春茶", slug="tea", body=[("heading", "先闻后喝")], texts={"en": {"title": "Tea"}}, tags=["茶"]
    )
    revision = post.save_revision()
    page = open_page()
    enter(page, staff)
    found: list[str] = []
    above = f"/admin/content/pages/{post.pk}"
    for part in (
        "edit/", "history/", "delete/", "unpublish/", "copy/", f"revisions/compare/earliest...{revision.pk}/",
    ):  # fmt: skip
        page.emulate_media(color_scheme="light")
        page.goto(f"{above}/{part}")
        page.evaluate(Axe().axe_script)
        found += [f"{part} {trouble}" for trouble in page.evaluate(AXE, [PAGE_RULES, []])]
        page.emulate_media(color_scheme="dark")
        found += [f"{part} in the dark {trouble}" for trouble in page.evaluate(AXE, [CONTRAST, []])]
        page.set_viewport_size({"width": 390, "height": 844})
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            found.append(f"{part} is too wide for a phone")
        page.set_viewport_size({"width": 1280, "height": 900})
    assert not found, "\n".join(found)


@pytest.mark.parametrize("phone", [False, True])
def test_the_heads_of_sections_begin_within_the_page(open_page: Open, staff: User, shop: None, phone: bool) -> None:
    post = publish_post(title="春茶", slug="tea", body=[("heading", "先闻后喝")], texts={}, tags=[])
    page = open_page(phone=phone)
    enter(page, staff)
    page.goto(f"/admin/content/pages/{post.pk}/edit/")
    expect(page.locator(".w-panel__header").first).to_be_visible()
    edge = page.locator(".tab-content").first.bounding_box()
    assert edge is not None
    lefts = page.locator(".w-panel__header :is(button, h2, svg):visible").evaluate_all(
        "parts => parts.map((part) => part.getBoundingClientRect().left)"
    )
    # Half an icon lay below the menu, or beyond the edge of a phone.
    assert lefts
    assert min(lefts) >= edge["x"]
