"""Collections: picked by hand and put in order, or found by rules that show at once what they match."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from duli.base.errors import Conflict, DuliError, InvalidInput, NotFound
from duli.base.text import one_line
from duli.commerce.catalogue.models import Collection
from duli.commerce.catalogue.services import delete_collection, save_collection, set_collection_products
from duli.commerce.catalogue.states import CollectionKind, CollectionSort
from duli.platform.accounts.permissions import allowed, require
from duli.web.backoffice.access import actor_of, screen
from duli.web.backoffice.kit.cells import Link, Number, Pills, Text
from duli.web.backoffice.kit.dialogs import Dialog, Done, go_to, note_error, run_verb
from duli.web.backoffice.kit.forms import IdList
from duli.web.backoffice.kit.listing import Column, Empty, ListState, ResourceList, list_response
from duli.web.backoffice.kit.pills import Pill
from duli.web.backoffice.kit.seen import Guard
from duli.web.backoffice.kit.toasts import toast
from duli.web.backoffice.screens.organise_form import PageForm, initial_texts, picture_name, picture_of
from duli.web.backoffice.screens.product_editor import own_language
from duli.web.backoffice.selectors import organise as reads
from duli.web.backoffice.selectors.organise import CollectionRow
from duli.web.backoffice.selectors.product_page import tiles
from duli.web.backoffice.selectors.products import ProductFilter, product_page
from duli.web.backoffice.shell import render

SPARE_CONDITIONS = 2
MOST_CONDITIONS = 20
FIELDS = [
    ("title", _("Title")),
    ("brand", _("Brand")),
    ("type", _("Product type")),
    ("tag", _("Tag")),
    ("category", _("Category (address)")),
    ("sku", _("SKU")),
]
OPERATORS = [
    ("is", _("is")),
    ("is_not", _("is not")),
    ("contains", _("contains")),
    ("starts_with", _("begins with")),
]
COLUMNS: list[Column[CollectionRow]] = [
    Column(
        _("Title"),
        lambda row: Link(row.collection.title, reverse("backoffice:collection", args=[row.collection.pk])),
        phone="wide",
    ),
    Column(_("Kind"), lambda row: Text(row.collection.get_kind_display(), muted=True)),
    Column(
        _("State"),
        lambda row: Pills(
            [Pill(_("Shown"), "ok", "full") if row.collection.is_published else Pill(_("Hidden"), "", "bare")]
        ),
    ),
    Column(_("Products"), lambda row: Number(row.products), align="end", phone="end"),
]


@screen("catalogue.view", methods=("GET", "HEAD"))
def collection_list(request: HttpRequest) -> HttpResponse:
    state = ListState(request)
    rows, after = reads.collection_page(state.query, after=state.after)
    may_edit = allowed(request.user, "catalogue.edit")
    listing = ResourceList(
        state,
        rows=rows,
        columns=COLUMNS,
        key=lambda row: row.collection.pk,
        label=lambda row: row.collection.title,
        after=after,
        search=_("Search by title"),
        caption=_("Collections"),
        empty=Empty(
            _("No collections yet"),
            _("A collection is a set of products with a page of its own, picked by hand or by rules."),
            "layers",
            _("New collection") if may_edit else "",
            reverse("backoffice:collection_new") if may_edit else "",
        ),
    )
    context = {"here": "products.collections", "list": listing, "may_edit": may_edit}
    return list_response(request, "backoffice/organise/collections.html", context)


class CollectionForm(PageForm):
    """A collection's title is its name here."""

    words = ("title", "description_html", "seo_title", "seo_description")
    title = PageForm.base_fields["name"]
    name = None  # type: ignore[assignment]
    kind = forms.ChoiceField(label=_("How products come in"), choices=CollectionKind.choices)
    sort = forms.ChoiceField(label=_("Order in the shop"), choices=CollectionSort.choices)


