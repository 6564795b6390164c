"""A shopper shows a picture of the transfer on the order's page; only staff see it."""

from __future__ import annotations

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from duli.commerce.orders.models import Order
from duli.commerce.reconciliation.models import PaymentProof
from duli.growth.notifications.models import Notice
from tests import factories
from tests.web.backoffice.conftest import member

pytestmark = pytest.mark.django_db


@pytest.fixture
def order(db: None) -> Order:
    factories.shop()
    return factories.order()


def picture() -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (8, 8), "white").save(target, "PNG")
    return target.getvalue()


def send(order: Order, content: bytes, name: str = "transfer.png"):  # type: ignore[no-untyped-def]
    return Client().post(f"/orders/{order.token}/proof", {"proof": SimpleUploadedFile(name, content)})


@pytest.mark.parametrize(("content", "mime"), [(picture(), "image/png"), (b"%PDF-1.7 x", "application/pdf")])
def test_a_proof_is_seen_by_its_sender_and_by_staff(order: Order, content: bytes, mime: str) -> None:
    assert 'name="proof"' in Client().get(f"/orders/{order.token}").content.decode()
    assert send(order, content, "转账.png").status_code == 303
    proof = PaymentProof.objects.select_related("file").get()
    assert (proof.order_id, proof.file.mime) == (order.pk, mime)
    assert "转账.png" in Client().get(f"/orders/{order.token}").content.decode()
    factories.drain()
    assert Notice.objects.filter(kind="proof").count() == 1
    desk = Client()
    desk.force_login(member("owner"), backend="allauth.account.auth_backends.AuthenticationBackend")
    file = reverse("backoffice:order_file", args=[order.pk, proof.file_id])
    assert file in desk.get(reverse("backoffice:order", args=[order.pk])).content.decode()
    assert desk.get(file)["Content-Type"] == mime
    assert Client().get(file).status_code == 302


@pytest.mark.parametrize("content", [b"", b"hello", b"<svg onload='x'/>", b"\x89PNG broken", b"GIF8" * 3])
def test_what_is_neither_picture_nor_pdf_is_refused(order: Order, content: bytes) -> None:
    answer = send(order, content)
    assert 400 <= answer.status_code < 500
    page = answer.content.decode()
    assert 'id="proof-problem"' in page
    assert "MP4" not in page
    assert ("请上传 JPEG、PNG、WebP 图片或 PDF" in page) == bool(content)
    assert not PaymentProof.objects.exists()


def test_ten_megabytes_are_too_many(order: Order) -> None:
    assert 400 <= send(order, b"%PDF-" + b"x" * (10 * 1024 * 1024)).status_code < 500
    assert not PaymentProof.objects.exists()


def test_five_are_enough_and_a_paid_order_takes_none(order: Order) -> None:
    for _ in range(5):
        assert send(order, b"%PDF-1.7").status_code == 303
    assert send(order, b"%PDF-1.7").status_code == 422
    paid = factories.order(paid=True)
    assert send(paid, b"%PDF-1.7").status_code == 409
    assert 'name="proof"' not in Client().get(f"/orders/{paid.token}").content.decode()
    assert send(factories.order(method="cash_on_delivery"), b"%PDF-1.7").status_code == 409
    assert PaymentProof.objects.count() == 5
