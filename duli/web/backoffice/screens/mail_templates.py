"""The words of the mails: what came with the software, or the merchant's own, tried before they are saved."""

from __future__ import annotations

import json
import re
from difflib import get_close_matches
from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.clickjacking import xframe_options_sameorigin

from duli.base.errors import DuliError, NotFound, sentence
from duli.growth.notifications.selectors import order_context, recent_orders
from duli.platform.accounts.identifiers import email_of, phone_of
from duli.platform.accounts.permissions import allowed, require
from duli.platform.mail.selectors import template_list, template_view, version, versions
from duli.platform.mail.services import preview, reset_template, restore_version, save_template, send_test, switch
from duli.platform.mail.states import Channel
from duli.platform.mail.types import TemplateBroken, TemplateView
from duli.platform.sms.parts import measure
from duli.platform.store.selectors import languages
from duli.web.backoffice.access import actor_of, screen
from duli.web.backoffice.kit.dialogs import Dialog, Done, go_to, note_error, run_verb
from duli.web.backoffice.kit.forms import Line, Prose
from duli.web.backoffice.kit.seen import Guard, Overtaken
from duli.web.backoffice.kit.toasts import toast
from duli.web.backoffice.mail_words import flow_words
from duli.web.backoffice.screens.mails import BODY_POLICY
from duli.web.backoffice.selectors.people import actor_names
from duli.web.backoffice.shell import render


@screen("mail.view", methods=("GET", "HEAD"))
def template_index(request: HttpRequest) -> HttpResponse:
    """Every kind of mail with its languages."""
    names = dict(settings.LANGUAGES)
    groups: dict[str, list[tuple[TemplateView, str]]] = {}
    for view in template_list():
        groups.setdefault(view.key, []).append((view, str(names.get(view.language, view.language))))
    context = {"here": "mails.templates", "groups": list(groups.values())}
    return render(request, "backoffice/mails/templates.html", context)


