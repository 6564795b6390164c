from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet
from django.utils import translation

from duli.base.errors import NotFound
from duli.base.money import Money
from duli.commerce.payments.configuration import enabled_configs, offers, to_config
from duli.commerce.payments.gateway import (
    Availability,
    ChecksConnection,
    GatewayConfig,
    Settled,
    Step,
    gateways,
    step_from_json,
)
from duli.commerce.payments.guard import Verdict, verdict
from duli.commerce.payments.models import (
    Dispute,
    GatewaySetting,
    PaymentAlarm,
    PaymentAttempt,
    PaymentCollection,
    PaymentEvent,
    Reassignment,
    Refund,
)
from duli.commerce.payments.outcomes import end_of
from duli.commerce.payments.rules import rules_of
from duli.commerce.payments.states import OPEN_ATTEMPT_STATES, CollectionState, EventKind, Problem, Resolution
from duli.commerce.payments.types import (
    AttemptView,
    CollectionView,
    DisputeView,
    EventView,
    GatewayForm,
    MethodView,
    PaymentHistory,
    ReassignedView,
    RecordedMovement,
    RefundView,
)
from duli.platform.store.prepared import Prepared
from duli.platform.store.setup_values import shown

_NAMES_AT_ONCE = 400
DISPUTE_KINDS = {EventKind.INQUIRED, EventKind.DISPUTED, EventKind.DISPUTE_WON, EventKind.DISPUTE_LOST}

_collection = Prepared(lambda pk: PaymentCollection.objects.filter(pk=pk))
_attempts = Prepared(lambda pk: PaymentAttempt.objects.filter(collection_id=pk))
_events = Prepared(lambda pk: PaymentEvent.objects.filter(collection_id=pk).defer("body", "headers"))
_refunds = Prepared(lambda pk: Refund.objects.filter(collection_id=pk))
_taken = Prepared(lambda pk: Reassignment.objects.filter(target_id=pk).select_related("source"))
_given = Prepared(lambda pk: Reassignment.objects.filter(source_id=pk).select_related("target"))
_last_attempt = Prepared(lambda pk: PaymentAttempt.objects.filter(collection_id=pk).order_by("-pk")[:1])


def methods_for(
    *,
    currency: str,
    country: str,
    amount: Money | int,
    language: str,
    needs_shipping: bool = True,
    market: str = "",
    groups: Callable[[], Collection[str]] = tuple,
) -> list[MethodView]:
    """Return the ways to pay `amount` (minor units if an int) from `country`, in the merchant's order.

    Where no parcel is handed over (`needs_shipping`), nobody can pay on its delivery. `market` and `groups` (those of
    the customer, read only if a rule asks) are what the merchant's rules look at. No query while the merchant
    changes nothing.
    """
    money = amount if isinstance(amount, Money) else Money(amount, currency)
    query = Availability(money, country.upper())
    with translation.override(language):
        found = [
            _method(offer.config)
            for offer in offers()
            if offer.rules.allow(
                money, country=query.country, market=market, groups=groups() if offer.rules.groups else ()
            )
            and gateways.get(offer.config.code).available(query, offer.config)
        ]
    return [way for way in found if needs_shipping or not way.settles_on_delivery]


def method(*, code: str, language: str) -> MethodView | None:
    """Return a way to pay, switched on or not; None if its plugin is gone."""
    if code not in gateways:
        return None
    with translation.override(language):
        return _method(GatewayConfig(code))


def methods_switched_on(language: str) -> list[MethodView]:
    """Return every way to pay that is switched on, in the merchant's order, whoever may use it."""
    with translation.override(language):
        return [_method(offer.config) for offer in offers()]


def _method(config: GatewayConfig) -> MethodView:
    description = gateways.get(config.code).description
    return MethodView(
        code=config.code,
        name=str(description.name),
        description=str(description.description),
        kind=description.kind,
        settles_on_delivery=description.settles_on_delivery,
        is_test=config.test_mode or description.test_only,
    )


def hold_for(method_code: str) -> timedelta | None:
    """Return how long an unpaid order keeps its stock; None means until somebody decides.

    A merchant's setting "hold_days" wins over the gateway's own.
    """
    if method_code not in gateways:
        return timedelta(minutes=30)
    for config in enabled_configs():
        if config.code == method_code and config.text("hold_days").isdigit():
            return timedelta(days=int(config.text("hold_days")))
    return gateways.get(method_code).description.hold


def current_step(collection_id: int, *, view: CollectionView | None = None) -> Step | None:
    """Return what the shopper has to do now, or how the last try ended; None before the first try.

    `view` is the collection where the caller has read it already.
    """
    if (view or collection_view(collection_id)).state in {CollectionState.CAPTURED, CollectionState.AUTHORISED}:
        return Settled()
    attempt = _last_attempt.first(collection_id)
    if attempt is None:
        return None
    if attempt.state in OPEN_ATTEMPT_STATES:
        return step_from_json(attempt.step) if attempt.step else None
    return end_of(attempt)


