"""A parcel from the desk to the door: staff type its number, its carrier tells the shop, the shopper reads it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from duli.commerce.orders.models import Order
from duli.commerce.shipping.services import save_account
from duli.platform.accounts.models import User
from duli.platform.mail.models import Mail
from sandbox.parcels import kuaidi100
from tests import factories
from tests.factories import drain
from tests.flows.test_merchant import sign_in
from tests.plugins.carrier_world import CarrierWorld

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("shop")]

Open = Callable[..., Page]
Check = Callable[[Page], None]
NUMBER = "SF1000000000003"
"""The last digit lets the stand-in's first try to deliver fail."""


@pytest.fixture
def world(shop: None) -> Iterator[CarrierWorld]:
    """快递100's stand-in, which tells the shop under test at the address that each parcel brings."""
    world = CarrierWorld()
    base = f"{world.url}/kuaidi100"
    values = {"customer": kuaidi100.CUSTOMER, "key": kuaidi100.KEY, "base_url": base, "guess_url": base}
    save_account(code="kuaidi100", enabled=True, values=values)
    yield world
    world.shut_down()


def told(world: CarrierWorld, states: int = 1) -> None:
    """Let the parcel travel on, and the shop hear of it over HTTP."""
    for _ in range(states):
        world.move("kuaidi100", NUMBER, times=0)
        parcel = world.world.find("kuaidi100", NUMBER)
        assert parcel
        message = world.server.parcels.message_of(parcel)
        assert message
        world.world.tell("kuaidi100", *message)
        assert world.server.parcels.delivery.send_due() == 1
        drain()


def test_followed_to_its_delivery(open_page: Open, world: CarrierWorld, staff: User, is_accessible: Check) -> None:
    order = factories.order(paid=True)
    drain()
    desk = open_page()
    sign_in(desk, staff)
    desk.goto(f"/admin/orders/{order.pk}/")
    desk.get_by_role("link", name="发货", exact=True).first.click()
    dialog = desk.get_by_role("dialog")
    dialog.get_by_label("运单号").press_sequentially(NUMBER)
    expect(dialog.get_by_label("承运商")).to_have_value("sf")
    dialog.get_by_role("button", name="发货").click()
    expect(desk.get_by_role("main")).to_contain_text(NUMBER)
    drain()

    shopper = open_page(phone=True)
    shopper.goto(f"/orders/{Order.objects.get().token}")
    parcel = shopper.locator("#parcels")
    expect(parcel).to_contain_text("顺丰")
    expect(parcel).to_contain_text("还没有揽收记录")
    told(world, 4)
    shopper.reload()
    expect(parcel).to_contain_text("派送")
    told(world)
    shopper.reload()
    expect(parcel).to_contain_text("收件人不在")
    is_accessible(shopper)

    desk.goto("/admin/shipments/")
    is_accessible(desk)
    desk.get_by_role("link", name=NUMBER).click()
    expect(desk.get_by_role("main")).to_contain_text("收件人不在")
    is_accessible(desk)

    told(world, 2)
    shopper.reload()
    expect(parcel).to_contain_text("已签收")
    parcel.get_by_text("全部物流信息").click()
    expect(parcel.get_by_role("listitem").filter(has_text="已被揽收")).to_be_visible()
    order.refresh_from_db()
    assert order.fulfilment_state == "delivered"
    mails = list(Mail.objects.filter(template__startswith="parcel_").order_by("pk").values_list("template", flat=True))
    assert mails == ["parcel_out_for_delivery", "parcel_problem", "parcel_out_for_delivery", "parcel_delivered"]
