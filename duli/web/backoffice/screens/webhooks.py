"""Webhooks: where other systems are told what happened, and what came of it."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from duli.base.clock import now
from duli.growth.webhooks import selectors, services
from duli.growth.webhooks.models import Delivery, Endpoint
from duli.growth.webhooks.payloads import KINDS, TEST
from duli.growth.webhooks.types import FORMER_SECRET_LASTS
from duli.platform.accounts.permissions import allowed, require
from duli.web.backoffice.access import screen
from duli.web.backoffice.kit import cursors
from duli.web.backoffice.kit.cells import Link, Number, Pills, Text, When
from duli.web.backoffice.kit.dialogs import Dialog, Done, answered, go_to, run_verb
from duli.web.backoffice.kit.forms import Line
from duli.web.backoffice.kit.listing import Column, Empty, ListState, ResourceList, View, list_response
from duli.web.backoffice.kit.pills import Pill
from duli.web.backoffice.kit.seen import Guard
from duli.web.backoffice.kit.toasts import toast
from duli.web.backoffice.shell import Words, render

PROBLEMS = {
    "private_address": _("The address leads into a private network"),
    "unknown_host": _("Nobody knows this host name"),
    "timeout": _("No answer in time"),
    "no_connection": _("No connection"),
}
STOPPED = {
    "gone": _("The other side said that this address is gone for good."),
    "failing": _("Every message failed for five days."),
}
VIEWS = (
    View("all", _("All")),
    View("failed", _("Failed")),
    View("waiting", _("Waiting")),
    View("delivered", _("Delivered")),
)
PAGE = 50


def kind_words(kind: str) -> Words:
    return _("Test message") if kind == TEST else KINDS.get(kind, kind)


def _pill(row: Endpoint) -> Pill:
    if not row.is_active:
        return Pill(_("Switched off"), "critical" if row.stopped_because else "", "bare")
    return Pill(_("Failing"), "attention", "half") if row.failing_since else Pill(_("On"), "ok", "full")


def _state_pill(row: Delivery) -> Pill:
    if row.state == Delivery.State.DELIVERED:
        return Pill(_("Delivered"), "ok", "full")
    return Pill(_("Failed"), "critical") if row.state == Delivery.State.FAILED else Pill(_("Waiting"), "info", "half")


@screen("api.view", methods=("GET", "HEAD"))
def webhook_list(request: HttpRequest) -> HttpResponse:
    context = {
        "here": "settings",
        "endpoints": [(row, _pill(row)) for row in selectors.endpoints()],
        "may_edit": allowed(request.user, "api.edit"),
    }
    return render(request, "backoffice/settings/webhooks.html", context)


class EndpointForm(forms.Form):
    url = Line(
        label=_("Web address"),
        max_length=500,
        widget=forms.URLInput(attrs={"placeholder": "https://"}),
        help_text=_("Messages are sent there as JSON, signed by the Standard Webhooks scheme."),
    )
    description = Line(label=_("What it is for"), max_length=120, required=False)
    kinds = forms.MultipleChoiceField(
        label=_("Events"),
        choices=list(KINDS.items()),
        required=False,
        widget=forms.CheckboxSelectMultiple(),
        help_text=_("None ticked means every event, also those that are added later."),
    )


class EndpointEditForm(EndpointForm):
    is_active = forms.BooleanField(label=_("Switched on"), required=False)


def _secret_page(request: HttpRequest, row: Endpoint, secret: str, words: str) -> HttpResponse:
    context = {
        "here": "settings",
        "title": str(row),
        "secret": secret,
        "words": words,
        "back": reverse("backoffice:settings_webhook", args=[row.pk]),
    }
    return render(request, "backoffice/settings/secret.html", context)


@screen("api.view", write="api.edit")
def webhook_new(request: HttpRequest) -> HttpResponse:
    """Tell one more address; the answer shows its secret, once."""
    require(request.user, "api.edit")
    form = EndpointForm(request.POST if request.method == "POST" else None)

    def act() -> HttpResponse:
        row, secret = services.create_endpoint(**form.cleaned_data)
        words = gettext("Copy the secret now: the other side checks signatures with it. It is not shown again.")
        return _secret_page(request, row, secret, words)

    done, status = answered(request, form, act)
    if done is not None:
        return done
    context = {"here": "settings", "form": form, "dirty": status != 200, "may_edit": True}
    return render(request, "backoffice/settings/webhook_form.html", context, status=status)


@screen("api.view", write="api.edit")
def webhook_edit(request: HttpRequest, endpoint_id: int) -> HttpResponse:
    require(request.user, "api.edit")
    row = selectors.endpoint(endpoint_id)

    def stored() -> dict[str, Any]:
        now = selectors.endpoint(endpoint_id)
        return {name: getattr(now, name) for name in ("url", "description", "kinds", "is_active")}

    form = EndpointEditForm(request.POST if request.method == "POST" else None, initial=stored())
    guard = Guard(request, form, stored)

    def act() -> HttpResponse:
        services.save_endpoint(endpoint_id=endpoint_id, **form.cleaned_data, seen=guard.check)
        toast(request, gettext("Saved"))
        return go_to(request, reverse("backoffice:settings_webhook", args=[endpoint_id]))

    done, status = answered(request, form, act)
    if done is not None:
        return done
    context = {"here": "settings", "form": form, "dirty": status != 200, "may_edit": True, "endpoint": row}
    context["seen"] = guard.mark
    return render(request, "backoffice/settings/webhook_form.html", context, status=status)


def _answer(row: Delivery) -> Text:
    if row.state == Delivery.State.WAITING and row.next_attempt_at and row.attempt_count:
        return Text(gettext("Tried again by itself"), muted=True)
    return Text("", muted=True)


def _columns() -> list[Column[Delivery]]:
    return [
        Column(
            _("Event"),
            lambda row: Link(str(kind_words(row.kind)), reverse("backoffice:settings_delivery", args=[row.pk])),
        ),
        Column(_("State"), lambda row: Pills([_state_pill(row)]), phone="end"),
        Column(_("Written"), lambda row: When(row.created_at), phone="end"),
        Column(_("Tries"), lambda row: Number(row.attempt_count), align="end", phone="hidden"),
        Column(_("What comes next"), _answer, phone="hidden"),
    ]


@screen("api.view", methods=("GET", "HEAD"))
def webhook_page(request: HttpRequest, endpoint_id: int) -> HttpResponse:
    """One address with the log of what was sent to it."""
    row = selectors.endpoint(endpoint_id)
    state = ListState(request, views=VIEWS)
    rows = Delivery.objects.filter(endpoint=row).defer("body")
    if state.view != "all":
        rows = rows.filter(state=state.view)
    found, after = cursors.page(rows, order="-created_at", after=state.after, limit=PAGE)
    listing = ResourceList(
        state,
        rows=found,
        columns=_columns(),
        key=lambda entry: entry.pk,
        label=lambda entry: entry.message_id,
        after=after,
        views=VIEWS,
        caption=_("Messages"),
        empty=Empty(_("Nothing was sent yet"), _("Send a test message to see whether the other side hears."), "mail"),
    )
    context: dict[str, object] = {
        "here": "settings",
        "list": listing,
        "endpoint": row,
        "pill": _pill(row),
        "stopped": STOPPED.get(row.stopped_because, ""),
        "kinds": [kind_words(kind) for kind in row.kinds],
        "may_edit": allowed(request.user, "api.edit"),
    }
    return list_response(request, "backoffice/settings/webhook.html", context)


@screen("api.view", methods=("GET", "HEAD"))
def delivery_page(request: HttpRequest, delivery_id: int) -> HttpResponse:
    """One message: what was sent, and each answer."""
    row = selectors.delivery(delivery_id)
    context = {
        "here": "settings",
        "delivery": row,
        "body": _indented(row.body),
        "kind": kind_words(row.kind),
        "pill": _state_pill(row),
        "attempts": [(attempt, PROBLEMS.get(attempt.problem, attempt.problem)) for attempt in row.attempts.all()],
        "may_edit": allowed(request.user, "api.edit"),
    }
    return render(request, "backoffice/settings/delivery.html", context)


def _indented(body: str) -> str:
    """Return the message for people to read; what is signed and sent has no spaces."""
    try:
        return json.dumps(json.loads(body), ensure_ascii=False, indent=2)
    except ValueError:
        return body


def _verb(request: HttpRequest, dialog: Dialog, act: Any) -> HttpResponse:
    form = forms.Form(request.POST if request.method == "POST" else None)
    return run_verb(request, dialog, form, act, {"here": "settings"})


@screen("api.view", write="api.edit")
def delivery_resend(request: HttpRequest, delivery_id: int) -> HttpResponse:
    require(request.user, "api.edit")
    row = selectors.delivery(delivery_id)
    dialog = Dialog(
        title=_("Send this message again?"),
        consequence=_("It goes out at once under the same id, so that the other side can tell whether it knows it."),
        submit=_("Send again"),
        back=reverse("backoffice:settings_delivery", args=[row.pk]),
    )

    def act(_values: dict[str, Any]) -> Done:
        services.send_again(delivery_id=delivery_id)
        return Done(gettext("The message is on its way"))

    return _verb(request, dialog, act)


@screen("api.view", write="api.edit")
def webhook_test(request: HttpRequest, endpoint_id: int) -> HttpResponse:
    require(request.user, "api.edit")
    row = selectors.endpoint(endpoint_id)
    dialog = Dialog(
        title=gettext("Send a test message to %(name)s?") % {"name": row},
        consequence=_("It carries only a greeting. The log shows what the other side answered."),
        submit=_("Send"),
        back=reverse("backoffice:settings_webhook", args=[row.pk]),
    )

    def act(_values: dict[str, Any]) -> Done:
        services.send_test(endpoint_id=endpoint_id)
        return Done(gettext("The message is on its way"))

    return _verb(request, dialog, act)


@screen("api.view", write="api.edit")
def webhook_replay(request: HttpRequest, endpoint_id: int) -> HttpResponse:
    require(request.user, "api.edit")
    row = selectors.endpoint(endpoint_id)
    dialog = Dialog(
        title=_("Send again what failed?"),
        consequence=_("Every message of the last seven days that did not arrive goes out once more, oldest first."),
        submit=_("Send again"),
        back=reverse("backoffice:settings_webhook", args=[row.pk]),
    )

    def act(_values: dict[str, Any]) -> Done:
        count = services.replay_since(endpoint_id=endpoint_id, since=now() - timedelta(days=7))
        words = ngettext("%(count)s message is on its way", "%(count)s messages are on their way", count)
        return Done(words % {"count": count})

    return _verb(request, dialog, act)


@screen("api.view", write="api.edit")
def webhook_secret(request: HttpRequest, endpoint_id: int) -> HttpResponse:
    """Replace the secret; the answer shows the new one, once."""
    require(request.user, "api.edit")
    row = selectors.endpoint(endpoint_id)
    if request.method == "POST":
        hours = int(FORMER_SECRET_LASTS.total_seconds() // 3600)
        words = gettext(
            "Copy the new secret now; it is not shown again. For %(hours)s hours messages are signed under both."
        ) % {"hours": hours}
        return _secret_page(request, row, services.replace_secret(endpoint_id=endpoint_id), words)
    return render(request, "backoffice/settings/webhook_secret.html", {"here": "settings", "endpoint": row})


@screen("api.view", write="api.edit")
def webhook_delete(request: HttpRequest, endpoint_id: int) -> HttpResponse:
    require(request.user, "api.edit")
    row = selectors.endpoint(endpoint_id)
    dialog = Dialog(
        title=gettext("Remove %(name)s?") % {"name": row},
        consequence=_("Nothing is sent there any more, and its log is deleted."),
        submit=_("Remove"),
        back=reverse("backoffice:settings_webhooks"),
        danger=True,
    )

    def act(_values: dict[str, Any]) -> Done:
        services.delete_endpoint(endpoint_id=endpoint_id)
        return Done(gettext("Removed"))

    return _verb(request, dialog, act)
