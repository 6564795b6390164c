"""What a merchant sets up for a service that issues fapiao."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from duli.base.errors import NotFound
from duli.commerce.fapiao import locks
from duli.commerce.fapiao.configuration import PURPOSE, TOPIC, known
from duli.commerce.fapiao.models import FapiaoService
from duli.commerce.fapiao.provider import providers
from duli.platform.audit.services import record_change
from duli.platform.store.changes import mark
from duli.platform.store.outside import require_no_transaction
from duli.platform.store.seen import Seen, hold
from duli.platform.store.setup_values import taken, told

MAXIMUM_TEXT = 1000


@transaction.atomic
def save_service(
    *, code: str, enabled: bool, by_itself: bool, values: Mapping[str, Any], actor: str, seen: Seen | None = None
) -> FapiaoService:
    """Set up a service; the one that is switched on takes the place of another. An empty secret keeps the stored one.

    `by_itself`: it issues as soon as an order is paid. Raises NotFound (no such service), InvalidInput (`field` names
    the one that is missing or does not fit).
    """
    hold(f"fapiao:{code}", seen)
    if code not in providers:
        raise NotFound()
    row = locks.lock_service(code)
    before = _told(row)
    fields = providers.get(code).description.fields
    row.settings = taken(fields, row.settings, values, purpose=PURPOSE, longest=MAXIMUM_TEXT, complete=enabled)
    row.enabled, row.by_itself = enabled, by_itself
    if enabled:
        FapiaoService.objects.filter(enabled=True).exclude(code=code).update(enabled=False)
    row.save()
    record_change(
        area="taxes", reference=f"fapiao_service:{code}", label=code, before=before, after=_told(row), actor=actor
    )
    mark(TOPIC)
    return row


def check_service(*, code: str) -> str:
    """Ask the service whether the stored keys are right, and return what it says of the account.

    Never inside a transaction. NotFound, ProviderUnavailable, ProviderRefused.
    """
    found = known(code)
    if found is None:
        raise NotFound()
    require_no_transaction()
    provider, config = found
    return provider.check(config)


def _told(row: FapiaoService) -> dict[str, Any]:
    return {"enabled": row.enabled, "by_itself": row.by_itself, **told(row.settings)}
