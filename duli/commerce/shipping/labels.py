"""Reads of labels and of the prices that were asked for."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Q

from duli.base.errors import NotFound
from duli.base.money import Money
from duli.commerce.shipping.label_seller import LIVE
from duli.commerce.shipping.models import CarrierQuote, ShippingLabel
from duli.commerce.shipping.sellers import seller_on
from duli.commerce.shipping.services.labels import file_reference, offers_view
from duli.commerce.shipping.types import LabelOffers, LabelView
from duli.platform.media.models import PrivateFile

State = ShippingLabel.State


def can_buy_labels() -> bool:
    """Say whether a service that sells labels is switched on; nothing is read."""
    return seller_on() is not None


def quoted(quote_id: int) -> LabelOffers | None:
    """Return prices that were asked for; None if they are gone."""
    row = CarrierQuote.objects.filter(pk=quote_id, problem="").first()
    return offers_view(row) if row else None


def labels_of(references: Sequence[str]) -> list[LabelView]:
    """Return the labels of orders or parcels, oldest first (two queries at most, one where there are none)."""
    rows = list(
        ShippingLabel.objects.filter(Q(reference__in=references) | Q(parcel__in=references)).order_by("pk")
        if references
        else ()
    )
    names = {file_reference(row.pk): row.pk for row in rows}
    files = {}
    if names:
        kept = PrivateFile.objects.filter(reference__in=names)
        files = {names[name]: pk for name, pk in kept.values_list("reference", "pk")}
    return [_view(row, files.get(row.pk)) for row in rows]


def label(label_id: int) -> LabelView:
    """Return one label, or raise NotFound."""
    row = ShippingLabel.objects.filter(pk=label_id).first()
    if row is None:
        raise NotFound()
    kept = PrivateFile.objects.filter(reference=file_reference(row.pk)).values_list("pk", flat=True).first()
    return _view(row, kept)


def _view(row: ShippingLabel, file_id: int | None) -> LabelView:
    return LabelView(
        id=row.pk,
        reference=row.reference,
        parcel=row.parcel,
        seller=row.seller,
        carrier=row.carrier,
        name=row.name,
        service=row.service,
        number=row.number,
        price=Money(row.price_minor, row.currency),
        state=row.state,
        state_words=str(State(row.state).label),
        is_test=row.mode != LIVE,
        problem=row.problem,
        detail=row.detail,
        actor=row.actor,
        created_at=row.created_at,
        file_id=file_id,
        may_be_voided=row.state == State.BOUGHT,
        may_be_printed=row.state in {State.BOUGHT, State.VOID_REJECTED},
    )
