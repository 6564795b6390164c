"""Whose tracking number is it? Numbers are made here digit by digit, with check digits computed another way."""

from __future__ import annotations

import random

import pytest

from duli.commerce.shipping.carriers import CARRIERS, tracking_url
from duli.commerce.shipping.recognition import LONGEST, Candidate, matches_format, normalised, recognise


def first(number: str) -> str:
    found = recognise(number)
    return found[0].carrier if found else ""


def carriers(number: str) -> list[str]:
    return [candidate.carrier for candidate in recognise(number)]


def s10(service: str, serial: str, country: str) -> str:
    weighted = sum(int(digit) * weight for digit, weight in zip(serial, (8, 6, 4, 2, 3, 5, 9, 7), strict=True))
    check = 11 - weighted % 11
    return f"{service}{serial}{0 if check == 10 else 5 if check == 11 else check}{country}"


def ups(serial: str) -> str:
    total = sum(
        (int(sign) if sign.isdigit() else (ord(sign) - 63) % 10) * (1, 2)[place % 2]
        for place, sign in enumerate(serial)
    )
    return f"1Z{serial}{-total % 10}"


def test_postal_numbers_lead_to_the_post_of_their_country() -> None:
    chance = random.Random(4)
    posts = {"CN": "ems", "US": "usps", "GB": "royalmail", "DE": "dhlpaket", "FR": "laposte", "AF": "post"}
    for country, carrier in posts.items():
        for _ in range(20):
            number = s10(chance.choice(["EE", "RX", "CP", "LZ"]), f"{chance.randrange(10**8):08}", country)
            found = recognise(number)[0]
            assert (found.carrier, found.is_proven) == (carrier, True), number
    assert recognise(s10("RA", "12345678", "AF"))[0].post == "Afghan Post"


def test_a_wrong_check_digit_is_never_taken_for_right() -> None:
    number = s10("EE", "12345678", "CN")
    for digit in "0123456789":
        other = f"{number[:10]}{digit}CN"
        assert matches_format(other, courier="s10", format="s10") == (other == number)
    right = ups("5R8939035756712")
    wrong = right[:-1] + str((int(right[-1]) + 1) % 10)
    assert first(right) == "ups"
    assert carriers(wrong) == []


@pytest.mark.parametrize(
    ("number", "carrier"),
    [
        ("SF1234567890123", "sf"),
        ("YT1234567890123", "yto"),
        ("YT1234567890123456", "yunexpress"),
        ("JT1234567890123", "jtexpress"),
        ("JDVA01234567890", "jd"),
        ("771234567890123", "sto"),
        ("DPK123456789012", "deppon"),
        ("4PX1234567890123CN", "fourpx"),
        ("JD0002254405060992", "yodel"),
        ("3318810025", "dhl"),
        ("320595463938", "purolator"),
    ],
)
def test_carriers_that_share_no_form(number: str, carrier: str) -> None:
    assert first(number) == carrier


def test_however_it_is_written() -> None:
    assert normalised(" １Ｚ-5r89 3903—5756\u200b7127\n") == "1Z5R89390357567127"
    assert first("1z 5r8 939 0357567127") == "ups"
    assert first("09 9800 0002 0033 f") == "dpd"


def test_several_carriers_are_all_named_and_the_ones_in_use_first() -> None:
    number = "320595463938"
    assert set(carriers(number)) >= {"purolator"}
    chance = random.Random(7)
    both = next(
        number
        for number in (f"3{chance.randrange(10**11):011}" for _ in range(5000))
        if set(carriers(number)) == {"purolator", "fedex"}
    )
    assert carriers(both) == ["purolator", "fedex"]
    assert [candidate.carrier for candidate in recognise(both, prefer={"fedex"})] == ["fedex", "purolator"]


@pytest.mark.parametrize(
    "number", ["", "   ", "1", "x" * (LONGEST + 1), "9" * 100_000, "\x00" * 20, "快递单号一二三四五", "'; DROP"]
)
def test_what_is_no_number_is_nobodys(number: str) -> None:
    assert recognise(number) == []


def test_every_candidate_is_a_carrier_with_a_link() -> None:
    known = {entry.code for entry in CARRIERS}
    found: list[Candidate] = []
    for number in ("1Z5R89390357567127", "477179081230", "LTN74209518N1", "TBA502887274000", "GFUS01011884214272"):
        found += recognise(number)
    assert len(found) >= 5
    assert {candidate.carrier for candidate in found} <= known
    assert tracking_url("ups", "1Z 1") == "https://www.ups.com/track?tracknum=1Z%201"
