from __future__ import annotations

from django.db import models
from django.db.models import Q

from duli.commerce.fapiao.states import FapiaoKind, RequestState, SendingState, TitleKind


class FapiaoSettings(models.Model):
    """The one row (pk 1) that says whether shoppers may ask for a fapiao."""

    is_offered = models.BooleanField(default=False)
    offers_special = models.BooleanField(default=True)
    days = models.PositiveSmallIntegerField(default=7, help_text="Within how many days they are issued.")

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="fapiao_settings_are_one")]

    def __str__(self) -> str:
        return "on" if self.is_offered else "off"


class FapiaoRequest(models.Model):
    """What the shopper of an order wants on its fapiao; one for each order, for all its fapiao."""

    order = models.OneToOneField("orders.Order", on_delete=models.PROTECT, related_name="fapiao_request")
    state = models.CharField(max_length=12, choices=RequestState.choices)
    title_kind = models.CharField(max_length=8, choices=TitleKind.choices)
    kind = models.CharField(max_length=8, choices=FapiaoKind.choices)
    title = models.CharField(max_length=100)
    tax_number = models.CharField(max_length=18, blank=True)
    email = models.EmailField(blank=True)
    address = models.CharField(max_length=200, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    bank = models.CharField(max_length=100, blank=True)
    account = models.CharField(max_length=40, blank=True)
    told_minor = models.BigIntegerField(default=0, help_text="Staff were told that so much has to be taken back.")
    declined_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=300, blank=True, help_text="Why it was declined; the shopper reads it.")
    asked_at = models.DateTimeField()

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["state", "-id"], name="fapiao_by_state")]
        constraints = [
            models.CheckConstraint(
                condition=Q(title_kind="company") | Q(kind="normal", tax_number=""), name="fapiao_special_is_a_company"
            ),
        ]

    def __str__(self) -> str:
        return f"Fapiao request {self.pk}"


class Fapiao(models.Model):
    """A fapiao as it was issued in the tax office's system. Never changed, never deleted.

    A blue one has a sum above zero; a red one takes (a part of) a blue one back, with a sum below zero.
    """

    request = models.ForeignKey(FapiaoRequest, on_delete=models.PROTECT, related_name="papers")
    corrects = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="reds")
    kind = models.CharField(max_length=8, choices=FapiaoKind.choices)
    title = models.CharField(max_length=100)
    tax_number = models.CharField(max_length=18, blank=True)
    number = models.CharField(max_length=20, unique=True)
    amount_minor = models.BigIntegerField(help_text="In fen, with tax.")
    issued_on = models.DateField()
    file_id = models.BigIntegerField(null=True, blank=True, help_text="A private file: PDF or OFD.")
    actor = models.CharField(max_length=80)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(amount_minor__gt=0, corrects__isnull=True) | Q(amount_minor__lt=0, corrects__isnull=False),
                name="fapiao_red_corrects",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def reference(self) -> str:
        """How its file is kept."""
        return f"fapiao:{self.pk}"


class FapiaoService(models.Model):
    """What a merchant set up for a service that issues fapiao; none that is on: they are issued by hand."""

    code = models.CharField(max_length=40, unique=True)
    enabled = models.BooleanField(default=False)
    by_itself = models.BooleanField(default=False, help_text="Issue as soon as an order is paid.")
    settings = models.JSONField(default=dict, blank=True, help_text="Secrets are sealed.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["enabled"], condition=Q(enabled=True), name="one_fapiao_service_is_on")
        ]

    def __str__(self) -> str:
        return self.code


class FapiaoSending(models.Model):
    """A blue fapiao that a service was asked to issue. What came of it is a Fapiao, or words that say why not."""

    request = models.ForeignKey(FapiaoRequest, on_delete=models.PROTECT, related_name="sendings")
    service = models.CharField(max_length=40)
    key = models.CharField(max_length=20, unique=True, help_text="Our name for it, at the service.")
    amount_minor = models.BigIntegerField()
    state = models.CharField(max_length=10, choices=SendingState.choices, default=SendingState.UNDER_WAY)
    why = models.CharField(max_length=300, blank=True, help_text="The service's words where it refused.")
    actor = models.CharField(max_length=80)
    asked_at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        indexes = [
            models.Index(fields=["asked_at"], condition=Q(state="under_way"), name="fapiao_sendings_under_way"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["request"], condition=Q(state="under_way"), name="one_sending_under_way"),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="fapiao_sending_is_positive"),
        ]

    def __str__(self) -> str:
        return self.key
