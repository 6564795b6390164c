"""Customers found by any part, their value, notes, tags and consent."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext

from duli.base.clock import now
from duli.base.errors import InvalidInput
from duli.commerce.customers import selectors, services
from duli.commerce.customers.models import Channel, ConsentRecord, Customer
from duli.commerce.customers.names import email_key, phone_key, place_key, query_words, search_text
from duli.commerce.customers.services.consent import shortened
from duli.commerce.customers.types import ContactTaken, CustomerDraft, CustomerFilter, InvalidContact, Proof
from duli.commerce.pricing.services import save_exchange_rate
from duli.platform.accounts.services import sign_up
from tests import factories
from tests.factories import ADDRESS, US_ADDRESS

ACTOR = factories.ACTOR


def _customer(**values: str) -> Customer:
    return services.save_customer(customer_id=None, draft=CustomerDraft(**values), actor=ACTOR)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("晓", "林"),
        ("林晓", "林"),
        ("linxiao", "林"),
        ("lx", "林"),
        ("l", "林"),
        ("nxi", "林"),
        ("138 0013", "林"),
        ("80013800", "林"),
        ("+86 138-0013-8000", "林"),
        ("013800138000", "林"),
        ("Zoë", "Zoë"),
        ("zoe MÜLLER", "Zoë"),
        ("ülle", "Zoë"),
        ("zoe.m", "Zoë"),
        ("tea.example", "Zoë"),
        ("zoe.m@tea", "Zoë"),
        ("陈", ""),
        ("zoe linxiao", ""),
        ("xx", ""),
        ("'; DROP TABLE", ""),
        ('"', ""),
        ("%", ""),
    ],
)
def test_a_customer_is_found_by_any_part(typed: str, found: str) -> None:
    factories.shop()
    _customer(name="林晓", phone="+8613800138000")
    _customer(name="Zoë Müller", email="Zoe.M@tea.example")
    names = [row.name[: len(found)] for row in selectors.matching(typed)]
    assert names == ([found] if found else [])


def test_words_of_one_spelling() -> None:
    assert "linxiao" in search_text(name="林晓", email="", phone="")
    assert query_words("a bc def") == ["  a", " bc", "def"]
    assert query_words("x" * 10_000_000) == ["x" * 40]
    assert email_key("A.B+tag@Gmail.com") == email_key("ab@googlemail.com") != email_key("ab@example.com")
    assert email_key("nonsense") == ""
    assert phone_key("+86 138 0013 8000") == phone_key("13800138000") != ""
    assert phone_key("110") == ""
    assert place_key(ADDRESS) == place_key(replace(ADDRESS, line1="龙井路1号", phone="1"))
    assert place_key(replace(US_ADDRESS, name="Xiao Lin")) == place_key(US_ADDRESS)
    assert place_key(replace(US_ADDRESS, name="")) == ""


@pytest.mark.django_db
def test_what_was_bought_stands_beside_the_name(shop: None) -> None:
    first = factories.order(paid=True)
    factories.order()
    factories.drain()
    customer = Customer.objects.get(pk=first.customer_id)
    assert (customer.orders_count, customer.spent_minor, customer.country) == (2, first.total_minor, "CN")
    assert customer.first_order_at == first.placed_at
    wanted = CustomerFilter(has_orders=True, spent_from_minor=first.total_minor, countries=["CN"], has_account=False)
    assert [row.pk for row in selectors.customers(wanted)] == [customer.pk]
    assert not selectors.customers(replace(wanted, spent_from_minor=first.total_minor + 1))


@pytest.mark.django_db
def test_what_was_bought_in_another_currency_counts_in_the_shops_own(shop: None) -> None:
    save_exchange_rate(base="USD", quote="CNY", rate=Decimal(7), valid_from=now())
    order = factories.order(method="bank_transfer", market_code="int", paid=True)
    factories.drain()
    customer = Customer.objects.get(pk=order.customer_id)
    assert (order.currency, customer.orders_count, customer.spent_minor) == ("USD", 1, order.total_minor * 7)
    assert not selectors.customers(CustomerFilter(has_orders=False))


@pytest.mark.django_db
def test_staff_change_a_guest_but_never_an_accounts_address(shop: None) -> None:
    guest = _customer(name="Lin", email="A@Example.com", tags=["VIP", "vip", " tea  lover "])  # type: ignore[arg-type]
    assert guest.email == "a@example.com"
    assert sorted(selectors.tags_of(guest.pk)) == ["VIP", "tea lover"]
    services.save_customer(customer_id=guest.pk, draft=CustomerDraft(phone="13800138000", tags=["VIP"]), actor=ACTOR)
    guest.refresh_from_db()
    assert (guest.name, guest.phone) == ("Lin", "+8613800138000")
    assert selectors.tags_of(guest.pk) == ["VIP"]
    assert [row.pk for row in selectors.customers(CustomerFilter(tags=["VIP"]))] == [guest.pk]
    for draft, error in (
        (CustomerDraft(email="nonsense"), InvalidInput),
        (CustomerDraft(phone="12"), InvalidInput),
        (CustomerDraft(language="tlh"), InvalidInput),
        (CustomerDraft(email="", phone=""), InvalidContact),
    ):
        with pytest.raises(error):
            services.save_customer(customer_id=guest.pk, draft=draft, actor=ACTOR)
    user = sign_up(email="own@example.com", password="long enough words 7")
    own = services.customer_for_user(user_id=user.pk, name="Own", email="own@example.com", phone="", language="en")
    with pytest.raises(ContactTaken):
        services.save_customer(customer_id=own.pk, draft=CustomerDraft(email="x@example.com"), actor=ACTOR)
    services.save_customer(customer_id=own.pk, draft=CustomerDraft(name="Renamed"), actor=ACTOR)


@pytest.mark.django_db
def test_notes_are_added_and_never_changed(shop: None) -> None:
    customer = _customer(email="a@example.com")
    note = services.add_note(customer_id=customer.pk, text=" Likes \x00tea ", actor=ACTOR)
    assert (note.text, note.actor) == ("Likes tea", ACTOR)
    for text in ("", "   ", "x" * 5001):
        with pytest.raises(InvalidInput):
            services.add_note(customer_id=customer.pk, text=text, actor=ACTOR)


@pytest.mark.django_db
def test_the_last_word_on_consent_counts_and_every_word_is_kept(shop: None) -> None:
    customer = _customer(email="a@example.com")
    proof = Proof("checkout", "Write to me", "2026-11", "en", "203.0.113.77")
    agree = lambda given: services.record_consent(  # noqa: E731
        customer_id=customer.pk, channel=Channel.EMAIL, given=given, proof=proof, actor="guest"
    )
    assert agree(True) is not None
    assert agree(True) is None
    assert agree(False) is not None
    assert agree(False) is None
    customer.refresh_from_db()
    assert not customer.accepts_email
    rows = list(ConsentRecord.objects.order_by("pk"))
    assert [(row.given, row.network, row.wording) for row in rows] == [
        (True, "203.0.113.0/24", "Write to me"),
        (False, "203.0.113.0/24", "Write to me"),
    ]
    with pytest.raises(InvalidInput):
        services.record_consent(customer_id=customer.pk, channel="fax", given=True, proof=proof, actor="guest")
    assert shortened("2001:db8:1:2::5") == "2001:db8:1::/48"
    assert shortened("unknown") == ""


@pytest.mark.django_db
def test_the_migration_sums_up_what_customers_bought_in_one_statement_for_thousands(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    factories.shop()
    migration = import_module("duli.commerce.customers.migrations.0004_found_by_name")
    factories.order(paid=True)
    factories.order()
    factories.drain()
    Customer.objects.create(email="nobody@example.com", created_at=now())
    known = list(Customer.objects.order_by("pk").values_list("orders_count", "spent_minor", "last_order_at"))
    Customer.objects.update(orders_count=0, spent_minor=0, first_order_at=None, last_order_at=None)
    with CaptureQueriesContext(connection) as captured:
        migration.sum_up(apps, None)
    assert list(Customer.objects.order_by("pk").values_list("orders_count", "spent_minor", "last_order_at")) == known
    assert known[0][:2] == (2, 11200)
    many = len(captured)
    monkeypatch.setattr(migration, "BATCH", 1)
    with CaptureQueriesContext(connection) as captured:
        migration.sum_up(apps, None)
    assert len(captured) > many
