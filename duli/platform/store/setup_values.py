"""What a merchant set up for a provider, as it is kept: plain values, and secrets sealed under a room's own purpose."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, Final

from duli.base.errors import InvalidInput
from duli.base.setup_fields import SettingField, cleaned
from duli.platform.store.sealing import seal, unseal

SEALED: Final = "$sealed"


def is_sealed(value: object) -> bool:
    return isinstance(value, dict) and SEALED in value


def sealed(text: str, *, purpose: str) -> dict[str, str]:
    """Return a secret as it is kept."""
    return {SEALED: seal(text, purpose=purpose)}


def opened(value: Any, *, purpose: str) -> Any:
    """Return a kept value, a secret in clear."""
    return unseal(value[SEALED], purpose=purpose) if is_sealed(value) else value


def opened_all(fields: Sequence[SettingField], stored: Mapping[str, Any], *, purpose: str) -> dict[str, Any]:
    """Return what is kept over the defaults of `fields`, secrets in clear."""
    values = {entry.name: entry.default for entry in fields}
    return values | {name: opened(value, purpose=purpose) for name, value in stored.items()}


def taken(
    fields: Sequence[SettingField],
    stored: Mapping[str, Any],
    given: Mapping[str, Any],
    *,
    purpose: str,
    longest: int,
    complete: bool,
) -> dict[str, Any]:
    """Return what is kept once `given` was entered; an empty secret keeps the one that is stored.

    `complete`: what is required has to be there. InvalidInput names the field.
    """
    kept = dict(stored)
    for entry in fields:
        before = "" if entry.kind == "secret" else kept.get(entry.name, entry.default)
        text = cleaned(entry, given.get(entry.name, before), longest=longest)
        if entry.kind != "secret":
            kept[entry.name] = text
        elif text:
            kept[entry.name] = sealed(text, purpose=purpose)
        if complete and entry.required and not kept.get(entry.name):
            raise InvalidInput(field=entry.name)
    return kept


def told(stored: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the audit log may know: of a secret only that it is another one."""
    return {
        name: f"…{hashlib.sha256(value[SEALED].encode()).hexdigest()[:8]}" if is_sealed(value) else value
        for name, value in stored.items()
    }


def shown(fields: Sequence[SettingField], stored: Mapping[str, Any]) -> tuple[dict[str, str], frozenset[str]]:
    """Return what a form may show: plain values over the defaults, and the names of the secrets that are set."""
    plain = {entry.name: str(stored.get(entry.name, entry.default)) for entry in fields if entry.kind != "secret"}
    return plain, frozenset(entry.name for entry in fields if entry.kind == "secret" and stored.get(entry.name))
