"""Words that a language model suggests: for goods, in other languages, of pictures. Nothing of the shop changes."""

from __future__ import annotations

from typing import Any, Literal

from django.http import HttpRequest
from ninja import Field, Router, Schema

from duli.commerce.copywriting import services
from duli.commerce.copywriting.types import LONGEST, MOST_NOTES, ProductFacts
from duli.web.api.admin.gate import ERRORS, actor_of, scope
from duli.web.api.schemas import ErrorOut

router = Router(tags=["products"])
Json = dict[str, Any]
Name = Literal["title", "description_html", "seo_title", "seo_description"]
ANSWERS = {200: Json, **ERRORS, 429: ErrorOut}


class WriteIn(Schema):
    language: str = Field(max_length=12, examples=["en"])
    fields: list[Name] = Field(min_length=1, max_length=len(LONGEST), examples=[["title", "description_html"]])
    title: str = Field(max_length=LONGEST["title"])
    facts: dict[str, str] = Field({}, max_length=60, examples=[{"Material": "stoneware", "Volume": "180 ml"}])
    texts: dict[Name, str] = Field({}, description="What stands there now.")
    tone: Literal["plain", "warm", "lively", "elegant"] = "plain"
    notes: str = Field("", max_length=MOST_NOTES)


class TranslateIn(Schema):
    source: str = Field(max_length=12, examples=["zh-hans"])
    language: str = Field(max_length=12, examples=["en"])
    texts: dict[Name, str] = Field(min_length=1, description="Together at most 6,000 characters.")


class DescribeIn(Schema):
    asset_id: int = Field(ge=1, le=2**63 - 1)
    title: str = Field("", max_length=LONGEST["title"], description="Of the goods in the picture.")


@router.post("/write", response=ANSWERS)
@scope("catalogue.edit")
def write(request: HttpRequest, body: WriteIn) -> Json:
    """Have texts for goods suggested; they are put into a product by the call that edits it."""
    texts = services.suggest_texts(
        facts=ProductFacts(body.title, tuple(body.facts.items())),
        language=body.language,
        fields=body.fields,
        texts={str(name): text for name, text in body.texts.items()},
        tone=body.tone,
        notes=body.notes,
        actor=actor_of(request),
    )
    return {"texts": texts}


@router.post("/translate", response=ANSWERS)
@scope("catalogue.edit")
def translate(request: HttpRequest, body: TranslateIn) -> Json:
    """Have a product's texts translated from one language of the shop into another."""
    texts = services.translate_texts(
        texts={str(name): text for name, text in body.texts.items()},
        source=body.source,
        language=body.language,
        actor=actor_of(request),
    )
    return {"texts": texts}


@router.post("/describe", response=ANSWERS)
@scope("catalogue.edit")
def describe(request: HttpRequest, body: DescribeIn) -> Json:
    """Have a picture described in each language of the shop, for people who cannot see it."""
    texts = services.describe_picture(asset_id=body.asset_id, title=body.title, actor=actor_of(request))
    return {"texts": texts}