def _rules(request: HttpRequest) -> dict[str, Any]:
    """Read the rows of conditions; rows without a value are not there."""
    given = request.POST if request.method == "POST" else request.GET
    rows = zip(given.getlist("rule_field"), given.getlist("rule_operator"), given.getlist("rule_value"), strict=False)
    conditions = [
        {"field": field[:20], "operator": operator[:20], "value": one_line(value, 160)}
        for field, operator, value in rows
        if value.strip()
    ]
    return {"match": "any" if given.get("match") == "any" else "all", "conditions": conditions[:MOST_CONDITIONS]}


def _preview(rules: dict[str, Any]) -> dict[str, Any]:
    try:
        total, lines = reads.matches(rules)
    except InvalidInput:
        return {"matched": None, "matches": []}
    return {"matched": total, "matches": lines}


@screen("catalogue.view", methods=("POST",))
def collection_preview(request: HttpRequest) -> HttpResponse:
    """What the rules on the page would match now."""
    return render(request, "backoffice/kit/rule_preview.html", _preview(_rules(request)))


def _stored(collection_id: int) -> dict[str, Any]:
    collection = reads.found(Collection, collection_id)
    names = ("title", "description_html", "handle", "seo_title", "seo_description", "kind", "sort")
    return {
        **{name: getattr(collection, name) for name in names},
        **initial_texts("collection", collection.pk),
        "shown": collection.is_published,
        "rules": _in_words(collection.rules),
        "picture_kept": picture_name(collection.image),
    }


def _in_words(rules: dict[str, Any]) -> str:
    """Return what the rules ask for, as somebody reads it who wrote others meanwhile."""
    fields, operators = dict(FIELDS), dict(OPERATORS)
    conditions = [
        f"{fields.get(entry['field'], entry['field'])} {operators.get(entry['operator'], '')} “{entry['value']}”"
        for entry in rules.get("conditions", [])
    ]
    return (gettext(" or ") if rules.get("match") == "any" else gettext(" and ")).join(conditions)


def _edit(request: HttpRequest, collection: Collection | None) -> HttpResponse:
    status = 200
    rules: dict[str, Any] = dict(collection.rules) if collection else {}
    if request.method == "POST":
        form = CollectionForm(request.POST, request.FILES)
        guard = Guard(request, form, lambda: _stored(collection.pk)) if collection else None
        rules = _rules(request)
        status = 422
        if form.is_valid():
            values = form.cleaned_data
            try:
                saved = save_collection(
                    collection_id=collection.pk if collection else None,
                    title=values["title"],
                    handle=values["handle"],
                    description_html=values["description_html"],
                    kind=values["kind"],
                    rules=rules if values["kind"] == CollectionKind.RULES else {},
                    sort=values["sort"],
                    seo_title=values["seo_title"],
                    seo_description=values["seo_description"],
                    is_published=values["shown"],
                    image_id=picture_of(request, values, collection.image_id if collection else None),
                    texts=form.texts(),
                    actor=actor_of(request),
                    seen=guard.check if guard else None,
                )
            except DuliError as error:
                note_error(form, error)
                status = error.status
            else:
                toast(request, gettext("Saved"))
                return go_to(request, reverse("backoffice:collection", args=[saved.pk]))
    else:
        initial = _stored(collection.pk) if collection else {"shown": True, "kind": "manual", "sort": "manual"}
        form = CollectionForm(initial=initial)
        guard = Guard(request, form, lambda: _stored(collection.pk)) if collection else None
    blank = {"field": "title", "operator": "contains", "value": ""}
    context = {
        "here": "products.collections",
        "form": form,
        "seen": guard.mark if guard else "",
        "thing": collection,
        "title": collection.title if collection else gettext("New collection"),
        "back": reverse("backoffice:collections"),
        "view_url": f"/collections/{collection.handle}" if collection else "",
        "delete_url": reverse("backoffice:collection_delete", args=[collection.pk]) if collection else "",
        "products_url": reverse("backoffice:collection_products", args=[collection.pk])
        if collection and collection.kind == CollectionKind.MANUAL
        else "",
        "picture": next(iter(tiles([collection.image_id])), None) if collection and collection.image_id else None,
        "prefix": "/collections/",
        "own_language": own_language(),
        "dirty": status != 200,
        "may_edit": allowed(request.user, "catalogue.edit"),
        "is_collection": True,
        "match": rules.get("match", "all"),
        "conditions": [*rules.get("conditions", []), *([blank] * SPARE_CONDITIONS)],
        "rule_fields": FIELDS,
        "rule_operators": OPERATORS,
        **_preview(rules),
    }
    return render(request, "backoffice/organise/edit.html", context, status=status)


