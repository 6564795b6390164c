"""What the merchant set up for each provider of tracking, read once per process and change."""

from __future__ import annotations

from django.conf import settings

from duli.commerce.shipping.carrier import CarrierConfig, TrackingProvider, providers
from duli.commerce.shipping.models import CarrierAccount
from duli.platform.store.changes import ChangeCache
from duli.platform.store.setup_values import opened_all, replaced

TOPIC = "carrier_accounts"
PURPOSE = "shipping.carriers"
PUSH_PATH = "hooks/parcels/"

_enabled: ChangeCache[tuple[CarrierConfig, ...]] = ChangeCache(1)


def to_config(row: CarrierAccount) -> CarrierConfig:
    """Return the row's settings over the provider's defaults, secrets in clear."""
    fields = providers.get(row.code).description.fields if row.code in providers else ()
    values = opened_all(fields, row.settings, purpose=PURPOSE)
    return CarrierConfig(row.code, values, replaced(row.settings, purpose=PURPOSE))


def enabled_configs() -> tuple[CarrierConfig, ...]:
    """Return the providers that are switched on, in the merchant's order."""
    return _enabled.get_or_make(
        "all",
        lambda: tuple(to_config(row) for row in CarrierAccount.objects.filter(enabled=True) if row.code in providers),
        [TOPIC],
    )


def provider_for(carrier: str) -> tuple[TrackingProvider, CarrierConfig] | None:
    """Return the first provider that is switched on and follows parcels of this carrier."""
    for config in enabled_configs():
        provider = providers.get(config.code)
        if provider.follows(carrier, config):
            return provider, config
    return None


def known(code: str) -> tuple[TrackingProvider, CarrierConfig] | None:
    """Return a provider and its set-up even if it is switched off by now; None if it is gone or was never set up."""
    if code not in providers:
        return None
    for config in enabled_configs():
        if config.code == code:
            return providers.get(code), config
    row = CarrierAccount.objects.filter(code=code).first()
    return (providers.get(code), to_config(row)) if row else None


def provider_name(code: str) -> str:
    """Return what a provider is called; its code if it is gone."""
    return str(providers.get(code).description.name) if code in providers else code


def push_url(code: str, token: str = "") -> str:
    """Return the public address for a provider's messages: about one parcel, or of the whole account."""
    return f"{settings.PUBLIC_URL}/{PUSH_PATH}{code}" + (f"/{token}" if token else "")
