"""Why goods come back, in the merchant's words and every language of the shop."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext

from duli.base.errors import DuliError, sentence
from duli.commerce.orders.return_reasons import Reason, reasons
from duli.commerce.orders.services import save_reasons
from duli.commerce.orders.services.policy import LONGEST_REASON, MOST_REASONS
from duli.platform.accounts.permissions import allowed
from duli.platform.store.selectors import languages
from duli.web.backoffice.access import screen
from duli.web.backoffice.kit.dialogs import go_to, note_error
from duli.web.backoffice.kit.seen import Guard, Overtaken
from duli.web.backoffice.kit.toasts import toast
from duli.web.backoffice.shell import render

NEW_ROWS = 3


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: its place, code, words by language, and whether it is offered."""

    place: int
    code: str
    texts: tuple[tuple[str, str, str], ...]
    is_hidden: bool


def _typed(request: HttpRequest, spoken: tuple[str, ...]) -> list[Reason]:
    """Return the rows as they were typed; empty new rows are left out."""
    found = []
    for place in range(MOST_REASONS + NEW_ROWS):
        code = request.POST.get(f"code-{place}", "")[:20]
        texts = {language: request.POST.get(f"text-{place}-{language}", "")[:400] for language in spoken}
        if code or any(text.strip() for text in texts.values()):
            found.append(Reason(code, texts, f"hidden-{place}" in request.POST))
    return found


def _in_words(rows: Iterable[Reason]) -> str:
    """Return the reasons as somebody reads them who wrote others meanwhile."""
    words = [" / ".join(row.texts.values()) + (f" ({gettext('hidden')})" if row.is_hidden else "") for row in rows]
    return ", ".join(words)


@screen("settings.view", write="settings.edit")
def settings_reasons(request: HttpRequest) -> HttpResponse:
    spoken = languages()
    rows, problem, status = reasons(spoken), "", 200
    form = forms.Form(request.POST)
    guard = Guard(request, form, lambda: {"reasons": _in_words(reasons(spoken))})
    known = {row.code for row in rows}
    if request.method == "POST":
        rows = _typed(request, spoken)
        try:
            # A code that nobody gave out is a new reason: nobody writes codes by hand.
            save_reasons(
                reasons=[Reason(row.code if row.code in known else "", row.texts, row.is_hidden) for row in rows],
                seen=guard.check,
            )
        except Overtaken as error:
            note_error(form, error)
            status = error.status
        except DuliError as error:
            problem, status = sentence(error), error.status
        else:
            toast(request, gettext("Saved"))
            return go_to(request, request.path)
    names = {code: str(name) for code, name in settings.LANGUAGES}
    shown = [*rows, *(Reason("") for _ in range(NEW_ROWS))]
    context = {
        "here": "settings",
        "languages": [(code, names.get(code, code)) for code in spoken],
        "rows": [
            Row(
                place,
                row.code,
                tuple((code, names.get(code, code), row.texts.get(code, "")) for code in spoken),
                row.is_hidden,
            )
            for place, row in enumerate(shown)
        ],
        "form": form,
        "seen": guard.mark,
        "problem": problem,
        "longest": LONGEST_REASON,
        "may_edit": allowed(request.user, "settings.edit"),
        "dirty": status != 200,
    }
    return render(request, "backoffice/settings/reasons.html", context, status=status)
