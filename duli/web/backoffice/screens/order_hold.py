"""Keeping an order back and letting it go; saying that an odd one is safe."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from duli.base.errors import NotFound
from duli.commerce.orders.models import Order
from duli.commerce.orders.selectors import order_head
from duli.commerce.orders.services import clear_risk, hold, release
from duli.platform.accounts.permissions import require
from duli.web.backoffice.access import actor_of, screen
from duli.web.backoffice.kit.dialogs import Dialog, Done, run_verb
from duli.web.backoffice.kit.forms import Line
from duli.web.backoffice.order_words import risk_words


class HoldForm(forms.Form):
    reason = Line(label=_("Why is it held?"), max_length=200)


@screen("orders.view", write="orders.manage")
def order_hold(request: HttpRequest, order_id: int) -> HttpResponse:
    """Keep the order from being shipped, for a reason that the next person reads."""
    require(request.user, "orders.manage")
    order = _order(order_id)
    words = {"number": order.number}
    dialog = Dialog(
        title=gettext("Put #%(number)s on hold") % words,
        consequence=_("It is not shipped until somebody releases it; the shopper is not told."),
        submit=pgettext_lazy("verb", "Put on hold"),
        back=reverse("backoffice:order", args=[order_id]),
    )
    form = HoldForm(request.POST if request.method == "POST" else None, initial={"reason": order.hold_reason})

    def act(values: dict[str, Any]) -> Done:
        hold(order_id=order_id, reason=values["reason"], actor=actor_of(request))
        return Done(gettext("Order #%(number)s is on hold") % words)

    return run_verb(request, dialog, form, act, {"here": "orders.all"})


@screen("orders.view", write="orders.manage")
def order_release(request: HttpRequest, order_id: int) -> HttpResponse:
    """Let a held order be shipped again."""
    require(request.user, "orders.manage")
    order = _order(order_id)
    dialog = Dialog(
        title=gettext("Release #%(number)s") % {"number": order.number},
        consequence=gettext("It can be shipped again. It was held because: %(reason)s") % {"reason": order.hold_reason},
        submit=_("Release"),
        back=reverse("backoffice:order", args=[order_id]),
    )

    def act(values: dict[str, Any]) -> Done:
        release(order_id=order_id, actor=actor_of(request))
        return Done(gettext("Order #%(number)s is released") % {"number": order.number})

    return run_verb(
        request, dialog, forms.Form(request.POST if request.method == "POST" else None), act, {"here": "orders.all"}
    )


@screen("orders.view", write="orders.manage")
def order_safe(request: HttpRequest, order_id: int) -> HttpResponse:
    """Say that the order is safe although a rule found it odd."""
    require(request.user, "orders.manage")
    order = _order(order_id)
    dialog = Dialog(
        title=gettext("Mark #%(number)s as safe") % {"number": order.number},
        consequence="; ".join(risk_words(order.risk_reasons)),
        submit=_("Mark as safe"),
        back=reverse("backoffice:order", args=[order_id]),
    )

    def act(values: dict[str, Any]) -> Done:
        clear_risk(order_id=order_id, actor=actor_of(request))
        return Done(gettext("Order #%(number)s is marked as safe") % {"number": order.number})

    form = forms.Form(request.POST if request.method == "POST" else None)
    return run_verb(request, dialog, form, act, {"here": "orders.all"})


def _order(order_id: int) -> Order:
    order = order_head(order_id)
    if order is None:
        raise NotFound()
    return order
