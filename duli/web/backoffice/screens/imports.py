"""Bringing files in: what is it, which column is what, what would happen, do it, take it back."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import get_language, gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from duli.base.errors import DuliError, NotFound, sentence
from duli.base.text import guarded
from duli.commerce.exchange.models import Upload
from duli.commerce.exchange.records import fields_of
from duli.commerce.exchange.services import uploads
from duli.platform.accounts.permissions import require
from duli.web.backoffice.access import actor_of, screen
from duli.web.backoffice.kit.dialogs import Dialog, Done, go_to, is_partial, note_error, run_verb
from duli.web.backoffice.kit.pills import Pill
from duli.web.backoffice.shell import render

State = Upload.State
LOOKS = {
    State.MAPPING: ("attention", ""),
    State.CHECKING: ("info", "half"),
    State.CHECKED: ("attention", ""),
    State.RUNNING: ("info", "half"),
    State.PAUSED: ("attention", "half"),
    State.DONE: ("ok", "full"),
    State.CANCELLED: ("", "full"),
    State.REVERTING: ("info", "half"),
    State.REVERTED: ("", "full"),
    State.FAILED: ("critical", "full"),
}
# Names of programs, which nobody translates.
SOURCES = {"shopify": "Shopify", "woocommerce": "WooCommerce", "prestashop": "PrestaShop", "duli": "Duli"}
BUSY = {State.CHECKING, State.RUNNING, State.REVERTING}
SHOWN = 20
# What a file of a kind needs beside the right to import files.
ALSO = {
    Upload.Kind.PRODUCTS: "catalogue.edit",
    Upload.Kind.CUSTOMERS: "customers.edit",
    Upload.Kind.ORDERS: "orders.manage",
    Upload.Kind.REDIRECTS: "content.edit",
}


def _pill(upload: Upload) -> Pill:
    tone, shape = LOOKS[State(upload.state)]
    return Pill(upload.get_state_display(), tone, shape)


class UploadForm(forms.Form):
    file = forms.FileField(
        label=_("File"),
        help_text=_(
            "CSV or Excel: an export of Shopify, WooCommerce, PrestaShop or Duli, or a table of your own. Also as .gz."
        ),
        error_messages={"required": _("Choose a file first."), "empty": _("This file is empty.")},
    )
    kind = forms.ChoiceField(
        label=_("What is in it"),
        required=False,
        choices=[("", _("Find out by its columns")), *Upload.Kind.choices],
    )
    images = forms.FileField(
        label=_("Pictures"), required=False, help_text=_("A zip, if the file names pictures that are not on the web.")
    )


@screen("import.run")
def import_list(request: HttpRequest) -> HttpResponse:
    form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            images = form.cleaned_data["images"]
            try:
                upload = uploads.receive_upload(
                    file=form.cleaned_data["file"].file,
                    name=form.cleaned_data["file"].name,
                    images=images.file if images else None,
                    language=get_language() or "en",
                    actor=actor_of(request),
                    kind=form.cleaned_data["kind"],
                )
            except DuliError as error:
                form.add_error("file", sentence(error))
                status = error.status
            else:
                name = "import_columns" if upload.state == State.MAPPING else "import"
                return go_to(request, reverse(f"backoffice:{name}", args=[upload.pk]))
    rows = [(upload, _pill(upload)) for upload in Upload.objects.defer("report", "mapping", "columns")[:SHOWN]]
    context = {"here": "products.import", "form": form, "uploads": rows}
    return render(request, "backoffice/imports/list.html", context, status=status)


def _upload(upload_id: int) -> Upload:
    upload = Upload.objects.filter(pk=upload_id).first()
    if upload is None:
        raise NotFound()
    return upload


class ColumnsForm(forms.Form):
    """One choice per field: which column of the file holds it."""

    def __init__(self, *args: Any, upload: Upload, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", _("— none —")), *((title, title) for title in upload.columns)]
        for field in fields_of(upload.kind):
            if field.code.startswith("item_") and not upload.mapping.get(field.code):
                continue
            self.fields[field.code] = forms.ChoiceField(
                label=str(field.label),
                required=field.required,
                choices=choices,
                initial=upload.mapping.get(field.code, ""),
                error_messages={"required": _("Choose the column that holds this.")},
            )


@screen("import.run", write="import.run")
def import_columns(request: HttpRequest, upload_id: int) -> HttpResponse:
    """Say which column is what; it is remembered for files with the same columns."""
    require(request.user, "import.run")
    upload = _upload(upload_id)
    if not upload.columns or upload.state not in {State.MAPPING, State.CHECKED}:
        return go_to(request, reverse("backoffice:import", args=[upload_id]))
    form = ColumnsForm(request.POST if request.method == "POST" else None, upload=upload)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                mapping = {code: title for code, title in form.cleaned_data.items() if title}
                uploads.name_columns(upload_id=upload_id, mapping=mapping, actor=actor_of(request))
            except DuliError as error:
                note_error(form, error)
                status = error.status
            else:
                return go_to(request, reverse("backoffice:import", args=[upload_id]))
    context = {"here": "products.import", "upload": upload, "form": form}
    return render(request, "backoffice/imports/columns.html", context, status=status)


@screen("import.run", methods=("GET", "HEAD"))
def import_page(request: HttpRequest, upload_id: int) -> HttpResponse:
    upload = _upload(upload_id)
    report: dict[str, Any] = upload.report
    names = (
        (("products", _("Products")), ("variants", _("Variants")), ("images", _("Pictures")))
        if upload.kind == Upload.Kind.PRODUCTS
        else (("things", upload.get_kind_display()),)
    )
    counts = [(label, report[key]) for key, label in names if key in report]
    # Pictures alone are nothing: they come with a product.
    whole = [report[key] for key in ("products", "variants", "things") if key in report]
    context = {
        "here": "products.import",
        "upload": upload,
        "pill": _pill(upload),
        "busy": upload.state in BUSY,
        "counts": counts,
        "source": SOURCES.get(report.get("source", "").partition("-")[0], ""),
        "report": report if "refused" in report else {},
        "changes": any(count["created"] or count["updated"] for count in whole),
        "is_all_refused": any(count["refused"] for count in whole) and not any(count["unchanged"] for count in whole),
        "is_empty": not report.get("rows"),
        "revertible": upload.state in {State.DONE, State.CANCELLED, State.PAUSED}
        and (bool(upload.change_sets) or upload.things.exists()),  # type: ignore[attr-defined]
        "may_name": bool(upload.columns) and upload.state in {State.MAPPING, State.CHECKED},
    }
    template = "backoffice/kit/import_report.html" if is_partial(request) else "backoffice/imports/detail.html"
    return render(request, template, context)


def _verb(request: HttpRequest, upload_id: int, dialog: Dialog, act: Callable[[], object], words: str) -> HttpResponse:
    def do(values: dict[str, Any]) -> Done:
        act()
        return Done(words)

    form = forms.Form(request.POST if request.method == "POST" else None)
    return run_verb(request, dialog, form, do, {"here": "products.import"})


@screen("import.run", write="import.run")
def import_start(request: HttpRequest, upload_id: int) -> HttpResponse:
    require(request.user, "import.run")
    upload = _upload(upload_id)
    require(request.user, ALSO[Upload.Kind(upload.kind)])
    counts = upload.report.get("products" if upload.kind == Upload.Kind.PRODUCTS else "things", {})
    goes_on = upload.state == State.PAUSED
    consequence = {
        Upload.Kind.PRODUCTS: _(
            "Products that are created: %(created)s; changed: %(updated)s; left out: %(refused)s. "
            "It runs in the background; shoppers see each product as soon as it is there."
        ),
        Upload.Kind.CUSTOMERS: _(
            "Customers that are created: %(created)s; changed: %(updated)s; left out: %(refused)s. "
            "Nobody is written to."
        ),
        Upload.Kind.ORDERS: _(
            "Orders that are kept as history: %(created)s; left out: %(refused)s. "
            "Stock, payments and mails are not touched."
        ),
        Upload.Kind.REDIRECTS: _(
            "Old addresses that are added: %(created)s; changed: %(updated)s; left out: %(refused)s."
        ),
    }[Upload.Kind(upload.kind)]
    dialog = Dialog(
        title=gettext("Import “%(name)s”") % {"name": upload.name},
        consequence=_("It goes on where it was paused.")
        if goes_on
        else str(consequence) % {name: counts.get(name, 0) for name in ("created", "updated", "refused")},
        submit=_("Go on") if goes_on else _("Import now"),
        back=reverse("backoffice:import", args=[upload_id]),
    )
    start = lambda: uploads.start_upload(upload_id=upload_id, actor=actor_of(request))  # noqa: E731
    return _verb(request, upload_id, dialog, start, gettext("The import has started"))


@screen("import.run", write="import.run")
def import_wish(request: HttpRequest, upload_id: int, wanted: str) -> HttpResponse:
    """Pause or stop: what is done stays, and can be taken back."""
    require(request.user, "import.run")
    if wanted not in {"pause", "cancel"}:
        raise NotFound()
    pauses = wanted == "pause"
    dialog = Dialog(
        title=_("Pause the import?") if pauses else _("Stop the import?"),
        consequence=_("What is done stays. You can go on, or take everything back, at any time.")
        if pauses
        else _("What is done stays; you can take it back afterwards. The rest is not imported."),
        submit=_("Pause") if pauses else _("Stop"),
        back=reverse("backoffice:import", args=[upload_id]),
        danger=not pauses,
    )
    act = lambda: uploads.wish(upload_id=upload_id, wanted=wanted, actor=actor_of(request))  # noqa: E731
    words = gettext("The import pauses after the current batch") if pauses else gettext("The import stops")
    return _verb(request, upload_id, dialog, act, words)


@screen("import.run", write="import.run")
def import_revert(request: HttpRequest, upload_id: int) -> HttpResponse:
    require(request.user, "import.run")
    upload = _upload(upload_id)
    require(request.user, ALSO[Upload.Kind(upload.kind)])
    dialog = Dialog(
        title=gettext("Take back “%(name)s”?") % {"name": upload.name},
        consequence=_(
            "What the import created is removed, what it changed becomes what it was. What somebody has changed since "
            "stays as it is now, and is counted."
        ),
        submit=pgettext_lazy("import", "Take back"),
        back=reverse("backoffice:import", args=[upload_id]),
        danger=True,
    )
    act = lambda: uploads.revert_upload(upload_id=upload_id, actor=actor_of(request))  # noqa: E731
    return _verb(request, upload_id, dialog, act, gettext("The import is being taken back"))


@screen("import.run", methods=("GET", "HEAD"))
def import_errors(request: HttpRequest, upload_id: int) -> HttpResponse:
    """The rows that were left out or taken differently, with the reasons, for a spreadsheet."""
    upload = _upload(upload_id)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([gettext("Row"), gettext("What"), gettext("Name"), gettext("Reason")])
    left_out, noted = gettext("Left out"), gettext("Taken, but not quite as written")
    for words, key in ((left_out, "refused"), (noted, "notes")):
        for line in upload.report.get(key, []):
            writer.writerow([line["row"], words, guarded(line["key"]), guarded(line["reason"])])
    return HttpResponse(
        text.getvalue().encode("utf-8-sig"),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="import-{upload_id}-rows.csv"'},
    )
