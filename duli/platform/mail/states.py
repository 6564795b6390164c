from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Channel(TextChoices):
    EMAIL = "email", _("E-mail")
    SMS = "sms", _("SMS")


class MailState(TextChoices):
    """`KEPT` is the end for a shop that cannot send: the message can be read in the outbox only.

    Of a text message the service tells later whether it `ARRIVED`; mails are `SENT` for good.
    """

    QUEUED = "queued", pgettext_lazy("mail", "Waiting")
    SENT = "sent", pgettext_lazy("mail", "Sent")
    ARRIVED = "arrived", pgettext_lazy("mail", "Delivered")
    KEPT = "kept", _("Kept in the outbox")
    FAILED = "failed", pgettext_lazy("mail", "Failed")
