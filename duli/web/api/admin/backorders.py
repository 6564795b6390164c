"""What may be sold before it is there, and what shoppers are promised then."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Field, Router, Schema

from duli.base.errors import Conflict, InvalidInput, NotFound
from duli.commerce.catalogue.models import Variant
from duli.commerce.catalogue.selectors import translations_of
from duli.commerce.inventory.models import StockLevel
from duli.commerce.inventory.selectors import locations
from duli.commerce.inventory.services import set_level_rules
from duli.web.api.admin.gate import ERRORS, scope
from duli.web.api.admin.words import words_of

router = Router(tags=["stock"])
Json = dict[str, Any]
Words = Annotated[str, Field(max_length=120)]


class BackorderPatch(Schema):
    units: int | None = Field(None, ge=0, description="Units that can be ordered although they are not on hand.")
    on: date | None = Field(None, description="The day from which they are sent; null: none is named.")
    words: Words | None = Field(None, description="What shoppers are told besides.")
    texts: dict[str, Words] | None = Field(
        None, description="The same in other languages; an empty one removes it, those not given stay."
    )
    low_stock_threshold: int | None = Field(None, ge=0, description="Counts as low at; null: the store's own.")


def _rules(variant_id: int) -> dict[int, Json]:
    """Return by location what holds for a variant that exists (four queries). NotFound."""
    if not Variant.objects.filter(pk=variant_id).exists():
        raise NotFound()
    levels = {level.location_id: level for level in StockLevel.objects.filter(variant_id=variant_id)}
    texts = translations_of("stock_level", [level.pk for level in levels.values()])
    return {
        place.pk: _described(place.pk, levels.get(place.pk) or StockLevel(location_id=place.pk), texts)
        for place in locations()
    }


def _described(location_id: int, level: StockLevel, texts: dict[int, dict[str, dict[str, str]]]) -> Json:
    own = texts.get(level.pk, {}) if level.pk else {}
    return {
        "location_id": location_id,
        "units": level.backorder_limit,
        "on": level.backorder_on.isoformat() if level.backorder_on else None,
        "words": level.backorder_promise,
        "texts": {language: values["promise"] for language, values in own.items() if "promise" in values},
        "low_stock_threshold": level.low_stock_threshold,
    }


@router.get("/{int:variant_id}", response={200: Json, **ERRORS})
@scope("inventory.view")
def get_backorders(request: HttpRequest, variant_id: int) -> Json:
    """How many units of a variant can be ordered before they are there, at each location, and what is promised."""
    return {"backorders": list(_rules(variant_id).values())}


@router.patch("/{int:variant_id}/{int:location_id}", response={200: Json, **ERRORS})
@scope("inventory.adjust")
def change_backorders(request: HttpRequest, variant_id: int, location_id: int, body: BackorderPatch) -> Json:
    """Change what is given and leave the rest; 409 if somebody else changes it at the same time."""
    before = _rules(variant_id).get(location_id)
    if before is None:
        raise NotFound()
    given: Json = body.dict(exclude_unset=True)
    for name in ("units", "words", "texts"):
        if name in given and given[name] is None:
            raise InvalidInput(field=name)

    def unchanged() -> None:
        if _rules(variant_id).get(location_id) != before:
            raise Conflict()

    wanted = {**before, **given}
    set_level_rules(
        variant_id=variant_id,
        location_id=location_id,
        threshold=wanted["low_stock_threshold"],
        backorder_limit=wanted["units"],
        promise=wanted["words"],
        promised_on=given["on"] if "on" in given else before["on"] and date.fromisoformat(before["on"]),
        texts=words_of(given.get("texts", {})),
        seen=unchanged,
    )
    return _rules(variant_id)[location_id]
