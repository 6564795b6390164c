"""Tables (CSV) of banks: what their columns mean is guessed from the headings, or said once by a person."""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from duli.commerce.reconciliation.formats.entries import MOST_ENTRIES, Defaults, Entry, UnreadableStatement, entry

FIELDS = ("date", "amount", "credit", "debit", "currency", "payer", "payer_account", "text", "reference", "account")
_LOOK_FOR_HEADINGS = 40
# What banks in China, Germany and the English-speaking world call their columns; the order is the order of trust.
KNOWN: Mapping[str, tuple[str, ...]] = {
    "date": (
        *("交易日期", "交易日", "记账日期", "记账日", "入账日期", "交易时间", "日期"),
        *("Buchungstag", "Buchungsdatum", "Buchung", "Valutadatum", "Wertstellung"),
        *("Booking date", "Transaction date", "Posting date", "Date posted", "Completed date", "Date"),
    ),
    "credit": (
        *("贷方金额", "贷方发生额", "贷方发生额/元(收入)", "贷方发生额（收入）", "收入金额", "存入金额", "转入金额"),
        *("收入", "贷方", "收入(元)", "贷方金额(收入)", "贷方金额（收入）"),
        *("Haben", "Gutschrift", "Credit amount", "Credit", "Paid in", "Money in", "Deposits", "Deposit"),
    ),
    "debit": (
        *("借方金额", "借方发生额", "借方发生额/元(支取)", "借方发生额（支取）", "支出金额", "转出金额", "支取金额"),
        *("支出", "借方", "支出(元)", "借方金额(支出)", "借方金额（支出）"),
        *("Soll", "Belastung", "Debit amount", "Debit", "Paid out", "Money out", "Withdrawals", "Withdrawal"),
    ),
    "amount": (
        *("交易金额", "发生额", "金额", "交易金额(元)", "Betrag", "Betrag (EUR)", "Betrag (€)", "Umsatz"),
        *("Umsatz in EUR", "Amount", "Amount (EUR)", "Amount (GBP)", "Amount (USD)", "Transaction amount", "Value"),
    ),
    "currency": ("币种", "货币", "交易货币", "币别", "Währung", "Waehrung", "Currency"),
    "payer": (
        *(
            "对方户名",
            "对方名称",
            "对方账户名称",
            "对方单位名称",
            "对方单位",
            "收(付)方名称",
            "收（付）方名称",
            "对手户名",
        ),
        *("对方姓名", "付款人名称", "交易对手", "Beguenstigter/Zahlungspflichtiger", "Name Zahlungsbeteiligter"),
        *("Auftraggeber/Empfänger", "Auftraggeber / Begünstigter", "Zahlungspflichtige*r", "Zahlungspflichtiger"),
        *("Auftraggeber", "Name", "Payer", "Counterparty", "Counter party", "Counterparty name", "Payee", "Sender"),
    ),
    "payer_account": (
        *("对方账号", "对方帐号", "对方账户", "收(付)方账号", "收（付）方账号", "对手账号", "付款人账号"),
        *("Kontonummer/IBAN", "IBAN Zahlungsbeteiligter", "IBAN", "Counterparty account", "Counterparty IBAN"),
    ),
    "text": (
        *("附言", "用途", "摘要", "交易摘要", "业务摘要", "备注", "交易附言", "交易备注", "个性化信息"),
        *("Verwendungszweck", "Buchungstext", "Description", "Details", "Narrative", "Payment reference", "Reference"),
        *("Transaction description", "Memo", "Remittance information"),
    ),
    "reference": (
        *("交易流水号", "流水号", "核心流水号", "交易流水", "凭证号", "业务编号", "交易序号"),
        *("Transaction ID", "TransactionId", "Transaktions-ID", "ID", "Entry reference"),
    ),
    "account": (
        "本方账号",
        "本方帐号",
        "账号",
        "查询账号",
        "Auftragskonto",
        "IBAN Auftragskonto",
        "Account",
        "Account number",
    ),
}
_DAYS = (
    *("%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%Y.%m.%d", "%Y年%m月%d日", "%d.%m.%Y", "%d.%m.%y", "%d/%m/%Y", "%m/%d/%Y"),
    *("%d/%m/%y", "%d-%m-%Y", "%d %b %Y", "%d-%b-%Y", "%b %d, %Y"),
)
_NUMBER = re.compile(r"[^0-9,.\-()+−]")


@dataclass(frozen=True, slots=True)
class Table:
    """A table with its headings; `signature` is the same for every file of that bank and form."""

    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    @property
    def signature(self) -> str:
        return hashlib.sha256("\x1f".join(self.headings).encode()).hexdigest()


def _plain(heading: str) -> str:
    return re.sub(r"[\s*_]+", "", heading).casefold()


_BY_HEADING = {_plain(name): field for field, names in KNOWN.items() for name in names}


