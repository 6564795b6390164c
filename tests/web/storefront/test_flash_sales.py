"""Flash sales on the shop's pages: price, what is left, the clock, and the line before the door."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client

from duli.base.clock import frozen, now
from duli.commerce.catalogue.models import Variant
from duli.commerce.flash_sales import services
from duli.commerce.flash_sales.models import Ticket
from duli.platform.store.changes import look_now
from duli.platform.themes.engine import active_theme
from duli.platform.themes.services import save_page
from duli.platform.themes.types import InvalidThemeSetting
from duli.web.storefront.flash_home import flash_topics
from tests import factories
from tests.commerce.flash_sales.made import HOUR, item_of, sale

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _shop() -> None:
    factories.shop()


def thing(stock: int = 10, **values: object) -> Variant:
    return factories.variant_of(factories.product(title="青瓷杯", price=10000, stock=stock, **values))  # type: ignore[arg-type]


def seen(client: Client, path: str, status: int = 200) -> str:
    look_now()
    response = client.get(path)
    assert response.status_code == status, path
    return response.content.decode()


def page_of(variant: Variant) -> str:
    return f"/products/{variant.product.handle}"


def test_page_and_card_show_the_price_the_clock_and_what_is_left(client: Client) -> None:
    variant = thing()
    row = sale(variant, units=7, limit=2)
    page = seen(client, page_of(variant))
    for words in ("¥50", "<b data-flash-left>仅剩 7 件", "每人限购 2 件", "双十一秒杀", "data-ends"):
        assert words in page
    assert "7 left" in seen(client, "/en" + page_of(variant))
    assert "秒杀 · 仅剩 7 件" in seen(client, "/collections/all")
    services.stop_sale(sale_id=row.pk, actor=factories.ACTOR)
    page = seen(client, page_of(variant))
    assert "¥100" in page
    assert "双十一秒杀" not in page


def test_a_kept_page_follows_the_clock(client: Client) -> None:
    variant = thing()
    row = sale(variant, begins=HOUR)
    assert "¥100" in seen(client, page_of(variant))
    with frozen(row.starts_at):
        assert "¥50" in seen(client, page_of(variant))
    with frozen(row.ends_at):
        assert "¥100" in seen(client, page_of(variant))


def test_all_stock_in_the_sale_is_not_sold_out_and_an_empty_pool_is(client: Client) -> None:
    variant = thing(1)
    sale(variant, units=1)
    assert "aria-disabled" not in seen(client, page_of(variant))
    factories.order(variant)
    page = seen(client, page_of(variant))
    assert "aria-disabled" in page
    assert "已抢光" in page
    assert "秒杀 · 已抢光" in seen(client, "/collections/all")


def test_what_is_left_is_told_in_few_bytes_without_a_query(
    client: Client, django_assert_num_queries: pytest.FixtureRequest
) -> None:
    variant = thing()
    row = sale(variant, units=7)
    address = f"/flash-sales/{row.pk}/state"
    client.get(address)
    with django_assert_num_queries(0):  # type: ignore[operator]
        answer = client.get(address)
    assert answer.json() == {"left": {str(variant.pk): 7}}
    factories.order(variant)
    look_now()
    assert client.get(address).json() == {"left": {str(variant.pk): 6}}
    assert client.get("/flash-sales/999999/state").json() == {"left": {}}


def test_the_page_of_flash_sales_lists_what_runs_and_what_comes(client: Client) -> None:
    assert "暂时没有秒杀活动" in seen(client, "/flash-sales")
    running, coming, hidden = thing(), thing(), thing()
    sale(running, name="现在")
    sale(coming, name="稍后", begins=HOUR)
    sale(hidden, name="保密", begins=HOUR, is_listed=False)
    page = seen(client, "/flash-sales")
    assert page.index("现在") < page.index("稍后")
    assert "保密" not in page
    assert "秒杀价 ¥50" in page
    assert 'href="/flash-sales"' in seen(client, "/")


def test_a_cart_says_what_is_wrong_with_its_flash_units(client: Client) -> None:
    variant = thing()
    row = sale(variant, units=2, limit=2)
    answer = client.post("/cart/add", {"variant": variant.pk, "quantity": 3})
    assert answer.status_code == 409
    assert "每人" in answer.content.decode()
    client.post("/cart/add", {"variant": variant.pk, "quantity": 2})
    assert "¥50" in seen(client, "/cart")
    factories.order(variant)
    assert "只剩 1 件" in seen(client, "/cart")
    assert item_of(row).left == 1


FORM = re.compile(r'name="form" value="([^"]+)"')


def ask(client: Client, sale_id: int, wait: float = 6) -> None:
    """Open the page of the line, look at it for a while, and press the button."""
    form = FORM.search(seen(client, f"/flash-sales/{sale_id}/line"))
    assert form is not None
    with frozen(now() + timedelta(seconds=wait)):
        answer = client.post(f"/flash-sales/{sale_id}/line/join", {"form": form[1]})
    assert answer.status_code == (303 if wait > 5 else 409)


def test_first_come_first_let_in() -> None:
    variant = thing()
    row = sale(variant, units=5, waiting_room=True, batch_size=2, batch_seconds=10)
    clients = [Client() for _ in range(5)]
    for browser in clients:
        ask(browser, row.pk)
    start = now() + timedelta(seconds=10)
    states = []
    for seconds in (0, 11, 22):
        with frozen(start + timedelta(seconds=seconds)):
            # The last one looks first: that gains nothing.
            for browser in reversed(clients):
                browser.get(f"/flash-sales/{row.pk}/line/turn")
            states.append([browser.get(f"/flash-sales/{row.pk}/line/turn").json()["state"] for browser in clients])
    assert [found.count("admitted") for found in states] == [2, 4, 5]
    assert all(found == sorted(found) for found in states)


def test_only_who_was_let_in_buys_and_once(client: Client) -> None:
    variant = thing()
    row = sale(variant, units=5, limit=None, waiting_room=True, batch_size=1, admission_minutes=10)
    assert client.post("/cart/add", {"variant": variant.pk}).status_code == 409
    assert "轮到" in client.post("/cart/add", {"variant": variant.pk}).content.decode()
    late = Client()
    ask(client, row.pk)
    ask(late, row.pk)
    with frozen(now() + timedelta(seconds=7)):
        assert "轮到您了" in seen(client, f"/flash-sales/{row.pk}/line")
        waiting = seen(late, f"/flash-sales/{row.pk}/line")
        assert "马上轮到您" in waiting
        assert '<noscript><meta http-equiv="refresh"' in waiting
        assert late.post("/cart/add", {"variant": variant.pk}).status_code == 409
        assert client.post("/cart/add", {"variant": variant.pk}).status_code == 303
        assert "还没轮到您" not in seen(client, "/cart")
    ticket = Ticket.objects.get(number=1)
    assert ticket.cart_token == client.cookies["cart"].value
    with frozen(now() + timedelta(minutes=11)):
        assert "还没轮到您" in seen(client, "/cart")
        assert "下单时间已过" in seen(client, f"/flash-sales/{row.pk}/line")


def test_who_presses_too_soon_or_without_a_form_gets_no_place(client: Client) -> None:
    row = sale(thing(), waiting_room=True)
    ask(client, row.pk, wait=0.2)
    for form in ("", "x", "a" * 100_000):
        assert client.post(f"/flash-sales/{row.pk}/line/join", {"form": form}).status_code == 409
    assert not Ticket.objects.exists()
    assert client.post("/flash-sales/999999/line/join", {"form": "x"}).status_code == 404
    assert client.get("/flash-sales/999999/line").status_code == 404
    client.cookies[f"line_{row.pk}"] = "forged"
    assert client.get(f"/flash-sales/{row.pk}/line").status_code == 200


def test_a_form_is_one_place_however_often_it_is_sent(client: Client) -> None:
    row = sale(thing(), waiting_room=True)
    form, _challenge = services.form_for(row.pk)
    with frozen(now() + timedelta(seconds=6)):
        for _ in range(3):
            services.join(sale_id=row.pk, form=form)
    assert Ticket.objects.count() == 1


def test_a_line_opens_a_quarter_of_an_hour_before_and_lets_nobody_in_early(client: Client) -> None:
    row = sale(thing(), waiting_room=True, begins=HOUR)
    assert "排队尚未开放" in seen(client, f"/flash-sales/{row.pk}/line")
    with frozen(row.starts_at - timedelta(minutes=10)):
        ask(client, row.pk)
        with frozen(row.starts_at - timedelta(minutes=9)):
            assert "开抢后按顺序入场" in seen(client, f"/flash-sales/{row.pk}/line")
    with frozen(row.starts_at + timedelta(seconds=1)):
        assert "轮到您了" in seen(client, f"/flash-sales/{row.pk}/line")


def test_the_first_page_shows_what_runs_and_what_comes_and_follows_the_clock(client: Client) -> None:
    first = seen(client, "/")
    assert "flash-clock" not in first
    running_now, later = thing(), thing()
    running_now_sale = sale(running_now, units=7, name="正在抢")
    coming = sale(later, units=7, name="即将开抢", begins=HOUR)
    page = seen(client, "/")
    assert page.index("正在抢") < page.index("即将开抢")
    assert (page.count("flash-clock"), "秒杀价 ¥50" in page) == (2, True)
    assert f"#sale-{coming.pk}" in page
    # A page that is kept goes by the machine's own clock: other addresses are drawn anew.
    assert flash_topics(now())[1] == running_now_sale.ends_at
    with frozen(coming.starts_at):
        page = seen(client, "/?then=1")
        # What it will cost is what it costs now.
        assert ("正在抢" in page, "即将开抢" in page, "秒杀价" in page) == (False, True, False)
    with frozen(coming.ends_at):
        assert "flash-clock" not in seen(client, "/?then=2")


def test_a_merchant_leaves_out_what_is_still_to_come(client: Client) -> None:
    sale(thing(), begins=HOUR)
    assert "flash-clock" in seen(client, "/en/")
    description = {
        "order": ["sales"],
        "sections": {"sales": {"type": "flash", "settings": {"coming": False, "limit": 2}}},
    }
    save_page(code=active_theme(), template="index", description=description)
    assert "flash-clock" not in seen(client, "/en/")
    with pytest.raises(InvalidThemeSetting):
        description["sections"]["sales"]["settings"]["limit"] = 99  # type: ignore[index]
        save_page(code=active_theme(), template="index", description=description)
