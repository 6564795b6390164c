"""Two customers who are one person: found, previewed, merged; and guests who turn out to have an account."""

from __future__ import annotations

import pytest
from allauth.account.models import EmailAddress

from duli.base.errors import NotFound
from duli.commerce.customers import selectors, services
from duli.commerce.customers.models import Channel, Customer, CustomerKey
from duli.commerce.customers.types import AddressNotProved, CannotMerge, CustomerDraft, Proof, SameCustomer
from duli.commerce.orders.models import Order
from duli.commerce.orders.selectors import orders_of_customer
from duli.platform.accounts.models import User
from duli.platform.accounts.proving import publish_proved
from duli.platform.accounts.services import sign_up
from duli.platform.events.models import Event
from tests import factories
from tests.factories import ADDRESS

ACTOR = factories.ACTOR
pytestmark = pytest.mark.django_db


def _customer(**values: str) -> Customer:
    return services.save_customer(customer_id=None, draft=CustomerDraft(**values), actor=ACTOR)


def _account(email: str, *, proved: bool) -> User:
    user = sign_up(email=email, password="long enough words 7")
    if proved:
        EmailAddress.objects.filter(user=user).update(verified=True)
    return user


def _own(user: User) -> Customer:
    return services.customer_for_user(user_id=user.pk, name="", email=user.email or "", phone="", language="en")


def test_who_looks_like_whom_is_noticed_once_and_can_be_dismissed(shop: None) -> None:
    first = _customer(name="林晓", email="lin.xiao@gmail.com")
    second = _customer(name="Xiao", email="linxiao+shop@gmail.com")
    _customer(name="Somebody", email="else@example.com")
    services.index_customers(customer_ids=[first.pk, second.pk])
    pair = selectors.pairs().get()
    assert (pair.first_id, pair.second_id, pair.reason) == (first.pk, second.pk, CustomerKey.Kind.EMAIL)
    assert selectors.pairs(customer_id=second.pk).get() == pair
    services.dismiss_pair(pair_id=pair.pk)
    services.index_customers(customer_ids=[first.pk, second.pk])
    assert not selectors.pairs()


def test_the_same_name_at_the_same_place_is_noticed(shop: None) -> None:
    for email in ("a@example.com", "b@example.com"):
        services.save_address(customer_id=_customer(email=email).pk, address=ADDRESS)
    factories.drain()
    assert selectors.pairs().count() == 1


def test_everything_moves_to_the_one_that_stays(shop: None) -> None:
    order = factories.order(paid=True)
    factories.drain()
    older = Customer.objects.get(pk=order.customer_id)
    newer = _customer(name="Lin Xiao", phone="13900139000", tags=["tea"])  # type: ignore[arg-type]
    services.save_address(customer_id=newer.pk, address=ADDRESS)
    services.add_note(customer_id=newer.pk, text="Calls in the evening", actor=ACTOR)
    services.record_consent(customer_id=newer.pk, channel=Channel.SMS, given=True, proof=Proof("staff"), actor=ACTOR)
    preview = selectors.merge_preview(newer.pk, older.pk)
    assert (preview.kept.pk, preview.alias.pk, preview.unproved) == (older.pk, newer.pk, False)
    assert (preview.result.email, preview.result.phone) == ("lin@example.com", "+8613900139000")
    assert preview.moves == {"addresses": 1, "notes": 1, "consents": 1}
    kept = services.merge_customers(first_id=newer.pk, second_id=older.pk, actor=ACTOR)
    assert kept.pk == older.pk
    assert (kept.orders_count, kept.phone, kept.accepts_sms) == (1, "+8613900139000", True)
    assert kept.addresses.count() == kept.notes.count() == kept.consents.count() == 1
    assert selectors.tags_of(kept.pk) == ["tea"]
    assert selectors.customer_by_id(newer.pk).pk == kept.pk
    assert [row.pk for row in selectors.matching("")] == [kept.pk]
    assert [row.pk for row in selectors.matching("139001")] == [kept.pk]
    assert Event.objects.filter(name="customers.merged", reference=f"customer:{kept.pk}", actor=ACTOR).count() == 1
    # The alias's contact is the kept one's now, and a new guest with it starts anew.
    assert services.customer_for_guest(name="", email="lin@example.com", phone="", language="en").pk == kept.pk


def test_orders_of_the_alias_move_and_are_counted_once(shop: None) -> None:
    first = factories.order(paid=True)
    factories.drain()
    other = _customer(email="other@example.com")
    Order.objects.filter(pk=factories.order().pk).update(customer=other)
    kept = services.merge_customers(first_id=first.customer_id or 0, second_id=other.pk, actor=ACTOR)
    assert len(orders_of_customer(kept.pk).rows) == 2
    factories.drain()
    kept.refresh_from_db()
    assert (kept.orders_count, kept.spent_minor) == (2, first.total_minor)
    with pytest.raises(SameCustomer):
        services.merge_customers(first_id=kept.pk, second_id=other.pk, actor=ACTOR)


def test_accounts_do_not_become_one_and_the_account_stays(shop: None) -> None:
    guest = _customer(email="a@example.com")
    own = _own(_account("a@example.com", proved=True))
    other = _own(_account("b@example.com", proved=True))
    with pytest.raises(CannotMerge):
        services.merge_customers(first_id=own.pk, second_id=other.pk, actor=ACTOR)
    assert services.merge_customers(first_id=guest.pk, second_id=own.pk, actor=ACTOR).pk == own.pk
    with pytest.raises(NotFound):
        services.merge_customers(first_id=own.pk, second_id=10**12, actor=ACTOR)


def test_staff_hand_nothing_to_an_account_that_has_not_proved_the_address(shop: None) -> None:
    guest = _customer(email="victim@example.com")
    attacker = _own(_account("victim@example.com", proved=False))
    assert selectors.merge_preview(guest.pk, attacker.pk).unproved
    with pytest.raises(AddressNotProved):
        services.merge_customers(first_id=guest.pk, second_id=attacker.pk, actor=ACTOR)
    services.merge_customers(first_id=guest.pk, second_id=attacker.pk, actor=ACTOR, checked=True)


def test_signing_up_with_somebodys_address_shows_nothing_before_it_is_proved(shop: None) -> None:
    bought = factories.order()
    factories.drain()
    user = _account("lin@example.com", proved=False)
    own = _own(user)
    assert services.claim_for_user(user_id=user.pk) == 0
    assert services.claim_for_guest(customer=Customer.objects.get(pk=bought.customer_id)) == 0
    assert orders_of_customer(own.pk).rows == []
    EmailAddress.objects.filter(user=user).update(verified=True)
    publish_proved(user.pk)
    factories.drain()
    assert [row.id for row in orders_of_customer(own.pk).rows] == [bought.pk]
    # Another guest order with the proved address is handed over when it is placed; the guest stays a guest meanwhile.
    later = factories.order()
    assert later.customer_id != own.pk
    factories.drain()
    assert len(orders_of_customer(own.pk).rows) == 2
    own.refresh_from_db()
    assert own.orders_count == 2


def test_a_proved_phone_claims_orders_with_that_number_only(shop: None) -> None:
    mine = _customer(phone="13800138000")
    other = _customer(phone="13900139000")
    user = sign_up(phone="+8613800138000", password="long enough words 7")
    assert services.claim_for_user(user_id=user.pk) == 0
    User.objects.filter(pk=user.pk).update(phone_verified=True)
    assert services.claim_for_user(user_id=user.pk) == 1
    assert selectors.customer_by_id(mine.pk).user_id == user.pk
    assert selectors.customer_by_id(other.pk).user_id is None
