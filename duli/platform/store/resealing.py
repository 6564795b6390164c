"""Bringing every stored secret under the secret key of today, so that a former key can be forgotten.

Rooms say in a module `sealed` which columns hold secrets. A row is read, sealed anew and written back only where it is
still what was read: nobody who saves a setting meanwhile waits or loses anything, and the shop goes on working, since
both keys open what is stored.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.utils.module_loading import autodiscover_modules

from duli.base.registry import Registry
from duli.platform.audit.services import record
from duli.platform.store.sealing import Unreadable, reseal
from duli.platform.store.setup_values import SEALED

_SIGN = "gAAAA"
"""How every sealed text begins (Fernet's version and the highest bytes of its time)."""
MOST_TRIES = 5


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """Where secrets lie: `model` is "app.Model"; the column is a sealed text, or JSON with sealed texts in it."""

    model: str
    column: str
    purpose: str


sealed_columns: Registry[SealedColumn] = Registry("sealed column")


def register(model: str, column: str, purpose: str) -> None:
    """Let the secrets of a column be sealed anew when the secret key changes."""
    sealed_columns.register(f"{model}.{column}", SealedColumn(model, column, purpose))


@dataclass(slots=True)
class Outcome:
    """How many rows hold secrets under the key of today, how many were (or are to be) sealed anew, which are lost.

    `unreadable` names rows whose secrets no key opens: "payments.GatewaySetting 3". They are left as they are.
    """

    current: int = 0
    resealed: int = 0
    unreadable: list[str] = field(default_factory=list)


def reseal_all(*, actor: str, only_look: bool = False) -> Outcome:
    """Seal everything anew under the secret key of today, or `only_look` what would be.

    It may be ended at any moment and begun again: what is done is done.
    """
    autodiscover_modules("sealed")
    found = Outcome()
    for _name, entry in sealed_columns:
        rows = apps.get_model(entry.model)._default_manager.order_by("pk")
        for pk in list(rows.values_list("pk", flat=True)):
            _reseal_row(entry, pk, found, only_look=only_look)
    if found.resealed and not only_look:
        record(area="settings", action="resealed", reference="secret_key", label=str(found.resealed), actor=actor)
    return found


def _reseal_row(entry: SealedColumn, pk: Any, found: Outcome, *, only_look: bool) -> None:
    rows = apps.get_model(entry.model)._default_manager.filter(pk=pk)
    for _try in range(MOST_TRIES):
        value = rows.values_list(entry.column, flat=True).first()
        try:
            anew = _walk(value, entry.purpose)
        except Unreadable:
            found.unreadable.append(f"{entry.model} {pk}")
            return
        if anew == value:
            found.current += bool(_holds(value))
            return
        if only_look or rows.filter(**{entry.column: value}).update(**{entry.column: anew}):
            found.resealed += 1
            return
    raise RuntimeError(f"{entry.model} {pk} is saved again and again")


def _walk(value: Any, purpose: str) -> Any:
    if isinstance(value, dict):
        if SEALED in value:
            return {**value, SEALED: reseal(value[SEALED], purpose=purpose)}
        return {name: _walk(part, purpose) for name, part in value.items()}
    if isinstance(value, list):
        return [_walk(part, purpose) for part in value]
    return reseal(value, purpose=purpose) if isinstance(value, str) and value.startswith(_SIGN) else value


def _holds(value: Any) -> bool:
    if isinstance(value, dict):
        return SEALED in value or any(map(_holds, value.values()))
    if isinstance(value, list):
        return any(map(_holds, value))
    return isinstance(value, str) and value.startswith(_SIGN)
