"""Orders that shoppers fetch: laid ready, then handed over."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from duli.base.errors import NotFound
from duli.base.ids import new_token
from duli.commerce.orders.services import collect, not_ready, ready_for_pickup
from duli.platform.accounts.permissions import require
from duli.web.backoffice.access import actor_of, screen
from duli.web.backoffice.kit.dialogs import Dialog, Done, run_verb
from duli.web.backoffice.kit.forms import Line
from duli.web.backoffice.selectors.orders import OrderOnPage, order_on_page


class ReadyForm(forms.Form):
    allow_unpaid = forms.BooleanField(
        label=_("It is paid when it is fetched"), required=False, help_text=_("Take the money before you hand it over.")
    )

    def __init__(self, *args: Any, page: OrderOnPage, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if page.may_ship_now:
            del self.fields["allow_unpaid"]


class CollectForm(ReadyForm):
    idempotency_key = Line(max_length=60, widget=forms.HiddenInput())

    def __init__(self, *args: Any, page: OrderOnPage, **kwargs: Any) -> None:
        super().__init__(*args, page=page, **kwargs)
        if "allow_unpaid" in self.fields:
            self.fields["allow_unpaid"].label = _("Hand it over although it is not paid")
            self.fields["allow_unpaid"].help_text = _("You may not get your money.")


def _page(order_id: int) -> OrderOnPage:
    page = order_on_page(order_id, get_language() or "en")
    if page.pickup is None:
        raise NotFound()
    return page


@screen("orders.view", write="orders.fulfil")
def order_pickup_ready(request: HttpRequest, order_id: int) -> HttpResponse:
    require(request.user, "orders.fulfil")
    page = _page(order_id)
    assert page.pickup is not None
    dialog = Dialog(
        title=gettext("#%(number)s is ready to be fetched") % {"number": page.order.number},
        consequence=gettext(
            "The shopper gets a mail with the address and the opening hours of %(place)s. Its stock stays held until "
            "it is handed over."
        )
        % {"place": page.pickup.name},
        submit=_("Tell the shopper"),
        back=reverse("backoffice:order", args=[order_id]),
    )
    form = ReadyForm(request.POST if request.method == "POST" else None, page=page)

    def act(values: dict[str, Any]) -> Done:
        ready_for_pickup(order_id=order_id, actor=actor_of(request), allow_unpaid=bool(values.get("allow_unpaid")))
        return Done(gettext("The shopper is told"))

    return run_verb(request, dialog, form, act, {"here": "orders.all"})


@screen("orders.view", write="orders.fulfil")
def order_collect(request: HttpRequest, order_id: int) -> HttpResponse:
    require(request.user, "orders.fulfil")
    page = _page(order_id)
    assert page.pickup is not None
    dialog = Dialog(
        title=gettext("Hand over #%(number)s") % {"number": page.order.number},
        consequence=gettext("Everything that is left leaves the stock of %(place)s and counts as delivered.")
        % {"place": page.pickup.name},
        submit=_("Hand over"),
        back=reverse("backoffice:order", args=[order_id]),
    )
    initial = {"idempotency_key": new_token()}
    form = CollectForm(request.POST, page=page) if request.method == "POST" else CollectForm(initial=initial, page=page)

    def act(values: dict[str, Any]) -> Done:
        collect(
            order_id=order_id,
            idempotency_key=values["idempotency_key"],
            actor=actor_of(request),
            allow_unpaid=bool(values.get("allow_unpaid")),
        )
        return Done(gettext("Order #%(number)s is handed over") % {"number": page.order.number})

    return run_verb(request, dialog, form, act, {"here": "orders.all"})


@screen("orders.view", write="orders.fulfil")
def order_pickup_undo(request: HttpRequest, order_id: int) -> HttpResponse:
    """Take back that it lies ready."""
    require(request.user, "orders.fulfil")
    page = _page(order_id)
    dialog = Dialog(
        title=gettext("#%(number)s is not ready after all") % {"number": page.order.number},
        consequence=_(
            "The shopper was told to come: write or ring them, since this sends no mail. When you say again that it is "
            "ready, they get a new one."
        ),
        submit=_("Not ready"),
        back=reverse("backoffice:order", args=[order_id]),
    )

    def act(values: dict[str, Any]) -> Done:
        not_ready(order_id=order_id, actor=actor_of(request))
        return Done(gettext("It waits to be laid ready again"))

    form = forms.Form(request.POST if request.method == "POST" else None)
    return run_verb(request, dialog, form, act, {"here": "orders.all"})
