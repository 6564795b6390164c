"""What a merchant sets up to follow parcels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from duli.base.errors import NotFound
from duli.commerce.shipping import locks
from duli.commerce.shipping.carrier import providers
from duli.commerce.shipping.configuration import PURPOSE, TOPIC, to_config
from duli.commerce.shipping.models import CarrierAccount
from duli.platform.audit.services import record_change
from duli.platform.store.changes import mark
from duli.platform.store.outside import require_no_transaction
from duli.platform.store.seen import Seen, hold
from duli.platform.store.setup_values import taken, told

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
    before = _told(row)
    fields = providers.get(code).description.fields
    row.settings = taken(fields, row.settings, values, purpose=PURPOSE, longest=MAXIMUM_TEXT, complete=enabled)
    row.enabled, row.position = enabled, position
    row.save()
    record_change(
        area="shipping",
        reference=f"carrier:{code}",
        label=code,
        before=before,
        after=_told(row),
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
    require_no_transaction()
    return providers.get(code).check(to_config(row))


def _told(row: CarrierAccount) -> dict[str, Any]:
    return {"enabled": row.enabled, "position": row.position, **told(row.settings)}
