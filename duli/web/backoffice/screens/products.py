"""The list of products, and what can be done with several of them."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode, urlsplit

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext, ngettext, override
from django.utils.translation import gettext_lazy as _

from duli.base.clock import now
from duli.commerce.assortment.preview import PARAMETER, preview_token
from duli.commerce.assortment.services import duplicate_product, set_statuses
from duli.commerce.catalogue.services import delete_product, save_safety_contact
from duli.commerce.catalogue.states import ProductStatus
from duli.commerce.exchange.export import export_rows, layout
from duli.platform.accounts.limits import sees
from duli.platform.accounts.permissions import allowed, require
from duli.platform.store.selectors import current_store
from duli.web.backoffice.access import actor_of, screen
from duli.web.backoffice.kit import arranged
from duli.web.backoffice.kit.arranged import ListFile, ListPlace, arranged_for
from duli.web.backoffice.kit.cells import Amount, Cell, Number, Pills, Text, Thumb, When
from duli.web.backoffice.kit.dialogs import Dialog, Done, run_verb
from duli.web.backoffice.kit.forms import IdList, Line, parse_amount
from duli.web.backoffice.kit.links import row_url
from duli.web.backoffice.kit.listing import (
    BulkVerb,
    Column,
    Empty,
    Filter,
    ListState,
    ResourceList,
    View,
    list_response,
)
from duli.web.backoffice.kit.pills import Pill
from duli.web.backoffice.kit.tables import table_answer
from duli.web.backoffice.screens.product_bulk import said, undo_of
from duli.web.backoffice.selectors import products as reads
from duli.web.backoffice.selectors.product_page import product_on_page
from duli.web.backoffice.selectors.products import ProductFilter, ProductRow

VIEWS = (
    View("all", _("All")),
    View("active", _("On sale")),
    View("draft", _("Drafts")),
    View("low", _("Low stock")),
    View("out", _("Sold out")),
    View("archived", _("Archived")),
)


def status_pill(status: str, published_at: object = None, unpublished_at: object = None) -> Pill:
    """Return how a product stands, the schedule included."""
    instant = now()
    if status == ProductStatus.DRAFT:
        return Pill(_("Draft"))
    if status == ProductStatus.ARCHIVED:
        return Pill(_("Archived"), shape="half")
    if published_at is not None and published_at > instant:  # type: ignore[operator]
        return Pill(_("Scheduled"), "info", "half")
    if unpublished_at is not None and unpublished_at <= instant:  # type: ignore[operator]
        return Pill(_("Ended"), "attention")
    return Pill(_("On sale"), "ok", "full")


def _stock(row: ProductRow) -> Cell:
    if row.available is None:
        return Text(_("Not counted"), muted=True)
    if row.available <= 0:
        return Pills([Pill(_("Sold out"), "critical")])
    return Number(row.available)


def _columns() -> list[Column[ProductRow]]:
    return [
        Column(
            _("Product"),
            lambda row: Thumb(
                row.title,
                row_url("product", row.id),
                row.image,
                ngettext("%(count)s variant", "%(count)s variants", row.variants) % {"count": row.variants}
                if row.variants > 1
                else row.brand,
            ),
            phone="wide",
            sort="title",
        ),
        Column(
            _("Status"),
            lambda row: Pills([status_pill(row.status, row.published_at, row.unpublished_at)]),
            key="status",
        ),
        Column(_("Stock"), _stock, align="end", phone="end", key="stock", named=True),
        Column(_("Price"), lambda row: Amount(row.low, row.high), align="end", phone="hidden", key="price"),
        Column(_("Brand"), lambda row: Text(row.brand, muted=True), phone="hidden", key="brand"),
        Column(_("Changed"), lambda row: When(row.updated_at), phone="hidden", sort="updated", key="changed"),
        Column(_("Product type"), lambda row: Text(row.product_type), key="type", extra=True),
        Column(_("Variants"), lambda row: Number(row.variants), align="end", key="variants", extra=True),
        Column(_("Sold"), lambda row: Number(row.sold), align="end", sort="selling", key="sold", extra=True),
        Column(_("Address"), lambda row: Text(row.handle, clip=True), key="handle", extra=True),
        Column(_("Visible from"), lambda row: When(row.published_at), key="from", extra=True),
        Column(_("Added"), lambda row: When(row.created_at), sort="newest", key="added", extra=True),
    ]


def price_range(text: str) -> tuple[int | None, int | None] | None:
    """Read "100-500", "100-" or "-500" in the store's currency as minor units; None if it says nothing."""
    first, separator, last = text.replace("–", "-").replace("~", "-").partition("-")
    currency = current_store().default_currency
    try:
        low, high = parse_amount(first, currency), parse_amount(last if separator else first, currency)
    except ValidationError:
        return None
    return (low, high) if low is not None or high is not None else None


