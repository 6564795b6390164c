from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class FlashSale(models.Model):
    """What a merchant planned. Whether it runs is told by the clock: see `states.state_of`."""

    name = models.CharField(max_length=120)
    titles = models.JSONField(default=dict, blank=True, help_text="What shoppers read, by language; else the name.")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    is_planned = models.BooleanField(default=False, help_text="Its units are set aside and it starts by the clock.")
    is_listed = models.BooleanField(default=True, help_text="It stands on the page of flash sales before it starts.")
    pay_minutes = models.PositiveIntegerField(
        null=True, blank=True, help_text="Orders with its goods are paid within so many minutes; empty: as all orders."
    )
    waiting_room = models.BooleanField(default=False)
    batch_size = models.PositiveIntegerField(default=50, help_text="So many are let in at once.")
    batch_seconds = models.PositiveIntegerField(default=10, help_text="Every so many seconds.")
    admission_minutes = models.PositiveIntegerField(default=10, help_text="For so long somebody who is in may buy.")
    tickets = models.PositiveIntegerField(default=0, help_text="Numbers that the waiting room has given out.")
    admitted = models.PositiveIntegerField(default=0, help_text="Tickets up to this number are let in.")
    admitted_at = models.DateTimeField(null=True, blank=True, help_text="When the last batch was let in.")
    stopped_at = models.DateTimeField(null=True, blank=True, help_text="When staff ended it before its time.")
    closed_at = models.DateTimeField(null=True, blank=True, help_text="When what was left went back on ordinary sale.")
    version = models.PositiveIntegerField(default=1)
    created_by = models.CharField(max_length=80)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ["-starts_at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="flash_sale_ends_after_start"),
            models.CheckConstraint(condition=Q(admitted__lte=F("tickets")), name="flash_sale_admits_who_came"),
            models.CheckConstraint(
                condition=Q(batch_size__gt=0, batch_seconds__gt=0, admission_minutes__gt=0), name="flash_sale_admits"
            ),
        ]
        indexes = [
            models.Index(
                fields=["ends_at"], condition=Q(is_planned=True, closed_at__isnull=True), name="flash_sale_open"
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def reference(self) -> str:
        return f"flash_sale:{self.pk}"


class Item(models.Model):
    """A variant in a sale. `left` is what its entries add up to; only the statement that takes units lowers it."""

    sale = models.ForeignKey(FlashSale, on_delete=models.CASCADE, related_name="items")
    variant = models.ForeignKey("catalogue.Variant", on_delete=models.PROTECT, related_name="flash_items")
    amounts = models.JSONField(help_text="What a unit costs, in minor units by currency.")
    units = models.PositiveIntegerField(help_text="Set aside for the sale in all.")
    left = models.PositiveIntegerField(default=0)
    limit = models.PositiveIntegerField(null=True, blank=True, help_text="Units a buyer; empty: no limit.")
    promotion = models.ForeignKey(
        "promotions.Promotion", null=True, blank=True, on_delete=models.SET_NULL, related_name="flash_items"
    )
    position = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["sale", "variant"], name="flash_item_once"),
            models.CheckConstraint(condition=Q(left__lte=F("units")), name="flash_left_within_units"),
        ]

    @property
    def reference(self) -> str:
        """Under which name stock holds what is left."""
        return f"flash_item:{self.pk}"


class Entry(models.Model):
    """The ledger of an item: every change of what is left. Never updated, never deleted."""

    class Kind(models.TextChoices):
        SET_ASIDE = "set_aside", _("Set aside")
        CHANGED = "changed", _("Changed by staff")
        SOLD = "sold", _("Ordered")
        RETURNED = "returned", _("Back from an order")
        GIVEN_BACK = "given_back", _("Back on ordinary sale")

    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="entries")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    change = models.IntegerField()
    reference = models.CharField(max_length=60, blank=True)
    actor = models.CharField(max_length=80, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["item", "-id"], name="flash_entries_newest")]


class Claim(models.Model):
    """Units of an item that an order took; `returned_at` once it was cancelled or ran out."""

    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="claims")
    reference = models.CharField(max_length=60, help_text='Which order: "order:12".')
    units = models.PositiveIntegerField()
    counted = models.JSONField(default=list, blank=True, help_text="The buyer's counters it was counted by.")
    claimed_at = models.DateTimeField()
    paid_at = models.DateTimeField(null=True, blank=True)
    returned_at = models.DateTimeField(null=True, blank=True)
    has_expired = models.BooleanField(default=False, help_text="It came back since nobody paid in time.")

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["item", "reference"], name="flash_claim_once"),
            models.CheckConstraint(condition=Q(units__gt=0), name="flash_claim_positive"),
        ]
        indexes = [
            models.Index(fields=["reference"], name="flash_claims_of_order"),
            models.Index(fields=["item", "-claimed_at"], name="flash_claims_newest"),
        ]


class BuyerCount(models.Model):
    """Units of an item that one buyer has, under each name a buyer has (account, keyed hash of a contact).

    The limit is checked by the statement that counts, so that no two orders share the last unit.
    """

    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="buyers")
    key = models.CharField(max_length=60)
    units = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["item", "key"], name="flash_buyer_once")]


class Ticket(models.Model):
    """A place in the line of a waiting room: `number` counts from 1 in the order of arrival.

    `nonce` is the single use of the form that asked for it, so that a form sent twice is one place. Once let in, a
    ticket belongs to one cart.
    """

    sale = models.ForeignKey(FlashSale, on_delete=models.CASCADE, related_name="line")
    number = models.PositiveIntegerField()
    nonce = models.CharField(max_length=40)
    joined_at = models.DateTimeField()
    admitted_at = models.DateTimeField(null=True, blank=True)
    cart_token = models.CharField(max_length=64, blank=True)
    reference = models.CharField(max_length=60, blank=True, help_text="The order it was used for.")

    class Meta:
        ordering = ["sale", "number"]
        constraints = [
            models.UniqueConstraint(fields=["sale", "number"], name="flash_ticket_number"),
            models.UniqueConstraint(fields=["sale", "nonce"], name="flash_ticket_nonce"),
        ]
        indexes = [models.Index(fields=["cart_token"], condition=~Q(cart_token=""), name="flash_ticket_of_cart")]
