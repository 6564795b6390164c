"""Returns: what comes back, from the request to the money."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from duli.base.clock import now
from duli.base.ids import new_token
from duli.base.money import Money
from duli.commerce.inventory.selectors import locations
from duli.commerce.orders.editing import AddedLine
from duli.commerce.orders.goods import find_goods, goods
from duli.commerce.orders.return_terms import policy, returnable
from duli.commerce.orders.selectors import order_detail
from duli.commerce.orders.services import (
    approve_return,
    cancel_return,
    decline_return,
    inspect_return,
    preview_return,
    receive_return,
    reject_return,
    request_return,
    save_policy,
    staff_complete_return,
)
from duli.commerce.orders.states import (
    RETURN_MOVES,
    Condition,
    ReturnKind,
    ReturnOutcome,
    ReturnProgress,
    ReturnReason,
)
from duli.commerce.orders.types import Finding, ReturnWish
from duli.platform.accounts.permissions import allowed, require
from duli.web.backoffice.access import actor_of, screen
from duli.web.backoffice.kit.cells import Link, Number, Pills, Text, When
from duli.web.backoffice.kit.dialogs import Dialog, Done, run_verb
from duli.web.backoffice.kit.forms import Amount, Line, Prose
from duli.web.backoffice.kit.listing import Column, Empty, ListState, ResourceList, View, list_response
from duli.web.backoffice.kit.pills import Pill
from duli.web.backoffice.kit.toasts import toast
from duli.web.backoffice.order_words import progress_pill
from duli.web.backoffice.screens.order import Nothing, back_to
from duli.web.backoffice.screens.order_money import WAITS
from duli.web.backoffice.selectors.returns import ReturnRow, photo, return_on_page, return_rows
from duli.web.backoffice.shell import render

LOOKS = {
    ReturnProgress.REQUESTED: ("attention", ""),
    ReturnProgress.APPROVED: ("info", ""),
    ReturnProgress.RECEIVED: ("attention", "half"),
    ReturnProgress.INSPECTED: ("attention", "half"),
    ReturnProgress.COMPLETED: ("ok", "full"),
    ReturnProgress.REJECTED: ("critical", "full"),
    ReturnProgress.DECLINED: ("critical", "full"),
    ReturnProgress.CANCELLED: ("", "full"),
}
VIEWS = (
    View("open", _("Open")),
    View("requested", _("To decide")),
    View("approved", _("On their way")),
    View("received", _("To inspect")),
    View("completed", _("Completed")),
    View("all", _("All")),
)


def return_pill(state: str) -> Pill:
    tone, shape = LOOKS[ReturnProgress(state)]
    return Pill(ReturnProgress(state).label, tone, shape)


COLUMNS: list[Column[ReturnRow]] = [
    Column(_("Return"), lambda row: Link(row.number, reverse("backoffice:return", args=[row.id]))),
    Column(_("Order"), lambda row: Link(f"#{row.order_number}", back_to(row.order_id)), phone="hidden"),
    Column(_("Kind"), lambda row: Text(str(ReturnKind(row.kind).label), muted=True), phone="hidden"),
    Column(_("Customer"), lambda row: Text(row.customer_name), phone="wide"),
    Column(_("Items"), lambda row: Number(row.units), align="end", phone="hidden"),
    Column(_("State"), lambda row: Pills([return_pill(row.state)]), phone="end"),
    Column(_("Requested"), lambda row: When(row.requested_at), phone="hidden"),
]


@screen("orders.view", methods=("GET", "HEAD"))
def return_list(request: HttpRequest) -> HttpResponse:
    state = ListState(request, views=VIEWS)
    rows, after = return_rows(view=state.view, query=state.query, after=state.after)
    listing = ResourceList(
        state,
        rows=rows,
        columns=COLUMNS,
        key=lambda row: row.id,
        label=lambda row: row.number,
        after=after,
        views=VIEWS,
        search=_("Search by return or order number"),
        caption=_("Returns"),
        empty=Empty(
            _("Nothing comes back"),
            _("Shoppers ask for a return on their order's page; you can also start one from an order."),
            "package",
        ),
    )
    return list_response(request, "backoffice/returns/list.html", {"here": "orders.returns", "list": listing})


def _url(return_id: int) -> str:
    return reverse("backoffice:return", args=[return_id])


@screen("orders.view", methods=("GET", "HEAD"))
def return_page(request: HttpRequest, return_id: int) -> HttpResponse:
    page = return_on_page(return_id)
    moves = RETURN_MOVES.get(page.row.state, frozenset())
    verbs = {
        "approve": ReturnProgress.APPROVED in moves,
        "decline": ReturnProgress.DECLINED in moves,
        "receive": ReturnProgress.RECEIVED in moves,
        "inspect": ReturnProgress.INSPECTED in moves,
        "complete": ReturnProgress.COMPLETED in moves and page.row.state != ReturnProgress.REQUESTED,
        "reject": ReturnProgress.REJECTED in moves and page.row.state != ReturnProgress.APPROVED,
        "cancel": ReturnProgress.CANCELLED in moves,
    }
    likeliest = next((name for name in ("approve", "receive", "inspect", "complete") if verbs[name]), "")
    context = {
        "here": "orders.returns",
        "page": page,
        "row": page.row,
        "order": page.order,
        "pill": return_pill(page.row.state),
        "verbs": verbs,
        "likeliest": likeliest,
        "refunds": [(refund, progress_pill(refund.state)) for refund in page.refunds],
        "may_decide": allowed(request.user, "orders.returns"),
        "may_pay": allowed(request.user, "orders.payments"),
    }
    return render(request, "backoffice/returns/detail.html", context)


@screen("orders.view", methods=("GET", "HEAD"))
def return_photo(request: HttpRequest, return_id: int, photo_id: int) -> HttpResponse:
    """A shopper's picture, for staff only; never shown as anything but a picture."""
    found = photo(return_id, photo_id)
    response = HttpResponse(bytes(found.content), content_type=found.mime)
    response.headers["Content-Disposition"] = "inline"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def _bound(request: HttpRequest) -> Any:
    return request.POST if request.method == "POST" else None


