"""Flash sales at the desk: planned on a form, watched on a monitor, and steered from there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from duli.base.errors import NotFound
from duli.commerce.flash_sales import services
from duli.commerce.flash_sales.models import FlashSale, Item
from duli.commerce.flash_sales.monitor import figures
from duli.commerce.flash_sales.monitor import sale_page as read_page
from duli.commerce.flash_sales.types import MOST_UNITS
from duli.platform.accounts.permissions import allowed
from duli.web.backoffice.access import actor_of, screen
from duli.web.backoffice.flash_form import FlashForm, initial_of
from duli.web.backoffice.kit.dialogs import Dialog, Done, answered, run_verb
from duli.web.backoffice.kit.pills import Pill
from duli.web.backoffice.kit.seen import Guard
from duli.web.backoffice.kit.toasts import toast
from duli.web.backoffice.product_form import moment
from duli.web.backoffice.shell import render

HERE: Final = {"here": "marketing.flash"}
PILLS: Final = {
    "draft": Pill(_("Draft"), "", ""),
    "coming": Pill(_("Planned"), "info", "half"),
    "running": Pill(_("Running"), "ok", "full"),
    "ended": Pill(_("Over"), "", "bare"),
}
PROBLEMS: Final = {
    "ledger": _("The ledger adds up to another number."),
    "stock": _("Stock holds another number of units for it."),
    "oversold": _("More is ordered than was set aside."),
    "orders": _("Units of cancelled orders have not come back."),
}


def _sale(sale_id: int) -> FlashSale:
    row = FlashSale.objects.filter(pk=sale_id).first()
    if row is None:
        raise NotFound()
    return row


def _url(sale_id: int) -> str:
    return reverse("backoffice:flash_sale", args=[sale_id])


@screen("promotions.view", methods=("GET", "HEAD"))
def sale_list(request: HttpRequest) -> HttpResponse:
    """Every sale, those that begin last first."""
    rows, more = read_page(after=request.GET.get("after", "")[:20])
    context = {
        **HERE,
        "rows": [(row, PILLS[row.state]) for row in rows],
        "more": more,
        "may_edit": allowed(request.user, "promotions.edit"),
    }
    return render(request, "backoffice/flash_sales/list.html", context)


@screen("promotions.edit")
def sale_new(request: HttpRequest) -> HttpResponse:
    form = FlashForm(request.POST if request.method == "POST" else None)

    def act() -> HttpResponse:
        row = services.save_sale(draft=form.draft(), actor=actor_of(request))
        toast(request, gettext("Saved as a draft: nothing is set aside yet"))
        return HttpResponseRedirect(_url(row.pk))

    context = {"title": gettext("New flash sale"), "back": reverse("backoffice:flash_sales")}
    return _editor(request, form, act, context)


@screen("promotions.edit")
def sale_edit(request: HttpRequest, sale_id: int) -> HttpResponse:
    row = _sale(sale_id)
    form = FlashForm(request.POST if request.method == "POST" else None, row=row)
    guard = Guard(request, form, lambda: initial_of(_sale(sale_id)))

    def act() -> HttpResponse:
        services.save_sale(draft=form.draft(), sale_id=row.pk, actor=actor_of(request), seen=guard.check)
        toast(request, gettext("Saved"))
        return HttpResponseRedirect(_url(row.pk))

    context = {"title": row.name, "back": _url(row.pk), "row": row, "seen": guard.mark}
    return _editor(request, form, act, context)


def _editor(
    request: HttpRequest, form: FlashForm, act: Callable[[], HttpResponse], context: dict[str, Any]
) -> HttpResponse:
    done, status = answered(request, form, act)
    if done is not None:
        return done
    return render(request, "backoffice/flash_sales/editor.html", {**HERE, **context, "form": form}, status=status)


@screen("promotions.view", methods=("GET", "HEAD"))
def sale_page(request: HttpRequest, sale_id: int) -> HttpResponse:
    """The monitor: what is left, who waits, what is ordered and paid; and whether all numbers agree."""
    found = figures(sale_id)
    context = {
        **HERE,
        "found": found,
        "sale": found.sale,
        "pill": PILLS[found.state],
        "items": [(entry, [PROBLEMS[name] for name in entry.problems]) for entry in found.items],
        "most": max((units for _moment, units in found.minutes), default=0),
        "may_edit": allowed(request.user, "promotions.edit"),
    }
    return render(request, "backoffice/flash_sales/monitor.html", context)


def _verb(request: HttpRequest, sale_id: int, dialog: Dialog, act: Callable[[], str], url: str = "") -> HttpResponse:
    """Ask, then do: nothing but the press of a button is needed."""

    def do(values: dict[str, Any]) -> Done:
        return Done(act(), url)

    return run_verb(request, dialog, forms.Form(request.POST if request.method == "POST" else None), do, HERE)


@screen("promotions.edit")
def sale_plan(request: HttpRequest, sale_id: int) -> HttpResponse:
    """Set the units aside and let the clock do the rest."""
    row = _sale(sale_id)
    dialog = Dialog(
        title=gettext("Set the units of “%(name)s” aside?") % {"name": row.name},
        consequence=_("From now on ordinary sale cannot take them. The sale starts and ends by the clock."),
        submit=_("Set aside"),
        back=_url(sale_id),
    )

    def act() -> str:
        services.plan_sale(sale_id=sale_id, actor=actor_of(request))
        return gettext("The units are set aside")

    return _verb(request, sale_id, dialog, act)


@screen("promotions.edit")
def sale_start(request: HttpRequest, sale_id: int) -> HttpResponse:
    row = _sale(sale_id)
    dialog = Dialog(
        title=gettext("Start “%(name)s” now?") % {"name": row.name},
        consequence=_("Its prices hold from this second on."),
        submit=_("Start now"),
        back=_url(sale_id),
    )

    def act() -> str:
        services.start_now(sale_id=sale_id, actor=actor_of(request))
        return gettext("The flash sale runs")

    return _verb(request, sale_id, dialog, act)


@screen("promotions.edit")
def sale_stop(request: HttpRequest, sale_id: int) -> HttpResponse:
    row = _sale(sale_id)
    dialog = Dialog(
        title=gettext("Stop “%(name)s” now?") % {"name": row.name},
        consequence=_(
            "Prices are the ordinary ones from this second on, and what is left is on ordinary sale again. Orders stay "
            "as they are. It cannot be started again."
        ),
        submit=pgettext_lazy("flash sales", "Stop"),
        back=_url(sale_id),
        danger=True,
    )

    def act() -> str:
        services.stop_sale(sale_id=sale_id, actor=actor_of(request))
        return gettext("The flash sale is over")

    return _verb(request, sale_id, dialog, act)


@screen("promotions.edit")
def sale_delete(request: HttpRequest, sale_id: int) -> HttpResponse:
    row = _sale(sale_id)
    dialog = Dialog(
        title=gettext("Delete “%(name)s”?") % {"name": row.name},
        consequence=_("Only a draft can be deleted."),
        submit=_("Delete"),
        back=_url(sale_id),
        danger=True,
    )

    def act() -> str:
        services.delete_sale(sale_id=sale_id, actor=actor_of(request))
        return gettext("The draft is gone")

    return _verb(request, sale_id, dialog, act, reverse("backoffice:flash_sales"))


class ExtendForm(forms.Form):
    ends_at = moment(_("Ends"), _("In the time zone of the shop."))

    def __init__(self, data: Any, row: FlashSale) -> None:
        super().__init__(data, initial={"ends_at": row.ends_at})
        self.fields["ends_at"].required = True


@screen("promotions.edit")
def sale_extend(request: HttpRequest, sale_id: int) -> HttpResponse:
    """Let it end at another time."""
    row = _sale(sale_id)
    dialog = Dialog(title=_("Change its end"), submit=_("Save"), back=_url(sale_id))

    def act(values: dict[str, Any]) -> Done:
        services.extend_sale(sale_id=sale_id, ends_at=values["ends_at"], actor=actor_of(request))
        return Done(gettext("Saved"))

    form = ExtendForm(request.POST if request.method == "POST" else None, row)
    return run_verb(request, dialog, form, act, HERE)


class TopUpForm(forms.Form):
    quantity = forms.IntegerField(
        label=_("Units to add"), min_value=1, max_value=MOST_UNITS, help_text=_("They are taken from ordinary stock.")
    )


@screen("promotions.edit")
def sale_top_up(request: HttpRequest, sale_id: int, item_id: int) -> HttpResponse:
    """Set more units of one item aside."""
    item = Item.objects.select_related("variant__product").filter(pk=item_id, sale_id=sale_id).first()
    if item is None:
        raise NotFound()
    title = f"{item.variant.product.title} {item.variant.title}".strip()
    dialog = Dialog(title=gettext("Add units of “%(title)s”") % {"title": title}, submit=_("Add"), back=_url(sale_id))

    def act(values: dict[str, Any]) -> Done:
        services.top_up(sale_id=sale_id, item_id=item_id, units=values["quantity"], actor=actor_of(request))
        return Done(gettext("The units were added"))

    return run_verb(request, dialog, TopUpForm(request.POST if request.method == "POST" else None), act, HERE)
