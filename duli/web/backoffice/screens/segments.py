"""Segments: groups that customers belong to by what they bought and said."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from duli.base.errors import DuliError
from duli.commerce.customers import selectors
from duli.commerce.customers.segments import clean
from duli.commerce.customers.services import delete_segment, save_segment
from duli.platform.accounts.permissions import allowed
from duli.web.backoffice.access import actor_of, screen
from duli.web.backoffice.kit.dialogs import Dialog, Done, answered, run_verb
from duli.web.backoffice.kit.seen import Guard
from duli.web.backoffice.kit.toasts import toast
from duli.web.backoffice.segment_form import SegmentForm, initial_of, sentence_of
from duli.web.backoffice.shell import render

HERE = {"here": "customers.segments"}


@screen("customers.view", methods=("GET", "HEAD"))
def segment_list(request: HttpRequest) -> HttpResponse:
    """Every segment by name, with who is meant."""
    context = {
        **HERE,
        "rows": [(row, sentence_of(row.rules)) for row in selectors.segments()],
        "may_edit": allowed(request.user, "customers.edit"),
    }
    return render(request, "backoffice/segments/list.html", context)


@screen("customers.edit")
def segment_new(request: HttpRequest) -> HttpResponse:
    form = SegmentForm(request.POST if request.method == "POST" else None)

    def act() -> str:
        row = save_segment(name=form.cleaned_data["name"], rules=form.rules(), actor=actor_of(request))
        return gettext("“%(name)s” was saved") % {"name": row.name}

    return _editor(request, form, act, {"title": _("New segment")})


@screen("customers.edit")
def segment_edit(request: HttpRequest, segment_id: int) -> HttpResponse:
    row = selectors.segment_by_id(segment_id)
    form = SegmentForm(request.POST if request.method == "POST" else None, row=row)
    guard = Guard(request, form, lambda: initial_of(selectors.segment_by_id(segment_id)))

    def act() -> str:
        save_segment(
            name=form.cleaned_data["name"],
            rules=form.rules(),
            segment_id=row.pk,
            actor=actor_of(request),
            seen=guard.check,
        )
        return gettext("Saved")

    return _editor(request, form, act, {"title": row.name, "row": row}, guard)


def _editor(
    request: HttpRequest,
    form: SegmentForm,
    act: Callable[[], str],
    context: dict[str, Any],
    guard: Guard | None = None,
) -> HttpResponse:
    def done_with() -> HttpResponse:
        toast(request, act())
        return HttpResponseRedirect(reverse("backoffice:segments"))

    done, status = answered(request, form, done_with)
    if done is not None:
        return done
    if guard is not None:
        context["seen"] = guard.mark
    context |= {**HERE, "form": form, "back": reverse("backoffice:segments"), **_told(form)}
    return render(request, "backoffice/segments/editor.html", context, status=status)


@screen("customers.edit", methods=("POST",))
def segment_count(request: HttpRequest) -> HttpResponse:
    """Who is meant by the fields so far, and how many that are now."""
    return render(request, "backoffice/segments/count.html", _told(SegmentForm(request.POST)))


def _told(form: SegmentForm) -> dict[str, Any]:
    """Return the sentence of a form that is filled in, or of what is stored; nothing where it narrows nothing."""
    if form.is_bound:
        form.errors  # noqa: B018 - what is wrong does not matter here, what is right does
        try:
            rules = clean(form.rules())
        except DuliError:
            return {"sentence": ""}
    elif form.row is not None:
        rules = form.row.rules
    else:
        return {"sentence": ""}
    found = selectors.in_segment(rules)
    return {
        "sentence": sentence_of(rules),
        "count": found.count(),
        "signed_in": found.filter(user__isnull=False).count(),
    }


@screen("customers.edit")
def segment_delete(request: HttpRequest, segment_id: int) -> HttpResponse:
    row = selectors.segment_by_id(segment_id)
    dialog = Dialog(
        title=gettext("Delete “%(name)s”?") % {"name": row.name},
        consequence=_("Customers stay as they are; only the group is gone."),
        submit=_("Delete"),
        back=reverse("backoffice:segments"),
        danger=True,
    )

    def act(values: dict[str, Any]) -> Done:
        delete_segment(segment_id=row.pk, actor=actor_of(request))
        return Done(gettext("The segment is gone"))

    return run_verb(request, dialog, forms.Form(request.POST if request.method == "POST" else None), act, HERE)
