"""One product: a single page for words, pictures, options and variants, prices, stock, places and search."""

from __future__ import annotations

from typing import Any, BinaryIO, cast

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext

from duli.base.errors import DuliError, sentence
from duli.base.text import one_line
from duli.commerce.assortment.services import save_product_page
from duli.commerce.catalogue.types import HandleTaken, InvalidVariants, ProductChangedMeanwhile, SkuTaken
from duli.platform.accounts.permissions import allowed, require
from duli.platform.media.services import store_image
from duli.platform.store.selectors import current_store, languages
from duli.web.backoffice.access import actor_of, screen
from duli.web.backoffice.kit.dialogs import go_to, note_error
from duli.web.backoffice.kit.toasts import toast
from duli.web.backoffice.product_form import ProductForm, counts_at_all, product_draft, ships_at_all
from duli.web.backoffice.product_grid import Grid, blank_grid, drafts, fit_rows, grid_of, read_grid
from duli.web.backoffice.screens.products import status_pill
from duli.web.backoffice.selectors import products as reads
from duli.web.backoffice.selectors.product_page import (
    ProductOnPage,
    currencies,
    first_location,
    product_on_page,
    tiles,
)
from duli.web.backoffice.shell import render

MOST_MEDIA = 60


def other_languages() -> list[tuple[str, str]]:
    """Return code and name of every language of the store but its own."""
    own = current_store().default_language
    names = dict(settings.LANGUAGES)
    return [(code, str(names.get(code, code))) for code in languages() if code != own]


def own_language() -> str:
    code = current_store().default_language
    return str(dict(settings.LANGUAGES).get(code, code))


def _initial(page: ProductOnPage | None) -> dict[str, Any]:
    if page is None:
        return {"status": "draft", "requires_shipping": True, "tracks_stock": True}
    product = page.product
    values: dict[str, Any] = {
        "title": product.title,
        "description_html": product.description_html,
        "status": product.status,
        "published_at": product.published_at,
        "unpublished_at": product.unpublished_at,
        "product_type": product.product_type.name if product.product_type else "",
        "brand": product.brand.name if product.brand else "",
        "tags": ", ".join(page.tags),
        "category_ids": page.category_ids,
        "collection_ids": page.collection_ids,
        "handle": product.handle,
        "seo_title": product.seo_title,
        "seo_description": product.seo_description,
        "hs_code": product.hs_code,
        "origin_country": product.origin_country,
        "version": product.version,
        "requires_shipping": ships_at_all(page),
        "tracks_stock": counts_at_all(page),
    }
    for code, texts in page.texts.items():
        values.update({f"{name}__{code}": text for name, text in texts.items()})
    return values


def _media_ids(request: HttpRequest) -> list[int]:
    given = [text for text in request.POST.getlist("media") if text.isascii() and text.isdigit() and len(text) < 19]
    gone = set(request.POST.getlist("media_off"))
    return [int(text) for text in dict.fromkeys(given) if text not in gone][:MOST_MEDIA]


def _show(
    request: HttpRequest,
    page: ProductOnPage | None,
    form: ProductForm,
    grid: Grid,
    *,
    media_ids: list[int] | None = None,
    conflict: bool = False,
    status: int = 200,
) -> HttpResponse:
    chosen_categories = {str(pk) for pk in (form["category_ids"].value() or [])}
    chosen_collections = {str(pk) for pk in (form["collection_ids"].value() or [])}
    media = tiles(media_ids) if media_ids is not None else (page.media if page else ())
    location = first_location()
    product = page.product if page else None
    context = {
        "here": "products.all",
        "page": page,
        "product": product,
        "pill": status_pill(product.status, product.published_at, product.unpublished_at) if product else None,
        "form": form,
        "grid": grid,
        "media": media,
        "conflict": conflict,
        "dirty": status != 200,
        "location": location,
        "own_language": own_language(),
        "may_edit": allowed(request.user, "catalogue.edit"),
        "may_count": allowed(request.user, "inventory.adjust"),
        "categories": [(entry, str(entry.id) in chosen_categories) for entry in reads.category_choices()],
        "collections": [
            (pk, name, str(pk) in chosen_collections) for pk, name in reads.collection_choices(manual_only=True)
        ],
        "brands": reads.brand_choices(),
        "store_url": f"{settings.PUBLIC_URL}/products/",
        "add_option": len(grid.options) < 5,
    }
    return render(request, "backoffice/products/edit.html", context, status=status)


@screen("catalogue.view", write="catalogue.edit")
def product_new(request: HttpRequest) -> HttpResponse:
    require(request.user, "catalogue.edit")
    if request.method == "POST":
        return _save(request, None)
    form = ProductForm(initial=_initial(None), languages=other_languages())
    return _show(request, None, form, blank_grid(currencies()))


