"""Birthdays: told once a year by their owners, kept on the right day, handed out and forgotten with the rest."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duli.base.clock import frozen, now
from duli.base.errors import InvalidInput
from duli.commerce.customers import services
from duli.commerce.customers.birthdays import is_day, kept_between, kept_on
from duli.commerce.customers.models import Birthday
from duli.commerce.customers.own import Profile
from duli.commerce.customers.selectors import born_between, person_of
from duli.commerce.customers.types import BirthdayFixed
from tests.commerce.membership import people

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("month", "day", "year", "kept"),
    [
        (2, 29, 2028, date(2028, 2, 29)),
        (2, 29, 2027, date(2027, 2, 28)),
        (2, 29, 2100, date(2100, 2, 28)),
        (2, 28, 2027, date(2027, 2, 28)),
        (12, 31, 2026, date(2026, 12, 31)),
    ],
)
def test_who_was_born_on_a_leap_day_has_a_birthday_every_year(month: int, day: int, year: int, kept: date) -> None:
    assert kept_on(month, day, year) == kept


@given(st.dates(date(2024, 1, 1), date(2105, 1, 1)), st.integers(0, 90))
def test_every_birthday_is_kept_on_its_own_day_of_a_span(first: date, length: int) -> None:
    last = first + timedelta(days=length)
    found = kept_between(first, last)
    for (month, day), kept in found.items():
        assert first <= kept <= last
        assert kept == kept_on(month, day, kept.year)
    every = [(month, day) for month in range(1, 13) for day in range(1, 32) if is_day(month, day)]
    assert len(every) == 366
    for month, day in every:
        if any(first <= kept_on(month, day, year) <= last for year in (first.year, last.year)):
            assert (month, day) in found


def test_it_is_told_once_a_year_and_taken_back_at_any_time(shop: None) -> None:
    customer = people.member()
    services.save_birthday(customer_id=customer.pk, month=2, day=29)
    services.save_birthday(customer_id=customer.pk, month=2, day=29)
    with pytest.raises(BirthdayFixed):
        services.save_birthday(customer_id=customer.pk, month=3, day=1)
    services.save_birthday(customer_id=customer.pk, month=None, day=None)
    assert Birthday.objects.get().month is None
    # Taking it back does not open a second birthday.
    with pytest.raises(BirthdayFixed):
        services.save_birthday(customer_id=customer.pk, month=3, day=1)
    with frozen(now() + timedelta(days=365, minutes=1)):
        services.save_birthday(customer_id=customer.pk, month=3, day=1)
    assert (Birthday.objects.get().month, Birthday.objects.get().day) == (3, 1)


@pytest.mark.parametrize(("month", "day"), [(2, 30), (13, 1), (0, 1), (4, 31), (1, None), (None, 1)])
def test_there_is_no_such_day(shop: None, month: int | None, day: int | None) -> None:
    customer = people.member()
    with pytest.raises(InvalidInput):
        services.save_birthday(customer_id=customer.pk, month=month, day=day)
    assert not Birthday.objects.exists()


def test_it_is_handed_out_and_forgotten(shop: None) -> None:
    customer = people.member()
    services.save_birthday(customer_id=customer.pk, month=5, day=4)
    person = person_of(customer.pk)
    told = Profile().export(person)["birthday"]
    assert [(row["month"], row["day"]) for row in told] == [(5, 4)]
    Profile().erase(person)
    assert not Birthday.objects.exists()


def test_only_accounts_are_found_by_their_birthday(shop: None) -> None:
    mine, taken_back, gone = people.member(), people.member(), people.member()
    for customer in (mine, taken_back, gone):
        services.save_birthday(customer_id=customer.pk, month=2, day=29)
    services.save_birthday(customer_id=taken_back.pk, month=None, day=None)
    type(gone).objects.filter(pk=gone.pk).update(erased_at=now())
    assert born_between(date(2027, 2, 27), date(2027, 3, 1)) == {mine.pk: date(2027, 2, 28)}
    assert born_between(date(2027, 3, 1), date(2027, 3, 9)) == {}
    assert born_between(date(2028, 2, 28), date(2028, 2, 28)) == {}
