"""The shopper's own data: consent at checkout and in the account, the copy, the deletion."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.test import Client

from duli.commerce.customers.models import ConsentRecord, Customer, DataRequest
from duli.commerce.orders.models import Order
from duli.commerce.orders.services import cancel
from duli.platform.accounts.models import User
from duli.platform.accounts.services import sign_up
from duli.platform.mail.models import Mail
from duli.platform.sms.models import SmsConsent
from tests import factories

pytestmark = pytest.mark.django_db
URL = "/account/privacy"


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path


def _signed_in(email: str = "own@example.com", *, proved: bool = True) -> tuple[Client, User]:
    user = sign_up(email=email, password="long enough words 7")
    EmailAddress.objects.filter(user=user).update(verified=proved)
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client, user


def test_ticks_are_kept_as_proof_and_taken_back(shop: None) -> None:
    client, _user = _signed_in()
    assert client.get(URL).status_code == 200
    assert client.post(URL, {"verb": "consent", "channel": ["email", "fax"]}).status_code == 303
    customer = Customer.objects.get()
    assert (customer.accepts_email, customer.accepts_sms) == (True, False)
    client.post(URL, {"verb": "consent"})
    records = list(ConsentRecord.objects.order_by("pk"))
    assert [(row.channel, row.given, row.source) for row in records] == [
        ("email", True, "account"),
        ("email", False, "account"),
    ]
    assert records[0].wording_version
    assert records[0].network == "127.0.0.0/24"


def test_text_messages_are_wanted_and_stopped_for_an_order_or_all_of_them(shop: None, settings: Any) -> None:
    client, user = _signed_in()
    first, second, gone = (factories.order() for _ in range(3))
    client.get(URL)
    Order.objects.filter(pk__in=[first.pk, second.pk, gone.pk]).update(customer=Customer.objects.get(user=user))
    cancel(order_id=gone.pk, reason="customer", restock=True, actor="user:1")
    page, texts = f"/orders/{first.token}", f"/orders/{first.token}/texts"
    assert texts not in client.get(page).content.decode(), "no service can send any"
    assert 'name="verb" value="texts"' not in client.get(URL).content.decode()
    settings.DEMO = True
    assert texts in client.get(page).content.decode()
    # Whoever has the link of the order may choose, as at the checkout.
    assert Client().post(texts, {"sms": "1"}).status_code == 303
    row = SmsConsent.objects.get()
    assert (row.reference, row.source, bool(row.wording)) == (first.reference, "order", True)
    assert 'name="sms" value="1"' not in client.get(page).content.decode(), "the button stops them now"
    Client().post(texts)
    assert not SmsConsent.objects.exists()
    client.post(URL, {"verb": "texts", "sms": "1"})
    assert set(SmsConsent.objects.values_list("reference", flat=True)) == {first.reference, second.reference}
    assert 'name="sms" value="1" checked' in client.get(URL).content.decode()
    client.post(URL, {"verb": "texts"})
    assert not SmsConsent.objects.exists()
    assert Client().post(f"/orders/{gone.token}/texts", {"sms": "1"}).status_code == 303
    assert not SmsConsent.objects.exists()
    assert Client().post("/orders/nobody/texts", {"sms": "1"}).status_code == 404


def test_the_copy_is_made_and_only_its_owner_opens_it(shop: None) -> None:
    client, _user = _signed_in()
    client.post(URL, {"verb": "export"})
    factories.drain()
    request = DataRequest.objects.get()
    link = re.search(r'href="([^"]*/account/privacy/data/\d+)"', client.get(URL).content.decode())
    assert link
    assert client.get(link.group(1))["Content-Disposition"].startswith("attachment")
    stranger, _other = _signed_in("other@example.com")
    assert stranger.get(f"/account/privacy/data/{request.pk}").status_code == 303
    assert Client().get(f"/account/privacy/data/{request.pk}").status_code == 302


def test_the_account_goes_only_after_the_link_and_the_button(shop: None) -> None:
    client, user = _signed_in()
    page = client.post(URL, {"verb": "erase"})
    assert page.status_code == 200
    request = DataRequest.objects.get()
    assert request.token in Mail.objects.get(template="confirm_erasure").html
    link = f"/account/privacy/erase/{request.token}"
    assert Client().get(link).status_code == 200
    factories.drain()
    assert User.objects.filter(pk=user.pk).exists()
    assert Client().post("/account/privacy/erase/wrong").status_code == 404
    assert client.post(link).status_code == 200
    factories.drain()
    assert not User.objects.filter(pk=user.pk).exists()
    assert client.get(URL).status_code == 302


def test_an_account_that_proved_nothing_cannot_delete_or_see_what_a_guest_bought(shop: None) -> None:
    order = factories.order()
    client, user = _signed_in("lin@example.com", proved=False)
    assert client.post(URL, {"verb": "erase"}).status_code == 409
    assert order.number not in client.get("/account/").content.decode()
    client.post(URL, {"verb": "export"})
    factories.drain()
    assert DataRequest.objects.get().receipt["orders"] == 0
    assert DataRequest.objects.get().receipt["messages"] == 0
    assert Customer.objects.get(user=user).pk != order.customer_id
