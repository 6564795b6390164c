"""Shoppers whom a provider has named (WeChat's openid) go on to pay."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace

from duli.base.errors import DuliError, NotFound
from duli.commerce.payments.configuration import usable
from duli.commerce.payments.gateway import GatewayRefused, GatewayUnavailable, NamesPayer, Redirect
from duli.commerce.payments.models import PaymentCollection
from duli.commerce.payments.services.start import Shopper, start
from duli.commerce.payments.tickets import read_ticket
from duli.platform.store.outside import require_no_transaction

logger = logging.getLogger("duli.payments")


def continue_with_payer(*, ticket: str, query: Mapping[str, str], shopper: Shopper) -> str:
    """Ask the provider who came back, start the payment for them and return the address to go on to.

    `query` is what the provider's page added to our address. If it does not say who it is, the shopper stands before
    the unpaid order again. Calls the gateway, so never inside a transaction. NotFound for a foreign or old ticket.
    """
    require_no_transaction()
    collection_id, key, until = read_ticket(ticket)
    collection = PaymentCollection.objects.filter(pk=collection_id).first()
    if collection is None:
        raise NotFound()
    try:
        gateway, config = usable(collection.method_code)
        if not isinstance(gateway, NamesPayer):
            return collection.return_url
        payer = gateway.payer_of(query, config)
        known = replace(shopper, payer=payer)
        # The key was made one of this collection before.
        own = key.removeprefix(f"{collection_id}:")
        step = start(collection_id=collection_id, idempotency_key=own, shopper=known, until=until)
    except (GatewayUnavailable, GatewayRefused):
        logger.warning("gateway %s did not say who pays collection %s", collection.method_code, collection_id)
        return collection.return_url
    except DuliError:
        return collection.return_url
    return step.url if isinstance(step, Redirect) else collection.return_url
