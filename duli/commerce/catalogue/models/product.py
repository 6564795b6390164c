from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from duli.commerce.catalogue.models.structure import Brand, Tag
from duli.commerce.catalogue.states import ContentUnit, ProductStatus
from duli.commerce.catalogue.units import content_of


class ProductType(models.Model):
    """A kind of product and the attributes that make sense for it."""

    handle = models.CharField(max_length=160, unique=True)
    name = models.CharField(max_length=160)
    attributes = models.ManyToManyField("catalogue.Attribute", blank=True, related_name="product_types")
    required_attributes = models.ManyToManyField("catalogue.Attribute", blank=True, related_name="+")

    def __str__(self) -> str:
        return self.name


class SafetyContact(models.Model):
    """A company that product pages name as the maker, or as the person responsible in the EU (GPSR, article 19)."""

    name = models.CharField(max_length=160, unique=True)
    address = models.CharField(max_length=400, help_text="Postal address.")
    contact = models.CharField(max_length=200, help_text="E-mail or web address.")

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


def on_sale(instant: object, through: str = "") -> Q:
    """Say in SQL whether shoppers may see a product at `instant` (datetime, UTC).

    From another table it is reached by `through` ("product__"): asked whether it is among all that are on sale, SQLite
    gathers those first.
    """
    not_ended = Q((f"{through}unpublished_at__isnull", True)) | Q((f"{through}unpublished_at__gt", instant))
    return not_ended & Q((f"{through}status", ProductStatus.ACTIVE), (f"{through}published_at__lte", instant))


class ProductQuerySet(models.QuerySet["Product"]):
    def on_sale_at(self, instant: object) -> ProductQuerySet:
        """Products that shoppers may see at `instant` (datetime, UTC)."""
        return self.filter(on_sale(instant))


class Product(models.Model):
    handle = models.CharField(max_length=160, unique=True)
    title = models.CharField(max_length=255)
    description_html = models.TextField(blank=True)
    status = models.CharField(max_length=10, choices=ProductStatus.choices, default=ProductStatus.DRAFT)
    published_at = models.DateTimeField(null=True, blank=True, help_text="Visible from; empty means not published.")
    unpublished_at = models.DateTimeField(null=True, blank=True, help_text="Hidden from; empty means never.")
    product_type = models.ForeignKey(ProductType, null=True, blank=True, on_delete=models.SET_NULL)
    brand = models.ForeignKey(Brand, null=True, blank=True, on_delete=models.SET_NULL, related_name="products")
    tags = models.ManyToManyField(Tag, blank=True, related_name="products")
    is_gift_card = models.BooleanField(default=False, help_text="Each unit becomes a gift card worth its price.")
    tax_class = models.SlugField(max_length=40, default="standard")
    hs_code = models.CharField(max_length=14, blank=True)
    origin_country = models.CharField(max_length=2, blank=True)
    maker = models.ForeignKey(SafetyContact, null=True, blank=True, on_delete=models.SET_NULL, related_name="made")
    responsible_person = models.ForeignKey(
        SafetyContact, null=True, blank=True, on_delete=models.SET_NULL, related_name="answered_for"
    )
    safety_text = models.TextField(blank=True, help_text="Warnings and safety information, as plain text.")
    seo_title = models.CharField(max_length=200, blank=True)
    seo_description = models.CharField(max_length=400, blank=True)
    sales_count = models.PositiveIntegerField(default=0, help_text="Units sold, for sorting by best selling.")
    source = models.CharField(max_length=200, blank=True, db_index=True, help_text="Key in the system it came from.")
    version = models.PositiveIntegerField(default=1, help_text="Raised by every save; guards against lost edits.")
    created_at = models.DateTimeField(db_index=True)
    updated_at = models.DateTimeField()

    objects: ClassVar[models.Manager[Product]] = ProductQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["status", "published_at"]),
            models.Index(fields=["-sales_count", "id"]),
            models.Index(fields=["-created_at", "id"], name="product_newest"),
        ]

    def __str__(self) -> str:
        return self.title


class ProductOption(models.Model):
    """A dimension of choice, such as colour."""

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="options")
    name = models.CharField(max_length=80)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [models.UniqueConstraint(fields=["product", "name"], name="option_name_once")]


class OptionValue(models.Model):
    option = models.ForeignKey(ProductOption, on_delete=models.CASCADE, related_name="values")
    name = models.CharField(max_length=120)
    swatch = models.CharField(max_length=7, blank=True, help_text="#rrggbb, shown as a dot.")
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [models.UniqueConstraint(fields=["option", "name"], name="option_value_once")]


class ProductMedia(models.Model):
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="media")
    asset = models.ForeignKey("media.Asset", on_delete=models.PROTECT, related_name="+")
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [models.UniqueConstraint(fields=["product", "asset"], name="product_asset_once")]


class RelatedProduct(models.Model):
    """A product that staff want to be shown on another's page."""

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="related_links")
    related = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="+")
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["product", "related"], name="related_product_once"),
            models.CheckConstraint(condition=~Q(product=F("related")), name="related_to_another"),
        ]


class Variant(models.Model):
    """What is actually bought: one combination of option values (or the only one)."""

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="variants")
    sku = models.CharField(max_length=100, blank=True)
    barcode = models.CharField(max_length=60, blank=True)
    position = models.PositiveIntegerField(default=0)
    option_value_ids = models.JSONField(default=list, help_text="OptionValue ids in the order of the options.")
    combination = models.CharField(max_length=200, default="", help_text='The same ids as text: "12-40".')
    title = models.CharField(max_length=255, blank=True, help_text='The value names: "Slate / Oak".')
    weight_grams = models.PositiveIntegerField(default=0)
    tax_class = models.SlugField(
        max_length=40, blank=True, default="", db_index=False, help_text="Empty means the product's."
    )
    hs_code = models.CharField(max_length=14, blank=True)
    origin_country = models.CharField(max_length=2, blank=True, help_text="Empty means the product's.")
    content_amount = models.DecimalField(
        max_digits=10, decimal_places=3, null=True, blank=True, help_text="How much is in it, for the unit price."
    )
    content_unit = models.CharField(max_length=4, choices=ContentUnit.choices, blank=True)
    requires_shipping = models.BooleanField(default=True)
    tracks_stock = models.BooleanField(default=True)
    image = models.ForeignKey("media.Asset", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    is_active = models.BooleanField(default=True, help_text="False when removed but still on old orders.")

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["product", "combination"], condition=Q(is_active=True), name="variant_combination_once"
            ),
            models.CheckConstraint(
                condition=Q(content_amount__isnull=True, content_unit="")
                | (Q(content_amount__gt=0) & ~Q(content_unit="")),
                name="variant_content_has_a_unit",
            ),
            models.UniqueConstraint(fields=["sku"], condition=~Q(sku="") & Q(is_active=True), name="variant_sku_once"),
        ]

    def __str__(self) -> str:
        return self.sku or self.title

    @property
    def content(self) -> str:
        """How much is in it as people write it, "" where nobody said."""
        found = content_of(self.content_amount, self.content_unit)
        return found.text if found else ""
