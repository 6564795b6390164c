"""Fapiao issued by Nuonuo, from the staff's click to the paper, at a stand-in that checks signatures and sums."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from duli.base.errors import InvalidInput
from duli.commerce.fapiao import services
from duli.commerce.fapiao.configuration import in_use, known
from duli.commerce.fapiao.models import Fapiao, FapiaoRequest, FapiaoSending
from duli.commerce.fapiao.provider import KeyTaken, ProviderRefused, ProviderUnavailable
from duli.commerce.fapiao.selectors import service_forms, terms
from duli.commerce.fapiao.services import sending as sendings
from duli.commerce.fapiao.types import NoService, NothingToIssue, SendingUnderWay
from duli.commerce.orders.models import Order
from duli.platform.audit.models import AuditEntry
from duli.platform.store.changes import reset_caches
from sandbox.fapiao import Account, Nuonuo, create_app
from sandbox.kit.wsgi import Server, serve
from tests import factories

pytestmark = pytest.mark.django_db
ACCOUNT = Account("practice", "the secret both know", "token-1", "91330106MA2KXW5T65")


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    found = serve(lambda url: create_app(ACCOUNT, public_url=url))
    threading.Thread(target=found.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield found
    found.shutdown()
    found.server_close()


@pytest.fixture
def app(server: Server, monkeypatch: pytest.MonkeyPatch) -> Nuonuo:
    """Return the stand-in; keys begin anew with each test's rows, so what it knew is forgotten."""
    made: Any = create_app(ACCOUNT, public_url=server.url)
    server.set_app(made)
    monkeypatch.setattr(sendings, "PAUSE", -sendings.PAUSE)
    factories.shop()
    return made


def set_up(server: Server, **values: Any) -> None:
    known = {
        "app_key": ACCOUNT.app_key,
        "app_secret": ACCOUNT.app_secret,
        "token": ACCOUNT.token,
        "tax_number": ACCOUNT.tax_number,
        "goods_code": "1090101010000000000",
        "base_url": server.url,
    }
    by_itself = values.pop("by_itself", False)
    services.save_service(code="nuonuo", enabled=True, by_itself=by_itself, values=known | values, actor="user:1")
    reset_caches()


def asked(name: str = "杭州青舍家居有限公司", **order: Any) -> FapiaoRequest:
    item = factories.variant_of(factories.product(price=3333))
    placed: Order = factories.order(item, quantity=3, paid=True, **order)
    return factories.fapiao_request(placed, title=name)


def test_handed_over_once_and_written_down_when_it_is_issued(server: Server, app: Nuonuo) -> None:
    row = asked()
    with pytest.raises(NoService):
        services.hand_over(request_id=row.pk, actor="user:1")
    set_up(server)
    sending = services.hand_over(request_id=row.pk, actor="user:1")
    assert (sending.state, sending.amount_minor) == ("under_way", row.order.total_minor)
    for verb in (
        lambda: services.hand_over(request_id=row.pk, actor="user:2"),
        lambda: services.issue(request_id=row.pk, number="1" * 20, issued_on=row.asked_at.date(), actor="user:2"),
        lambda: services.decline(request_id=row.pk, reason="no", actor="user:2"),
        lambda: factories.fapiao_request(row.order, title="Another"),
    ):
        with pytest.raises(SendingUnderWay):
            verb()
    services.follow()
    assert not Fapiao.objects.exists(), "the tax office takes its time"
    services.follow()
    services.follow()
    paper = Fapiao.objects.get()
    assert (paper.amount_minor, len(paper.number), paper.file_id is not None) == (row.order.total_minor, 20, True)
    told = app.store.all("paper")[0]["order"]
    assert sum(round(float(line["taxIncludedAmount"]) * 100) for line in told["invoiceDetail"]) == paper.amount_minor
    assert (told["buyerTaxNum"], told["invoiceLine"]) == ("91110000600037341L", "pc")
    row.refresh_from_db()
    assert row.state == "issued"


def test_a_refusal_is_told_and_a_person_goes_on(server: Server, app: Nuonuo) -> None:
    set_up(server)
    row = asked("税号拒绝")
    services.hand_over(request_id=row.pk, actor="user:1")
    services.follow()
    services.follow()
    sending = FapiaoSending.objects.get()
    assert (sending.state, sending.why) == ("refused", "购方税号与名称不符")
    paper = services.issue(request_id=row.pk, number="2" * 20, issued_on=row.asked_at.date(), actor="user:1")
    assert paper.amount_minor == row.order.total_minor


