"""Brands, tags, product types and attributes: short lists, each row a dialog."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from duli.base.errors import NotFound
from duli.commerce.catalogue import services
from duli.commerce.catalogue.guides import WORDS
from duli.commerce.catalogue.models import Attribute, Brand, ProductType, SizeGuide, Tag
from duli.commerce.catalogue.states import AttributeKind
from duli.platform.accounts.permissions import allowed, require
from duli.platform.store.seen import Seen
from duli.web.backoffice.access import actor_of, screen
from duli.web.backoffice.kit.cells import Cell, Number, Text
from duli.web.backoffice.kit.dialogs import Dialog, Done, run_verb
from duli.web.backoffice.kit.forms import IdList, Line, Prose
from duli.web.backoffice.kit.listing import Column, Empty, ListState, ResourceList, list_response
from duli.web.backoffice.kit.seen import Guard
from duli.web.backoffice.screens.organise_form import WordsForm, initial_texts, picture_name, picture_of
from duli.web.backoffice.selectors import organise as reads
from duli.web.backoffice.selectors.organise import Named

Words = str | Promise


class BrandForm(WordsForm):
    words = ("name", "description_html")
    name = Line(label=_("Name"), max_length=160)
    description_html = Prose(label=_("Description"), max_length=20_000, required=False)
    handle = Line(label=_("Address"), max_length=150, required=False)
    picture = forms.FileField(
        label=_("Logo"), required=False, widget=forms.FileInput(attrs={"accept": "image/*", "class": "input"})
    )
    picture_off = forms.BooleanField(label=_("Remove the picture"), required=False)


class TagForm(WordsForm):
    name = Line(label=_("Name"), max_length=160, help_text=_("A name that another tag has merges the two."))


class TypeForm(WordsForm):
    words = ()
    name = Line(label=_("Name"), max_length=160)
    attributes = IdList(label=_("Attributes"), required=False, widget=forms.CheckboxSelectMultiple())
    required_attributes = IdList(
        label=_("Needed by every product"), required=False, widget=forms.CheckboxSelectMultiple()
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = list(Attribute.objects.values_list("pk", "name")[:500])
        for name in ("attributes", "required_attributes"):
            self.fields[name].widget.choices = choices  # type: ignore[attr-defined]


class AttributeForm(WordsForm):
    name = Line(label=_("Name"), max_length=120)
    kind = forms.ChoiceField(
        label=_("Kind"),
        choices=AttributeKind.choices,
        help_text=_(
            "Words may become a list or colours, and back. Anything else stays as it is once products have values."
        ),
    )
    unit = Line(label=_("Unit"), max_length=20, required=False, help_text=_("For numbers: cm, W, ml."))
    is_filterable = forms.BooleanField(label=_("Shoppers can filter by it"), required=False)


class GuideForm(WordsForm):
    words = WORDS
    name = Line(label=_("Name"), max_length=160)
    measures = Prose(
        label=_("Measures"),
        max_length=20_000,
        rows=6,
        help_text=_("A row a line, cells apart by | or pasted from a spreadsheet. The first row names the columns."),
    )
    advice = Prose(label=_("How to measure"), max_length=4000, required=False)
    product_types = IdList(label=_("For product types"), required=False, widget=forms.CheckboxSelectMultiple())
    products = Prose(
        label=_("For single products"),
        max_length=20_000,
        required=False,
        help_text=_("The last part of each product's address, one a line. It goes before the guide of the type."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = list(ProductType.objects.order_by("name").values_list("pk", "name")[:500])
        self.fields["product_types"].widget.choices = choices  # type: ignore[attr-defined]


def _save_brand(request: HttpRequest, row: Any, form: WordsForm, seen: Seen | None) -> Any:
    values = form.cleaned_data
    return services.save_brand(
        brand_id=row.pk if row else None,
        name=values["name"],
        handle=values["handle"],
        description_html=values["description_html"],
        logo_id=picture_of(request, values, row.logo_id if row else None),
        texts=form.texts(),
        actor=actor_of(request),
        seen=seen,
    )


def _save_tag(request: HttpRequest, row: Any, form: WordsForm, seen: Seen | None) -> Any:
    return services.save_tag(
        tag_id=row.pk if row else None,
        name=form.cleaned_data["name"],
        texts=form.texts(),
        actor=actor_of(request),
        seen=seen,
    )


def _save_type(request: HttpRequest, row: Any, form: WordsForm, seen: Seen | None) -> Any:
    return services.save_product_type(
        type_id=row.pk if row else None,
        name=form.cleaned_data["name"],
        attribute_ids=form.cleaned_data["attributes"],
        required_ids=form.cleaned_data["required_attributes"],
        actor=actor_of(request),
        seen=seen,
    )


def _save_attribute(request: HttpRequest, row: Any, form: WordsForm, seen: Seen | None) -> Any:
    values = form.cleaned_data
    return services.put_attribute(
        attribute_id=row.pk if row else None,
        name=values["name"],
        kind=values["kind"],
        unit=values["unit"],
        is_filterable=values["is_filterable"],
        texts=form.texts(),
        actor=actor_of(request),
        seen=seen,
    )


def _save_guide(request: HttpRequest, row: Any, form: WordsForm, seen: Seen | None) -> Any:
    values = form.cleaned_data
    return services.save_size_guide(
        guide_id=row.pk if row else None,
        name=values["name"],
        measures=values["measures"],
        advice=values["advice"],
        type_ids=values["product_types"],
        product_handles=values["products"].split(),
        texts=form.texts(),
        actor=actor_of(request),
        seen=seen,
    )


@dataclass(frozen=True, slots=True)
class Kind:
    """What one of the lists is about."""

    key: str
    model: Any
    form: type[WordsForm]
    title: Words
    new: Words
    none: Words
    hint: Words
    initial: Callable[[Any], dict[str, Any]]
    save: Callable[[HttpRequest, Any, WordsForm, Seen | None], Any]
    remove: Callable[..., None]
    argument: str
    upload: bool = False


KINDS = {
    kind.key: kind
    for kind in (
        Kind(
            "brands",
            Brand,
            BrandForm,
            _("Brands"),
            _("New brand"),
            _("No brands yet"),
            _("Shoppers filter by brand, and rules of collections can name one."),
            lambda row: {
                "name": row.name,
                "handle": row.handle,
                "description_html": row.description_html,
                "picture_kept": picture_name(row.logo),
            },
            _save_brand,
            services.delete_brand,
            "brand_id",
            upload=True,
        ),
        Kind(
            "tags",
            Tag,
            TagForm,
            _("Tags"),
            _("New tag"),
            _("No tags yet"),
            _("Tags group products for filters, rules and your own use."),
            lambda row: {"name": row.name},
            _save_tag,
            services.delete_tag,
            "tag_id",
        ),
        Kind(
            "types",
            ProductType,
            TypeForm,
            _("Product types"),
            _("New product type"),
            _("No product types yet"),
            _("A type says which attributes a product of it has."),
            lambda row: {
                "name": row.name,
                "attributes": list(row.attributes.values_list("pk", flat=True)),
                "required_attributes": list(row.required_attributes.values_list("pk", flat=True)),
            },
            _save_type,
            services.delete_product_type,
            "type_id",
        ),
        Kind(
            "attributes",
            Attribute,
            AttributeForm,
            _("Attributes"),
            _("New attribute"),
            _("No attributes yet"),
            _("Facts such as material or power, for the product page and for filters."),
            lambda row: {
                "name": row.name,
                "kind": row.kind,
                "unit": row.unit,
                "is_filterable": row.is_filterable,
            },
            _save_attribute,
            services.delete_attribute,
            "attribute_id",
        ),
        Kind(
            "guides",
            SizeGuide,
            GuideForm,
            _("Size guides"),
            _("New size guide"),
            _("No size guides yet"),
            _("A table of measures that shoppers open beside the choice of a size."),
            lambda row: {
                "name": row.name,
                "measures": row.measures,
                "advice": row.advice,
                "product_types": list(row.product_types.values_list("pk", flat=True)),
                "products": "\n".join(row.products.order_by("handle").values_list("handle", flat=True)),
            },
            _save_guide,
            services.delete_size_guide,
            "guide_id",
        ),
    )
}


class _Opens:
    """The name that opens the row's dialog, or plain words for those who may not."""

    def __init__(self, kind: Kind, row: Named, may_edit: bool) -> None:
        self.kind, self.row, self.may_edit = kind, row, may_edit

    def html(self) -> SafeString:
        if not self.may_edit:
            return format_html("{}", self.row.row.name)
        url = reverse("backoffice:organise_edit", args=[self.kind.key, self.row.row.pk])
        return format_html('<a class="cell-main" href="{}" data-opens>{}</a>', url, self.row.row.name)

    def plain(self) -> str:
        return self.row.row.name


