"""The outbox: every mail as it was written, whether it arrived, and again if it has to."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.clickjacking import xframe_options_sameorigin

from duli.platform.accounts.permissions import allowed, require
from duli.platform.mail.kinds import KINDS
from duli.platform.mail.selectors import mail_view, outbox, way_of
from duli.platform.mail.services import resend
from duli.platform.mail.states import Channel, MailState
from duli.platform.mail.types import MailView
from duli.web.backoffice.access import actor_of, screen
from duli.web.backoffice.kit.cells import Link, Pills, Text, When
from duli.web.backoffice.kit.dialogs import Dialog, Done, run_verb
from duli.web.backoffice.kit.listing import Column, Empty, Filter, ListState, ResourceList, View, list_response
from duli.web.backoffice.kit.pills import Pill
from duli.web.backoffice.shell import render

VIEWS = (
    View("all", _("All")),
    View("failed", MailState.FAILED.label),
    View("queued", MailState.QUEUED.label),
    View("sent", MailState.SENT.label),
    View("arrived", MailState.ARRIVED.label),
    View("kept", MailState.KEPT.label),
)
LOOKS = {
    MailState.QUEUED: ("info", "half"),
    MailState.SENT: ("ok", "full"),
    MailState.ARRIVED: ("ok", "full"),
    MailState.KEPT: ("", "full"),
    MailState.FAILED: ("critical", "full"),
}


def mail_pill(state: str) -> Pill:
    tone, shape = LOOKS.get(MailState(state), ("", ""))
    return Pill(MailState(state).label, tone, shape)


COLUMNS: list[Column[MailView]] = [
    Column(
        _("Subject"),
        lambda mail: Link(mail.subject or mail.label, reverse("backoffice:mail", args=[mail.id])),
        phone="wide",
    ),
    Column(_("Recipient"), lambda mail: Text(mail.to, muted=True), phone="wide"),
    Column(_("State"), lambda mail: Pills([mail_pill(mail.state)])),
    Column(_("Template"), lambda mail: Text(mail.label, muted=True), phone="hidden"),
    Column(_("Written"), lambda mail: When(mail.created_at), phone="end"),
]
PAGE = 50
BODY_POLICY = (
    "sandbox allow-popups; default-src 'none'; img-src * data:; style-src 'unsafe-inline'; frame-ancestors 'self'"
)


@screen("mail.view", methods=("GET", "HEAD"))
def mail_list(request: HttpRequest) -> HttpResponse:
    filters = (Filter("template", _("Template"), [(kind.key, kind.label) for kind in KINDS.values()], "one"),)
    state = ListState(request, views=VIEWS, filters=filters)
    found = outbox(
        query=state.query,
        state="" if state.view == "all" else state.view,
        template=state.one("template"),
        before_id=int(state.after) if state.after.isascii() and state.after.isdigit() and len(state.after) < 19 else 0,
        limit=PAGE + 1,
    )
    rows = found[:PAGE]
    after = str(rows[-1].id) if len(found) > PAGE else ""
    listing = ResourceList(
        state,
        rows=rows,
        columns=COLUMNS,
        key=lambda mail: mail.id,
        label=lambda mail: mail.subject or mail.label,
        after=after,
        views=VIEWS,
        filters=filters,
        search=_("Search by recipient or subject"),
        caption=_("Outbox"),
        empty=Empty(
            _("No mail yet"),
            _("What the store writes to shoppers is kept here: orders, payments, parcels, codes."),
            "mail",
        ),
    )
    return list_response(request, "backoffice/mails/list.html", {"here": "mails.outbox", "list": listing})


@screen("mail.view", methods=("GET", "HEAD"))
def mail_detail(request: HttpRequest, mail_id: int) -> HttpResponse:
    mail = mail_view(mail_id)
    context = {
        "here": "mails.outbox",
        "mail": mail,
        "pill": mail_pill(mail.state),
        "way": way_of(mail_id) if mail.channel == Channel.SMS else None,
        "may_send": allowed(request.user, "mail.send"),
    }
    return render(request, "backoffice/mails/detail.html", context)


@xframe_options_sameorigin
@screen("mail.view", methods=("GET", "HEAD"))
def mail_body(request: HttpRequest, mail_id: int) -> HttpResponse:
    """The mail's own HTML, in a box in which nothing can run and nothing can be sent."""
    response = HttpResponse(mail_view(mail_id).html)
    response.headers["Content-Security-Policy"] = BODY_POLICY
    return response


@screen("mail.view", write="mail.send")
def mail_resend(request: HttpRequest, mail_id: int) -> HttpResponse:
    require(request.user, "mail.send")
    mail = mail_view(mail_id)
    dialog = Dialog(
        title=_("Send this mail again"),
        consequence=gettext("“%(subject)s” goes to %(to)s once more, word for word.")
        % {"subject": mail.subject, "to": mail.to},
        submit=_("Send again"),
        back=reverse("backoffice:mail", args=[mail_id]),
    )

    def act(values: dict[str, Any]) -> Done:
        resend(mail_id=mail_id, actor=actor_of(request))
        return Done(gettext("The mail is on its way again"))

    form = forms.Form(request.POST if request.method == "POST" else None)
    return run_verb(request, dialog, form, act, {"here": "mails.outbox"})
