from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext

from duli.commerce.orders.models.order import Order
from duli.commerce.orders.models.refunds import OrderRefund
from duli.commerce.orders.states import DocumentKind


class DocumentSeries(models.Model):
    """The counter of one kind of document: its row is locked while a number is taken, so that none is ever lost."""

    kind = models.CharField(max_length=12, choices=DocumentKind.choices, unique=True)
    prefix = models.CharField(max_length=12)
    next_number = models.PositiveIntegerField(default=1)

    def __str__(self) -> str:
        return f"{self.prefix}{self.next_number}"


class Document(models.Model):
    """An invoice or a credit note as it was issued. Never changed, never deleted: a mistake gets a credit note.

    What an order costs more after its invoice gets an invoice that `corrects` the first one.
    """

    kind = models.CharField(max_length=12, choices=DocumentKind.choices)
    series = models.ForeignKey(DocumentSeries, on_delete=models.PROTECT, related_name="documents")
    number = models.PositiveIntegerField()
    label = models.CharField(max_length=24, unique=True, help_text='As printed: "INV-000123".')
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="documents")
    refund = models.OneToOneField(OrderRefund, null=True, blank=True, on_delete=models.PROTECT, related_name="document")
    corrects = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="corrections",
        help_text="The invoice that a credit note takes back a part of, or that another one adds to.",
    )  # fmt: skip
    language = models.CharField(max_length=12)
    currency = models.CharField(max_length=3)
    total_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField()
    snapshot = models.JSONField(help_text="Everything that is printed; see `services/documents.py`.")
    issued_at = models.DateTimeField(db_index=True)
    actor = models.CharField(max_length=80)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["series", "number"], name="document_number_once"),
            models.UniqueConstraint(
                fields=["order"], condition=Q(kind="invoice", corrects__isnull=True), name="one_first_invoice_an_order"
            ),
            models.CheckConstraint(
                condition=Q(kind="invoice", refund__isnull=True) | Q(kind="credit_note", corrects__isnull=False),
                name="credit_note_corrects_an_invoice",
            ),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def is_supplementary(self) -> bool:
        return self.kind == DocumentKind.INVOICE and self.corrects_id is not None

    @property
    def title(self) -> str:
        """What is written above it, in the language that is active."""
        return gettext("Supplementary invoice") if self.is_supplementary else str(DocumentKind(self.kind).label)
