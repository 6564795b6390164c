from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class CarrierQuote(models.Model):
    """What a seller of labels asked for one way and weight; names nobody, only what the price depends on, as a hash."""

    key = models.CharField(max_length=64, unique=True, help_text="Of seller, way, weight and measures.")
    seller = models.SlugField(max_length=40)
    mode = models.CharField(max_length=4, help_text="live, or test.")
    shipment_key = models.CharField(max_length=80, blank=True, help_text="What the seller calls it.")
    offers = models.JSONField(default=list, help_text="Fields of an Offer each.")
    problem = models.CharField(max_length=60, blank=True, help_text="Why there are none.")
    detail = models.CharField(max_length=300, blank=True)
    asked_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["seller", "-asked_at"], name="carrier_quotes_by_age")]

    def __str__(self) -> str:
        return f"{self.seller} {self.key[:8]}"


class ShippingLabel(models.Model):
    """A label that was asked for: written down before it is bought, so that no purchase is forgotten."""

    class State(models.TextChoices):
        ASKED = "asked", _("Being bought")
        BOUGHT = "bought", pgettext_lazy("label", "Bought")
        FAILED = "failed", _("Not bought")
        VOIDING = "voiding", _("Given back, not paid back yet")
        VOIDED = "voided", _("Paid back")
        VOID_REJECTED = "void_rejected", _("Not taken back")

    reference = models.CharField(max_length=80, db_index=True, help_text='What it was bought for: "order:5".')
    parcel = models.CharField(max_length=80, blank=True, db_index=True, help_text='What it is stuck to: "parcel:12".')
    plan = models.JSONField(default=dict, help_text="What becomes of it once it is bought; the caller's.")
    idempotency_key = models.CharField(max_length=80, unique=True)
    seller = models.SlugField(max_length=40)
    mode = models.CharField(max_length=4)
    shipment_key = models.CharField(max_length=80)
    offer_key = models.CharField(max_length=80)
    carrier = models.CharField(max_length=40, blank=True)
    name = models.CharField(max_length=80, blank=True, help_text="What the seller calls the carrier.")
    service = models.CharField(max_length=80, blank=True)
    number = models.CharField(max_length=80, blank=True)
    document_url = models.URLField(max_length=500, blank=True)
    price_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=14, choices=State.choices, default=State.ASKED)
    problem = models.CharField(max_length=60, blank=True)
    detail = models.CharField(max_length=300, blank=True)
    actor = models.CharField(max_length=80)
    created_at = models.DateTimeField()
    bought_at = models.DateTimeField(null=True, blank=True)
    voided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["seller", "shipment_key"], name="label_of_a_shipment_once"),
            models.CheckConstraint(condition=Q(price_minor__gte=0), name="label_price_not_negative"),
        ]
        indexes = [models.Index(fields=["state", "created_at"], name="labels_by_state")]

    def __str__(self) -> str:
        return f"{self.name} {self.service} {self.number}"
