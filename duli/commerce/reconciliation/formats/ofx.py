"""OFX and QFX, as banks in North America and elsewhere offer it: the old form without end tags, and XML.

Our own reader, for the library of that name is under the GPL; we need five elements of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal, InvalidOperation
from html import unescape

from duli.commerce.reconciliation.formats.entries import Defaults, Entry, UnreadableStatement, decoded, entry

_STATEMENT = re.compile(r"<(CC)?STMTRS>(.*?)(?=</(?:CC)?STMTRS>|<(?:CC)?STMTRS>|\Z)", re.DOTALL | re.IGNORECASE)
_TRANSACTION = re.compile(r"<STMTTRN>(.*?)(?=</STMTTRN>|<STMTTRN>|</BANKTRANLIST>|\Z)", re.DOTALL | re.IGNORECASE)
_VALUE = re.compile(r"<([A-Z0-9.]+)>([^<\r\n]+)", re.IGNORECASE)


def read(content: bytes, defaults: Defaults) -> list[Entry]:
    """Return what the file holds. UnreadableStatement."""
    text = decoded(content)
    statements = [match.group(2) for match in _STATEMENT.finditer(text)]
    if not statements:
        raise UnreadableStatement("OFX")
    try:
        return [found for statement in statements for found in _of_statement(statement, defaults)]
    except (ValueError, InvalidOperation) as error:
        raise UnreadableStatement(f"OFX, {type(error).__name__}") from error


def _values(text: str) -> dict[str, str]:
    """Return the first value of each element."""
    found: dict[str, str] = {}
    for name, value in _VALUE.findall(text):
        if value.strip():
            found.setdefault(name.upper(), unescape(value.strip()))
    return found


def _of_statement(text: str, defaults: Defaults) -> Iterator[Entry]:
    head = _values(text.partition("<STMTTRN>")[0])
    for match in _TRANSACTION.finditer(text):
        said = _values(match.group(1))
        yield entry(
            account=head.get("ACCTID", defaults.account),
            booked_on=datetime.strptime(said.get("DTPOSTED", "")[:8], "%Y%m%d").date(),  # noqa: DTZ007 - a bank's day
            amount=Decimal(said.get("TRNAMT", "").replace(",", ".")),
            currency=said.get("CURSYM") or head.get("CURDEF") or defaults.currency,
            payer=said.get("NAME", ""),
            payer_account=said.get("ACCTID", ""),
            text=" ".join(filter(None, (said.get(name, "") for name in ("MEMO", "REFNUM", "CHECKNUM")))),
            reference=said.get("FITID", ""),
        )
