"""What variants consist of, and the files that are sold with them."""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from ninja import Field, Router, Schema, Status

from duli.base.errors import InvalidInput, NotFound
from duli.commerce.assortment.services import dissolve_bundle, save_bundle
from duli.commerce.catalogue.models import Bundle, Variant
from duli.commerce.catalogue.types import Component
from duli.commerce.downloads.models import DownloadFile
from duli.commerce.downloads.selectors import files_of
from duli.commerce.downloads.services import add_file, change_file, remove_file
from duli.web.api.admin.files import FILE_HELP, content_of
from duli.web.api.admin.gate import ERRORS, actor_of, scope
from duli.web.api.admin.keys import Key

router = Router(tags=["variants"])
file_router = Router(tags=["files"])
Json = dict[str, Any]


class ComponentIn(Schema):
    variant_id: Key
    quantity: int = Field(ge=1, le=1000)


class BundleIn(Schema):
    components: list[ComponentIn] = Field(min_length=1, max_length=50)
    price_mode: str = Field("own", description="`own`, or `sum`: of the parts, minus `percent_off`.")
    percent_off: Decimal = Field(Decimal(0), ge=0, lt=100, decimal_places=2)


class FileIn(Schema):
    name: str = Field(max_length=200)
    content_base64: str = Field(description=FILE_HELP)


class FilePatch(Schema):
    name: str | None = Field(None, max_length=200)
    days: int | None = Field(None, ge=0, description="Null: the shop's own rule; 0: without end.")
    most: int | None = Field(None, ge=0, description="Null: the shop's own rule; 0: without limit.")


def bundles_of(variant_ids: Iterable[int]) -> dict[int, Json]:
    """Describe the bundles among these variants (two queries)."""
    rows = Bundle.objects.filter(variant_id__in=list(variant_ids)).prefetch_related("components")
    return {
        row.variant_id: {
            "price_mode": row.price_mode,
            "percent_off": f"{row.percent_off.normalize():f}",
            "components": [{"variant_id": part.variant_id, "quantity": part.quantity} for part in row.components.all()],
        }
        for row in rows
    }


def files_by_variant(variant_ids: Iterable[int]) -> dict[int, list[Json]]:
    """Describe the files that buyers of these variants get (one query)."""
    found: dict[int, list[Json]] = defaultdict(list)
    rows = DownloadFile.objects.filter(variant_id__in=list(variant_ids), is_active=True)
    for row in rows.order_by("position", "pk"):
        found[row.variant_id or 0].append(_file(row))
    return found


def _file(row: DownloadFile) -> Json:
    return {
        "id": row.pk,
        "variant_id": row.variant_id,
        "name": row.name,
        "size": row.size,
        "sha256": row.sha256,
        "days": row.days,
        "most": row.most,
    }


def _sold(variant_id: int) -> None:
    if not Variant.objects.filter(pk=variant_id, is_active=True).exists():
        raise NotFound()


@router.get("/{int:variant_id}/bundle", response={200: Json, **ERRORS})
@scope("catalogue.view")
def get_bundle(request: HttpRequest, variant_id: int) -> Json:
    """What one unit of a bundle consists of; 404 for a variant that is none."""
    found = bundles_of([variant_id]).get(variant_id)
    if found is None:
        raise NotFound()
    return found


@router.put("/{int:variant_id}/bundle", response={200: Json, **ERRORS})
@scope("catalogue.edit")
def put_bundle(request: HttpRequest, variant_id: int, body: BundleIn) -> Json:
    """Make a variant consist of exactly these components."""
    save_bundle(
        variant_id=variant_id,
        components=[Component(part.variant_id, part.quantity) for part in body.components],
        price_mode=body.price_mode,
        percent_off=body.percent_off,
        actor=actor_of(request),
    )
    return bundles_of([variant_id])[variant_id]


@router.delete("/{int:variant_id}/bundle", response={200: Json, **ERRORS})
@scope("catalogue.edit")
def delete_bundle(request: HttpRequest, variant_id: int) -> Json:
    """Let a bundle be goods with stock of its own again; its price stays as it is."""
    dissolve_bundle(variant_id=variant_id, actor=actor_of(request))
    return {"dissolved": True}


@router.get("/{int:variant_id}/files", response={200: Json, **ERRORS})
@scope("catalogue.view")
def list_files(request: HttpRequest, variant_id: int) -> Json:
    """The files that buyers of a variant get."""
    _sold(variant_id)
    return {"files": [_file(row) for row in files_of(variant_id)]}


@router.post("/{int:variant_id}/files", response={201: Json, **ERRORS})
@scope("catalogue.edit", needs_key=True)
def create_file(request: HttpRequest, variant_id: int, body: FileIn) -> Status[Json]:
    """Give buyers of a variant one more file from now on."""
    file = io.BytesIO(content_of(body.content_base64))
    row = add_file(variant_id=variant_id, file=file, name=body.name, actor=actor_of(request))
    return Status(201, _file(row))


@file_router.patch("/{int:file_id}", response={200: Json, **ERRORS})
@scope("catalogue.edit")
def patch_file(request: HttpRequest, file_id: int, body: FilePatch) -> Json:
    """Rename a file or change its limits; what is not given stays."""
    row = DownloadFile.objects.filter(pk=file_id).first()
    if row is None:
        raise NotFound()
    values: Json = {"name": row.name, "days": row.days, "most": row.most, **body.dict(exclude_unset=True)}
    if values["name"] is None:
        raise InvalidInput(field="name")
    return _file(change_file(file_id=file_id, actor=actor_of(request), **values))


@file_router.delete("/{int:file_id}", response={200: Json, **ERRORS})
@scope("catalogue.edit")
def delete_file(request: HttpRequest, file_id: int) -> Json:
    """Give a file to no new buyer; former ones keep it."""
    remove_file(file_id=file_id, actor=actor_of(request))
    return {"removed": True}
