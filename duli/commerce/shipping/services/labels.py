"""Labels: what they cost, buying each once, and giving back those that were not used.

The row is written before the seller is asked and names the shipment over there, so that a process that is killed
between the question and the answer loses nothing: whoever comes next looks what became of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import transaction

from duli.base.clock import now
from duli.base.errors import NotFound
from duli.base.ids import new_token
from duli.base.money import Money
from duli.base.text import one_line
from duli.commerce.shipping import locks
from duli.commerce.shipping.carrier import CarrierConfig, CarrierRefused, CarrierUnavailable
from duli.commerce.shipping.events import LabelBought, LabelVoided
from duli.commerce.shipping.label_seller import BoughtLabel, Consignment, LabelSeller, Offer
from duli.commerce.shipping.models import CarrierQuote, ShippingLabel
from duli.commerce.shipping.selectors import label_under_way
from duli.commerce.shipping.sellers import seller_called, seller_on
from duli.commerce.shipping.services.live import UNAVAILABLE, ask_seller
from duli.commerce.shipping.types import (
    LabelNotReady,
    LabelOffers,
    LabelUnderWay,
    NobodySellsLabels,
    NotVoidable,
    OfferGone,
)
from duli.platform.events.services import publish
from duli.platform.media.models import PrivateFile
from duli.platform.media.private import delete_private, store_private
from duli.platform.store.outside import require_no_transaction

OFFER_HOLDS = timedelta(minutes=30)
PATIENCE_SECONDS = 12.0
State = ShippingLabel.State


def file_reference(label_id: int) -> str:
    """Return the name under which the picture of a label is kept."""
    return f"label:{label_id}"


def offers_for(*, consignment: Consignment, about: str) -> LabelOffers:
    """Ask what sending something costs. Never inside a transaction.

    `about` says what is sent and where to, in the caller's words: its label is bought under the same words only.

    NobodySellsLabels, CarrierUnavailable, CarrierRefused (no carrier takes it, or an address or a customs fact is
    wrong).
    """
    found = seller_on()
    if found is None:
        raise NobodySellsLabels()
    require_no_transaction()
    # Each time anew: a shipment over there is bought once, and what it costs today is what counts.
    key = f"{_subject(about)}:{new_token()[:20]}"
    row = ask_seller(seller=found[0].code, key=key, consignment=consignment, patience_seconds=PATIENCE_SECONDS)
    if row is None or row.problem == UNAVAILABLE:
        raise CarrierUnavailable()
    if row.problem:
        raise CarrierRefused(reason=row.problem, detail=row.detail or row.problem)
    return offers_view(row)


def _subject(about: str) -> str:
    """Return what a quote's key begins with, so that a price counts for what it was asked for."""
    return hashlib.sha256(about.encode()).hexdigest()[:40]


def offers_view(row: CarrierQuote) -> LabelOffers:
    return LabelOffers(row.pk, row.seller, row.mode != "live", tuple(Offer.from_json(entry) for entry in row.offers))


@transaction.atomic
def open_label(
    *,
    reference: str,
    about: str,
    quote_id: int,
    offer_key: str,
    plan: Mapping[str, Any],
    idempotency_key: str,
    actor: str,
    is_further: bool = False,
) -> ShippingLabel:
    """Write down that a label is to be bought at a price that was shown; the same key again returns the same row.

    Whoever calls sees to it that somebody looks what became of it. `is_further`: it belongs to a purchase of several,
    of which the caller has just written down another. OfferGone (it is half an hour old, was bought, or
    was asked for something else than `about` says now), LabelUnderWay (one for the same reference is being bought, or
    was bought a moment ago and is not on its parcel yet).
    """
    existing = ShippingLabel.objects.filter(idempotency_key=idempotency_key).first()
    if existing:
        return existing
    quote = CarrierQuote.objects.filter(pk=quote_id, problem="", asked_at__gt=now() - OFFER_HOLDS).first()
    offers = [Offer.from_json(entry) for entry in quote.offers] if quote else []
    offer = next((entry for entry in offers if entry.key == offer_key), None)
    if quote is None or offer is None or not quote.key.startswith(f"{_subject(about)}:"):
        raise OfferGone()
    if ShippingLabel.objects.filter(seller=quote.seller, shipment_key=quote.shipment_key).exists():
        raise OfferGone()
    if not is_further and label_under_way(reference):
        raise LabelUnderWay()
    return ShippingLabel.objects.create(
        reference=reference,
        plan=dict(plan),
        idempotency_key=idempotency_key,
        seller=quote.seller,
        mode=quote.mode,
        shipment_key=quote.shipment_key,
        offer_key=offer.key,
        carrier=offer.carrier,
        name=one_line(offer.name, 80),
        service=one_line(offer.service, 80),
        price_minor=offer.price.minor,
        currency=offer.price.currency,
        actor=actor,
        created_at=now(),
    )


def purchase(*, label_id: int) -> ShippingLabel:
    """Buy a label that was written down, or find that it was bought already. Never inside a transaction.

    CarrierUnavailable goes to whoever called: nobody knows what happened, and the next call finds out. A refusal is
    written down (the label failed) and raised: nothing was bought. NotFound.
    """
    row = ShippingLabel.objects.filter(pk=label_id).first()
    if row is None:
        raise NotFound()
    if row.state != State.ASKED:
        return row
    seller, config = _seller(row)
    require_no_transaction()
    try:
        bought = seller.find(row.shipment_key, config) or seller.buy(row.shipment_key, row.offer_key, config)
    except CarrierRefused as refusal:
        if refusal.is_final:
            _note_refusal(row.pk, refusal)
        raise
    return _note_bought(row.pk, bought)


