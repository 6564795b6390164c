"""Our process is killed with -9 while a service issues a fapiao: whoever comes after it finds one, and no second."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from duli.commerce.fapiao import services
from duli.commerce.fapiao.models import Fapiao, FapiaoRequest, FapiaoSending
from duli.commerce.fapiao.services import sending as sendings
from duli.commerce.fapiao.types import NothingToIssue, SendingUnderWay
from duli.platform.store.changes import reset_caches
from sandbox.fapiao import Account, Nuonuo, create_app
from sandbox.kit.wsgi import serve
from tests import factories
from tests.concurrency.killing import in_another_process

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]
ACCOUNT = Account("practice", "the secret both know", "token-1", "91330106MA2KXW5T65")
MOST_POINTS = 20


@pytest.fixture
def app() -> Iterator[Nuonuo]:
    server = serve(lambda url: create_app(ACCOUNT, public_url=url))
    made = create_app(ACCOUNT, public_url=server.url)
    server.set_app(made)  # type: ignore[arg-type]
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield made
    server.shutdown()
    server.server_close()


@pytest.fixture
def request_to_issue(app: Nuonuo) -> FapiaoRequest:
    factories.shop()
    services.save_service(
        code="nuonuo",
        enabled=True,
        by_itself=False,
        values={
            "app_key": ACCOUNT.app_key,
            "app_secret": ACCOUNT.app_secret,
            "token": ACCOUNT.token,
            "tax_number": ACCOUNT.tax_number,
            "goods_code": "1090101010000000000",
            "base_url": app.public_url,
        },
        actor="user:1",
    )
    reset_caches()
    return factories.fapiao_request(factories.order(paid=True))


def press(row: FapiaoRequest) -> None:
    services.hand_over(request_id=row.pk, actor="user:1")


def test_killed_between_the_call_and_the_answer_it_is_issued_once(
    app: Nuonuo, request_to_issue: FapiaoRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = request_to_issue
    assert not in_another_process(lambda: press(row), kill_at=1, calls_only=True)
    assert [paper["id"] for paper in app.store.all("paper")] == [FapiaoSending.objects.get().key]
    with pytest.raises(SendingUnderWay):
        press(row)
    monkeypatch.setattr(sendings, "PAUSE", -sendings.PAUSE)
    for _time in range(3):
        services.follow()
    assert Fapiao.objects.get().number == app.store.all("paper")[0]["number"]
    with pytest.raises(NothingToIssue):
        press(row)


def test_killed_anywhere_one_is_issued(
    app: Nuonuo, request_to_issue: FapiaoRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At every commit and every answer of the press and of the job that follows it."""
    monkeypatch.setattr(sendings, "PAUSE", -sendings.PAUSE)
    row = request_to_issue

    def press_and_follow() -> None:
        if not FapiaoSending.objects.exists():
            press(row)
        for _time in range(3):
            services.follow()

    dead = 0
    while not in_another_process(press_and_follow, kill_at=dead + 1):
        dead += 1
        assert dead < MOST_POINTS
        assert len(app.store.all("paper")) <= 1
    assert dead >= 4
    assert len(app.store.all("paper")) == Fapiao.objects.count() == FapiaoSending.objects.count() == 1