class NewReturnForm(forms.Form):
    reason = forms.ChoiceField(label=_("Why"), choices=ReturnReason.choices, initial=ReturnReason.OTHER)
    note = Prose(label=_("Note"), required=False, max_length=2000, rows=2)
    idempotency_key = Line(max_length=60, widget=forms.HiddenInput())

    def __init__(self, *args: Any, lines: list[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for line in lines:
            self.fields[f"line-{line.line_id}"] = forms.IntegerField(
                label=" – ".join(filter(None, [line.title, line.variant_title])),
                help_text=gettext("At most %(count)s") % {"count": line.units},
                min_value=0,
                max_value=line.units,
                required=False,
                widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
            )
        self.order_fields([*(f"line-{line.line_id}" for line in lines), "reason", "note"])


@screen("orders.view", write="orders.returns")
def order_return(request: HttpRequest, order_id: int) -> HttpResponse:
    require(request.user, "orders.returns")
    order = order_detail(order_id)
    lines = returnable(order)
    dialog = Dialog(
        title=gettext("Start a return for #%(number)s") % {"number": order.number},
        consequence=_("The shopper gets a mail. Only what has been sent can come back.")
        if lines
        else _("Nothing of this order has been sent, or all of it is on its way back already."),
        submit=_("Start the return"),
        back=back_to(order_id),
    )
    form = NewReturnForm(_bound(request), initial={"idempotency_key": new_token()}, lines=lines)

    def act(values: dict[str, Any]) -> Done:
        row = request_return(
            order_id=order_id,
            lines=[
                ReturnWish(line.line_id, values.get(f"line-{line.line_id}") or 0, values["reason"]) for line in lines
            ],
            note=values["note"],
            idempotency_key=values["idempotency_key"],
            actor=actor_of(request),
        )
        return Done(gettext("Return %(number)s is started") % {"number": row.number}, _url(row.pk))

    return run_verb(request, dialog, form, act, {"here": "orders.all"})


class AnswerForm(forms.Form):
    answer = Prose(label=_("What the shopper is told"), required=False, max_length=2000, rows=4)


def _decision(request: HttpRequest, return_id: int, dialog: Dialog, form: forms.Form, act: Any) -> HttpResponse:
    return run_verb(request, dialog, form, act, {"here": "orders.returns"})


@screen("orders.view", write="orders.returns")
def return_approve(request: HttpRequest, return_id: int) -> HttpResponse:
    require(request.user, "orders.returns")
    page = return_on_page(return_id)
    dialog = Dialog(
        title=gettext("Approve %(number)s") % {"number": page.row.number},
        consequence=_("The shopper gets a mail that says how to send the goods."),
        submit=_("Approve"),
        back=_url(return_id),
    )

    def act(values: dict[str, Any]) -> Done:
        approve_return(return_id=return_id, answer=values["answer"], actor=actor_of(request))
        return Done(gettext("The return is approved"))

    return _decision(
        request, return_id, dialog, AnswerForm(_bound(request), initial={"answer": policy().instructions}), act
    )


@screen("orders.view", write="orders.returns")
def return_decline(request: HttpRequest, return_id: int) -> HttpResponse:
    require(request.user, "orders.returns")
    page = return_on_page(return_id)
    dialog = Dialog(
        title=gettext("Decline %(number)s") % {"number": page.row.number},
        consequence=_("By law a withdrawal in time cannot be declined, except for goods that are exempt.")
        if page.row.kind == ReturnKind.WITHDRAWAL
        else _("The shopper gets a mail with your reason."),
        submit=_("Decline"),
        back=_url(return_id),
        danger=True,
    )

    def act(values: dict[str, Any]) -> Done:
        decline_return(return_id=return_id, answer=values["answer"], actor=actor_of(request))
        return Done(gettext("The return is declined"))

    return _decision(request, return_id, dialog, AnswerForm(_bound(request)), act)


@screen("orders.view", write="orders.returns")
def return_reject(request: HttpRequest, return_id: int) -> HttpResponse:
    require(request.user, "orders.returns")
    page = return_on_page(return_id)
    dialog = Dialog(
        title=gettext("Give nothing back for %(number)s") % {"number": page.row.number},
        consequence=_("The return ends without money. The shopper gets a mail with your reason."),
        submit=_("End the return"),
        back=_url(return_id),
        danger=True,
    )

    def act(values: dict[str, Any]) -> Done:
        reject_return(return_id=return_id, answer=values["answer"], actor=actor_of(request))
        return Done(gettext("The return has ended"))

    return _decision(request, return_id, dialog, AnswerForm(_bound(request)), act)


@screen("orders.view", write="orders.returns")
def return_cancel(request: HttpRequest, return_id: int) -> HttpResponse:
    require(request.user, "orders.returns")
    page = return_on_page(return_id)
    dialog = Dialog(
        title=gettext("Cancel %(number)s") % {"number": page.row.number},
        consequence=_("Nothing comes back any more; the items may be returned another time."),
        submit=_("Cancel the return"),
        back=_url(return_id),
        danger=True,
    )

    def act(values: dict[str, Any]) -> Done:
        cancel_return(return_id=return_id, actor=actor_of(request))
        return Done(gettext("The return is cancelled"))

    return _decision(request, return_id, dialog, Nothing(_bound(request)), act)


class ReceiveForm(forms.Form):
    def __init__(self, *args: Any, lines: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for line in lines:
            self.fields[f"line-{line.pk}"] = forms.IntegerField(
                label=line.order_line.title,
                help_text=gettext("Of %(count)s announced") % {"count": line.quantity},
                initial=line.quantity,
                min_value=0,
                max_value=line.quantity,
                required=False,
                widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
            )


@screen("orders.view", write="orders.returns")
def return_receive(request: HttpRequest, return_id: int) -> HttpResponse:
    require(request.user, "orders.returns")
    page = return_on_page(return_id)
    dialog = Dialog(
        title=gettext("Receive %(number)s") % {"number": page.row.number},
        consequence=_("Say how many have arrived. Stock changes only after the inspection."),
        submit=_("Goods have arrived"),
        back=_url(return_id),
    )

    def act(values: dict[str, Any]) -> Done:
        receive_return(
            return_id=return_id,
            units={line.pk: values.get(f"line-{line.pk}") or 0 for line in page.lines},
            actor=actor_of(request),
        )
        return Done(gettext("The goods are received"))

    return _decision(request, return_id, dialog, ReceiveForm(_bound(request), lines=page.lines), act)


class InspectForm(forms.Form):
    def __init__(self, *args: Any, lines: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for line in lines:
            self.fields[f"condition-{line.pk}"] = forms.ChoiceField(
                label=gettext("Condition of %(title)s") % {"title": line.order_line.title}, choices=Condition.choices
            )
            self.fields[f"restock-{line.pk}"] = forms.IntegerField(
                label=_("Back on sale"),
                help_text=gettext("Of %(count)s that came; the rest is written off.")
                % {"count": line.received_quantity},
                initial=line.received_quantity,
                min_value=0,
                max_value=line.received_quantity,
                required=False,
                widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
            )
        self.fields["location"] = forms.TypedChoiceField(
            label=_("Where the goods lie"), coerce=int, choices=[(place.pk, place.name) for place in locations()]
        )


@screen("orders.view", write="orders.returns")
def return_inspect(request: HttpRequest, return_id: int) -> HttpResponse:
    require(request.user, "orders.returns")
    page = return_on_page(return_id)
    lines = [line for line in page.lines if line.received_quantity]
    dialog = Dialog(
        title=gettext("Inspect %(number)s") % {"number": page.row.number},
        consequence=_("What you put back on sale is in stock at once."),
        submit=_("Save the inspection"),
        back=_url(return_id),
    )

    def act(values: dict[str, Any]) -> Done:
        inspect_return(
            return_id=return_id,
            findings=[
                Finding(line.pk, values[f"condition-{line.pk}"], values.get(f"restock-{line.pk}") or 0)
                for line in lines
            ],
            location_id=values["location"],
            actor=actor_of(request),
        )
        return Done(gettext("The inspection is saved"))

    return _decision(request, return_id, dialog, InspectForm(_bound(request), lines=lines), act)


class CompleteForm(forms.Form):
    outcome = forms.ChoiceField(label=_("What the shopper gets"))
    replacement = Line(
        label=_("Replacement (SKU)"),
        required=False,
        max_length=100,
        help_text=_("For an exchange: the article that is sent instead, one for each returned item."),
    )

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["outcome"].choices = [  # type: ignore[attr-defined]
            choice for choice in ReturnOutcome.choices if choice[0] != ReturnOutcome.REJECTED
        ]
        self.fields["shipping"] = Amount(label=_("Shipping given back"), currency=currency, required=False)
        self.fields["fee"] = Amount(label=_("Fee that is kept"), currency=currency, required=False)


@screen("orders.view", write="orders.payments")
def return_complete(request: HttpRequest, return_id: int) -> HttpResponse:
    require(request.user, "orders.payments")
    page = return_on_page(return_id)
    order = page.order
    found = preview_return(return_id=return_id)
    worth = Money(found.amount if found else 0, order.currency).format(get_language() or "en")
    dialog = Dialog(
        title=gettext("Settle %(number)s") % {"number": page.row.number},
        consequence=gettext("The goods are worth %(amount)s, tax included. The shopper gets a mail.")
        % {"amount": worth},
        submit=_("Settle the return"),
        back=_url(return_id),
    )
    form = CompleteForm(_bound(request), initial={"outcome": "refund"}, currency=order.currency)

    def act(values: dict[str, Any]) -> Done:
        replacements: list[AddedLine] = []
        if values["outcome"] == ReturnOutcome.EXCHANGE:
            ids = find_goods(values["replacement"], limit=1)
            offered = goods(ids, currency=order.currency, language=order.language, at=now())
            units = sum(line.received_quantity or line.quantity for line in page.lines)
            replacements = [AddedLine(pk, units) for pk in offered]
        done = staff_complete_return(
            return_id=return_id,
            outcome=values["outcome"],
            shipping_minor=values.get("shipping") or 0,
            adjustment_minor=-(values.get("fee") or 0),
            replacements=replacements,
            actor=actor_of(request),
        )
        return Done(gettext("The return is settled") if done else str(WAITS))

    return _decision(request, return_id, dialog, form, act)


class PolicyForm(forms.Form):
    return_days = forms.IntegerField(
        label=_("Days to return"), min_value=0, max_value=3650, help_text=_("After delivery; 0: no returns online.")
    )
    withdrawal_days = forms.IntegerField(
        label=_("Days to withdraw"),
        min_value=14,
        max_value=3650,
        help_text=_("After delivery of the last parcel; the law of the Union asks for 14 at least."),
    )
    withdrawal_everywhere = forms.BooleanField(
        label=_("Offer the withdrawal outside the European Union too"), required=False
    )
    may_cancel = forms.BooleanField(label=_("Shoppers may cancel before packing"), required=False)
    may_change_address = forms.BooleanField(label=_("Shoppers may change the address before packing"), required=False)
    instructions = Prose(
        label=_("How goods are sent back"),
        required=False,
        max_length=2000,
        rows=4,
        help_text=_("Stands in the mail that approves a return; you can change it each time."),
    )


@screen("settings.view", write="settings.edit")
def settings_returns(request: HttpRequest) -> HttpResponse:
    rules = policy()
    names = list(PolicyForm.base_fields)
    form = PolicyForm(_bound(request), initial={name: getattr(rules, name) for name in names})
    if request.method == "POST" and form.is_valid():
        save_policy(**form.cleaned_data)
        toast(request, gettext("Saved"))
    status = 422 if form.is_bound and not form.is_valid() else 200
    context = {"here": "settings", "form": form, "may_edit": allowed(request.user, "settings.edit")}
    return render(request, "backoffice/settings/returns.html", context, status=status)