def collection_view(collection_id: int) -> CollectionView:
    """Return where a collection stands. NotFound."""
    row = _collection.first(collection_id)
    if row is None:
        raise NotFound()
    currency = row.currency
    return CollectionView(
        id=row.pk,
        reference=row.reference,
        label=row.label,
        state=row.state,
        method_code=row.method_code,
        amount=Money(row.amount_minor, currency),
        authorised=Money(row.authorised_minor, currency),
        captured=Money(row.captured_minor, currency),
        refunded=Money(row.refunded_minor, currency),
        disputed=Money(row.disputed_minor, currency),
        charged_back=Money(row.charged_back_minor, currency),
        due=Money(max(0, row.amount_minor - row.captured_minor), currency),
        is_closed=row.closed_at is not None,
        created_at=row.created_at,
    )


def attempts_of(collection_id: int) -> list[PaymentAttempt]:
    """Return every try to pay a collection, oldest first (one query)."""
    return _attempts.rows(collection_id)


def may_start(collection_id: int, *, email: str, address: str) -> Verdict:
    """Return whether a shopper may try to pay once more, has to show that they are a person, or tried too often."""
    return verdict(PaymentCollection(pk=collection_id), email=email, address=address)


def payment_history(collection_id: int) -> PaymentHistory:
    """Return all attempts, messages and refunds of a collection for the back office, in six queries."""
    row = _collection.first(collection_id)
    if row is None:
        raise NotFound()
    events: dict[int | None, list[EventView]] = defaultdict(list)
    for event in _events.rows(collection_id):
        events[event.attempt_id].append(_event(event))
    attempts = [
        AttemptView(
            id=attempt.pk,
            gateway=attempt.gateway,
            state=attempt.state,
            amount=Money(attempt.amount_minor, row.currency),
            token=attempt.token,
            external_id=attempt.external_id,
            error_code=attempt.error_code,
            error_message=attempt.error_message,
            created_at=attempt.created_at,
            events=tuple(events[attempt.pk]),
            test_mode=attempt.test_mode,
            details=attempt.details,
        )
        for attempt in attempts_of(collection_id)
    ]
    refunds = [
        RefundView(
            id=refund.pk,
            amount=Money(refund.amount_minor, row.currency),
            state=refund.state,
            external_id=refund.external_id,
            reason=refund.reason,
            actor=refund.actor,
            error_message=refund.error_message,
            created_at=refund.created_at,
        )
        for refund in _refunds.rows(collection_id)
    ]
    reassigned = [
        *(
            ReassignedView(entry.source.label, Money(entry.amount_minor, row.currency), True, entry.created_at)
            for entry in _taken.rows(collection_id)
        ),
        *(
            ReassignedView(entry.target.label, Money(entry.amount_minor, row.currency), False, entry.created_at)
            for entry in _given.rows(collection_id)
        ),
    ]
    told = {event.kind for rows in events.values() for event in rows}
    disputes = disputes_of(collection_id, row.currency) if DISPUTE_KINDS & told else ()
    return PaymentHistory(tuple(attempts), tuple(events[None]), tuple(refunds), tuple(reassigned), disputes)


def disputes_of(collection_id: int, currency: str) -> tuple[DisputeView, ...]:
    """Return what payers asked their banks to take back, oldest first (one query)."""
    return tuple(
        DisputeView(
            id=row.pk,
            amount=Money(row.amount_minor, currency),
            state=row.state,
            external_id=row.external_id,
            reason=row.reason,
            respond_by=row.respond_by,
            opened_at=row.opened_at,
        )
        for row in Dispute.objects.filter(collection_id=collection_id)
    )


def unresolved_events(limit: int = 100) -> list[EventView]:
    """Return messages that fit no payment, or not as they should, and that nobody has decided on, newest first."""
    rows = PaymentEvent.objects.exclude(problem="").filter(resolution="").defer("body", "headers")
    return [_event(row) for row in rows.order_by("-pk")[:limit]]


def _event(row: PaymentEvent) -> EventView:
    return EventView(
        id=row.pk,
        provider=row.provider,
        external_id=row.external_id,
        kind=row.kind,
        amount=Money(row.amount_minor, row.currency) if row.currency else None,
        transaction_id=row.transaction_id,
        actor=row.actor,
        note=row.note,
        error_code=row.error_code,
        error_message=row.error_message,
        problem=row.problem,
        resolution=row.resolution,
        received_at=row.received_at,
    )


def gateway_forms(language: str, *, for_test: bool | None = None) -> list[GatewayForm]:
    """Return every gateway this shop knows as its settings page shows it, enabled ones first.

    `for_test` asks for the keys for trying out or for the real ones; None: those that are in use.
    """
    rows = {row.code: row for row in GatewaySetting.objects.all()}
    forms = []
    with translation.override(language):
        for code, gateway in gateways:
            row = rows.get(code) or GatewaySetting(code=code)
            fields = gateway.description.fields
            secret = {entry.name for entry in fields if entry.kind == "secret"}
            has_test_mode = gateway.description.has_test_mode
            chosen = has_test_mode and (row.test_mode if for_test is None else for_test)
            values = to_config(row, test_mode=chosen).values
            _, secrets_set = shown(fields, row.test_settings if chosen else row.settings)
            forms.append(
                GatewayForm(
                    code=code,
                    name=str(gateway.description.name),
                    description=str(gateway.description.description),
                    enabled=row.enabled,
                    position=row.position,
                    test_mode=row.test_mode,
                    fields=fields,
                    values={name: value for name, value in values.items() if name not in secret},
                    secrets_set=secrets_set,
                    for_test=chosen,
                    has_test_mode=has_test_mode,
                    can_check=isinstance(gateway, ChecksConnection),
                    guide=tuple(str(step) for step in gateway.description.guide),
                    rules=rules_of(row.rules),
                )
            )
    return sorted(forms, key=lambda form: (not form.enabled, form.position, form.code))


