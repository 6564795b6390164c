"""The list of products, and what can be done with several of them."""

from __future__ import annotations

from urllib.parse import urlencode

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from duli.base.clock import now
from duli.commerce.catalogue.services import delete_product, set_product_status
from duli.commerce.catalogue.states import ProductStatus
from duli.platform.accounts.permissions import allowed, require
from duli.web.backoffice.access import actor_of, screen
from duli.web.backoffice.kit.cells import Amount, Cell, Number, Pills, Text, Thumb, When
from duli.web.backoffice.kit.dialogs import Dialog, Done, run_verb
from duli.web.backoffice.kit.forms import IdList
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
from duli.web.backoffice.kit.toasts import Undo
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
                reverse("backoffice:product", args=[row.id]),
                row.image,
                ngettext("%(count)s variant", "%(count)s variants", row.variants) % {"count": row.variants}
                if row.variants > 1
                else row.brand,
            ),
            phone="wide",
            sort="title",
        ),
        Column(_("Status"), lambda row: Pills([status_pill(row.status, row.published_at, row.unpublished_at)])),
        Column(_("Stock"), _stock, align="end", phone="end"),
        Column(_("Price"), lambda row: Amount(row.low, row.high), align="end", phone="hidden"),
        Column(_("Brand"), lambda row: Text(row.brand, muted=True), phone="hidden"),
        Column(_("Changed"), lambda row: When(row.updated_at), phone="hidden", sort="updated"),
    ]


def _bulk() -> list[BulkVerb]:
    url = reverse("backoffice:products_status")
    return [
        BulkVerb(_("Put on sale"), url, fields={"status": ProductStatus.ACTIVE}, direct=True),
        BulkVerb(_("Make drafts"), url, fields={"status": ProductStatus.DRAFT}, direct=True),
        BulkVerb(_("Archive"), url, fields={"status": ProductStatus.ARCHIVED}, direct=True),
    ]


@screen("catalogue.view", methods=("GET", "HEAD"))
def product_list(request: HttpRequest) -> HttpResponse:
    categories = reads.category_choices()
    filters = (
        Filter("category", _("Category"), [(str(entry.id), "　" * entry.depth + entry.name) for entry in categories]),
        Filter("collection", _("Collection"), [(str(pk), name) for pk, name in reads.collection_choices()]),
        Filter("brand", _("Brand"), [(str(pk), name) for pk, name in reads.brand_choices()]),
    )
    state = ListState(request, views=VIEWS, filters=filters, sorts=tuple(reads.SORTS))
    wanted = ProductFilter(
        query=state.query,
        status={"active": "active", "draft": "draft", "archived": "archived"}.get(state.view, ""),
        stock=state.view if state.view in {"low", "out"} else "",
        brand_ids=[int(pk) for pk in state.many("brand")],
        category_ids=[int(pk) for pk in state.many("category")],
        collection_ids=[int(pk) for pk in state.many("collection")],
    )
    rows, after = reads.product_page(wanted, sort=state.sort, after=state.after)
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
    )
    context = {"here": "products.all", "list": listing, "may_edit": may_edit}
    return list_response(request, "backoffice/products/list.html", context)


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

    def act(values: dict[str, object]) -> Done:
        chosen = values["id"]
        before = reads.statuses(chosen)  # type: ignore[arg-type]
        changed = set_product_status(
            product_ids=chosen,  # type: ignore[arg-type]
            status=str(values["status"]),
            actor=actor_of(request),
        )
        words = ngettext("%(count)s product changed", "%(count)s products changed", changed) % {"count": changed}
        olds = set(before.values())
        undo = None
        if changed and len(olds) == 1:
            query = urlencode([("id", pk) for pk in before])
            undo = Undo(f"{reverse('backoffice:products_restatus')}?{query}", {"status": olds.pop()})
        return Done(words, undo=undo)

    return run_verb(request, dialog, form, act)


@screen("catalogue.view", write="catalogue.edit", methods=("POST",))
def products_restatus(request: HttpRequest) -> HttpResponse:
    """Take a change of status back: the ids stand in the address, the status in the form."""
    dialog = Dialog(_("Change status"), _("Save"), reverse("backoffice:products"))
    data = request.POST.copy()
    data.setlist("id", request.GET.getlist("id"))

    def act(values: dict[str, object]) -> Done:
        set_product_status(
            product_ids=values["id"],  # type: ignore[arg-type]
            status=str(values["status"]),
            actor=actor_of(request),
        )
        return Done(gettext("Taken back"))

    return run_verb(request, dialog, StatusForm(data), act)


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
