from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F

from duli.base.clock import now
from duli.base.errors import InvalidInput, NotFound
from duli.base.ids import new_token
from duli.base.text import one_line
from duli.growth.webhooks import jobs, locks
from duli.growth.webhooks.models import Attempt, Delivery, Endpoint
from duli.growth.webhooks.payloads import BUILDERS, KINDS, TEST
from duli.growth.webhooks.selectors import TOPIC, active_endpoints
from duli.growth.webhooks.sending import post
from duli.growth.webhooks.signing import headers, new_secret
from duli.growth.webhooks.types import (
    FORMER_SECRET_LASTS,
    GIVE_UP_AFTER,
    LADDER,
    MOST_ENDPOINTS,
    BadEndpointAddress,
    EndpointOff,
    Outcome,
    TooManyEndpoints,
)
from duli.platform.events.registry import EventContext
from duli.platform.store.changes import mark
from duli.platform.store.sealing import seal, unseal
from duli.platform.store.seen import Seen, compare

PURPOSE = "webhooks.secret"
KEPT_DAYS = 30


def _checked_url(url: str) -> str:
    """Return the address if a message may ever go there; BadEndpointAddress."""
    cleaned = one_line(url, 500)
    try:
        parts = urlsplit(cleaned)
        parts.port  # noqa: B018 - a port that is none raises
    except ValueError:
        raise BadEndpointAddress(field="url") from None
    plain = settings.WEBHOOKS_TO_PRIVATE_ADDRESSES and parts.scheme == "http"
    if not parts.hostname or parts.username or parts.password or not (parts.scheme == "https" or plain):
        raise BadEndpointAddress(field="url")
    return cleaned


def _checked_kinds(kinds: Sequence[str]) -> list[str]:
    unknown = [kind for kind in kinds if kind not in KINDS]
    if unknown:
        raise InvalidInput(field="kinds")
    return sorted(set(kinds))


@transaction.atomic
def create_endpoint(*, url: str, description: str = "", kinds: Sequence[str] = ()) -> tuple[Endpoint, str]:
    """Begin to tell `url` of events of these `kinds` (none: of all); return the row and its secret, shown once.

    Raises BadEndpointAddress, InvalidInput, TooManyEndpoints.
    """
    if Endpoint.objects.count() >= MOST_ENDPOINTS:
        raise TooManyEndpoints(limit=MOST_ENDPOINTS)
    secret = new_secret()
    endpoint = Endpoint.objects.create(
        url=_checked_url(url),
        description=one_line(description, 120),
        kinds=_checked_kinds(kinds),
        sealed_secret=seal(secret, purpose=PURPOSE),
        created_at=now(),
    )
    mark(TOPIC)
    return endpoint, secret


@transaction.atomic
def save_endpoint(
    *, endpoint_id: int, url: str, description: str, kinds: Sequence[str], is_active: bool, seen: Seen | None = None
) -> Endpoint:
    """Change an endpoint; to switch it on again forgets why it was switched off. NotFound, BadEndpointAddress."""
    endpoint = locks.lock_endpoint(endpoint_id)
    compare(seen)
    if is_active and not endpoint.is_active:
        endpoint.stopped_because = ""
        endpoint.failing_since = None
    endpoint.url = _checked_url(url)
    endpoint.description = one_line(description, 120)
    endpoint.kinds = _checked_kinds(kinds)
    endpoint.is_active = is_active
    endpoint.save()
    mark(TOPIC)
    return endpoint


@transaction.atomic
def delete_endpoint(*, endpoint_id: int) -> None:
    """Forget an endpoint with all its deliveries. NotFound."""
    locks.lock_endpoint(endpoint_id).delete()
    mark(TOPIC)


@transaction.atomic
def replace_secret(*, endpoint_id: int) -> str:
    """Give an endpoint a new secret and return it; for a day messages are signed under the former one as well."""
    endpoint = locks.lock_endpoint(endpoint_id)
    secret = new_secret()
    endpoint.sealed_former_secret = endpoint.sealed_secret
    endpoint.former_secret_ends = now() + FORMER_SECRET_LASTS
    endpoint.sealed_secret = seal(secret, purpose=PURPOSE)
    endpoint.save(update_fields=["sealed_secret", "sealed_former_secret", "former_secret_ends"])
    return secret


def _body(kind: str, happened_at: datetime, data: object) -> str:
    message = {"type": kind, "timestamp": happened_at.isoformat(), "data": data}
    return json.dumps(message, ensure_ascii=False, separators=(",", ":"), default=str)


def tell(*, event: object, context: EventContext) -> int:
    """Write one delivery of `event` for each endpoint that wants it, in the caller's transaction; return how many."""
    kind, build = BUILDERS[type(event)]
    wanted = [endpoint for endpoint in active_endpoints() if not endpoint.kinds or kind in endpoint.kinds]
    if not wanted:
        return 0
    try:
        data = build(event)
    except NotFound:
        # What it was about is gone already; nobody can be told anything of use.
        return 0
    body = _body(kind, context.happened_at, data)
    instant = now()
    for endpoint in wanted:
        delivery, is_new = Delivery.objects.get_or_create(
            endpoint_id=endpoint.id,
            message_id=f"msg_{context.event_id}",
            defaults={
                "kind": kind,
                "reference": context.reference,
                "body": body,
                "created_at": instant,
                "next_attempt_at": instant,
            },
        )
        if is_new:
            jobs.send.enqueue(delivery_id=delivery.pk, number=1)
    return len(wanted)