def alarms(limit: int = 50) -> list[PaymentAlarm]:
    """Return the hours in which somebody was refused because of too many tries, newest first (one query)."""
    return list(PaymentAlarm.objects.order_by("-pk")[:limit])


def charge_of(attempt_id: int) -> str:
    """Return the provider's name for the charge that an attempt took, "" if there is none."""
    counts = Q(problem=Problem.NONE) | Q(resolution=Resolution.ACCEPTED)
    told = PaymentEvent.objects.filter(counts, attempt_id=attempt_id, kind=EventKind.CAPTURED).order_by("pk")
    return told.values_list("transaction_id", flat=True).first() or ""


def _counted(gateway: str, test_mode: bool) -> QuerySet[PaymentEvent]:
    counts = Q(problem=Problem.NONE) | Q(resolution=Resolution.ACCEPTED)
    return (
        PaymentEvent.objects.filter(
            counts,
            provider=gateway,
            kind__in=[EventKind.CAPTURED, EventKind.REFUNDED, EventKind.REFUND_FAILED],
            collection__isnull=False,
            attempt__test_mode=test_mode,
        )
        .select_related("collection")
        .defer("body", "headers")
        .order_by("pk")
    )


def movements_of_day(*, gateway: str, test_mode: bool, begin: datetime, end: datetime) -> list[RecordedMovement]:
    """Return what a provider told of money from `begin` up to `end` (UTC), told twice it counts once (three queries).

    Refunds that came to nothing are left out: some bills have them twice, there and back, and others not at all.
    """
    told = _movements(_counted(gateway, test_mode).filter(received_at__gte=begin, received_at__lt=end))
    refunds = [entry.transaction_id for entry in told if entry.kind != EventKind.CAPTURED]
    failed = set(
        _counted(gateway, test_mode)
        .filter(kind=EventKind.REFUND_FAILED, transaction_id__in=refunds)
        .values_list("transaction_id", flat=True)
    )
    return [entry for entry in told if entry.kind == EventKind.CAPTURED or entry.transaction_id not in failed]


def movements_like(*, gateway: str, test_mode: bool, names: Sequence[str]) -> list[RecordedMovement]:
    """Return the recorded money that any of `names` (transactions, attempts' and refunds' tokens) names.

    A refund that the provider has taken note of counts from then on, whatever becomes of it.
    """
    found: list[RecordedMovement] = []
    for start in range(0, len(names), _NAMES_AT_ONCE):
        some = list(names[start : start + _NAMES_AT_ONCE])
        asked = list(
            Refund.objects.select_related("collection").filter(
                Q(token__in=some) | Q(external_id__in=some),
                attempt__gateway=gateway,
                attempt__test_mode=test_mode,
            )
        )
        named = Q(transaction_id__in=[*some, *(row.external_id for row in asked if row.external_id)])
        attempts = Q(kind=EventKind.CAPTURED, attempt_token__in=some)
        told = _movements(_counted(gateway, test_mode).filter(named | attempts))
        names_told = {entry.transaction_id for entry in told if entry.kind == EventKind.REFUNDED}
        found += told
        found += [_asked_for(row) for row in asked if row.external_id and row.external_id not in names_told]
    return found


def _asked_for(row: Refund) -> RecordedMovement:
    return RecordedMovement(
        kind=EventKind.REFUNDED,
        token=row.token,
        transaction_id=row.external_id,
        amount=Money(row.amount_minor, row.collection.currency),
        reference=row.collection.reference,
        label=row.collection.label,
    )


def _movements(rows: Iterable[PaymentEvent]) -> list[RecordedMovement]:
    told: dict[tuple[int | None, str, str], PaymentEvent] = {}
    for row in rows:
        told.setdefault((row.attempt_id, row.kind, row.transaction_id), row)
    asked = dict(
        Refund.objects.filter(
            external_id__in=[row.transaction_id for row in told.values() if row.kind != EventKind.CAPTURED]
        ).values_list("external_id", "token")
    )
    return [
        RecordedMovement(
            kind=row.kind,
            token=row.attempt_token if row.kind == EventKind.CAPTURED else asked.get(row.transaction_id, ""),
            transaction_id=row.transaction_id,
            amount=Money(row.amount_minor, row.currency),
            reference=row.collection.reference if row.collection else "",
            label=row.collection.label if row.collection else "",
        )
        for row in told.values()
    ]
