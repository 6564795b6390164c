from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from duli.base.errors import InvalidInput
from duli.base.money import exponent
from duli.base.text import one_line

MOST_ENTRIES = 20_000
MAXIMUM_MINOR = 10**15


def _(message: str) -> str:
    return message


class UnreadableStatement(InvalidInput):
    """The file is none that we know, or is broken; `place` says where."""

    code = "unreadable_statement"
    message = _("This file cannot be read as a bank statement: %(place)s. Please export it again from your bank.")

    def __init__(self, place: str) -> None:
        super().__init__(field="file", place=place)


@dataclass(frozen=True, slots=True)
class Defaults:
    """What a file does not say itself."""

    account: str = ""
    currency: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One movement of a bank account; `minor` (of `currency`) above nothing came in, below it went out."""

    account: str
    booked_on: date
    minor: int
    currency: str
    payer: str = ""
    payer_account: str = ""
    text: str = ""
    reference: str = ""


def entry(
    *,
    account: str,
    booked_on: date,
    amount: Decimal,
    currency: str,
    payer: str = "",
    payer_account: str = "",
    text: str = "",
    reference: str = "",
) -> Entry:
    """Make an entry of what a file says, cut to what a row holds. UnreadableStatement for an impossible amount."""
    code = currency.strip().upper()
    try:
        if not re.fullmatch("[A-Z]{3}", code):
            raise ValueError
        minor = amount.scaleb(exponent(code))
        if minor != minor.to_integral_value() or abs(minor) > MAXIMUM_MINOR:
            raise ValueError
    except (ValueError, InvalidOperation):
        raise UnreadableStatement(f"{one_line(str(amount), 30)} {one_line(currency, 10)}") from None
    return Entry(
        account=one_line(account, 60),
        booked_on=booked_on,
        minor=int(minor),
        currency=code,
        payer=one_line(payer, 160),
        payer_account=one_line(payer_account, 60),
        text=one_line(text, 500),
        reference=one_line(reference, 80),
    )


def decoded(content: bytes) -> str:
    """Return the text of a file: UTF-8, UTF-16 with a mark, what Chinese banks write (GB18030), or Western Europe's."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if encoding == "utf-8-sig" or _is_chinese(text):
            return text
    return content.decode("cp1252", "replace")


def _is_chinese(text: str) -> bool:
    """Umlauts read as GB18030 become rare signs here and there; a Chinese file is full of the common ones."""
    common = sum(text.count(sign) for sign in "日期金额交易账户号摘要余对方收支币种备注")
    return common >= 6
