"""What programs do for customers: addresses, tags, consent, doubles, and their data on request."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest
from django.test import Client

from duli.commerce.customers.models import ConsentRecord, Customer, CustomerAddress, DataRequest
from duli.platform.accounts.models import User
from duli.platform.mail.models import Mail
from duli.platform.tokens.models import IdempotentAnswer
from tests import factories
from tests.web.api.test_admin_api import BASE, Call, call, owner, token_for

__all__ = ["call", "owner"]
pytestmark = [pytest.mark.django_db, pytest.mark.one_database]
HUGE = "99999999999999999999"
HOME = {key: value for key, value in factories.ADDRESS.to_json().items() if value}


def person(call: Call, name: str, **values: Any) -> int:
    made = call("POST", "/customers", {"name": name, "email": f"{name.lower()}@x.example", **values}, key=name)
    return int(made[1]["id"])


def test_addresses_and_tags_are_kept(call: Call) -> None:
    ann, ben = person(call, "Ann", tags=["vip"]), person(call, "Ben")
    book = f"/customers/{ann}/addresses"
    status, home = call("POST", book, HOME, key="h")
    assert (status, home["is_default"], home["city"]) == (201, True, HOME["city"])
    status, refusal = call("POST", book, {**HOME, "city": ""}, key="w")
    assert (status, refusal["fields"]) == (422, {"city": "required"})
    moved = call("PUT", f"{book}/{home['id']}", {**HOME, "line1": "龙井路 2 号"})[1]
    assert call("GET", book)[1]["addresses"] == [moved]
    for path in (f"/customers/{ben}/addresses/{home['id']}", f"{book}/{HUGE}", f"/customers/{HUGE}/addresses/1"):
        assert (call("PUT", path, HOME)[0], call("DELETE", path)[0]) == (404, 404), path
    assert call("DELETE", f"{book}/{home['id']}")[0] == 200
    assert not CustomerAddress.objects.exists()
    assert call("POST", f"/customers/{ann}/tags", {"add": ["new"], "remove": ["vip"]})[1] == {"tags": ["new"]}


def test_consent_is_recorded_for_each_way_with_proof(call: Call, owner: User) -> None:
    path = f"/customers/{person(call, 'Ann')}/consents"
    yes = {"channel": "email", "given": True, "wording": "Signed the card in the shop"}
    for _again in range(2):
        told = call("POST", path, yes)[1]
    assert told["accepts"] == {"email": True, "sms": False, "phone": False, "post": False}
    assert [(row["channel"], row["wording"]) for row in told["records"]] == [("email", yes["wording"])]
    assert call("POST", path, {**yes, "channel": "fax"})[0] == 422
    assert call("POST", path, {**yes, "wording": ""})[0] == 422
    assert call("POST", path, {**yes, "given": False}, token=token_for(owner, "customers.view"))[0] == 403
    assert call("POST", path, {**yes, "given": False})[1]["accepts"]["email"] is False
    assert ConsentRecord.objects.count() == 2


def test_doubles_are_found_dismissed_and_merged(call: Call) -> None:
    ann = person(call, "Ann", phone="+14155550123")
    again, third = (person(call, name, phone="+14155550123") for name in ("Anna", "Annie"))
    doubles = call("GET", "/customers/doubles")[1]["doubles"]
    assert [ann, again] in [row["customer_ids"] for row in doubles]
    (pair,) = [row for row in doubles if row["customer_ids"] == [ann, third]]
    assert (pair["reason"], call("DELETE", f"/customers/doubles/{pair['id']}")[0]) == ("phone", 200)
    assert pair not in call("GET", "/customers/doubles")[1]["doubles"]
    assert call("DELETE", f"/customers/doubles/{HUGE}")[0] == 404
    path = f"/customers/{again}/merge"
    assert call("POST", path, {"other_id": again}, key="s")[1]["code"] == "same_customer"
    assert call("POST", path, {"other_id": 9999}, key="n")[0] == 404
    for _again in range(2):
        assert call("POST", path, {"other_id": ann}, key="m")[1] == {"id": ann}
    assert call("GET", f"/customers/{again}")[1]["id"] == ann


def test_a_person_is_exported_and_erased(call: Call, owner: User) -> None:
    ann = person(call, "Ann")
    manager = token_for(owner, "customers.view", "customers.edit")
    assert call("POST", f"/customers/{ann}/export", key="p", token=manager)[0] == 403
    status, asked = call("POST", f"/customers/{ann}/export", key="e")
    assert (status, asked["state"]) == (202, "waiting")
    file = f"/data-requests/{asked['id']}/file"
    assert call("GET", file)[0] == 409
    factories.drain()
    assert call("GET", f"/data-requests/{asked['id']}")[1]["state"] == "done"
    bearer = {"Authorization": f"Bearer {token_for(owner, 'customers.data')}"}
    packed = Client().get(BASE + file, headers=bearer).getvalue()
    assert "ann@x.example" in zipfile.ZipFile(io.BytesIO(packed)).read("data.json").decode()
    # The merchant's program asked, not the person: nobody is written to.
    assert not Mail.objects.filter(template="data_ready").exists()
    assert call("POST", f"/customers/{ann}/erase", {}, key="a")[0] == 422
    assert call("POST", f"/customers/{ann}/erase", {"sure": False}, key="b")[0] == 422
    assert call("POST", f"/customers/{ann}/erase", {"sure": True}, key="c")[0] == 202
    factories.drain()
    assert Customer.objects.get(pk=ann).erased_at is not None
    assert call("GET", file)[0] == 409
    newest = call("GET", "/data-requests")[1]["data_requests"][0]
    assert (newest["kind"], newest["state"], newest["customer_id"]) == ("erase", "done", None)
    assert call("POST", f"/customers/{ann}/export", key="f")[1]["code"] == "customer_erased"
    assert call("GET", f"/data-requests/{HUGE}/file")[0] == 404
    assert DataRequest.objects.count() == 2


def test_answers_kept_for_repeated_calls_forget_the_person_too(call: Call) -> None:
    ann, ben = person(call, "Annmiller"), person(call, "Ben")
    book = f"/customers/{ann}/addresses"
    first = call("POST", book, {**HOME, "line1": "Birch Lane 7"}, key="first")[1]
    # The street that no table knows any more stood in the first answer.
    call("PUT", f"{book}/{first['id']}", {**HOME, "line1": "Cedar Lane 9"}, key="moved")
    call("PATCH", f"/customers/{ben}", {"tags": ["friend of Annmiller"]}, key="friend")
    kept = " ".join(IdempotentAnswer.objects.values_list("body", flat=True))
    assert all(text in kept for text in ("Birch Lane 7", "Cedar Lane 9", "friend of Annmiller"))
    call("POST", f"/customers/{ann}/erase", {"sure": True}, key="erase")
    factories.drain()
    kept = " ".join(IdempotentAnswer.objects.values_list("body", flat=True))
    assert not [text for text in ("Birch", "Cedar", "Annmiller", "annmiller@") if text in kept]
    assert f'"id": {ben}' in kept
    # The keys stay taken: what was done once is not done again.
    assert call("POST", book, {**HOME, "line1": "Birch Lane 7"}, key="first") == (201, {})
    assert not CustomerAddress.objects.filter(customer_id=ann).exists()


def test_an_answer_about_an_order_forgets_its_buyer(call: Call) -> None:
    order = factories.order(paid=True)
    path, lines = (
        f"/orders/{order.pk}",
        [{"order_line_id": line.pk, "quantity": line.quantity} for line in order.lines.all()],
    )
    sent = call("POST", f"{path}/parcels", {"lines": lines, "location_id": factories.location().pk}, key="sent")
    assert sent[0] == 200, sent
    assert "lin@example.com" in IdempotentAnswer.objects.get(key="sent").body
    factories.drain()
    call("POST", f"/customers/{order.customer_id}/erase", {"sure": True}, key="erase")
    factories.drain()
    assert IdempotentAnswer.objects.get(key="sent").body == "{}"
