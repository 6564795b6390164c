from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class LineState(models.TextChoices):
    OPEN = "open", _("To match")
    MATCHED = "matched", pgettext_lazy("line of a bank statement", "Matched")
    IGNORED = "ignored", pgettext_lazy("line of a bank statement", "Left aside")


class StatementState(models.TextChoices):
    COLUMNS = "columns", _("Columns to choose")
    READ = "read", _("Read")


class Confidence(models.TextChoices):
    """How sure a suggestion is: a sure one may be accepted unseen."""

    SURE = "sure", _("Sure")
    LIKELY = "likely", _("Likely")
    POSSIBLE = "possible", _("Possible")


class Reason(models.TextChoices):
    REFERENCE = "reference", _("The payment reference fits")
    NUMBER = "number", _("The order number stands in the text")
    PAYER = "payer", _("Amount and payer fit")
    AMOUNT = "amount", _("Only the amount fits")


class DifferenceKind(models.TextChoices):
    """What a provider's bill and the shop do not agree about."""

    MISSING_HERE = "missing_here", _("In the bill, unknown to the shop")
    MISSING_THERE = "missing_there", _("In the shop, missing from the bill")
    AMOUNT = "amount", _("Another amount")


class DifferenceState(models.TextChoices):
    OPEN = "open", pgettext_lazy("difference", "To look at")
    EXPLAINED = "explained", pgettext_lazy("difference", "Explained")
