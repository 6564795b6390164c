"""Every call of the admin API with values that no shop has: a clear 4xx each time, never a fault of ours."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from ninja import NinjaAPI

from duli.commerce.orders.models import Order
from duli.platform.accounts.models import User
from duli.web.api.admin.gate import api as admin_api
from duli.web.api.api import api as storefront_api
from duli.web.api.reference import _example
from duli.web.api.throttle import VisitorThrottle
from tests import factories
from tests.web.api.test_admin_api import BASE, owner, token_for

__all__ = ["owner"]
pytestmark = pytest.mark.django_db

NUMBERS = [10**30, -(10**30), 2**63, 2**31]
TEXTS = ["a\x00b", "\ud800", "", " ", "x" * 5000]
MOMENTS = ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59-14:00", "2026-11-27T00:00:00", "2026-11-27"]
DATES = ["0001-01-01", "9999-12-31"]
OBJECTS = [{}, {"\x00": "\x00"}, {"en": {"\x00": "x"}}, {"x" * 5000: 10**30}, {"kind": ["x"]}]


def strange(schema: Any, schemas: Any, example: Any) -> Iterator[Any]:
    """Values of the very type that a schema wants, and none that anybody means."""
    if "$ref" in schema:
        schema = schemas[schema["$ref"].rsplit("/", 1)[-1]]
    for option in schema.get("anyOf", ()):
        yield from strange(option, schemas, example)
    kind, form = schema.get("type"), schema.get("format")
    if kind == "null":
        yield None
    elif kind == "integer":
        yield from NUMBERS
    elif kind == "number":
        yield from [*NUMBERS, "NaN", "1e400"]
    elif kind == "string":
        yield from {"date-time": MOMENTS, "date": DATES}.get(form, TEXTS)
    elif kind == "array":
        inner = schema.get("items") or {}
        yield from ([value] for value in strange(inner, schemas, example[0] if example else None))
        if example:
            yield [example[0], example[0]]
    elif "properties" in schema:
        for name, entry in schema["properties"].items():
            base = dict(example or {})
            for value in strange(entry, schemas, base.get(name)):
                yield {**copy.deepcopy(base), name: value}
    elif kind == "object":
        yield from OBJECTS


def keyed(value: Any, keys: dict[str, int], name: str = "") -> Any:
    """An example whose keys are those of things there are."""
    if isinstance(value, dict):
        return {key: keyed(entry, keys, key) for key, entry in value.items()}
    if isinstance(value, list):
        return [keyed(entry, keys, name) for entry in value]
    return keys.get(name.removesuffix("s"), value)


def calls(keys: dict[str, Any], api: NinjaAPI) -> Iterator[tuple[str, str, dict[str, str], Any]]:
    """Return method, path, query and body of every call there is to try."""
    description = api.get_openapi_schema(path_prefix="")
    schemas = description["components"]["schemas"]
    for path, operations in description["paths"].items():
        for method, operation in operations.items():
            named = re.sub(r"\{(\w+)\}", lambda found: str(keys.get(found[1], 1)), path)
            content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
            schema = content.get("schema")
            body = keyed(_example(schema, schemas), keys) if schema else None
            if "{" in path:
                yield method, re.sub(r"\{\w+\}", str(10**30), path), {}, body
                yield method, re.sub(r"\{\w+\}", str(2**62), path), {}, body
            for entry in operation.get("parameters", ()):
                if entry["in"] == "query":
                    for value in strange(entry["schema"], schemas, None):
                        one = value[0] if isinstance(value, list) else value
                        if one is not None and not (isinstance(one, str) and "\ud800" in one):
                            yield method, named, {entry["name"]: str(one)}, body
            if schema:
                for value in strange(schema, schemas, body):
                    yield method, named, {}, value
                yield method, named, {}, body


def faults_of(api: NinjaAPI, base: str, keys: dict[str, Any], token: str = "") -> dict[str, str]:
    client = Client(raise_request_exception=False)
    faults: dict[str, str] = {}
    for number, (method, path, query, body) in enumerate(calls(keys, api)):
        if path.startswith("/fapiao/") and path.endswith("/send"):
            continue  # It asks a service, and refuses to do that inside the transaction of a test.
        with transaction.atomic():
            response = client.generic(
                method.upper(),
                base + path,
                data=json.dumps(body) if body is not None else "",
                content_type="application/json",
                query_params=query,
                headers={"Authorization": f"Bearer {token}", "Idempotency-Key": f"k{number}"},
            )
            transaction.set_rollback(True)
        if response.status_code >= 500:
            faults[f"{method} {path} {query} {json.dumps(body)[:300]}"] = str(getattr(response, "exc_info", ""))[:200]
    return faults


def test_no_value_makes_the_admin_api_stumble(owner: User) -> None:
    order: Order = factories.order(
        factories.variant_of(factories.product("茶杯", price=5000, stock=9)), quantity=3, paid=True
    )
    line = order.lines.get()
    keys = {
        "order_id": order.pk,
        "order_line_id": line.pk,
        "variant_id": line.variant_id,
        "product_id": line.product_id,
        "customer_id": order.customer_id or 1,
        "version": order.version,
    }
    found = faults_of(admin_api, BASE, keys, token_for(owner))
    assert not found, "\n".join(f"{call}: {fault}" for call, fault in found.items())


def test_no_value_makes_the_storefront_api_stumble(owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(VisitorThrottle, "allow_request", lambda self, request: True)
    variant = factories.variant_of(factories.product("茶杯", price=5000, stock=9))
    cart = factories.ready_cart(variant)
    keys = {"token": cart.token, "line_id": cart.lines.get().pk, "variant_id": variant.pk}
    found = faults_of(storefront_api, "/api/v1", keys)
    assert not found, "\n".join(f"{call}: {fault}" for call, fault in found.items())
