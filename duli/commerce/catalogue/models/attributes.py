from __future__ import annotations

from django.db import models
from django.db.models import Q

from duli.commerce.catalogue.states import AttributeKind


class Attribute(models.Model):
    """A typed fact about products, such as material or battery life."""

    code = models.SlugField(max_length=80, unique=True)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=10, choices=AttributeKind.choices, default=AttributeKind.TEXT)
    unit = models.CharField(max_length=20, blank=True)
    is_filterable = models.BooleanField(default=False, help_text="Offered as a filter on listings.")
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.name


class ProductAttribute(models.Model):
    """One value; a text attribute may have several for one product."""

    product = models.ForeignKey("catalogue.Product", on_delete=models.CASCADE, related_name="attribute_values")
    attribute = models.ForeignKey(Attribute, on_delete=models.CASCADE, related_name="product_values")
    text = models.CharField(max_length=255, blank=True)
    number = models.DecimalField(max_digits=18, decimal_places=4, null=True, blank=True)
    boolean = models.BooleanField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["attribute", "text", "product"])]
        constraints = [
            models.CheckConstraint(
                condition=~Q(text="") | Q(number__isnull=False) | Q(boolean__isnull=False),
                name="attribute_has_a_value",
            )
        ]


class AttributeValue(models.Model):
    """A text that products have as an attribute's value, made once it is called something in another language.

    Products keep the text itself; this row is what its translations (kind "attribute_value") hang on, so that
    "oak" is translated once for all of them. Of a choice or colour the rows are the list of what a product may have.
    """

    attribute = models.ForeignKey(Attribute, on_delete=models.CASCADE, related_name="named_values")
    text = models.CharField(max_length=255)
    position = models.PositiveSmallIntegerField(default=0)
    swatch = models.CharField(max_length=7, blank=True, help_text="#rrggbb, shown as a dot.")

    class Meta:
        ordering = ["position", "pk"]
        constraints = [models.UniqueConstraint(fields=["attribute", "text"], name="attribute_value_once")]
