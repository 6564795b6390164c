"""Legal texts: the pages every shop needs, in each of its languages; and the addresses it answers to."""

from __future__ import annotations

from dataclasses import dataclass

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from duli.base.errors import NotFound
from duli.growth.content.models import Page
from duli.growth.content.selectors import page_texts
from duli.growth.content.services import save_legal_text
from duli.growth.content.types import LEGAL_HANDLES
from duli.platform.accounts.permissions import allowed
from duli.platform.store.selectors import languages
from duli.web.backoffice.access import actor_of, screen
from duli.web.backoffice.kit.dialogs import answered, go_to
from duli.web.backoffice.kit.forms import Line, Prose
from duli.web.backoffice.kit.seen import Guard
from duli.web.backoffice.kit.toasts import toast
from duli.web.backoffice.shell import Words, render


@dataclass(frozen=True, slots=True)
class LegalKind:
    """One text; `handle` is its address on the shop."""

    handle: str
    label: Words
    help: Words


_SAID = {
    "terms": (_("Terms of sale"), _("What shoppers agree to when they order.")),
    "privacy": (_("Privacy policy"), _("Which personal data you keep, why, and for how long.")),
    "returns": (_("Returns and withdrawal"), _("How goods come back, and what it costs.")),
    "shipping": (_("Shipping policy"), _("Where parcels go, how long they take, what they cost.")),
    "imprint": (_("Imprint"), _("Who runs the shop; needed in the European Union.")),
}
KINDS = tuple(LegalKind(handle, *_SAID[handle]) for handle in LEGAL_HANDLES)


@screen("settings.view", methods=("GET", "HEAD"))
def settings_legal(request: HttpRequest) -> HttpResponse:
    names = dict(settings.LANGUAGES)
    spoken = [(code, str(names.get(code, code))) for code in languages()]
    found = {kind.handle: page_texts(kind.handle) for kind in KINDS}
    rows = [
        (kind, [(code, name, bool(found[kind.handle].get(code, ("", ""))[1])) for code, name in spoken])
        for kind in KINDS
    ]
    return render(request, "backoffice/settings/legal.html", {"here": "settings", "rows": rows})


class LegalForm(forms.Form):
    title = Line(label=_("Title"), max_length=200)
    body = Prose(label=_("Text"), max_length=200_000, required=False, rows=16)


@screen("settings.view", write="settings.edit")
def settings_legal_text(request: HttpRequest, handle: str, language: str) -> HttpResponse:
    kind = next((kind for kind in KINDS if kind.handle == handle), None)
    if kind is None or language not in languages():
        raise NotFound()

    def stored() -> dict[str, str]:
        title, body = page_texts(handle).get(language, ("", ""))
        return {"title": title or str(kind.label), "body": body}

    form = LegalForm(request.POST if request.method == "POST" else None, initial=stored())
    guard = Guard(request, form, stored)

    def act() -> HttpResponse:
        save_legal_text(
            handle=handle,
            language=language,
            title=form.cleaned_data["title"],
            body_html=form.cleaned_data["body"],
            menu=Page.Menu.HELP,
            actor=actor_of(request),
            seen=guard.check,
        )
        toast(request, gettext("Saved"))
        return go_to(request, request.path)

    done, status = answered(request, form, act)
    if done is not None:
        return done
    context = {
        "here": "settings",
        "kind": kind,
        "form": form,
        "seen": guard.mark,
        "language": dict(settings.LANGUAGES).get(language, language),
        "may_edit": allowed(request.user, "settings.edit"),
        "dirty": status != 200,
    }
    return render(request, "backoffice/settings/legal_text.html", context, status=status)


@screen("settings.view", methods=("GET", "HEAD"))
def settings_domains(request: HttpRequest) -> HttpResponse:
    """Read only: addresses are set where the shop runs, not on a page that could lock everybody out."""
    context = {
        "here": "settings",
        "public_url": settings.PUBLIC_URL,
        "is_https": settings.PUBLIC_URL.startswith("https://"),
        "hosts": list(dict.fromkeys(host for host in settings.ALLOWED_HOSTS if host)),
        "origins": settings.CSRF_TRUSTED_ORIGINS,
        "this_host": request.get_host(),
    }
    return render(request, "backoffice/settings/domains.html", context)
