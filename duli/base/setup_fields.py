"""What a merchant sets up for a provider – of payments, parcels or text messages – as its plugin declares it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from django.utils.functional import Promise

from duli.base.clock import now
from duli.base.errors import InvalidInput

Text: TypeAlias = "str | Promise"
FieldKind = Literal["text", "multiline", "secret", "number", "choice", "pairs"]


@dataclass(frozen=True, slots=True)
class SettingField:
    """One thing the merchant sets up; `secret` values are stored encrypted and never shown again.

    `pairs` say what words of the provider mean to us ("E9106 = busy, E1001 = keys"), beside those that the plugin
    knows; `meanings` are the words of ours that there are, any if empty. `needed_if` names another field that stands
    before this one, and its value for which this one must be given too.
    """

    name: str
    label: Text
    kind: FieldKind = "text"
    required: bool = False
    default: object = ""
    help: Text = ""
    choices: tuple[tuple[str, Text], ...] = ()
    meanings: tuple[str, ...] = ()
    needed_if: tuple[str, str] | None = None

    def is_needed(self, values: Mapping[str, object]) -> bool:
        """Say whether it must be given where the other fields have these values."""
        return self.required or (self.needed_if is not None and values.get(self.needed_if[0]) == self.needed_if[1])


@dataclass(frozen=True, slots=True)
class FormerSecret:
    """A secret that was exchanged, and until when what was signed with it is still believed."""

    text: str
    until: datetime


def believed(current: str, former: Sequence[FormerSecret]) -> tuple[str, ...]:
    """Return the secrets that a message may be signed with now: that of today first, then former ones.

    It looks at the clock each time: a set-up may be at hand for longer than a former secret is believed.
    """
    moment = now()
    return tuple(filter(None, (current, *(secret.text for secret in former if secret.until > moment))))


def cleaned(entry: SettingField, value: object, *, longest: int) -> str:
    """Return what was entered for a field, without blanks around it. InvalidInput names the field."""
    text = str(value or "").strip()
    if len(text) > longest or "\x00" in text:
        raise InvalidInput(field=entry.name)
    if entry.kind == "choice" and text not in {name for name, _ in entry.choices}:
        raise InvalidInput(field=entry.name)
    if entry.kind == "pairs":
        for part in _parts(text):
            theirs, sign, ours = (word.strip() for word in part.partition("="))
            if not theirs or not sign or not ours or (entry.meanings and ours not in entry.meanings):
                raise InvalidInput(field=entry.name)
    return text


def pairs_of(text: str) -> dict[str, str]:
    """Return what a setting of pairs says: our word by the provider's."""
    found = (part.partition("=") for part in _parts(text))
    return {theirs.strip(): ours.strip() for theirs, _sign, ours in found}


def _parts(text: str) -> list[str]:
    return [part for part in re.split(r"[,，;；\n]", text) if part.strip()]
