"""Discounts at the desk: what runs, what it says, its codes, and what it gave."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import get_language, gettext, pgettext
from django.utils.translation import gettext_lazy as _

from duli.base.clock import now
from duli.base.errors import DuliError, NotFound
from duli.base.text import without_control
from duli.commerce.checkout.forecast import forecast
from duli.commerce.flash_sales.monitor import flash_promotions, sale_of_promotion
from duli.commerce.promotions import selectors, services
from duli.commerce.promotions.models import Batch, Code, Promotion
from duli.commerce.promotions.rules import clean as clean_rules
from duli.commerce.promotions.types import MAXIMUM_CODES
from duli.platform.accounts.limits import sees
from duli.platform.accounts.permissions import allowed, require
from duli.platform.store.selectors import current_store
from duli.web.backoffice.access import actor_of, screen
from duli.web.backoffice.discount_form import MOST, DiscountForm, initial_of
from duli.web.backoffice.discount_goals import GOALS, goal_of
from duli.web.backoffice.discount_words import facets_in, sentence_of, state_pill
from duli.web.backoffice.kit.dialogs import Dialog, Done, answered, note_error, run_verb
from duli.web.backoffice.kit.facets import facet_names, find_facets
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
    rows, more = selectors.promotion_list(state=state, query=query, after=after, without=flash_promotions())
    names = facet_names({facet for row in rows for facet in facets_in(row.rules)})
    context = {
        **HERE,
        "rows": [(row, _sentence(row, names), state_pill(row.state)) for row in rows],
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
    return render(request, "backoffice/discounts/goals.html", {**HERE, "goals": GOALS.items()})


@screen("promotions.view", write="promotions.edit")
def discount_new(request: HttpRequest, goal: str) -> HttpResponse:
    require(request.user, "promotions.edit")
    if goal not in GOALS:
        raise NotFound()
    form = DiscountForm(
        request.POST if request.method == "POST" else None, goal=goal, currency=current_store().default_currency
    )

    def act() -> HttpResponse:
        code = form.cleaned_data.get("code", "")
        row = services.save_with_code(draft=form.draft(), code=code, actor=actor_of(request))
        toast(request, gettext("“%(name)s” was saved") % {"name": row.name})
        return HttpResponseRedirect(_url(row.pk))

    return _editor(request, form, act, {"title": GOALS[goal].label, "back": reverse("backoffice:discounts")})


@screen("promotions.view", write="promotions.edit")
def discount_edit(request: HttpRequest, promotion_id: int) -> HttpResponse:
    require(request.user, "promotions.edit")
    row, currency = selectors.promotion_by_id(promotion_id), current_store().default_currency
    if (sale_id := sale_of_promotion(promotion_id)) is not None:
        # The price of a flash sale is changed with the sale.
        return HttpResponseRedirect(reverse("backoffice:flash_sale_edit", args=[sale_id]))
    form = DiscountForm(
        request.POST if request.method == "POST" else None, goal=goal_of(row), currency=currency, row=row
    )
    guard = Guard(request, form, lambda: initial_of(selectors.promotion_by_id(promotion_id), currency))

    def act() -> HttpResponse:
        services.save_promotion(draft=form.draft(), promotion_id=row.pk, actor=actor_of(request), seen=guard.check)
        toast(request, gettext("Saved"))
        return HttpResponseRedirect(_url(row.pk))

    context = {"title": gettext("Discount “%(name)s”") % {"name": row.name}, "back": _url(row.pk), "row": row}
    return _editor(request, form, act, context, guard)


def _editor(
    request: HttpRequest,
    form: DiscountForm,
    act: Callable[[], HttpResponse],
    context: dict[str, Any],
    guard: Guard | None = None,
) -> HttpResponse:
    done, status = answered(request, form, act)
    if done is not None:
        return done
    if guard is not None:
        context["seen"] = guard.mark
    context |= {**HERE, "form": form, "goal": form.goal, "card": GOALS[form.goal], **_told(form, request.method)}
    return render(request, "backoffice/discounts/editor.html", context, status=status)


@screen("promotions.edit", methods=("POST",))
def discount_sentence(request: HttpRequest, goal: str) -> HttpResponse:
    """What the fields say so far, in one sentence, and how many goods that means."""
    if goal not in GOALS:
        raise NotFound()
    form = DiscountForm(request.POST, goal=goal, currency=current_store().default_currency)
    return render(request, "backoffice/discounts/sentence.html", _told(form, "POST"))


def posted_form(request: HttpRequest, goal: str) -> DiscountForm:
    """Return the editor's form as it stands; `discount` in the address says which one is edited. NotFound."""
    if goal not in GOALS:
        raise NotFound()
    edited = request.GET.get("discount", "")
    row = selectors.promotion_by_id(int(edited)) if edited.isascii() and edited.isdigit() and len(edited) < 19 else None
    if row is not None and goal_of(row) != goal:
        raise NotFound()
    return DiscountForm(request.POST, goal=goal, currency=current_store().default_currency, row=row)


