"""Setting a language model up, asking it over the product editor, and reading what was asked."""

from __future__ import annotations

import html
import json
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from duli.commerce.catalogue.models import Product
from duli.commerce.copywriting.models import GeneratedText
from duli.platform.audit.models import AuditEntry
from duli.platform.language_models.models import ModelAccount, ModelCall
from duli.platform.language_models.services import save_account, save_rules
from duli.platform.media.services import store_image
from duli.platform.store.changes import reset_caches
from tests import factories
from tests.platform.media.pictures import picture
from tests.plugins.language_models import KEY, Service, serve

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]
DIALOG = {"HTTP_HX_REQUEST": "true"}
EDITOR = {
    "title": "青瓷茶杯",
    "description_html": "",
    "title__en": "",
    "brand": "龙泉",
    "product_type": "茶具",
    "tags": "茶, 送礼",
    "option_name": "尺寸",
    "option_values": "小, 大",
    "sheet": "",
}


def url(name: str, *keys: Any, **query: str) -> str:
    found = reverse(f"backoffice:{name}", args=keys)
    return found + ("?" + "&".join(f"{key}={value}" for key, value in query.items()) if query else "")


@pytest.fixture
def service() -> Service:
    """The practice model, switched on."""
    factories.shop()
    address, made = serve()
    values = {"service": "other", "base_url": f"{address}/v1", "key": KEY, "model": "practice-writer"}
    save_account(code="openai", enabled=True, values={**values, "vision_model": "practice-eyes"})
    reset_caches()
    return made


def material_of(page: str) -> str:
    found = re.search(r'name="material" value="([^"]*)"', page)
    assert found
    return html.unescape(found[1])


def test_a_model_is_set_up_checked_and_limited(owner: Client, viewer: Client) -> None:
    factories.shop()
    address, _made = serve()
    here = url("settings_language_model_account", "openai")
    form = {"service": "other", "base_url": f"{address}/v1", "key": KEY, "model": "practice-writer", "enabled": "on"}
    form |= {"limit_name": "max_tokens", "timeout": "45"}
    assert viewer.post(here, form).status_code == 403
    assert owner.post(here, {**form, "model": ""}).status_code == 422
    assert owner.post(here, form).status_code == 302
    assert KEY not in str(ModelAccount.objects.get().settings)
    assert KEY not in owner.get(here).content.decode()
    assert KEY not in str([entry.changes for entry in AuditEntry.objects.all()])
    told = owner.post(url("settings_language_model_check", "openai"), **DIALOG).content.decode()
    assert "The connection works." in told
    owner.post(here, {**form, "key": "sk-another"})
    told = owner.post(url("settings_language_model_check", "openai"), **DIALOG).content.decode()
    assert "The connection works." not in told
    limits = {"per_day": "1000", "per_person": "10", "keep_days": "7"}
    assert owner.post(url("settings_language_model_limits"), limits).status_code == 302
    reset_caches()
    page = owner.get(url("settings_language_model")).content.decode()
    assert "0 of 1,000" in page
    assert owner.get(url("settings_language_model_account", "nobody")).status_code == 404


def test_two_who_set_it_up_at_once_see_each_other(owner: Client, service: Service) -> None:
    here = url("settings_language_model_account", "openai")
    page = owner.get(here).content.decode()
    seen = re.search(r'name="seen" value="([^"]*)"', page)
    assert seen
    save_account(code="openai", enabled=True, values={"model": "another"}, actor="user:9")
    reset_caches()
    form = {"service": "other", "base_url": "https://x.example/v1", "model": "mine", "enabled": "on"}
    answer = owner.post(here, {**form, "limit_name": "max_tokens", "timeout": "45", "seen": html.unescape(seen[1])})
    assert answer.status_code == 409
    assert ModelAccount.objects.get().settings["model"] == "another"


def test_words_are_suggested_from_what_the_editor_says(owner: Client, viewer: Client, service: Service) -> None:
    here = url("product_writing", task="write", language="zh-hans")
    assert viewer.post(here, EDITOR).status_code == 403
    assert owner.get(here).status_code == 405
    page = owner.post(here, EDITOR, **DIALOG).content.decode()
    # Nothing is asked before somebody presses the button.
    assert service.asked == []
    assert re.search(r'value="description_html"[^>]*checked', page)
    assert not re.search(r'value="title"[^>]*checked', page)
    material = material_of(page)
    asked = {
        "material": material, "fields_wanted": ["description_html", "seo_title"], "tone": "warm", "notes": "送长辈"
    }  # fmt: skip
    page = owner.post(here, asked, **DIALOG).content.decode()
    assert 'data-into="description_html"' in page
    assert 'data-into="seo_title"' in page
    sent = json.loads(service.asked[0][1]["messages"][-1]["content"])
    assert sent["facts"] == {
        "title": "青瓷茶杯", "Product type": "茶具", "Brand": "龙泉", "Tags": "茶, 送礼", "尺寸": "小, 大"
    }  # fmt: skip
    assert (sent["notes"], sent["tone"]) == ("送长辈", "warm")
    # Nothing of the shop has changed.
    assert not Product.objects.exists()


