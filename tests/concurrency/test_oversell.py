"""200 parallel buyers for 20 units of each of two variants, in two processes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from django.db import connection

from duli.commerce.inventory.models import Reservation, StockLevel
from duli.commerce.inventory.selectors import integrity
from duli.commerce.orders.models import Order
from duli.commerce.payments.models import PaymentCollection
from duli.platform.events.models import Event
from tests import factories

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]

ROOT = Path(__file__).resolve().parent.parent.parent
UNITS = 20


def database_url() -> str:
    """Return the address of the test database, for another process."""
    settings = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{settings['NAME']}"
    return (
        f"postgresql://{settings['USER']}:{settings['PASSWORD']}@{settings['HOST'] or '127.0.0.1'}"
        f":{settings['PORT'] or 5432}/{settings['NAME']}"
    )


def rush(
    variants: list[int], *, processes: int, buyers: int, unguarded: bool = False, one_each: bool = False
) -> Counter[str]:
    """Let `buyers` order at once from several processes; return how often each outcome came.

    Everybody wants all of the variants, or, with `one_each`, one of them in turn.
    """
    connection.close()
    environment = {**os.environ, "DULI_DATABASE_URL": database_url()}
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.concurrency.buyers"],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(processes)
    ]
    plan = {
        "variants": variants,
        "buyers": buyers // processes,
        "threads": 16,
        "unguarded": unguarded,
        "one_each": one_each,
    }
    for process in running:
        assert process.stdin
        process.stdin.write(json.dumps(plan) + "\n")
        process.stdin.flush()
    for process in running:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
    outcomes: Counter[str] = Counter()
    for process in running:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in running:
        out, _ = process.communicate(timeout=300)
        outcomes.update(json.loads(out.splitlines()[-1]))
        assert process.returncode == 0
    return outcomes


def two_scarce_variants() -> list[int]:
    factories.shop()
    return [factories.variant_of(factories.product(stock=UNITS)).pk for _ in range(2)]


def test_exactly_what_there_is_is_sold() -> None:
    variants = two_scarce_variants()
    outcomes = rush(variants, processes=2, buyers=200)
    assert outcomes == {"sold": UNITS, "insufficient_stock": 200 - UNITS}
    assert Order.objects.count() == PaymentCollection.objects.count() == UNITS
    assert Event.objects.filter(name="orders.placed").count() == UNITS
    for level in StockLevel.objects.all():
        assert (level.on_hand, level.reserved) == (UNITS, UNITS)
    assert Reservation.objects.count() == 2 * UNITS
    assert not integrity()


def test_without_the_guard_the_same_rush_oversells() -> None:
    variants = two_scarce_variants()
    outcomes = rush(variants, processes=2, buyers=60, unguarded=True)
    assert outcomes["sold"] > UNITS
    assert integrity()
