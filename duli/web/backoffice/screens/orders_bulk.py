"""What can be done with several orders at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from duli.base.errors import DuliError, sentence
from duli.base.ids import new_token
from duli.commerce.inventory.selectors import locations
from duli.commerce.orders.selectors import known_tags, order_numbers, orders_in_payment
from duli.commerce.orders.services import cancel, capture, fulfil, tag
from duli.commerce.orders.services.desk import LONGEST_TAG
from duli.commerce.orders.states import PaymentState
from duli.commerce.orders.types import FulfilLine
from duli.commerce.payments.types import NothingAuthorised
from duli.platform.accounts.permissions import require
from duli.web.backoffice.access import actor_of, screen
from duli.web.backoffice.kit.dialogs import Dialog, Done, run_verb
from duli.web.backoffice.kit.forms import IdList, Line
from duli.web.backoffice.order_words import CANCEL_REASONS
from duli.web.backoffice.screens.carrier_fields import CarrierField
from duli.web.backoffice.selectors.orders import orders_to_ship

MOST_AT_ONCE = 100


def ids_of(data: Any) -> list[int]:
    """Return the chosen rows' keys; what is none is left out."""
    given = [text for text in data.getlist("id") if text.isascii() and text.isdigit() and len(text) < 19]
    return [int(text) for text in dict.fromkeys(given)][:MOST_AT_ONCE]


def chosen(request: HttpRequest) -> list[int]:
    return ids_of(request.POST if request.method == "POST" else request.GET)


def each(rows: Sequence[tuple[int, str]], act: Callable[[int], object]) -> tuple[int, list[str]]:
    """Do `act` to each order (its key and number); return how many went well, and a sentence for each other one."""
    done, refused = 0, []
    for order_id, number in rows:
        try:
            act(order_id)
            done += 1
        except DuliError as error:
            refused.append(f"#{number}: {sentence(error)}")
    return done, refused


class BulkFulfilForm(forms.Form):
    id = IdList(limit=100)
    location = forms.TypedChoiceField(label=_("Ships from"), coerce=int)
    carrier = CarrierField(nothing=_("Choose later"))
    idempotency_key = Line(max_length=40, widget=forms.HiddenInput())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["location"].choices = [(place.pk, place.name) for place in locations()]  # type: ignore[attr-defined]


@screen("orders.view", write="orders.fulfil")
def orders_fulfil(request: HttpRequest) -> HttpResponse:
    """Send everything that is left of several orders, one parcel each."""
    require(request.user, "orders.fulfil")
    rows = {row.id: row for row in orders_to_ship(chosen(request))}
    dialog = Dialog(
        title=ngettext("Fulfil %(count)s order", "Fulfil %(count)s orders", len(rows)) % {"count": len(rows)},
        consequence=_(
            "Everything that is left of each order goes into one parcel, leaves the stock, and the shoppers are told. "
            "Tracking numbers can be added on each order."
        ),
        submit=_("Fulfil"),
        back=reverse("backoffice:orders") + "?view=to_ship",
        template="backoffice/orders/bulk_fulfil.html",
    )
    initial = {"id": list(rows), "idempotency_key": new_token()}
    form = BulkFulfilForm(request.POST if request.method == "POST" else None, initial=initial)

    def act(values: dict[str, Any]) -> Done:
        def ship(order_id: int) -> None:
            fulfil(
                order_id=order_id,
                lines=[FulfilLine(pk, units) for pk, units in rows[order_id].lines],
                location_id=values["location"],
                carrier=values["carrier"],
                idempotency_key=f"{values['idempotency_key']}:{order_id}",
                actor=actor_of(request),
            )

        done, refused = each([(row.id, row.number) for row in rows.values()], ship)
        words = ngettext("%(count)s order shipped.", "%(count)s orders shipped.", done) % {"count": done}
        return Done(" ".join([words, *refused[:5]]))

    return run_verb(request, dialog, form, act, {"rows": list(rows.values()), "here": "orders.to_ship"})


class TagForm(forms.Form):
    id = IdList(limit=MOST_AT_ONCE)
    add = Line(label=_("Add"), required=False, max_length=500, help_text=_("Several words are separated by commas."))
    remove = forms.MultipleChoiceField(label=_("Take off"), required=False, widget=forms.CheckboxSelectMultiple())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.known = known_tags()
        self.fields["remove"].choices = [(name, name) for name in self.known]  # type: ignore[attr-defined]
        if not self.known:
            del self.fields["remove"]

    def clean_add(self) -> list[str]:
        words = [word.strip() for word in str(self.cleaned_data["add"]).replace("，", ",").split(",")]
        if any(len(word) > LONGEST_TAG for word in words):
            raise forms.ValidationError(_("A tag is up to %(most)s characters long."), params={"most": LONGEST_TAG})
        return [word for word in words if word]


