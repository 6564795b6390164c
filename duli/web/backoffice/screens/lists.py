"""What every list offers to whoever reads it: columns of their choice, filters kept as tabs, and a file of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlencode

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from duli.base.errors import NotFound
from duli.base.text import mask_contacts
from duli.platform.accounts.permissions import require
from duli.platform.desk.selectors import arrangement
from duli.platform.desk.services import choose_columns, delete_view, move_view, rename_view, save_view
from duli.platform.desk.types import ViewCopy
from duli.web.backoffice.access import screen, spoken
from duli.web.backoffice.kit import arranged
from duli.web.backoffice.kit.arranged import ListFile, ListPlace, arranged_for
from duli.web.backoffice.kit.dialogs import Dialog, Done, run_verb
from duli.web.backoffice.kit.forms import Line
from duli.web.backoffice.kit.listing import Column
from duli.web.backoffice.kit.personal import for_person, hidden
from duli.web.backoffice.kit.tables import table_answer

_KEPT = 2000
ROWS_AT_ONCE = 500


def _place(request: HttpRequest, key: str) -> ListPlace:
    place = arranged.place(key)
    require(request.user, place.permission)
    return place


def _query(text: str) -> str:
    """Return filters as an address writes them: what was made up by hand comes out as harmless pairs."""
    pairs = parse_qsl(text[:_KEPT], max_num_fields=100)
    return urlencode([(name, value) for name, value in pairs if name not in {"after", "saved"}])[:_KEPT]


class ColumnsForm(forms.Form):
    column = forms.MultipleChoiceField(required=False)

    def __init__(self, *args: Any, place: ListPlace, chosen: tuple[str, ...], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        columns = {column.key: column for column in place.columns() if column.key}
        self.fields["column"].choices = [(key, column.label) for key, column in columns.items()]  # type: ignore[attr-defined]
        shown = [key for key in chosen if key in columns] or [key for key, entry in columns.items() if not entry.extra]
        order = [*shown, *(key for key in columns if key not in shown)]
        self.rows = [(key, columns[key].label, key in shown) for key in order]


@screen(methods=("GET", "HEAD", "POST"))
def list_columns(request: HttpRequest, key: str) -> HttpResponse:
    """Choose the columns of a list and their order; none at all is the list's own choice again."""
    place = _place(request, key)
    user_id = int(request.user.pk or 0)
    back = reverse(f"backoffice:{place.url_name}")
    chosen = arrangement(user_id=user_id, list_key=key).columns
    dialog = Dialog(
        title=_("Columns"),
        consequence=_("Only you see this choice. Without any tick the list goes back to its own."),
        submit=_("Save"),
        back=back,
        template="backoffice/kit/columns.html",
    )
    form = ColumnsForm(request.POST if request.method == "POST" else None, place=place, chosen=chosen)

    def act(values: dict[str, Any]) -> Done:
        choose_columns(user_id=user_id, list_key=key, columns=values["column"])
        return Done(gettext("Columns saved"))

    return run_verb(request, dialog, form, act, {"here": ""})


@screen(methods=("GET", "HEAD"))
def list_export(request: HttpRequest, key: str, form: str) -> HttpResponse:
    """The list as it is narrowed and arranged now, as CSV or a workbook. NotFound."""
    place = _place(request, key)
    file = place.file
    if file is None:
        raise NotFound()
    require(request.user, file.permission)
    columns = [column for column in arranged_for(request, key).pick(file.columns(request)) if column.filed]
    titles = [str(column.label) for column in columns]
    return table_answer(key, form, titles, _file_rows(request, file, columns))


def _file_rows(request: HttpRequest, file: ListFile, columns: list[Column[Any]]) -> Iterator[list[str]]:
    """Yield the rows of a file page by page, in the reader's language and time; a stream outlives the request."""
    after, seen = "", set[str]()
    while True:
        with spoken(request), for_person(request):
            found, after = file.read(request, after, ROWS_AT_ONCE)
            rows = [[column.cell(row).plain() for column in columns] for row in found]
            if hidden():
                rows = [[mask_contacts(text) for text in row] for row in rows]
        yield from rows
        if not after or after in seen:
            return
        seen.add(after)


