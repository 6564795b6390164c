"""What a service is asked for, and what its odd answers come to, with a service that says what a test wants."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from duli.base.clock import frozen, now
from duli.commerce.fapiao import services
from duli.commerce.fapiao.models import Fapiao, FapiaoRequest, FapiaoSending
from duli.commerce.fapiao.provider import (
    KeyTaken,
    PaperWish,
    Progress,
    ProviderConfig,
    ProviderDescription,
    ProviderRefused,
    ProviderUnavailable,
    providers,
)
from duli.commerce.fapiao.services import sending as sendings
from duli.commerce.orders.services import refund
from duli.commerce.orders.types import RefundLine
from duli.platform.events.models import Event
from duli.platform.store.changes import reset_caches
from tests import factories

pytestmark = pytest.mark.django_db


class Service:
    """A service without a network: it keeps what it was asked, and answers what a test put there."""

    code = "spoken"
    description = ProviderDescription(name="Spoken", description="Says what it is told to say.")

    def __init__(self) -> None:
        self.wishes: list[PaperWish] = []
        self.found: Callable[[str], Progress | None] = lambda key: None
        self.answer: Callable[[], Progress] = lambda: Progress("under_way")

    def issue(self, wish: PaperWish, config: ProviderConfig) -> Progress:
        self.wishes.append(wish)
        return self.answer()

    def find(self, key: str, config: ProviderConfig) -> Progress | None:
        return self.found(key)

    def check(self, config: ProviderConfig) -> str:
        return "spoken"


@pytest.fixture
def service(db: None) -> Iterator[Service]:
    factories.shop()
    made = Service()
    providers.register(made.code, made)
    services.save_service(code=made.code, enabled=True, by_itself=False, values={}, actor="user:1")
    reset_caches()
    yield made
    del providers._entries[made.code]


def issued(number: str = "4" * 20, **values: Any) -> Progress:
    return Progress("issued", number=number, **values)


def raising(error: Exception) -> Callable[..., Any]:
    def fails(*_values: object) -> Any:
        raise error

    return fails


def test_goods_that_came_back_are_not_on_it(service: Service) -> None:
    tea, pot = (
        factories.variant_of(factories.product(name, price=price)) for name, price in (("茶", 3000), ("壶", 9000))
    )
    order = factories.order(tea, pot, quantity=2, paid=True)
    lines = {line.title: line for line in order.lines.all()}
    back = [RefundLine(lines["壶"].pk, 2), RefundLine(lines["茶"].pk, 1)]
    refund(order_id=order.pk, lines=back, idempotency_key="r", actor="user:1")
    services.hand_over(request_id=factories.fapiao_request(order).pk, actor="user:1")
    order.refresh_from_db()
    (wish,) = service.wishes
    told = [(line.title, line.quantity, line.minor) for line in wish.lines]
    assert told == [("茶", 1, order.total_minor - order.refunded_minor)]


def test_where_only_the_parcel_was_paid_the_goods_share_it(service: Service) -> None:
    order = factories.order(paid=True)
    order.lines.update(total_minor=0)
    services.hand_over(request_id=factories.fapiao_request(order).pk, actor="user:1")
    assert [line.minor for line in service.wishes[0].lines] == [order.total_minor]


def test_who_refuses_a_question_has_not_refused_the_fapiao(service: Service) -> None:
    service.answer = raising(ProviderUnavailable())
    row = factories.fapiao_request(factories.order(paid=True))
    services.hand_over(request_id=row.pk, actor="user:1")
    service.found = raising(ProviderRefused(detail="the token is too old"))
    follow_later()
    assert FapiaoSending.objects.get().state == "under_way"
    service.found = lambda key: issued()
    follow_later(2)
    assert Fapiao.objects.get().amount_minor == row.order.total_minor


def test_a_question_that_came_twice_is_looked_up(service: Service) -> None:
    """The first was slow: the second overtook it and was taken, and now the first is refused."""
    row = factories.fapiao_request(factories.order(paid=True))
    service.answer = raising(KeyTaken(detail="there already"))
    services.hand_over(request_id=row.pk, actor="user:1")
    assert FapiaoSending.objects.get().state == "under_way", "the service has it, and does not show it yet"
    service.found = lambda key: issued()
    follow_later()
    assert (Fapiao.objects.count(), FapiaoSending.objects.get().state) == (1, "issued")


def test_a_refusal_is_not_believed_where_the_service_knows_the_key(service: Service) -> None:
    service.answer = raising(ProviderRefused(detail="no"))
    service.found = lambda key: issued()
    services.hand_over(request_id=factories.fapiao_request(factories.order(paid=True)).pk, actor="user:1")
    assert (Fapiao.objects.count(), FapiaoSending.objects.get().state) == (1, "issued")


def test_what_cannot_be_written_down_is_not_issued_again(service: Service) -> None:
    """Its number stands on another order's fapiao: a person has to look, and no second one is made meanwhile."""
    taken = factories.fapiao(factories.order(paid=True))
    row = factories.fapiao_request(factories.order(paid=True))
    service.answer = service.found = lambda *_values: issued(taken.number)  # type: ignore[assignment]
    for _time in range(2):
        sending = services.hand_over(request_id=row.pk, actor="user:1")
        assert (sending.state, taken.number in sending.why) == ("refused", True)
    assert len(service.wishes) == FapiaoSending.objects.count() == 1


