"""What waits for a second person: above somebody's limit, and not yet decided."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from duli.base.errors import PermissionDenied
from duli.base.money import Money
from duli.commerce.orders.selectors import order_numbers
from duli.platform.accounts import selectors
from duli.platform.accounts.services import approve, decline, withdraw
from duli.platform.accounts.states import ApprovalState
from duli.platform.accounts.types import ApprovalView
from duli.web.backoffice.access import actor_of, screen
from duli.web.backoffice.kit.cells import Link, Pills, Text, When
from duli.web.backoffice.kit.dialogs import Dialog, Done, run_verb
from duli.web.backoffice.kit.forms import Line
from duli.web.backoffice.kit.listing import Column, Empty, ListState, ResourceList, View, list_response
from duli.web.backoffice.kit.pills import Pill
from duli.web.backoffice.selectors.people import actor_names
from duli.web.backoffice.shell import render

PAGE = 50
VIEWS = (View("waiting", ApprovalState.WAITING.label), View("all", _("All")))
LOOKS = {
    ApprovalState.WAITING: ("attention", "half"),
    ApprovalState.APPROVED: ("info", "half"),
    ApprovalState.DONE: ("ok", "full"),
    ApprovalState.FAILED: ("critical", "full"),
    ApprovalState.DECLINED: ("critical", "full"),
}


def approval_pill(state: str) -> Pill:
    tone, shape = LOOKS.get(ApprovalState(state), ("", "full"))
    return Pill(ApprovalState(state).label, tone, shape)


def value_words(value: Money | int) -> str:
    return value.format(get_language() or "en") if isinstance(value, Money) else f"{value}%"


@screen(methods=("GET", "HEAD"))
def approval_list(request: HttpRequest) -> HttpResponse:
    """What the person may decide about, and what they asked for themselves."""
    state = ListState(request, views=VIEWS)
    found = selectors.approvals(
        kinds=selectors.kinds_decided_by(request.user),
        asked_by=actor_of(request),
        state=ApprovalState.WAITING if state.view == "waiting" else "",
        before_id=int(state.after) if state.after.isascii() and state.after.isdigit() and len(state.after) < 19 else 0,
        limit=PAGE + 1,
    )
    rows = found[:PAGE]
    names = actor_names(row.requested_by for row in rows)
    columns: list[Column[ApprovalView]] = [
        Column(
            _("What"),
            lambda row: Link(
                f"{row.label} {value_words(row.value)}", reverse("backoffice:approval", args=[row.id]), row.detail
            ),
            phone="wide",
        ),
        Column(_("Asked by"), lambda row: Text(names.get(row.requested_by, row.requested_by))),
        Column(_("State"), lambda row: Pills([approval_pill(row.state)]), phone="end"),
        Column(_("Asked"), lambda row: When(row.created_at)),
    ]
    listing = ResourceList(
        state,
        rows=rows,
        columns=columns,
        key=lambda row: row.id,
        label=lambda row: row.label,
        after=str(rows[-1].id) if len(found) > PAGE else "",
        views=VIEWS,
        caption=_("Approvals"),
        empty=Empty(
            _("Nothing waits for approval"),
            _("What is above somebody's limit comes here, for a second person to decide. Limits belong to roles."),
            "circle-check",
        ),
    )
    return list_response(request, "backoffice/approvals/list.html", {"here": "approvals", "list": listing})


def _approval(request: HttpRequest, approval_id: int) -> ApprovalView:
    """Return one that the person may decide about or asked for; nobody else reads it."""
    row = selectors.approval_by_id(approval_id)
    if row.requested_by != actor_of(request) and row.kind not in selectors.kinds_decided_by(request.user):
        raise PermissionDenied()
    return row


def _about(reference: str) -> Link | None:
    """Return the order that it is about, by its number."""
    kind, _colon, key = reference.partition(":")
    known = order_numbers([int(key)]) if kind == "order" and key.isascii() and key.isdigit() else []
    return Link(f"#{known[0][1]}", reverse("backoffice:order", args=[known[0][0]])) if known else None


@screen(methods=("GET", "HEAD"))
def approval_page(request: HttpRequest, approval_id: int) -> HttpResponse:
    row = _approval(request, approval_id)
    names = actor_names([row.requested_by, row.decided_by])
    waiting = row.state == ApprovalState.WAITING
    mine = row.requested_by == actor_of(request)
    context = {
        "here": "approvals",
        "row": row,
        "value": value_words(row.value),
        "pill": approval_pill(row.state),
        "about": _about(row.reference),
        "asked_by": names[row.requested_by],
        "decided_by": names.get(row.decided_by, "") if row.decided_by else "",
        "may_decide": waiting and not mine,
        "may_withdraw": waiting and mine,
    }
    return render(request, "backoffice/approvals/detail.html", context)


def _verb(
    request: HttpRequest, row: ApprovalView, dialog: Dialog, form: forms.Form, verb: Any, words: str
) -> HttpResponse:
    def act(values: dict[str, Any]) -> Done:
        verb(approval_id=row.id, actor=actor_of(request), **values)
        return Done(words)

    return run_verb(request, dialog, form, act, {"here": "approvals"})


@screen()
def approval_approve(request: HttpRequest, approval_id: int) -> HttpResponse:
    row = _approval(request, approval_id)
    dialog = Dialog(
        title=gettext("Approve: %(what)s %(value)s") % {"what": row.label, "value": value_words(row.value)},
        consequence=_("It is carried out at once, in your name. This cannot be taken back."),
        submit=_("Approve"),
        back=reverse("backoffice:approval", args=[row.id]),
    )
    form = forms.Form(request.POST if request.method == "POST" else None)
    return _verb(request, row, dialog, form, approve, gettext("Approved"))


class AnswerForm(forms.Form):
    note = Line(label=_("Why not"), max_length=300, required=False)


@screen()
def approval_decline(request: HttpRequest, approval_id: int) -> HttpResponse:
    row = _approval(request, approval_id)
    dialog = Dialog(
        title=gettext("Decline: %(what)s %(value)s") % {"what": row.label, "value": value_words(row.value)},
        consequence=_("Nothing happens, and whoever asked is told."),
        submit=_("Decline"),
        back=reverse("backoffice:approval", args=[row.id]),
        danger=True,
    )
    form = AnswerForm(request.POST if request.method == "POST" else None)
    return _verb(request, row, dialog, form, decline, gettext("Declined"))


@screen()
def approval_withdraw(request: HttpRequest, approval_id: int) -> HttpResponse:
    row = _approval(request, approval_id)
    dialog = Dialog(
        title=_("Take your request back?"),
        consequence=_("Nothing happens. You can ask again."),
        submit=_("Take back"),
        back=reverse("backoffice:approval", args=[row.id]),
    )
    form = forms.Form(request.POST if request.method == "POST" else None)
    return _verb(request, row, dialog, form, withdraw, gettext("Taken back"))
