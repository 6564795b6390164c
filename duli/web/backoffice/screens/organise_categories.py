"""The tree of categories: put in order by dragging or by words, each with a page of its own."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from duli.base.errors import DuliError
from duli.commerce.catalogue.models import Category
from duli.commerce.catalogue.services import delete_category, move_category, save_category
from duli.platform.accounts.permissions import allowed, require
from duli.web.backoffice.access import actor_of, screen
from duli.web.backoffice.kit.dialogs import Dialog, Done, go_to, note_error, run_verb
from duli.web.backoffice.kit.seen import Guard
from duli.web.backoffice.kit.toasts import Undo, toast
from duli.web.backoffice.screens.organise_form import PageForm, initial_texts, picture_name, picture_of
from duli.web.backoffice.screens.product_editor import own_language
from duli.web.backoffice.selectors import organise as reads
from duli.web.backoffice.selectors.product_page import tiles
from duli.web.backoffice.shell import render


@screen("catalogue.view", methods=("GET", "HEAD"))
def category_list(request: HttpRequest) -> HttpResponse:
    context = {
        "here": "products.categories",
        "rows": reads.category_tree(),
        "may_edit": allowed(request.user, "catalogue.edit"),
    }
    return render(request, "backoffice/organise/categories.html", context)


def _stored(category_id: int) -> dict[str, Any]:
    category = reads.found(Category, category_id)
    names = ("name", "description_html", "handle", "seo_title", "seo_description")
    return {
        **{name: getattr(category, name) for name in names},
        **initial_texts("category", category_id),
        "shown": category.is_visible,
        "picture_kept": picture_name(category.image),
    }


def _edit(request: HttpRequest, category: Category | None) -> HttpResponse:
    status = 200
    given = request.GET.get("parent", "")
    parent_id = int(given) if given.isascii() and given.isdigit() and len(given) < 19 else None
    if request.method == "POST":
        form = PageForm(request.POST, request.FILES)
        guard = Guard(request, form, lambda: _stored(category.pk)) if category else None
        status = 422
        if form.is_valid():
            values = form.cleaned_data
            try:
                saved = save_category(
                    category_id=category.pk if category else None,
                    parent_id=parent_id,
                    name=values["name"],
                    handle=values["handle"],
                    description_html=values["description_html"],
                    seo_title=values["seo_title"],
                    seo_description=values["seo_description"],
                    is_visible=values["shown"],
                    image_id=picture_of(request, values, category.image_id if category else None),
                    texts=form.texts(),
                    actor=actor_of(request),
                    seen=guard.check if guard else None,
                )
            except DuliError as error:
                note_error(form, error)
                status = error.status
            else:
                toast(request, gettext("Saved"))
                return go_to(request, reverse("backoffice:category", args=[saved.pk]))
    else:
        form = PageForm(initial=_stored(category.pk) if category else {"shown": True})
        guard = Guard(request, form, lambda: _stored(category.pk)) if category else None
    context = {
        "here": "products.categories",
        "form": form,
        "seen": guard.mark if guard else "",
        "thing": category,
        "title": category.name if category else gettext("New category"),
        "back": reverse("backoffice:categories"),
        "view_url": f"/collections/{category.handle}" if category else "",
        "delete_url": reverse("backoffice:category_delete", args=[category.pk]) if category else "",
        "picture": next(iter(tiles([category.image_id])), None) if category and category.image_id else None,
        "prefix": "/collections/",
        "own_language": own_language(),
        "dirty": status != 200,
        "may_edit": allowed(request.user, "catalogue.edit"),
    }
    return render(request, "backoffice/organise/edit.html", context, status=status)


@screen("catalogue.edit")
def category_new(request: HttpRequest) -> HttpResponse:
    return _edit(request, None)


@screen("catalogue.view", write="catalogue.edit")
def category_edit(request: HttpRequest, category_id: int) -> HttpResponse:
    return _edit(request, reads.found(Category, category_id))


class MoveForm(forms.Form):
    target = forms.ChoiceField(label=_("Where to"))
    position = forms.ChoiceField(
        label=_("How"),
        choices=[
            ("last-child", _("Into it, as the last")),
            ("first-child", _("Into it, as the first")),
            ("left", _("Before it")),
            ("right", _("After it")),
        ],
    )

    def __init__(self, *args: Any, moved: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        indent = "\u2003"
        self.fields["target"].choices = [  # type: ignore[attr-defined]
            (str(row.id), f"{indent * row.depth}{row.name}") for row in reads.category_tree() if row.id != moved
        ]


@screen("catalogue.view", write="catalogue.edit")
def category_move(request: HttpRequest, category_id: int) -> HttpResponse:
    """Move one by words (the dialog) or by hand (what dragging posts)."""
    require(request.user, "catalogue.edit")
    category = reads.found(Category, category_id)
    dialog = Dialog(
        title=gettext("Move “%(name)s”") % {"name": category.name},
        consequence=_("Everything below it moves along. Its products are listed under the new places at once."),
        submit=_("Move"),
        back=reverse("backoffice:categories"),
    )
    form = MoveForm(request.POST if request.method == "POST" else None, moved=category_id)

    def act(values: dict[str, Any]) -> Done:
        stood = reads.place_of(category_id)
        move_category(
            category_id=category_id,
            target_id=int(values["target"]),
            position=values["position"],
            actor=actor_of(request),
        )
        url = reverse("backoffice:category_move", args=[category_id])
        return Done(
            gettext("“%(name)s” is moved") % {"name": category.name}, undo=Undo(url, stood._asdict()) if stood else None
        )

    return run_verb(request, dialog, form, act, {"here": "products.categories"})


@screen("catalogue.view", write="catalogue.edit")
def category_delete(request: HttpRequest, category_id: int) -> HttpResponse:
    require(request.user, "catalogue.edit")
    category = reads.found(Category, category_id)
    rows = [row for row in reads.category_tree() if row.id == category_id]
    below = Category.objects.filter(path__startswith=category.path).count() - 1
    words = {"below": below, "products": rows[0].products if rows else 0}
    dialog = Dialog(
        title=gettext("Delete “%(name)s”?") % {"name": category.name},
        consequence=gettext("Categories below that go with it: %(below)s. Products that stay: %(products)s.") % words,
        submit=_("Delete"),
        back=reverse("backoffice:categories"),
        danger=True,
    )

    def act(values: dict[str, Any]) -> Done:
        delete_category(category_id=category_id, actor=actor_of(request))
        return Done(gettext("Deleted"))

    form = forms.Form(request.POST) if request.method == "POST" else forms.Form()
    return run_verb(request, dialog, form, act, {"here": "products.categories"})
