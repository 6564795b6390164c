from __future__ import annotations

from datetime import UTC, datetime

import pytest

from duli.commerce.exchange import values
from duli.commerce.exchange.types import NegativeNumber, NotADate, NotANumber, NumberTooLarge


@pytest.mark.parametrize(
    ("text", "minor"),
    [
        ("12", 1200),
        ("12.3", 1230),
        ("12.345", 1235),
        ("1,299.00", 129900),
        ("1.299,00", 129900),
        ("12,5", 1250),
        ("1,299", 129900),
        ("¥ 88", 8800),
        ("￥1,088.50", 108850),
        ("88 元", 8800),
        ("$19.99", 1999),
        ("USD 19.99", 1999),
        (".5", 50),
        ("0", 0),
    ],
)
def test_prices_as_people_write_them(text: str, minor: int) -> None:
    assert values.price(text, "Price", "CNY") == minor


def test_a_currency_without_decimals() -> None:
    assert values.price("1,200", "Price", "JPY") == 1200


@pytest.mark.parametrize("text", ["free", "1e3", "NaN", "inf", "12.3.4", "--5", "0x10", "", "1" * 60])
def test_what_is_no_number(text: str) -> None:
    with pytest.raises(NotANumber):
        values.price(text, "Price", "CNY")


def test_negative_and_absurd_prices() -> None:
    with pytest.raises(NegativeNumber):
        values.price("-1", "Price", "CNY")
    with pytest.raises(NumberTooLarge):
        values.price("9" * 14, "Price", "CNY")


def test_counts_and_weights() -> None:
    assert values.units("7.0", "Stock") == 7
    assert values.units("-3", "Stock") == 0
    assert values.grams(".5", "Weight", "lbs") == 227
    assert values.grams("1.25", "Weight", "kg") == 1250
    with pytest.raises(NumberTooLarge):
        values.units("99999999999", "Stock")


def test_lists_paths_and_yes() -> None:
    assert values.listed("a, b ,a,, c\\, d") == ("a", "b", "c, d")
    assert values.path("Clothing > Shirts >") == ("Clothing", "Shirts")
    assert [values.flag(text) for text in ("TRUE", "1", "yes", "是", "0", "no", "")] == [True] * 4 + [False] * 3


def test_dates() -> None:
    assert values.moment("2026-01-02", "Date") == datetime(2026, 1, 2, tzinfo=UTC)
    assert values.moment("2026/01/02 03:04:05+08:00", "Date") == datetime(2026, 1, 1, 19, 4, 5, tzinfo=UTC)
    assert values.moment("1767225600", "Date") == datetime(2026, 1, 1, tzinfo=UTC)
    assert values.moment("0000-00-00", "Date") is None
    with pytest.raises(NotADate):
        values.moment("soon", "Date")


def test_text_becomes_paragraphs_and_html_stays() -> None:
    assert values.html("One & two\nthree\n\nfour") == "<p>One &amp; two<br>three</p><p>four</p>"
    assert values.html("a\\nb") == "<p>a<br>b</p>"
    assert values.html("<b>bold</b>") == "<b>bold</b>"
