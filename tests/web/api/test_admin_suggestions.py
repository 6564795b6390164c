"""Words from a language model over the API: suggested, translated, described, within the budget."""

from __future__ import annotations

from typing import Any

import pytest

from duli.commerce.catalogue.models import Product
from duli.commerce.copywriting.types import MOST_TRANSLATED
from duli.platform.language_models.models import ModelCall
from duli.platform.language_models.services import save_account, save_rules
from duli.platform.media.services import store_image
from duli.platform.store.changes import reset_caches
from tests import factories
from tests.platform.media.pictures import picture
from tests.plugins.language_models import KEY, serve
from tests.web.api.test_admin_api import Call, call, owner

__all__ = ["call", "owner"]
pytestmark = pytest.mark.django_db
WRITE = {"language": "en", "fields": ["title", "description_html"], "title": "Cup", "facts": {"Volume": "180 ml"}}
TRANSLATE = {"source": "zh-hans", "language": "en", "texts": {"title": "灰色织物沙发"}}


@pytest.fixture(autouse=True)
def shop(db: None) -> None:
    factories.shop()
    address, _made = serve()
    values = {"service": "other", "base_url": f"{address}/v1", "key": KEY, "model": "practice-writer"}
    save_account(code="openai", enabled=True, values={**values, "vision_model": "practice-eyes"})
    reset_caches()


def test_words_are_suggested_translated_and_pictures_described(call: Call) -> None:
    status, found = call("POST", "/suggestions/write", WRITE)
    assert (status, set(found["texts"])) == (200, {"title", "description_html"})
    assert "180 ml" in found["texts"]["description_html"]
    assert call("POST", "/suggestions/translate", TRANSLATE)[1] == {"texts": {"title": "Grey fabric sofa"}}
    asset = store_image(content=picture(), name="cup.jpg", actor="system")
    status, found = call("POST", "/suggestions/describe", {"asset_id": asset.pk, "title": "Cup"})
    assert (status, set(found["texts"])) == (200, {"zh-hans", "en"})
    assert ModelCall.objects.filter(actor__startswith="token:").count() == 3
    assert not Product.objects.exists()


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("write", {**WRITE, "fields": ["price"]}, 422),
        ("write", {**WRITE, "fields": []}, 422),
        ("write", {**WRITE, "tone": "rude"}, 422),
        ("write", {**WRITE, "language": "tlh"}, 422),
        ("write", {**WRITE, "notes": "x" * 3000}, 422),
        ("translate", {**TRANSLATE, "source": "en"}, 422),
        ("translate", {**TRANSLATE, "texts": {"title": " "}}, 409),
        ("translate", {**TRANSLATE, "texts": {"title": "x" * (MOST_TRANSLATED + 1)}}, 422),
        ("describe", {"asset_id": 7}, 404),
        ("describe", {"asset_id": 2**70}, 422),
    ],
)
def test_what_does_not_fit_is_refused_and_asked_of_nobody(
    call: Call, path: str, body: dict[str, Any], status: int
) -> None:
    assert call("POST", f"/suggestions/{path}", body)[0] == status
    assert not ModelCall.objects.exists()


def test_the_budget_holds_for_programs_too(call: Call) -> None:
    save_rules(per_day=10, per_person=10, keep_days=30)
    reset_caches()
    status, found = call("POST", "/suggestions/write", WRITE)
    assert (status, found["code"]) == (429, "language_model_budget")
