"""Why goods come back, in the merchant's words: in the settings, in the shopper's form, on former returns."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from duli.base.errors import InvalidInput
from duli.commerce.orders.models import OrderReturn
from duli.commerce.orders.return_reasons import offered, words_of
from duli.commerce.orders.services import fulfil, request_return
from duli.commerce.orders.types import FulfilLine, ReturnWish
from duli.platform.store.changes import reset_caches
from tests import factories

pytestmark = pytest.mark.django_db
URL = "backoffice:settings_reasons"


def test_reasons_are_written_translated_and_taken_away(owner: Client, client: Client) -> None:
    page = owner.get(reverse(URL)).content.decode()
    assert "尺码偏小" in page or "太小" in page
    usual = offered("en")
    assert ("defective", "Does not work or has a fault") in usual
    data = {
        "code-0": "defective", "text-0-zh-hans": "坏了", "text-0-en": "Broken",
        "text-1-zh-hans": "釉色不同", "text-1-en": "Another glaze",
        "code-2": "other", "text-2-zh-hans": "其他", "hidden-2": "on",
    }  # fmt: skip
    assert owner.post(reverse(URL), data).status_code == 302
    reset_caches()
    assert [words for _code, words in offered("en")] == ["Broken", "Another glaze"]
    assert words_of("other", "en") == "其他"
    assert words_of("too_small", "en") == "Too small"
    own = offered("en")[1][0]
    order = factories.order(paid=True)
    line = order.lines.get().pk
    fulfil(order_id=order.pk, lines=[FulfilLine(line, 1)], location_id=None, idempotency_key="p", actor="system")
    assert "釉色不同" in client.get(f"/orders/{order.token}/return").content.decode()
    with pytest.raises(InvalidInput):
        request_return(order_id=order.pk, lines=[ReturnWish(line, 1, "other")], idempotency_key="x", actor="guest")
    request_return(order_id=order.pk, lines=[ReturnWish(line, 1, own)], idempotency_key="y", actor="guest")
    row = OrderReturn.objects.get()
    assert "Another glaze" in owner.get(reverse("backoffice:return", args=[row.pk])).content.decode()


def test_a_reason_needs_words_and_one_has_to_be_offered(owner: Client, viewer: Client) -> None:
    for data in (
        {}, {"code-0": "other", "text-0-en": "Only English"}, {"text-0-zh-hans": "x" * 81},
        {"text-0-zh-hans": "其他", "hidden-0": "on"},
    ):  # fmt: skip
        answer = owner.post(reverse(URL), data)
        assert answer.status_code == 422, data
        assert 'role="alert"' in answer.content.decode()
    assert len(offered("en")) == 9
    assert viewer.post(reverse(URL), {}).status_code == 403
