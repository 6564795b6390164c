"""The description of the API as a page to read: every call with its fields, out of the very description that programs
get. Nothing is loaded from elsewhere, and nothing needs a script.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language_from_request, gettext, override
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe
from ninja import NinjaAPI

from duli.web.api.admin.gate import api as admin_api
from duli.web.api.api import api as storefront_api

MOST_DEEP = 4
_MOMENTS = {"date": "2026-11-27", "date-time": "2026-11-27T08:00:00Z"}
_CODE = re.compile(r"`{1,2}([^`]+)`{1,2}")
Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class FieldRow:
    """A field or parameter; `types` are (words, the schema they lead to or "")."""

    name: str
    place: str
    types: tuple[tuple[str, str], ...]
    is_required: bool
    text: str
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Call:
    """One operation; `paragraphs` say what it does, `body` and `answer` name their schemas."""

    key: str
    method: str
    path: str
    paragraphs: tuple[str, ...]
    parameters: tuple[FieldRow, ...]
    body: tuple[FieldRow, ...]
    body_name: str
    example: str
    answers: tuple[tuple[str, str], ...]
    needs_key: bool


@dataclass(frozen=True, slots=True)
class Group:
    """Calls about one thing."""

    key: str
    name: str
    calls: tuple[Call, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """One half of the API."""

    key: str
    title: str
    text: str
    is_guarded: bool
    description_url: str
    groups: tuple[Group, ...]
    schemas: tuple[tuple[str, str, tuple[FieldRow, ...]], ...]


def _said(text: str) -> SafeString:
    """Return what is said in the reader's language; what stands between backticks as code."""
    words = " ".join(text.split())
    said = escape(gettext(words)) if words else escape("")
    return mark_safe(_CODE.sub(r"<code>\1</code>", said))  # noqa: S308 (escaped before)


def _types(schema: Json) -> tuple[tuple[str, str], ...]:
    """Return what a value is in words: "list of" and the schema's name, each with where it leads."""
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[-1]
        return ((name, name),)
    options = [option for option in schema.get("anyOf", ()) if option.get("type") != "null"]
    if options:
        return tuple(entry for option in options for entry in _types(option))
    if schema.get("type") == "array":
        return ((gettext("list of"), ""), *_types(schema.get("items") or schema.get("prefixItems", [{}])[0]))
    if "enum" in schema:
        return ((" · ".join(json.dumps(value, ensure_ascii=False) for value in schema["enum"]), ""),)
    words = {
        "string": gettext("text"),
        "integer": gettext("whole number"),
        "number": gettext("number"),
        "boolean": gettext("yes or no"),
        "object": gettext("object"),
    }
    named = {"date": gettext("date"), "date-time": gettext("moment (UTC)")}
    return ((named.get(schema.get("format", ""), words.get(schema.get("type", ""), gettext("any"))), ""),)


def _notes(schema: Json) -> tuple[str, ...]:
    found = []
    if "default" in schema and schema["default"] not in (None, "", []):
        found.append(f"{gettext('without')}: {json.dumps(schema['default'], ensure_ascii=False)}")
    for limit, sign in (("minimum", "≥"), ("maximum", "≤")):
        if limit in schema:
            found.append(f"{sign} {schema[limit]}")
    if "maxLength" in schema:
        found.append(gettext("up to %(count)s signs") % {"count": schema["maxLength"]})
    example = schema.get("example") or next(iter(schema.get("examples", ())), None)
    if example is not None:
        found.append(f"{gettext('such as')} {json.dumps(example, ensure_ascii=False)}")
    return tuple(found)


def _fields(schema: Json) -> tuple[FieldRow, ...]:
    required = set(schema.get("required", ()))
    return tuple(
        FieldRow(name, "", _types(entry), name in required, _said(entry.get("description", "")), _notes(entry))
        for name, entry in schema.get("properties", {}).items()
    )


def _example(schema: Json, schemas: Json, depth: int = 0) -> Any:
    """Return what a body may look like: the examples of its fields, else something of their kind."""
    if "$ref" in schema:
        schema = schemas.get(schema["$ref"].rsplit("/", 1)[-1], {})
    if "example" in schema:
        return schema["example"]
    if schema.get("examples"):
        return schema["examples"][0]
    if "default" in schema and schema["default"] is not None:
        return schema["default"]
    options = [option for option in schema.get("anyOf", ()) if option.get("type") != "null"]
    if options:
        return _example(options[0], schemas, depth)
    if "properties" in schema:
        if depth >= MOST_DEEP:
            return {}
        return {name: _example(entry, schemas, depth + 1) for name, entry in schema["properties"].items()}
    if schema.get("type") == "array":
        return [_example(schema["items"], schemas, depth + 1)] if schema.get("items") else []
    if "enum" in schema:
        return schema["enum"][0]
    if schema.get("format") in _MOMENTS:
        return _MOMENTS[schema["format"]]
    return {"integer": 1, "number": 1, "boolean": True, "object": {}}.get(schema.get("type", ""), "…")


