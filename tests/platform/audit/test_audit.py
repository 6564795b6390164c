"""What is written stays written, and says who changed what from what to what."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from duli.base.clock import frozen, now
from duli.platform.audit import services
from duli.platform.audit.context import acting, short_address
from duli.platform.audit.models import AuditEntry
from duli.platform.audit.selectors import entries
from duli.platform.audit.types import AuditFilter, AuditWords
from duli.platform.store.models import Store
from duli.platform.store.services import save_store


def _entry(**values: object) -> AuditEntry:
    services.record(**{"area": "settings", "action": "changed", "reference": "store:1", **values})  # type: ignore[arg-type]
    return AuditEntry.objects.order_by("-pk")[0]


@pytest.mark.django_db
def test_an_entry_says_who_and_from_where() -> None:
    with acting("user:3", request_id="abc", address="203.0.113.77"):
        entry = _entry(changes={"rate": (Decimal("0.13"), None)})
        named = _entry(actor="token:5")
    assert (entry.actor, entry.request_id, entry.address) == ("user:3", "abc", "203.0.113.0")
    assert entry.changes == {"rate": ["0.13", None]}
    assert named.actor == "token:5"
    assert _entry().actor == ""


@pytest.mark.parametrize(
    ("given", "kept"),
    [("203.0.113.77", "203.0.113.0"), ("2001:db8:1:2::3", "2001:db8:1::"), ("", ""), ("somewhere", "")],
)
def test_an_address_is_cut_short(given: str, kept: str) -> None:
    assert short_address(given) == kept


@pytest.mark.django_db
def test_the_difference_is_recorded_and_nothing_where_there_is_none() -> None:
    save_store(name="Tea", hold_minutes=60)
    save_store(name="Tea", hold_minutes=60)
    assert AuditEntry.objects.count() == 1
    save_store(name="Tea", hold_minutes=30, actor="user:9")
    entry = entries(AuditFilter(reference="store:1"))[0]
    assert entry.changes == {"hold_minutes": (60, 30)}
    assert (entry.action, entry.actor) == ("changed", "user:9")


@pytest.mark.django_db
def test_a_change_that_is_rolled_back_leaves_no_entry() -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        save_store(name="Tea")
        raise RuntimeError
    assert not AuditEntry.objects.exists()
    assert not Store.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    ["UPDATE audit_auditentry SET label = 'x'", "DELETE FROM audit_auditentry"],
)
def test_the_database_refuses_to_change_the_log(statement: str) -> None:
    _entry()
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert AuditEntry.objects.count() == 1


@pytest.mark.django_db
def test_old_entries_may_go_after_their_time_and_never_before_a_year() -> None:
    with frozen(now() - timedelta(days=800)):
        _entry(label="old")
    with frozen(now() - timedelta(days=400)):
        _entry(label="younger")
    _entry(label="new")
    assert services.purge() == 1
    assert services.purge(keep=timedelta(days=1)) == 1
    assert list(AuditEntry.objects.values_list("label", flat=True)) == ["new"]


@pytest.mark.django_db(transaction=True)
def test_a_database_can_still_be_emptied_and_keeps_its_guard() -> None:
    _entry()
    call_command("flush", interactive=False, verbosity=0)
    assert not AuditEntry.objects.exists()
    _entry()
    with pytest.raises(DatabaseError, match="append-only"):
        AuditEntry.objects.update(label="x")


@pytest.mark.django_db
def test_the_log_is_narrowed_by_area_actor_time_and_words() -> None:
    with frozen(now() - timedelta(days=3)):
        _entry(area="roles", reference="role:a", label="Packers", actor="user:1")
    _entry(area="staff", reference="user:2", label="Lin Mei", actor="user:2")
    day = now() - timedelta(days=1)
    assert [entry.label for entry in entries(AuditFilter(area="roles"))] == ["Packers"]
    assert [entry.label for entry in entries(AuditFilter(actor="user:2"))] == ["Lin Mei"]
    assert [entry.label for entry in entries(AuditFilter(first=day))] == ["Lin Mei"]
    assert [entry.label for entry in entries(AuditFilter(until=day))] == ["Packers"]
    assert [entry.label for entry in entries(AuditFilter(query="mei"))] == ["Lin Mei"]
    assert [entry.label for entry in entries(AuditFilter(), limit=1)] == ["Lin Mei"]


@pytest.mark.django_db
def test_a_word_finds_values_and_what_it_stands_for() -> None:
    _entry(label="one", changes={"name": ("青瓷杯", "100% Celadon")}, actor="user:1")
    _entry(label="two", changes={"price": (100, 200)}, actor="user:2")

    def found(query: str, **meant: Sequence[str]) -> list[str]:
        return [entry.label for entry in entries(AuditFilter(query=query, words=AuditWords(**meant)))]

    assert found("青瓷") == found("celadon") == found("100%") == ["one"]
    assert found("瓷盘") == found("1__%") == []
    assert found("Chen", actors=["user:2"]) == found("price", fields=["price"]) == ["two"]
    both = ["two", "one"]
    assert found("@", areas=["settings"]) == found("@", actions=["changed"]) == found("@", labels=["tw", "on"]) == both
    assert found("@", areas=["roles"]) == []
