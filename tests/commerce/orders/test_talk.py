"""Comments with colleagues and files, messages with the shopper: who is told, who reads, what is refused."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from PIL import Image

from duli.base.clock import frozen, now
from duli.base.errors import DuliError, InvalidInput, NotFound
from duli.commerce.orders import services
from duli.commerce.orders.models import Order, OrderMessage, ReturnPhoto
from duli.commerce.orders.services.talk import mentioned
from duli.commerce.orders.types import Attachment, FulfilLine, NoAddress, ReturnWish, TooManyFiles, TooManyMessages
from duli.growth.notifications.models import Notice
from duli.platform.accounts.models import User
from duli.platform.events.models import Event
from duli.platform.mail.models import Mail
from duli.platform.media.models import PrivateFile
from duli.platform.media.private import delete_private, open_private, private_file
from tests import factories

pytestmark = pytest.mark.django_db
ACTOR = factories.ACTOR


@pytest.fixture(autouse=True)
def _media(settings, tmp_path) -> None:  # type: ignore[no-untyped-def]
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def order() -> Order:
    factories.shop()
    return factories.order(paid=True)


def person(name: str, role: str = "owner", *, active: bool = True) -> User:
    return User.objects.create_user(
        email=f"{abs(hash(name))}@staff.example", name=name, is_staff=True, role=role, is_active=active
    )


def picture() -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (40, 30), "teal").save(target, "JPEG", exif=b"Exif\x00\x00secret place")
    return target.getvalue()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("@Lin please", (1,)), ("@Lin Xiao please", (2,)), ("@林晓看一下", (3,)), ("ask @lin, @LIN XIAO", (1, 2)),
        ("lin@example.com", ()), ("@Linda", ()), ("nobody", ()),
    ],
)  # fmt: skip
def test_names_after_an_at(text: str, expected: tuple[int, ...]) -> None:
    people = [(1, "Lin"), (2, "Lin Xiao"), (3, "林晓"), (4, " ")]
    found = mentioned(text, people)
    assert found == expected or (text == "lin@example.com" and not found)


def test_a_mention_rings_for_that_person_alone(order: Order) -> None:
    lin, gone = person("Lin Xiao"), person("Gone", active=False)
    services.comment(order_id=order.pk, text="@Lin Xiao and @Gone: gift-wrap it", actor=ACTOR)
    factories.drain()
    notice = Notice.objects.get(kind="mention")
    assert (notice.for_user_id, notice.data["order_id"]) == (lin.pk, order.pk)
    assert notice.for_user_id != gone.pk


def test_files_of_a_comment_are_kept_without_an_address(order: Order) -> None:
    services.comment(
        order_id=order.pk,
        text="see",
        files=[
            Attachment("a.jpg", picture()),
            Attachment("b.pdf", b"%PDF-1.7 x"),
            Attachment("c.csv", "名,1".encode()),
        ],
        actor=ACTOR,
    )
    rows = list(PrivateFile.objects.all())
    assert [row.mime for row in rows] == ["image/jpeg", "application/pdf", "text/csv"]
    assert [file["id"] for file in Event.objects.get(name="orders.commented").data["files"]] == [row.pk for row in rows]
    with open_private(rows[0]).stream as stream:
        assert b"secret place" not in stream.read()
    # A name of its own: one that happens to end in "a.jpg" is none of the sender's.
    assert all(row.file.startswith("private/") and not row.file.endswith("/a.jpg") for row in rows)
    assert private_file(file_id=rows[1].pk, reference=order.reference).pk == rows[1].pk
    with pytest.raises(NotFound):
        private_file(file_id=rows[1].pk, reference="order:999999")
    assert delete_private(references=[order.reference]) == 3


@pytest.mark.parametrize(
    ("name", "content"),
    [("x.html", b"<script>alert(1)</script>"), ("x.svg", b"<svg onload='x'/>"), ("x.txt", b"a\x00b"),
     ("x.jpg", b"MZ\x90"), ("x.csv", b"\xff\xfe"), ("x.txt", b"")],
)  # fmt: skip
def test_what_may_run_or_hide_is_refused(order: Order, name: str, content: bytes) -> None:
    with pytest.raises(DuliError):
        services.comment(order_id=order.pk, text="x", files=[Attachment(name, content)], actor=ACTOR)
    assert not PrivateFile.objects.exists()
    assert not Event.objects.filter(name="orders.commented").exists()


def test_size_and_number_of_files(order: Order) -> None:
    with pytest.raises(TooManyFiles):
        services.comment(order_id=order.pk, text="x", files=[Attachment("a.txt", b"a")] * 6, actor=ACTOR)
    with pytest.raises(DuliError):
        large = Attachment("a.pdf", b"%PDF-" + b"x" * (10 * 1024 * 1024))
        services.comment(order_id=order.pk, text="x", files=[large], actor=ACTOR)


def test_shopper_and_shop_write_to_each_other(order: Order) -> None:
    services.write_message(order_id=order.pk, text=" 可以改成蓝色吗？ ", actor="guest")
    factories.drain()
    assert Notice.objects.get(kind="message").permission == "orders.view"
    services.answer(order_id=order.pk, text="<b>可以</b>\n明天发货", actor=ACTOR)
    factories.drain()
    mail = Mail.objects.get(template="order_message")
    assert mail.to == order.email
    assert "&lt;b&gt;可以&lt;/b&gt;" in mail.html
    assert "明天发货" in mail.html
    assert [(row.from_shopper, row.text) for row in OrderMessage.objects.all()] == [
        (True, "可以改成蓝色吗？"), (False, "<b>可以</b>\n明天发货"),
    ]  # fmt: skip


def test_writing_too_often_or_nothing_is_refused(order: Order) -> None:
    for text in ("", "  ", "x" * 2001):
        with pytest.raises(InvalidInput):
            services.write_message(order_id=order.pk, text=text, actor="guest")
    for number in range(10):
        services.write_message(order_id=order.pk, text=f"{number}", actor="guest")
    # The same words sent twice by a double click are one message.
    with pytest.raises(TooManyMessages):
        services.write_message(order_id=order.pk, text="more", actor="guest")
    with frozen(now() + timedelta(hours=2)):
        services.write_message(order_id=order.pk, text="later", actor="guest")
        services.write_message(order_id=order.pk, text="later", actor="guest")
    assert OrderMessage.objects.count() == 11
    Order.objects.filter(pk=order.pk).update(email="")
    with pytest.raises(NoAddress):
        services.answer(order_id=order.pk, text="x", actor=ACTOR)


def test_photos_of_a_return_are_private_files_and_a_request_rings(order: Order) -> None:
    line = order.lines.get()
    services.fulfil(
        order_id=order.pk, lines=[FulfilLine(line.pk, 1)], location_id=None, idempotency_key="p", actor=ACTOR
    )
    services.request_return(
        order_id=order.pk, lines=[ReturnWish(line.pk, 1, "defective")], idempotency_key="r", actor="guest",
        photos=[picture()],
    )  # fmt: skip
    photo = ReturnPhoto.objects.get()
    assert photo.file is not None
    assert photo.file.mime == "image/jpeg"
    factories.drain()
    assert Notice.objects.get(kind="return").data["order_id"] == order.pk