def _call(method: str, path: str, operation: Json, schemas: Json, part: str) -> Call:
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    name = content.get("$ref", "").rsplit("/", 1)[-1]
    body = schemas.get(name, content)
    answers = []
    for status, answer in operation.get("responses", {}).items():
        told = answer.get("content", {}).get("application/json", {}).get("schema", {})
        answers.append((str(status), told.get("$ref", "").rsplit("/", 1)[-1]))
    parameters = tuple(
        FieldRow(
            entry["name"],
            gettext("in the address") if entry["in"] == "path" else gettext("after the ?"),
            _types(entry["schema"]),
            bool(entry.get("required")),
            _said(entry.get("description", "")),
            _notes({**entry["schema"], **({"example": entry["example"]} if "example" in entry else {})}),
        )
        for entry in operation.get("parameters", ())
    )
    return Call(
        key=f"{part}-{operation['operationId']}",
        method=method.upper(),
        path=path,
        paragraphs=tuple(_said(text) for text in operation.get("description", "").split("\n\n")),
        parameters=parameters,
        body=_fields(body),
        body_name=name,
        example=json.dumps(_example(body, schemas), ensure_ascii=False, indent=2) if content else "",
        answers=tuple(answers),
        needs_key=part == "admin" and method == "post",
    )


def _part(api: NinjaAPI, key: str, prefix: str) -> Part:
    description = api.get_openapi_schema(path_prefix=prefix)
    schemas = description["components"]["schemas"]
    groups: dict[str, list[Call]] = {}
    for path, operations in description["paths"].items():
        for method, operation in operations.items():
            tag = next(iter(operation.get("tags", ())), "other")
            groups.setdefault(tag, []).append(_call(method, path, operation, schemas, key))
    return Part(
        key=key,
        title=gettext("For the storefront") if key == "store" else gettext("For running the shop"),
        text=_said(description["info"]["description"]),
        is_guarded=key == "admin",
        description_url=f"{prefix}openapi.json",
        groups=tuple(Group(f"{key}-{tag}", _tags().get(tag, tag), tuple(calls)) for tag, calls in groups.items()),
        schemas=tuple(
            (name, _said(schema.get("description", "")), _fields(schema)) for name, schema in sorted(schemas.items())
        ),
    )


def _tags() -> dict[str, str]:
    return {
        "store": gettext("Shop"),
        "catalogue": gettext("Catalogue"),
        "cart": gettext("Cart"),
        "checkout": gettext("Checkout"),
        "orders": gettext("Orders"),
        "products": gettext("Products"),
        "stock": gettext("Stock"),
        "customers": gettext("Customers"),
        "webhooks": gettext("Webhooks"),
        "attributes": gettext("Attributes"),
        "legal texts": gettext("Legal texts"),
        "content": gettext("Pages and posts"),
        "brands": gettext("Brands"),
        "tags": gettext("Tags"),
        "product-types": gettext("Product types"),
        "data-requests": gettext("Data requests"),
        "variants": gettext("Variants"),
        "shipments": gettext("Shipments"),
        "labels": gettext("Shipping labels"),
        "discounts": gettext("Discounts"),
        "flash-sales": gettext("Flash sales"),
        "segments": gettext("Segments"),
        "categories": gettext("Categories"),
        "collections": gettext("Collections"),
        "gift cards": gettext("Gift cards"),
        "files": gettext("Files"),
        "redirects": gettext("Redirects"),
        "fapiao": gettext("Fapiao"),
    }


@lru_cache(maxsize=8)
def parts(language: str) -> tuple[Part, ...]:
    """Return both halves of the API in a language; they change with the program only."""
    with override(language):
        return (_part(storefront_api, "store", "/api/v1/"), _part(admin_api, "admin", "/api/v1/admin/"))


@require_safe
@cache_control(private=True, max_age=300)
def reference(request: HttpRequest) -> HttpResponse:
    """Show the page, in the language asked for by ``?language=``, else in the browser's."""
    known = dict(settings.LANGUAGES)
    wanted = request.GET.get("language", "")
    language = wanted if wanted in known else get_language_from_request(request)
    with override(language):
        context = {
            "parts": parts(language),
            "language": language,
            "languages": [(code, name, code == language) for code, name in known.items()],
            "base": settings.PUBLIC_URL,
        }
        return render(request, "api/reference.html", context)
