"""Chinese tax invoices: who asked for one, what was issued, and what has to be taken back."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.timezone import localdate
from django.utils.translation import get_language, gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from duli.base.errors import DuliError, NotFound, sentence
from duli.commerce.fapiao import selectors as reads
from duli.commerce.fapiao.models import FapiaoRequest
from duli.commerce.fapiao.services import ask, decline, hand_over, issue, issue_red, save_settings
from duli.commerce.fapiao.states import TO_DO, FapiaoKind, RequestState, TitleKind
from duli.commerce.fapiao.types import FapiaoWish, InvalidFapiao
from duli.platform.accounts.permissions import allowed, require
from duli.platform.media.private import MAXIMUM_MEGABYTES, private_file
from duli.platform.media.types import FileTooLarge
from duli.web.backoffice.access import actor_of, screen
from duli.web.backoffice.fapiao_words import PROBLEMS, state_pill
from duli.web.backoffice.kit import arranged
from duli.web.backoffice.kit.arranged import ListFile, ListPlace, arranged_for
from duli.web.backoffice.kit.cells import Amount, Link, Pills, Text, When
from duli.web.backoffice.kit.dialogs import Dialog, Done, go_to, run_verb
from duli.web.backoffice.kit.forms import DayInput, Line
from duli.web.backoffice.kit.listing import Column, Empty, Filter, ListState, ResourceList, View, list_response
from duli.web.backoffice.kit.seen import Guard
from duli.web.backoffice.kit.toasts import toast
from duli.web.backoffice.screens.order import back_to
from duli.web.backoffice.screens.order_talk import streamed

HERE = {"here": "orders.fapiao"}
VIEWS = (View("to_do", _("To do")), View("issued", pgettext_lazy("fapiao", "Issued")), View("all", _("All")))
STATES = {"to_do": TO_DO, "issued": (RequestState.ISSUED,)}
FILTERS = (Filter("asked", _("Asked"), kind="days"),)


def _numbers(row: FapiaoRequest) -> str:
    return ", ".join(paper.number for paper in row.papers.all())


def _columns() -> list[Column[FapiaoRequest]]:
    return [
        Column(
            _("Order"), lambda row: Link(f"#{row.order.number}", f"{back_to(row.order_id)}#fapiao", row.order.email)
        ),
        Column(_("Made out to"), lambda row: Text(row.title, row.tax_number), key="title", phone="wide"),
        Column(_("Kind"), lambda row: Text(FapiaoKind(row.kind).label, muted=True), key="kind"),
        Column(_("State"), lambda row: Pills([state_pill(row.state)]), key="state", phone="end"),
        Column(_("To issue"), lambda row: Amount(reads.open_amount(row)), align="end", key="open"),
        Column(_("Asked"), lambda row: When(row.asked_at), key="asked"),
        Column(_("E-mail"), lambda row: Text(row.email), key="email", extra=True),
        Column(_("Address"), lambda row: Text(row.address), key="address", extra=True),
        Column(_("Phone"), lambda row: Text(row.phone), key="phone", extra=True),
        Column(_("Bank"), lambda row: Text(row.bank), key="bank", extra=True),
        Column(_("Account number"), lambda row: Text(row.account), key="account", extra=True),
        Column(_("Numbers"), lambda row: Text(_numbers(row)), key="numbers", extra=True),
    ]


def _rows(state: ListState, after: str, limit: int = 50) -> tuple[list[FapiaoRequest], str]:
    return reads.requests(
        states=STATES.get(state.view, ()),
        query=state.query,
        asked_from=state.day("asked_from"),
        asked_to=state.day("asked_to"),
        after=after,
        limit=limit,
    )


def _state(request: HttpRequest) -> ListState:
    return ListState(request, views=VIEWS, filters=FILTERS)


FAPIAO = arranged.register(
    ListPlace(
        "fapiao",
        "fapiao",
        "orders.view",
        _columns,
        ListFile(
            "orders.export",
            lambda request: _columns(),
            lambda request, after, limit: _rows(_state(request), after, limit),
        ),
    )
)


@screen("orders.view", methods=("GET", "HEAD"))
def fapiao_list(request: HttpRequest) -> HttpResponse:
    state = _state(request)
    rows, after = _rows(state, state.after)
    is_off = not reads.terms().is_offered
    text = (
        _("Shoppers cannot ask for one yet. Switch it on: the form is in the checkout and on their order's page.")
        if is_off
        else _(
            "Shoppers ask in the checkout or on their order's page; what has to be issued or taken back appears here."
        )
    )
    listing = ResourceList(
        state,
        rows=rows,
        columns=_columns(),
        key=lambda row: row.pk,
        label=lambda row: f"#{row.order.number} {row.title}",
        after=after,
        views=VIEWS,
        filters=FILTERS,
        arranged=arranged_for(request, FAPIAO.key),
        search=_("Search by order, fapiao number, title or tax number"),
        caption=_("Fapiao"),
        empty=Empty(
            _("Nothing to do") if state.view == "to_do" and not is_off else _("No fapiao yet"),
            text,
            "file-text",
            _("Switch on") if is_off else "",
            reverse("backoffice:settings_fapiao") if is_off else "",
        ),
    )
    may_set_up = allowed(request.user, "settings.edit")
    services = reads.service_forms() if may_set_up else []
    context = {**HERE, "list": listing, "may_set_up": may_set_up, "services": services}
    return list_response(request, "backoffice/fapiao/list.html", context)


class WishForm(forms.Form):
    title_kind = forms.ChoiceField(label=_("For whom"), choices=TitleKind.choices)
    title = Line(label=_("Made out to"), max_length=100)
    tax_number = Line(
        label=_("Tax number"),
        max_length=30,
        required=False,
        help_text=_("Of a company: 18 characters; the last one is checked."),
    )
    kind = forms.ChoiceField(label=_("Kind"), choices=FapiaoKind.choices)
    email = forms.EmailField(label=_("E-mail"), max_length=254)
    address = Line(label=_("Registered address"), max_length=200, required=False)
    phone = Line(label=_("Registered phone"), max_length=40, required=False)
    bank = Line(label=_("Bank"), max_length=100, required=False)
    account = Line(label=_("Account number"), max_length=40, required=False)


@screen("orders.view", write="orders.manage")
def fapiao_ask(request: HttpRequest, order_id: int) -> HttpResponse:
    """Enter or correct what the shopper wants on the fapiao."""
    require(request.user, "orders.manage")

    def stored() -> dict[str, Any]:
        row = reads.request_of(order_id)
        return {name: getattr(row, name) for name in WishForm.base_fields} if row else {}

    dialog = Dialog(
        title=_("What is on the fapiao"),
        consequence=_("It counts for the next one that is issued; what is issued stays."),
        submit=_("Save"),
        back=f"{back_to(order_id)}#fapiao",
    )
    known = stored()
    form = WishForm(request.POST if request.method == "POST" else None, initial=known)
    guard = Guard(request, form, stored) if known else None

    def act(values: dict[str, Any]) -> Done:
        try:
            ask(order_id=order_id, wish=FapiaoWish(**values), actor=actor_of(request), by_staff=True)
        except InvalidFapiao as error:
            for name, problem in error.problems.items():
                form.add_error(name, str(PROBLEMS.get(f"{name}_{problem}") or PROBLEMS[problem]))
            raise
        return Done(gettext("Saved"))

    return run_verb(request, dialog, form, act, HERE, guard=guard)


class PaperForm(forms.Form):
    number = Line(label=_("Number of the fapiao"), max_length=40, help_text=_("20 digits; older ones have 8."))
    issued_on = forms.DateField(label=_("Day of issue"), widget=DayInput())
    file = forms.FileField(
        label=_("File"),
        required=False,
        help_text=_("The PDF or OFD; the shopper can download it from the order's page."),
        widget=forms.FileInput(attrs={"accept": ".pdf,.ofd,application/pdf"}),
    )

    def paper(self) -> dict[str, Any]:
        """Return number, day and file as the verbs take them. FileTooLarge."""
        values, file = self.cleaned_data, self.cleaned_data.get("file")
        if file is not None and file.size > MAXIMUM_MEGABYTES * 1024 * 1024:
            raise FileTooLarge(name=file.name, megabytes=MAXIMUM_MEGABYTES)
        content, name = (file.read(), file.name) if file is not None else (b"", "")
        return {"number": values["number"], "issued_on": values["issued_on"], "content": content, "name": name}


class RedForm(PaperForm):
    whole = forms.TypedChoiceField(
        label=_("How much"),
        coerce=lambda value: value == "whole",
        choices=[("part", _("What was refunded")), ("whole", _("All of it; a new one is issued then"))],
    )
    field_order = ("whole", "number", "issued_on", "file")


def _form(request: HttpRequest, form: type[PaperForm]) -> PaperForm:
    if request.method == "POST":
        return form(request.POST, request.FILES)
    return form(initial={"issued_on": localdate()})


@screen("orders.view", write="orders.manage")
def fapiao_issue(request: HttpRequest, request_id: int) -> HttpResponse:
    """Write down the fapiao that was issued in the tax office's system."""
    require(request.user, "orders.manage")
    row = reads.request_by_id(request_id)
    amount = reads.open_amount(row).format(get_language() or "en")
    dialog = Dialog(
        title=gettext("Fapiao over %(amount)s") % {"amount": amount},
        consequence=gettext(
            "%(kind)s for %(title)s. Issue it in the tax office's system, then enter its number here; the shopper gets"
            " a mail."
        )
        % {"kind": FapiaoKind(row.kind).label, "title": " ".join(filter(None, [row.title, row.tax_number]))},
        submit=_("Save and tell the shopper"),
        back=f"{back_to(row.order_id)}#fapiao",
        upload=True,
    )
    form = _form(request, PaperForm)

    def act(values: dict[str, Any]) -> Done:
        issue(request_id=request_id, actor=actor_of(request), **form.paper())
        return Done(gettext("Fapiao recorded"))

    return run_verb(request, dialog, form, act, HERE)