def test_what_was_taken_as_it_is_is_marked_until_somebody_changes_it(owner: Client, service: Service) -> None:
    product = factories.product("青瓷茶杯")
    here = url("product_writing", task="write", language="zh-hans")
    material = material_of(owner.post(here, EDITOR, **DIALOG).content.decode())
    asked = {"material": material, "fields_wanted": ["description_html"], "tone": "plain"}
    page = owner.post(here, asked, **DIALOG).content.decode()
    text = html.unescape(re.search(r'data-into="description_html">(.*?)</textarea>', page, re.S)[1])  # type: ignore[index]
    edit = reverse("backoffice:product", args=[product.pk])
    assert "By a model" not in owner.get(edit).content.decode()
    Product.objects.filter(pk=product.pk).update(description_html=text)
    assert "By a model" in owner.get(edit).content.decode()
    Product.objects.filter(pk=product.pk).update(description_html=text + "<p>手写</p>")
    assert "By a model" not in owner.get(edit).content.decode()


def test_texts_are_translated_into_the_fields_of_the_other_language(owner: Client, service: Service) -> None:
    here = url("product_writing", task="translate", language="en")
    page = owner.post(here, {**EDITOR, "description_html": "<p>温润</p>"}, **DIALOG).content.decode()
    assert re.search(r'value="title"[^>]*checked', page)
    assert not re.search(r'value="seo_title"[^>]*checked', page)
    asked = {"material": material_of(page), "fields_wanted": ["title", "description_html"], "origin": "zh-hans"}
    page = owner.post(here, asked, **DIALOG).content.decode()
    assert 'data-into="title__en"' in page
    assert 'data-into="description_html__en"' in page
    assert json.loads(service.asked[0][1]["messages"][-1]["content"])["source"] == "zh-hans"
    # A field without a text in the other language: said in a sentence, and nothing is asked.
    answer = owner.post(here, {**asked, "fields_wanted": ["seo_title"]}, **DIALOG)
    assert answer.status_code == 409
    assert "There is no text to translate yet." in answer.content.decode()
    assert len(service.asked) == 1


def test_a_picture_is_described_for_each_language(owner: Client, service: Service) -> None:
    asset = store_image(content=picture(), name="cup.jpg", actor="system")
    here = url("picture_words", asset.pk)
    assert "Suggest" in owner.post(here, {"title": "青瓷茶杯"}, **DIALOG).content.decode()
    assert service.asked == []
    page = owner.post(here, {"title": "青瓷茶杯", "ask": "1"}, **DIALOG).content.decode()
    assert f'data-into="alt-{asset.pk}"' in page
    assert f'data-into="alt-{asset.pk}-en"' in page
    assert owner.post(url("picture_words", asset.pk + 1), {"ask": "1"}).status_code == 404


@pytest.mark.parametrize(
    "material", ["", "{", "[]", '{"title": "x"}', '{"title": "x", "facts": [1], "texts": {}}', "[" * 5000, "x" * 90_000]
)
def test_a_page_that_came_apart_is_refused(owner: Client, service: Service, material: str) -> None:
    here = url("product_writing", task="write", language="zh-hans")
    answer = owner.post(here, {"material": material, "fields_wanted": ["title"], "tone": "plain"}, **DIALOG)
    assert answer.status_code == 422
    assert service.asked == []


def test_bad_questions_are_refused_in_words(owner: Client, service: Service) -> None:
    for query in ({"task": "sing", "language": "en"}, {"task": "write", "language": "tlh"}, {}):
        assert owner.post(url("product_writing", **query), EDITOR).status_code == 404
    here = url("product_writing", task="write", language="zh-hans")
    long = owner.post(here, {**EDITOR, "description_html": "茶" * 100_000}, **DIALOG).content.decode()
    assert "too long" in long
    assert 'name="material"' not in long
    asked = {"material": material_of(owner.post(here, EDITOR, **DIALOG).content.decode()), "tone": "plain"}
    assert owner.post(here, {**asked, "fields_wanted": ["price"]}, **DIALOG).status_code == 422
    assert owner.post(here, {**asked, "fields_wanted": ["title"], "tone": "rude"}, **DIALOG).status_code == 422
    save_rules(per_day=10, per_person=10, keep_days=30)
    reset_caches()
    answer = owner.post(here, {**asked, "fields_wanted": ["title"]}, **DIALOG)
    assert answer.status_code == 429
    assert "used up" in answer.content.decode()
    assert service.asked == []
    assert not GeneratedText.objects.exists()


def test_what_was_asked_can_be_read(owner: Client, viewer: Client, service: Service) -> None:
    here = url("product_writing", task="write", language="zh-hans", product="7")
    material = material_of(owner.post(here, EDITOR, **DIALOG).content.decode())
    owner.post(here, {"material": material, "fields_wanted": ["title"], "tone": "plain"}, **DIALOG)
    call = ModelCall.objects.get()
    assert call.reference == "product:7"
    assert "Words for a product" in owner.get(url("settings_language_model")).content.decode()
    page = owner.get(url("settings_language_model_call", call.pk), **DIALOG).content.decode()
    assert "青瓷茶杯" in page
    assert owner.get(url("settings_language_model_call", call.pk + 1)).status_code == 404


def test_without_a_model_the_editor_offers_none(owner: Client) -> None:
    factories.shop()
    product = factories.product("青瓷茶杯")
    page = owner.get(reverse("backoffice:product", args=[product.pk])).content.decode()
    assert "data-asks" not in page
    answer = owner.post(url("product_writing", task="write", language="zh-hans"), EDITOR, **DIALOG)
    asked = {"material": material_of(answer.content.decode()), "fields_wanted": ["title"], "tone": "plain"}
    answer = owner.post(url("product_writing", task="write", language="zh-hans"), asked, **DIALOG)
    assert answer.status_code == 409
    assert "No language model is switched on." in answer.content.decode()