class _Verbs:
    def __init__(self, kind: Kind, row: Named) -> None:
        self.kind, self.row = kind, row

    def html(self) -> SafeString:
        key, pk = self.kind.key, self.row.row.pk
        merge = ""
        if key == "tags":
            merge = format_html(
                '<a class="button small" href="{}" data-opens>{}</a>',
                reverse("backoffice:tag_merge", args=[pk]),
                gettext("Merge…"),
            )
        if key == "attributes":
            merge = format_html(
                '<a class="button small" href="{}">{}</a>',
                reverse("backoffice:attribute_values", args=[pk]),
                gettext("Values"),
            )
        return format_html(
            '<span class="row verbs">{}<a class="button small" href="{}" data-opens>{}</a></span>',
            merge,
            reverse("backoffice:organise_delete", args=[key, pk]),
            gettext("Delete…"),
        )

    def plain(self) -> str:
        return ""


def _about(kind: Kind, row: Named) -> Cell:
    if kind.key != "attributes":
        return Text("")
    filterable = gettext("Filter") if row.row.is_filterable else ""
    return Text(" · ".join(filter(None, [row.row.get_kind_display(), row.row.unit, filterable])), muted=True)


def _kind(key: str) -> Kind:
    if key not in KINDS:
        raise NotFound()
    return KINDS[key]


