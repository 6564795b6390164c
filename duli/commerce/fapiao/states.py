from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class TitleKind(models.TextChoices):
    PERSON = "person", _("A person")
    COMPANY = "company", _("A company")


class FapiaoKind(models.TextChoices):
    NORMAL = "normal", _("Ordinary e-fapiao")
    SPECIAL = "special", _("Special VAT e-fapiao")


class RequestState(models.TextChoices):
    WAITING = "waiting", _("Waits for payment")
    TO_ISSUE = "to_issue", _("To issue")
    TO_CORRECT = "to_correct", _("Red fapiao needed")
    ISSUED = "issued", pgettext_lazy("fapiao", "Issued")
    DECLINED = "declined", _("Declined")
    VOID = "void", _("Nothing to issue")


class SendingState(models.TextChoices):
    UNDER_WAY = "under_way", pgettext_lazy("fapiao", "Under way")
    ISSUED = "issued", pgettext_lazy("fapiao", "Issued")
    REFUSED = "refused", pgettext_lazy("fapiao", "Refused by the service")


TO_DO = (RequestState.TO_ISSUE, RequestState.TO_CORRECT)
