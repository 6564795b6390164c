from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from duli.base.errors import InvalidInput, NotFound
from duli.base.setup_fields import cleaned
from duli.commerce.payments import locks
from duli.commerce.payments.configuration import PURPOSE, TOPIC, known
from duli.commerce.payments.gateway import ChecksConnection, SettingField, gateways
from duli.commerce.payments.models import GatewaySetting
from duli.commerce.payments.rules import MethodRules, stored_rules
from duli.commerce.payments.types import SetupIncomplete
from duli.platform.audit.services import record_change
from duli.platform.store.changes import mark
from duli.platform.store.outside import require_no_transaction
from duli.platform.store.seen import Seen, hold
from duli.platform.store.setup_values import exchange, told

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
    rules: MethodRules | None = None,
    for_test: bool = False,
) -> GatewaySetting:
    """Set up a payment method. `values` by the gateway's fields; an empty secret keeps the one that is stored.

    A secret that is exchanged is still believed for a week (`GatewayConfig.secrets`), so that what was signed with it
    is not lost. `for_test`: `values` are the keys for trying out, where the gateway has such; `test_mode` says which
    keys shoppers pay with. `rules` says where, to whom and for how much it is offered; None keeps them.
    Raises NotFound (no such gateway), InvalidInput (`field` names the one that is missing or does not fit).
    """
    hold(f"gateway:{code}", seen)
    if code not in gateways:
        raise NotFound()
    row = locks.lock_setting(code)
    description = gateways.get(code).description
    for_test = for_test and description.has_test_mode
    stored = dict(row.test_settings if for_test else row.settings)
    before = _told(row, stored)
    # Only the keys that shoppers pay with have to be complete.
    is_used = enabled and (for_test == test_mode or not description.has_test_mode)
    for entry in description.fields:
        value = values.get(entry.name, stored.get(entry.name, entry.default))
        if entry.kind == "secret":
            text = value if isinstance(value, str) else ""
            if text:
                exchange(stored, entry.name, cleaned(entry, text, longest=MAXIMUM_TEXT), purpose=PURPOSE)
        else:
            stored[entry.name] = _clean(entry, value)
        if is_used and entry.is_needed(stored) and not stored.get(entry.name):
            raise InvalidInput(field=entry.name)
    row.enabled = enabled
    row.position = position
    row.test_mode = test_mode
    if for_test:
        row.test_settings = stored
    else:
        row.settings = stored
    if rules is not None:
        row.rules = stored_rules(rules)
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


def check_gateway(*, code: str, for_test: bool = False) -> str:
    """Ask the provider for something harmless with the stored keys; return the account it knows us by, "" if unnamed.

    Calls the provider, so never inside a transaction. NotFound (no such gateway, or one that cannot be asked),
    SetupIncomplete (something that it needs is not stored yet), GatewayRefused, GatewayUnavailable.
    """
    require_no_transaction()
    gateway, config = known(code, test_mode=for_test) if code in gateways else (None, None)
    if not isinstance(gateway, ChecksConnection) or config is None:
        raise NotFound()
    missing = [
        str(entry.label)
        for entry in gateway.description.fields
        if entry.is_needed(config.values) and not config.text(entry.name)
    ]
    if missing:
        raise SetupIncomplete(fields=" · ".join(missing))
    return gateway.check(config)


def _told(row: GatewaySetting, stored: Mapping[str, Any]) -> dict[str, Any]:
    return {"enabled": row.enabled, "position": row.position, "test_mode": row.test_mode, **row.rules, **told(stored)}


def _clean(entry: SettingField, value: object) -> object:
    if entry.kind == "number":
        try:
            number = int(str(value or 0))
        except ValueError:
            raise InvalidInput(field=entry.name) from None
        if not 0 <= number <= 10**9:
            raise InvalidInput(field=entry.name)
        return number
    return cleaned(entry, value, longest=MAXIMUM_TEXT)