def drafted_by(form: DiscountForm) -> Promotion | None:
    """Return the discount that a form says, unsaved; None where something is wrong with it still."""
    form.fields["name"].required = False
    if not form.is_valid():
        return None
    draft = form.draft()
    try:
        return services.drafted(
            draft=replace(draft, name=draft.name or gettext("This discount")),
            promotion_id=form.row.pk if form.row else None,
        )
    except DuliError as error:
        note_error(form, error)
        return None


@screen("promotions.edit", methods=("POST",))
def discount_forecast(request: HttpRequest, goal: str) -> HttpResponse:
    """What the discount of the form would have given on the orders of the last days."""
    row = drafted_by(posted_form(request, goal))
    context = {
        "asked": True,
        "forecast": forecast(row, get_language() or "en") if row is not None else None,
        "sees_margin": sees(request.user, "cost"),
    }
    return render(request, "backoffice/discounts/forecast.html", context)


def _told(form: DiscountForm, method: str | None) -> dict[str, Any]:
    """Return the sentence of a form that is filled in, or of what is stored; nothing where it says nothing yet."""
    if method == "POST":
        form.errors  # noqa: B018 - what is wrong does not matter here, what is right does
        try:
            rules = clean_rules(form.rules())
        except (DuliError, KeyError, TypeError, ArithmeticError):
            return {"sentence": ""}
        coded = bool(form.cleaned_data.get("needs_code") or form.cleaned_data.get("code"))
        for_birthdays = bool(form.cleaned_data.get("for_birthdays"))
    elif form.row is not None:
        rules, coded = form.row.rules, form.row.needs_code
        for_birthdays = form.row.birthday_before is not None
    else:
        return {"sentence": ""}
    on_shelf = form.row.on_shelf if form.row else GOALS[form.goal].on_shelf
    return {
        "sentence": sentence_of(
            rules,
            needs_code=coded,
            on_shelf=on_shelf,
            names=facet_names(facets_in(rules)),
            for_birthdays=for_birthdays,
        ),
        "reach": selectors.reach(rules),
    }


@screen("promotions.view", methods=("GET", "HEAD"))
def facet_picker(request: HttpRequest) -> HttpResponse:
    """What fits the words that are typed into a box of goods."""
    name = request.GET.get("name", "")[:40]
    query = without_control(request.GET.get(f"{name}_find", ""))[:100].strip()
    found = find_facets(query) if query else []
    return render(request, "backoffice/kit/facet_found.html", {"found": found, "query": query, "name": name})


def _sentence(row: Any, names: Mapping[str, str]) -> str:
    return sentence_of(
        row.rules,
        needs_code=row.needs_code,
        on_shelf=row.on_shelf,
        names=names,
        for_birthdays=row.birthday_before is not None,
    )


def _url(promotion_id: int) -> str:
    return reverse("backoffice:discount", args=[promotion_id])


@screen("promotions.view", methods=("GET", "HEAD"))
def discount_page(request: HttpRequest, promotion_id: int) -> HttpResponse:
    """One discount: its sentence, its codes and what it gave."""
    row = selectors.promotion_by_id(promotion_id)
    if (sale_id := sale_of_promotion(promotion_id)) is not None:
        return HttpResponseRedirect(reverse("backoffice:flash_sale", args=[sale_id]))
    state = selectors.state_of(row, now())
    codes = list(Code.objects.filter(promotion=row, batch__isnull=True, customer__isnull=True)[:CODES])
    context = {
        **HERE,
        "row": row,
        "sentence": _sentence(row, facet_names(facets_in(row.rules))),
        "pill": state_pill(state),
        "codes": codes,
        "batches": list(Batch.objects.filter(promotion=row)[:20]),
        "usage": selectors.usage(row.pk),
        "given": selectors.given_to_customers(row.pk) if row.needs_code else (0, 0),
        "may_edit": allowed(request.user, "promotions.edit"),
    }
    return render(request, "backoffice/discounts/detail.html", context)


@screen("promotions.view", write="promotions.edit", methods=("POST",))
def discount_switch(request: HttpRequest, promotion_id: int) -> HttpResponse:
    """Switch it on, or off from this second on."""
    row = selectors.promotion_by_id(promotion_id)
    if sale_of_promotion(row.pk) is not None:
        raise NotFound()
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
            yield [code.text, str(code.used), str(code.limit or ""), "" if code.is_active else switched_off]

    switched_off = gettext("Switched off")
    titles = (
        gettext("Discount code"),
        pgettext("discount", "Used"),
        gettext("Good for so many orders"),
        gettext("State"),
    )
    return table_answer(f"codes-{row.pk}", form, titles, rows())


@screen("promotions.view", write="promotions.edit")
def discount_delete(request: HttpRequest, promotion_id: int) -> HttpResponse:
    require(request.user, "promotions.edit")
    row = selectors.promotion_by_id(promotion_id)
    if (sale_id := sale_of_promotion(row.pk)) is not None:
        return HttpResponseRedirect(reverse("backoffice:flash_sale", args=[sale_id]))
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
