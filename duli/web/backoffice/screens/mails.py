"""The outbox: every mail as it was written, whether it arrived, and again if it has to."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.clickjacking import xframe_options_sameorigin

from duli.base.errors import NotFound
from duli.platform.accounts.permissions import allowed, require
from duli.platform.mail.models import Mail
from duli.platform.mail.services import resend
from duli.platform.mail.states import MailState
from duli.web.backoffice.access import actor_of, screen
from duli.web.backoffice.kit.cells import Link, Pills, Text, When
from duli.web.backoffice.kit.dialogs import Dialog, Done, run_verb
from duli.web.backoffice.kit.listing import Column, Empty, Filter, ListState, ResourceList, View, list_response
from duli.web.backoffice.kit.pills import Pill
from duli.web.backoffice.selectors.mails import mail_page, template_choices, template_name
from duli.web.backoffice.shell import render

VIEWS = (
    View("all", _("All")),
    View("failed", MailState.FAILED.label),
    View("queued", MailState.QUEUED.label),
    View("sent", MailState.SENT.label),
    View("kept", MailState.KEPT.label),
)
LOOKS = {
    MailState.QUEUED: ("info", "half"),
    MailState.SENT: ("ok", "full"),
    MailState.KEPT: ("", "full"),
    MailState.FAILED: ("critical", "full"),
}


def mail_pill(state: str) -> Pill:
    tone, shape = LOOKS.get(MailState(state), ("", ""))
    return Pill(MailState(state).label, tone, shape)


COLUMNS: list[Column[Mail]] = [
    Column(_("Subject"), lambda mail: Link(mail.subject or template_name(mail.template), reverse("backoffice:mail", args=[mail.pk])), phone="wide"),
    Column(_("To"), lambda mail: Text(mail.to, muted=True), phone="wide"),
    Column(_("State"), lambda mail: Pills([mail_pill(mail.state)])),
    Column(_("Template"), lambda mail: Text(template_name(mail.template), muted=True), phone="hidden"),
    Column(_("Written"), lambda mail: When(mail.created_at), phone="end"),
]


@screen("mail.view", methods=("GET", "HEAD"))
def mail_list(request: HttpRequest) -> HttpResponse:
    filters = (Filter("template", _("Template"), template_choices()),)
    state = ListState(request, views=VIEWS, filters=filters)
    rows, after = mail_page(
        query=state.query,
        state="" if state.view == "all" else state.view,
        templates=state.many("template"),
        after=state.after,
    )
    listing = ResourceList(
        state,
        rows=rows,
        columns=COLUMNS,
        key=lambda mail: mail.pk,
        label=lambda mail: mail.subject,
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


def _mail(mail_id: int) -> Mail:
    mail = Mail.objects.filter(pk=mail_id).first()
    if mail is None:
        raise NotFound()
    return mail


@screen("mail.view", methods=("GET", "HEAD"))
def mail_detail(request: HttpRequest, mail_id: int) -> HttpResponse:
    mail = _mail(mail_id)
    context = {
        "here": "mails.outbox",
        "mail": mail,
        "pill": mail_pill(mail.state),
        "template": template_name(mail.template),
        "may_send": allowed(request.user, "mail.send"),
    }
    return render(request, "backoffice/mails/detail.html", context)


@xframe_options_sameorigin
@screen("mail.view", methods=("GET", "HEAD"))
def mail_body(request: HttpRequest, mail_id: int) -> HttpResponse:
    """The mail's own HTML, in a box in which nothing can run and nothing can be sent."""
    response = HttpResponse(_mail(mail_id).html)
    response.headers["Content-Security-Policy"] = (
        "sandbox allow-popups; default-src 'none'; img-src * data:; style-src 'unsafe-inline'; frame-ancestors 'self'"
    )
    return response


@screen("mail.view", write="mail.send")
def mail_resend(request: HttpRequest, mail_id: int) -> HttpResponse:
    require(request.user, "mail.send")
    mail = _mail(mail_id)
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
