"""The audit log as staff read it: every verb of a setting leaves a line, with who, what and from what to what."""

from __future__ import annotations

import ast
import csv
import html
import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from duli.commerce.catalogue import services as catalogue
from duli.commerce.payments import services as payments
from duli.commerce.shipping import services as shipping
from duli.commerce.shipping.models import Zone
from duli.platform.accounts.models import User
from duli.platform.audit.models import AuditEntry
from duli.platform.audit.services import record
from duli.platform.jobs.registry import jobs
from duli.platform.store import services as store
from duli.web.backoffice.audit_words import ACTIONS, AREAS, value_words
from duli.web.backoffice.job_words import JOBS, schedule_words
from tests import factories


def newest() -> AuditEntry:
    return AuditEntry.objects.order_by("-pk")[0]


@pytest.mark.django_db
def test_a_setting_changed_on_its_page_is_in_the_log_with_who_did_it(owner: Client) -> None:
    page = owner.get(reverse("backoffice:settings_market", args=["cn"]))
    form = page.context["form"]
    values = {name: form[name].value() or "" for name in form.fields}
    owner.post(
        reverse("backoffice:settings_market", args=["cn"]),
        {**values, "name": "Mainland", "prices_include_tax": "on"},
        headers={"X-Request-ID": "req-77"},
        REMOTE_ADDR="198.51.100.23",
    )
    entry = newest()
    boss = User.objects.get(email="owner@staff.example")
    assert (entry.area, entry.reference, entry.actor) == ("markets", "market:cn", f"user:{boss.pk}")
    assert (entry.request_id, entry.address) == ("req-77", "198.51.100.0")
    assert entry.changes == {"name": ["中国", "Mainland"]}
    log = owner.get(reverse("backoffice:audit"), {"about": "market:cn"}).content.decode()
    assert "Name: 中国 → Mainland" in log
    assert "The owner" in log
    detail = owner.get(reverse("backoffice:audit_entry", args=[entry.pk])).content.decode()
    assert "198.51.100.0" in detail
    assert "req-77" in detail


@pytest.mark.django_db
def test_shipping_payment_and_removals_are_in_the_log_and_secrets_are_not(shop: None) -> None:
    zone = Zone.objects.order_by("pk")[0]
    shipping.save_method(zone_id=zone.pk, code="standard", name="Standard", min_days=2, actor="user:7")
    assert (newest().area, newest().actor) == ("shipping", "user:7")
    assert "min_days" in newest().changes
    payments.save_gateway(
        code="bank_transfer", enabled=False, values={"accounts": "Bank: Test\nAccount: 1"}, actor="user:7"
    )
    assert newest().area == "payments"
    assert newest().changes["enabled"] == [True, False]
    product = factories.product("Tea bowl")
    catalogue.delete_product(product_id=product.pk, actor="user:7")
    assert (newest().area, newest().action, newest().label) == ("products", "deleted", "Tea bowl")


@pytest.mark.django_db
def test_the_log_is_narrowed_paged_and_exported_as_it_is_shown(owner: Client) -> None:
    for number in range(60):
        record(area="roles", action="changed", reference="role:x", label=f"=Role {number}", actor="user:404")
    record(area="staff", action="invited", reference="invitation:1", label="mei@example.com", actor="system")
    first = owner.get(reverse("backoffice:audit"), {"area": "roles"})
    assert "mei@example.com" not in first.content.decode()
    assert "=Role 59:" in first.content.decode()
    assert "=Role 3:" not in first.content.decode()
    later = owner.get(first.context["list"].next_url).content.decode()
    assert "=Role 3:" in later
    exported = owner.get(reverse("backoffice:audit_export"), {"area": "roles"})
    text = b"".join(exported.streaming_content).decode()  # type: ignore[attr-defined]
    assert text.startswith("\ufeff")
    rows = list(csv.reader(io.StringIO(text[1:])))
    assert len(rows) == 61
    assert rows[1][3] == "'=Role 59", "a cell that begins like a formula is text"
    for nonsense in ({"area": "<script>"}, {"after": "x" * 300}, {"day_from": "2026-13-99"}, {"about": "x" * 3000}):
        assert owner.get(reverse("backoffice:audit"), nonsense).status_code == 200


@pytest.mark.django_db
def test_the_log_costs_the_same_however_long(owner: Client, django_assert_max_num_queries) -> None:  # type: ignore[no-untyped-def]
    for number in range(40):
        record(area="roles", action="changed", label=str(number), actor=f"user:{number}")
    owner.get(reverse("backoffice:audit"))
    with django_assert_max_num_queries(9):
        owner.get(reverse("backoffice:audit"))


@pytest.fixture
def english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.mark.usefixtures("english")
def test_amounts_and_choices_are_told_in_words() -> None:
    steps = {"CNY": [{"from": 0, "minor": 1000}, {"from": 5000, "minor": 2200}]}
    assert value_words(steps, "rates") == "from 0: CN¥10.00 · from 5000: CN¥22.00"
    assert value_words({"CNY": 50000, "USD": 15000}, "free_over") == "CN¥500.00, $150.00"
    assert value_words({"CNY": "much"}, "rates").startswith("CNY")
    assert value_words("weight", "basis") == "By weight"


