"""The merchant brings the customers of an old shop over, looks, and takes the whole import back."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from duli.commerce.customers.models import Customer
from duli.commerce.exchange.models import Upload
from duli.platform.accounts.models import User
from tests.factories import drain
from tests.flows.conftest import DESK_AND_PHONE, speak, words
from tests.flows.test_merchant import confirm, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

Open = Callable[..., Page]
TABLE = (
    "顾客,联系邮箱,电话\n林晓,lin@example.com,13800138000\n王伟,wang@example.com,13900139000\n无名,not-an-address,1\n"
)


@DESK_AND_PHONE
def test_a_table_is_named_checked_imported_and_taken_back(
    open_page: Open,
    staff: User,
    is_accessible: Callable[[Page], None],
    settings: Any,
    tmp_path: Path,
    language: str,
    phone: bool,
) -> None:
    settings.DATA_DIR = tmp_path
    say = words(language)
    speak(staff, language)
    page = open_page(phone=phone)
    sign_in(page, staff)
    page.goto("/admin/import/")
    is_accessible(page)
    page.get_by_label(say("File"), exact=True).set_input_files(
        {"name": "顾客.csv", "mimeType": "text/csv", "buffer": TABLE.encode("gb18030")}
    )
    page.get_by_label(say("What is in it")).select_option("customers")
    page.get_by_role("button", name=say("Check the file")).click()
    expect(page.get_by_role("heading", name=say("Which column is what?"))).to_be_visible()
    is_accessible(page)
    for field, column in (("name", "顾客"), ("email", "联系邮箱")):
        page.locator(f"select[name={field}]").select_option(label=column)
    page.get_by_role("button", name=say("Check the file")).click()
    expect(page).to_have_url(re.compile(r"/admin/import/\d+/$"))
    drain()
    page.reload()
    expect(page.get_by_text(say("“%(value)s” is not an e-mail address.") % {"value": "not-an-address"})).to_be_visible()
    is_accessible(page)
    assert not Customer.objects.exists()
    page.get_by_role("link", name=say("Import now")).click()
    confirm(page, say("Import now"))
    drain()
    assert Upload.objects.get().state == Upload.State.DONE
    assert set(Customer.objects.values_list("name", flat=True)) == {"林晓", "王伟"}
    page.goto("/admin/customers/?q=ww")
    expect(page.get_by_role("link", name="王伟")).to_be_visible()
    page.goto(f"/admin/import/{Upload.objects.get().pk}/")
    back = "Take back" if language == "en" else "撤销"
    page.get_by_role("link", name=back).click()
    confirm(page, back)
    drain()
    page.reload()
    expect(page.get_by_text(re.compile(r"已撤回 2 条|Taken back: 2\."))).to_be_visible()
    assert not Customer.objects.exists()
