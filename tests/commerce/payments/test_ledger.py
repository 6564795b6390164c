"""Whatever the order and however often it is told, the stored events mean the same."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from duli.commerce.payments.ledger import Fact, Standing, problem_of, standing_of
from duli.commerce.payments.states import AttemptState, CollectionState, EventKind, Problem, Resolution

AMOUNT = 1000
ATTEMPTS = {1: (AttemptState.PENDING, AMOUNT), 2: (AttemptState.PENDING, AMOUNT), 3: (AttemptState.FAILED, 400)}

facts = st.builds(
    Fact,
    kind=st.sampled_from(EventKind.values),
    attempt_id=st.sampled_from([1, 2, 3, None]),
    transaction_id=st.sampled_from(["a", "b", "c"]),
    minor=st.integers(0, 1200),
    problem=st.sampled_from(["", "", "", *Problem.values]),
    resolution=st.sampled_from(Resolution.values),
)


def stand(told: list[Fact], *, closed: bool = False) -> Standing:
    return standing_of(amount=AMOUNT, closed=closed, attempts=ATTEMPTS, facts=told)


@given(st.lists(facts, max_size=8), st.randoms(use_true_random=False), st.booleans())
def test_order_and_repetition_do_not_matter(told: list[Fact], random, closed: bool) -> None:  # type: ignore[no-untyped-def]
    again = told + random.choices(told, k=len(told)) if told else []
    random.shuffle(again)
    assert stand(again, closed=closed) == stand(told, closed=closed)


@given(st.lists(facts, max_size=8), st.booleans())
def test_sums_are_sane_and_problems_are_never_paid(told: list[Fact], closed: bool) -> None:
    standing = stand(told, closed=closed)
    assert 0 <= standing.refunded <= standing.captured <= standing.authorised
    if any(fact.problem and not fact.resolution for fact in told):
        assert standing.state == CollectionState.REVIEW
    if standing.state == CollectionState.CAPTURED:
        assert standing.captured - standing.refunded == AMOUNT
    assert (standing.state == CollectionState.REVIEW) == bool(standing.reason)


@given(st.lists(facts, max_size=8))
def test_a_captured_attempt_stays_captured(told: list[Fact]) -> None:
    told = [fact for fact in told if fact.attempt_id != 1]
    paid = [*told, Fact(EventKind.CAPTURED, 1, "x", AMOUNT)]
    later = [*paid, Fact(EventKind.FAILED, 1, "", 0), Fact(EventKind.CLOSED, 1, "", 0)]
    assert stand(later).attempts[1] == AttemptState.CAPTURED


def test_the_same_charge_told_by_message_and_by_question_counts_once() -> None:
    told = [Fact(EventKind.CAPTURED, 1, "charge", AMOUNT)] * 2
    assert stand(told).captured == AMOUNT


def test_two_charges_are_overpaid() -> None:
    standing = stand([Fact(EventKind.CAPTURED, 1, "a", AMOUNT), Fact(EventKind.CAPTURED, 2, "b", AMOUNT)])
    assert (standing.captured, standing.state, standing.reason) == (2000, CollectionState.REVIEW, "overpaid")


def test_a_refund_that_fails_in_the_end_was_none() -> None:
    told = [
        Fact(EventKind.CAPTURED, 1, "a", AMOUNT),
        Fact(EventKind.REFUND_FAILED, 1, "r", 300),
        Fact(EventKind.REFUNDED, 1, "r", 300),
    ]
    standing = stand(told)
    assert (standing.refunded, standing.state) == (0, CollectionState.CAPTURED)
    assert standing.failed_refunds == {"r"}


@given(st.lists(facts, max_size=8), st.randoms(use_true_random=False), st.booleans())
def test_money_that_was_taken_off_counts_as_if_it_had_never_come(
    told: list[Fact],
    random,  # type: ignore[no-untyped-def]
    closed: bool,
) -> None:
    told = [fact for fact in told if (fact.attempt_id, fact.transaction_id) != (1, "a")]
    both = [*told, Fact(EventKind.CAPTURED, 1, "a", 700), Fact(EventKind.REVERSED, 1, "a", 700)]
    random.shuffle(both)
    before, after = stand(told, closed=closed), stand(both, closed=closed)
    assert (after.captured, after.refunded, after.reason) == (before.captured, before.refunded, before.reason)
    assert after.state == before.state or before.authorised != after.authorised
    assert (after.attempts[1] == AttemptState.CAPTURED) == (before.attempts[1] == AttemptState.CAPTURED)


def test_a_released_authorisation_is_gone() -> None:
    told = [Fact(EventKind.CLOSED, 1, "", 0), Fact(EventKind.AUTHORISED, 1, "a", AMOUNT)]
    assert stand(told).authorised == 0
    assert stand(told, closed=True).state == CollectionState.CLOSED
    assert stand(told[1:]).state == CollectionState.AUTHORISED


def test_dismissed_money_does_not_count_and_ends_its_attempt() -> None:
    odd = Fact(EventKind.CAPTURED, 1, "a", 900, Problem.AMOUNT_MISMATCH)
    assert stand([odd]).captured == 0
    dismissed = stand([Fact(EventKind.CAPTURED, 1, "a", 900, Problem.AMOUNT_MISMATCH, Resolution.DISMISSED)])
    assert (dismissed.state, dismissed.attempts[1]) == (CollectionState.OPEN, AttemptState.FAILED)
    accepted = stand([Fact(EventKind.CAPTURED, 1, "a", 900, Problem.AMOUNT_MISMATCH, Resolution.ACCEPTED)])
    assert (accepted.captured, accepted.state) == (900, CollectionState.PARTLY_CAPTURED)


def test_what_is_compared() -> None:
    def problem(kind: str, minor: int = AMOUNT, currency: str = "CNY", account_matches: bool = True) -> str:
        return problem_of(
            kind=kind,
            minor=minor,
            currency=currency,
            account_matches=account_matches,
            attempt_minor=AMOUNT,
            attempt_currency="CNY",
        )

    assert problem(EventKind.CAPTURED) == ""
    assert problem(EventKind.CAPTURED, 999) == Problem.AMOUNT_MISMATCH
    assert problem(EventKind.AUTHORISED, 1001) == Problem.AMOUNT_MISMATCH
    assert problem(EventKind.REFUNDED, 1) == ""
    assert problem(EventKind.REFUNDED, 1001) == Problem.AMOUNT_MISMATCH
    assert problem(EventKind.CAPTURED, currency="JPY") == Problem.CURRENCY_MISMATCH
    assert problem(EventKind.CAPTURED, 1, "JPY", account_matches=False) == Problem.ACCOUNT_MISMATCH
    assert problem(EventKind.FAILED, 0, "", account_matches=False) == ""
