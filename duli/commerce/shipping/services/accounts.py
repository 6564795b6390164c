"""What a merchant sets up to follow parcels."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from duli.base.errors import InvalidInput, NotFound
from duli.base.setup_fields import cleaned
from duli.commerce.shipping import locks
from duli.commerce.shipping.carrier import providers
from duli.commerce.shipping.configuration import PURPOSE, SEALED, TOPIC, to_config
from duli.commerce.shipping.models import CarrierAccount
from duli.platform.audit.services import record_change
from duli.platform.store.changes import mark
from duli.platform.store.sealing import seal
from duli.platform.store.seen import Seen, hold

MAXIMUM_TEXT = 1000


@transaction.atomic
def save_account(
    *, code: str, enabled: bool, values: Mapping[str, Any], position: int = 0, actor: str = "", seen: Seen | None = None
) -> CarrierAccount:
    """Set up a provider. `values` by its fields; an empty secret keeps the one that is stored.

    Parcels that are under way and that nobody follows are taken up by a job.
    Raises NotFound (no such provider), InvalidInput (`field` names the one that is missing or does not fit).
    """
    hold(f"carrier:{code}", seen)
    if code not in providers:
        raise NotFound()
    row = locks.lock_account(code)
    stored = dict(row.settings)
    before = _told(row, stored)
    for entry in providers.get(code).description.fields:
        text = cleaned(
            entry,
            values.get(entry.name, "" if entry.kind == "secret" else stored.get(entry.name, entry.default)),
            longest=MAXIMUM_TEXT,
        )
        if entry.kind != "secret":
            stored[entry.name] = text
        elif text:
            stored[entry.name] = {SEALED: seal(text, purpose=PURPOSE)}
        if enabled and entry.required and not stored.get(entry.name):
            raise InvalidInput(field=entry.name)
    row.enabled, row.position, row.settings = enabled, position, stored
    row.save()
    record_change(
        area="shipping",
        reference=f"carrier:{code}",
        label=code,
        before=before,
        after=_told(row, stored),
        actor=actor,
    )
    mark(TOPIC)
    if enabled:
        from duli.commerce.shipping.jobs import take_up

        take_up.enqueue()
    return row


def check_account(*, code: str) -> str:
    """Ask the provider whether the stored keys are right, and return what it says of the account.

    Calls the provider, so never inside a transaction. NotFound, CarrierUnavailable, CarrierRefused.
    """
    row = CarrierAccount.objects.filter(code=code).first()
    if row is None or code not in providers:
        raise NotFound()
    locks.require_no_transaction()
    return providers.get(code).check(to_config(row))


def _told(row: CarrierAccount, stored: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the audit log may know: of a secret only that it is another one."""
    values = {
        name: f"…{hashlib.sha256(value[SEALED].encode()).hexdigest()[:8]}" if isinstance(value, dict) else value
        for name, value in stored.items()
    }
    return {"enabled": row.enabled, "position": row.position, **values}
