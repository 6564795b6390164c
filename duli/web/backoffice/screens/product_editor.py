"""One product: a single page for words, pictures, options and variants, prices, stock, places and search."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import get_language, gettext

from duli.base.clock import now
from duli.base.errors import DuliError, sentence
from duli.base.text import one_line
from duli.commerce.assortment.services import MergeChoice, save_product_page
from duli.commerce.assortment.types import AssetFacts, EditConflict, VariantFacts
from duli.commerce.catalogue.types import HandleTaken, InvalidVariants, SkuTaken, VariantsInUse
from duli.commerce.copywriting.selectors import generated
from duli.commerce.inventory.models import StockMovement
from duli.commerce.orders.goods import find_goods, goods
from duli.platform.accounts.limits import sees
from duli.platform.accounts.permissions import allowed, require
from duli.platform.language_models.configuration import is_on
from duli.platform.media.types import source
from duli.platform.store.selectors import current_store
from duli.web.backoffice.access import actor_of, screen
from duli.web.backoffice.kit.dialogs import go_to, note_error
from duli.web.backoffice.kit.sheet import Sheet, SheetRow
from duli.web.backoffice.kit.toasts import toast
from duli.web.backoffice.product_attributes import (
    AttributeInput,
    attribute_drafts,
    codes_sent,
    inputs_of,
    read_inputs,
)
from duli.web.backoffice.product_changes import Change, choices_of, describe
from duli.web.backoffice.product_columns import Columns, columns_for
from duli.web.backoffice.product_form import (
    ProductForm,
    counts_at_all,
    other_languages,
    own_language,
    product_draft,
    ships_at_all,
)
from duli.web.backoffice.product_grid import FIELD, Grid, VariantRow, blank_grid, drafts, grid_of, read_grid
from duli.web.backoffice.product_options import FIELD as OPTIONS
from duli.web.backoffice.product_options import options_json
from duli.web.backoffice.screens.product_media import keep_files
from duli.web.backoffice.screens.products import status_pill
from duli.web.backoffice.selectors import product_page as reads_page
from duli.web.backoffice.selectors import products as reads
from duli.web.backoffice.selectors.product_page import MediaTile, ProductOnPage, product_on_page, tiles
from duli.web.backoffice.shell import render
from duli.web.backoffice.tax_words import STANDARD

MOST_MEDIA = 60
REASONS = ("counted", "received", "corrected", "damaged", "lost", "returned")


def _columns(request: HttpRequest) -> Columns:
    return columns_for(may_count=allowed(request.user, "inventory.adjust"), may_see_cost=sees(request.user, "cost"))


def _initial(page: ProductOnPage | None) -> dict[str, Any]:
    if page is None:
        return {"status": "draft", "tax_class": STANDARD, "requires_shipping": True, "tracks_stock": True}
    product = page.product
    names = ("title", "description_html", "status", "published_at", "unpublished_at", "handle", "seo_title")
    more = (
        "seo_description",
        "tax_class",
        "hs_code",
        "origin_country",
        "version",
        "is_gift_card",
        "maker_id",
        "responsible_person_id",
    )
    values: dict[str, Any] = {name: getattr(product, name) for name in (*names, *more, "safety_text", "is_gift_card")}
    values |= {
        "product_type": product.product_type.name if product.product_type else "",
        "brand": product.brand.name if product.brand else "",
        "tags": ", ".join(page.tags),
        "category_ids": page.category_ids,
        "collection_ids": page.collection_ids,
        "related_ids": [pk for pk, _ in page.related],
        "requires_shipping": ships_at_all(page),
        "tracks_stock": counts_at_all(page),
    }
    for code, texts in page.texts.items():
        values.update({f"{name}__{code}": text for name, text in texts.items()})
    return values


@dataclass(slots=True)
class Draft:
    """What the person typed, or what is stored: everything the page is drawn from."""

    page: ProductOnPage | None
    form: ProductForm
    grid: Grid
    attributes: list[AttributeInput]
    media: tuple[MediaTile, ...]
    conflict: EditConflict | None = None
    changes: list[Change] = field(default_factory=list)
    losses: bool = False
    reason: str = REASONS[0]


def _stored(page: ProductOnPage | None, columns: Columns) -> Draft:
    form = ProductForm(initial=_initial(page), languages=other_languages())
    grid = grid_of(page, columns) if page else blank_grid(columns)
    product_type = page.product.product_type.name if page and page.product.product_type else ""
    attributes = page.attributes if page else ()
    fields = reads_page.attribute_fields(product_type, {code for code, _ in attributes})
    return Draft(page, form, grid, inputs_of(fields, attributes), page.media if page else ())


def _typed(request: HttpRequest, page: ProductOnPage | None, columns: Columns) -> Draft:
    data = request.POST
    form = ProductForm(data, languages=other_languages())
    grid = read_grid(data, columns, page)
    codes = set(codes_sent(data)) | {code for code, _ in (page.attributes if page else ())}
    fields = reads_page.attribute_fields(one_line(data.get("product_type", ""), 160), codes)
    reason = data.get("stock_reason", REASONS[0])
    return Draft(
        page,
        form,
        grid,
        read_inputs(data, fields),
        tiles(_media_ids(request)),
        reason=reason if reason in REASONS else REASONS[0],
    )


def _media_ids(request: HttpRequest) -> list[int]:
    given = [text for text in request.POST.getlist("media") if text.isascii() and text.isdigit() and len(text) < 19]
    gone = set(request.POST.getlist("media_off"))
    return [int(text) for text in dict.fromkeys(given) if text not in gone][:MOST_MEDIA]


def grid_context(request: HttpRequest, grid: Grid, reason: str = REASONS[0]) -> dict[str, Any]:
    """Return what the part of the page with the variants shows."""
    may_edit = allowed(request.user, "catalogue.edit")
    sheet = None
    # Without JavaScript the chips' own field is not there, and the variants stay a plain table of inputs.
    plain = "plain" in request.GET or (request.method == "POST" and OPTIONS not in request.POST)
    if grid.used_options and not plain:
        sheet = _sheet(grid, readonly=not may_edit, plain_url=f"{request.path}?plain=1")
    return {
        "grid": grid,
        "sheet": sheet,
        "may_edit": may_edit,
        "may_count": allowed(request.user, "inventory.adjust"),
        "reasons": [(value, StockMovement.Reason(value).label, value == reason) for value in REASONS],
        "counts": bool(grid.columns.stock),
    }


def _sheet(grid: Grid, *, readonly: bool, plain_url: str) -> Sheet:
    columns = grid.columns.sheet(removable=True)
    keys = [column.key for column in columns]
    return Sheet(
        name=FIELD,
        label=gettext("Variants"),
        first=gettext("Variant"),
        columns=columns,
        rows=[_sheet_row(row, keys) for row in grid.rows],
        plain_url=plain_url,
        readonly=readonly,
    )


def _sheet_row(row: VariantRow, keys: list[str]) -> SheetRow:
    was = row.stored if row.variant_id else {}
    changed = {key: row.cells[key] for key in row.cells if row.cells[key] != was.get(key, "")}
    if row.removed:
        changed["off"] = "1"
    return SheetRow(
        key=row.key,
        title=row.title,
        cells=[was.get(key, "") for key in keys],
        changed=changed,
        errors=row.errors,
        note=gettext("%(count)s held for orders") % {"count": row.reserved} if row.reserved else "",
        is_new=row.variant_id is None,
    )


def _show(request: HttpRequest, draft: Draft, *, status: int = 200) -> HttpResponse:
    form, page = draft.form, draft.page
    chosen_categories = {str(pk) for pk in (form["category_ids"].value() or [])}
    chosen_collections = {str(pk) for pk in (form["collection_ids"].value() or [])}
    related = [int(pk) for pk in (form["related_ids"].value() or []) if str(pk).isdigit() and len(str(pk)) < 19]
    product = page.product if page else None
    contacts = reads_page.safety_contacts()
    titles = reads_page.titles(related)
    context = {
        "here": "products.all",
        "page": page,
        "product": product,
        "pill": status_pill(product.status, product.published_at, product.unpublished_at) if product else None,
        "form": form,
        "media": draft.media,
        "languages": other_languages(),
        "conflict": draft.conflict,
        "changes": draft.changes,
        "losses": draft.losses,
        "dirty": status != 200,
        "own_language": own_language(),
        "own_code": current_store().default_language,
        "writes": is_on(),
        "suggested": _suggested(page),
        "attributes": draft.attributes,
        "options_json": options_json(draft.grid.options, other_languages()),
        "categories": [(entry, str(entry.id) in chosen_categories) for entry in reads.category_choices()],
        "collections": [
            (pk, name, str(pk) in chosen_collections) for pk, name in reads.collection_choices(manual_only=True)
        ],
        "brands": reads.brand_choices(),
        "types": reads.type_choices(),
        "contacts": [
            (bound, [(pk, name, str(pk) == str(bound.value() or "")) for pk, name in contacts])
            for bound in (form["maker_id"], form["responsible_person_id"])
        ],
        "related": [(pk, titles[pk]) for pk in related if pk in titles],
        "store_url": f"{settings.PUBLIC_URL}/products/",
        "add_option": len(draft.grid.options) < 5,
        **grid_context(request, draft.grid, draft.reason),
    }
    return render(request, "backoffice/products/edit.html", context, status=status)


def _suggested(page: ProductOnPage | None) -> set[str]:
    """Return the languages whose stored description stands as a language model suggested it."""
    if page is None:
        return set()
    own = current_store().default_language
    stored = {own: page.product.description_html} | {
        code: texts.get("description_html", "") for code, texts in page.texts.items()
    }
    found = generated(stored.values())
    return {code for code, text in stored.items() if text in found}


@screen("catalogue.view", write="catalogue.edit")
def product_new(request: HttpRequest) -> HttpResponse:
    require(request.user, "catalogue.edit")
    if request.method == "POST":
        return _save(request, None)
    return _show(request, _stored(None, _columns(request)))


@screen("catalogue.view", write="catalogue.edit")
def product_edit(request: HttpRequest, product_id: int) -> HttpResponse:
    page = product_on_page(product_id)
    if request.method == "POST":
        return _save(request, page)
    return _show(request, _stored(page, _columns(request)))


def _save(request: HttpRequest, page: ProductOnPage | None) -> HttpResponse:
    draft = _typed(request, page, _columns(request))
    form, grid = draft.form, draft.grid
    if "fit" in request.POST or "fill" in request.POST:
        return _show(request, draft)
    fields_good = form.is_valid()
    options, variants, facts = drafts(grid)
    attributes = attribute_drafts(draft.attributes)
    attributes_good = not any(entry.error for entry in draft.attributes)
    if not fields_good or not grid.valid or not attributes_good:
        return _show(request, draft, status=422)
    values = form.cleaned_data
    if page and not request.POST.get("version", "").strip():
        form.add_error(None, gettext("The page was incomplete. Load it again."))
        return _show(request, draft, status=422)
    complete = "complete" in request.POST
    try:
        media_ids = [tile.id for tile in draft.media]
        media_ids += keep_files(request, most=MOST_MEDIA - len(media_ids))
        draft.media = tiles(list(dict.fromkeys(media_ids)))
        product = save_product_page(
            draft=product_draft(
                values,
                languages=other_languages(),
                options=options,
                variants=variants,
                media_ids=[tile.id for tile in draft.media],
                attributes=attributes if complete else None,
                complete=complete,
                before=page,
            ),
            facts=facts if allowed(request.user, "inventory.adjust") else without_counts(facts),
            assets=_assets(request, draft.media),
            reason=draft.reason,
            actor=actor_of(request),
            product_id=page.product.pk if page else None,
            expected_version=_expected(request, page, values["version"]),
            merging=_merging(request),
            accepted_losses=[row.variant_id or 0 for row in grid.losing] if "accept_losses" in request.POST else (),
        )
    except EditConflict as error:
        draft.conflict = error
        draft.changes = describe(error.merged, sees_cost=sees(request.user, "cost"))
        return _show(request, draft, status=error.status)
    except DuliError as error:
        _place(draft, error)
        return _show(request, draft, status=error.status)
    toast(request, gettext("Saved") if page else gettext("“%(title)s” was created") % {"title": product.title})
    return go_to(request, reverse("backoffice:product", args=[product.pk]))


def without_counts(facts: list[VariantFacts]) -> list[VariantFacts]:
    return [replace(entry, counts=()) for entry in facts]


def _expected(request: HttpRequest, page: ProductOnPage | None, version: int | None) -> int | None:
    """Return the version to save over: the one the page was opened with, or the one that is to be overwritten."""
    if page is None:
        return None
    seen = request.POST.get("seen_version", "")
    if "overwrite" in request.POST and seen.isascii() and seen.isdigit() and len(seen) < 10:
        return int(seen)
    return version


def _merging(request: HttpRequest) -> MergeChoice | None:
    seen = request.POST.get("seen_version", "")
    if "merge" not in request.POST or not (seen.isascii() and seen.isdigit() and len(seen) < 10):
        return None
    return MergeChoice(int(seen), choices_of(request.POST))


def _assets(request: HttpRequest, media: tuple[MediaTile, ...]) -> dict[int, AssetFacts]:
    """Return what was said of pictures and is not what is stored."""
    found: dict[int, AssetFacts] = {}
    data = request.POST
    for tile in media:
        alt = one_line(data.get(f"alt-{tile.id}", tile.alt), 255)
        texts = {}
        for code, _name in other_languages():
            text = one_line(data.get(f"alt-{tile.id}-{code}", tile.texts.get(code, "")), 255)
            if text != tile.texts.get(code, ""):
                texts[code] = text
        x, y = (_percent(data.get(f"focal-{axis}-{tile.id}", "")) for axis in "xy")
        moved = (x is not None and x != tile.focal_x) or (y is not None and y != tile.focal_y)
        if alt != tile.alt or texts or moved:
            found[tile.id] = AssetFacts(
                alt=alt if alt != tile.alt else None,
                texts=texts,
                focal_x=x / 100 if moved and x is not None else None,
                focal_y=y / 100 if moved and y is not None else None,
            )
    return found


def _percent(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 and int(text) <= 100 else None


def _place(draft: Draft, error: DuliError) -> None:
    """Put the sentence where the person has to look: beside the field, on the row, or above the form."""
    form, grid = draft.form, draft.grid
    if isinstance(error, HandleTaken):
        form.add_error("handle", sentence(error))
    elif isinstance(error, SkuTaken):
        taken = [row for row in grid.rows if row.cells.get("sku") == error.params.get("sku")]
        for row in taken:
            row.errors["sku"] = sentence(error)
        form.add_error(None, sentence(error))
    elif isinstance(error, VariantsInUse):
        draft.losses = True
        form.add_error(None, sentence(error))
    elif isinstance(error, InvalidVariants):
        grid.errors.append(sentence(error))
    else:
        note_error(form, error)


@screen("catalogue.view", write="catalogue.edit", methods=("POST",))
def product_grid(request: HttpRequest) -> HttpResponse:
    """The grid again after the options changed; nothing is saved."""
    raw = request.GET.get("product", "")
    page = product_on_page(int(raw)) if raw.isascii() and raw.isdigit() and len(raw) < 19 else None
    grid = read_grid(request.POST, _columns(request), page)
    return render(request, "backoffice/kit/variant_grid.html", grid_context(request, grid))


@screen("catalogue.view", methods=("GET",))
def product_attributes(request: HttpRequest) -> HttpResponse:
    """The attributes of another product type, with what was typed so far."""
    codes = {code for code in codes_sent(request.GET) if request.GET.get(f"attribute-{code}")}
    fields = reads_page.attribute_fields(one_line(request.GET.get("product_type", ""), 160), codes)
    context = {"attributes": read_inputs(request.GET, fields), "may_edit": True}
    return render(request, "backoffice/kit/product_attributes.html", context)


@screen("catalogue.view", methods=("GET",))
def product_picker(request: HttpRequest) -> HttpResponse:
    """Products for the picker of related ones."""
    query = one_line(request.GET.get("related_query", ""), 100)
    found = reads_page.product_choices(query) if query else []
    return render(request, "backoffice/kit/product_picker.html", {"found": found, "query": query})


@screen("catalogue.view", methods=("GET",))
def variant_picker(request: HttpRequest) -> HttpResponse:
    """What is sold, for the picker of variants: by title in any language, SKU or barcode."""
    query = one_line(request.GET.get("variant_query", ""), 100)
    ids = find_goods(query)
    offered = goods(ids, currency=current_store().default_currency, language=get_language() or "en", at=now())
    found = [
        (offered[pk], source(image, 160) if (image := offered[pk].image) else "")
        for pk in ids
        if pk in offered and offered[pk].sku
    ]
    return render(request, "backoffice/kit/variant_picker.html", {"found": found, "query": query})
