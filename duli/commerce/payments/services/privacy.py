from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from duli.commerce.payments.gift_cards import today
from duli.commerce.payments.models import GiftCard, PaymentAttempt, PaymentEvent, Refund


def export_person(*, collection_ids: Sequence[int]) -> list[Mapping[str, Any]]:
    """Return what the tries to pay keep of a person, the hashes by which they are counted included."""
    return list(
        PaymentAttempt.objects.filter(collection_id__in=collection_ids)
        .order_by("pk")
        .values(
            "collection__label", "gateway", "state", "amount_minor", "collection__currency", "created_at", "device",
            "details", "email_key", "address_key", "card_key",
        )
    )  # fmt: skip


@transaction.atomic
def forget_person(*, collection_ids: Sequence[int], strings: Sequence[str]) -> int:
    """Take a person out of what providers told about these payments; return how many rows changed.

    Amounts, references and states stay: the books need them. The raw messages go as a whole, since nobody can say
    where in them a provider writes names.
    """
    events = PaymentEvent.objects.filter(collection_id__in=collection_ids)
    count = events.update(body=b"", headers={}, details={})
    count += PaymentAttempt.objects.filter(collection_id__in=collection_ids).update(
        step=None, error_message="", details={}, device="", email_key="", address_key="", card_key=""
    )
    # Whoever paid for somebody stands in what the bank desk noted with the money.
    count += events.filter(external_id__contains=":statement:").update(note="")
    for model, field in ((PaymentEvent, "note"), (PaymentEvent, "error_message"), (Refund, "error_message")):
        count += _without(model, field, collection_ids, strings)
    return count + _without(Refund, "reason", collection_ids, strings)


def _without(
    model: type[PaymentEvent] | type[Refund], field: str, collection_ids: Sequence[int], strings: Sequence[str]
) -> int:
    """Empty the texts that name the person."""
    rows = model._default_manager.filter(collection_id__in=collection_ids).exclude(**{field: ""})
    named = [row.pk for row in rows if any(string.lower() in getattr(row, field).lower() for string in strings)]
    return model._default_manager.filter(pk__in=named).update(**{field: ""})


def export_gift_cards(*, references: Sequence[str], emails: Sequence[str]) -> list[Mapping[str, Any]]:
    """Return what is known of the gift cards that a person bought with these orders, or that were sent to them."""
    rows = _cards(references, emails).order_by("pk")
    return list(
        rows.values(
            "last4", "currency", "initial_minor", "recipient_email", "recipient_name", "sender_name", "message",
            "created_at",
        )
    )  # fmt: skip


@transaction.atomic
def forget_gift_cards(*, references: Sequence[str], emails: Sequence[str]) -> list[str]:
    """Take a person out of the gift cards they bought or got; return how mails call those cards. The money stays.

    What they bought for somebody else and is still to be sent keeps that address until then.
    """
    cards = _cards(references, emails)
    told = [card.own_reference for card in cards]
    to_come = Q(delivered_at__isnull=True, deliver_on__gte=today()) & ~_of(emails)
    cards.filter(to_come).update(sender_name="")
    cards.exclude(to_come).update(recipient_email="", recipient_name="", sender_name="", message="")
    return told


def _cards(references: Sequence[str], emails: Sequence[str]) -> QuerySet[GiftCard]:
    return GiftCard.objects.filter(Q(reference__in=references) | _of(emails))


def _of(emails: Sequence[str]) -> Q:
    found = Q(pk__in=[])
    for email in emails:
        found |= Q(recipient_email__iexact=email)
    return found
