"""Bundles, sold files and gift cards over the API, each once and only with its scope."""

from __future__ import annotations

import base64

import pytest

from duli.commerce.catalogue.models import Bundle
from duli.commerce.downloads.models import DownloadFile
from duli.commerce.payments import gift_cards
from duli.commerce.payments.models import GiftCard, GiftCardEntry
from duli.commerce.revisions.models import ProductRevision
from tests import factories
from tests.web.api.test_admin_api import Call, call, owner

__all__ = ["call", "owner"]
pytestmark = pytest.mark.django_db


def test_a_bundle_is_made_read_changed_and_dissolved(call: Call) -> None:
    cup, tray, sets = (factories.variant_of(factories.product()) for _ in range(3))
    path = f"/variants/{sets.pk}/bundle"
    assert call("GET", path)[0] == 404
    parts = [{"variant_id": cup.pk, "quantity": 2}, {"variant_id": tray.pk, "quantity": 1}]
    status, made = call("PUT", path, {"components": parts, "price_mode": "sum", "percent_off": "12.5"})
    assert (status, made) == (200, {"price_mode": "sum", "percent_off": "12.5", "components": parts})
    found = call("GET", f"/products/{sets.product_id}")[1]["variants"][0]
    assert (found["bundle"], found["tracks_stock"]) == (made, False)
    assert ProductRevision.objects.filter(product_id=sets.product_id, change_set__actor__startswith="token:").exists()
    for wrong in (
        {"components": []},
        {"components": [{"variant_id": sets.pk, "quantity": 1}]},
        {"components": [{"variant_id": 10**12, "quantity": 1}]},
        {"components": parts, "percent_off": "100"},
        {"components": parts, "percent_off": "1.005"},
        {"components": parts, "price_mode": "free"},
        {"components": [{"variant_id": cup.pk, "quantity": -1}]},
    ):
        assert call("PUT", path, wrong)[0] == 422, wrong
    assert call("GET", path)[1] == made
    assert call("PUT", "/variants/999999/bundle", {"components": parts})[0] == 404
    assert call("DELETE", path)[0] == 200
    assert call("DELETE", path)[0] == 404
    assert not Bundle.objects.exists()


def test_a_file_is_given_once_renamed_limited_and_taken_away(call: Call) -> None:
    variant = factories.variant_of(factories.product())
    path = f"/variants/{variant.pk}/files"
    body = {"name": "Book.pdf", "content_base64": base64.b64encode(b"pages").decode()}
    assert call("POST", path, body)[0] == 400
    status, made = call("POST", path, body, key="f1")
    assert (status, made["size"], made["days"]) == (201, 5, None)
    assert call("POST", path, body, key="f1")[1] == made
    assert DownloadFile.objects.count() == 1
    assert call("POST", path, {**body, "content_base64": "no!"}, key="f2")[0] == 422
    assert call("POST", "/variants/999999/files", body, key="f3")[0] == 404
    assert call("PATCH", f"/files/{made['id']}", {"days": 0, "most": 3})[1]["most"] == 3
    assert call("PATCH", f"/files/{made['id']}", {"name": None})[0] == 422
    assert call("PATCH", f"/files/{made['id']}", {"days": -1})[0] == 422
    assert call("PATCH", "/files/999999", {"days": 1})[0] == 404
    listed = call("GET", path)[1]["files"]
    assert [(row["name"], row["days"], row["most"]) for row in listed] == [("Book.pdf", 0, 3)]
    assert call("GET", f"/products/{variant.product_id}")[1]["variants"][0]["files"] == listed
    assert call("DELETE", f"/files/{made['id']}")[0] == 200
    assert call("GET", path)[1] == {"files": []}


def test_a_gift_card_is_issued_once_and_its_code_is_shown_once(call: Call) -> None:
    body = {"minor": 15050, "currency": "cny", "recipient_name": "Lin"}
    assert call("POST", "/gift-cards", body)[0] == 400
    status, made = call("POST", "/gift-cards", body, key="g1")
    assert (status, made["balance_minor"], made["state"], len(made["last4"])) == (201, 15050, "active", 4)
    assert "code" not in made
    assert call("POST", "/gift-cards", body, key="g1")[1] == made
    assert GiftCard.objects.count() == 1
    path = f"/gift-cards/{made['id']}"
    code = call("POST", f"{path}/code")[1]["code"]
    assert gift_cards.card_by_code(code).pk == made["id"]
    assert code[-4:] != made["last4"], "what it was called before was another code"
    again = call("POST", f"{path}/code", key="c1")[1]["code"]
    assert again != code, "the answer with a secret is not kept"
    assert (
        call("POST", f"{path}/corrections", {"minor": -50, "note": "Too much"}, key="k1")[1]["balance_minor"] == 15000
    )
    call("POST", f"{path}/corrections", {"minor": -50, "note": "Too much"}, key="k1")
    assert GiftCardEntry.objects.filter(card_id=made["id"]).count() == 2
    assert call("POST", f"{path}/corrections", {"minor": -99999, "note": "x"}, key="k2")[0] == 422
    assert call("POST", f"{path}/block", {"blocked": True})[1]["state"] == "disabled"
    assert call("POST", f"{path}/send", key="s1")[0] == 422
    listed = call("GET", "/gift-cards", q=again[-4:], state="disabled")[1]
    assert [row["id"] for row in listed["gift_cards"]] == [made["id"]]
    assert [entry["amount_minor"] for entry in call("GET", path)[1]["entries"]] == [-50, 15050]
    assert call("GET", "/gift-cards/999999")[0] == 404


@pytest.mark.parametrize(
    "wrong",
    [{"minor": 0}, {"minor": 10**18}, {"currency": "XYZ"}, {"expires_on": "2001-01-01"}, {"language": "xx"}],
)
def test_nonsense_issues_no_card(call: Call, wrong: dict[str, object]) -> None:
    assert call("POST", "/gift-cards", {"minor": 100, "currency": "CNY", **wrong}, key="w")[0] == 422
    assert not GiftCard.objects.exists()
