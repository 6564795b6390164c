"""Who charges which country's tax."""

from __future__ import annotations

import json
from datetime import date

import pytest

from duli.commerce.taxes.supply import treat
from duli.commerce.taxes.types import Goods, InvalidVatId, Registered, Scheme, Seller, Supply
from duli.commerce.taxes.vat_ids import country_of, normal, register_of
from tests.shared_data import shared

DAY = date(2026, 11, 24)
OSS, IOSS, UK = Registered("oss", "DE"), Registered("ioss", "IE"), Registered("uk", "GB")
NEW_YORK = Registered("us_state", "US", "NY")


def code(scheme: Scheme, country: str) -> str | None:
    """The result as the file of cases writes it."""
    if scheme is Scheme.REVERSE_CHARGE:
        return "eu_ic_vat"
    if scheme is Scheme.OUTSIDE:
        return "not_applicable"
    return f"{country.lower()}_vat" if country else None


def test_the_cases_of_another_shop() -> None:
    lines = shared("tax/eu_place_of_supply.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 7
    for line in lines:
        case = json.loads(line)
        seller = Seller(
            case["store"],
            registrations=tuple(Registered("vat", one) for one in case["store_registrations"]),
            is_over=True,
        )
        day = date.fromisoformat(case["date"]) if case["date"] else DAY
        vat = case["customer"] if case["customer_vat_number"] else ""
        found = treat(seller, Supply(case["customer"], day, goods=Goods(case["goods"]), vat_country=vat))
        assert code(*found) == case["expected_tax"], case["case"]


@pytest.mark.parametrize(
    ("seller", "supply", "scheme", "rates"),
    [
        (Seller(""), Supply("DE", DAY), Scheme.DESTINATION, "DE"),
        (Seller("DE"), Supply("DE", DAY), Scheme.DOMESTIC, "DE"),
        (Seller("DE"), Supply("FR", DAY), Scheme.DOMESTIC, "DE"),
        (Seller("DE", is_over=True), Supply("FR", DAY), Scheme.OSS, "FR"),
        (Seller("DE", registrations=(OSS,)), Supply("FR", DAY), Scheme.OSS, "FR"),
        (Seller("DE", is_over=True), Supply("FR", date(2021, 6, 30)), Scheme.DOMESTIC, "DE"),
        (Seller("DE", registrations=(Registered("vat", "FR"),)), Supply("FR", DAY), Scheme.LOCAL, "FR"),
        (Seller("DE"), Supply("FR", DAY, vat_country="FR"), Scheme.REVERSE_CHARGE, ""),
        (Seller("DE"), Supply("FR", DAY, vat_country="DE"), Scheme.DOMESTIC, "DE"),
        (Seller("DE"), Supply("XI", DAY, vat_country="XI"), Scheme.REVERSE_CHARGE, ""),
        (Seller("DE"), Supply("CH", DAY), Scheme.EXPORT, ""),
        (Seller("DE", registrations=(Registered("vat", "CH"),)), Supply("CH", DAY), Scheme.LOCAL, "CH"),
        (Seller("CN"), Supply("DE", DAY, is_small=True), Scheme.IMPORT, ""),
        (Seller("CN", registrations=(IOSS,)), Supply("DE", DAY, is_small=True), Scheme.IOSS, "DE"),
        (Seller("CN", registrations=(IOSS,)), Supply("DE", DAY, is_small=False), Scheme.IMPORT, ""),
        (Seller("CN", registrations=(IOSS,)), Supply("DE", DAY), Scheme.IMPORT, ""),
        (Seller("CN", registrations=(IOSS,)), Supply("DE", DAY, is_small=True, vat_country="DE"), Scheme.IMPORT, ""),
        (Seller("CN", registrations=(UK,)), Supply("GB", DAY, is_small=True), Scheme.UK, "GB"),
        (Seller("CN"), Supply("GB", DAY, is_small=True), Scheme.UNREGISTERED, ""),
        (Seller("CN", registrations=(UK,)), Supply("GB", DAY, is_small=False), Scheme.IMPORT, ""),
        (
            Seller("DE", registrations=(UK,)),
            Supply("GB", DAY, is_small=True, vat_country="GB"),
            Scheme.REVERSE_CHARGE,
            "",
        ),
        (Seller("US"), Supply("US", DAY, region="NY"), Scheme.UNREGISTERED, ""),
        (Seller("US", registrations=(NEW_YORK,)), Supply("US", DAY, region="NY"), Scheme.LOCAL, "US"),
        (Seller("US", registrations=(NEW_YORK,)), Supply("US", DAY, region="CA"), Scheme.UNREGISTERED, ""),
        (Seller("CN"), Supply("US", DAY, region="NY"), Scheme.EXPORT, ""),
        (Seller("CN"), Supply("CN", DAY), Scheme.DOMESTIC, "CN"),
    ],
)
def test_schemes(seller: Seller, supply: Supply, scheme: Scheme, rates: str) -> None:
    assert treat(seller, supply) == (scheme, rates)


def test_every_vat_id_of_another_library() -> None:
    lines = shared("tax/vat_ids.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 1078
    wrong = []
    for line in lines:
        entry = json.loads(line)
        try:
            normal(entry["vat_id"], entry["country"])
            found = True
        except InvalidVatId:
            found = False
        if found != entry["valid"]:
            wrong.append(entry["vat_id"])
    assert wrong == []


@pytest.mark.parametrize(
    ("text", "country", "kept"),
    [
        ("de 136.695-976", "", "DE136695976"),
        ("136695976", "DE", "DE136695976"),
        ("GR 094259216", "", "EL094259216"),
        ("094259216", "GR", "EL094259216"),
        ("ATU13585627", "", "ATU13585627"),
        ("NL004495445B01", "", "NL004495445B01"),
    ],
)
def test_vat_ids_are_kept_in_one_form(text: str, country: str, kept: str) -> None:
    assert normal(text, country) == kept
    assert normal(kept) == kept


@pytest.mark.parametrize("text", ["", "DE", "DE136695977", "ZZ123", "136695976", "DE" + "1" * 4000, "١٢٣٤٥٦٧٨٩"])
def test_what_is_no_vat_id(text: str) -> None:
    with pytest.raises(InvalidVatId):
        normal(text)


def test_where_an_id_is_asked_about() -> None:
    assert [register_of(one) for one in ("DE136695976", "EL094259216", "XI980780684", "GB980780684")] == [
        "vies", "vies", "vies", "gb",
    ]  # fmt: skip
    assert country_of("EL094259216") == "GR"
