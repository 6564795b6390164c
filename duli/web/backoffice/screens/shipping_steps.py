"""The steps of a shipping price as people write them: rows of where each begins and what it costs.

What a form keeps and compares is one text, "from = price" a line; the rows of the page are read into it.
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from itertools import zip_longest
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from duli.base.text import one_line, without_control
from duli.commerce.shipping.models import Method
from duli.web.backoffice.kit.forms import amount_text, parse_amount

FRESH_ROWS = 2
"""Empty rows below what is stored, for those who have no JavaScript; with it there is a button."""
Step = dict[str, int | None]
GRAMS = 1000
MOST_STEPS = 30
BY_WEIGHT = {Method.Basis.WEIGHT, Method.Basis.CARRIER}


class StepsInput(forms.Widget):
    """Rows of two inputs, `name-from` and `name-price`, as one text. Rows in which nothing stands are left out."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> str | None:
        if name in data or self.value_omitted_from_data(data, files, name):
            return data.get(name)
        starts, prices = (data.getlist(f"{name}-{part}")[: MOST_STEPS * 2] for part in ("from", "price"))
        pairs = (
            (one_line(start, 40), one_line(price, 40)) for start, price in zip_longest(starts, prices, fillvalue="")
        )
        return "\n".join(f"{start} = {price}".strip() for start, price in pairs if start or price)

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return name not in data and f"{name}-from" not in data


class BoundSteps(forms.BoundField):
    @property
    def rows(self) -> list[tuple[str, str]]:
        """What stands in the rows: (from, price), and some empty ones."""
        lines = (line.partition("=") for line in str(self.value() or "").splitlines())
        return [(start.strip(), price.strip()) for start, _sign, price in lines] + [("", "")] * FRESH_ROWS


class Steps(forms.CharField):
    """The steps of a price in one currency; `read_steps` says what they are worth."""

    widget = StepsInput

    def to_python(self, value: Any) -> str:
        return without_control(str(super().to_python(value) or ""))

    def get_bound_field(self, form: forms.BaseForm, field_name: str) -> BoundSteps:
        return BoundSteps(form, self, field_name)


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
    number = number * GRAMS if basis in BY_WEIGHT else number
    return int(number) if number == int(number) else None


def write_steps(ladder: list[dict[str, Any]], basis: str, currency: str) -> str:
    """Return steps as `read_steps` takes them."""
    lines = ((_start(step, basis, currency), amount_text(step.get("minor"), currency)) for step in ladder)
    return "\n".join(f"{start} = {price}".rstrip() for start, price in lines)


def _start(step: dict[str, Any], basis: str, currency: str) -> str:
    begin = int(step.get("from") or 0)
    if basis == Method.Basis.PRICE:
        return amount_text(begin, currency)
    return f"{Decimal(begin) / GRAMS:f}" if basis in BY_WEIGHT else str(begin)
