"""Words from a language model: suggested over the editor, read, taken, saved, and known again."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from duli.commerce.catalogue.models import Product
from duli.platform.accounts.models import User
from duli.platform.language_models.services import save_account
from duli.platform.media.services import store_image
from tests.flows.conftest import DESK_AND_PHONE, speak, words
from tests.flows.test_merchant import sign_in
from tests.platform.media.pictures import picture
from tests.plugins.language_models import KEY, serve

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@DESK_AND_PHONE
def test_words_are_suggested_read_and_taken(
    open_page: Callable[..., Page], staff: User, is_accessible: Callable[[Page], None], language: str, phone: bool
) -> None:
    say = words(language)
    speak(staff, language)
    address, _service = serve()
    values = {"service": "other", "base_url": f"{address}/v1", "key": KEY, "model": "practice-writer"}
    save_account(code="openai", enabled=True, values={**values, "vision_model": "practice-eyes"})
    product = Product.objects.get(title="青瓷茶杯")
    asset = store_image(content=picture(), name="cup.jpg", actor="system")
    product.media.create(asset=asset, position=0)
    page = open_page(phone=phone)
    sign_in(page, staff)
    page.goto(f"/admin/products/{product.pk}/")

    # By keys alone: the button, what it should say, and what came back into the editor.
    page.get_by_role("button", name=say("Suggest…")).first.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label(say("Description"), exact=True)).to_be_checked()
    dialog.get_by_label(say("What it should say")).fill("送礼，180 ml")
    is_accessible(page)
    dialog.get_by_role("button", name=say("Suggest"), exact=True).press("Enter")
    take = dialog.get_by_role("button", name=say("Put it into the editor"))
    expect(take).to_be_visible()
    is_accessible(page)
    take.press("Enter")
    expect(dialog).to_have_count(0)
    editor = page.locator("rich-text .rich-text").first
    expect(editor).to_contain_text("180 ml")

    page.get_by_role("button", name=say("Describe…")).press("Enter")
    dialog.get_by_role("button", name=say("Suggest"), exact=True).press("Enter")
    take.press("Enter")
    expect(page.locator(f"[name='alt-{asset.pk}']")).not_to_have_value("")
    assert Product.objects.get(pk=product.pk).description_html == ""

    page.get_by_role("button", name=say("Save"), exact=True).click()
    expect(page.get_by_text(say("By a model"))).to_be_visible()
    assert "180 ml" in Product.objects.get(pk=product.pk).description_html