@transaction.atomic
def _note_refusal(label_id: int, refusal: CarrierRefused) -> None:
    row = locks.lock_label(label_id)
    if row.state == State.ASKED:
        row.state, row.problem, row.detail = State.FAILED, refusal.reason[:60], refusal.detail[:300]
        row.save(update_fields=["state", "problem", "detail"])


@transaction.atomic
def _note_bought(label_id: int, bought: BoughtLabel) -> ShippingLabel:
    row = locks.lock_label(label_id)
    if row.state not in {State.ASKED, State.FAILED}:
        return row
    row.state, row.problem, row.detail, row.bought_at = State.BOUGHT, "", "", now()
    row.number, row.service = one_line(bought.number, 80), one_line(bought.service, 80) or row.service
    if bought.carrier != "other":
        row.carrier = bought.carrier
    row.price_minor, row.currency = bought.price.minor, bought.price.currency
    row.document_url = bought.document_url[:500]
    row.save()
    publish(
        LabelBought(row.pk, row.reference, row.carrier, row.number, row.price_minor, row.currency),
        reference=row.reference,
        actor=row.actor,
    )
    return row


@transaction.atomic
def stick(*, label_id: int, parcel: str) -> ShippingLabel:
    """Say which parcel carries a label. NotFound, LabelNotReady (it was given back meanwhile)."""
    row = locks.lock_label(label_id)
    if row.state != State.BOUGHT:
        raise LabelNotReady()
    row.parcel = parcel
    row.save(update_fields=["parcel"])
    return row


@transaction.atomic
def leave_loose(*, label_id: int, problem: str, detail: str) -> None:
    """Say why a label that was bought is on no parcel; it can be given back. NotFound."""
    row = locks.lock_label(label_id)
    row.problem, row.detail = problem[:60], detail[:300]
    row.save(update_fields=["problem", "detail"])


def fetch_document(*, label_id: int) -> int:
    """Keep the picture of a label that was bought, once, as a file for few eyes; return the file's key.

    Never inside a transaction. NotFound, LabelNotReady (nothing was bought), CarrierUnavailable.
    """
    row = ShippingLabel.objects.filter(pk=label_id).first()
    if row is None:
        raise NotFound()
    reference = file_reference(row.pk)
    known = PrivateFile.objects.filter(reference=reference).values_list("pk", flat=True).first()
    if known:
        return int(known)
    if not row.bought_at or not row.document_url:
        raise LabelNotReady()
    seller, config = _seller(row)
    require_no_transaction()
    content = seller.document(_bought(row), config)
    if not content.startswith(b"%PDF-"):
        raise CarrierUnavailable()
    with transaction.atomic():
        locks.lock_label(row.pk)
        known = PrivateFile.objects.filter(reference=reference).values_list("pk", flat=True).first()
        if known:
            return int(known)
        return int(store_private(content=content, name=f"{row.number}.pdf", reference=reference, actor=row.actor).pk)


def void_label(*, label_id: int, actor: str) -> ShippingLabel:
    """Give a label back that was not used; again changes nothing. Never inside a transaction.

    Sellers pay back at once or after weeks: a job asks every day. NotFound, NotVoidable (never bought, or not taken
    back), CarrierUnavailable, CarrierRefused.
    """
    row = ShippingLabel.objects.filter(pk=label_id).first()
    if row is None:
        raise NotFound()
    if row.state in {State.VOIDING, State.VOIDED}:
        return row
    if row.state != State.BOUGHT:
        raise NotVoidable()
    seller, config = _seller(row)
    require_no_transaction()
    return _note_void(row.pk, seller.void(row.shipment_key, config), actor)


@transaction.atomic
def _note_void(label_id: int, answer: str, actor: str) -> ShippingLabel:
    row = locks.lock_label(label_id)
    if row.state in {State.VOIDED, State.VOID_REJECTED}:
        return row
    before = row.state
    row.state = {"refunded": State.VOIDED, "rejected": State.VOID_REJECTED}.get(answer, State.VOIDING)
    row.voided_at = row.voided_at or now()
    row.save(update_fields=["state", "voided_at"])
    if row.state != before and row.state != State.VOID_REJECTED and before == State.BOUGHT:
        publish(LabelVoided(row.pk, row.reference, row.parcel), reference=row.reference, actor=actor)
    return row


def follow_up_labels(*, limit: int = 100) -> int:
    """Ask what became of labels that were given back; return of how many something was told."""
    told = 0
    rows = ShippingLabel.objects.filter(state=State.VOIDING).order_by("created_at")[:limit]
    for row in rows:
        try:
            seller, config = _seller(row)
            answer = seller.void_state(row.shipment_key, config)
        except (CarrierUnavailable, CarrierRefused, NobodySellsLabels):
            continue
        if answer and answer != "submitted":
            _note_void(row.pk, answer, row.actor)
            told += 1
    return told


def forget_labels(*, references: list[str]) -> int:
    """Take a person out of the labels of these orders; return how many rows changed. Cost and service stay."""
    rows = ShippingLabel.objects.filter(reference__in=references)
    delete_private(references=[file_reference(pk) for pk in rows.values_list("pk", flat=True)])
    return rows.update(number="", document_url="", detail="")


def _seller(row: ShippingLabel) -> tuple[LabelSeller, CarrierConfig]:
    found = seller_called(row.seller, row.mode)
    if found is None:
        raise NobodySellsLabels()
    return found


def _bought(row: ShippingLabel) -> BoughtLabel:
    return BoughtLabel(row.number, row.carrier, row.service, Money(row.price_minor, row.currency), row.document_url)
