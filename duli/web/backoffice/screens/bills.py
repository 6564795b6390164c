"""Providers' daily bills beside what the shop has recorded: differences first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import get_language, gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from duli.base.errors import DuliError, InvalidInput, sentence
from duli.base.money import Money
from duli.commerce.payments.selectors import method
from duli.commerce.reconciliation.bill_reads import BillView, bill_on_page, bills, difference
from duli.commerce.reconciliation.models import BillDifference
from duli.commerce.reconciliation.services import (
    MAXIMUM_MEGABYTES,
    bring_bill,
    brings_bills,
    explain_difference,
    fetch_bill,
    reopen_difference,
)
from duli.commerce.reconciliation.states import DifferenceKind, DifferenceState
from duli.platform.accounts.permissions import allowed, require
from duli.web.backoffice.access import actor_of, screen
from duli.web.backoffice.kit.cells import Link, Number, Pills, Text
from duli.web.backoffice.kit.dialogs import Dialog, Done, go_to, run_verb
from duli.web.backoffice.kit.forms import Line
from duli.web.backoffice.kit.listing import Column, Empty, ListState, ResourceList, View, list_response
from duli.web.backoffice.kit.pills import Pill
from duli.web.backoffice.kit.toasts import toast
from duli.web.backoffice.shell import render

HERE = {"here": "orders.bills"}
VIEWS = (View("differences", _("With differences")), View("all", _("All")))
MOVES = {
    "captured": pgettext_lazy("money", "Came in"),
    "refunded": pgettext_lazy("money", "Went back"),
    "refund_failed": pgettext_lazy("money", "Refund returned"),
}


def _way(code: str) -> str:
    found = method(code=code, language=get_language() or "en")
    return found.name if found else code


def _sums(amounts: Sequence[Money]) -> str:
    return " · ".join(amount.format(get_language() or "en") for amount in amounts) or "—"


def _pills(view: BillView) -> list[Pill]:
    practice = [Pill(_("Practice"), "attention", "half")] if view.test_mode else []
    if not view.open_differences:
        return [Pill(_("Agrees"), "ok", "full"), *practice]
    words = ngettext("%(count)s difference", "%(count)s differences", view.open_differences)
    return [Pill(words % {"count": view.open_differences}, "critical"), *practice]


def _columns() -> list[Column[BillView]]:
    return [
        Column(
            _("Day"),
            lambda row: Link(row.day.isoformat(), reverse("backoffice:bill", args=[row.id]), _way(row.gateway)),
        ),
        Column(_("State"), lambda row: Pills(_pills(row)), phone="end"),
        Column(_("Movements"), lambda row: Number(row.movements), align="end"),
        Column(MOVES["captured"], lambda row: Text(_sums(row.came)), align="end"),
        Column(MOVES["refunded"], lambda row: Text(_sums(row.went)), align="end"),
        Column(_("Fees"), lambda row: Text(_sums(row.fees), muted=True), align="end"),
    ]


@screen("orders.view", methods=("GET", "HEAD"))
def bill_list(request: HttpRequest) -> HttpResponse:
    state = ListState(request, views=VIEWS)
    rows, after = bills(only_open=state.view == "differences", after=state.after)
    listing = ResourceList(
        state,
        rows=rows,
        columns=_columns(),
        key=lambda row: row.id,
        label=lambda row: f"{row.day.isoformat()} {row.gateway}",
        after=after,
        views=VIEWS,
        caption=_("Provider bills"),
        empty=Empty(
            _("Every bill agrees") if state.view == "differences" else _("No bill yet"),
            _(
                "Each night the shop fetches what your payment providers say they moved the day before, and compares it"
                " with your orders. What does not fit appears here."
            ),
            "circle-check",
        ),
    )
    may_bring = allowed(request.user, "orders.payments") and bool(brings_bills())
    return list_response(request, "backoffice/bills/list.html", {**HERE, "list": listing, "may_bring": may_bring})


class BringForm(forms.Form):
    gateway = forms.ChoiceField(label=_("Provider"))
    file = forms.FileField(
        label=_("Bill"), help_text=_("The transaction details of one day as CSV, from the provider's dashboard.")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["gateway"].choices = [(code, _way(code)) for code in brings_bills()]  # type: ignore[attr-defined]


@screen("orders.view", write="orders.payments", personal=True)
def bills_bring(request: HttpRequest) -> HttpResponse:
    """Bring the bill of a provider that hands its bills out as files only."""
    require(request.user, "orders.payments")
    dialog = Dialog(
        title=_("Bring a bill"),
        submit=_("Compare"),
        back=reverse("backoffice:bills"),
        consequence=_(
            "Its movements are compared with your orders. The same day again replaces what was brought before."
        ),
        upload=True,
    )
    posted = request.method == "POST"
    form = BringForm(request.POST if posted else None, request.FILES if posted else None)

    def act(values: dict[str, Any]) -> Done:
        file = values["file"]
        if file.size > MAXIMUM_MEGABYTES * 1024 * 1024:
            raise InvalidInput(field="file")
        bill = bring_bill(gateway=values["gateway"], content=file.read())
        return Done(gettext("Fetched and compared"), reverse("backoffice:bill", args=[bill.pk]))

    return run_verb(request, dialog, form, act, HERE)


@screen("orders.view", methods=("GET", "HEAD"))
def bill_page(request: HttpRequest, bill_id: int) -> HttpResponse:
    view, differences, movements = bill_on_page(bill_id)
    context = {
        **HERE,
        "bill": view,
        "way": _way(view.gateway),
        # What somebody brings as a file is brought once more, by the list.
        "is_fetched": view.gateway not in brings_bills(),
        "pills": _pills(view),
        "sums": [
            (MOVES["captured"], _sums(view.came)),
            (MOVES["refunded"], _sums(view.went)),
            (_("Fees"), _sums(view.fees)),
        ],
        "differences": [_shown(row) for row in differences],
        "movements": [(MOVES.get(row.kind, row.kind), row, Money(row.amount_minor, row.currency)) for row in movements],
        "left_out": view.movements - len(movements),
        "may_pay": allowed(request.user, "orders.payments"),
    }
    return render(request, "backoffice/bills/detail.html", context)


def _shown(row: BillDifference) -> dict[str, Any]:
    order_id = row.reference.partition(":")[2] if row.reference.startswith("order:") else ""
    return {
        "row": row,
        "what": DifferenceKind(row.kind).label,
        "moved": MOVES.get(row.movement_kind, row.movement_kind),
        "theirs": Money(row.theirs_minor, row.theirs_currency) if row.theirs_minor is not None else None,
        "ours": Money(row.ours_minor, row.ours_currency) if row.ours_minor is not None else None,
        "order_id": int(order_id) if order_id.isdigit() else None,
        "is_open": row.state == DifferenceState.OPEN,
    }


@screen("orders.view", write="orders.payments", methods=("POST",))
def bill_fetch(request: HttpRequest, bill_id: int) -> HttpResponse:
    """Read the bill anew and compare it once more."""
    require(request.user, "orders.payments")
    view, _differences, _movements = bill_on_page(bill_id)
    try:
        fetch_bill(gateway=view.gateway, day=view.day, test_mode=view.test_mode)
    except DuliError as error:
        toast(request, sentence(error))
    else:
        toast(request, gettext("Fetched and compared"))
    return go_to(request, reverse("backoffice:bill", args=[bill_id]))


class ExplainForm(forms.Form):
    note = Line(label=_("Why it is right"), max_length=500)


@screen("orders.view", write="orders.payments")
def bill_explain(request: HttpRequest, difference_id: int) -> HttpResponse:
    require(request.user, "orders.payments")
    row = difference(difference_id)
    dialog = Dialog(
        title=DifferenceKind(row.kind).label,
        consequence=_("It no longer counts as a difference; what you write stays with the bill."),
        submit=_("Explain"),
        back=reverse("backoffice:bill", args=[row.bill_id]),
    )
    form = ExplainForm(request.POST if request.method == "POST" else None, initial={"note": row.note})

    def act(values: dict[str, Any]) -> Done:
        explain_difference(difference_id=difference_id, note=values["note"], actor=actor_of(request))
        return Done(gettext("Explained"))

    return run_verb(request, dialog, form, act, HERE)


@screen("orders.view", write="orders.payments", methods=("POST",))
def bill_reopen(request: HttpRequest, difference_id: int) -> HttpResponse:
    require(request.user, "orders.payments")
    row = reopen_difference(difference_id=difference_id, actor=actor_of(request))
    return go_to(request, reverse("backoffice:bill", args=[row.bill_id]))
