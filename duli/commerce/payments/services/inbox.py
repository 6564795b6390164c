"""What comes in from providers and from shoppers who come back."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from django.db import transaction

from duli.base.clock import now
from duli.base.errors import NotFound
from duli.base.text import mask_cards
from duli.commerce.payments.configuration import config_of, known
from duli.commerce.payments.gateway import (
    GatewayEvent,
    GatewayRefused,
    GatewayUnavailable,
    InvalidSignature,
    MalformedWebhook,
    WebhookMessage,
    gateways,
)
from duli.commerce.payments.models import PaymentAttempt
from duli.commerce.payments.services.collections import MAXIMUM_MINOR
from duli.commerce.payments.services.poll import ask_provider
from duli.commerce.payments.services.record import RawMessage, store_event
from duli.commerce.payments.states import OPEN_ATTEMPT_STATES

logger = logging.getLogger("duli.payments")

MAXIMUM_BODY = 256 * 1024
_PRIVATE_HEADERS = {"cookie", "authorization", "proxy-authorization", "x-csrftoken"}
_MAXIMUM_HEADERS = 60


def receive_webhook(*, provider: str, body: bytes, headers: Mapping[str, str], path: str = "") -> int:
    """Verify a provider's message, store it raw and let a job deal with it; return the (first) stored event's id.

    `path` is where it was sent to. The keys for trying out are asked too, whichever shoppers pay with now. The same
    message again returns the same id. Raises NotFound (no such gateway), MalformedWebhook, InvalidSignature,
    GatewayUnavailable; then nothing is stored.
    """
    if provider not in gateways:
        raise NotFound()
    if len(body) > MAXIMUM_BODY:
        raise MalformedWebhook()
    lowered = {name.lower(): value for name, value in headers.items()}
    events = _parse(provider, WebhookMessage(body, lowered, path))
    for event in events:
        _check(event)
    kept = [(name, value[:2000]) for name, value in sorted(lowered.items()) if name not in _PRIVATE_HEADERS]
    from duli.commerce.payments.jobs import process_event

    # No provider sends whole card numbers; should one do, it is not kept.
    raw = RawMessage(mask_cards(body), tuple(kept[:_MAXIMUM_HEADERS]))
    stored = []
    with transaction.atomic():
        for event in events:
            row, is_new = store_event(provider=provider, event=event, actor=f"gateway:{provider}", raw=raw)
            stored.append(row.pk)
            if is_new:
                process_event.enqueue(event_id=row.pk)
    return stored[0]


def _parse(provider: str, message: WebhookMessage) -> tuple[GatewayEvent, ...]:
    """Let the gateway verify and read the message with the keys in use, then with the others if it has such."""
    gateway, config = known(provider)
    try:
        events = gateway.parse_webhook(message, config)
    except InvalidSignature:
        if not gateway.description.has_test_mode:
            raise
        events = gateway.parse_webhook(message, config_of(provider, test_mode=not config.test_mode))
    if not events:
        raise MalformedWebhook()
    return events


def _check(event: GatewayEvent) -> None:
    """A signed message may still hold values that no row can carry."""
    names = (event.external_id, event.token, event.transaction_id, event.error_code, event.error_message)
    limits = (255, 64, 255, 255, 2000)
    fits = all(len(name) <= limit and "\x00" not in name for name, limit in zip(names, limits, strict=True))
    amount = event.amount
    sane = amount is None or (0 <= amount.minor <= MAXIMUM_MINOR and len(amount.currency) == 3)
    if not event.external_id or not fits or not sane:
        raise MalformedWebhook()


def return_from_gateway(*, token: str) -> str:
    """A shopper comes back from a provider's page: ask the provider now and return the path to go on to.

    What the browser brought along proves nothing and is not even read. If the provider does not answer, the
    poll asks again soon. Calls the gateway, so never inside a transaction. NotFound for a foreign token.
    """
    attempt = PaymentAttempt.objects.select_related("collection").filter(token=token).first()
    if attempt is None:
        raise NotFound()
    if attempt.state in OPEN_ATTEMPT_STATES:
        try:
            ask_provider(attempt)
        except (GatewayUnavailable, GatewayRefused):
            logger.warning("gateway %s did not answer on return of attempt %s", attempt.gateway, attempt.pk)
            PaymentAttempt.objects.filter(pk=attempt.pk, next_poll_at__isnull=False).update(next_poll_at=now())
    return attempt.collection.return_url
