"""Dividing an order."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from duli.commerce.orders.models import OrderLine
from duli.commerce.orders.selectors import order_detail
from duli.commerce.orders.services import split
from duli.commerce.orders.types import FulfilLine
from duli.platform.accounts.permissions import require
from duli.web.backoffice.access import actor_of, screen
from duli.web.backoffice.kit.dialogs import Dialog, Done, run_verb
from duli.web.backoffice.kit.units import UnitsForm
from duli.web.backoffice.selectors.orders import picture_of


class SplitForm(UnitsForm):
    def __init__(self, *args: Any, lines: list[OrderLine], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for line in lines:
            sub = " · ".join(filter(None, [line.variant_title, line.sku]))
            # How many may really go is the service's to say, in words.
            self.add_units(
                f"line-{line.pk}",
                title=line.title,
                sub=sub,
                image=picture_of(line.image),
                most=line.to_ship,
                limit=1_000_000,
            )


@screen("orders.view", write="orders.manage")
def order_split(request: HttpRequest, order_id: int) -> HttpResponse:
    """Move units into an order of their own."""
    require(request.user, "orders.manage")
    order = order_detail(order_id)
    lines = [line for line in order.lines.all() if line.to_ship > 0 and not line.refunded_quantity]
    dialog = Dialog(
        title=gettext("Split order #%(number)s") % {"number": order.number},
        consequence=_(
            "What you choose becomes an order of its own with the same address. What was paid is divided to the cent, "
            "so that each can be refunded by itself; what is still owed is paid for each. Shipping cost stays here. "
            "Merging brings them together again."
        ),
        submit=_("Split"),
        back=reverse("backoffice:order", args=[order_id]),
        template="backoffice/kit/unit_rows.html",
    )
    form = SplitForm(request.POST if request.method == "POST" else None, lines=lines)

    def act(values: dict[str, Any]) -> Done:
        wanted = [FulfilLine(line.pk, values[f"line-{line.pk}"] or 0) for line in lines]
        other = split(order_id=order_id, lines=wanted, actor=actor_of(request))
        words = gettext("Order #%(number)s is made") % {"number": other.number}
        return Done(words, reverse("backoffice:order", args=[other.pk]))

    return run_verb(request, dialog, form, act, {"here": "orders.all"})
