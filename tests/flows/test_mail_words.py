"""Mails are worded line by line, and nothing else of their source changes; text messages say how long they are."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from duli.platform.accounts.models import User
from duli.platform.mail.models import MailTemplate
from duli.platform.mail.sources import FOLDER, default_source
from tests.flows.conftest import DESK_AND_PHONE, speak, words
from tests.flows.test_every_screen import enter
from tests.flows.test_merchant import sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

Open = Callable[..., Page]
PARCEL = "/admin/mails/templates/order_shipped"
# Every line is written anew, as if somebody had changed it.
WRITE_ALL = """(source) => {
  const words = document.querySelector("mail-words");
  words.area.value = source;
  words.show("words");
  const lines = words.querySelectorAll(".mail-line");
  for (const line of lines) line.dispatchEvent(new Event("input", { bubbles: true }));
  return [lines.length, words.area.value];
}"""


@DESK_AND_PHONE
def test_a_mail_is_worded_line_by_line(
    open_page: Open, staff: User, is_accessible: Callable[[Page], None], language: str, phone: bool
) -> None:
    say = words(language)
    speak(staff, language)
    page = open_page(phone=phone)
    sign_in(page, staff)
    page.goto(f"{PARCEL}/email/en/")
    lines = page.locator(".mail-line")
    expect(lines.first).to_have_text("Your parcel is on its way")
    is_accessible(page)
    lines.first.click()
    page.keyboard.press("End")
    page.keyboard.type(" & <soon>")
    page.keyboard.press("Enter")
    page.keyboard.type("It is number ")
    page.get_by_text(say("What the text may use")).click()
    page.locator("[data-insert='order.number']").click()
    page.keyboard.type(", dear.")
    # An empty line goes by Backspace, with its paragraph.
    page.keyboard.press("Enter")
    page.keyboard.press("Backspace")
    page.get_by_role("button", name=say("Save"), exact=True).click()
    expect(page.get_by_text(say("Your own words"))).to_be_visible()
    before = default_source("order_shipped", "email", "en")
    assert before is not None
    heading = "<h1>Your parcel is on its way &amp; &lt;soon&gt;</h1>\n<p>It is number {{ order.number }}, dear.</p>"
    saved = MailTemplate.objects.get().body.replace("\r\n", "\n")
    assert saved.replace("</p>\n\n", "</p>\n") == before.body.replace("<h1>Your parcel is on its way</h1>", heading)

    # A source that cannot be rendered comes back as source, with its fault.
    page.locator(".mail-switch button").last.click()
    page.locator("#id_body").fill("<p>{{ order.nummer }}</p>")
    page.get_by_role("button", name=say("Save"), exact=True).click()
    expect(page.locator("#id_body-error")).to_contain_text("order.number")
    expect(page.locator("#id_body")).to_be_visible()


def test_no_line_of_any_mail_changes_by_being_looked_at(open_page: Open, staff: User) -> None:
    page = open_page()
    sign_in(page, staff)
    page.goto(f"{PARCEL}/email/en/")
    expect(page.locator(".mail-line").first).to_be_visible()
    sources = [path.read_text().strip() for path in sorted(FOLDER.glob("*/*.html"))]
    strange = [
        "No tags, {{ order.number }}",
        "<p>a<br></p><div><p>{% if x %}<b>bold</b>{% else %}<a href='{{ u }}'>c &gt; d</a>{% endif %}</p></div>",
        "<p>{% if x %}<b>open</p><p>shut</b>{% endif %}</p>tail {# note #}<!-- <p>no</p> -->",
        "<table><tr><td>&amp;&lt;</td>{% for l in order.lines %}<td>{{ l }}</td>{% endfor %}</tr></table>",
    ]
    assert len(sources) > 50
    for source in [*sources, *strange]:
        count, written = page.evaluate(WRITE_ALL, source)
        assert written == source
        assert count, source


def test_a_text_message_says_how_long_it_is(
    open_page: Open, staff: User, is_accessible: Callable[[Page], None]
) -> None:
    speak(staff, "en")
    page = open_page()
    sign_in(page, staff)
    page.goto(f"{PARCEL}/sms/en/")
    length = page.locator("#sms-measure")
    expect(length).to_contain_text("1 part · Latin letters (GSM-7)")
    page.locator("#id_body").fill("[" + "a" * 159)
    expect(length).to_contain_text("161 characters · 2 parts")
    page.locator("#id_body").fill("a" * 70 + "…")
    expect(length).to_contain_text("71 characters · 2 parts · any letters (UCS-2)")
    expect(length).to_contain_text("Without “…” it would travel as Latin letters.")
    page.locator("#id_body").fill("{{ order.nummer }}")
    expect(length).to_contain_text("Did you mean “order.number”?")
    is_accessible(page)


def test_conditions_read_as_sentences(open_page: Open, staff: User) -> None:
    page = open_page()
    enter(page, staff)
    page.goto("/admin/mails/templates/order_received/email/zh-hans/")
    flows = page.locator(".mail-flow, .mail-if")
    expect(flows.first).to_be_visible()
    said = flows.all_inner_texts()
    assert "仅当店铺提供了付款说明，且需先付款后发货" in said
    assert "仅当订单含有税额，且税款另计" in said
    assert "逐项列出订单商品" in said
    assert not [words for words in said if re.search(r"[a-z]+[._][a-z]+", words)]
    # What a merchant writes of their own is put together as far as it is known.
    own = "<p>{% if not order.note or order.points %}a{% endif %}{% if order.total == 'a or b' %}b{% endif %}</p>"
    page.evaluate(WRITE_ALL, own)
    assert page.locator(".mail-if").all_inner_texts()[0] == "仅当不满足“顾客写了备注”，或有 order.points"
    assert page.locator(".mail-if").all_inner_texts()[2] == "仅当order.total == 'a or b'"
