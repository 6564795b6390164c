"""Promotions that belong to something above, which alone changes them: the price of a flash sale is one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from duli.commerce.promotions.types import PromotionOwned


@dataclass(frozen=True, slots=True)
class Owner:
    """What a promotion belongs to: `reference` ("flash_sale:7") is what its owner says who it is by."""

    reference: str
    name: str


_finders: list[Callable[[int], Owner | None]] = []


def register(find: Callable[[int], Owner | None]) -> None:
    """Let a room above say which promotions are its own."""
    _finders.append(find)


def check_free(promotion_id: int, by: str) -> None:
    """Raise PromotionOwned unless the promotion belongs to nothing, or to whoever asks (`by`, a reference)."""
    for find in _finders:
        owner = find(promotion_id)
        if owner is not None and owner.reference != by:
            kind, _colon, key = owner.reference.partition(":")
            raise PromotionOwned(name=owner.name, fields={kind: key})
