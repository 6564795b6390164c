from __future__ import annotations

from duli.platform.jobs.registry import job


@job("content.publish_due", schedule="* * * * *")
def publish_due() -> None:
    """Publish and take back pages whose time has come."""
    from duli.growth.content import services

    services.publish_due()
