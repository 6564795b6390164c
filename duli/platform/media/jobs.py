from __future__ import annotations

from duli.platform.jobs.registry import job


@job("media.render", attempts=3, bulk=True)
def render(*, asset_id: int) -> None:
    """Make the renditions of a picture before the first shopper asks for them."""
    from duli.platform.media.renditions import render_all

    render_all(asset_id=asset_id)