def _bulk() -> list[BulkVerb]:
    url = reverse("backoffice:products_status")
    return [
        BulkVerb(_("Put on sale"), url, fields={"status": ProductStatus.ACTIVE}, direct=True),
        BulkVerb(_("Make drafts"), url, fields={"status": ProductStatus.DRAFT}, direct=True),
        BulkVerb(_("Archive"), url, fields={"status": ProductStatus.ARCHIVED}, direct=True),
        BulkVerb(_("Edit in a sheet"), reverse("backoffice:products_sheet"), same_tab=True),
        BulkVerb(_("Change prices…"), reverse("backoffice:products_prices"), more=True),
        BulkVerb(_("Organise…"), reverse("backoffice:products_organise"), more=True),
        BulkVerb(_("Schedule…"), reverse("backoffice:products_schedule"), more=True),
        BulkVerb(_("Delete…"), reverse("backoffice:products_delete"), more=True, danger=True),
    ]


def _filters() -> tuple[Filter, ...]:
    categories = reads.category_choices()
    return (
        Filter("category", _("Category"), [(str(entry.id), "　" * entry.depth + entry.name) for entry in categories]),
        Filter("collection", _("Collection"), [(str(pk), name) for pk, name in reads.collection_choices()]),
        Filter("brand", _("Brand"), [(str(pk), name) for pk, name in reads.brand_choices()]),
        Filter("tag", _("Tag"), [(str(pk), name) for pk, name in reads.tag_choices()]),
        Filter("stock", _("Stock"), [("low", _("Low stock")), ("out", _("Sold out"))], kind="one"),
        Filter("price", _("Price, such as 100-500"), kind="text"),
    )


def list_state(request: HttpRequest) -> tuple[ListState, tuple[Filter, ...]]:
    """Return what the address says about the list of products, and the filters it offers."""
    filters = _filters()
    return ListState(request, views=VIEWS, filters=filters, sorts=tuple(reads.SORTS)), filters


def wanted_by(state: ListState) -> ProductFilter:
    return ProductFilter(
        query=state.query,
        status={"active": "active", "draft": "draft", "archived": "archived"}.get(state.view, ""),
        stock=state.view if state.view in {"low", "out"} else state.one("stock"),
        tag_ids=[int(pk) for pk in state.many("tag")],
        price=price_range(state.one("price")),
        brand_ids=[int(pk) for pk in state.many("brand")],
        category_ids=[int(pk) for pk in state.many("category")],
        collection_ids=[int(pk) for pk in state.many("collection")],
    )


def _file(request: HttpRequest, after: str, limit: int) -> tuple[list[ProductRow], str]:
    state, _filters_now = list_state(request)
    return reads.product_page(wanted_by(state), sort=state.sort, after=after, limit=limit)


PRODUCTS = arranged.register(
    ListPlace(
        "products", "products", "catalogue.view", _columns, ListFile("export.run", lambda request: _columns(), _file)
    )
)


@screen("catalogue.view", methods=("GET", "HEAD"))
def product_list(request: HttpRequest) -> HttpResponse:
    state, filters = list_state(request)
    rows, after = reads.product_page(wanted_by(state), sort=state.sort, after=state.after)
    may_edit = allowed(request.user, "catalogue.edit")
    listing = ResourceList(
        state,
        rows=rows,
        columns=_columns(),
        key=lambda row: row.id,
        label=lambda row: row.title,
        after=after,
        views=VIEWS,
        filters=filters,
        bulk=_bulk() if may_edit else (),
        search=_("Search by title or SKU"),
        caption=_("Products"),
        empty=Empty(
            _("Your products will be here"),
            _("Add the first one by hand, or import a file from Shopify or WooCommerce."),
            "package",
            _("Add a product") if may_edit else "",
            reverse("backoffice:product_new") if may_edit else "",
        ),
        arranged=arranged_for(request, PRODUCTS.key),
    )
    context: dict[str, object] = {
        "here": "products.all",
        "list": listing,
        "may_edit": may_edit,
        "may_export": allowed(request.user, "export.run"),
    }
    return list_response(request, "backoffice/products/list.html", context)


@screen("export.run", methods=("GET", "HEAD"))
def product_export(request: HttpRequest, form: str) -> HttpResponse:
    """The products of the list with everything an import reads, as CSV or a workbook: imported again, none changes."""
    state, _filters_now = list_state(request)
    shape = layout(with_costs=sees(request.user, "cost"))
    rows = (
        [cells.get(title, "") for title in shape.titles]
        for ids in reads.product_ids(wanted_by(state))
        for _pk, _handle, found in export_rows(ids, shape)
        for cells in found
    )
    return table_answer("products", form, shape.titles, rows)


class StatusForm(forms.Form):
    status = forms.ChoiceField(choices=ProductStatus.choices, widget=forms.HiddenInput())
    id = IdList()