@transaction.atomic
def send_test(*, endpoint_id: int) -> Delivery:
    """Send a message that is only a greeting, to see whether the other side hears. NotFound, EndpointOff."""
    endpoint = locks.lock_endpoint(endpoint_id)
    if not endpoint.is_active:
        raise EndpointOff()
    instant = now()
    delivery = Delivery.objects.create(
        endpoint=endpoint,
        message_id=f"msg_test_{new_token()}",
        kind=TEST,
        body=_body(TEST, instant, {"hello": "你好"}),
        created_at=instant,
        next_attempt_at=instant,
    )
    jobs.send.enqueue(delivery_id=delivery.pk, number=1)
    return delivery


@transaction.atomic
def send_again(*, delivery_id: int) -> Delivery:
    """Send a delivery once more, at once, with the same id and body: the other side can tell that it knows it.

    Raises NotFound, EndpointOff.
    """
    delivery = locks.lock_delivery(delivery_id)
    if not delivery.endpoint.is_active:
        raise EndpointOff()
    delivery.state = Delivery.State.WAITING
    delivery.delivered_at = None
    delivery.next_attempt_at = now()
    delivery.save(update_fields=["state", "delivered_at", "next_attempt_at"])
    jobs.send.enqueue(delivery_id=delivery.pk, number=delivery.attempt_count + 1)
    return delivery


@transaction.atomic
def replay_since(*, endpoint_id: int, since: datetime) -> int:
    """Send again what failed to reach an endpoint since an instant (UTC); return how many. NotFound, EndpointOff."""
    endpoint = locks.lock_endpoint(endpoint_id)
    if not endpoint.is_active:
        raise EndpointOff()
    rows = list(
        endpoint.deliveries.filter(state=Delivery.State.FAILED, created_at__gte=since).order_by("pk").values_list("pk")
    )
    for (pk,) in rows:
        send_again(delivery_id=pk)
    return len(rows)


def deliver(*, delivery_id: int, number: int) -> None:
    """Make the attempt with this number, unless it was made already, and plan the next one if it fails.

    The network is asked outside any transaction. A process that dies in between leaves the job to be run again:
    the receiver then sees the same id a second time, as the scheme allows.
    """
    delivery = Delivery.objects.select_related("endpoint").filter(pk=delivery_id).first()
    if delivery is None or delivery.state != Delivery.State.WAITING or delivery.attempt_count != number - 1:
        return
    endpoint = delivery.endpoint
    if not endpoint.is_active:
        _give_up(delivery)
        return
    started = now()
    body = delivery.body.encode()
    outcome = post(
        endpoint.url, body, headers(_secrets(endpoint, started), delivery.message_id, int(started.timestamp()), body)
    )
    _note(delivery_id=delivery_id, number=number, started=started, outcome=outcome)


def _secrets(endpoint: Endpoint, instant: datetime) -> list[str]:
    sealed = [endpoint.sealed_secret]
    if endpoint.former_secret_ends and endpoint.former_secret_ends > instant:
        sealed.append(endpoint.sealed_former_secret)
    return [secret for text in sealed if (secret := unseal(text, purpose=PURPOSE))]


def _give_up(delivery: Delivery) -> None:
    Delivery.objects.filter(pk=delivery.pk, state=Delivery.State.WAITING).update(
        state=Delivery.State.FAILED, next_attempt_at=None
    )


@transaction.atomic
def _note(*, delivery_id: int, number: int, started: datetime, outcome: Outcome) -> None:
    delivery = locks.lock_delivery(delivery_id)
    try:
        with transaction.atomic():
            Attempt.objects.create(
                delivery=delivery,
                number=number,
                started_at=started,
                milliseconds=outcome.milliseconds,
                status_code=outcome.status_code,
                answer=outcome.answer,
                problem=outcome.problem,
            )
    except IntegrityError:
        # Two workers made the same attempt: the first one's word stands.
        return
    delivery.attempt_count = number
    endpoint = delivery.endpoint
    if outcome.is_success:
        delivery.state = Delivery.State.DELIVERED
        delivery.delivered_at = now()
        delivery.next_attempt_at = None
        Endpoint.objects.filter(pk=endpoint.pk, failing_since__isnull=False).update(failing_since=None)
    else:
        Endpoint.objects.filter(pk=endpoint.pk, failing_since__isnull=True).update(failing_since=started)
        _after_failure(delivery, outcome, started)
    delivery.save(update_fields=["attempt_count", "state", "delivered_at", "next_attempt_at"])


def _after_failure(delivery: Delivery, outcome: Outcome, started: datetime) -> None:
    """Plan the next try, or stop: 410 means for good, and who failed for days without one success is switched off."""
    endpoint = delivery.endpoint
    failing_since = endpoint.failing_since or started
    gone = outcome.status_code == 410
    if gone or started - failing_since > GIVE_UP_AFTER:
        Endpoint.objects.filter(pk=endpoint.pk).update(is_active=False, stopped_because="gone" if gone else "failing")
        mark(TOPIC)
        delivery.state, delivery.next_attempt_at = Delivery.State.FAILED, None
        return
    if delivery.attempt_count > len(LADDER):
        delivery.state, delivery.next_attempt_at = Delivery.State.FAILED, None
        return
    pause = LADDER[delivery.attempt_count - 1]
    delivery.next_attempt_at = started + pause
    jobs.send.enqueue(run_after=delivery.next_attempt_at, delivery_id=delivery.pk, number=delivery.attempt_count + 1)


def prune(*, limit: int = 5000) -> int:
    """Delete deliveries older than thirty days that wait for nothing; return how many."""
    old = (
        Delivery.objects.filter(created_at__lt=now() - timedelta(days=KEPT_DAYS))
        .exclude(state=Delivery.State.WAITING)
        .order_by(F("pk"))
        .values_list("pk", flat=True)[:limit]
    )
    deleted, _ = Delivery.objects.filter(pk__in=list(old)).delete()
    return deleted