def test_an_answer_that_got_lost_makes_no_second_fapiao(server: Server, app: Nuonuo) -> None:
    set_up(server)
    row = asked("答案丢失")
    assert services.hand_over(request_id=row.pk, actor="user:1").state == "under_way"
    services.follow()
    services.follow()
    assert Fapiao.objects.count() == len(app.store.all("paper")) == 1


def test_what_never_reached_the_service_is_asked_for_again(server: Server, app: Nuonuo) -> None:
    set_up(server, base_url="http://127.0.0.1:1")
    row = asked()
    assert services.hand_over(request_id=row.pk, actor="user:1").state == "under_way"
    services.follow()
    assert app.store.all("paper") == []
    set_up(server)
    for _time in range(3):
        services.follow()
    assert Fapiao.objects.count() == len(app.store.all("paper")) == 1


def test_what_was_refused_and_issued_over_there_since_counts_instead_of_a_second(server: Server, app: Nuonuo) -> None:
    set_up(server)
    row = asked("税号拒绝")
    services.hand_over(request_id=row.pk, actor="user:1")
    services.follow()
    services.follow()
    sending = FapiaoSending.objects.get()
    assert sending.state == "refused"
    app.try_again(sending.key)
    again = services.hand_over(request_id=row.pk, actor="user:2")
    assert (again.pk, again.state, again.why) == (sending.pk, "issued", "")
    assert Fapiao.objects.get().number == app.store.all("paper")[0]["number"]
    with pytest.raises(NothingToIssue):
        services.hand_over(request_id=row.pk, actor="user:2")
    assert len(app.store.all("paper")) == 1


def test_what_stays_refused_is_asked_for_under_a_new_key(server: Server, app: Nuonuo) -> None:
    set_up(server)
    row = asked("税号拒绝")
    for count in (1, 2):
        services.hand_over(request_id=row.pk, actor="user:1")
        services.follow()
        services.follow()
        assert len(app.store.all("paper")) == count
    set_up(server, token="another")
    with pytest.raises(ProviderUnavailable):
        services.hand_over(request_id=row.pk, actor="user:1")
    assert FapiaoSending.objects.count() == 2


def test_wrong_keys_are_told_at_once(server: Server, app: Nuonuo) -> None:
    set_up(server, token="another")
    sending = services.hand_over(request_id=asked().pk, actor="user:1")
    assert (sending.state, sending.why) == ("refused", "accessToken 无效 (070304)")


def test_the_same_key_twice_is_no_refusal(server: Server, app: Nuonuo) -> None:
    set_up(server)
    row = asked()
    services.hand_over(request_id=row.pk, actor="user:1")
    sending = FapiaoSending.objects.get()
    found = known("nuonuo")
    assert found
    with pytest.raises(KeyTaken):
        found[0].issue(sendings.wish_for(sending), found[1])


def test_it_issues_by_itself_what_is_paid(server: Server, app: Nuonuo) -> None:
    set_up(server, by_itself=True)
    row, unpaid = asked(), factories.fapiao_request(factories.order())
    for _time in range(3):
        services.follow()
    assert list(Fapiao.objects.values_list("request_id", flat=True)) == [row.pk]
    assert not unpaid.sendings.exists()


def test_keys_are_proved_kept_sealed_and_never_shown(server: Server, app: Nuonuo) -> None:
    with pytest.raises(InvalidInput):
        set_up(server, goods_code="")
    set_up(server, token="another")
    with pytest.raises(ProviderRefused):
        services.check_service(code="nuonuo")
    set_up(server)
    assert services.check_service(code="nuonuo") == ACCOUNT.tax_number
    services.save_service(
        code="nuonuo", enabled=True, by_itself=False, values={"app_secret": "", "token": ""}, actor="user:1"
    )
    reset_caches()
    service = in_use()
    assert service
    assert service[0].text("app_secret") == ACCOUNT.app_secret, "an empty field keeps it"
    form = next(entry for entry in service_forms() if entry.code == "nuonuo")
    assert form.secrets_set == {"app_secret", "token"}
    assert "app_secret" not in form.values
    assert not [entry for entry in AuditEntry.objects.all() if ACCOUNT.app_secret in str(entry.changes)]
    assert terms()
