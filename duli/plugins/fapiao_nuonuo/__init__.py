"""Nuonuo (诺诺): fapiao issued by its open platform."""

from __future__ import annotations


def register() -> None:
    """Add the provider to the registry."""
    from duli.commerce.fapiao.provider import providers
    from duli.plugins.fapiao_nuonuo.provider import nuonuo

    providers.register(nuonuo.code, nuonuo)
