"""The door, the language and the look of the back office."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

import duli.web.backoffice as room
from duli.base.money import Money
from duli.commerce.orders.services import fulfil, request_return
from duli.commerce.orders.services.approved import REFUND
from duli.commerce.orders.types import FulfilLine, ReturnWish
from duli.platform.accounts.models import User
from duli.platform.accounts.services import create_staff, request_approval
from tests import factories
from tests.web.backoffice.conftest import SignIn

ROOM = Path(room.__file__).parent
PASSWORD = "a long pass phrase 9"


@pytest.fixture
def person(shop: None) -> User:
    return create_staff(email="lin@staff.example", name="Lin", role="manager", password=PASSWORD, language="en")


def _enter(client: Client, **values: str) -> object:
    return client.post(reverse("backoffice:login"), {"identifier": "lin@staff.example", "password": PASSWORD} | values)


@pytest.mark.django_db
def test_staff_come_in_and_go_where_they_wanted(person: User) -> None:
    client = Client()
    wanted = reverse("backoffice:orders") + "?view=unpaid"
    to_door = client.get(wanted)
    page = client.get(to_door["Location"]).content.decode()
    assert "view=unpaid" in page
    answer = _enter(client, next=wanted)
    assert answer.status_code == 302  # type: ignore[attr-defined]
    assert answer["Location"] == wanted  # type: ignore[index]
    assert client.get(wanted).status_code == 200
    client.post(reverse("backoffice:logout"))
    assert client.get(wanted).status_code == 302


@pytest.mark.django_db
@pytest.mark.parametrize(
    "wanted", ["https://evil.example/admin/", "//evil.example", "/account/", "javascript:alert(1)", ""]
)
def test_the_login_leads_nowhere_else(person: User, wanted: str) -> None:
    answer = _enter(Client(), next=wanted)
    assert answer["Location"] == reverse("backoffice:home")  # type: ignore[index]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "values",
    [
        {"password": "wrong"},
        {"identifier": "nobody@staff.example"},
        {"identifier": ""},
        {"password": ""},
        {"identifier": "x" * 5000},
        {"password": "x" * 5000},
        {"identifier": "a\x00@b"},
    ],
)
def test_a_wrong_login_is_refused_without_saying_who_works_here(person: User, values: dict[str, str]) -> None:
    client = Client()
    answer = _enter(client, **values)
    assert answer.status_code in {422, 429}  # type: ignore[attr-defined]
    assert "_auth_user_id" not in client.session


@pytest.mark.django_db
def test_shoppers_do_not_get_in_by_the_staff_door(shop: None) -> None:
    User.objects.create_user(email="shopper@example.com", password=PASSWORD)
    client = Client()
    answer = _enter(client, identifier="shopper@example.com")
    assert answer.status_code == 422  # type: ignore[attr-defined]
    assert "_auth_user_id" not in client.session


@pytest.mark.django_db
def test_the_language_is_the_persons_not_the_storefronts(sign_in: SignIn) -> None:
    client = sign_in("manager", "en")
    headers = {"accept-language": "zh-CN,zh;q=0.9"}
    assert '<html lang="en"' in client.get(reverse("backoffice:home"), headers=headers).content.decode()
    client.post(reverse("backoffice:language"), {"language": "zh-hans"})
    assert User.objects.get(email="manager@staff.example").language == "zh-hans"
    assert '<html lang="zh-Hans"' in client.get(reverse("backoffice:home")).content.decode()
    client.post(reverse("backoffice:language"), {"language": "klingon"})
    assert User.objects.get(email="manager@staff.example").language == "zh-hans"


@pytest.mark.django_db
def test_the_door_speaks_the_browsers_language_until_another_is_chosen(shop: None) -> None:
    client = Client()
    url = reverse("backoffice:login")
    assert '<html lang="zh-Hans"' in client.get(url, headers={"accept-language": "zh-CN"}).content.decode()
    client.post(reverse("backoffice:language"), {"language": "en"})
    assert '<html lang="en"' in client.get(url, headers={"accept-language": "zh-CN"}).content.decode()


@pytest.mark.django_db
def test_light_and_dark_are_kept_on_the_device(owner: Client) -> None:
    owner.post(reverse("backoffice:appearance"), {"theme": "dark"})
    assert 'data-theme="dark"' in owner.get(reverse("backoffice:home")).content.decode()
    owner.post(reverse("backoffice:appearance"), {"theme": 'x" onload'})
    assert 'data-theme="dark"' in owner.get(reverse("backoffice:home")).content.decode()


@pytest.mark.django_db
def test_home_counts_what_waits_and_draws_a_chart_with_its_numbers(owner: Client) -> None:
    factories.order(paid=True)
    factories.order()
    page = owner.get(reverse("backoffice:home")).content.decode()
    numbers = [int(number) for number in re.findall(r'todo-number num">(\d+)', page)]
    assert numbers[:2] == [1, 1]
    assert '<svg class="chart"' in page
    assert page.count('<th scope="row">') == 7


@pytest.mark.django_db
def test_home_names_what_waits_beside_the_orders_and_nobody_decides_about_their_own(owner: Client) -> None:
    order = factories.order(paid=True)
    line = order.lines.get()
    fulfil(
        order_id=order.pk, lines=[FulfilLine(line.pk, 1)], location_id=None, idempotency_key="p", actor=factories.ACTOR
    )
    request_return(
        order_id=order.pk, lines=[ReturnWish(line.pk, 1, "other")], idempotency_key="r", actor=factories.ACTOR
    )
    me = User.objects.get(role="owner")
    told = {"currency": "CNY", "goods": [["Tea cup", 2]]}
    for actor in ("system", f"user:{me.pk}"):
        intent = {"order_id": order.pk, "asked": actor, "told": told, "shipping_minor": 500}
        asked = request_approval(
            kind=REFUND, intent=intent, value=Money(900, "CNY"), reference=order.reference, actor=actor
        )
    page = owner.get(reverse("backoffice:home")).content.decode()
    for words in ("Returns to decide", "Wait for your approval"):
        assert re.search(rf'todo-number num">1</span><br><span class="muted">{words}<', page)
    assert "Returns to inspect" not in page
    page = owner.get(reverse("backoffice:order", args=[order.pk])).content.decode()
    assert "Waits for a second person: Refund CN¥9.00" in page
    assert "Refund CN¥9.00: Waiting" in page
    # Who decides sees about which order, and what exactly.
    page = owner.get(reverse("backoffice:approval", args=[asked.id])).content.decode()
    for words in (f"#{order.number}", "Tea cup × 2", "Shipping: CN¥5.00"):
        assert words in page


@pytest.mark.django_db
def test_home_leads_to_the_first_sale(owner: Client) -> None:
    page = owner.get(reverse("backoffice:home")).content.decode()
    assert "Until your first sale" in page
    factories.order()
    assert "Until your first sale" not in owner.get(reverse("backoffice:home")).content.decode()


def _templates() -> list[Path]:
    return sorted((ROOM / "templates").rglob("*.html"))


def test_no_page_carries_scripts_styles_or_handlers_of_its_own() -> None:
    for path in _templates():
        source = path.read_text(encoding="utf-8")
        assert not re.search(r"\son[a-z]+=|<style|\sstyle=|javascript:", source), path
        for script in re.findall(r"<script[^>]*>", source):
            assert "src=" in script, path


def test_every_icon_is_in_the_sprite() -> None:
    sprite = (ROOM / "static/backoffice/icons.svg").read_text(encoding="utf-8")
    known = set(re.findall(r'<symbol id="([^"]+)"', sprite))
    used: set[str] = set()
    for path in _templates():
        used |= set(re.findall(r'{% icon "([^"]+)"', path.read_text(encoding="utf-8")))
    for path in ROOM.rglob("*.py"):
        used |= set(re.findall(r'\bicon\("([^"]+)"', path.read_text(encoding="utf-8")))
    assert used - known == set()


def test_every_text_has_its_chinese() -> None:
    from babel.messages.pofile import read_po

    from tools.messages import all_texts, translated

    done, problems = translated()
    own = [key for key, text in all_texts().items() if any("backoffice" in place.parts for place in text.places)]
    assert len(own) > 400
    assert [key.msgid for key in own if (key.context, key.msgid) not in done] == []
    assert [problem for problem in problems if "backoffice" in problem] == []
    with (ROOM / "locale/zh_Hans/LC_MESSAGES/django.po").open("rb") as file:
        same = {str(entry.id) for entry in read_po(file) if entry.id and entry.id == entry.string}
    assert same <= {"SKU"}, "left in English"
