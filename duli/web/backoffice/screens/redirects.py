"""Addresses of an old shop, and where their visitors are led."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from duli.base.errors import NotFound
from duli.commerce.exchange.tables import REDIRECT_TITLES, redirect_rows
from duli.platform.accounts.permissions import allowed, require
from duli.platform.redirects import selectors as reads
from duli.platform.redirects.models import Redirect
from duli.platform.redirects.services import delete_redirects, save_redirect
from duli.web.backoffice.access import screen
from duli.web.backoffice.kit import cursors
from duli.web.backoffice.kit.cells import Link, Number, Text, When
from duli.web.backoffice.kit.dialogs import Dialog, Done, run_verb
from duli.web.backoffice.kit.forms import IdList, Line
from duli.web.backoffice.kit.listing import BulkVerb, Column, Empty, ListState, ResourceList, list_response
from duli.web.backoffice.kit.seen import Guard
from duli.web.backoffice.kit.tables import table_answer

EDIT = "content.edit"


@screen("catalogue.view", methods=("GET", "HEAD"))
def redirect_list(request: HttpRequest) -> HttpResponse:
    state = ListState(request)
    may_edit = allowed(request.user, EDIT)
    rows, after = cursors.page(reads.redirects(state.query), order="-created_at", after=state.after, limit=50)

    def source(row: Redirect) -> Link | Text:
        return Link(row.source, reverse("backoffice:redirect", args=[row.pk])) if may_edit else Text(row.source)

    listing = ResourceList(
        state,
        rows=rows,
        columns=[
            Column(_("Old address"), source),
            Column(_("Leads to"), lambda row: Text(row.target, muted=True, clip=True), phone="wide"),
            Column(_("Visits"), lambda row: Number(row.hits), align="end", phone="hidden"),
            Column(_("Last visit"), lambda row: When(row.last_hit_at), phone="hidden"),
        ],
        key=lambda row: row.pk,
        label=lambda row: row.source,
        after=after,
        bulk=[BulkVerb(_("Delete"), reverse("backoffice:redirects_delete"))] if may_edit else [],
        search=_("Search by address"),
        caption=_("Old addresses"),
        empty=Empty(
            _("No old addresses yet"),
            _("Moved from another shop? Lead its addresses to yours, one by one or from a file."),
            "link",
            _("Import a file") if allowed(request.user, "import.run") else "",
            reverse("backoffice:imports") if allowed(request.user, "import.run") else "",
        ),
    )
    context = {"here": "content.redirects", "list": listing, "may_edit": may_edit}
    context |= {"may_export": allowed(request.user, "export.run"), "query": request.GET.urlencode()}
    return list_response(request, "backoffice/redirects/list.html", context)


@screen("export.run", methods=("GET", "HEAD"))
def redirect_export(request: HttpRequest, form: str) -> HttpResponse:
    """The addresses of the list as it is narrowed, as a file that the import reads again."""
    rows = redirect_rows(reads.redirects(ListState(request).query))
    return table_answer("redirects", form, REDIRECT_TITLES, rows)


class RedirectForm(forms.Form):
    source = Line(label=_("Old address"), max_length=500, help_text=_("For example /product/old-tea or /?p=12."))
    target = Line(label=_("New address"), max_length=1000, help_text=_("For example /products/tea, or https://…"))


@screen("catalogue.view", write=EDIT)
def redirect_edit(request: HttpRequest, redirect_id: int) -> HttpResponse:
    """Add (key 0) or change where an old address leads."""
    require(request.user, EDIT)
    row = Redirect.objects.filter(pk=redirect_id).first()
    if redirect_id and row is None:
        raise NotFound()
    dialog = Dialog(
        title=_("Change where it leads") if row else _("Add an old address"),
        submit=_("Save"),
        back=reverse("backoffice:redirects"),
    )

    def stored() -> dict[str, Any]:
        now = Redirect.objects.filter(pk=redirect_id).first()
        return {"source": now.source if now else "", "target": now.target if now else ""}

    form = RedirectForm(request.POST if request.method == "POST" else None, initial=stored())
    guard = Guard(request, form, stored) if row else None

    def act(values: dict[str, Any]) -> Done:
        save_redirect(
            source=values["source"],
            target=values["target"],
            replaces=row.pk if row else None,
            seen=guard.check if guard else None,
        )
        return Done(gettext("Address saved"))

    return run_verb(request, dialog, form, act, {"here": "content.redirects"}, guard=guard)


class DeleteForm(forms.Form):
    id = IdList(limit=500)


@screen("catalogue.view", write=EDIT)
def redirects_delete(request: HttpRequest) -> HttpResponse:
    require(request.user, EDIT)
    dialog = Dialog(
        title=_("Delete these addresses?"),
        consequence=_("Visitors who come by them see a page that says there is nothing."),
        submit=_("Delete"),
        back=reverse("backoffice:redirects"),
        danger=True,
    )
    given = request.POST if request.method == "POST" else None
    form = DeleteForm(given, initial={"id": request.GET.getlist("id")})

    def act(values: dict[str, Any]) -> Done:
        count = delete_redirects(ids=values["id"])
        return Done(gettext("%(count)s deleted") % {"count": count})

    return run_verb(request, dialog, form, act, {"here": "content.redirects"})
