from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class CallState(models.TextChoices):
    ASKED = "asked", pgettext_lazy("language model", "Asked")
    ANSWERED = "answered", _("Answered")
    REFUSED = "refused", pgettext_lazy("language model", "Refused")
    FAILED = "failed", pgettext_lazy("language model", "No answer")