@screen("catalogue.view", methods=("GET", "HEAD"))
def organise_list(request: HttpRequest, kind: str) -> HttpResponse:
    about = _kind(kind)
    state = ListState(request)
    rows, after = reads.named_page(about.model, state.query, after=state.after)
    may_edit = allowed(request.user, "catalogue.edit")
    columns: list[Column[Named]] = [
        Column(_("Name"), lambda row: _Opens(about, row, may_edit), phone="wide"),
        Column(_("About"), lambda row: _about(about, row), phone="" if kind == "attributes" else "hidden"),
        Column(_("Products"), lambda row: Number(row.products), align="end"),
    ]
    if may_edit:
        columns.append(Column(_("Actions"), lambda row: _Verbs(about, row), align="end", phone="end"))
    new = reverse("backoffice:organise_new", args=[kind])
    listing = ResourceList(
        state,
        rows=rows,
        columns=columns,
        key=lambda row: row.row.pk,
        label=lambda row: row.row.name,
        after=after,
        search=_("Search by name"),
        caption=about.title,
        empty=Empty(about.none, about.hint, "tags", about.new if may_edit else "", new if may_edit else ""),
    )
    context = {
        "here": f"products.{kind}",
        "list": listing,
        "about": about,
        "tabs": [
            (entry.title, reverse("backoffice:organise", args=[entry.key]), entry.key == kind)
            for entry in KINDS.values()
        ],
        "new": new if may_edit else "",
    }
    return list_response(request, "backoffice/organise/words.html", context)


def _put(request: HttpRequest, about: Kind, row: Any) -> HttpResponse:
    require(request.user, "catalogue.edit")
    dialog = Dialog(
        title=row.name if row else about.new,
        submit=_("Save"),
        back=reverse("backoffice:organise", args=[about.key]),
        upload=about.upload,
        wide=True,
    )

    def stored() -> dict[str, Any]:
        return {**about.initial(reads.found(about.model, row.pk)), **initial_texts(about.key.removesuffix("s"), row.pk)}

    form = (
        about.form(request.POST, request.FILES)
        if request.method == "POST"
        else about.form(initial=stored() if row else {})
    )
    guard = Guard(request, form, stored) if row else None

    def act(values: dict[str, Any]) -> Done:
        about.save(request, row, form, guard.check if guard else None)
        return Done(gettext("Saved"))

    return run_verb(request, dialog, form, act, {"here": f"products.{about.key}"}, guard=guard)


@screen("catalogue.view", write="catalogue.edit")
def organise_new(request: HttpRequest, kind: str) -> HttpResponse:
    return _put(request, _kind(kind), None)


@screen("catalogue.view", write="catalogue.edit")
def organise_edit(request: HttpRequest, kind: str, row_id: int) -> HttpResponse:
    about = _kind(kind)
    return _put(request, about, reads.found(about.model, row_id))


@screen("catalogue.view", write="catalogue.edit")
def organise_delete(request: HttpRequest, kind: str, row_id: int) -> HttpResponse:
    require(request.user, "catalogue.edit")
    about = _kind(kind)
    row = reads.found(about.model, row_id)
    used = reads.used_by(about.model, row_id)
    dialog = Dialog(
        title=gettext("Delete “%(name)s”?") % {"name": row.name},
        consequence=gettext("Products that lose it: %(used)s. They stay in the shop.") % {"used": used},
        submit=_("Delete"),
        back=reverse("backoffice:organise", args=[kind]),
        danger=True,
    )

    def act(values: dict[str, Any]) -> Done:
        about.remove(**{about.argument: row_id}, actor=actor_of(request))
        return Done(gettext("Deleted"))

    form = forms.Form(request.POST) if request.method == "POST" else forms.Form()
    return run_verb(request, dialog, form, act, {"here": f"products.{kind}"})


class MergeForm(forms.Form):
    into = Line(label=_("Into which tag"), max_length=160)


@screen("catalogue.view", write="catalogue.edit")
def tag_merge(request: HttpRequest, tag_id: int) -> HttpResponse:
    require(request.user, "catalogue.edit")
    tag = reads.found(Tag, tag_id)
    used = reads.used_by(Tag, tag_id)
    dialog = Dialog(
        title=gettext("Merge “%(name)s” into another tag") % {"name": tag.name},
        consequence=gettext("Products that get the other tag instead: %(used)s.") % {"used": used},
        submit=_("Merge"),
        back=reverse("backoffice:organise", args=["tags"]),
    )
    form = MergeForm(request.POST) if request.method == "POST" else MergeForm()

    def act(values: dict[str, Any]) -> Done:
        into = Tag.objects.filter(name=values["into"]).first()
        if into is None:
            raise NotFound()
        services.merge_tags(tag_id=tag_id, into_id=into.pk, actor=actor_of(request))
        return Done(gettext("Merged"))

    return run_verb(request, dialog, form, act, {"here": "products.tags"})
