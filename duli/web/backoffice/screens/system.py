"""Jobs and health: what waits, runs and failed, what runs by the clock, and how the machine stands."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from duli.platform.accounts.permissions import allowed, require
from duli.platform.jobs import selectors as jobs
from duli.platform.jobs.services import discard_all, discard_job, retry_all, retry_job
from duli.web.backoffice.access import actor_of, screen
from duli.web.backoffice.job_words import job_words
from duli.web.backoffice.kit.dialogs import Dialog, Done, run_verb
from duli.web.backoffice.selectors import system as reads
from duli.web.backoffice.selectors.home import failed_mails
from duli.web.backoffice.shell import render

STATES = {"failed": _("Failed"), "running": _("Running"), "ready": _("In line"), "done": _("Done")}


@screen("system.view", methods=("GET", "HEAD", "POST"))
def system(request: HttpRequest) -> HttpResponse:
    """The page; a POST examines everything, which takes seconds, and changes nothing."""
    state = request.GET.get("jobs", "failed")
    state = state if state in STATES else "failed"
    context = {
        "here": "settings",
        "numbers": jobs.numbers(),
        "state": state,
        "states": STATES,
        "rows": jobs.job_list(state=state, limit=50),
        "schedule": jobs.schedule(),
        "facts": reads.facts(),
        "findings": reads.examine() if request.method == "POST" else [],
        "failed_mails": failed_mails() if allowed(request.user, "mail.view") else None,
        "may_manage": allowed(request.user, "system.manage"),
    }
    return render(request, "backoffice/settings/system.html", context)


@screen("system.view", methods=("GET", "HEAD"))
def system_job(request: HttpRequest, job_id: str) -> HttpResponse:
    job = jobs.job_by_id(job_id)
    context = {
        "here": "settings",
        "job": job,
        "arguments": json.dumps(job.arguments, ensure_ascii=False, indent=1),
        "failed": job.status == "FAILED",
        "may_manage": allowed(request.user, "system.manage"),
    }
    return render(request, "backoffice/settings/job.html", context)


def _dialog(request: HttpRequest, dialog: Dialog, verb: Callable[[], str]) -> HttpResponse:
    def act(values: dict[str, Any]) -> Done:
        return Done(verb())

    form = forms.Form(request.POST if request.method == "POST" else None)
    return run_verb(request, dialog, form, act, {"here": "settings"})


@screen("system.view", write="system.manage")
def system_job_deed(request: HttpRequest, job_id: str, deed: str) -> HttpResponse:
    """Try one failed job again, or forget it."""
    require(request.user, "system.manage")
    job = jobs.job_by_id(job_id)
    again = deed == "retry"
    dialog = Dialog(
        title=(gettext("Try “%(job)s” again?") if again else gettext("Discard “%(job)s”?"))
        % {"job": job_words(job.name)},
        consequence=_("It starts from the beginning, with all its tries.")
        if again
        else _("What it should have done will not be done. This cannot be taken back."),
        submit=_("Try again") if again else _("Discard"),
        back=reverse("backoffice:system"),
        danger=not again,
    )

    def verb() -> str:
        (retry_job if again else discard_job)(job_id=job_id, actor=actor_of(request))
        return gettext("It is tried again") if again else gettext("Discarded")

    return _dialog(request, dialog, verb)


@screen("system.view", write="system.manage")
def system_jobs_deed(request: HttpRequest, deed: str) -> HttpResponse:
    """Try everything that failed again, or forget it all."""
    require(request.user, "system.manage")
    again = deed == "retry"
    dialog = Dialog(
        title=_("Try all failed jobs again?") if again else _("Discard all failed jobs?"),
        consequence=_("Each starts from the beginning.")
        if again
        else _("What they should have done will not be done. This cannot be taken back."),
        submit=_("Try all again") if again else _("Discard all"),
        back=reverse("backoffice:system"),
        danger=not again,
    )

    def verb() -> str:
        count = (retry_all if again else discard_all)(actor=actor_of(request))
        words = (
            ngettext("%(count)s job is tried again", "%(count)s jobs are tried again", count)
            if again
            else ngettext("%(count)s job discarded", "%(count)s jobs discarded", count)
        )
        return words % {"count": count}

    return _dialog(request, dialog, verb)