@screen("catalogue.view", write="catalogue.edit")
def products_status(request: HttpRequest) -> HttpResponse:
    """Put several products on sale, make them drafts or archive them; undone by a button on the toast."""
    require(request.user, "catalogue.edit")
    data = request.POST if request.method == "POST" else request.GET
    status = data.get("status", "")
    ids = [text for text in data.getlist("id") if text.isdigit()][:500]
    titles = {
        ProductStatus.ACTIVE: _("Put on sale"),
        ProductStatus.DRAFT: _("Make drafts"),
        ProductStatus.ARCHIVED: _("Archive"),
    }
    consequences = {
        ProductStatus.ACTIVE: _("Shoppers see them from now on."),
        ProductStatus.DRAFT: _("Shoppers no longer see them; you can go on editing."),
        ProductStatus.ARCHIVED: _(
            "Shoppers no longer see them, and they leave your list. Past orders stay as they are."
        ),
    }
    dialog = Dialog(
        title=titles.get(status, _("Change status")),  # type: ignore[call-overload]
        consequence=consequences.get(status, ""),  # type: ignore[call-overload]
        submit=titles.get(status, _("Save")),  # type: ignore[call-overload]
        back=reverse("backoffice:products"),
    )
    form = StatusForm(request.POST) if request.method == "POST" else StatusForm(initial={"status": status, "id": ids})

    def act(values: dict[str, Any]) -> Done:
        # The history is read in more than one language.
        with override(None):
            note = str(titles[ProductStatus(values["status"])])
        report = set_statuses(product_ids=values["id"], status=values["status"], actor=actor_of(request), note=note)
        return Done(said(report), undo=undo_of(report))

    return run_verb(request, dialog, form, act)


@screen("catalogue.view", write="catalogue.edit")
def product_delete(request: HttpRequest, product_id: int) -> HttpResponse:
    require(request.user, "catalogue.edit")
    product = product_on_page(product_id).product
    dialog = Dialog(
        title=gettext("Delete “%(title)s”?") % {"title": product.title},
        consequence=_(
            "The product, its variants and its stock are removed for good, and its address stops working. "
            "Past orders keep what was bought. To only hide it, archive it instead."
        ),
        submit=_("Delete for good"),
        back=reverse("backoffice:product", args=[product_id]),
        danger=True,
    )

    def act(values: dict[str, object]) -> Done:
        delete_product(product_id=product_id, actor=actor_of(request))
        return Done(gettext("“%(title)s” was deleted") % {"title": product.title}, url=reverse("backoffice:products"))

    form = forms.Form(request.POST if request.method == "POST" else None)
    return run_verb(request, dialog, form, act)


class DuplicateForm(forms.Form):
    title = Line(label=_("Title of the copy"), max_length=255)


@screen("catalogue.view", write="catalogue.edit")
def product_duplicate(request: HttpRequest, product_id: int) -> HttpResponse:
    """A draft with everything the product has."""
    require(request.user, "catalogue.edit")
    title = product_on_page(product_id).product.title
    dialog = Dialog(
        title=gettext("Duplicate “%(title)s”") % {"title": title},
        consequence=_(
            "The copy is a draft with the same words, pictures, variants and prices, without SKUs and stock."
        ),
        submit=_("Duplicate"),
        back=reverse("backoffice:product", args=[product_id]),
    )
    data = request.POST if request.method == "POST" else None
    form = DuplicateForm(data, initial={"title": gettext("%(title)s (copy)") % {"title": title}})

    def act(values: dict[str, str]) -> Done:
        copy = duplicate_product(product_id=product_id, title=values["title"], actor=actor_of(request))
        words = gettext("“%(title)s” was created") % {"title": copy.title}
        return Done(words, url=reverse("backoffice:product", args=[copy.pk]))

    return run_verb(request, dialog, form, act)


@screen("catalogue.view", methods=("GET", "HEAD"))
def product_preview(request: HttpRequest, product_id: int) -> HttpResponse:
    """Go to the product's page in the store by a signed link that works before it is published."""
    product = product_on_page(product_id).product
    query = urlencode({PARAMETER: preview_token(product_id)})
    return HttpResponseRedirect(f"/products/{product.handle}?{query}")


class SafetyContactForm(forms.Form):
    name = Line(label=_("Company"), max_length=160)
    address = Line(label=_("Postal address"), max_length=400)
    contact = Line(label=_("E-mail or web address"), max_length=200)


@screen("catalogue.view", write="catalogue.edit")
def safety_contact_new(request: HttpRequest) -> HttpResponse:
    """A company to name on product pages; it can be chosen on every product afterwards."""
    require(request.user, "catalogue.edit")
    dialog = Dialog(
        title=_("Add a company"),
        consequence=_("Save your product first: the page is loaded again, and the company can then be chosen there."),
        submit=_("Add"),
        back=_came_from(request),
    )

    def act(values: dict[str, str]) -> Done:
        saved = save_safety_contact(name=values["name"], address=values["address"], contact=values["contact"])
        return Done(gettext("“%(name)s” can be chosen now") % {"name": saved.name})

    form = SafetyContactForm(request.POST if request.method == "POST" else None)
    return run_verb(request, dialog, form, act)


def _came_from(request: HttpRequest) -> str:
    """Return the page of the back office that the dialog was opened on."""
    path = urlsplit(request.headers.get("HX-Current-URL", "")).path
    products = reverse("backoffice:products")
    return path if path.startswith(products) else products
