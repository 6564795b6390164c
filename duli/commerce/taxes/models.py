from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class DutyMode(models.TextChoices):
    OFF = "off", _("Not reckoned")
    SHOW = "show", _("Shown: the buyer pays it at the border")
    CHARGE = "charge", _("Charged: the shop pays it at the border")


class TaxProfile(models.Model):
    """The one row (pk 1) that says who sells, for the tax office. Without a country goods are taxed where they go."""

    country = models.CharField(max_length=2, blank=True, help_text="Where the seller is established.")
    region = models.CharField(max_length=20, blank=True)
    drops_tax = models.BooleanField(
        default=True, help_text="Where no tax is charged, prices that include it become cheaper by it."
    )
    duty = models.CharField(max_length=6, choices=DutyMode.choices, default=DutyMode.OFF)
    taxes_duty = models.BooleanField(default=True, help_text="Import VAT is on the duty too.")

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="tax_profile_is_one")]

    def __str__(self) -> str:
        return self.country


class Registration(models.Model):
    """Where the shop is registered to charge tax, from which day to which."""

    class Kind(models.TextChoices):
        VAT = "vat", _("VAT or GST of a country")
        OSS = "oss", _("EU one-stop shop (OSS)")
        IOSS = "ioss", _("EU import one-stop shop (IOSS)")
        UK = "uk", _("UK VAT for parcels from abroad")
        US_STATE = "us_state", _("Sales tax of a US state")

    kind = models.CharField(max_length=10, choices=Kind.choices)
    country = models.CharField(max_length=2, help_text="Which country's; of OSS and IOSS where it was registered.")
    region = models.CharField(max_length=20, blank=True)
    number = models.CharField(max_length=40, blank=True)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["kind", "country", "region", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "country", "region", "valid_from"], name="registration_once"),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=models.F("valid_from")), name="registration_days"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.country} {self.region}".strip()


class Threshold(models.Model):
    """A limit of some law as the merchant has it; it takes the place of the one in `data/thresholds.json`."""

    code = models.SlugField(max_length=30)
    region = models.CharField(max_length=20, blank=True)
    currency = models.CharField(max_length=3)
    minor = models.BigIntegerField()
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["code", "region", "valid_from"]
        constraints = [
            models.UniqueConstraint(fields=["code", "region", "valid_from"], name="threshold_once"),
            models.CheckConstraint(condition=Q(minor__gte=0), name="threshold_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.region}".strip()


class VatCheck(models.Model):
    """What the register last said of a VAT id, with its proof. Of each answer that was valid a row stays."""

    class State(models.TextChoices):
        VALID = "valid", _("Valid")
        INVALID = "invalid", _("Not valid")
        UNAVAILABLE = "unavailable", _("The register did not answer")

    number = models.CharField(max_length=20, db_index=True, help_text="With the country's letters: DE123456789.")
    state = models.CharField(max_length=12, choices=State.choices)
    name = models.CharField(max_length=250, blank=True)
    address = models.CharField(max_length=500, blank=True)
    request_identifier = models.CharField(max_length=60, blank=True, help_text="The register's proof of the question.")
    requester = models.CharField(max_length=20, blank=True)
    error = models.CharField(max_length=60, blank=True)
    checked_at = models.DateTimeField()

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["number", "-id"], name="vat_check_latest")]

    def __str__(self) -> str:
        return f"{self.number} {self.state}"
