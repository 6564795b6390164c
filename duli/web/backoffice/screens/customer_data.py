"""A person's data on their request: the copy, the deletion, and the list of who asked."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from duli.base.errors import NotFound
from duli.commerce.customers.models import Customer, DataRequest
from duli.commerce.customers.services import request_data
from duli.commerce.customers.services.privacy import open_file
from duli.platform.accounts.permissions import require
from duli.web.backoffice.access import actor_of, screen
from duli.web.backoffice.kit.cells import Link, Pills, Text, When
from duli.web.backoffice.kit.dialogs import Dialog, Done, run_verb
from duli.web.backoffice.kit.listing import Column
from duli.web.backoffice.kit.pills import Pill
from duli.web.backoffice.selectors.customers import name_of

DATA = "customers.data"
LOOKS = {
    DataRequest.State.UNCONFIRMED: ("", ""),
    DataRequest.State.WAITING: ("info", "half"),
    DataRequest.State.DONE: ("ok", "full"),
    DataRequest.State.REFUSED: ("attention", "full"),
    DataRequest.State.EXPIRED: ("", "full"),
}


def request_pill(row: DataRequest) -> Pill:
    tone, shape = LOOKS[DataRequest.State(row.state)]
    return Pill(row.get_state_display(), tone, shape)


def request_columns() -> list[Column[DataRequest]]:
    return [
        Column(_("Request"), lambda row: Text(row.get_kind_display())),
        Column(_("Customer"), _who),
        Column(_("State"), lambda row: Pills([request_pill(row)])),
        Column(_("Asked"), lambda row: When(row.created_at), phone="hidden"),
        Column(_("Finished"), lambda row: When(row.finished_at), phone="hidden"),
        Column(_("Result"), _result, phone="end"),
    ]


def _who(row: DataRequest) -> Link | Text:
    if row.customer is None:
        return Text(_("Erased customer"), muted=True)
    return Link(name_of(row.customer), reverse("backoffice:customer", args=[row.customer.pk]))


def _result(row: DataRequest) -> Link | Text:
    if row.state == DataRequest.State.DONE and row.kind == DataRequest.Kind.EXPORT:
        return Link(_("Download"), reverse("backoffice:data_file", args=[row.pk]))
    if row.state == DataRequest.State.REFUSED:
        return Text(_("Orders under way"), muted=True)
    total = sum(count for count in row.receipt.values() if isinstance(count, int))
    return Text(gettext("%(count)s rows") % {"count": total} if row.state == DataRequest.State.DONE else "", muted=True)


class EraseForm(forms.Form):
    sure = forms.BooleanField(
        label=_("I know that nobody can bring this back"), error_messages={"required": _("Please confirm this first.")}
    )


def ask(request: HttpRequest, customer: Customer, kind: str) -> HttpResponse:
    require(request.user, DATA)
    back = reverse("backoffice:customer", args=[customer.pk])
    form: forms.Form
    data = request.POST if request.method == "POST" else None
    if kind == DataRequest.Kind.EXPORT:
        dialog = Dialog(
            title=_("Export this person's data"),
            consequence=_(
                "A zip with everything the shop knows of the person, as JSON and as tables, is made in the "
                "background. It stays here for seven days."
            ),
            submit=_("Export"),
            back=back,
        )
        form = forms.Form(data)
    elif kind == DataRequest.Kind.ERASE:
        dialog = Dialog(
            title=gettext("Erase “%(name)s”?") % {"name": name_of(customer)},
            consequence=_(
                "Name, addresses, contact, notes, consent, messages and the account go for good, everywhere. Orders "
                "stay with their amounts and tax, but without the person."
            ),
            submit=_("Erase the person"),
            back=back,
            danger=True,
        )
        form = EraseForm(data)
    else:
        raise NotFound()

    def act(values: dict[str, Any]) -> Done:
        request_data(customer_id=customer.pk, kind=kind, actor=actor_of(request), language=get_language() or "en")
        words = gettext("The copy is being made") if kind == "export" else gettext("The person is being erased")
        return Done(words, reverse("backoffice:data_requests"))

    return run_verb(request, dialog, form, act, {"here": "customers.all"})


@screen(DATA, methods=("GET", "HEAD"), personal=True)
def data_file(request: HttpRequest, request_id: int) -> HttpResponse:
    """The zip of an export, while it is kept."""
    response: HttpResponseBase = FileResponse(
        open_file(request_id=request_id).open("rb"), as_attachment=True, filename=f"customer-data-{request_id}.zip"
    )
    return response  # type: ignore[return-value]
