"""What the stored events mean, as pure functions: neither their order nor their repetition matters."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from duli.commerce.payments.states import AttemptState, CollectionState, DisputeState, EventKind, Problem, Resolution

OVERPAID = "overpaid"
_DISPUTES = {
    EventKind.INQUIRED: DisputeState.INQUIRY,
    EventKind.DISPUTED: DisputeState.OPEN,
    EventKind.DISPUTE_WON: DisputeState.WON,
    EventKind.DISPUTE_LOST: DisputeState.LOST,
}
# However late it is told: a dispute that was decided is not open again, one that was lost is not won.
_RANK = {DisputeState.INQUIRY: 0, DisputeState.OPEN: 1, DisputeState.WON: 2, DisputeState.LOST: 3}
_MONEY = {EventKind.AUTHORISED, EventKind.CAPTURED, EventKind.REFUNDED, *_DISPUTES}


@dataclass(frozen=True, slots=True)
class Fact:
    """One event, reduced to what counts; `minor` in the collection's currency unless `problem` says otherwise."""

    kind: str
    attempt_id: int | None
    transaction_id: str
    minor: int
    problem: str = ""
    resolution: str = ""

    @property
    def counts(self) -> bool:
        return not self.problem or self.resolution == Resolution.ACCEPTED


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a collection stands; `attempts` has the state of each attempt of which something is known.

    `reason` says why it needs review, `refunds` the state of each refund by its transaction.
    """

    authorised: int
    captured: int
    refunded: int
    disputed: int
    charged_back: int
    state: CollectionState
    reason: str
    attempts: Mapping[int, AttemptState]
    refunded_transactions: frozenset[str]
    failed_refunds: frozenset[str]
    disputes: Mapping[tuple[int | None, str], tuple[int, DisputeState]]


def problem_of(
    *,
    kind: str,
    minor: int,
    currency: str,
    account_matches: bool,
    attempt_minor: int,
    attempt_currency: str,
    authorised: bool = False,
) -> Problem:
    """Compare what a provider says with what was asked for; only money that comes or goes is compared.

    Of what was `authorised` before, less may be taken.
    """
    if kind not in _MONEY:
        return Problem.NONE
    if not account_matches:
        return Problem.ACCOUNT_MISMATCH
    if currency != attempt_currency:
        return Problem.CURRENCY_MISMATCH
    exact = kind == EventKind.AUTHORISED or (kind == EventKind.CAPTURED and not authorised)
    if minor > attempt_minor or (exact and minor != attempt_minor):
        return Problem.AMOUNT_MISMATCH
    return Problem.NONE


def standing_of(
    *,
    amount: int,
    closed: bool,
    attempts: Mapping[int, tuple[str, int]],
    facts: Iterable[Fact],
    reassigned: int = 0,
) -> Standing:
    """Derive everything from `facts`. `attempts` maps an attempt to its own state and amount (minor units).

    `reassigned` is captured money that came from other collections, below zero: that went to them.
    """
    captures: dict[tuple[int | None, str], int] = {}
    undone: set[tuple[int | None, str]] = set()
    authorisations: dict[int | None, int] = defaultdict(int)
    refunds: dict[str, int] = {}
    failed_refunds: set[str] = set()
    disputes: dict[tuple[int | None, str], tuple[int, DisputeState]] = {}
    kinds: dict[int | None, set[str]] = defaultdict(set)
    reasons: set[str] = set()
    for fact in facts:
        if fact.problem and not fact.resolution:
            reasons.add(fact.problem)
        if not fact.counts:
            if fact.kind == EventKind.CAPTURED:
                # The provider took something: whatever it was, this attempt is over.
                kinds[fact.attempt_id].add(EventKind.FAILED)
            continue
        kinds[fact.attempt_id].add(fact.kind)
        if fact.kind == EventKind.CAPTURED:
            key = (fact.attempt_id, fact.transaction_id)
            captures[key] = max(captures.get(key, 0), fact.minor)
        elif fact.kind == EventKind.REVERSED:
            undone.add((fact.attempt_id, fact.transaction_id))
        elif fact.kind == EventKind.AUTHORISED:
            authorisations[fact.attempt_id] = max(authorisations[fact.attempt_id], fact.minor)
        elif fact.kind == EventKind.REFUNDED:
            refunds[fact.transaction_id] = max(refunds.get(fact.transaction_id, 0), fact.minor)
        elif fact.kind == EventKind.REFUND_FAILED:
            failed_refunds.add(fact.transaction_id)
        elif fact.kind in _DISPUTES:
            key = (fact.attempt_id, fact.transaction_id)
            before, state = disputes.get(key, (0, DisputeState.INQUIRY))
            disputes[key] = (
                max(before, fact.minor),
                max(state, _DISPUTES[EventKind(fact.kind)], key=_RANK.__getitem__),
            )
    captured_by_attempt: dict[int | None, int] = defaultdict(int)
    for key, minor in captures.items():
        if key not in undone:
            captured_by_attempt[key[0]] += minor
    states = {
        attempt_id: _attempt_state(own, wanted, captured_by_attempt[attempt_id], kinds[attempt_id])
        for attempt_id, (own, wanted) in attempts.items()
    }
    captured = max(0, sum(captured_by_attempt.values()) + reassigned)
    released = {AttemptState.FAILED, AttemptState.CLOSED}
    authorised = captured + sum(
        minor
        for attempt_id, minor in authorisations.items()
        if attempt_id is not None and not captured_by_attempt[attempt_id] and states[attempt_id] not in released
    )
    given_back = sum(minor for transaction, minor in refunds.items() if transaction not in failed_refunds)
    # A refund may be told before its charge: it never counts for more than has been captured so far.
    refunded = min(given_back, captured)
    lost = sum(minor for minor, state in disputes.values() if state == DisputeState.LOST)
    pending = sum(minor for minor, state in disputes.values() if state == DisputeState.OPEN)
    if captured - refunded > amount:
        reasons.add(OVERPAID)
    return Standing(
        authorised=authorised,
        captured=captured,
        refunded=refunded,
        disputed=min(pending, captured),
        charged_back=min(lost, captured),
        state=_state(amount, closed, authorised, captured, refunded, bool(reasons)),
        reason=min(reasons, default=""),
        attempts=states,
        refunded_transactions=frozenset(refunds) - failed_refunds,
        failed_refunds=frozenset(failed_refunds),
        disputes=disputes,
    )


def _attempt_state(own: str, wanted: int, captured: int, kinds: set[str]) -> AttemptState:
    if captured >= wanted or (captured and EventKind.AUTHORISED in kinds):
        # Less than was authorised may be taken, once: the rest is released.
        return AttemptState.CAPTURED
    if EventKind.FAILED in kinds:
        return AttemptState.FAILED
    if EventKind.CLOSED in kinds or EventKind.REVERSED in kinds:
        # Who pays after all does so by a try of its own.
        return AttemptState.CLOSED
    if EventKind.AUTHORISED in kinds:
        return AttemptState.AUTHORISED
    return AttemptState(own)


def _state(amount: int, closed: bool, authorised: int, captured: int, refunded: int, review: bool) -> CollectionState:
    if review:
        return CollectionState.REVIEW
    if captured - refunded >= amount:
        return CollectionState.CAPTURED
    if captured and refunded >= captured:
        return CollectionState.REFUNDED
    if refunded:
        return CollectionState.PARTLY_REFUNDED
    if captured:
        return CollectionState.PARTLY_CAPTURED
    if authorised:
        return CollectionState.AUTHORISED
    return CollectionState.CLOSED if closed else CollectionState.OPEN
