"""What a merchant set up for a provider, as it is kept: plain values, and secrets sealed under a room's own purpose."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from duli.base.clock import now
from duli.base.errors import InvalidInput
from duli.base.setup_fields import FormerSecret, SettingField, cleaned
from duli.platform.store.sealing import seal, unseal

SEALED: Final = "$sealed"
REPLACED: Final = "$replaced"
REPLACED_FOR: Final = timedelta(days=7)
"""How long what was signed with a former secret is still believed: providers send again for days what was refused."""
MOST_REPLACED: Final = 3


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
    return values | {name: opened(value, purpose=purpose) for name, value in stored.items() if name != REPLACED}


def exchange(stored: dict[str, Any], name: str, text: str, *, purpose: str) -> None:
    """Keep a new secret in `stored`, and the one that it replaces for a week; the same one again changes nothing."""
    before = stored.get(name)
    if is_sealed(before) and opened(before, purpose=purpose) == text:
        return
    stored[name] = sealed(text, purpose=purpose)
    if isinstance(before, dict):
        moment = now()
        kept = [old for old in stored.get(REPLACED, {}).get(name, ()) if old["until"] > moment.isoformat()]
        old = {**before, "until": (moment + REPLACED_FOR).isoformat()}
        stored[REPLACED] = {**stored.get(REPLACED, {}), name: [old, *kept][:MOST_REPLACED]}


def replaced(stored: Mapping[str, Any], *, purpose: str) -> dict[str, tuple[FormerSecret, ...]]:
    """Return the secrets that were exchanged, by name, in clear; each says until when it is believed."""
    return {
        name: tuple(
            FormerSecret(text, datetime.fromisoformat(entry["until"]))
            for entry in entries
            if (text := opened(entry, purpose=purpose))
        )
        for name, entries in stored.get(REPLACED, {}).items()
    }


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
            exchange(kept, entry.name, text, purpose=purpose)
        if complete and entry.required and not kept.get(entry.name):
            raise InvalidInput(field=entry.name)
    return kept


def told(stored: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the audit log may know: of a secret only that it is another one."""
    return {
        name: f"…{hashlib.sha256(value[SEALED].encode()).hexdigest()[:8]}" if is_sealed(value) else value
        for name, value in stored.items()
        if name != REPLACED
    }


def shown(fields: Sequence[SettingField], stored: Mapping[str, Any]) -> tuple[dict[str, str], frozenset[str]]:
    """Return what a form may show: plain values over the defaults, and the names of the secrets that are set."""
    plain = {entry.name: str(stored.get(entry.name, entry.default)) for entry in fields if entry.kind != "secret"}
    return plain, frozenset(entry.name for entry in fields if entry.kind == "secret" and stored.get(entry.name))
