"""The API's description as a page: all of it, in both languages, out of the description itself."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.utils.translation import gettext, override

import duli.web.api.urls  # noqa: F401  (gathers the calls of both halves)
from duli.web.api import reference_words
from duli.web.api.admin.gate import api as admin_api
from duli.web.api.api import api as storefront_api

pytestmark = pytest.mark.django_db
HALVES = ((storefront_api, "/api/v1/"), (admin_api, "/api/v1/admin/"))


def sentences() -> set[str]:
    """Everything that the description says in words."""
    found = []
    for api, prefix in HALVES:
        schema = api.get_openapi_schema(path_prefix=prefix)
        found.append(schema["info"]["description"])
        for operations in schema["paths"].values():
            for operation in operations.values():
                found += operation["description"].split("\n\n")
                found += [entry.get("description", "") for entry in operation.get("parameters", [])]
        for entry in schema["components"]["schemas"].values():
            found.append(entry.get("description", ""))
            found += [field.get("description", "") for field in entry.get("properties", {}).values()]
    return {" ".join(text.split()) for text in found if text.strip()}


def test_every_sentence_can_be_said_in_chinese() -> None:
    assert sentences() == set(reference_words.WORDS)
    with override("zh-hans"):
        assert [text for text in sentences() if not re.search("[一-鿿]", gettext(text))] == []


@pytest.mark.parametrize(("language", "title"), [("en", "API reference"), ("zh-hans", "接口文档")])
def test_the_page_shows_every_call_and_nothing_from_elsewhere(client: Client, language: str, title: str) -> None:
    answer = client.get(f"/api/v1/reference?language={language}")
    page = answer.content.decode()
    assert (answer.status_code, title in page, f'<html lang="{language}">' in page) == (200, True, True)
    for api, prefix in HALVES:
        schema = api.get_openapi_schema(path_prefix=prefix)
        for path in schema["paths"]:
            assert path.replace("'", "&#x27;") in page
        for name in schema["components"]["schemas"]:
            assert f"schema-{name}" in page
    assert "<script" not in page
    assert re.findall(r'(?:src|href)="(?:https?:)?//', page) == []
    anchors = re.findall(r' id="([^"]+)"', page)
    assert len(anchors) == len(set(anchors))
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(anchors)


def test_an_unknown_language_is_no_error(client: Client) -> None:
    answer = client.get("/api/v1/reference?language=xx", headers={"Accept-Language": "zh-CN,zh;q=0.9"})
    assert "接口文档" in answer.content.decode()
    assert client.post("/api/v1/reference", content_type="application/json").status_code == 405
