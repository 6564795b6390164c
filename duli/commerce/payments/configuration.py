"""What the merchant set up for each gateway, read once per process and change."""

from __future__ import annotations

from typing import Any

from duli.commerce.payments.gateway import GatewayConfig, PaymentGateway, gateways
from duli.commerce.payments.models import GatewaySetting
from duli.commerce.payments.types import UnknownMethod
from duli.platform.store.changes import ChangeCache
from duli.platform.store.sealing import unseal

TOPIC = "payment_methods"
SEALED = "$sealed"
PURPOSE = "payments.settings"

_enabled: ChangeCache[tuple[GatewayConfig, ...]] = ChangeCache(1)
_configs: ChangeCache[GatewayConfig] = ChangeCache(64)


def _opened(value: Any) -> Any:
    return unseal(value[SEALED], purpose=PURPOSE) if isinstance(value, dict) and SEALED in value else value


def to_config(row: GatewaySetting) -> GatewayConfig:
    """Return the row's settings over the gateway's defaults, secrets in clear."""
    values: dict[str, Any] = {}
    if row.code in gateways:
        values = {entry.name: entry.default for entry in gateways.get(row.code).description.fields}
    values.update({name: _opened(value) for name, value in row.settings.items()})
    return GatewayConfig(row.code, values, row.test_mode)


def enabled_configs() -> tuple[GatewayConfig, ...]:
    """Return the gateways that are switched on, in the merchant's order."""
    return _enabled.get_or_make(
        "all",
        lambda: tuple(to_config(row) for row in GatewaySetting.objects.filter(enabled=True) if row.code in gateways),
        [TOPIC],
    )


def config_of(code: str) -> GatewayConfig:
    """Return what was set up for `code`, switched on or not: money may still be under way."""
    return _configs.get_or_make(
        code,
        lambda: to_config(GatewaySetting.objects.filter(code=code).first() or GatewaySetting(code=code)),
        [TOPIC],
    )


def usable(code: str) -> tuple[PaymentGateway, GatewayConfig]:
    """Return a gateway that is switched on, or raise UnknownMethod."""
    for config in enabled_configs():
        if config.code == code:
            return gateways.get(code), config
    raise UnknownMethod(field="payment_method")


def known(code: str) -> tuple[PaymentGateway, GatewayConfig]:
    """Return a gateway and its setup even if it is switched off by now; UnknownMethod if it is gone."""
    if code not in gateways:
        raise UnknownMethod(field="payment_method")
    return gateways.get(code), config_of(code)
