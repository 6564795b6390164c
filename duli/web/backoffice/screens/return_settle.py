"""The end of a return: money back, store credit, or other goods, with the difference shown before it is confirmed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from duli.base.clock import now
from duli.base.errors import DuliError, sentence
from duli.base.money import Money
from duli.base.text import one_line
from duli.commerce.orders.editing import AddedLine
from duli.commerce.orders.goods import Goods, find_goods, goods
from duli.commerce.orders.models import Order
from duli.commerce.orders.return_terms import is_duty
from duli.commerce.orders.services import preview_exchange, preview_return, staff_complete_return
from duli.commerce.orders.states import ReturnKind, ReturnOutcome
from duli.platform.accounts.permissions import require
from duli.platform.media.types import source
from duli.web.backoffice.access import actor_of, screen
from duli.web.backoffice.kit.dialogs import Dialog, Done, run_verb, show_dialog
from duli.web.backoffice.kit.forms import Amount, Line
from duli.web.backoffice.screens.order_money import WAITS
from duli.web.backoffice.screens.returns import return_url
from duli.web.backoffice.selectors.returns import return_on_page

MOST_REPLACEMENTS = 20
MOST_UNITS = 999
# What a press of one of these does: it changes what is chosen, and settles nothing.
PRESSES = frozenset({"add", "drop", "search", "compute"})


@dataclass(frozen=True, slots=True)
class Replacement:
    """An article that is sent instead; `units` as they were typed."""

    goods: Goods
    units: str

    @property
    def count(self) -> int:
        """How many, or 0 where that is no number of units."""
        given = self.units
        return int(given) if given.isascii() and given.isdigit() and 0 < int(given[:6]) <= MOST_UNITS else 0


class SettleForm(forms.Form):
    outcome = forms.ChoiceField(label=_("What the shopper gets"))
    find = Line(
        label=_("Product or SKU"),
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["outcome"].choices = [  # type: ignore[attr-defined]
            choice for choice in ReturnOutcome.choices if choice[0] != ReturnOutcome.REJECTED
        ]
        self.fields["shipping"] = Amount(label=_("Shipping given back"), currency=currency, required=False)
        self.fields["fee"] = Amount(label=_("Fee that is kept"), currency=currency, required=False)

    def amounts(self) -> dict[str, int]:
        values = self.cleaned_data
        return {"shipping_minor": values.get("shipping") or 0, "adjustment_minor": -(values.get("fee") or 0)}


@dataclass(frozen=True, slots=True)
class Sums:
    """What settling it would come to: `given` for what came back, `cost` of what is sent instead (None: nothing is)."""

    given: int
    cost: int | None = None

    @property
    def back(self) -> int:
        return max(0, self.given - (self.cost or 0))

    @property
    def due(self) -> int:
        return max(0, (self.cost or 0) - self.given)


def _ids(texts: Sequence[str]) -> list[int]:
    return [int(text) for text in texts if text.isascii() and text.isdigit() and len(text) < 19]


def _chosen(data: QueryDict, units: int, **offer: Any) -> list[Replacement]:
    """Return the articles that were picked, in their order."""
    dropped = _ids([data.get("drop", "")])
    ids = [pk for pk in dict.fromkeys(_ids([*data.getlist("added"), data.get("add", "")])) if pk not in dropped]
    found = goods(ids[:MOST_REPLACEMENTS], **offer)
    return [Replacement(found[pk], one_line(data.get(f"units-{pk}", str(units)), 6)) for pk in ids if pk in found]


def _picture(entry: Goods) -> str:
    return source(entry.image, 160) if entry.image else ""


def _sums(return_id: int, form: SettleForm, chosen: Sequence[Replacement]) -> tuple[Sums | None, str]:
    """Return what the form comes to, or the sentence that says why it comes to nothing."""
    if not form.is_valid():
        return None, ""
    try:
        if form.cleaned_data["outcome"] != ReturnOutcome.EXCHANGE:
            found = preview_return(return_id=return_id, **form.amounts())
            return Sums(found.amount if found else 0), ""
        if not chosen:
            return None, ""
        if not all(row.count for row in chosen):
            return None, gettext("Enter a number of units between 1 and 999.")
        exchange = preview_exchange(return_id=return_id, replacements=_lines(chosen), **form.amounts())
        return Sums(exchange.given, exchange.cost), ""
    except DuliError as error:
        return None, sentence(error)


def _lines(chosen: Sequence[Replacement]) -> list[AddedLine]:
    return [AddedLine(row.goods.variant_id, row.count) for row in chosen]


def _duty_words(kind: str, order: Order, language: str) -> list[str]:
    """Say that a buyer who withdrew has paid duty as well: Directive 2011/83 gives back all payments (article 13)."""
    left = sum(
        line.total_minor - line.refunded_minor
        for line in order.lines.all()
        if kind == ReturnKind.WITHDRAWAL and is_duty(order, line)
    )
    if not left:
        return []
    amount = Money(left, order.currency).format(language)
    return [gettext("Duty of %(amount)s was paid, too: it goes back by a refund of the order.") % {"amount": amount}]


@screen("orders.view", write="orders.payments")
def return_complete(request: HttpRequest, return_id: int) -> HttpResponse:
    """Money is settled at once; an exchange after its difference has been shown, and only for that difference."""
    require(request.user, "orders.payments")
    page = return_on_page(return_id)
    order = page.order
    language = get_language() or "en"
    found = preview_return(return_id=return_id)
    worth = Money(found.amount if found else 0, order.currency).format(language)
    dialog = Dialog(
        title=gettext("Settle %(number)s") % {"number": page.row.number},
        consequence=" ".join(
            [
                gettext("The goods are worth %(amount)s, tax included. The shopper gets a mail.") % {"amount": worth},
                *_duty_words(page.row.kind, order, language),
            ]
        ),
        submit=_("Settle the return"),
        back=return_url(return_id),
        wide=True,
        template="backoffice/returns/settle.html",
    )
    offer: dict[str, Any] = {"currency": order.currency, "language": language, "at": now()}
    units = sum(line.received_quantity or line.quantity for line in page.lines)
    bound = request.method == "POST"
    data = request.POST.copy() if bound else QueryDict(mutable=True)
    chosen = _chosen(data, units, **offer)
    form = SettleForm(data if bound else None, initial={"outcome": "refund"}, currency=order.currency)
    sums, problem = _sums(return_id, form, chosen) if bound else (None, "")
    exchanged = data.get("outcome") == ReturnOutcome.EXCHANGE
    difference = str((sums.cost or 0) - sums.given) if sums else ""
    # What was found has been added: the difference is what matters now.
    query = "" if "add" in data else one_line(data.get("find", ""), 100)
    ids = find_goods(query) if exchanged else []
    offered = goods(ids, **offer)
    context = {
        "here": "orders.returns",
        "order": order,
        "chosen": chosen,
        "found": [(offered[pk], _picture(offered[pk])) for pk in ids if pk in offered],
        "query": query,
        "sums": sums,
        "difference": difference,
        "problem": problem,
        "is_exchange": exchanged,
    }

    def act(values: dict[str, Any]) -> Done:
        done = staff_complete_return(
            return_id=return_id,
            outcome=values["outcome"],
            replacements=_lines(chosen) if exchanged else (),
            shown_minor=int(difference) if exchanged else None,
            actor=actor_of(request),
            **form.amounts(),
        )
        return Done(gettext("The return is settled") if done else str(WAITS))

    pressed = not PRESSES.isdisjoint(data)
    sure = not exchanged or (sums is not None and data.get("shown") == difference)
    if bound and form.is_valid() and (pressed or not sure):
        if exchanged and not chosen and not pressed:
            context["problem"] = gettext("Choose what is sent instead.")
        return show_dialog(request, dialog, form, context, status=200 if pressed or sums else 422)
    return run_verb(request, dialog, form, act, context)