@screen("orders.view", write="orders.manage", methods=("POST",))
def fapiao_send(request: HttpRequest, request_id: int) -> HttpResponse:
    """Let the service that is switched on issue it."""
    row = reads.request_by_id(request_id)
    try:
        sending = hand_over(request_id=request_id, actor=actor_of(request))
    except DuliError as error:
        toast(request, sentence(error))
    else:
        toast(request, sending.why or gettext("Handed over. It appears here when it is issued."))
    return go_to(request, f"{back_to(row.order_id)}#fapiao")


@screen("orders.view", write="orders.manage")
def fapiao_red(request: HttpRequest, fapiao_id: int) -> HttpResponse:
    """Write down the red fapiao that takes a blue one back, or a part of it."""
    require(request.user, "orders.manage")
    paper = reads.paper_by_id(fapiao_id)
    if paper is None:
        raise NotFound()
    row = reads.request_by_id(paper.request_id)
    too_much = -reads.open_amount(row)
    dialog = Dialog(
        title=gettext("Red fapiao for %(number)s") % {"number": paper.number},
        consequence=gettext("Refunded and not taken back yet: %(amount)s.")
        % {"amount": too_much.format(get_language() or "en")}
        if too_much.minor > 0
        else _("Nothing was refunded: all of it is taken back, and a new one can be issued."),
        submit=_("Save and tell the shopper"),
        back=f"{back_to(row.order_id)}#fapiao",
        danger=True,
        upload=True,
    )
    form = _form(request, RedForm)
    if request.method != "POST":
        form.initial["whole"] = "part" if too_much.minor > 0 else "whole"

    def act(values: dict[str, Any]) -> Done:
        issue_red(fapiao_id=fapiao_id, whole=values["whole"], actor=actor_of(request), **form.paper())
        return Done(gettext("Red fapiao recorded"))

    return run_verb(request, dialog, form, act, HERE)


