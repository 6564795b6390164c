"""Files of orders: asked for with the filter or the selection of the list, written by a job, fetched here."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import FileResponse, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import get_language, gettext, ngettext
from django.utils.translation import gettext_lazy as _

from duli.commerce.orders.selectors import exports_of
from duli.commerce.orders.services import request_export
from duli.commerce.orders.services.export import file_of, from_json, to_json
from duli.commerce.orders.types import OrderFilter
from duli.platform.accounts.permissions import require
from duli.web.backoffice.access import screen
from duli.web.backoffice.kit.dialogs import Dialog, Done, run_verb
from duli.web.backoffice.screens.orders import list_state, wanted_by
from duli.web.backoffice.screens.orders_bulk import chosen
from duli.web.backoffice.shell import render

TYPES = {"csv": "text/csv", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}


class ExportForm(forms.Form):
    file_format = forms.ChoiceField(
        label=_("Format"),
        choices=[("csv", _("CSV (opens everywhere)")), ("xlsx", _("Excel workbook (XLSX)"))],
        widget=forms.RadioSelect(),
        initial="csv",
    )
    rows = forms.ChoiceField(
        label=_("Rows"),
        choices=[
            ("order", _("One row an order")),
            ("line", _("One row a line of an order")),
            ("again", _("Everything, so that an import reads it again")),
        ],
        widget=forms.RadioSelect(),
        initial="order",
    )
    wanted = forms.JSONField(widget=forms.HiddenInput())

    def clean_wanted(self) -> OrderFilter:
        try:
            return from_json(dict(self.cleaned_data["wanted"]))
        except (TypeError, ValueError):
            raise forms.ValidationError(_("Choose the rows again.")) from None


@screen("orders.view", write="orders.export", personal=True)
def orders_export(request: HttpRequest) -> HttpResponse:
    """Ask for a file of the chosen orders, or of all that the list's filter leaves."""
    require(request.user, "orders.export")
    ids = chosen(request)
    wanted = OrderFilter(ids=ids) if ids else wanted_by(list_state(request)[0])
    title = (
        ngettext("Export %(count)s order", "Export %(count)s orders", len(ids)) % {"count": len(ids)}
        if ids
        else gettext("Export the orders of this list")
    )
    dialog = Dialog(
        title=title,
        consequence=_("The file is written in the background; you fetch it on the next page, for seven days."),
        submit=_("Export"),
        back=reverse("backoffice:orders"),
    )
    initial = {"file_format": "csv", "rows": "order", "wanted": to_json(wanted)}
    form = ExportForm(request.POST if request.method == "POST" else None, initial=initial)

    def act(values: dict[str, Any]) -> Done:
        request_export(
            user_id=int(request.user.pk or 0),
            language=get_language() or "en",
            wanted=values["wanted"],
            form=values["file_format"],
            per_line=values["rows"] == "line",
            for_import=values["rows"] == "again",
        )
        return Done(gettext("The export is being written"), reverse("backoffice:orders_exports"))

    return run_verb(request, dialog, form, act, {"here": "orders.all"})


@screen("orders.export", methods=("GET", "HEAD"))
def orders_exports(request: HttpRequest) -> HttpResponse:
    """The files somebody asked for; the page looks again by itself while one is being written."""
    exports = exports_of(int(request.user.pk or 0))
    busy = any(export.state in {"waiting", "running"} for export in exports)
    part = request.headers.get("HX-Target") == "exports"
    template = "backoffice/kit/exports.html" if part else "backoffice/orders/exports.html"
    return render(request, template, {"here": "orders.all", "exports": exports, "busy": busy})


@screen("orders.export", methods=("GET", "HEAD"), personal=True)
def orders_export_file(request: HttpRequest, export_id: int) -> HttpResponse:
    """The file itself, to whoever asked for it."""
    path, name = file_of(export_id=export_id, user_id=int(request.user.pk or 0))
    response = FileResponse(path.open("rb"), as_attachment=True, filename=name, content_type=TYPES[path.suffix[1:]])
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response  # type: ignore[return-value]
