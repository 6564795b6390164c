"""The ledger of all stock, and whether the numbers agree with it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from duli.base.errors import NotFound
from duli.commerce.inventory import services
from duli.commerce.inventory.models import StockMovement
from duli.commerce.inventory.selectors import latest_check, locations
from duli.commerce.orders.stock_check import orphaned_holds
from duli.commerce.payments.gift_cards import wrong_balances
from duli.commerce.payments.models import GiftCard
from duli.platform.accounts.models import User
from duli.platform.accounts.permissions import allowed, require
from duli.web.backoffice.access import actor_of, screen
from duli.web.backoffice.kit.cells import Text, Thumb, When
from duli.web.backoffice.kit.dialogs import Dialog, Done, run_verb
from duli.web.backoffice.kit.downloads import csv_response
from duli.web.backoffice.kit.listing import Column, Empty, Filter, ListState, ResourceList, list_response
from duli.web.backoffice.selectors import stock_papers as reads
from duli.web.backoffice.selectors.ledgers import ledgers
from duli.web.backoffice.selectors.stock_papers import LedgerFilter, LedgerRow
from duli.web.backoffice.shell import render
from duli.web.backoffice.templatetags.backoffice import reference_link, signed


class _Change:
    """What changed: units on hand, or (quieter) units held."""

    def __init__(self, row: LedgerRow) -> None:
        self.row = row

    def html(self) -> SafeString:
        movement = self.row.movement
        if movement.on_hand_change or not movement.reserved_change:
            return format_html('<span class="num">{}</span>', signed(movement.on_hand_change))
        return format_html(
            '<span class="num muted" title="{}">{}</span>', gettext("Held"), signed(movement.reserved_change)
        )

    def plain(self) -> str:
        return str(self.row.movement.on_hand_change or self.row.movement.reserved_change)


class _Reference:
    def __init__(self, row: LedgerRow) -> None:
        self.row = row

    def html(self) -> SafeString:
        return format_html("{}", reference_link(self.row.movement.reference))

    def plain(self) -> str:
        return self.row.movement.reference


COLUMNS: list[Column[LedgerRow]] = [
    Column(
        _("Product"),
        lambda row: Thumb(
            row.movement.level.variant.product.title,
            reverse("backoffice:stock_history", args=[row.movement.level.variant_id, row.movement.level.location_id]),
            "",
            " · ".join(filter(None, [row.movement.level.variant.title, row.movement.level.variant.sku])),
        ),
        phone="wide",
    ),
    Column(_("When"), lambda row: When(row.movement.created_at)),
    Column(_("Change"), _Change, align="end", phone="end"),
    Column(_("Reason"), lambda row: Text(row.movement.get_reason_display(), row.movement.note)),
    Column(_("Location"), lambda row: Text(row.movement.level.location.name, muted=True), phone="hidden"),
    Column(_("By"), lambda row: Text(row.actor, muted=True), phone="hidden"),
    Column(_("Reference"), _Reference, phone="hidden"),
]


def _filters() -> tuple[Filter, ...]:
    staff = User.objects.filter(is_staff=True).order_by("name", "email")[:100]
    people = [(f"user:{user.pk}", str(user)) for user in staff]
    return (
        Filter("reason", _("Reason"), list(StockMovement.Reason.choices)),
        Filter("location", _("Location"), [(str(place.pk), place.name) for place in locations()]),
        Filter("actor", _("By"), [*people, ("system", _("Automatic"))]),
        Filter("day", _("Days"), kind="days"),
    )


def _wanted(state: ListState) -> LedgerFilter:
    return LedgerFilter(
        query=state.query,
        reasons=state.many("reason"),
        location_ids=[int(pk) for pk in state.many("location")],
        actors=state.many("actor"),
        first=state.day("day_from"),
        last=state.day("day_to"),
    )


@screen("inventory.view", methods=("GET", "HEAD"))
def ledger(request: HttpRequest) -> HttpResponse:
    filters = _filters()
    state = ListState(request, filters=filters)
    rows, after = reads.ledger_page(_wanted(state), after=state.after)
    listing = ResourceList(
        state,
        rows=rows,
        columns=COLUMNS,
        key=lambda row: row.movement.pk,
        label=lambda row: row.movement.level.variant.product.title,
        after=after,
        filters=filters,
        search=_("SKU, barcode or reference such as order:12"),
        caption=_("Stock ledger"),
        empty=Empty(_("Nothing has moved yet"), _("Every change of the stock will be a line here."), "history"),
    )
    export = f"{reverse('backoffice:stock_ledger_export')}?{request.GET.urlencode()}"
    context = {
        "here": "products.ledger",
        "list": listing,
        "export": export if allowed(request.user, "export.run") else "",
    }
    return list_response(request, "backoffice/stock/ledger.html", context)


@screen("export.run", methods=("GET", "HEAD"))
def ledger_export(request: HttpRequest) -> HttpResponseBase:
    require(request.user, "inventory.view")
    wanted = _wanted(ListState(request, filters=_filters()))
    header = [gettext("When"), "SKU", gettext("Product"), gettext("Location"), gettext("On hand"), gettext("Held")]
    header += [gettext("Reason"), gettext("Note"), gettext("By"), gettext("Reference")]
    rows = (
        (
            row.movement.created_at.isoformat(timespec="seconds"),
            row.movement.level.variant.sku,
            " · ".join(filter(None, [row.movement.level.variant.product.title, row.movement.level.variant.title])),
            row.movement.level.location.name,
            row.movement.on_hand_change,
            row.movement.reserved_change,
            row.movement.get_reason_display(),
            row.movement.note,
            row.actor,
            row.movement.reference,
        )
        for row in reads.whole_ledger(wanted)
    )
    return csv_response("stock-ledger", header, rows)


@screen("inventory.view", methods=("GET", "HEAD"))
def integrity_page(request: HttpRequest) -> HttpResponse:
    check = latest_check()
    context = {
        "here": "products.ledger",
        "check": check,
        "rows": reads.mismatches() if check and check.total else [],
        "orphans": orphaned_holds(),
        "wrong_cards": _wrong_cards() if allowed(request.user, "orders.view") else [],
        "may_adjust": allowed(request.user, "inventory.adjust"),
        # Adding up years of entries takes its time: only for whoever asks.
        "ledgers": ledgers(request.user) if request.GET.get("ledgers") == "1" else None,
    }
    return render(request, "backoffice/stock/integrity.html", context)


def _wrong_cards() -> list[tuple[int, str]]:
    """Return gift cards whose balance is not what their entries add up to, with how they are called."""
    rows = GiftCard.objects.filter(pk__in=wrong_balances()).order_by("pk")
    return [(card.pk, f"•••• {card.last4}" if card.last4 else f"#{card.pk}") for card in rows]


@screen("inventory.view", write="inventory.adjust")
def integrity_check(request: HttpRequest) -> HttpResponse:
    require(request.user, "inventory.adjust")
    dialog = Dialog(
        title=_("Examine all numbers?"),
        consequence=_("Every level is added up again from the ledger, the holds and the papers. Nothing changes."),
        submit=_("Examine"),
        back=reverse("backoffice:stock_integrity"),
    )

    def act(values: dict[str, Any]) -> Done:
        check = services.check_stock(actor=actor_of(request))
        if check.finished_at is None:
            return Done(gettext("The examination runs in the background. Look again in a minute."))
        return Done(gettext("%(levels)s levels examined") % {"levels": check.levels})

    form = forms.Form(request.POST) if request.method == "POST" else forms.Form()
    return run_verb(request, dialog, form, act, {"here": "products.ledger"})


class RepairForm(forms.Form):
    trust = forms.ChoiceField(
        label=_("Which number is right?"),
        choices=[("count", _("What stands in the list (I counted it)")), ("ledger", _("What the ledger adds up to"))],
        widget=forms.RadioSelect,
        initial="count",
    )


@screen("inventory.view", write="inventory.adjust")
def integrity_repair(request: HttpRequest, level_id: int) -> HttpResponse:
    require(request.user, "inventory.adjust")
    row = next((found for found in reads.mismatches(1000) if found.level_id == level_id), None)
    if row is None:
        raise NotFound()
    dialog = Dialog(
        title=gettext("Set the numbers of %(title)s right") % {"title": row.title},
        consequence=_("What is held becomes what orders hold. The ledger gets a row that says what was set right."),
        submit=_("Set right"),
        back=reverse("backoffice:stock_integrity"),
    )
    form = RepairForm(request.POST) if request.method == "POST" else RepairForm(initial={"trust": "count"})

    def act(values: dict[str, Any]) -> Done:
        services.repair_level(level_id=level_id, trust=values["trust"], actor=actor_of(request))
        services.check_stock(actor=actor_of(request))
        return Done(gettext("The numbers agree again"))

    return run_verb(request, dialog, form, act, {"here": "products.ledger"})


class ReleaseForm(forms.Form):
    reference = forms.CharField(max_length=60, widget=forms.HiddenInput)


@screen("inventory.view", write="inventory.adjust")
def orphan_release(request: HttpRequest) -> HttpResponse:
    require(request.user, "inventory.adjust")
    dialog = Dialog(
        title=_("Give these units free?"),
        consequence=_("No order needs them any more; they can be sold again."),
        submit=_("Give free"),
        back=reverse("backoffice:stock_integrity"),
    )
    initial = {"reference": request.GET.get("reference", "")[:60]}
    form = ReleaseForm(request.POST) if request.method == "POST" else ReleaseForm(initial=initial)

    def act(values: dict[str, Any]) -> Done:
        if values["reference"] not in {hold.reference for hold in orphaned_holds(10_000)}:
            raise NotFound()
        units = services.release(reference=values["reference"], actor=actor_of(request))
        return Done(gettext("%(units)s units are free again") % {"units": units})

    return run_verb(request, dialog, form, act, {"here": "products.ledger"})
