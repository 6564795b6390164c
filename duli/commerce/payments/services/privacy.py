from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from duli.commerce.payments.models import PaymentAttempt, PaymentEvent, Refund


@transaction.atomic
def forget_person(*, collection_ids: Sequence[int], strings: Sequence[str]) -> int:
    """Take a person out of what providers told about these payments; return how many rows changed.

    Amounts, references and states stay: the books need them. The raw messages go as a whole, since nobody can say
    where in them a provider writes names.
    """
    events = PaymentEvent.objects.filter(collection_id__in=collection_ids)
    count = events.update(body=b"", headers={})
    count += PaymentAttempt.objects.filter(collection_id__in=collection_ids).update(step=None, error_message="")
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