class TemplateForm(forms.Form):
    subject = Line(label=_("Subject"), max_length=200, required=False)
    body = Prose(label=_("Text"), max_length=60_000, rows=18)

    def __init__(self, *args: Any, channel: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["subject"].required = channel == Channel.EMAIL
        if channel == Channel.SMS:
            self.fields["body"].widget.attrs["rows"] = 5


UNKNOWN = re.compile(r"`(?P<name>[^`]+)` is undefined")


def broken_words(error: TemplateBroken, known: list[str]) -> str:
    """Return what is wrong with a text, in words; what it calls by a name that nothing has, with the likeliest name."""
    line = error.params.get("line")
    unknown = UNKNOWN.search(str(error.params.get("message", "")))
    if unknown is None:
        return sentence(error)
    meant = get_close_matches(unknown["name"], known, 1)
    if not meant:
        return gettext("Line %(line)s: there is no “%(name)s”. The list below says what the text may use.") % {
            "line": line,
            "name": unknown["name"],
        }
    return gettext("Line %(line)s: there is no “%(name)s”. Did you mean “%(meant)s”?") % {
        "line": line,
        "name": unknown["name"],
        "meant": meant[0],
    }


def _view(key: str, channel: str, language: str) -> TemplateView:
    if channel not in Channel.values or language not in languages():
        raise NotFound()
    return template_view(key=key, channel=channel, language=language)


@screen("mail.view", write="mail.edit")
def template_edit(request: HttpRequest, key: str, channel: str, language: str) -> HttpResponse:
    view = _view(key, channel, language)

    def stored() -> dict[str, str]:
        now = _view(key, channel, language)
        return {"subject": now.subject, "body": now.body}

    variables = _variables(view)
    form = TemplateForm(request.POST if request.method == "POST" else None, initial=stored(), channel=channel)
    guard = Guard(request, form, stored)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                save_template(
                    key=key,
                    channel=channel,
                    language=language,
                    actor=actor_of(request),
                    seen=guard.check,
                    **form.cleaned_data,
                )
            except TemplateBroken as error:
                part = "subject" if error.params.get("part") == "subject" else "body"
                form.add_error(part, broken_words(error, [name for name, _sample in variables]))
                status = error.status
            except Overtaken as error:
                note_error(form, error)
                status = error.status
            else:
                toast(request, gettext("Saved. The next mail uses these words."))
                return go_to(request, request.path)
    context = {
        "here": "mails.templates",
        "view": view,
        "form": form,
        "seen": guard.mark,
        "is_mail": channel == Channel.EMAIL,
        "language": dict(settings.LANGUAGES).get(language, language),
        "variables": variables,
        "versions": versions(key=key, channel=channel, language=language),
        "orders": _orders(request, view),
        "may_edit": allowed(request.user, "mail.edit"),
        "dirty": status != 200,
        "editor_words": _editor_words(),
    }
    if channel == Channel.SMS:
        context |= _measured(view, None, form.data.get("body", "")[:60_000] if form.is_bound else None)
    return render(request, "backoffice/mails/template.html", context, status=status)


def _editor_words() -> str:
    """Return the words of the editor as JSON, for the script that draws it. "%s": what a condition says."""
    return json.dumps(
        {
            "view": gettext("How to edit the text"),
            "words": pgettext("view of a mail", "Line by line"),
            "source": pgettext("view of a mail", "Source"),
            "heading": gettext("Heading"),
            "paragraph": gettext("Paragraph"),
            "cell": gettext("Cell of a table"),
            "if": gettext("Only if %s"),
            "elif": gettext("Otherwise if %s"),
            "else": gettext("Otherwise"),
            "for": gettext("For each %s"),
            "end": pgettext("of a condition", "end"),
            "there": pgettext("of a condition", "there is %s"),
            "not": pgettext("of a condition", "not: %s"),
            "and": pgettext("of a condition", "%s and %s"),
            "or": pgettext("of a condition", "%s or %s"),
            **flow_words(),
        },
        ensure_ascii=False,
    )


def _orders(request: HttpRequest, view: TemplateView) -> list[tuple[int, str]]:
    """Return the orders that the message can be tried with, if the person may see orders."""
    return recent_orders() if "order" in view.variables and allowed(request.user, "orders.view") else []


def _variables(view: TemplateView) -> list[tuple[str, str]]:
    """Return every value the text may use with its sample, one level deep and lists by their first entry."""
    found: list[tuple[str, str]] = []

    def walk(name: str, value: Any) -> None:
        if isinstance(value, dict):
            for inner, entry in value.items():
                walk(f"{name}.{inner}", entry)
        elif isinstance(value, list):
            if value and isinstance(value[0], dict):
                for inner, entry in value[0].items():
                    walk(f"{name}[0].{inner}", entry)
            else:
                found.append((name, ", ".join(map(str, value))))
        else:
            found.append((name, str(value)))

    for name, value in view.variables.items():
        walk(name, value)
    return found


def _real(request: HttpRequest, language: str) -> dict[str, Any] | None:
    """Return the facts of the order that was chosen for the preview, if the person may see orders."""
    chosen = request.POST.get("order", "") or request.GET.get("order", "")
    if not (chosen.isascii() and chosen.isdigit() and len(chosen) < 19) or not allowed(request.user, "orders.view"):
        return None
    return order_context(int(chosen), language)


def _on_white(text: str) -> str:
    """Return plain text as a page of its own: a browser in the dark writes text/plain in white, here upon white."""
    return format_html(
        '<!doctype html><meta name="color-scheme" content="light"><body style="margin: 16px; color: #1c1f1e; '
        'font: 15px/1.6 sans-serif; white-space: pre-wrap; overflow-wrap: anywhere">{}</body>',
        text,
    )


@xframe_options_sameorigin
@screen("mail.view")
def template_preview(request: HttpRequest, key: str, channel: str, language: str) -> HttpResponse:
    """The mail with sample data, in a box in which nothing can run: of the posted words, or of those in use."""
    _view(key, channel, language)
    given: dict[str, str] = {}
    if request.method == "POST":
        require(request.user, "mail.edit")
        given = {name: request.POST.get(name, "")[:60_000] for name in ("subject", "body")}
    try:
        composed = preview(key=key, channel=channel, language=language, context=_real(request, language), **given)
        content, status = composed.html or _on_white(composed.text), 200
    except DuliError as error:
        content, status = _on_white(sentence(error)), error.status
    response = HttpResponse(content, status=status)
    response.headers["Content-Security-Policy"] = BODY_POLICY
    return response


def _measured(view: TemplateView, context: dict[str, Any] | None, body: str | None = None) -> dict[str, Any]:
    """Return how long the text message is, of these words or of those in use, or why nobody can say."""
    try:
        given = {} if body is None else {"body": body}
        composed = preview(key=view.key, channel=view.channel, language=view.language, context=context, **given)
    except TemplateBroken as error:
        return {"problem": broken_words(error, [name for name, _sample in _variables(view)])}
    return {"measure": measure(composed.text)}


@screen("mail.view", methods=("POST",))
def template_measure(request: HttpRequest, key: str, channel: str, language: str) -> HttpResponse:
    """How many characters and parts the posted words of a text message have, while they are being written."""
    require(request.user, "mail.edit")
    view = _view(key, channel, language)
    if channel != Channel.SMS:
        raise NotFound()
    found = _measured(view, _real(request, language), request.POST.get("body", "")[:60_000])
    return render(request, "backoffice/mails/measure.html", {"view": view, **found})


@screen("mail.view", write="mail.edit")
def template_reset(request: HttpRequest, key: str, channel: str, language: str) -> HttpResponse:
    require(request.user, "mail.edit")
    view = _view(key, channel, language)
    dialog = Dialog(
        title=gettext("Return “%(label)s” to the original words") % {"label": view.label},
        consequence=_("Your own text is removed. Mails that were sent stay as they were."),
        submit=_("Use the original"),
        back=reverse("backoffice:mail_template", args=[key, channel, language]),
        danger=True,
    )

    def act(values: dict[str, Any]) -> Done:
        reset_template(key=key, channel=channel, language=language, actor=actor_of(request))
        return Done(gettext("The original words are back"))

    form = forms.Form(request.POST if request.method == "POST" else None)
    return run_verb(request, dialog, form, act, {"here": "mails.templates"})


@screen("mail.view", write="mail.edit")
def template_switch(request: HttpRequest, key: str, channel: str, language: str) -> HttpResponse:
    """Send this message, or do not send it any more."""
    require(request.user, "mail.edit")
    view = _view(key, channel, language)
    dialog = Dialog(
        title=(gettext("Stop sending “%(label)s”?") if view.is_on else gettext("Send “%(label)s” again?"))
        % {"label": view.label},
        consequence=_("Nobody who reads this language gets it any more, until you switch it on again.")
        if view.is_on
        else _("It is sent from the next time on; what was not sent meanwhile stays unsent."),
        submit=_("Switch off") if view.is_on else _("Switch on"),
        back=reverse("backoffice:mail_template", args=[key, channel, language]),
        danger=view.is_on,
    )

    def act(values: dict[str, Any]) -> Done:
        switch(key=key, channel=channel, language=language, on=not view.is_on, actor=actor_of(request))
        return Done(gettext("Switched off") if view.is_on else gettext("Switched on"))

    form = forms.Form(request.POST if request.method == "POST" else None)
    return run_verb(request, dialog, form, act, {"here": "mails.templates"})


class TestForm(forms.Form):
    to = Line(label=_("To"), max_length=254)
    order = forms.ChoiceField(label=_("About the order"), required=False)

    def __init__(self, *args: Any, orders: list[tuple[int, str]], channel: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.channel = channel
        self.fields["order"].choices = [("", _("Sample data")), *((str(pk), f"#{number}") for pk, number in orders)]  # type: ignore[attr-defined]
        if not orders:
            del self.fields["order"]

    def clean_to(self) -> str:
        """A number is written as people write it, without its country too."""
        to = str(self.cleaned_data["to"])
        found = phone_of(to) if self.channel == Channel.SMS else email_of(to)
        if not found:
            raise forms.ValidationError(
                _("This is not a phone number.") if self.channel == Channel.SMS else _("This is not an e-mail address.")
            )
        return found


@screen("mail.view", write="mail.edit")
def template_test(request: HttpRequest, key: str, channel: str, language: str) -> HttpResponse:
    """Send the saved words to oneself."""
    require(request.user, "mail.edit")
    view = _view(key, channel, language)
    dialog = Dialog(
        title=gettext("Send “%(label)s” as a test") % {"label": view.label},
        consequence=_("The words as they are saved."),
        submit=_("Send"),
        back=reverse("backoffice:mail_template", args=[key, channel, language]),
    )
    mine = getattr(request.user, "phone" if channel == Channel.SMS else "email", "") or ""
    form = TestForm(
        request.POST if request.method == "POST" else None,
        initial={"to": mine},
        orders=_orders(request, view),
        channel=channel,
    )

    def act(values: dict[str, Any]) -> Done:
        send_test(
            key=key,
            channel=channel,
            language=language,
            to=values["to"],
            context=_real(request, language),
            actor=actor_of(request),
        )
        return Done(gettext("The test is on its way to %(to)s") % {"to": values["to"]})

    return run_verb(request, dialog, form, act, {"here": "mails.templates"})


@screen("mail.view", write="mail.edit")
def template_version(request: HttpRequest, key: str, channel: str, language: str, version_id: int) -> HttpResponse:
    """Words that were saved before, beside those in use; a POST uses them again."""
    view = _view(key, channel, language)
    found = version(version_id, key=key, channel=channel, language=language)
    if request.method == "POST":
        restore_version(version_id=version_id, key=key, channel=channel, language=language, actor=actor_of(request))
        toast(request, gettext("These words are in use again"))
        return go_to(request, reverse("backoffice:mail_template", args=[key, channel, language]))
    context = {
        "here": "mails.templates",
        "view": view,
        "version": found,
        "who": actor_names([found.saved_by])[found.saved_by],
        "may_edit": allowed(request.user, "mail.edit"),
    }
    return render(request, "backoffice/mails/version.html", context)