@screen("orders.view", write="orders.manage")
def orders_tag(request: HttpRequest) -> HttpResponse:
    """Put words on several orders, or take them off."""
    require(request.user, "orders.manage")
    ids = chosen(request)
    dialog = Dialog(
        title=ngettext("Tags of %(count)s order", "Tags of %(count)s orders", len(ids)) % {"count": len(ids)},
        submit=_("Save tags"),
        back=_back(request),
    )
    form = TagForm(request.POST if request.method == "POST" else None, initial={"id": ids})

    def act(values: dict[str, Any]) -> Done:
        remove = values.get("remove") or []
        count = tag(order_ids=values["id"], add=values["add"], remove=remove, actor=actor_of(request))
        return Done(ngettext("%(count)s order changed", "%(count)s orders changed", count) % {"count": count})

    return run_verb(request, dialog, form, act, {"here": "orders.all"})


def _back(request: HttpRequest) -> str:
    """Return the one order that is meant, or the list."""
    ids = chosen(request)
    if len(ids) == 1 and request.GET.get("from") == "order":
        return reverse("backoffice:order", args=ids)
    return reverse("backoffice:orders")


class CaptureForm(forms.Form):
    id = IdList(limit=MOST_AT_ONCE)


@screen("orders.view", write="orders.payments")
def orders_capture(request: HttpRequest) -> HttpResponse:
    """Take what was only authorised so far."""
    require(request.user, "orders.payments")
    rows = order_numbers(chosen(request))
    paid = orders_in_payment([pk for pk, _number in rows], PaymentState.PAID)
    dialog = Dialog(
        title=ngettext("Capture the payment of %(count)s order", "Capture the payments of %(count)s orders", len(rows))
        % {"count": len(rows)},
        consequence=_(
            "What the shoppers have authorised is taken now. Orders without an authorised payment stay as they are."
        ),
        submit=_("Capture"),
        back=reverse("backoffice:orders"),
    )
    form = CaptureForm(request.POST if request.method == "POST" else None, initial={"id": [pk for pk, _number in rows]})

    def take(order_id: int) -> None:
        # To take it again changes nothing and is no error of one order; among several it must not count as taken.
        if order_id in paid:
            raise NothingAuthorised()
        capture(order_id=order_id, actor=actor_of(request))

    def act(values: dict[str, Any]) -> Done:
        done, refused = each(rows, take)
        words = ngettext("%(count)s payment captured.", "%(count)s payments captured.", done) % {"count": done}
        return Done(" ".join([words, *refused[:5]]))

    return run_verb(request, dialog, form, act, {"here": "orders.all"})


class BulkCancelForm(forms.Form):
    id = IdList(limit=MOST_AT_ONCE)
    reason = forms.ChoiceField(label=_("Why"), choices=list(CANCEL_REASONS.items()))
    restock = forms.BooleanField(
        label=_("Put the items back on sale"), required=False, help_text=_("Otherwise they are written off as damaged.")
    )


@screen("orders.view", write="orders.cancel")
def orders_cancel(request: HttpRequest) -> HttpResponse:
    """Cancel several orders of which nothing has been shipped."""
    require(request.user, "orders.cancel")
    rows = order_numbers(chosen(request))
    dialog = Dialog(
        title=ngettext("Cancel %(count)s order?", "Cancel %(count)s orders?", len(rows)) % {"count": len(rows)},
        consequence=_(
            "They are closed for good, what was paid goes back to where it came from, and the shoppers get a mail. "
            "Orders of which a parcel has left stay as they are."
        ),
        submit=_("Cancel the orders"),
        back=reverse("backoffice:orders"),
        danger=True,
    )
    initial = {"id": [pk for pk, _number in rows], "restock": True, "reason": "customer"}
    form = BulkCancelForm(request.POST if request.method == "POST" else None, initial=initial)

    def act(values: dict[str, Any]) -> Done:
        done, refused = each(
            rows,
            lambda order_id: cancel(
                order_id=order_id, reason=values["reason"], restock=values["restock"], actor=actor_of(request)
            ),
        )
        words = ngettext("%(count)s order cancelled.", "%(count)s orders cancelled.", done) % {"count": done}
        return Done(" ".join([words, *refused[:5]]))

    return run_verb(request, dialog, form, act, {"here": "orders.all"})
