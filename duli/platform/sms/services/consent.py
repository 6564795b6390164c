"""Who wants to be told by text message, and of what."""

from __future__ import annotations

from django.db import transaction

from duli.base.clock import now
from duli.base.text import one_line
from duli.platform.sms.models import SmsConsent


@transaction.atomic
def agree(*, reference: str, source: str, wording: str, language: str) -> None:
    """Write down that somebody wants text messages about `reference` ("order:12"), and to which words they agreed."""
    SmsConsent.objects.get_or_create(
        reference=reference[:80],
        defaults={
            "source": source,
            "wording": one_line(wording, 300),
            "language": language,
            "given_at": now(),
        },
    )


@transaction.atomic
def take_back(*, reference: str) -> None:
    """They want none any more."""
    SmsConsent.objects.filter(reference=reference[:80]).delete()
