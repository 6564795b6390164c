"""Programs change the same thing within the same milliseconds: one is heard, the others get 409 and may look again.

The calls meet in the worst moment: each has read what is stored, none has saved yet.
"""

from __future__ import annotations

import importlib
import json
import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from duli.commerce.customers.models import CustomerAddress
from duli.platform.accounts.models import User
from duli.platform.store.changes import reset_caches
from tests import factories
from tests.web.api.test_admin_api import BASE, token_for

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]

HANDS = 3
HOME = {key: value for key, value in factories.ADDRESS.to_json().items() if value}
Body = Callable[[int], dict[str, Any]]
# Where the verb is called by which name, and what each hand asks for.
CALLS: tuple[tuple[str, str, str, str, Body], ...] = (
    ("structure.services", "save_category", "PATCH", "/categories/{category}", lambda n: {"name": f"Cups {n}"}),
    ("structure.services", "save_collection", "PATCH", "/collections/{collection}", lambda n: {"title": f"New {n}"}),
    ("organise.services", "save_brand", "PATCH", "/brands/{brand}", lambda n: {"name": f"Yan {n}"}),
    ("organise.services", "save_product_type", "PATCH", "/product-types/{type}", lambda n: {"name": f"Mugs {n}"}),
    (
        "profiles.services",
        "save_address",
        "PUT",
        "/customers/{customer}/addresses/{address}",
        lambda n: {**HOME, "line1": f"Road {n}"},
    ),
    ("profiles.services", "save_customer", "POST", "/customers/{customer}/tags", lambda n: {"add": [f"tag {n}"]}),
    ("legal", "save_legal_text", "PATCH", "/legal-texts/terms/en", lambda n: {"title": f"Terms {n}"}),
    ("backorders", "set_level_rules", "PATCH", "/stock/backorders/{variant}/{place}", lambda n: {"units": 7 + n}),
    (
        "transfers.services",
        "save_transfer",
        "PUT",
        "/stock/transfers/{transfer}",
        lambda n: {"target_id": 0, "supplier": f"Kiln {n}", "lines": [{"variant_id": 0, "quantity": 2}]},
    ),
)


def call(token: str, method: str, path: str, body: dict[str, Any], key: str = "") -> tuple[int, Any]:
    headers = {"Authorization": f"Bearer {token}", **({"Idempotency-Key": key} if key else {})}
    response = Client().generic(
        method, BASE + path, data=json.dumps(body), content_type="application/json", headers=headers
    )
    return response.status_code, response.json()


def things(token: str) -> dict[str, int]:
    """Make one of everything that is changed here; return the keys."""

    def made(path: str, body: dict[str, Any]) -> int:
        status, answer = call(token, "POST", path, body, key=path)
        assert status == 201, (path, answer)
        return int(answer["id"])

    keys = {
        "category": made("/categories", {"name": "Cups"}),
        "collection": made("/collections", {"title": "New"}),
        "brand": made("/brands", {"name": "Yan"}),
        "type": made("/product-types", {"name": "Mugs"}),
        "customer": made("/customers", {"name": "Ann", "email": "ann@x.example"}),
        "variant": factories.variant_of(factories.product(stock=3)).pk,
        "place": factories.location().pk,
    }
    keys["address"] = made(f"/customers/{keys['customer']}/addresses", HOME)
    draft = {"target_id": keys["place"], "lines": [{"variant_id": keys["variant"], "quantity": 1}]}
    keys["transfer"] = made("/stock/transfers", draft)
    return keys


def change_at_once(monkeypatch: pytest.MonkeyPatch, *, early: bool = False) -> dict[str, Counter[int]]:
    """Let every hand change each of the things at once; return how often each answer came.

    The twin without the guard compares `early`: before the verb has its lock, and not again behind it.
    """
    factories.shop()
    owner = User.objects.create_user(email="owner@example.com", is_staff=True, role="owner")
    token = token_for(owner)
    keys = things(token)
    together = threading.Barrier(HANDS)

    def meeting(verb: Callable[..., Any]) -> Callable[..., Any]:
        def met(**values: Any) -> Any:
            if early:
                values.pop("seen")()
            together.wait(timeout=60)
            return verb(**values)

        return met

    found = {}
    for where, name, method, path, body in CALLS:
        room = importlib.import_module(f"duli.web.api.admin.{where.split('.')[0]}")
        place = room.services if where.endswith(".services") else room
        with monkeypatch.context() as patch:
            patch.setattr(place, name, meeting(getattr(place, name)))
            found[path] = _answers(token, method, path.format(**keys), [_for(body(n), keys) for n in range(HANDS)])
        reset_caches()
    assert CustomerAddress.objects.get().data["line1"].startswith("Road")
    return found


def _for(body: dict[str, Any], keys: dict[str, int]) -> dict[str, Any]:
    if "lines" in body:
        return {**body, "target_id": keys["place"], "lines": [{"variant_id": keys["variant"], "quantity": 2}]}
    return body


def _answers(token: str, method: str, path: str, bodies: list[dict[str, Any]]) -> Counter[int]:
    answers: Counter[int] = Counter()
    lock = threading.Lock()

    def act(body: dict[str, Any]) -> None:
        try:
            status, _answer = call(token, method, path, body)
        finally:
            connection.close()
        with lock:
            answers[status] += 1

    threads = [threading.Thread(target=act, args=(body,)) for body in bodies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_of_programs_that_change_a_thing_at_once_one_is_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    found = change_at_once(monkeypatch)
    assert found == {path: {200: 1, 409: HANDS - 1} for path in found}


def test_compared_before_the_lock_the_last_program_wins_silently(monkeypatch: pytest.MonkeyPatch) -> None:
    found = change_at_once(monkeypatch, early=True)
    assert found == {path: {200: HANDS} for path in found}
