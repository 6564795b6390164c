"""Every bank's file is read into the same entries."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duli.commerce.reconciliation.formats import Defaults, Entry, UnreadableStatement, entries_of, format_of, table
from duli.commerce.reconciliation.formats.entries import decoded
from tests.commerce.reconciliation import samples

DAY = date(2026, 11, 2)


def read(text: str, *, encoding: str = "utf-8", currency: str = "CNY") -> list[Entry]:
    content = text.encode(encoding)
    kind = format_of(content)
    if kind != "csv":
        return entries_of(kind, content, Defaults("", currency))
    found = table.table_of(decoded(content))
    return table.read(found, table.guessed(found), Defaults("6225", currency))


def test_camt_with_a_batch_a_fee_and_something_pending() -> None:
    first, anna, ben, fee = read(samples.CAMT)
    assert first == Entry(
        account="DE89370400440532013000",
        booked_on=DAY,
        minor=12900,
        currency="EUR",
        payer="Max Mustermann",
        payer_account="AT611904300234573201",
        text="RF18539007547034 Danke",
        reference="A1",
    )
    assert [(part.payer, part.minor, part.reference) for part in (anna, ben)] == [
        ("Anna", 1000, "B7/1"),
        ("Ben", 2000, "B7/2"),
    ]
    assert (fee.minor, fee.text) == (-1550, "Gebühr")


def test_mt940() -> None:
    credit, debit = read(samples.MT940)
    assert (credit.booked_on, credit.minor, credit.currency) == (DAY, 12900, "EUR")
    assert (credit.account, credit.reference) == ("10020030/1234567890", "B1234")
    assert (credit.payer, credit.payer_account) == ("Max Mustermann", "DE89370400440532013000")
    assert "RF18ABCDEFGHJ" in credit.text
    assert debit.minor == -1550


@pytest.mark.parametrize("text", [samples.OFX_SGML, samples.OFX_XML], ids=["sgml", "xml"])
def test_ofx(text: str) -> None:
    entry = read(text)[0]
    assert entry == Entry("9988", DAY, 12900, "USD", "LIN & CO", "", "order 1007", "F1")


@pytest.mark.parametrize(
    ("text", "encoding", "minor", "payer"),
    [
        (samples.CMB, "gb18030", 129000, "林晓"),
        (samples.CMB, "utf-8-sig", 129000, "林晓"),
        (samples.ICBC, "gb18030", 12900, "杭州某某有限公司"),
        (samples.SPARKASSE, "cp1252", 129000, "Müller, Jörg"),
        (samples.ENGLISH, "utf-8", 12900, "J SMITH"),
        (samples.ENGLISH, "utf-16", 12900, "J SMITH"),
    ],
    ids=["cmb", "cmb-utf8", "icbc", "sparkasse", "english", "utf16"],
)
def test_tables_of_banks_are_known_by_their_headings(text: str, encoding: str, minor: int, payer: str) -> None:
    found = read(text.format(reference="K7MF2Q9XC"), encoding=encoding)
    credit = next(entry for entry in found if entry.minor > 0)
    assert (credit.booked_on, credit.minor, credit.payer) == (DAY, minor, payer)
    assert "K7MF2Q9XC" in credit.text
    assert {entry.minor for entry in found} <= {minor, -1550}


@pytest.mark.parametrize(
    ("cells", "minor"),
    [
        (("1,234.50", "2.00"), 123450),
        (("1.234,50", "2,00"), 123450),
        (("(1,234.50)", "1.00"), -123450),
        (("¥1234.5", "3.00"), 123450),
        (("1 234,50-", "1,00"), -123450),
        (("−1234.50", "1.00"), -123450),
    ],
)
def test_amounts_as_people_write_them(cells: tuple[str, str], minor: int) -> None:
    rows = "".join(f'2026-11-02;"{cell}"\n' for cell in cells)
    assert read(f"Date;Amount\n{rows}", currency="EUR")[0].minor == minor


def test_a_day_is_read_as_the_other_days_of_the_file_are() -> None:
    american = read("Date,Amount\n11/02/2026,1.00\n11/13/2026,2.00\n", currency="USD")
    assert [entry.booked_on.day for entry in american] == [2, 13]


@pytest.mark.parametrize(
    "content",
    [
        b"\x00\x01",
        b"<x/>",
        b"hello",
        b"Date;Amount\nno;thing\n",
        b"<OFX><STMTRS><STMTTRN></STMTRS></OFX>",
        b":20:x\n:25:y\n:60F:nonsense\n:61:nonsense\n",
        samples.CAMT.replace("129.00", "1e400").encode(),
        b'<!DOCTYPE d [<!ENTITY a "aaaa">]><Document><Stmt>&a;</Stmt></Document>',
        b"Date,Amount\n2026-11-02,1.999\n",
        samples.CAMT.replace('Ccy="EUR">129', 'Ccy="EURO">129').encode(),
    ],
)
def test_what_cannot_be_read_is_said(content: bytes) -> None:
    with pytest.raises(UnreadableStatement):
        read(content.decode("latin-1"), encoding="latin-1")


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    kind = format_of(content)
    try:
        if kind == "csv":
            found = table.table_of(decoded(content))
            table.read(found, table.guessed(found), Defaults("", "CNY"))
        else:
            entries_of(kind, content, Defaults("", "CNY"))
    except UnreadableStatement:
        pass
