"""A new database and one that has come all the way by migrations are the same, and each finds its way on."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection as usual
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from pytest_django.plugin import DjangoDbBlocker

from duli.cli.migrate import pending, replaced_by
from duli.platform.media.private import open_private, private_file
from tests.databases import Schema, differences, empty_database, schema_of

Key = tuple[str, str]

# How far a shop had come on some day: every room that has a history had begun it, some were through, and neither the
# editor of pages nor the wishes nor downloads were there.
THAT_DAY: list[Key] = [
    ("accounts", "0002_roles_and_approvals"),
    ("audit", "0001_initial"),
    ("store", "0001_initial"),
    ("events", "0001_initial"),
    ("jobs", "0001_initial"),
    ("media", "0001_initial"),
    ("mail", "0002_versions_and_switches"),
    ("themes", "0001_initial"),
    ("search", "0001_initial"),
    ("redirects", "0001_initial"),
    ("catalogue", "0003_safety_related_and_variant_origin"),
    ("customers", "0002_store_credit"),
    ("inventory", "0001_initial"),
    ("pricing", "0002_price_history"),
    ("shipping", "0001_initial"),
    ("payments", "0003_gift_cards"),
    ("orders", "0002_refunds_and_returns"),
    ("checkout", "0001_initial"),
    ("exchange", "0001_initial"),
    ("content", "0001_initial"),
    ("notifications", "0001_initial"),
    ("sessions", "0001_initial"),
    ("django_tasks_database", "0021_conditional_partial_index_ordering"),
]


PICTURE = b"\x89PNG of a cup with a crack"


def by_the_old_steps(connection: BaseDatabaseWrapper) -> MigrationExecutor:
    executor = MigrationExecutor(connection)
    executor.loader = MigrationLoader(connection, replace_migrations=False)
    return executor


@pytest.fixture(scope="module")
def new(django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory) -> tuple[Schema, list[Any]]:
    """What `migrate` makes of nothing."""
    with empty_database(django_db_blocker, tmp_path_factory.mktemp("new")) as connection:
        call_command("migrate", verbosity=0)
        return schema_of(connection), planted()


def planted() -> list[Any]:
    """Return what is in the tables of a shop that nobody has used yet."""
    page, site = apps.get_model("wagtailcore", "Page"), apps.get_model("wagtailcore", "Site")
    found = []
    for model in apps.get_models():
        if model._meta.app_label not in {"contenttypes", "auth", "wagtailcore", "wagtailusers", "wagtailadmin"}:
            found.append((model._meta.label, model._default_manager.count()))
    found += page.objects.values_list("path", "slug", "title", "url_path", "numchild", "content_type__model")
    found += site.objects.values_list("hostname", "port", "root_page__slug", "is_default_site")
    return [*found, *apps.get_model("wagtailcore", "Locale").objects.values_list("language_code")]


def test_an_old_shop_comes_to_the_tables_of_a_new_one(
    new: tuple[Schema, list[Any]], django_db_blocker: DjangoDbBlocker, tmp_path: Path
) -> None:
    with empty_database(django_db_blocker, tmp_path) as connection:
        state = by_the_old_steps(connection).migrate(THAT_DAY)
        put_on_sale(state.apps)
        photograph(state.apps)
        assert f"orders.{squashed('orders')}" not in pending()
        assert "orders.0003_desk_of_orders" in pending()
        call_command("migrate", verbosity=0)
        assert pending() == []
        assert differences(schema_of(connection), new[0]) == []
        change = apps.get_model("pricing", "PriceChange").objects.get()
        assert (change.origin, change.minor, change.price_list.currency) == ("opening", 4200, "CNY")
        change.delete()
        photo = apps.get_model("orders", "ReturnPhoto").objects.get()
        reference = f"return:{photo.order_return_id}"
        with open_private(private_file(file_id=photo.file_id, reference=reference)).stream as kept:
            assert kept.read() == PICTURE
        take_off_sale()
        assert planted() == new[1]


def put_on_sale(that_day: Any) -> None:
    product = that_day.get_model("catalogue", "Product").objects.create(
        handle="mug", title="Mug", created_at="2026-01-01T00:00Z", updated_at="2026-01-01T00:00Z"
    )
    variant = that_day.get_model("catalogue", "Variant").objects.create(product=product, sku="MUG")
    listed = that_day.get_model("pricing", "PriceList").objects.create(code="cny", name="CNY", currency="CNY")
    that_day.get_model("pricing", "Price").objects.create(price_list=listed, variant=variant, minor=4200)


def photograph(that_day: Any) -> None:
    """Send something back, with a picture: in those days it lay in the database."""
    day = "2026-01-02T00:00Z"
    order = that_day.get_model("orders", "Order").objects.create(
        token="t", idempotency_key="o", language="en", market_code="cn", currency="CNY", prices_include_tax=True,
        subtotal_minor=4200, total_minor=4200, quote={}, placed_at=day,
    )  # fmt: skip
    sent_back = that_day.get_model("orders", "OrderReturn").objects.create(
        order=order, idempotency_key="r", actor="guest", requested_at=day
    )
    that_day.get_model("orders", "ReturnPhoto").objects.create(
        order_return=sent_back, content=PICTURE, mime="image/png", created_at=day
    )


def take_off_sale() -> None:
    apps.get_model("orders", "Order").objects.all().delete()
    apps.get_model("media", "PrivateFile").objects.all().delete()
    apps.get_model("pricing", "PriceList").objects.all().delete()
    apps.get_model("catalogue", "Product").objects.all().delete()


def test_the_tables_of_others_are_those_of_their_own_migrations(
    new: tuple[Schema, list[Any]], django_db_blocker: DjangoDbBlocker, tmp_path: Path
) -> None:
    with empty_database(django_db_blocker, tmp_path) as connection:
        executor = MigrationExecutor(connection)
        others = [key for key in executor.loader.graph.leaf_nodes() if not ours(key[0])]
        executor.migrate(others)
        tables = {model._meta.db_table for model in apps.get_models(True) if not ours(model._meta.app_label)}
        assert differences(nameless(schema_of(connection), tables), nameless(new[0], tables)) == []


def nameless(schema: Schema, tables: set[str]) -> Schema:
    """Leave out what PostgreSQL calls an index or a constraint, which may remember an older name of its table.

    And how wide the number of a row is that only joins two others: migrations go by our setting there.
    """
    names = re.compile(r"^(CREATE (?:UNIQUE )?INDEX) \w+|^\w+ (?=PRIMARY KEY|FOREIGN KEY|UNIQUE|CHECK)")
    return {
        table: sorted(names.sub(r"\1", line).replace("id | int4 | 32 |", "id | int8 | 64 |") for line in lines)
        for table, lines in schema.items()
        if table in tables
    }


def ours(label: str) -> bool:
    return apps.get_app_config(label).name.startswith("duli.")


def squashed(label: str) -> str:
    folder = Path(apps.get_app_config(label).path, "migrations")
    return next(path.stem for path in folder.glob("*_squashed_*.py"))


@pytest.mark.django_db
def test_a_shop_at_the_last_of_the_old_steps_has_nothing_to_do() -> None:
    recorded = MigrationRecorder.Migration.objects
    squashes = [key for key, step in MigrationLoader(None).disk_migrations.items() if step.replaces and ours(key[0])]
    assert len(squashes) > 10
    for label, name in squashes:
        recorded.filter(app=label, name=name).delete()
    executor = MigrationExecutor(usual)
    assert executor.migration_plan(executor.loader.graph.leaf_nodes()) == []
    assert pending() == []
    call_command("migrate", verbosity=0)
    assert recorded.filter(app="orders", name=squashed("orders")).exists()


@pytest.mark.parametrize("behind", ["accounts", "catalogue", "customers", "media", "orders", "payments", "store"])
@pytest.mark.django_db
def test_a_shop_that_stopped_anywhere_goes_on_from_there(behind: str) -> None:
    """One room stands at its first step, those that lean on the rest of it are not there, the others are through."""
    old = MigrationLoader(None, replace_migrations=False)
    names = sorted(name for label, name in old.disk_migrations if label == behind and "_squashed_" not in name)
    missing = set(old.graph.backwards_plan((behind, names[1])))
    MigrationRecorder.Migration.objects.filter(name__contains="_squashed_").exclude(app="wagtailcore").delete()
    for label, name in missing:
        MigrationRecorder.Migration.objects.filter(app=label, name=name).delete()
    loader = MigrationLoader(usual)
    loader.check_consistent_history(usual)
    executor = MigrationExecutor(usual)
    plan = {(step.app_label, step.name) for step, _ in executor.migration_plan(executor.loader.graph.leaf_nodes())}
    assert {f"{label}.{name}" for label, name in plan} == set(pending())
    assert (behind, names[1]) in plan
    assert {key for key in plan if key not in missing} == {
        key for key in plan if executor.loader.disk_migrations[key].replaces
    }
    for label, name in plan - missing:
        assert {(label, other) for other in names_of(old, label)} <= missing, (label, name)


def names_of(loader: MigrationLoader, label: str) -> set[str]:
    return replaced_by(squashed(label), [name for other, name in loader.disk_migrations if other == label])


def test_a_squashed_migration_is_named_after_what_it_stands_for() -> None:
    """`duli migrate --check` and the start of a server go by the names alone."""
    loader = MigrationLoader(None, replace_migrations=False)
    for (label, name), step in loader.disk_migrations.items():
        if step.replaces:
            assert {(label, other) for other in replaced_by(name, names_on_disk(label))} == set(step.replaces), name


def names_on_disk(label: str) -> list[str]:
    folder = Path(import_module(apps.get_app_config(label).name).__path__[0], "migrations")
    return [path.stem for path in folder.glob("[0-9]*.py")]
