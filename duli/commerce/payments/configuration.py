"""What the merchant set up for each gateway, read once per process and change."""

from __future__ import annotations

from dataclasses import dataclass

from duli.commerce.payments.gateway import GatewayConfig, PaymentGateway, RepliesAsSetUp, WebhookReply, gateways
from duli.commerce.payments.models import GatewaySetting, PaymentAttempt
from duli.commerce.payments.rules import MethodRules, rules_of
from duli.commerce.payments.types import UnknownMethod
from duli.platform.store.changes import ChangeCache
from duli.platform.store.setup_values import opened_all, replaced

TOPIC = "payment_methods"
PURPOSE = "payments.settings"


def to_config(row: GatewaySetting, *, test_mode: bool | None = None) -> GatewayConfig:
    """Return the row's settings over the gateway's defaults, secrets in clear.

    `test_mode` asks for the keys for trying out, or for the real ones; None: those that shoppers pay with now.
    """
    wanted = row.test_mode if test_mode is None else test_mode
    description = gateways.get(row.code).description if row.code in gateways else None
    stored = row.test_settings if wanted and description and description.has_test_mode else row.settings
    values = opened_all(description.fields if description else (), stored, purpose=PURPOSE)
    return GatewayConfig(row.code, values, wanted, replaced(stored, purpose=PURPOSE))


@dataclass(frozen=True, slots=True)
class Offer:
    """A gateway that is switched on, with the merchant's rules about who may use it."""

    config: GatewayConfig
    rules: MethodRules


_enabled: ChangeCache[tuple[Offer, ...]] = ChangeCache(1)
_configs: ChangeCache[GatewayConfig] = ChangeCache(64)


def offers() -> tuple[Offer, ...]:
    """Return the gateways that are switched on, in the merchant's order."""
    return _enabled.get_or_make(
        "all",
        lambda: tuple(
            Offer(to_config(row), rules_of(row.rules))
            for row in GatewaySetting.objects.filter(enabled=True)
            if row.code in gateways
        ),
        [TOPIC],
    )


def enabled_configs() -> tuple[GatewayConfig, ...]:
    """Return the setup of the gateways that are switched on, in the merchant's order."""
    return tuple(offer.config for offer in offers())


def config_of(code: str, *, test_mode: bool | None = None) -> GatewayConfig:
    """Return what was set up for `code`, switched on or not: money may still be under way."""
    return _configs.get_or_make(
        (code, test_mode),
        lambda: to_config(
            GatewaySetting.objects.filter(code=code).first() or GatewaySetting(code=code), test_mode=test_mode
        ),
        [TOPIC],
    )


def reply_of(code: str) -> WebhookReply:
    """Return what a provider wants to hear when its message is stored; UnknownMethod if it is gone."""
    gateway, config = known(code)
    return gateway.reply(config) if isinstance(gateway, RepliesAsSetUp) else gateway.description.received


def usable(code: str) -> tuple[PaymentGateway, GatewayConfig]:
    """Return a gateway that is switched on, or raise UnknownMethod."""
    for config in enabled_configs():
        if config.code == code:
            return gateways.get(code), config
    raise UnknownMethod(field="payment_method")


def known(code: str, *, test_mode: bool | None = None) -> tuple[PaymentGateway, GatewayConfig]:
    """Return a gateway and its setup even if it is switched off by now; UnknownMethod if it is gone."""
    if code not in gateways:
        raise UnknownMethod(field="payment_method")
    return gateways.get(code), config_of(code, test_mode=test_mode)


def known_for(attempt: PaymentAttempt) -> tuple[PaymentGateway, GatewayConfig]:
    """Return the gateway of an attempt with the keys it was made with, for trying out or real ones."""
    return known(attempt.gateway, test_mode=attempt.test_mode)
