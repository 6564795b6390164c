from __future__ import annotations

from django.db import models

from duli.commerce.orders.models.order import Order


class OrderTag(models.Model):
    """One word that staff put on an order, as a row, so that a filter finds it; written with `Order.tags`."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="tag_rows")
    name = models.CharField(max_length=40)
    placed_at = models.DateTimeField(help_text="The order's own, so that the newest of a tag stand first in its index.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["order", "name"], name="order_tag_once")]
        indexes = [models.Index(fields=["name", "-placed_at", "-order"], name="order_tag_newest")]

    def __str__(self) -> str:
        return self.name


class OrderExport(models.Model):
    """A file of orders that a member of staff asked for; a job writes it, and it is deleted after some days."""

    class State(models.TextChoices):
        WAITING = "waiting"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"

    user_id = models.BigIntegerField(help_text="Who asked, and may fetch it.")
    language = models.CharField(max_length=12)
    wanted = models.JSONField(help_text="The filter or the selection, as `export.to_json` writes it.")
    form = models.CharField(max_length=4, help_text='"csv" or "xlsx".')
    per_line = models.BooleanField(default=False, help_text="One row a line instead of one an order.")
    for_import = models.BooleanField(default=False, help_text="Everything, as an import reads it again.")
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    rows = models.PositiveIntegerField(default=0)
    file_name = models.CharField(max_length=80, blank=True)
    created_at = models.DateTimeField(db_index=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]


class OrderMessage(models.Model):
    """What the shopper wrote about an order on its page, or what the shop answered by mail."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="messages")
    from_shopper = models.BooleanField()
    text = models.TextField()
    actor = models.CharField(max_length=80)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.text[:60]
