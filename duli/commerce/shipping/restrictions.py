"""Goods that cannot go everywhere: which products of a cart may not be sent where, or not by which methods."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from duli.commerce.catalogue.models import Product, ProductCategory
from duli.commerce.shipping.models import Restriction
from duli.commerce.shipping.types import Block
from duli.platform.store.changes import ChangeCache


@dataclass(frozen=True, slots=True)
class _Rule:
    reason: str
    tags: frozenset[int]
    categories: frozenset[int]
    products: frozenset[int]
    countries: frozenset[str]
    is_elsewhere: bool
    methods: tuple[str, ...]

    def concerns(self, country: str) -> bool:
        return not self.countries or (country in self.countries) != self.is_elsewhere


_rules: ChangeCache[list[_Rule]] = ChangeCache(1)


def _active_rules() -> list[_Rule]:
    """Return what is restricted; read once and again when it changes."""
    return _rules.get_or_make("active", _read, ["shipping"])


def _read() -> list[_Rule]:
    return [
        _Rule(
            row.reason,
            frozenset(row.tag_ids),
            frozenset(row.category_ids),
            frozenset(row.product_ids),
            frozenset(row.countries),
            row.is_elsewhere,
            tuple(row.method_codes),
        )
        for row in Restriction.objects.filter(is_active=True)
    ]


def blocks(product_ids: Sequence[int], country: str) -> list[Block]:
    """Return what keeps products from a country: two queries at most, none where nothing is restricted there."""
    rules = [rule for rule in _active_rules() if rule.concerns(country)]
    if not rules or not product_ids:
        return []
    tags: dict[int, set[int]] = {}
    categories: dict[int, set[int]] = {}
    if any(rule.tags for rule in rules):
        through = Product.tags.through.objects.filter(product_id__in=product_ids)
        for product_id, tag_id in through.values_list("product_id", "tag_id"):
            tags.setdefault(product_id, set()).add(tag_id)
    if any(rule.categories for rule in rules):
        # A product is listed under all the categories above its own, too.
        rows = ProductCategory.objects.filter(product_id__in=product_ids)
        for product_id, category_id in rows.values_list("product_id", "category_id"):
            categories.setdefault(product_id, set()).add(category_id)
    return [
        Block(product_id, rule.methods, rule.reason)
        for product_id in dict.fromkeys(product_ids)
        for rule in rules
        if product_id in rule.products
        or rule.tags & tags.get(product_id, set())
        or rule.categories & categories.get(product_id, set())
    ]
