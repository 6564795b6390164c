"""The steps of a shipping price as people write them: one a line, from = price."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from duli.commerce.shipping.models import Method
from duli.web.backoffice.kit.forms import amount_text, parse_amount

Step = dict[str, int | None]
GRAMS = 1000
MOST_STEPS = 30


def read_steps(text: str, basis: str, currency: str) -> list[Step]:
    """Return the steps after the first one; one without a price says that nothing heavier is sent. ValidationError."""
    found: list[Step] = []
    for line in filter(None, (line.strip() for line in text.splitlines())):
        start, _sign, price = line.replace("＝", "=").replace("：", "=").replace(":", "=").partition("=")
        begin = _from(start, basis, currency)
        if begin is None or begin <= (found[-1]["from"] or 0 if found else 0):
            raise ValidationError(
                _("“%(line)s”: write where each step begins, one after the other."), params={"line": line[:40]}
            )
        found.append({"from": begin, "minor": parse_amount(price, currency)})
    if len(found) > MOST_STEPS:
        raise ValidationError(_("At most %(most)s steps."), params={"most": MOST_STEPS})
    return found


def _from(text: str, basis: str, currency: str) -> int | None:
    if basis == Method.Basis.PRICE:
        return parse_amount(text, currency)
    try:
        number = Decimal(text.strip().replace(",", ""))
    except InvalidOperation:
        return None
    if not number.is_finite() or not 0 <= number < 10**6:
        return None
    number = number * GRAMS if basis == Method.Basis.WEIGHT else number
    return int(number) if number == int(number) else None


def write_steps(ladder: list[dict[str, Any]], basis: str, currency: str) -> str:
    """Return steps as `read_steps` takes them."""
    lines = ((_start(step, basis, currency), amount_text(step.get("minor"), currency)) for step in ladder)
    return "\n".join(f"{start} = {price}".rstrip() for start, price in lines)


def _start(step: dict[str, Any], basis: str, currency: str) -> str:
    begin = int(step.get("from") or 0)
    if basis == Method.Basis.PRICE:
        return amount_text(begin, currency)
    return f"{Decimal(begin) / GRAMS:f}" if basis == Method.Basis.WEIGHT else str(begin)
