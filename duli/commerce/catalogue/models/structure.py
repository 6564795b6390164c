from __future__ import annotations

from django.db import models
from treebeard.mp_tree import MP_Node

from duli.commerce.catalogue.states import CollectionKind, CollectionSort


class Brand(models.Model):
    handle = models.CharField(max_length=160, unique=True)
    name = models.CharField(max_length=160)
    description_html = models.TextField(blank=True)
    logo = models.ForeignKey("media.Asset", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    def __str__(self) -> str:
        return self.name


class Tag(models.Model):
    handle = models.CharField(max_length=160, unique=True)
    name = models.CharField(max_length=160)

    def __str__(self) -> str:
        return self.name


class Category(MP_Node):  # type: ignore[misc]
    """A place in the shop's tree; a product is listed under its categories and all their ancestors."""

    handle = models.CharField(max_length=160, unique=True)
    name = models.CharField(max_length=160)
    description_html = models.TextField(blank=True)
    image = models.ForeignKey("media.Asset", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    seo_title = models.CharField(max_length=200, blank=True)
    seo_description = models.CharField(max_length=400, blank=True)
    is_visible = models.BooleanField(default=True)

    node_order_by: list[str] = []

    def __str__(self) -> str:
        return self.name


class Collection(models.Model):
    """A hand-picked or rule-based set of products with a page of its own."""

    handle = models.CharField(max_length=160, unique=True)
    title = models.CharField(max_length=200)
    description_html = models.TextField(blank=True)
    kind = models.CharField(max_length=10, choices=CollectionKind.choices, default=CollectionKind.MANUAL)
    rules = models.JSONField(
        default=dict, blank=True, help_text='{"match": "all"|"any", "conditions": [{field, operator, value}]}'
    )
    sort = models.CharField(max_length=20, choices=CollectionSort.choices, default=CollectionSort.MANUAL)
    image = models.ForeignKey("media.Asset", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    seo_title = models.CharField(max_length=200, blank=True)
    seo_description = models.CharField(max_length=400, blank=True)
    is_published = models.BooleanField(default=True)
    position = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.title


class CollectionProduct(models.Model):
    """Membership, stored for manual and rule-based collections alike, so that a listing reads one table."""

    collection = models.ForeignKey(Collection, on_delete=models.CASCADE, related_name="memberships")
    product = models.ForeignKey("catalogue.Product", on_delete=models.CASCADE, related_name="memberships")
    position = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [models.UniqueConstraint(fields=["collection", "product"], name="collection_product_once")]
        indexes = [models.Index(fields=["collection", "position", "product"])]


class ProductCategory(models.Model):
    """A product's categories, ancestors included (`is_direct` false), so that a listing reads one table."""

    product = models.ForeignKey("catalogue.Product", on_delete=models.CASCADE, related_name="category_links")
    category = models.ForeignKey(Category, on_delete=models.CASCADE, related_name="product_links")
    is_direct = models.BooleanField(default=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["category", "product"], name="category_product_once")]


class HandleRedirect(models.Model):
    """An address something had before; answered with 301."""

    kind = models.CharField(max_length=20)
    handle = models.CharField(max_length=160)
    object_id = models.BigIntegerField()
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "handle"], name="handle_redirect_once")]
