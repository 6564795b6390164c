"""What is done with a return, step by step, from the start to the money."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from duli.base.ids import new_token
from duli.commerce.inventory.selectors import locations
from duli.commerce.orders.models import OrderReturn
from duli.commerce.orders.return_reasons import offered
from duli.commerce.orders.return_terms import policy, returnable
from duli.commerce.orders.selectors import order_detail
from duli.commerce.orders.services import (
    approve_return,
    cancel_return,
    decline_return,
    inspect_return,
    receive_return,
    reject_return,
    request_return,
)
from duli.commerce.orders.services.returns import MAXIMUM_PHOTO_MEGABYTES, MAXIMUM_PHOTOS
from duli.commerce.orders.states import Condition, ReturnKind, ReturnReason
from duli.commerce.orders.types import Finding, ReturnableLine, ReturnWish
from duli.platform.accounts.permissions import require
from duli.web.backoffice.access import actor_of, screen
from duli.web.backoffice.kit.dialogs import Dialog, Done, Words, run_verb, show_dialog
from duli.web.backoffice.kit.forms import Files, Line, Prose
from duli.web.backoffice.kit.units import UnitsForm
from duli.web.backoffice.screens.order import Nothing, back_to
from duli.web.backoffice.screens.returns import return_url
from duli.web.backoffice.selectors.orders import picture_of
from duli.web.backoffice.selectors.returns import return_on_page


def _bound(request: HttpRequest) -> Any:
    return request.POST if request.method == "POST" else None


class NewReturnForm(UnitsForm):
    reason = forms.ChoiceField(label=_("Why"), choices=lambda: [("", "—"), *offered(get_language() or "en")])
    note = Prose(label=_("Note"), required=False, max_length=2000, rows=2)
    photos = Files(
        label=_("Pictures"),
        required=False,
        most=MAXIMUM_PHOTOS,
        megabytes=MAXIMUM_PHOTO_MEGABYTES,
        help_text=_("What the shopper sent you of it, at most five."),
    )
    idempotency_key = Line(max_length=60, widget=forms.HiddenInput())

    def __init__(self, *args: Any, lines: list[ReturnableLine], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for line in lines:
            self.add_units(
                f"line-{line.line_id}",
                title=line.title,
                sub=line.variant_title,
                image=picture_of(line.image),
                most=line.units,
            )


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
        submit=_("Start the return") if lines else "",
        back=back_to(order_id),
        template="backoffice/kit/unit_rows.html" if lines else "",
        upload=True,
    )
    if not lines:
        return show_dialog(request, dialog, forms.Form(), {"here": "orders.all"})
    files = request.FILES if request.method == "POST" else None
    form = NewReturnForm(_bound(request), files, initial={"idempotency_key": new_token()}, lines=lines)

    def act(values: dict[str, Any]) -> Done:
        row = request_return(
            order_id=order_id,
            lines=[
                ReturnWish(line.line_id, values.get(f"line-{line.line_id}") or 0, values["reason"]) for line in lines
            ],
            note=values["note"],
            photos=[file.read() for file in values["photos"]],
            idempotency_key=values["idempotency_key"],
            actor=actor_of(request),
        )
        return Done(gettext("Return %(number)s is started") % {"number": row.number}, return_url(row.pk))

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
        back=return_url(return_id),
    )

    def act(values: dict[str, Any]) -> Done:
        approve_return(return_id=return_id, answer=values["answer"], actor=actor_of(request))
        return Done(gettext("The return is approved"))

    return _decision(
        request, return_id, dialog, AnswerForm(_bound(request), initial={"answer": policy().instructions}), act
    )


@dataclass(frozen=True, slots=True)
class Ending:
    """A way a return ends without money. `told` is whether the shopper is told why."""

    title: Words
    consequence: Words
    submit: Words
    done: Words
    act: Callable[..., OrderReturn]
    told: bool = True


ENDINGS = {
    "decline": Ending(
        _("Decline %(number)s"),
        _("The shopper gets a mail with your reason."),
        _("Decline"),
        _("The return is declined"),
        decline_return,
    ),
    "reject": Ending(
        _("Give nothing back for %(number)s"),
        _("The return ends without money. The shopper gets a mail with your reason."),
        _("End the return"),
        _("The return has ended"),
        reject_return,
    ),
    "cancel": Ending(
        _("Cancel %(number)s"),
        _("Nothing comes back any more; the items may be returned another time."),
        _("Cancel the return"),
        _("The return is cancelled"),
        cancel_return,
        told=False,
    ),
}
LAWFUL = _("By law a withdrawal in time cannot be declined, except for goods that are exempt.")


@screen("orders.view", write="orders.returns")
def return_end(request: HttpRequest, return_id: int, ending: str) -> HttpResponse:
    """Decline, reject or cancel a return."""
    require(request.user, "orders.returns")
    page = return_on_page(return_id)
    words = ENDINGS[ending]
    by_law = ending == "decline" and page.row.kind == ReturnKind.WITHDRAWAL
    dialog = Dialog(
        title=str(words.title) % {"number": page.row.number},
        consequence=LAWFUL if by_law else words.consequence,
        submit=words.submit,
        back=return_url(return_id),
        danger=True,
    )

    def act(values: dict[str, Any]) -> Done:
        answer = {"answer": values["answer"]} if words.told else {}
        words.act(return_id=return_id, actor=actor_of(request), **answer)
        return Done(str(words.done))

    form = (AnswerForm if words.told else Nothing)(_bound(request))
    return _decision(request, return_id, dialog, form, act)


class ReceiveForm(UnitsForm):
    def __init__(self, *args: Any, lines: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for line in lines:
            self.add_units(
                f"line-{line.pk}",
                title=line.order_line.title,
                sub=line.order_line.variant_title,
                image=picture_of(line.order_line.image),
                most=line.quantity,
                initial=line.quantity,
            )


@screen("orders.view", write="orders.returns")
def return_receive(request: HttpRequest, return_id: int) -> HttpResponse:
    require(request.user, "orders.returns")
    page = return_on_page(return_id)
    dialog = Dialog(
        title=gettext("Receive %(number)s") % {"number": page.row.number},
        consequence=_("Say how many have arrived. Stock changes only after the inspection."),
        submit=_("Goods have arrived"),
        back=return_url(return_id),
        template="backoffice/kit/unit_rows.html",
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
    """What was sent back as faulty is taken to be so, and not to be sold again, until somebody says otherwise."""

    def __init__(self, *args: Any, lines: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for line in lines:
            is_faulty = line.reason in {ReturnReason.DEFECTIVE, ReturnReason.DAMAGED}
            self.fields[f"condition-{line.pk}"] = forms.ChoiceField(
                label=gettext("Condition of %(title)s") % {"title": line.order_line.title},
                choices=Condition.choices,
                initial=Condition.DAMAGED if is_faulty else Condition.AS_NEW,
            )
            self.fields[f"restock-{line.pk}"] = forms.IntegerField(
                label=_("Put back on sale"),
                help_text=gettext("Of %(count)s that came; the rest is written off.")
                % {"count": line.received_quantity},
                initial=0 if is_faulty else line.received_quantity,
                min_value=0,
                max_value=line.received_quantity,
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
        back=return_url(return_id),
    )

    def act(values: dict[str, Any]) -> Done:
        inspect_return(
            return_id=return_id,
            findings=[Finding(line.pk, values[f"condition-{line.pk}"], values[f"restock-{line.pk}"]) for line in lines],
            location_id=values["location"],
            actor=actor_of(request),
        )
        return Done(gettext("The inspection is saved"))

    return _decision(request, return_id, dialog, InspectForm(_bound(request), lines=lines), act)