@screen("catalogue.view", write="catalogue.edit")
def product_edit(request: HttpRequest, product_id: int) -> HttpResponse:
    page = product_on_page(product_id)
    if request.method == "POST":
        return _save(request, page)
    form = ProductForm(initial=_initial(page), languages=other_languages())
    return _show(request, page, form, grid_of(page, currencies()))


def _known(page: ProductOnPage | None) -> frozenset[int]:
    return frozenset(variant.id for variant in page.variants) if page else frozenset()


def _save(request: HttpRequest, page: ProductOnPage | None) -> HttpResponse:
    form = ProductForm(request.POST, languages=other_languages())
    grid = fit_rows(read_grid(request.POST, currencies(), known=_known(page)))
    media_ids = _media_ids(request)
    if "fit" in request.POST:
        return _show(request, page, form, grid, media_ids=media_ids, status=200)
    fields_good = form.is_valid()
    options, variants, facts = drafts(grid)
    if not fields_good or not grid.valid:
        return _show(request, page, form, grid, media_ids=media_ids, status=422)
    values = form.cleaned_data
    if page and not request.POST.get("version", "").strip():
        form.add_error(None, gettext("The page was incomplete. Load it again."))
        return _show(request, page, form, grid, media_ids=media_ids, status=422)
    try:
        files = request.FILES.getlist("media_files")[:MOST_MEDIA]
        if files:
            require(request.user, "media.edit")
        for file in files:
            asset = store_image(content=_stream(file), name=file.name or "", actor=actor_of(request))
            media_ids.append(asset.pk)
        known_media = {tile.id: tile.alt for tile in tiles(media_ids)}
        media_ids = [pk for pk in dict.fromkeys(media_ids) if pk in known_media]
        alts = {
            pk: one_line(request.POST[f"alt-{pk}"], 255)
            for pk in media_ids
            if f"alt-{pk}" in request.POST and one_line(request.POST[f"alt-{pk}"], 255) != known_media[pk]
        }
        location = first_location()
        may_count = allowed(request.user, "inventory.adjust")
        draft = product_draft(
            values,
            languages=other_languages(),
            options=options,
            variants=variants,
            media_ids=media_ids,
            before=page,
        )
        overwrite = page is not None and "overwrite" in request.POST
        product = save_product_page(
            draft=draft,
            facts=facts,
            alts=alts,
            location_id=location.pk if location and may_count else None,
            actor=actor_of(request),
            product_id=page.product.pk if page else None,
            expected_version=page.product.version if page and overwrite else values["version"] if page else None,
        )
    except ProductChangedMeanwhile as error:
        form.add_error(None, sentence(error))
        return _show(request, page, form, grid, media_ids=media_ids, conflict=True, status=error.status)
    except DuliError as error:
        _place(form, grid, error)
        return _show(request, page, form, grid, media_ids=media_ids, status=error.status)
    toast(request, gettext("Saved") if page else gettext("“%(title)s” was created") % {"title": product.title})
    return go_to(request, reverse("backoffice:product", args=[product.pk]))


def _place(form: ProductForm, grid: Grid, error: DuliError) -> None:
    """Put the sentence where the person has to look: beside the field, on the row, or above the form."""
    if isinstance(error, HandleTaken):
        form.add_error("handle", sentence(error))
    elif isinstance(error, SkuTaken):
        taken = [row for row in grid.rows if row.sku == error.params.get("sku")]
        for row in taken:
            row.errors["sku"] = sentence(error)
        if not taken:
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
    grid = fit_rows(read_grid(request.POST, currencies(), known=_known(page)))
    context = {
        "grid": grid,
        "location": first_location(),
        "may_edit": True,
        "may_count": allowed(request.user, "inventory.adjust"),
    }
    return render(request, "backoffice/kit/variant_grid.html", context)


def _stream(file: UploadedFile[Any]) -> BinaryIO:
    return cast(BinaryIO, file.file)


@screen("catalogue.view", write="media.edit", methods=("POST",))
def media_upload(request: HttpRequest) -> HttpResponse:
    """Keep one picture and answer with its tile; a sentence as plain text if it is none."""
    file = request.FILES.get("file")
    if file is None:
        return HttpResponse(gettext("Choose a picture."), status=422, content_type="text/plain; charset=utf-8")
    try:
        asset = store_image(content=_stream(file), name=file.name or "", actor=actor_of(request))
    except DuliError as error:
        return HttpResponse(sentence(error), status=error.status, content_type="text/plain; charset=utf-8")
    return render(request, "backoffice/kit/media_tile.html", {"tile": tiles([asset.pk])[0], "may_edit": True})
