"""Sold files: from the payment to the last byte, and what ends a link."""

from __future__ import annotations

import io
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.test import Client

from duli.base.clock import now
from duli.base.errors import InvalidInput, NotFound
from duli.commerce.catalogue.models import Variant
from duli.commerce.catalogue.services import set_delivery
from duli.commerce.customers.holders import Person, holders
from duli.commerce.downloads import services, storage
from duli.commerce.downloads.links import link_token
from duli.commerce.downloads.models import DownloadFile, DownloadGrant, DownloadUse
from duli.commerce.downloads.selectors import grants_of
from duli.commerce.downloads.types import DownloadOver
from duli.commerce.orders import services as orders
from duli.commerce.orders.models import Order
from duli.commerce.orders.types import RefundLine
from duli.platform.mail.models import Mail
from tests import factories

pytestmark = pytest.mark.django_db
CONTENT = bytes(range(256)) * 40


@pytest.fixture(autouse=True)
def private_folder(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path / storage.FOLDER


def song(*, most: int | None = None, days: int | None = None) -> Variant:
    factories.shop()
    variant = factories.variant_of(factories.product("歌曲", stock=None))
    set_delivery(variant_id=variant.pk, requires_shipping=False, actor=factories.ACTOR)
    file = services.add_file(variant_id=variant.pk, file=io.BytesIO(CONTENT), name="歌 曲.mp3", actor=factories.ACTOR)
    services.change_file(file_id=file.pk, name=file.name, days=days, most=most, actor=factories.ACTOR)
    return Variant.objects.get(pk=variant.pk)


def bought(**limits: int) -> tuple[Order, DownloadGrant]:
    order = factories.order(song(**limits), paid=True)
    return order, DownloadGrant.objects.get(order=order)


def url_of(order: Order) -> str:
    return f"/downloads/{grants_of([order.pk])[0].token}"


def test_nothing_before_the_payment_then_a_link_by_mail_and_on_the_page() -> None:
    order = factories.order(song())
    factories.drain()
    assert not grants_of([order.pk])
    assert order.fulfilment_state == "not_needed"
    factories.payments.mark_received(
        collection_id=order.payment_collection_id or 0,
        amount=factories.Money(order.total_minor, "CNY"),
        actor=factories.ACTOR,
        idempotency_key="x",
    )
    factories.drain()
    page = Client().get(f"/orders/{order.token}").content.decode()
    assert url_of(order) in page
    mail = Mail.objects.get(template="downloads_ready")
    assert f"/orders/{order.token}#downloads" in mail.html
    # Again is not twice.
    assert services.grant(order_id=order.pk) == 0


def test_whole_and_in_parts(client: Client) -> None:
    order, grant = bought()
    whole = client.get(url_of(order))
    assert b"".join(whole.streaming_content) == CONTENT  # type: ignore[attr-defined]
    assert whole["Content-Length"] == str(len(CONTENT))
    assert "attachment" in whole["Content-Disposition"]
    part = client.get(url_of(order), headers={"Range": "bytes=100-199"})
    assert (part.status_code, b"".join(part.streaming_content)) == (206, CONTENT[100:200])  # type: ignore[attr-defined]
    assert part["Content-Range"] == f"bytes 100-199/{len(CONTENT)}"
    tail = client.get(url_of(order), headers={"Range": "bytes=-5"})
    assert b"".join(tail.streaming_content) == CONTENT[-5:]  # type: ignore[attr-defined]
    assert client.get(url_of(order), headers={"Range": "bytes=999999-"}).status_code == 416
    stale = client.get(url_of(order), headers={"Range": "bytes=100-", "If-Range": '"other"'})
    assert stale.status_code == 200
    grant.refresh_from_db()
    # The parts went on with the first download.
    assert (grant.used, DownloadUse.objects.count()) == (1, 1)


def test_a_question_for_the_head_is_answered_as_the_file_would_be_and_counts_nothing(client: Client) -> None:
    order, grant = bought(most=1)
    url = url_of(order)
    for headers in ({}, {"Range": "bytes=10-19"}, {"Range": "bytes=999999-"}, {"Range": "bytes=0-"}):
        asked = client.head(url, headers=headers)
        grant.refresh_from_db()
        assert (grant.used, DownloadUse.objects.count()) == (0, 0)
        got = client.get(url, headers=headers)
        DownloadUse.objects.all().delete()
        DownloadGrant.objects.filter(pk=grant.pk).update(used=0)
        assert asked.status_code == got.status_code
        for name in ("Content-Length", "Content-Range", "Content-Disposition", "ETag", "Accept-Ranges"):
            assert asked.get(name) == got.get(name), (headers, name)
        assert asked.getvalue() == b""
    assert client.head("/downloads/1-1.abc").status_code == 404
    client.get(url)
    assert (client.head(url).status_code, client.get(url).status_code) == (410, 410)
    DownloadGrant.objects.filter(pk=grant.pk).update(expires_at=now())
    assert client.head(url).status_code == 410


def test_from_where_it_was_fetched_is_forgotten_in_time_and_the_number_stays(client: Client) -> None:
    order, grant = bought(most=2)
    client.get(url_of(order))
    assert services.forget_uses() == 0
    DownloadUse.objects.update(started_at=now() - timedelta(days=181))
    assert services.forget_uses() == 1
    grant.refresh_from_db()
    assert grant.used == 1


def test_it_goes_with_the_person(client: Client) -> None:
    order, _grant = bought()
    client.get(url_of(order), headers={"User-Agent": "Lin's player"})
    url = url_of(order)
    holder = holders.get("downloads")
    person = Person((order.customer_id or 0,), None, ("lin@example.com",), (), ("林晓",))
    (row,) = holder.export(person)["downloads"]
    assert (row["order"], row["file"], row["agent"]) == (order.number, "歌 曲.mp3", "Lin's player")
    assert holder.erase(Person((10**9,), None, (), (), ())) == 0
    assert holder.erase(person) == 2
    assert not DownloadUse.objects.exists()
    assert client.get(url).status_code == 404


def test_files_of_former_versions_move_beside_the_media(settings: Any, tmp_path: Path, client: Client) -> None:
    order, grant = bought()
    settings.DATA_DIR = tmp_path / "data"
    former = settings.DATA_DIR / "downloads"
    former.mkdir(parents=True)
    (tmp_path / grant.file.stored).rename(former / "abc")
    DownloadFile.objects.update(stored="abc")
    migration = import_module("duli.commerce.downloads.migrations.0002_files_beside_the_media")
    migration.move(apps, None)
    migration.move(apps, None)
    assert b"".join(client.get(url_of(order)).streaming_content) == CONTENT  # type: ignore[attr-defined]


def test_it_ends_by_number_and_by_time(client: Client) -> None:
    order, grant = bought(most=2)
    url = url_of(order)
    for _ in range(2):
        assert client.get(url).status_code == 200
    assert client.get(url).status_code == 410
    assert grants_of([order.pk])[0].state == "used_up"
    services.renew(grant_id=grant.pk, actor=factories.ACTOR)
    assert client.get(url).status_code == 410
    assert client.get(url_of(order)).status_code == 200
    DownloadGrant.objects.filter(pk=grant.pk).update(expires_at=now())
    assert client.get(url_of(order)).status_code == 410


def test_a_later_part_is_no_way_around_the_limit(client: Client) -> None:
    order, _ = bought(most=1)
    url = url_of(order)
    assert client.get(url, headers={"Range": "bytes=1-"}, REMOTE_ADDR="192.0.2.1").status_code == 206
    assert client.get(url, headers={"Range": "bytes=1-"}, REMOTE_ADDR="192.0.2.2").status_code == 410


def test_taken_back_by_staff_and_by_a_refund(client: Client) -> None:
    order, grant = bought()
    url = url_of(order)
    services.revoke(grant_id=grant.pk, actor=factories.ACTOR)
    assert client.get(url).status_code == 410
    services.renew(grant_id=grant.pk, actor=factories.ACTOR)
    line = order.lines.get()
    orders.refund(
        order_id=order.pk, lines=[RefundLine(line.pk, 1, restock=False)], idempotency_key="r", actor=factories.ACTOR
    )
    factories.drain()
    assert client.get(url_of(order)).status_code == 410
    assert grants_of([order.pk])[0].state == "revoked"


@pytest.mark.parametrize("forged", ["1-1", "1-1.abc", "1-1.", "x" * 200, "1-1.a.b", "1-1:abc"])
def test_nobody_guesses_a_link(client: Client, forged: str) -> None:
    order, grant = bought()
    assert client.get(f"/downloads/{forged}").status_code == 404
    assert client.get(url_of(order)[:-1] + "~").status_code == 404
    with pytest.raises(DownloadOver):
        services.open_download(token=link_token(grant.pk, grant.version + 1), begins=True)
    with pytest.raises(NotFound):
        services.open_download(token=link_token(grant.pk + 1, 1), begins=True)


def test_files_that_are_no_files(private_folder: Path) -> None:
    variant = song()
    with pytest.raises(InvalidInput):
        services.add_file(variant_id=variant.pk, file=io.BytesIO(b""), name="empty", actor=factories.ACTOR)
    with pytest.raises(InvalidInput):
        services.add_file(variant_id=variant.pk, file=io.BytesIO(b"x"), name=" / ", actor=factories.ACTOR)
    with pytest.raises(NotFound):
        services.add_file(variant_id=10**9, file=io.BytesIO(b"x"), name="x", actor=factories.ACTOR)
    # What was refused leaves nothing behind.
    assert len(list(private_folder.iterdir())) == 1


def test_a_removed_file_stays_with_those_who_bought_it(client: Client) -> None:
    order, grant = bought()
    services.remove_file(file_id=grant.file_id, actor=factories.ACTOR)
    assert client.get(url_of(order)).status_code == 200


def test_a_file_nobody_bought_is_deleted(django_capture_on_commit_callbacks: object, private_folder: Path) -> None:
    variant = song()
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        services.remove_file(file_id=variant.downloads.get().pk, actor=factories.ACTOR)
    assert not list(private_folder.iterdir())


def test_the_checkout_asks_for_no_address(client: Client) -> None:
    variant = song()
    cart = factories.cart(variant)
    filled = factories.checkout.save_details(
        token=cart.token,
        details=factories.Details(email="lin@example.com", payment_method_code="bank_transfer"),
    )
    placed = factories.checkout.place_order(request=factories.PlaceOrder(filled.token, None, "guest"))
    assert placed.shipping_address is None
    assert placed.shipping_minor == 0
