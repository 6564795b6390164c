"""Import: give a file, read what would happen, then let it happen."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from duli.base.errors import DuliError, NotFound, sentence
from duli.commerce.exchange.models import Upload
from duli.commerce.exchange.services.uploads import receive_upload, start_upload
from duli.platform.accounts.permissions import require
from duli.web.backoffice.access import actor_of, screen
from duli.web.backoffice.kit.dialogs import Dialog, Done, go_to, is_partial, run_verb
from duli.web.backoffice.kit.pills import Pill
from duli.web.backoffice.shell import render

LOOKS = {
    Upload.State.CHECKING: ("info", "half"),
    Upload.State.CHECKED: ("attention", ""),
    Upload.State.RUNNING: ("info", "half"),
    Upload.State.DONE: ("ok", "full"),
    Upload.State.FAILED: ("critical", "full"),
}
SHOWN = 20


def _pill(upload: Upload) -> Pill:
    tone, shape = LOOKS[Upload.State(upload.state)]
    return Pill(upload.get_state_display(), tone, shape)


class UploadForm(forms.Form):
    file = forms.FileField(
        label=_("Catalogue file"),
        help_text=_("A product CSV of Shopify, WooCommerce or PrestaShop, or one that Duli exported. Also as .gz."),
        error_messages={"required": _("Choose a file first."), "empty": _("This file is empty.")},
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
                upload = receive_upload(
                    file=form.cleaned_data["file"].file,
                    name=form.cleaned_data["file"].name,
                    images=images.file if images else None,
                    language=get_language() or "en",
                    actor=actor_of(request),
                )
            except DuliError as error:
                form.add_error("file", sentence(error))
                status = error.status
            else:
                return go_to(request, reverse("backoffice:import", args=[upload.pk]))
    uploads = [(upload, _pill(upload)) for upload in Upload.objects.defer("report")[:SHOWN]]
    context = {"here": "products.import", "form": form, "uploads": uploads}
    return render(request, "backoffice/imports/list.html", context, status=status)


def _upload(upload_id: int) -> Upload:
    upload = Upload.objects.filter(pk=upload_id).first()
    if upload is None:
        raise NotFound()
    return upload


@screen("import.run", methods=("GET", "HEAD"))
def import_page(request: HttpRequest, upload_id: int) -> HttpResponse:
    upload = _upload(upload_id)
    report: dict[str, Any] = upload.report
    names = (("products", _("Products")), ("variants", _("Variants")), ("images", _("Pictures")))
    context = {
        "here": "products.import",
        "upload": upload,
        "pill": _pill(upload),
        "busy": upload.state in {Upload.State.CHECKING, Upload.State.RUNNING},
        "counts": [(label, report.get(key, {})) for key, label in names] if report else [],
        "report": report,
        "changes": any(report.get(key, {}).get(count) for key, _label in names for count in ("created", "updated")),
    }
    template = "backoffice/kit/import_report.html" if is_partial(request) else "backoffice/imports/detail.html"
    return render(request, template, context)


@screen("import.run", write="import.run")
def import_start(request: HttpRequest, upload_id: int) -> HttpResponse:
    require(request.user, "import.run")
    upload = _upload(upload_id)
    counts = upload.report.get("products", {})
    dialog = Dialog(
        title=gettext("Import “%(name)s”") % {"name": upload.name},
        consequence=gettext(
            "%(created)s products are created and %(updated)s changed; %(refused)s are left out. "
            "It runs in the background; shoppers see each product as soon as it is there."
        )
        % {name: counts.get(name, 0) for name in ("created", "updated", "refused")},
        submit=_("Import now"),
        back=reverse("backoffice:import", args=[upload_id]),
    )

    def act(values: dict[str, Any]) -> Done:
        start_upload(upload_id=upload_id, actor=actor_of(request))
        return Done(gettext("The import has started"))

    form = forms.Form(request.POST if request.method == "POST" else None)
    return run_verb(request, dialog, form, act, {"here": "products.import"})
