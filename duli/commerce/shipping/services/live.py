"""Asking carriers what a parcel costs, before anybody needs to know."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Q

from duli.base.clock import now
from duli.commerce.shipping.carrier import CarrierRefused, CarrierUnavailable
from duli.commerce.shipping.label_seller import Consignment, Postal
from duli.commerce.shipping.live import FRESH, asked_of
from duli.commerce.shipping.models import CarrierQuote
from duli.commerce.shipping.selectors import live_methods
from duli.commerce.shipping.sellers import seller_called
from duli.platform.store.outside import require_no_transaction

PATIENCE_SECONDS = 2.5
"""A shopper waits no longer for a carrier; then the method costs its own price."""
PAUSE = timedelta(seconds=30)
"""For how long nobody waits for a carrier again that did not answer."""
KEEP = timedelta(days=7)
UNAVAILABLE = "unavailable"


def ask_rates(*, country: str, region: str, sender: Postal, recipient: Postal, goods_grams: int) -> int:
    """Ask what the methods that cost what their carrier asks cost to a destination, and write it down.

    Each seller is asked once an hour for the same way and weight, for 2.5 seconds at most; one that did not answer is
    left alone for half a minute, whoever wants to know. Never raises, never inside a transaction. Return how many were
    asked.
    """
    asked = 0
    for seller in dict.fromkeys(method.seller for method in live_methods(country, region)):
        found = asked_of(seller, sender, recipient, goods_grams)
        if found is not None and not _is_known(seller, found[0]):
            require_no_transaction()
            ask_seller(seller=seller, key=found[0], consignment=found[1], patience_seconds=PATIENCE_SECONDS)
            asked += 1
    return asked


def _is_known(seller: str, key: str) -> bool:
    is_fresh = Q(key=key, asked_at__gt=now() - FRESH)
    is_down = Q(key=_down(seller), asked_at__gt=now() - PAUSE)
    return CarrierQuote.objects.filter(is_fresh | is_down).exists()


def _down(seller: str) -> str:
    """Return the name under which it is written down that a seller did not answer."""
    return f"down:{seller}"


def ask_seller(*, seller: str, key: str, consignment: Consignment, patience_seconds: float) -> CarrierQuote | None:
    """Ask what a consignment costs and write the answer down, a refusal too. Never inside a transaction.

    A price that is known is kept when nobody answers. None: there is no such seller.
    """
    found = seller_called(seller)
    if found is None:
        return None
    plugin, config = found
    values: dict[str, object] = {"seller": seller, "mode": plugin.mode(config), "asked_at": now()}
    try:
        answer = plugin.offers(consignment, config, patience_seconds=patience_seconds)
        values |= {
            "shipment_key": answer.shipment[:80],
            "offers": [offer.to_json() for offer in answer.offers],
            "problem": "",
            "detail": "",
        }
    except CarrierUnavailable:
        # What is known of this consignment is kept.
        key = _down(seller)
        values |= {"shipment_key": "", "offers": [], "problem": UNAVAILABLE, "detail": ""}
    except CarrierRefused as refusal:
        values |= {
            "shipment_key": "",
            "offers": [],
            "problem": refusal.reason[:60] or "refused",
            "detail": refusal.detail[:300],
        }
    return CarrierQuote.objects.update_or_create(key=key, defaults=values)[0]


def prune_quotes() -> int:
    """Forget prices of more than a week ago; return how many."""
    return CarrierQuote.objects.filter(asked_at__lt=now() - KEEP).delete()[0]
