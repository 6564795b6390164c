from __future__ import annotations

from django.db import models


class SizeGuide(models.Model):
    """How big each size is, for kinds of products or single ones; a product's own guide goes before its kind's.

    `measures` is a table as text: a row a line, cells apart by a tab or a bar, the first row its head.
    """

    name = models.CharField(max_length=160, unique=True)
    measures = models.TextField()
    advice = models.TextField(blank=True, help_text="How to measure, as plain text.")
    product_types = models.ManyToManyField("catalogue.ProductType", blank=True, related_name="size_guides")
    products = models.ManyToManyField("catalogue.Product", blank=True, related_name="size_guides")

    def __str__(self) -> str:
        return self.name
