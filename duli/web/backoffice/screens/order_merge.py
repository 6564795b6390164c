"""Orders of one customer become one."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from duli.commerce.orders.merging import candidates
from duli.commerce.orders.selectors import order_detail
from duli.commerce.orders.services import merge
from duli.commerce.orders.types import MergeCandidate
from duli.platform.accounts.permissions import require
from duli.web.backoffice.access import actor_of, screen
from duli.web.backoffice.kit.dialogs import Dialog, Done, run_verb
from duli.web.backoffice.kit.forms import IdList
from duli.web.backoffice.order_words import payment_pill


class MergeForm(forms.Form):
    orders = IdList(limit=20)

    def __init__(self, *args: Any, found: list[MergeCandidate], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.found = found

    def rows(self) -> list[dict[str, Any]]:
        """Return the candidates with what their boxes look like; the only one that fits is ticked."""
        fitting = [entry.order_id for entry in self.found if not entry.problem]
        ticked = self.data.getlist("orders") if self.is_bound else [str(pk) for pk in fitting if len(fitting) == 1]  # type: ignore[attr-defined]
        language = get_language() or "en"
        return [
            {
                "candidate": entry,
                "total": entry.total.format(language),
                "pill": payment_pill(entry.payment_state),
                "ticked": str(entry.order_id) in ticked,
            }
            for entry in self.found
        ]


@screen("orders.view", write="orders.manage")
def order_merge(request: HttpRequest, order_id: int) -> HttpResponse:
    """Bring other open orders of the same customer into this one."""
    require(request.user, "orders.manage")
    order = order_detail(order_id)
    found = candidates(order)
    fits = any(not entry.problem for entry in found)
    dialog = Dialog(
        title=gettext("Merge into order #%(number)s") % {"number": order.number},
        consequence=_(
            "Goods, payments and held stock of the chosen orders go over to this one, which asks for all that is still "
            "owed. The chosen orders stay as empty, cancelled orders with a link here. Shipping that was charged twice "
            "stays until you edit it. This cannot be taken back, but the order can be split again."
        )
        if fits
        else "",
        submit=_("Merge") if fits else "",
        back=reverse("backoffice:order", args=[order_id]),
        template="backoffice/orders/merge.html",
        wide=True,
    )
    form = MergeForm(request.POST if request.method == "POST" else None, found=found)

    def act(values: dict[str, Any]) -> Done:
        merge(order_id=order_id, other_ids=values["orders"], actor=actor_of(request))
        numbers = ", ".join(f"#{entry.number}" for entry in found if entry.order_id in values["orders"])
        return Done(gettext("%(numbers)s went into #%(number)s") % {"numbers": numbers, "number": order.number})

    return run_verb(request, dialog, form, act, {"here": "orders.all", "order": order})
