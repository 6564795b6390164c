from __future__ import annotations

from duli.platform.jobs.registry import job


@job("wishes.tell")
def tell(*, variant_id: int) -> None:
    """Write to those who wait for a variant, some hundred at a time."""
    from duli.growth.wishes.services.requests import tell as verb

    while verb(variant_id=variant_id):
        pass


@job("wishes.sweep", schedule="*/15 * * * *")
def sweep() -> None:
    """Find what came back without stock moving: no longer counted, sold in advance, or shown again."""
    from duli.growth.wishes.selectors import back_in_stock

    for variant_id in back_in_stock():
        tell.enqueue(variant_id=variant_id)


@job("wishes.forget", schedule="43 4 * * *")
def forget() -> None:
    from duli.growth.wishes.services import lists, requests

    requests.forget_old()
    lists.forget_old()