def table_of(text: str) -> Table:
    """Find the headings, which some banks set below some words about the account, and the rows. UnreadableStatement."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")
    best: tuple[int, int, list[list[str]]] = (0, 0, [])
    for delimiter in (",", ";", "\t", "|"):
        rows = _rows(lines, delimiter)
        for place, row in enumerate(rows[:_LOOK_FOR_HEADINGS]):
            score = len({_BY_HEADING.get(_plain(cell)) for cell in row} - {None})
            if score > best[0]:
                best = (score, place, rows)
    score, place, rows = best
    if score < 2:
        widest = max((_rows(lines, mark) for mark in ",;\t|"), key=lambda found: max(map(len, found), default=0))
        place = next((number for number, row in enumerate(widest[:_LOOK_FOR_HEADINGS]) if len(row) > 2), -1)
        rows = widest
    if place < 0 or not rows or len(rows[place]) < 2:
        raise UnreadableStatement("CSV")
    headings = _unique([cell.strip() or str(number) for number, cell in enumerate(rows[place], start=1)])
    body = [tuple(cell.strip() for cell in row) for row in rows[place + 1 :] if any(cell.strip() for cell in row)]
    if len(body) > MOST_ENTRIES:
        raise UnreadableStatement(f"> {MOST_ENTRIES}")
    return Table(headings, tuple(body))


def _rows(text: str, delimiter: str) -> list[list[str]]:
    try:
        return list(csv.reader(text.split("\n"), delimiter=delimiter))
    except csv.Error as error:
        raise UnreadableStatement("CSV") from error


def _unique(headings: Sequence[str]) -> tuple[str, ...]:
    seen: dict[str, int] = {}
    found = []
    for heading in headings:
        name = heading[:80]
        seen[name] = seen.get(name, 0) + 1
        found.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return tuple(found)


def guessed(table: Table) -> dict[str, list[str]]:
    """Return which headings mean which field; of several that fit, the most trusted, of texts all."""
    found: dict[str, list[str]] = {}
    by_plain = {_plain(heading): heading for heading in table.headings}
    for field, names in KNOWN.items():
        present = [by_plain[_plain(name)] for name in names if _plain(name) in by_plain]
        if present:
            found[field] = present if field == "text" else present[:1]
    if "credit" in found and "amount" in found:
        del found["amount"]
    return found


def is_enough(columns: Mapping[str, Sequence[str]]) -> bool:
    """Whether these columns say when and how much."""
    return bool(columns.get("date")) and bool(columns.get("amount") or columns.get("credit"))


def read(table: Table, columns: Mapping[str, Sequence[str]], defaults: Defaults) -> list[Entry]:
    """Return the entries of a table; a row without a day or an amount (a total) is none. UnreadableStatement."""
    places = {
        field: [table.headings.index(name) for name in names if name in table.headings]
        for field, names in columns.items()
        if field in FIELDS
    }

    def said(row: Sequence[str], field: str) -> str:
        cells = (row[place] for place in places.get(field, ()) if place < len(row))
        return " ".join(filter(None, (cell.strip().lstrip("'").strip() for cell in cells)))

    days = _day_reader([said(row, "date") for row in table.rows])
    comma = _is_comma([said(row, field) for row in table.rows for field in ("amount", "credit", "debit")])
    found = []
    for row in table.rows:
        booked_on = days(said(row, "date"))
        amount = _sum(said(row, "amount"), comma)
        if amount is None:
            credit, debit = _sum(said(row, "credit"), comma), _sum(said(row, "debit"), comma)
            amount = abs(credit) if credit else -abs(debit) if debit else None
        if booked_on is None or amount is None:
            continue
        found.append(
            entry(
                account=said(row, "account") or defaults.account,
                booked_on=booked_on,
                amount=amount,
                currency=_currency(said(row, "currency")) or defaults.currency,
                payer=said(row, "payer"),
                payer_account=said(row, "payer_account"),
                text=said(row, "text"),
                reference=said(row, "reference"),
            )
        )
    if table.rows and not found:
        raise UnreadableStatement("CSV")
    return found


def _day_reader(texts: Sequence[str]) -> Callable[[str], date | None]:
    """Return a reader by the one form that fits most of the days: 03/04 is read by what the others of the file are."""
    cut = [_day_text(text) for text in texts]

    def parse(text: str, form: str) -> date | None:
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007 - a bank's day has no zone
        except ValueError:
            return None

    form = max(_DAYS, key=lambda form: sum(parse(text, form) is not None for text in cut if text))
    return lambda text: parse(_day_text(text), form)


def _day_text(text: str) -> str:
    text = text.strip()
    if re.match(r"^\d{8}\b", text):
        return text[:8]
    return re.split(r"[T ](?=\d{1,2}:)", text)[0].strip()


def _is_comma(texts: Sequence[str]) -> bool:
    """Whether the decimals stand behind a comma, as on the continent of Europe."""
    comma = sum(bool(re.search(r",\d{1,2}[)\-+]?$", _NUMBER.sub("", text))) for text in texts)
    point = sum(bool(re.search(r"\.\d{1,2}[)\-+]?$", _NUMBER.sub("", text))) for text in texts)
    return comma > point


def _sum(text: str, comma: bool) -> Decimal | None:
    cleaned = _NUMBER.sub("", text).replace("−", "-")
    if not any(sign.isdigit() for sign in cleaned):
        return None
    negative = cleaned.startswith(("-", "(")) or cleaned.endswith("-")
    digits = cleaned.strip("()+-")
    digits = digits.replace(".", "").replace(",", ".") if comma else digits.replace(",", "")
    try:
        return -Decimal(digits) if negative else Decimal(digits)
    except InvalidOperation:
        return None


_CURRENCIES = {"人民币": "CNY", "RMB": "CNY", "美元": "USD", "欧元": "EUR", "港币": "HKD", "英镑": "GBP", "日元": "JPY"}


def _currency(text: str) -> str:
    text = text.strip()
    return _CURRENCIES.get(text) or next((code for name, code in _CURRENCIES.items() if name in text), text[:3])
