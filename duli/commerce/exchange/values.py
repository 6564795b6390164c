"""Cells as people and programs write them, made into numbers, dates and lists."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation

from duli.base.money import Money, exponent
from duli.base.text import one_line
from duli.commerce.exchange.types import NegativeNumber, NotADate, NotANumber, NumberTooLarge, UnknownCurrency

_SYMBOLS = re.compile(r"[\s\u00a0\u202f¥￥$€£'’]|CNY|RMB|USD|EUR|GBP|元", re.IGNORECASE)
_GROUPED = re.compile(r"^-?\d{1,3}(?:,\d{3})+$")
_PLAIN = re.compile(r"^[+-]?(?:\d+\.?\d*|\.\d+)$")
_TAG = re.compile(r"<\s*[a-zA-Z!/]")
_SHORTENED = re.compile(r"^\d(?:\.\d+)?E\+\d+$", re.IGNORECASE)

GRAMS = {
    "g": Decimal(1),
    "kg": Decimal(1000),
    "lb": Decimal("453.59237"),
    "lbs": Decimal("453.59237"),
    "oz": Decimal("28.349523125"),
}
MAXIMUM_MINOR = 10**13
MAXIMUM_UNITS = 10_000_000
MAXIMUM_GRAMS = 2_000_000_000


def decimal(text: str, column: str) -> Decimal:
    """Return a number written as 1299, 1,299.00, 1.299,00 or ¥ 1 299; NotANumber for anything else."""
    bare = _SYMBOLS.sub("", text)
    comma, point = bare.rfind(","), bare.rfind(".")
    if comma >= 0 and point >= 0:
        bare = bare.replace(",", "") if point > comma else bare.replace(".", "").replace(",", ".")
    elif comma >= 0:
        bare = bare.replace(",", "") if _GROUPED.match(bare) else bare.replace(",", ".")
    if not _PLAIN.match(bare) or len(bare) > 40:
        raise NotANumber(field=column, column=column, value=one_line(text, 40))
    try:
        return Decimal(bare)
    except InvalidOperation:
        raise NotANumber(field=column, column=column, value=one_line(text, 40)) from None


def price(text: str, column: str, currency: str) -> int:
    """Return a price in minor units. NotANumber, NegativeNumber, NumberTooLarge, UnknownCurrency."""
    value = decimal(text, column)
    if value < 0:
        raise NegativeNumber(field=column, column=column, value=one_line(text, 40))
    try:
        exponent(currency)
    except ValueError:
        raise UnknownCurrency(field=column, currency=currency) from None
    minor = Money.of(value, currency).minor
    if minor > MAXIMUM_MINOR:
        raise NumberTooLarge(field=column, column=column, value=one_line(text, 40))
    return minor


def units(text: str, column: str) -> int:
    """Return a count; a negative one (sold more than there was) counts as none. NotANumber, NumberTooLarge."""
    value = decimal(text, column)
    if value > MAXIMUM_UNITS:
        raise NumberTooLarge(field=column, column=column, value=one_line(text, 40))
    return max(int(value), 0)


def grams(text: str, column: str, unit: str = "g") -> int:
    """Return a weight given in `unit` (g, kg, lb, oz) as whole grams."""
    value = decimal(text, column)
    if value < 0:
        raise NegativeNumber(field=column, column=column, value=one_line(text, 40))
    weight = int((value * GRAMS.get(unit.lower(), Decimal(1))).to_integral_value())
    if weight > MAXIMUM_GRAMS:
        raise NumberTooLarge(field=column, column=column, value=one_line(text, 40))
    return weight


def flag(text: str, default: bool = False) -> bool:
    """Return whether a cell says yes: 1, true, yes, y, 是."""
    if not text:
        return default
    return text.strip().lower() in {"1", "true", "yes", "y", "on", "是", "有"}


def day(text: str, column: str) -> date | None:
    """Return a day such as 2027-01-31; None for nothing. Raises NotADate."""
    if not text:
        return None
    try:
        return date.fromisoformat(text.replace("/", "-"))
    except ValueError:
        raise NotADate(field=column, column=column, value=one_line(text, 40)) from None


def moment(text: str, column: str) -> datetime | None:
    """Return a date, or a date and time (taken as UTC unless it says otherwise); None for empty and for 0000-00-00."""
    text = text.strip()
    if not text or text.startswith("0000"):
        return None
    try:
        if text.isdigit() and len(text) >= 9:
            return datetime.fromtimestamp(int(text), UTC)
        parsed = datetime.fromisoformat(text.replace("/", "-"))
    except (ValueError, OverflowError, OSError):
        raise NotADate(field=column, column=column, value=one_line(text, 40)) from None
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def listed(text: str, separators: str = ",") -> tuple[str, ...]:
    """Return the parts of "a, b, c" without repeats; a backslash before a separator makes it part of the text."""
    pattern = rf"(?<!\\)[{re.escape(separators)}]"
    parts = (one_line(re.sub(rf"\\([{re.escape(separators)}])", r"\1", part)) for part in re.split(pattern, text))
    return tuple(dict.fromkeys(part for part in parts if part))


def joined(parts: tuple[str, ...]) -> str:
    """Return a list as one cell, the way `listed` reads it back with "|"."""
    return " | ".join(part.replace("|", "\\|") for part in parts)


def path(text: str, separator: str = ">") -> tuple[str, ...]:
    """Return the steps of "Clothing > Shirts"."""
    return tuple(step for step in (one_line(part, 160) for part in text.split(separator)) if step)


def html(text: str) -> str:
    """Return a description as HTML: text without tags gets paragraphs where it has empty lines."""
    text = text.replace("\\n", "\n").strip()
    if not text or _TAG.search(text):
        return text
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    paragraphs = [part.strip().replace("\n", "<br>") for part in re.split(r"\n\s*\n", escaped)]
    return "".join(f"<p>{part}</p>" for part in paragraphs if part)


def is_shortened(barcode: str) -> bool:
    """Return whether a spreadsheet program made 3.65275E+11 of a barcode."""
    return bool(_SHORTENED.match(barcode))
