from __future__ import annotations

from random import Random

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from duli.base.errors import Conflict, InvalidInput, NotFound
from duli.base.money import Money
from duli.commerce.payments import selectors, services
from duli.commerce.payments.gateway import (
    Failed,
    GatewayEvent,
    Instructions,
    Redirect,
    Settled,
    ShowQR,
    Step,
    step_from_json,
    step_to_json,
)
from duli.commerce.payments.models import PaymentAttempt, PaymentCollection
from duli.commerce.payments.rules import MethodRules
from duli.commerce.payments.states import AttemptState, CollectionState
from duli.commerce.payments.types import (
    AlreadyPaid,
    IdempotencyConflict,
    ReferenceTaken,
    RefundTooLarge,
    UnknownMethod,
    WrongCurrency,
)
from duli.platform.events.models import Event
from duli.platform.store.changes import reset_caches
from duli.platform.store.sealing import seal, unseal

pytestmark = pytest.mark.django_db

STAFF = "user:1"
AMOUNT = Money(5000, "CNY")


@pytest.fixture(autouse=True)
def _methods(db: None) -> None:
    services.save_gateway(code="bank_transfer", enabled=True, values={"accounts": "Account: 1"}, position=1)
    services.save_gateway(code="cash_on_delivery", enabled=True, values={}, position=2)


def collection_of(reference: str = "order:1", amount: Money = AMOUNT) -> PaymentCollection:
    return services.open_collection(
        reference=reference, amount=amount, method_code="bank_transfer", return_url="/orders/t", language="en"
    )


def count(name: str) -> int:
    return Event.objects.filter(name=name).count()


def test_the_same_reference_is_the_same_collection() -> None:
    assert collection_of().pk == collection_of().pk
    with pytest.raises(ReferenceTaken), transaction.atomic():
        collection_of(amount=Money(5001, "CNY"))
    with pytest.raises(ReferenceTaken), transaction.atomic():
        collection_of(amount=Money(5000, "USD"))


def test_nothing_to_pay_is_paid() -> None:
    collection = collection_of(amount=Money(0, "CNY"))
    assert collection.state == CollectionState.CAPTURED
    assert services.start(collection_id=collection.pk, idempotency_key="k") == Settled()
    collection_of(amount=Money(0, "CNY"))
    assert count("payments.captured") == 1


@pytest.mark.parametrize("url", ["https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere", "orders/1"])
def test_shoppers_are_only_sent_to_our_own_pages(url: str) -> None:
    with pytest.raises(InvalidInput):
        services.open_collection(
            reference="order:2", amount=AMOUNT, method_code="bank_transfer", return_url=url, language="en"
        )


@pytest.mark.parametrize("amount", [Money(-1, "CNY"), Money(10**16, "CNY"), Money(1, "XYZ")])
def test_absurd_amounts(amount: Money) -> None:
    with pytest.raises(InvalidInput):
        collection_of(amount=amount)


def test_unknown_method() -> None:
    with pytest.raises(UnknownMethod), transaction.atomic():
        services.open_collection(reference="order:3", amount=AMOUNT, method_code="gold", return_url="/", language="en")
    with pytest.raises(UnknownMethod):
        services.change_method(collection_id=collection_of().pk, method_code="gold")


@pytest.mark.django_db(transaction=True)
def test_providers_are_never_called_inside_a_transaction() -> None:
    services.save_gateway(code="bank_transfer", enabled=True, values={"accounts": "Account: 1"})
    collection = collection_of()
    with transaction.atomic(), pytest.raises(RuntimeError):
        services.start(collection_id=collection.pk, idempotency_key="k")
    assert not isinstance(services.start(collection_id=collection.pk, idempotency_key="k"), Failed)


def test_change_of_method_keeps_one_open_attempt() -> None:
    collection = collection_of()
    services.start(collection_id=collection.pk, idempotency_key="k1")
    services.change_method(collection_id=collection.pk, method_code="cash_on_delivery")
    services.start(collection_id=collection.pk, idempotency_key="k2")
    assert list(collection.attempts.values_list("gateway", "state")) == [
        ("bank_transfer", AttemptState.CLOSED),
        ("cash_on_delivery", AttemptState.PENDING),
    ]
    services.mark_received(collection_id=collection.pk, amount=AMOUNT, actor=STAFF, idempotency_key="m")
    with pytest.raises(AlreadyPaid):
        services.change_method(collection_id=collection.pk, method_code="bank_transfer")


