"""Rows of a dialog that asks how many units of each line: what it is, a number, and how many there are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms


@dataclass(frozen=True, slots=True)
class UnitRow:
    title: str
    sub: str
    image: str
    bound: forms.BoundField
    most: int


class UnitsForm(forms.Form):
    """A form with a number for each line; `units_field` makes one, `unit_rows` are what the dialog draws."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._units: list[tuple[str, str, str, str, int]] = []

    def add_units(
        self, name: str, *, title: str, sub: str, image: str, most: int, limit: int | None = None, initial: int = 0
    ) -> None:
        """Ask for units of one line. `limit`: the largest number the field itself lets through, if not `most`."""
        self.fields[name] = forms.IntegerField(
            label=title,
            min_value=0,
            max_value=most if limit is None else limit,
            initial=initial,
            required=False,
            widget=forms.NumberInput(attrs={"max": most, "inputmode": "numeric"}),
        )
        self._units.append((name, title, sub, image, most))

    @property
    def unit_rows(self) -> list[UnitRow]:
        return [UnitRow(title, sub, image, self[name], most) for name, title, sub, image, most in self._units]

    @property
    def other_fields(self) -> list[forms.BoundField]:
        names = {name for name, *_ in self._units}
        return [bound for bound in self.visible_fields() if bound.name not in names]