@pytest.mark.django_db
def test_steps_say_what_they_are_counted_in_and_a_zone_is_called_by_its_name(owner: Client) -> None:
    zone = shipping.save_zone(name="Asia", countries=["JP"], actor="user:1")
    steps = [{"from": 0, "minor": 1000}, {"from": 2500, "minor": 2200}, {"from": 20000, "minor": None}]

    def said() -> str:
        return html.unescape(owner.get(reverse("backoffice:audit_entry", args=[newest().pk])).content.decode())

    for basis, words in (
        ("weight", "from 0 kg: CN¥10.00 · from 2.5 kg: CN¥22.00 · from 20 kg: not sent"),
        ("price", "from CN¥0.00: CN¥10.00 · from CN¥25.00: CN¥22.00 · from CN¥200.00: not sent"),
        ("quantity", "from 0 items: CN¥10.00 · from 2500 items: CN¥22.00"),
    ):
        shipping.save_method(
            zone_id=zone.pk, code="air", name="By air", basis=basis, rates={"CNY": steps}, actor="user:1"
        )
        assert words in said()
    record(area="shipping", action="changed", label="Old", changes={"zone_id": (zone.pk, 10**6)}, actor="user:1")
    assert "Asia" in said()
    assert str(10**6) in said()


@pytest.mark.usefixtures("english")
@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("* * * * *", "Every minute"),
        ("*/15 * * * *", "Every 15 minutes"),
        ("7 * * * *", "Every hour at :07"),
        ("40 3 * * *", "Daily at 03:40"),
        ("0 3 * * 1", "0 3 * * 1"),
    ],
)
def test_schedules_are_told_in_words(line: str, words: str) -> None:
    assert schedule_words(line) == words


def test_every_job_is_called_something() -> None:
    assert {name for name, _entry in jobs if name.partition(".")[0] != "tests"} <= set(JOBS)


ROOMS = Path(__file__).parents[3] / "duli"


@pytest.mark.parametrize(("word", "known"), [("area", AREAS), ("action", ACTIONS)])
def test_the_log_has_words_for_every_area_and_deed_that_verbs_write(word: str, known: dict[str, object]) -> None:
    """Read from the verbs themselves: who records something new has to say what it is called."""
    written = set()
    for file in ROOMS.rglob("services/**/*.py"):
        written |= _recorded(file.read_text(), word)
    for file in ROOMS.rglob("services.py"):
        written |= _recorded(file.read_text(), word)
    assert len(written) > 8
    assert written <= set(known)


def _recorded(source: str, word: str) -> set[str]:
    found = set()
    for call in ast.walk(ast.parse(source)):
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name | ast.Attribute):
            continue
        name = call.func.id if isinstance(call.func, ast.Name) else call.func.attr
        if name not in {"record", "record_change"}:
            # The helpers beside the verbs: `_note(card, "blocked", …)`, `_record(user, "second_step", …)`.
            if name in {"_note", "_record"} and word == "action" and len(call.args) > 1:
                told = call.args[1]
                either = [told.body, told.orelse] if isinstance(told, ast.IfExp) else [told]
                found |= {part.value for part in either if isinstance(part, ast.Constant)}
            continue
        for given in call.keywords:
            if given.arg == word and isinstance(given.value, ast.Constant):
                found.add(given.value.value)
    return {value for value in found if isinstance(value, str)}


@pytest.mark.django_db
def test_codes_are_said_as_their_names(owner: Client) -> None:
    """A carrier, a payment method, countries and languages are called in the log what they are called elsewhere."""
    zone = shipping.save_zone(name="Asia", countries=["JP", "KR"], actor="user:1")
    shipping.save_method(zone_id=zone.pk, code="fast", name="By air", carrier="sf", actor="user:1")
    payments.save_gateway(code="bank_transfer", enabled=False, values={"accounts": "Bank: Test"}, actor="user:1")
    store.save_market(code="cn", language="en", unit_prices="hundred", actor="user:1")
    said = html.unescape(owner.get(reverse("backoffice:audit")).content.decode())
    for words in ("Japan, South Korea", "SF Express", "Bank transfer: changed", "English", "Per 100 g or 100 ml"):
        assert words in said
    for code in ("bank_transfer:", ": sf", "JP, KR"):
        assert code not in said


@pytest.mark.django_db
def test_the_log_is_searched_by_who_what_field_and_value(owner: Client) -> None:
    boss = User.objects.get(email="owner@staff.example")
    moved = {"currency": ("JPY", "CNY")}
    record(area="markets", action="changed", label="Japan", changes=moved, actor=f"user:{boss.pk}")
    record(area="roles", action="deleted", label="Packers", actor="user:404")
    record(area="payments", action="changed", label="bank_transfer", changes={"enabled": (True, False)})

    def found(query: str) -> set[str]:
        keys = re.findall(
            r"/admin/settings/audit/(\d+)/", owner.get(reverse("backoffice:audit"), {"q": query}).content.decode()
        )
        labels = set(AuditEntry.objects.filter(pk__in=keys).values_list("label", flat=True))
        return labels & {"Japan", "Packers", "bank_transfer"}

    assert found("The owner") == {"Japan"}
    assert found("jpy") == found("Currency") == {"Japan"}
    assert found("removed") == {"Packers"}
    assert found("bank tr") == {"bank_transfer"}
    filed = b"".join(owner.get(reverse("backoffice:audit_export"), {"q": "removed"})).decode()  # type: ignore[arg-type]
    assert [row[3] for row in list(csv.reader(io.StringIO(filed)))[1:]] == ["Packers"]
    User.objects.filter(pk=boss.pk).update(language="zh-hans")
    assert found("银行转账") == {"bank_transfer"}
    assert found("货币") == {"Japan"}
