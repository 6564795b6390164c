"""The owner invites somebody with a role of her own making; its limits hold, and the second step guards the door."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from playwright.sync_api import Page, Request, expect

from duli.base.money import Money
from duli.platform.accounts import services
from duli.platform.accounts.models import User
from duli.platform.mail.models import Mail
from tests import factories
from tests.factories import drain
from tests.flows.conftest import DESK_AND_PHONE, PASSWORD, speak, words
from tests.flows.test_merchant import confirm, sign_in
from tests.platform.accounts.approving import KIND

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

Open = Callable[..., Page]


@DESK_AND_PHONE
def test_a_limited_member_of_staff(
    open_page: Open, staff: User, is_accessible: Callable[[Page], None], language: str, phone: bool
) -> None:
    say = words(language)
    speak(staff, language)
    order = factories.order()
    drain()
    boss = open_page(phone=phone)
    sign_in(boss, staff)

    # A role of her own: sees and pays orders, gives back ¥50 alone, sees no addresses, needs a second step.
    boss.goto("/admin/settings/roles/new/")
    boss.get_by_label(say("Name"), exact=True).fill("客服助理")
    for permission in ("See orders", "Say that an order is paid, give money back"):
        boss.get_by_label(say(permission), exact=True).check()
    boss.get_by_label(say("A larger refund, or transfer matched by hand, waits for a second person")).check()
    boss.get_by_label(say("Largest refund alone, %(code)s") % {"code": "CNY"}).fill("50")
    boss.get_by_label(say("May see shoppers' e-mail addresses, phone numbers and addresses")).uncheck()
    boss.get_by_label(say("Needs a second step to sign in")).check()
    is_accessible(boss)
    boss.get_by_role("button", name=say("Save"), exact=True).click()
    expect(boss.get_by_role("heading", name="客服助理")).to_be_visible()

    # The invitation, and the person behind it.
    boss.goto("/admin/settings/staff/new/")
    boss.get_by_label(say("E-mail"), exact=True).fill("mei@example.com")
    boss.get_by_label(say("Role"), exact=True).select_option(label="客服助理")
    boss.get_by_role("button", name=say("Send the invitation")).click()
    expect(boss.get_by_role("main")).to_contain_text("mei@example.com")
    is_accessible(boss)
    link = re.search(r"/admin/invitation/[\w-]+/", Mail.objects.get(to="mei@example.com").text)
    assert link
    mei = open_page(phone=phone, locale="zh-CN" if language == "zh-hans" else "en-GB")
    mei.goto(link.group())
    is_accessible(mei)
    mei.get_by_label(say("Your name")).fill("梅")
    mei.get_by_label(say("Password"), exact=True).fill(PASSWORD)
    mei.get_by_role("button", name=say("Begin")).click()

    # Nothing opens before the second step is set up.
    expect(mei).to_have_url(re.compile("/admin/account/$"))
    is_accessible(mei)
    mei.get_by_role("main").get_by_role("link", name=say("Set up"), exact=True).first.click()
    secret = (mei.locator("code.wrap").text_content() or "").replace(" ", "")
    is_accessible(mei)
    mei.get_by_label(say("Code that the app shows now")).fill(
        format_hotp_value(hotp_value(secret, int(time.time()) // 30))
    )
    mei.get_by_role("button", name=say("Turn on")).click()
    expect(mei.get_by_role("heading", name=say("Recovery codes"))).to_be_visible()
    is_accessible(mei)

    # What she sees, and what not.
    mei.goto(f"/admin/orders/{order.pk}/")
    expect(mei.get_by_role("main")).to_contain_text("l***@example.com")
    expect(mei.get_by_role("main")).not_to_contain_text("lin@example.com")
    expect(mei.get_by_role("main")).not_to_contain_text("龙井路")
    for path in ("/admin/settings/", "/admin/settings/staff/", "/admin/products/", "/admin/settings/audit/"):
        answer = mei.goto(path)
        assert answer is not None
        assert answer.status == 403, path

    # Above her limit somebody else decides; she cannot.
    person = User.objects.get(email="mei@example.com")
    asked = services.request_approval(
        kind=KIND, intent={"order_id": order.pk}, value=Money(9000, "CNY"), reference=order.reference,
        actor=f"user:{person.pk}",
    )  # fmt: skip
    drain()
    mei.goto(f"/admin/approvals/{asked.id}/")
    expect(mei.get_by_role("link", name=say("Approve"))).to_have_count(0)
    expect(mei.get_by_role("link", name=say("Take back"))).to_be_visible()
    boss.goto("/admin/approvals/")
    is_accessible(boss)
    boss.get_by_role("main").get_by_role("link", name=re.compile("Give back")).click()
    boss.get_by_role("link", name=say("Approve")).click()
    confirm(boss, say("Approve"))
    expect(boss.get_by_role("main")).to_contain_text(re.compile("已执行|Done"))

    # Her access is taken: her open page is the door again.
    boss.goto(f"/admin/settings/staff/{person.pk}/access/")
    boss.get_by_role("main").get_by_role("button").last.click()
    expect(boss.get_by_role("main")).to_contain_text(say("No access"))
    mei.goto("/admin/orders/")
    expect(mei).to_have_url(re.compile("/admin/login/"))
    boss.goto("/admin/settings/audit/")
    expect(boss.get_by_role("main")).to_contain_text("客服助理")
    is_accessible(boss)


def is_poll(request: Request) -> bool:
    return request.url.endswith("/bell/poll/")


@pytest.mark.parametrize("answered", [True, False])
def test_a_new_order_rings_on_an_open_desk(open_page: Open, staff: User, answered: bool) -> None:
    page = open_page()
    before = factories.order()
    drain()
    if not answered:
        # The order comes before the first answer to the desk's question whether there is anything new.
        page.context.route("**/bell/poll/", lambda route: route.abort())
    with page.expect_event("requestfinished" if answered else "requestfailed", is_poll):
        sign_in(page, staff)
    order = factories.order()
    drain()
    page.context.unroute_all()
    expect(page.locator("[data-toast]", has_text=order.number or "")).to_be_visible()
    expect(page.locator("[data-toast]")).to_have_count(1)
    expect(page.locator("[data-bell-count]")).to_have_text("2")
    assert before.number != order.number
    page.locator("[data-bell] summary").click()
    expect(page.locator("[data-bell-lines]")).to_contain_text(order.number or "")
    expect(page.locator("[data-bell-count]")).to_be_hidden()


def test_what_opens_from_the_top_is_reached_on_a_phone(open_page: Open, staff: User) -> None:
    speak(staff, "en")
    page = open_page(phone=True)
    sign_in(page, staff)
    page.locator("[data-bell] summary").click()
    page.get_by_role("link", name="All notifications").click()
    expect(page).to_have_url(re.compile("/admin/bell/"))
    page.locator(".top details:not([data-bell]) summary").last.click()
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(re.compile("/admin/login/"))


def test_a_passkey_opens_the_door(open_page: Open, staff: User, live_server: Any, settings: Any) -> None:
    # A passkey belongs to a name, never to a number.
    address = live_server.url.replace("127.0.0.1", "localhost")
    settings.CSRF_TRUSTED_ORIGINS = [address]
    page = open_page()
    devices = page.context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    devices.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    door = f"{address}/admin/login/"

    def password() -> None:
        page.goto(door)
        page.get_by_label(re.compile("邮箱")).fill(staff.email or "")
        page.get_by_label("密码").fill(PASSWORD)
        page.get_by_role("button", name="登录").click()

    password()
    expect(page).to_have_url(re.compile("/admin/$"))
    page.goto(f"{address}/admin/account/passkeys/new/")
    page.get_by_label(re.compile("通行密钥名称")).fill("笔记本")
    page.get_by_role("button", name="创建通行密钥").click()
    expect(page.get_by_role("heading", name="恢复码")).to_be_visible()
    page.context.clear_cookies()
    password()
    expect(page).to_have_url(re.compile("/admin/login/step/"))
    page.get_by_role("button", name="使用通行密钥").click()
    expect(page).to_have_url(re.compile("/admin/$"))