@screen("catalogue.edit")
def collection_new(request: HttpRequest) -> HttpResponse:
    return _edit(request, None)


@screen("catalogue.view", write="catalogue.edit")
def collection_edit(request: HttpRequest, collection_id: int) -> HttpResponse:
    return _edit(request, reads.found(Collection, collection_id))


class ProductsForm(forms.Form):
    id = IdList(required=False, limit=2000)


@screen("catalogue.view", write="catalogue.edit")
def collection_products(request: HttpRequest, collection_id: int) -> HttpResponse:
    """Pick and order by hand: every change is saved at once (a drag, a button, a pick from the search)."""
    collection: Collection = reads.found(Collection, collection_id)
    if collection.kind != CollectionKind.MANUAL:
        raise NotFound()
    lines = reads.collection_members(collection_id, limit=2000)
    here = reverse("backoffice:collection_products", args=[collection_id])
    if request.method == "POST":
        ids = before = [line.id for line in lines]

        def unchanged() -> None:
            if [line.id for line in reads.collection_members(collection_id, limit=2000)] != before:
                raise Conflict()

        verb, _colon, key = request.POST.get("do", "").partition(":")
        number = int(key) if key.isascii() and key.isdigit() and len(key) < 19 else 0
        form = ProductsForm(request.POST)
        if verb in {"up", "down"} and number in ids:
            place = ids.index(number)
            other = max(place - 1, 0) if verb == "up" else min(place + 1, len(ids) - 1)
            ids = [*ids]
            ids[place], ids[other] = ids[other], ids[place]
        elif verb == "remove":
            ids = [pk for pk in ids if pk != number]
        elif verb == "add" and reads.product_lines([number]):
            ids = [*ids, number]
        elif not verb and form.is_valid() and set(form.cleaned_data["id"]) <= set(ids):
            # A row that somebody else added meanwhile stays, at the end.
            ids = [*form.cleaned_data["id"], *(pk for pk in ids if pk not in set(form.cleaned_data["id"]))]
        else:
            raise InvalidInput(field="products")
        set_collection_products(collection_id=collection_id, product_ids=ids, actor=actor_of(request), seen=unchanged)
        query = one_line(request.GET.get("q", ""), 100)
        return go_to(request, f"{here}?q={query}" if query and verb == "add" else here)
    query = one_line(request.GET.get("q", ""), 100)
    known = {line.id for line in lines}
    found = product_page(ProductFilter(query=query), sort="newest", limit=20)[0] if query else []
    context = {
        "here": "products.collections",
        "collection": collection,
        "lines": lines,
        "query": query,
        "found": [row for row in found if row.id not in known],
        "may_edit": allowed(request.user, "catalogue.edit"),
    }
    return render(request, "backoffice/organise/picks.html", context)


@screen("catalogue.view", write="catalogue.edit")
def collection_delete(request: HttpRequest, collection_id: int) -> HttpResponse:
    require(request.user, "catalogue.edit")
    collection: Collection = reads.found(Collection, collection_id)
    dialog = Dialog(
        title=gettext("Delete “%(name)s”?") % {"name": collection.title},
        consequence=gettext("Its page goes. Products that stay: %(products)s.")
        % {"products": collection.memberships.count()},
        submit=_("Delete"),
        back=reverse("backoffice:collections"),
        danger=True,
    )

    def act(values: dict[str, Any]) -> Done:
        delete_collection(collection_id=collection_id, actor=actor_of(request))
        return Done(gettext("Deleted"))

    form = forms.Form(request.POST) if request.method == "POST" else forms.Form()
    return run_verb(request, dialog, form, act, {"here": "products.collections"})
