from __future__ import annotations

from django.db import models
from django.utils.translation import pgettext_lazy


class ApprovalState(models.TextChoices):
    """WAITING → APPROVED → DONE or FAILED, or DECLINED, EXPIRED, or WITHDRAWN by whoever asked."""

    WAITING = "waiting", pgettext_lazy("approval", "Waiting")
    APPROVED = "approved", pgettext_lazy("approval", "Approved")
    DONE = "done", pgettext_lazy("approval", "Done")
    FAILED = "failed", pgettext_lazy("approval", "Failed")
    DECLINED = "declined", pgettext_lazy("approval", "Declined")
    WITHDRAWN = "withdrawn", pgettext_lazy("approval", "Withdrawn")
    EXPIRED = "expired", pgettext_lazy("approval", "Expired")
