"""Attributes of products, and the lists of values that choices and colours have."""

from __future__ import annotations

import hashlib
import json
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Field, Router, Schema

from duli.base.errors import Conflict, NotFound
from duli.base.text import one_line
from duli.commerce.catalogue.models import Attribute
from duli.commerce.catalogue.selectors import listed_values
from duli.commerce.catalogue.services import save_attribute_values
from duli.commerce.catalogue.services.attributes import MAXIMUM_VALUES
from duli.commerce.catalogue.types import AttributeValueDraft
from duli.web.api.admin.gate import ERRORS, actor_of, scope
from duli.web.api.admin.paging import PAGE, page_by_id
from duli.web.api.admin.words import words_of

router = Router(tags=["attributes"])
Json = dict[str, Any]
Name = Annotated[str, Field(max_length=255)]


class ValueIn(Schema):
    id: int | None = Field(None, description="Keeps a value under a new name or colour; without, the name finds it.")
    text: Name
    swatch: str = Field("", max_length=7, description="Of a colour.", examples=["#2f6f62"])
    texts: dict[str, Name] = Field({}, description="What it is called in other languages; those not given stay.")


class ValuesIn(Schema):
    values: list[ValueIn] = Field(max_length=MAXIMUM_VALUES)
    version: str = Field(
        "",
        max_length=40,
        description="As the list was read: 409 if it is another by now. Empty: whatever stands there.",
    )


def _values(attribute_id: int) -> Json:
    values = listed_values(attribute_id)
    rows = [
        {
            "id": value.id,
            "text": value.text,
            "swatch": value.swatch,
            "texts": value.names,
            "products": value.products,
        }
        for value in values
    ]
    # What is in the list, not how many products use it: a sale of goods does not make it another.
    told = [[value.id, value.text, value.swatch, sorted(value.names.items())] for value in values]
    return {"values": rows, "version": hashlib.blake2b(json.dumps(told).encode(), digest_size=12).hexdigest()}


@router.get("", response={200: Json, **ERRORS})
@scope("catalogue.view")
def list_attributes(request: HttpRequest, after: str = "", limit: int = PAGE) -> Json:
    """What products can be described by, newest first; `kind` is text, number, boolean, choice or colour."""
    found, cursor = page_by_id(Attribute.objects.all(), after=after, limit=limit)
    rows = [
        {
            "id": row.pk,
            "code": row.code,
            "name": row.name,
            "kind": row.kind,
            "unit": row.unit,
            "is_filterable": row.is_filterable,
        }
        for row in found
    ]
    return {"attributes": rows, "next": cursor}


@router.get("/{int:attribute_id}/values", response={200: Json, **ERRORS})
@scope("catalogue.view")
def list_values(request: HttpRequest, attribute_id: int) -> Json:
    """The list of a choice or colour in its order, with how many products have each value."""
    if not Attribute.objects.filter(pk=attribute_id).exists():
        raise NotFound()
    return _values(attribute_id)


@router.put("/{int:attribute_id}/values", response={200: Json, **ERRORS})
@scope("catalogue.edit")
def put_values(request: HttpRequest, attribute_id: int, body: ValuesIn) -> Json:
    """Make the list exactly these values in this order; products follow a new name, and none in use can be left out.

    With the `version` that was read nobody's change is lost: 409 if the list is another by now.
    """

    def unchanged() -> None:
        if body.version and _values(attribute_id)["version"] != body.version:
            raise Conflict()

    save_attribute_values(
        attribute_id=attribute_id,
        values=[
            AttributeValueDraft(one_line(value.text), value.swatch, value.id, words_of(value.texts))
            for value in body.values
        ],
        actor=actor_of(request),
        seen=unchanged,
    )
    return _values(attribute_id)
