"""Taking what a shopper has authorised, all of it or less."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from duli.base.errors import NotFound
from duli.base.money import Money
from duli.commerce.orders.selectors import order_head
from duli.commerce.orders.services import capture
from duli.commerce.payments.selectors import collection_view
from duli.platform.accounts.permissions import require
from duli.web.backoffice.access import actor_of, screen
from duli.web.backoffice.kit.dialogs import Dialog, Done, run_verb
from duli.web.backoffice.kit.forms import Amount, amount_text
from duli.web.backoffice.screens.order import back_to


class CaptureForm(forms.Form):
    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["amount"] = Amount(
            label=_("How much"), currency=currency, help_text=_("What you leave is released to the shopper.")
        )


@screen("orders.view", write="orders.payments")
def order_capture(request: HttpRequest, order_id: int) -> HttpResponse:
    require(request.user, "orders.payments")
    order = order_head(order_id)
    if order is None or order.payment_collection_id is None:
        raise NotFound()
    view = collection_view(order.payment_collection_id)
    waiting = view.authorised - view.captured
    dialog = Dialog(
        title=gettext("Take the money of #%(number)s") % {"number": order.number},
        consequence=gettext("%(amount)s is authorised. It can be taken once; an authorisation lapses after some days.")
        % {"amount": waiting.format(get_language() or "en")},
        submit=_("Take the money"),
        back=back_to(order_id),
    )
    form = CaptureForm(
        request.POST if request.method == "POST" else None,
        initial={"amount": amount_text(waiting.minor, waiting.currency)},
        currency=order.currency,
    )

    def act(values: dict[str, Any]) -> Done:
        amount = Money(values["amount"] or 0, order.currency)
        capture(order_id=order_id, actor=actor_of(request), amount=amount)
        return Done(gettext("%(amount)s is taken") % {"amount": amount.format(get_language() or "en")})

    return run_verb(request, dialog, form, act, {"here": "orders.all"})
