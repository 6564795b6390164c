"""Rules of a collection: ``{"match": "all"|"any", "conditions": [{"field", "operator", "value"}]}``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from duli.base.errors import InvalidInput
from duli.commerce.catalogue.models import Product, ProductCategory, Variant

OPERATORS = {"is", "is_not", "contains", "starts_with"}
_LOOKUPS = {"is": "", "is_not": "", "contains": "__icontains", "starts_with": "__istartswith"}


def _path(path: str) -> Callable[[str, str], Q]:
    def build(operator: str, value: str) -> Q:
        return Q(**{f"{path}{_LOOKUPS[operator]}": value})

    return build


def _related(path: str) -> Callable[[str, str], Q]:
    """A condition on a to-many relation, as a subquery, so that products are not repeated."""

    def build(operator: str, value: str) -> Q:
        through = Product.objects.filter(pk=OuterRef("pk"), **{f"{path}{_LOOKUPS[operator]}": value})
        return Q(Exists(through))

    return build


def _category(operator: str, value: str) -> Q:
    return Q(Exists(ProductCategory.objects.filter(product=OuterRef("pk"), category__handle=value)))


def _sku(operator: str, value: str) -> Q:
    rows = Variant.objects.filter(product=OuterRef("pk"), is_active=True)
    return Q(Exists(rows.filter(**{f"sku{_LOOKUPS[operator]}": value})))


FIELDS: dict[str, Callable[[str, str], Q]] = {
    "title": _path("title"),
    "brand": _path("brand__name"),
    "type": _path("product_type__name"),
    "tag": _related("tags__name"),
    "category": _category,
    "sku": _sku,
}


def validate_rules(rules: Mapping[str, Any]) -> None:
    """Raise InvalidInput unless the rules have a known form and at least one condition."""
    conditions = rules.get("conditions")
    if rules.get("match", "all") not in {"all", "any"} or not isinstance(conditions, list) or not conditions:
        raise InvalidInput(field="rules")
    for condition in conditions:
        if (
            not isinstance(condition, dict)
            or condition.get("field") not in FIELDS
            or condition.get("operator") not in OPERATORS
            or not isinstance(condition.get("value"), str)
            or not condition["value"].strip()
        ):
            raise InvalidInput(field="rules")


def matching_products(rules: Mapping[str, Any]) -> QuerySet[Product]:
    """Return the products that the rules describe, whatever their status."""
    validate_rules(rules)
    combined = Q()
    for condition in rules["conditions"]:
        part = FIELDS[condition["field"]](condition["operator"], condition["value"].strip())
        if condition["operator"] == "is_not":
            part = ~part
        combined = combined | part if rules.get("match") == "any" else combined & part
    return Product.objects.filter(combined)
