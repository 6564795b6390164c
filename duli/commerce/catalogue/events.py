from __future__ import annotations

from dataclasses import dataclass

from duli.platform.events.registry import event


@event("catalogue.products_changed")
@dataclass(frozen=True, slots=True)
class ProductsChanged:
    """Products were created or changed in any part; search and rule-based collections follow."""

    product_ids: tuple[int, ...]


@event("catalogue.products_deleted")
@dataclass(frozen=True, slots=True)
class ProductsDeleted:
    product_ids: tuple[int, ...]


@event("catalogue.structure_changed")
@dataclass(frozen=True, slots=True)
class StructureChanged:
    """A category, collection or brand was created, changed, moved or removed."""

    kind: str
    object_id: int
