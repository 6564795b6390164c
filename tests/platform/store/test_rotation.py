"""The secret key is exchanged while the shop goes on: nothing stored is lost, nobody is signed out, no link dies."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.core import signing
from django.db import connection, models
from django.test import Client
from django.utils.module_loading import autodiscover_modules

from duli.base.clock import frozen, now
from duli.commerce.downloads.links import link_token, read_token
from duli.commerce.fapiao import services as fapiao
from duli.commerce.fapiao.configuration import known as fapiao_service
from duli.commerce.payments import services as payments
from duli.commerce.payments.configuration import known as gateway
from duli.commerce.payments.gift_cards import code_of, hash_code
from duli.commerce.payments.models import GatewaySetting, GiftCard
from duli.commerce.promotions.contacts import contact_keys
from duli.commerce.shipping import services as shipping
from duli.commerce.shipping.configuration import known as carrier
from duli.growth.webhooks import services as webhooks
from duli.growth.webhooks.models import Endpoint
from duli.platform.accounts.models import User
from duli.platform.accounts.services import check_setup_token, create_staff, setup_link
from duli.platform.audit.models import AuditEntry
from duli.platform.sms import services as sms
from duli.platform.sms.models import SmsAccount
from duli.platform.store import lasting, resealing
from duli.platform.store.changes import reset_caches
from duli.platform.store.models import LastingSecret
from duli.platform.store.resealing import reseal_all, sealed_columns
from duli.platform.store.sealing import seal, unseal
from tests import factories

pytestmark = pytest.mark.django_db
OLD, NEW = "the former key " * 4, "the key of today " * 4
NUONUO = {"app_key": "a", "app_secret": "s", "token": "t", "tax_number": "91330106MA2KXW5T65", "goods_code": "1" * 19}


@pytest.fixture(autouse=True)
def _old(settings: Any) -> Iterator[None]:
    known = dict(lasting._known)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = OLD, []
    lasting._known.clear()
    # As a shop that was opened with the old key.
    LastingSecret.objects.update_or_create(pk=1, defaults={"sealed": seal(OLD, purpose=lasting.PURPOSE)})
    yield
    lasting._known.clear()
    lasting._known.update(known)


def exchange(settings: Any, *former: str) -> None:
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = NEW, list(former)
    lasting._known.clear()
    reset_caches()


def fill() -> dict[str, str]:
    """Store a secret of every kind; return the clear texts by what they are."""
    factories.shop()
    for secret in ("sk_test_first", "sk_test_second"):
        payments.save_gateway(
            code="stripe", enabled=False, values={"secret_key": secret, "publishable_key": "pk_test_1"}, actor="user:1"
        )
    shipping.save_account(
        code="easypost", enabled=False, values={"live_key": "EZAK", "test_key": "EZTK"}, actor="user:1"
    )
    fapiao.save_service(code="nuonuo", enabled=True, by_itself=False, values=NUONUO, actor="user:1")
    sms.save_account(code="twilio", enabled=False, values={"token": "tw"}, actor="user:1")
    endpoint, first = webhooks.create_endpoint(url="https://example.com/hook", kinds=["order.placed"])
    second = webhooks.replace_secret(endpoint_id=endpoint.pk)
    user = User.objects.create_user(email="lin@example.com", password="a rather long password")
    adapter = get_adapter()
    Authenticator.objects.create(user=user, type="totp", data={"secret": adapter.encrypt("JBSWY3DP")})
    Authenticator.objects.create(
        user=user, type="recovery_codes", data={"seed": adapter.encrypt("seeds"), "used_mask": 0}
    )
    reset_caches()
    return {"webhook_former": first, "webhook": second}


def read(given: dict[str, str]) -> None:
    """Everything that `fill` stored is read as the shop reads it."""
    config = gateway("stripe")[1]
    assert config.text("secret_key") == "sk_test_second"
    assert config.secrets("secret_key") == ("sk_test_second", "sk_test_first")
    found = carrier("easypost")
    assert found[1].text("live_key") == "EZAK"
    service = fapiao_service("nuonuo")
    assert service
    assert service[1].text("app_secret") == "s"
    assert unseal(SmsAccount.objects.get(code="twilio").settings["token"]["$sealed"], purpose="sms.accounts") == ("tw")
    assert set(webhooks._secrets(Endpoint.objects.get(), now())) == set(given.values())
    kept = {row.type: row.data for row in Authenticator.objects.all()}
    assert get_adapter().decrypt(kept["totp"]["secret"]) == "JBSWY3DP"
    assert get_adapter().decrypt(kept["recovery_codes"]["seed"]) == "seeds"


def test_everything_stored_outlives_its_key(settings: Any) -> None:
    given = fill()
    exchange(settings, OLD)
    read(given)
    looked = reseal_all(actor="system", only_look=True)
    assert (looked.current, looked.unreadable) == (0, [])
    done = reseal_all(actor="system")
    assert done.resealed == looked.resealed >= 9
    exchange(settings)
    read(given)
    again = reseal_all(actor="system")
    assert (again.resealed, again.current, again.unreadable) == (0, done.resealed, [])
    assert AuditEntry.objects.get(reference="secret_key").label == str(done.resealed)


def test_no_table_is_left_out(settings: Any) -> None:
    """Every text of every table that looks sealed is under the new key: a room that forgot to register fails here."""
    fill()
    exchange(settings, OLD)
    reseal_all(actor="system")
    exchange(settings)
    purposes = {entry.purpose for _name, entry in sealed_columns}
    seen = 0
    for model in apps.get_models():
        for column in model._meta.concrete_fields:
            if not isinstance(column, models.TextField | models.CharField | models.JSONField):
                continue
            for value in model._default_manager.values_list(column.attname, flat=True):
                for word in json.dumps(value, default=str).split('"'):
                    if word.startswith("gAAAA"):
                        seen += 1
                        assert any(unseal(word, purpose=purpose) for purpose in purposes), f"{model} {column}"
    assert seen >= 10


def test_columns_that_say_they_are_sealed_are_registered() -> None:
    autodiscover_modules("sealed")
    registered = {(entry.model, entry.column) for _name, entry in sealed_columns}
    said = {
        (model._meta.label, column.name)
        for model in apps.get_models()
        for column in model._meta.concrete_fields
        if column.name.startswith("sealed") or "sealed" in column.help_text
    }
    assert said <= registered
    assert len(said) >= 6


def test_what_no_key_opens_is_named_and_left(settings: Any) -> None:
    fill()
    exchange(settings, OLD)
    row = GatewaySetting.objects.get(code="stripe")
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "a key that got lost " * 3, []
    row.settings["secret_key"] = {"$sealed": seal("gone", purpose="payments.settings")}
    row.save()
    exchange(settings, OLD)
    before = GatewaySetting.objects.get(code="stripe").settings
    found = reseal_all(actor="system")
    assert found.unreadable == [f"payments.GatewaySetting {row.pk}"]
    assert found.resealed >= 8
    assert GatewaySetting.objects.get(code="stripe").settings == before


def test_what_somebody_saves_meanwhile_is_kept(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    fill()
    exchange(settings, OLD)
    walk, saved = resealing._walk, []

    def slow(value: Any, purpose: str) -> Any:
        anew = walk(value, purpose)
        if purpose == "fapiao.services" and isinstance(value, dict) and "app_secret" in value and not saved:
            saved.append(1)
            fapiao.save_service(
                code="nuonuo", enabled=True, by_itself=False, values={"app_secret": "newer"}, actor="user:1"
            )
        return anew

    monkeypatch.setattr(resealing, "_walk", slow)
    reseal_all(actor="system")
    exchange(settings)
    service = fapiao_service("nuonuo")
    assert service
    assert (service[1].text("app_secret"), service[1].text("token")) == ("newer", "t")


def test_gift_cards_and_counters_stay_what_they_are(settings: Any) -> None:
    card = GiftCard(pk=7, code_version=1)
    before = (code_of(card), hash_code("ABCD-EFGH"), contact_keys(["a@example.com"], []))
    exchange(settings, OLD)
    assert (code_of(card), hash_code("ABCD-EFGH"), contact_keys(["a@example.com"], [])) == before
    reseal_all(actor="system")
    exchange(settings)
    assert (code_of(card), hash_code("ABCD-EFGH"), contact_keys(["a@example.com"], [])) == before


def test_a_key_that_was_lost_is_said_and_stops_nothing(settings: Any, caplog: pytest.LogCaptureFixture) -> None:
    before = hash_code("ABCD-EFGH")
    exchange(settings)
    assert hash_code("ABCD-EFGH") != before
    assert "lasting secret cannot be opened" in caplog.text
    exchange(settings, OLD)
    assert hash_code("ABCD-EFGH") == before, "it is found again as soon as the key is there"


def test_it_is_read_once_for_a_process(settings: Any, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        hash_code("ABCD")
        hash_code("EFGH")


def test_links_go_on_working_while_the_former_key_is_accepted(settings: Any) -> None:
    ticket, token = signing.dumps(7, salt="test"), link_token(3, 1)
    opening = setup_link().rstrip("/").rpartition("/")[2]
    exchange(settings, OLD)
    assert signing.loads(ticket, salt="test") == 7
    assert read_token(token) == (3, 1)
    check_setup_token(opening)
    assert signing.loads(signing.dumps(8, salt="test"), salt="test") == 8
    exchange(settings)
    with pytest.raises(signing.BadSignature):
        signing.loads(ticket, salt="test")


def test_nobody_is_signed_out(settings: Any) -> None:
    """A session of the former key is taken over at the next page, and outlives that key."""
    factories.shop()
    client = Client()
    client.force_login(
        create_staff(
            email="owner@example.com", name="", role="owner", password="a rather long password", actor="system"
        )
    )
    assert client.get("/admin/settings/").status_code == 200
    exchange(settings, OLD)
    assert client.get("/admin/settings/").status_code == 200
    exchange(settings)
    assert client.get("/admin/settings/").status_code == 200


def test_a_process_that_still_has_the_former_key_reads_what_the_new_one_wrote(settings: Any) -> None:
    """Several machines are restarted one after the other: first all of them learn the new key."""
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = NEW, [OLD]
    sealed, ticket = seal("text", purpose="p"), signing.dumps(7, salt="test")
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = OLD, [NEW]
    assert unseal(sealed, purpose="p") == "text"
    assert signing.loads(ticket, salt="test") == 7
    lasting._known.clear()
    before = hash_code("ABCD")
    exchange(settings, OLD)
    assert hash_code("ABCD") == before


def test_a_new_database_keeps_its_secret() -> None:
    """The migration wrote it, on both ways to a database; nothing has to remember it later."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM django_migrations WHERE app = 'store' AND name LIKE '0007%'")
        assert cursor.fetchone()[0] == 1
    assert LastingSecret.objects.get().pk == 1


def test_a_replaced_secret_ends_when_it_should(settings: Any) -> None:
    """Sealing anew does not lengthen the days of a secret that was exchanged."""
    fill()
    exchange(settings, OLD)
    reseal_all(actor="system")
    exchange(settings)
    with frozen(now() + timedelta(days=60)):
        assert gateway("stripe")[1].secrets("secret_key") == ("sk_test_second",)
