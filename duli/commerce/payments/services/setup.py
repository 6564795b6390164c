from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from duli.base.errors import InvalidInput, NotFound
from duli.commerce.payments import locks
from duli.commerce.payments.configuration import PURPOSE, SEALED, TOPIC
from duli.commerce.payments.gateway import SettingField, gateways
from duli.commerce.payments.models import GatewaySetting
from duli.platform.audit.services import record_change
from duli.platform.store.changes import mark
from duli.platform.store.sealing import seal
from duli.platform.store.seen import Seen, hold

MAXIMUM_TEXT = 4000


@transaction.atomic
def save_gateway(
    *,
    code: str,
    enabled: bool,
    values: Mapping[str, Any],
    position: int = 0,
    test_mode: bool = False,
    actor: str = "",
    seen: Seen | None = None,
) -> GatewaySetting:
    """Set up a payment method. `values` by the gateway's fields; an empty secret keeps the one that is stored.

    Raises NotFound (no such gateway), InvalidInput (`field` names the one that is missing or does not fit).
    """
    hold(f"gateway:{code}", seen)
    if code not in gateways:
        raise NotFound()
    row = locks.lock_setting(code)
    stored = dict(row.settings)
    before = _told(row, stored)
    for entry in gateways.get(code).description.fields:
        value = values.get(entry.name, stored.get(entry.name, entry.default))
        if entry.kind == "secret":
            text = value if isinstance(value, str) else ""
            if text:
                stored[entry.name] = {SEALED: seal(_text(entry, text), purpose=PURPOSE)}
        else:
            stored[entry.name] = _clean(entry, value)
        if enabled and entry.required and not stored.get(entry.name):
            raise InvalidInput(field=entry.name)
    row.enabled = enabled
    row.position = position
    row.test_mode = test_mode
    row.settings = stored
    row.save()
    record_change(
        area="payments",
        reference=f"gateway:{code}",
        label=code,
        before=before,
        after=_told(row, stored),
        actor=actor,
    )
    mark(TOPIC)
    return row


def _told(row: GatewaySetting, stored: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the audit log may know: of a secret only that it is another one."""
    values = {
        name: f"…{hashlib.sha256(value[SEALED].encode()).hexdigest()[:8]}" if isinstance(value, dict) else value
        for name, value in stored.items()
    }
    return {"enabled": row.enabled, "position": row.position, "test_mode": row.test_mode, **values}


def _text(entry: SettingField, value: object) -> str:
    text = str(value).strip()
    if len(text) > MAXIMUM_TEXT or "\x00" in text:
        raise InvalidInput(field=entry.name)
    return text


def _clean(entry: SettingField, value: object) -> object:
    if entry.kind == "number":
        try:
            number = int(str(value or 0))
        except ValueError:
            raise InvalidInput(field=entry.name) from None
        if not 0 <= number <= 10**9:
            raise InvalidInput(field=entry.name)
        return number
    if entry.kind in {"countries", "currencies"}:
        size = 2 if entry.kind == "countries" else 3
        parts = value.replace(",", " ").split() if isinstance(value, str) else list(value or ())  # type: ignore[call-overload]
        codes = sorted({str(part).upper() for part in parts})
        if any(len(code) != size or not code.isalpha() for code in codes):
            raise InvalidInput(field=entry.name)
        return codes
    text = _text(entry, value)
    if entry.kind == "choice" and text not in {name for name, _ in entry.choices}:
        raise InvalidInput(field=entry.name)
    return text
