"""What a merchant sets up for a provider – of payments, parcels or text messages – as its plugin declares it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from django.utils.functional import Promise

from duli.base.errors import InvalidInput

Text: TypeAlias = "str | Promise"
FieldKind = Literal["text", "multiline", "secret", "number", "choice"]


@dataclass(frozen=True, slots=True)
class SettingField:
    """One thing the merchant sets up; `secret` values are stored encrypted and never shown again."""

    name: str
    label: Text
    kind: FieldKind = "text"
    required: bool = False
    default: object = ""
    help: Text = ""
    choices: tuple[tuple[str, Text], ...] = ()


def cleaned(entry: SettingField, value: object, *, longest: int) -> str:
    """Return what was entered for a field, without blanks around it. InvalidInput names the field."""
    text = str(value or "").strip()
    if len(text) > longest or "\x00" in text:
        raise InvalidInput(field=entry.name)
    if entry.kind == "choice" and text not in {name for name, _ in entry.choices}:
        raise InvalidInput(field=entry.name)
    return text
