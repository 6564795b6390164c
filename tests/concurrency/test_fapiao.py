"""Eight members of staff issue one request at once, or take one fapiao back: it is done once."""

from __future__ import annotations

import threading

import pytest

from duli.base.clock import now
from duli.commerce.fapiao import locks
from duli.commerce.fapiao.models import Fapiao, FapiaoRequest
from duli.commerce.fapiao.provider import (
    PaperWish,
    Progress,
    ProviderConfig,
    ProviderDescription,
    ProviderRefused,
    ProviderUnavailable,
    providers,
)
from duli.commerce.fapiao.services import follow, hand_over, issue, issue_red, save_service
from duli.commerce.fapiao.services import sending as sendings
from duli.commerce.orders.models import Order
from duli.platform.store.changes import reset_caches
from tests import factories
from tests.concurrency.hands import HANDS, all_hands

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]


def number(hand: int) -> str:
    return f"2611700000000000{hand:04}"


def request_of(order: Order) -> FapiaoRequest:
    return factories.fapiao_request(order)


@pytest.fixture
def order() -> Order:
    factories.shop()
    return factories.order(paid=True)


def test_one_request_is_issued_once(order: Order) -> None:
    row = request_of(order)
    outcomes = all_hands(
        lambda hand: issue(request_id=row.pk, number=number(hand), issued_on=now().date(), actor=f"user:{hand}")
    )
    assert outcomes == {"done": 1, "fapiao_nothing_to_issue": HANDS - 1}
    assert Fapiao.objects.get().amount_minor == order.total_minor


def test_one_fapiao_is_taken_back_once(order: Order) -> None:
    blue = factories.fapiao(order)
    outcomes = all_hands(
        lambda hand: issue_red(
            fapiao_id=blue.pk, number=number(hand), issued_on=now().date(), whole=True, actor=f"user:{hand}"
        )
    )
    assert outcomes == {"done": 1, "fapiao_nothing_to_take_back": HANDS - 1}
    assert sum(Fapiao.objects.values_list("amount_minor", flat=True)) == 0


def test_one_request_is_handed_to_the_service_once(order: Order, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    class Slow:
        """A service that takes everything and issues nothing yet."""

        code = "slow"
        description = ProviderDescription("Slow", "")

        def issue(self, wish: PaperWish, config: ProviderConfig) -> Progress:
            asked.append(wish.key)
            return Progress("under_way")

        def find(self, key: str, config: ProviderConfig) -> Progress | None:
            return Progress("under_way")

        def check(self, config: ProviderConfig) -> str:
            return ""

    monkeypatch.setitem(providers._entries, "slow", Slow())
    row = request_of(order)
    save_service(code="slow", enabled=True, by_itself=False, values={}, actor=factories.ACTOR)
    reset_caches()
    outcomes = all_hands(lambda hand: hand_over(request_id=row.pk, actor=f"user:{hand}"))
    assert outcomes == {"done": 1, "fapiao_sending_under_way": HANDS - 1}
    assert len(asked) == 1


class Forgetful:
    """A service that takes a key once, says no to it afterwards, and whose first answer gets lost."""

    code = "forgetful"
    description = ProviderDescription("Forgetful", "")

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.lock = threading.Lock()

    def issue(self, wish: PaperWish, config: ProviderConfig) -> Progress:
        with self.lock:
            if wish.key in self.taken:
                raise ProviderRefused(detail="not twice")
            self.taken.append(wish.key)
        raise ProviderUnavailable()

    def find(self, key: str, config: ProviderConfig) -> Progress | None:
        with self.lock:
            return Progress("issued", number=f"{int(key[1:].replace('N', '0')):020}") if key in self.taken else None

    def check(self, config: ProviderConfig) -> str:
        return ""


def rush_after_a_lost_answer(order: Order, monkeypatch: pytest.MonkeyPatch) -> Forgetful:
    """The answer got lost; eight hands look after it and press again, all at once."""
    service = Forgetful()
    monkeypatch.setitem(providers._entries, service.code, service)
    monkeypatch.setattr(sendings, "PAUSE", -sendings.PAUSE)
    row = request_of(order)
    save_service(code=service.code, enabled=True, by_itself=False, values={}, actor=factories.ACTOR)
    reset_caches()
    assert hand_over(request_id=row.pk, actor=factories.ACTOR).state == "under_way"

    def look_and_press(hand: int) -> None:
        follow()
        hand_over(request_id=row.pk, actor=f"user:{hand}")

    outcomes = all_hands(look_and_press)
    assert sum(outcomes.values()) == HANDS
    return service


def test_after_a_lost_answer_it_is_issued_once_however_many_press(
    order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = rush_after_a_lost_answer(order, monkeypatch)
    follow()
    assert len(service.taken) == 1
    assert Fapiao.objects.get().amount_minor == order.total_minor


def test_without_looking_it_up_a_lost_answer_becomes_two(order: Order, monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin without the guard: "not twice" is believed, and the next press asks under a new key."""
    monkeypatch.setattr(sendings, "look_up", lambda _sending: None)
    assert len(rush_after_a_lost_answer(order, monkeypatch).taken) > 1


def test_without_the_lock_it_is_issued_many_times(order: Order, monkeypatch: pytest.MonkeyPatch) -> None:
    row = request_of(order)

    def unguarded(request_id: int) -> tuple[Order, FapiaoRequest]:
        # Everybody has looked before anybody writes, as a read without a lock allows.
        found = FapiaoRequest.objects.select_related("order").get(pk=request_id)
        found._prefetched_objects_cache = {"papers": Fapiao.objects.none()}  # type: ignore[attr-defined]
        return found.order, found

    monkeypatch.setattr(locks, "lock_request", unguarded)
    all_hands(lambda hand: issue(request_id=row.pk, number=number(hand), issued_on=now().date(), actor=f"user:{hand}"))
    assert Fapiao.objects.count() == HANDS
