"""Discounts at the desk: what runs, what it says, its codes, and what it gave."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from duli.base.clock import now
from duli.base.errors import NotFound
from duli.commerce.promotions import selectors, services
from duli.commerce.promotions.models import Batch, Code
from duli.commerce.promotions.types import MAXIMUM_CODES
from duli.platform.accounts.permissions import allowed, require
from duli.platform.store.selectors import current_store
from duli.web.backoffice.access import actor_of, screen
from duli.web.backoffice.discount_form import GOALS, MOST, DiscountForm, goal_of, initial_of
from duli.web.backoffice.discount_words import sentence_of, state_pill
from duli.web.backoffice.kit.dialogs import Dialog, Done, run_verb
from duli.web.backoffice.kit.forms import Line
from duli.web.backoffice.kit.seen import Guard
from duli.web.backoffice.kit.tables import table_answer
from duli.web.backoffice.kit.toasts import toast
from duli.web.backoffice.shell import render

STATES = (
    ("", _("All")),
    ("running", _("Running")),
    ("scheduled", _("Not begun yet")),
    ("ended", _("Over")),
    ("off", _("Switched off")),
)
HERE = {"here": "marketing.discounts"}
CODES = 50


@screen("promotions.view", methods=("GET", "HEAD"))
def discount_list(request: HttpRequest) -> HttpResponse:
    """Every discount, newest first."""
    query, state, after = (request.GET.get(name, "")[:100] for name in ("q", "state", "after"))
    rows, more = selectors.promotion_list(state=state, query=query, after=after)
    context = {
        **HERE,
        "rows": [(row, sentence_of(row.rules, needs_code=row.needs_code), state_pill(row.state)) for row in rows],
        "more": more,
        "query": query,
        "state": state,
        "states": [(value, label, value == state) for value, label in STATES],
        "may_edit": allowed(request.user, "promotions.edit"),
    }
    return render(request, "backoffice/discounts/list.html", context)


@screen("promotions.view", methods=("GET", "HEAD"))
def discount_goals(request: HttpRequest) -> HttpResponse:
    """What it shall do: a card a goal."""
    require(request.user, "promotions.edit")
    goals = [(goal, label, words) for goal, (_kind, label, words) in GOALS.items()]
    return render(request, "backoffice/discounts/goals.html", {**HERE, "goals": goals})


@screen("promotions.view", write="promotions.edit")
def discount_new(request: HttpRequest, goal: str) -> HttpResponse:
    require(request.user, "promotions.edit")
    if goal not in GOALS:
        raise NotFound()
    form = DiscountForm(
        request.POST if request.method == "POST" else None, goal=goal, currency=current_store().default_currency
    )
    dialog = Dialog(
        title=GOALS[goal][1],
        consequence=GOALS[goal][2],
        submit=_("Save discount"),
        back=reverse("backoffice:discounts"),
        wide=True,
        template="backoffice/discounts/form.html",
    )

    def act(values: dict[str, Any]) -> Done:
        code = values.get("code", "")
        row = services.save_with_code(draft=form.draft(), code=code, actor=actor_of(request))
        return Done(gettext("“%(name)s” was saved") % {"name": row.name}, _url(row.pk))

    return run_verb(request, dialog, form, act, HERE)


@screen("promotions.view", write="promotions.edit")
def discount_edit(request: HttpRequest, promotion_id: int) -> HttpResponse:
    require(request.user, "promotions.edit")
    row, currency = selectors.promotion_by_id(promotion_id), current_store().default_currency
    form = DiscountForm(
        request.POST if request.method == "POST" else None, goal=goal_of(row.rules), currency=currency, row=row
    )
    guard = Guard(request, form, lambda: initial_of(selectors.promotion_by_id(promotion_id), currency))
    dialog = Dialog(
        title=gettext("Discount “%(name)s”") % {"name": row.name},
        consequence=_("It changes at once, also while it runs. Orders keep what they were given."),
        submit=_("Save"),
        back=_url(row.pk),
        wide=True,
        template="backoffice/discounts/form.html",
    )

    def act(values: dict[str, Any]) -> Done:
        services.save_promotion(draft=form.draft(), promotion_id=row.pk, actor=actor_of(request), seen=guard.check)
        return Done(gettext("Saved"))

    return run_verb(request, dialog, form, act, HERE, guard=guard)


def _url(promotion_id: int) -> str:
    return reverse("backoffice:discount", args=[promotion_id])


@screen("promotions.view", methods=("GET", "HEAD"))
def discount_page(request: HttpRequest, promotion_id: int) -> HttpResponse:
    """One discount: its sentence, its codes and what it gave."""
    row = selectors.promotion_by_id(promotion_id)
    state = selectors.state_of(row, now())
    codes = list(Code.objects.filter(promotion=row, batch__isnull=True)[:CODES])
    context = {
        **HERE,
        "row": row,
        "sentence": sentence_of(row.rules, needs_code=row.needs_code),
        "pill": state_pill(state),
        "codes": codes,
        "batches": list(Batch.objects.filter(promotion=row)[:20]),
        "usage": selectors.usage(row.pk),
        "may_edit": allowed(request.user, "promotions.edit"),
    }
    return render(request, "backoffice/discounts/detail.html", context)


@screen("promotions.view", write="promotions.edit", methods=("POST",))
def discount_switch(request: HttpRequest, promotion_id: int) -> HttpResponse:
    """Switch it on, or off from this second on."""
    row = selectors.promotion_by_id(promotion_id)
    active = request.POST.get("active") == "1"
    services.set_active(promotion_id=row.pk, active=active, actor=actor_of(request))
    toast(request, gettext("It runs again") if active else gettext("It is switched off"))
    return HttpResponseRedirect(_url(row.pk))


class CodeForm(forms.Form):
    code = Line(label=_("Discount code"), max_length=40, help_text=_("Shoppers may write it large or small."))
    limit = forms.IntegerField(
        label=_("Good for so many orders"),
        required=False,
        min_value=1,
        max_value=10**9,
        help_text=_("Empty: no limit."),
    )


class BatchForm(forms.Form):
    wanted = forms.IntegerField(label=_("How many"), min_value=1, max_value=MAXIMUM_CODES)
    beginning = Line(label=_("Beginning"), max_length=16, required=False, help_text=_("Such as VIP-"))
    length = forms.IntegerField(label=_("Signs after it"), min_value=6, max_value=20, initial=10)
    limit = forms.IntegerField(label=_("Orders each is good for"), min_value=1, max_value=MOST // 2, initial=1)


@screen("promotions.view", write="promotions.edit")
def discount_code(request: HttpRequest, promotion_id: int) -> HttpResponse:
    """Add a code that all may use."""
    require(request.user, "promotions.edit")
    row = selectors.promotion_by_id(promotion_id)
    dialog = Dialog(title=_("Add a code"), submit=_("Add"), back=_url(row.pk))
    form = CodeForm(request.POST if request.method == "POST" else None)

    def act(values: dict[str, Any]) -> Done:
        services.add_code(promotion_id=row.pk, text=values["code"], limit=values["limit"], actor=actor_of(request))
        return Done(gettext("The code was added"))

    return run_verb(request, dialog, form, act, HERE)


@screen("promotions.view", write="promotions.edit")
def discount_batch(request: HttpRequest, promotion_id: int) -> HttpResponse:
    """Have many codes made, each for itself."""
    require(request.user, "promotions.edit")
    row = selectors.promotion_by_id(promotion_id)
    dialog = Dialog(
        title=_("Generate codes"),
        consequence=_("A job makes them; then they can be downloaded."),
        submit=_("Generate"),
        back=_url(row.pk),
    )
    form = BatchForm(request.POST if request.method == "POST" else None)

    def act(values: dict[str, Any]) -> Done:
        services.generate_codes(promotion_id=row.pk, actor=actor_of(request), **values)
        return Done(gettext("The codes are being made"))

    return run_verb(request, dialog, form, act, HERE)


@screen("promotions.edit", methods=("GET", "HEAD"))
def discount_codes_export(request: HttpRequest, promotion_id: int, form: str) -> HttpResponse:
    """All codes with how often each was used."""
    row = selectors.promotion_by_id(promotion_id)

    def rows() -> Iterator[list[str]]:
        for code in Code.objects.filter(promotion=row).iterator(chunk_size=2000):
            yield [code.text, str(code.used), str(code.limit or ""), "" if code.is_active else "off"]

    return table_answer(f"codes-{row.pk}", form, ("Code", "Used", "Limit", "State"), rows())


@screen("promotions.view", write="promotions.edit")
def discount_delete(request: HttpRequest, promotion_id: int) -> HttpResponse:
    require(request.user, "promotions.edit")
    row = selectors.promotion_by_id(promotion_id)
    dialog = Dialog(
        title=gettext("Delete “%(name)s”?") % {"name": row.name},
        consequence=_("Its codes go with it. One that orders have used can only be switched off."),
        submit=_("Delete"),
        back=_url(row.pk),
        danger=True,
    )

    def act(values: dict[str, Any]) -> Done:
        services.delete_promotion(promotion_id=row.pk, actor=actor_of(request))
        return Done(gettext("The discount is gone"), reverse("backoffice:discounts"))

    return run_verb(request, dialog, forms.Form(request.POST if request.method == "POST" else None), act, HERE)
