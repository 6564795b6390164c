from __future__ import annotations

from duli.platform.jobs.registry import job


@job("tokens.prune", schedule="20 4 * * *")
def prune() -> None:
    from duli.platform.tokens import services

    services.prune()
