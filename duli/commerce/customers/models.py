from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Customer(models.Model):
    """One buyer. A guest has no user; an account claims a guest's orders only once its contact is verified."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="customer"
    )
    name = models.CharField(max_length=120, blank=True)
    email = models.EmailField(blank=True, db_index=True)
    phone = models.CharField(max_length=32, blank=True, db_index=True)
    language = models.CharField(max_length=12, blank=True)
    note = models.TextField(blank=True)
    created_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.name or self.email or self.phone


class CustomerAddress(models.Model):
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="addresses")
    data = models.JSONField(help_text="An `Address` (customers.types) as a dictionary.")
    is_default = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-is_default", "pk"]


class StoreCreditEntry(models.Model):
    """One change of a customer's credit, never altered; the balance is the sum. Minor units of `currency`."""

    class Reason(models.TextChoices):
        REFUND = "refund", _("Refund")
        GOODWILL = "goodwill", _("Goodwill")
        CORRECTION = "correction", _("Correction")
        SPENT = "spent", _("Spent")

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="credit_entries")
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField(help_text="Above zero: given; below: taken.")
    reason = models.CharField(max_length=12, choices=Reason.choices)
    reference = models.CharField(max_length=60, blank=True, db_index=True, help_text='What it is for: "order:12".')
    note = models.CharField(max_length=255, blank=True)
    actor = models.CharField(max_length=80)
    idempotency_key = models.CharField(max_length=120, unique=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-pk"]
        constraints = [models.CheckConstraint(condition=~models.Q(amount_minor=0), name="credit_entry_not_zero")]
        indexes = [models.Index(fields=["customer", "currency"], name="credit_of_customer")]