class ReasonForm(forms.Form):
    reason = Line(label=_("Why"), max_length=300, help_text=_("The shopper reads it, and can correct the request."))


@screen("orders.view", write="orders.manage")
def fapiao_decline(request: HttpRequest, request_id: int) -> HttpResponse:
    require(request.user, "orders.manage")
    row = reads.request_by_id(request_id)
    dialog = Dialog(
        title=gettext("Decline the fapiao of order #%(number)s") % {"number": row.order.number},
        consequence=_("The shopper gets a mail with the reason and may ask again."),
        submit=_("Decline"),
        back=f"{back_to(row.order_id)}#fapiao",
        danger=True,
    )
    form = ReasonForm(request.POST if request.method == "POST" else None)

    def act(values: dict[str, Any]) -> Done:
        decline(request_id=request_id, reason=values["reason"], actor=actor_of(request))
        return Done(gettext("Declined"))

    return run_verb(request, dialog, form, act, HERE)


@screen("orders.view", methods=("GET", "HEAD"))
def fapiao_file(request: HttpRequest, fapiao_id: int) -> HttpResponseBase:
    """The file of a fapiao."""
    paper = reads.paper_by_id(fapiao_id)
    if paper is None or paper.file_id is None:
        raise NotFound()
    return streamed(private_file(file_id=paper.file_id, reference=paper.reference))


class TermsForm(forms.Form):
    is_offered = forms.BooleanField(
        label=_("Shoppers may ask for a fapiao"),
        required=False,
        help_text=_(
            "For orders in CNY, in the checkout and on the order's page. Needs a business established in China."
        ),
    )
    offers_special = forms.BooleanField(
        label=_("Special VAT fapiao too"), required=False, help_text=_("For companies that deduct the VAT.")
    )
    days = forms.IntegerField(
        label=_("Issued within how many days"), min_value=1, max_value=90, help_text=_("Shoppers are told so.")
    )


def _terms() -> dict[str, Any]:
    return asdict(reads.terms())


@screen("settings.view", write="settings.edit")
def settings_fapiao(request: HttpRequest) -> HttpResponse:
    """Say whether shoppers may ask for a fapiao."""
    require(request.user, "settings.edit")
    dialog = Dialog(title=_("Fapiao"), submit=_("Save"), back=reverse("backoffice:settings_taxes"))
    form = TermsForm(request.POST if request.method == "POST" else None, initial=_terms())
    guard = Guard(request, form, _terms)

    def act(values: dict[str, Any]) -> Done:
        save_settings(**values, actor=actor_of(request), seen=guard.check)
        return Done(gettext("Saved"))

    return run_verb(request, dialog, form, act, {"here": "settings"}, guard=guard)