def test_one_that_a_person_wrote_down_is_no_obstacle_to_its_successor(service: Service) -> None:
    order = factories.order(paid=True)
    row = factories.fapiao_request(order)
    service.answer = lambda: Progress("refused", why="no")
    services.hand_over(request_id=row.pk, actor="user:1")
    paper = services.issue(request_id=row.pk, number="5" * 20, issued_on=now().date(), actor="user:1")
    services.issue_red(fapiao_id=paper.pk, number="6" * 20, issued_on=now().date(), whole=True, actor="user:1")
    service.found = lambda key: issued(paper.number)
    service.answer = lambda: issued("7" * 20)
    services.hand_over(request_id=row.pk, actor="user:1")
    assert [wish.key[-2:] for wish in service.wishes] == ["N1", "N2"]
    assert FapiaoRequest.objects.get().state == "issued"


def test_a_service_that_is_gone_does_not_keep_another_from_issuing(service: Service) -> None:
    row = factories.fapiao_request(factories.order(paid=True))
    service.answer = lambda: Progress("refused", why="no")
    services.hand_over(request_id=row.pk, actor="user:1")
    FapiaoSending.objects.update(service="former")
    service.answer = lambda: issued()
    assert services.hand_over(request_id=row.pk, actor="user:1").state == "issued"


def test_one_that_breaks_does_not_keep_others_waiting(
    service: Service, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(sendings, "AT_ONCE", 2)
    rows = [factories.fapiao_request(factories.order(paid=True)) for _number in range(3)]
    keys = [services.hand_over(request_id=row.pk, actor="user:1").key for row in rows]
    asked: list[str] = []

    def found(key: str) -> Progress:
        asked.append(key)
        if key == keys[0]:
            raise KeyError("nobody thought of this answer")
        return Progress("under_way")

    service.found = found
    follow_later(1)
    follow_later(2)
    assert asked == [keys[0], keys[1], keys[2], keys[0]]
    assert "nobody thought" in caplog.text


def test_a_file_that_is_none_does_not_undo_the_number(service: Service) -> None:
    row = factories.fapiao_request(factories.order(paid=True))
    service.answer = lambda: issued(content=b"<html>try again later</html>")
    services.hand_over(request_id=row.pk, actor="user:1")
    paper = Fapiao.objects.get()
    assert (paper.number, paper.file_id, FapiaoSending.objects.get().state) == ("4" * 20, None, "issued")


def test_staff_hear_of_money_that_went_back_while_it_was_under_way(service: Service) -> None:
    order = factories.order(paid=True)
    row = factories.fapiao_request(order)
    services.hand_over(request_id=row.pk, actor="user:1")
    refund(order_id=order.pk, lines=[], adjustment_minor=500, idempotency_key="r", actor="user:1")
    factories.drain()
    service.found = lambda key: issued()
    follow_later()
    assert FapiaoRequest.objects.get().state == "to_correct"
    assert [event.data["minor"] for event in Event.objects.filter(name="fapiao.to_correct")] == [500]


def follow_later(minutes: int = 1) -> None:
    with frozen(now() + timedelta(minutes=minutes)):
        services.follow()