class ViewForm(forms.Form):
    name = Line(label=_("Name"), max_length=40)
    shared = forms.BooleanField(label=_("Show it to everybody who sees this list"), required=False)
    query = forms.CharField(required=False, max_length=_KEPT, widget=forms.HiddenInput())


@screen(methods=("GET", "HEAD", "POST"))
def list_view_new(request: HttpRequest, key: str) -> HttpResponse:
    """Keep the filters of the moment as a tab."""
    place = _place(request, key)
    back = reverse(f"backoffice:{place.url_name}")
    dialog = Dialog(
        title=_("Save these filters as a view"),
        consequence=_("It becomes a tab of this list."),
        submit=_("Save view"),
        back=back,
    )
    initial = {"query": _query(request.GET.urlencode())}
    form = ViewForm(request.POST if request.method == "POST" else None, initial=initial)

    def act(values: dict[str, Any]) -> Done:
        query = _query(values["query"])
        view = save_view(
            user_id=int(request.user.pk or 0),
            list_key=key,
            name=values["name"],
            query=query,
            is_shared=values["shared"],
        )
        words = gettext("View “%(name)s” saved") % {"name": view.name}
        return Done(words, f"{back}?{query}{'&' if query else ''}saved={view.pk}")

    return run_verb(request, dialog, form, act, {"here": ""})


def _own(request: HttpRequest, key: str, view_id: int) -> ViewCopy:
    for view in arrangement(user_id=int(request.user.pk or 0), list_key=key).views:
        if view.id == view_id and view.is_own:
            return view
    raise NotFound()


@screen(methods=("GET", "HEAD", "POST"))
def list_view_edit(request: HttpRequest, key: str, view_id: int) -> HttpResponse:
    """Rename a view of one's own, or share it."""
    place = _place(request, key)
    view = _own(request, key, view_id)
    back = f"{reverse(f'backoffice:{place.url_name}')}?{view.query}{'&' if view.query else ''}saved={view.id}"
    dialog = Dialog(title=_("Rename the view"), submit=_("Save"), back=back)
    initial = {"name": view.name, "shared": view.is_shared}
    form = ViewForm(request.POST if request.method == "POST" else None, initial=initial)

    def act(values: dict[str, Any]) -> Done:
        rename_view(user_id=int(request.user.pk or 0), view_id=view_id, name=values["name"], is_shared=values["shared"])
        return Done(gettext("View “%(name)s” saved") % {"name": values["name"]})

    return run_verb(request, dialog, form, act, {"here": ""})


class MoveForm(forms.Form):
    step = forms.TypedChoiceField(choices=[("-1", _("One place to the front")), ("1", _("One place back"))], coerce=int)


@screen(methods=("GET", "HEAD", "POST"))
def list_view_move(request: HttpRequest, key: str, view_id: int) -> HttpResponse:
    """Move a view of one's own among the tabs."""
    place = _place(request, key)
    view = _own(request, key, view_id)
    back = f"{reverse(f'backoffice:{place.url_name}')}?{view.query}{'&' if view.query else ''}saved={view.id}"
    dialog = Dialog(title=_("Move the view"), submit=_("Move"), back=back)
    form = MoveForm(request.POST if request.method == "POST" else None, initial={"step": "-1"})

    def act(values: dict[str, Any]) -> Done:
        move_view(user_id=int(request.user.pk or 0), view_id=view_id, step=values["step"])
        return Done(gettext("View moved"))

    return run_verb(request, dialog, form, act, {"here": ""})


@screen(methods=("GET", "HEAD", "POST"))
def list_view_delete(request: HttpRequest, key: str, view_id: int) -> HttpResponse:
    """Delete a view of one's own; the orders, products or customers in it stay as they are."""
    place = _place(request, key)
    view = _own(request, key, view_id)
    dialog = Dialog(
        title=gettext("Delete the view “%(name)s”?") % {"name": view.name},
        consequence=_("Only the tab goes; nothing that it shows is deleted."),
        submit=_("Delete view"),
        back=reverse(f"backoffice:{place.url_name}"),
        danger=True,
    )

    def act(values: dict[str, Any]) -> Done:
        delete_view(user_id=int(request.user.pk or 0), view_id=view_id)
        return Done(gettext("View deleted"))

    return run_verb(request, dialog, forms.Form(request.POST if request.method == "POST" else None), act, {"here": ""})
