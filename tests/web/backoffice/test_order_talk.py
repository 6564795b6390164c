"""The timeline as a place to talk: comments with files, messages with the shopper."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from duli.commerce.orders.models import Order, OrderMessage
from duli.platform.media.models import PrivateFile
from tests import factories
from tests.web.backoffice.conftest import SignIn

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _media(settings, tmp_path) -> None:  # type: ignore[no-untyped-def]
    settings.MEDIA_ROOT = tmp_path


def url(name: str, *keys: int) -> str:
    return reverse(f"backoffice:{name}", args=keys)


def test_a_comment_with_a_file_that_only_staff_fetch(owner: Client, viewer: Client, client: Client) -> None:
    order, other = factories.order(), factories.order()
    file = SimpleUploadedFile("note.pdf", b"%PDF-1.7 x", "text/html")
    answer = owner.post(url("order_comment", order.pk), {"comment": "<b>look</b>", "attachments": [file]}, follow=True)
    page = answer.content.decode()
    row = PrivateFile.objects.get()
    address = url("order_file", order.pk, row.pk)
    assert address in page
    assert "&lt;b&gt;look&lt;/b&gt;" in page
    assert "The owner" in page.split('id="colleagues"')[1].split("</script>")[0]
    fetched = viewer.get(address)
    assert b"".join(fetched.streaming_content) == b"%PDF-1.7 x"
    assert "attachment" in fetched["Content-Disposition"]
    assert fetched["Content-Type"] == "application/pdf"
    assert client.get(address).status_code == 302
    assert owner.get(url("order_file", other.pk, row.pk)).status_code == 404
    assert client.get(f"/media/{row.file}").status_code == 404
    bad = SimpleUploadedFile("x.html", b"<script>", "image/png")
    assert owner.post(url("order_comment", order.pk), {"comment": "x", "attachments": [bad]}).status_code in {415, 422}
    many = [SimpleUploadedFile(f"{number}.txt", b"x") for number in range(6)]
    assert owner.post(url("order_comment", order.pk), {"comment": "x", "attachments": many}).status_code == 422


def test_shopper_and_staff_see_the_same_words(owner: Client, client: Client, sign_in: SignIn) -> None:
    order = factories.order()
    address = f"/orders/{order.token}"
    shown = client.get(address)
    assert 'name="message"' in shown.content.decode()
    sent = client.post(f"{address}/messages", {"message": "<i>Blue</i> please"})
    assert (sent.status_code, sent["Location"].endswith("#messages")) == (303, True)
    page = owner.get(url("order", order.pk)).content.decode()
    assert "&lt;i&gt;Blue&lt;/i&gt; please" in page
    assert "Message from the shopper" in page
    owner.post(url("order_message", order.pk), {"message": "Of course"})
    assert "Of course" in client.get(address).content.decode()
    own = client.get(address).content.decode()
    assert "&lt;i&gt;Blue" in own
    assert "<i>Blue" not in own
    assert "回复买家" in sign_in("viewer", "zh-hans").get(url("order", order.pk)).content.decode()
    for text in ("", "x" * 3000):
        refused = client.post(f"{address}/messages", {"message": text})
        assert refused.status_code == 422
        assert 'role="alert"' in refused.content.decode()
    assert client.post(f"/orders/{'x' * 43}/messages", {"message": "x"}).status_code == 404
    assert OrderMessage.objects.count() == 2
    assert Order.objects.get().version == order.version