def test_the_database_itself_refuses_two_open_attempts() -> None:
    collection = collection_of()
    services.start(collection_id=collection.pk, idempotency_key="k1")
    attempt = collection.attempts.get()
    attempt.pk, attempt.token, attempt.idempotency_key = None, "other", "other"
    with pytest.raises(IntegrityError), transaction.atomic():
        attempt.save(force_insert=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        PaymentCollection.objects.update(refunded_minor=1)


def test_keys_belong_to_their_collection() -> None:
    first, second = collection_of("order:1"), collection_of("order:2")
    services.start(collection_id=first.pk, idempotency_key="same")
    services.start(collection_id=second.pk, idempotency_key="same")
    for collection in (first, second):
        assert collection.attempts.count() == 1
        services.mark_received(collection_id=collection.pk, amount=AMOUNT, actor=STAFF, idempotency_key="same")
        collection.refresh_from_db()
        assert collection.state == CollectionState.CAPTURED


def test_money_that_came_by_hand_goes_back_by_hand() -> None:
    collection = collection_of()
    services.mark_received(collection_id=collection.pk, amount=AMOUNT, actor=STAFF, idempotency_key="m")
    refund = services.refund(
        collection_id=collection.pk, amount=AMOUNT, actor=STAFF, idempotency_key="r", reason="returned"
    )
    assert refund.external_id.startswith("manual:")
    event = Event.objects.get(name="payments.refunded")
    assert (event.reference, event.actor, event.data["refund_minor"]) == ("order:1", STAFF, 5000)
    with pytest.raises(IdempotencyConflict):
        services.refund(collection_id=collection.pk, amount=Money(1, "CNY"), actor=STAFF, idempotency_key="r")


@pytest.mark.parametrize(
    ("amount", "error"),
    [
        (Money(0, "CNY"), InvalidInput),
        (Money(-5, "CNY"), InvalidInput),
        (Money(5000, "USD"), WrongCurrency),
        (Money(5001, "CNY"), RefundTooLarge),
    ],
)
def test_refunds_that_cannot_be(amount: Money, error: type[Exception]) -> None:
    collection = collection_of()
    services.mark_received(collection_id=collection.pk, amount=AMOUNT, actor=STAFF, idempotency_key="m")
    with pytest.raises(error):
        services.refund(collection_id=collection.pk, amount=amount, actor=STAFF, idempotency_key="r")
    assert not collection.refunds.exists()


def captured(attempt: PaymentAttempt, name: str, minor: int, currency: str = "CNY") -> GatewayEvent:
    return GatewayEvent(name, "captured", attempt.token, Money(minor, currency), transaction_id=f"charge {name}")


def started(reference: str = "order:1") -> PaymentAttempt:
    collection = collection_of(reference)
    services.start(collection_id=collection.pk, idempotency_key="k")
    return collection.attempts.get()


def test_review_accepted_and_dismissed() -> None:
    attempt = started()
    services.record_event(provider="bank_transfer", event=captured(attempt, "e1", 4000))
    services.record_event(provider="bank_transfer", event=captured(attempt, "e2", 5000, "USD"))
    odd, foreign = selectors.unresolved_events()[::-1]
    assert (odd.problem, foreign.problem) == ("amount_mismatch", "currency_mismatch")
    with pytest.raises(InvalidInput):
        services.resolve_review(event_id=foreign.id, accept=True, actor=STAFF)
    services.resolve_review(event_id=foreign.id, accept=False, actor=STAFF)
    collection = services.resolve_review(event_id=odd.id, accept=True, actor=STAFF, note="agreed by phone")
    assert (collection.captured_minor, collection.state) == (4000, CollectionState.PARTLY_CAPTURED)
    services.resolve_review(event_id=odd.id, accept=True, actor=STAFF)
    with pytest.raises(Conflict):
        services.resolve_review(event_id=odd.id, accept=False, actor=STAFF)
    assert count("payments.needs_review") == 1
    assert not selectors.unresolved_events()


def test_events_of_another_gateway_do_not_reach_an_attempt() -> None:
    attempt = started()
    assert services.record_event(provider="sandbox_card", event=captured(attempt, "e1", 5000)) is None
    attempt.refresh_from_db()
    assert attempt.state == AttemptState.PENDING


@pytest.mark.parametrize("between", [(), ("failed",), ("closed",)])
def test_a_part_that_is_told_before_its_authorisation_counts_once_that_comes(between: tuple[str, ...]) -> None:
    attempt = started()
    kinds = [("captured", 1200), *((kind, 0) for kind in between), ("authorised", 5000)]
    for number, (kind, minor) in enumerate(kinds):
        event = GatewayEvent(f"e{number}", kind, attempt.token, Money(minor, "CNY"), transaction_id="charge")  # type: ignore[arg-type]
        services.record_event(provider="bank_transfer", event=event)
    attempt.refresh_from_db()
    row = attempt.collection
    assert (row.state, row.captured_minor, attempt.state) == ("partly_captured", 1200, "captured")
    assert not selectors.unresolved_events()


def test_what_was_never_authorised_waits_for_people() -> None:
    attempt = started()
    services.record_event(provider="bank_transfer", event=captured(attempt, "e1", 1200))
    attempt.collection.refresh_from_db()
    assert (attempt.collection.state, len(selectors.unresolved_events())) == ("review", 1)


KINDS = ("authorised", "captured", "failed", "closed", "refunded", "refund_failed")


@hypothesis_settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example([("authorised", 5000), ("captured", 1200)], Random(4))
@example([("authorised", 5000), ("failed", 5000), ("captured", 1200)], Random(4))
@given(
    st.lists(st.tuples(st.sampled_from(KINDS), st.sampled_from([5000, 5000, 1200])), min_size=1, max_size=5),
    st.randoms(use_true_random=False),
)
def test_stored_events_mean_the_same_in_any_order(told: list[tuple[str, int]], random) -> None:  # type: ignore[no-untyped-def]
    """Through the real verb: the same events shuffled and repeated leave another order in the same state."""

    def tell(reference: str, order: list[int]) -> tuple[object, ...]:
        attempt = started(reference)
        for index in order:
            kind, minor = told[index]
            transaction_id = "refund" if kind.startswith("refund") else "charge"
            event = GatewayEvent(
                f"{reference}:{index}", kind, attempt.token, Money(minor, "CNY"), transaction_id=transaction_id
            )  # type: ignore[arg-type]
            services.record_event(provider="bank_transfer", event=event)
        row = PaymentCollection.objects.get(reference=reference)
        attempt.refresh_from_db()
        return row.authorised_minor, row.captured_minor, row.refunded_minor, row.state, attempt.state

    shuffled = [*range(len(told)), *random.choices(range(len(told)), k=len(told))]
    random.shuffle(shuffled)
    number = PaymentCollection.objects.count()
    outcome = tell(f"order:{number}", list(range(len(told))))
    assert tell(f"order:{number + 1}", shuffled) == outcome


@pytest.mark.parametrize(
    "step",
    [
        Redirect("https://x.example/"),
        ShowQR("weixin://pay", "weixin://app"),
        Instructions((("Bank", "One"), ("Account", "2")), "Thanks"),
        Settled(),
        Failed("declined", "No.", retryable=False),
    ],
)
def test_steps_survive_storage(step: Step) -> None:
    assert step_from_json(step_to_json(step)) == step


def test_secrets_are_sealed_under_the_shops_key(settings) -> None:  # type: ignore[no-untyped-def]
    sealed = seal("käse 密钥", purpose="a test")
    assert "käse" not in sealed
    assert unseal(sealed, purpose="a test") == "käse 密钥"
    assert unseal(sealed, purpose="another") == ""
    old, settings.SECRET_KEY = settings.SECRET_KEY, "another"
    assert unseal(sealed, purpose="a test") == ""
    settings.SECRET_KEY_FALLBACKS = [old]
    assert unseal(sealed, purpose="a test") == "käse 密钥"


def test_setup_refuses_what_does_not_fit() -> None:
    with pytest.raises(NotFound):
        services.save_gateway(code="gold", enabled=True, values={})
    with pytest.raises(InvalidInput):
        services.save_gateway(code="bank_transfer", enabled=True, values={"accounts": "  "})
    with pytest.raises(InvalidInput):
        services.save_gateway(code="bank_transfer", enabled=True, values={"accounts": "a: b", "hold_days": "soon"})
    with pytest.raises(InvalidInput):
        services.save_gateway(code="cash_on_delivery", enabled=True, values={}, rules=MethodRules(countries=("China",)))
    with pytest.raises(InvalidInput):
        services.save_gateway(code="sandbox_card", enabled=False, values={"capture": "sometimes"})


def test_an_empty_secret_keeps_the_stored_one() -> None:
    services.save_gateway(code="sandbox_card", enabled=True, values={"secret": "one"})
    services.save_gateway(code="sandbox_card", enabled=True, values={"secret": "", "merchant": "m"})
    form = next(form for form in selectors.gateway_forms("en") if form.code == "sandbox_card")
    assert form.secrets_set == {"secret"}
    assert form.values["merchant"] == "m"


def test_methods_cost_no_query_once_known(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    reset_caches()
    offered = selectors.methods_for(currency="CNY", country="CN", amount=AMOUNT, language="en")
    assert [view.code for view in offered] == ["bank_transfer", "cash_on_delivery"]
    with django_assert_num_queries(0):
        selectors.methods_for(currency="CNY", country="CN", amount=AMOUNT, language="zh-hans")


def test_history_costs_the_same_for_one_and_many(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    attempt = started()
    for number in range(3):
        with django_assert_num_queries(6):
            history = selectors.payment_history(attempt.collection_id)
        assert len(history.attempts[0].events) == number
        services.record_event(provider="bank_transfer", event=captured(attempt, f"e{number}", 5000))
    view = selectors.collection_view(attempt.collection_id)
    assert (view.captured, view.due, view.state) == (Money(15000, "CNY"), Money(0, "CNY"), "review")
