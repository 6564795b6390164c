"""What the merchant set up for the services that issue fapiao, read once per process and change."""

from __future__ import annotations

from duli.commerce.fapiao.models import FapiaoService
from duli.commerce.fapiao.provider import FapiaoProvider, ProviderConfig, providers
from duli.platform.store.changes import ChangeCache
from duli.platform.store.setup_values import opened_all

TOPIC = "fapiao_services"
PURPOSE = "fapiao.services"


def to_config(row: FapiaoService) -> ProviderConfig:
    """Return the row's settings over the service's defaults, secrets in clear."""
    fields = providers.get(row.code).description.fields if row.code in providers else ()
    return ProviderConfig(row.code, opened_all(fields, row.settings, purpose=PURPOSE))


_in_use: ChangeCache[tuple[ProviderConfig, bool] | None] = ChangeCache(1)


def in_use() -> tuple[ProviderConfig, bool] | None:
    """Return the service that is switched on and whether it issues by itself; None: they are issued by hand."""

    def read() -> tuple[ProviderConfig, bool] | None:
        row = FapiaoService.objects.filter(enabled=True).first()
        return (to_config(row), row.by_itself) if row and row.code in providers else None

    return _in_use.get_or_make("service", read, [TOPIC])


def known(code: str) -> tuple[FapiaoProvider, ProviderConfig] | None:
    """Return a service and its set-up even if it is switched off by now; None if it is gone or was never set up."""
    row = FapiaoService.objects.filter(code=code).first() if code in providers else None
    return (providers.get(code), to_config(row)) if row else None
