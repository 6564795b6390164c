"""Members at the desk: who is in which tier, what points they have, and by which rules."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import get_language, gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from duli.base.errors import InvalidInput
from duli.base.ids import new_token
from duli.base.money import Money
from duli.commerce.customers.selectors import customer_by_id
from duli.commerce.membership import selectors as reads
from duli.commerce.membership import services
from duli.commerce.membership.models import PointsEntry, Program, Tier
from duli.commerce.membership.rules import ProgramRules
from duli.commerce.membership.types import TierDraft
from duli.platform.accounts.permissions import allowed, require
from duli.platform.store.selectors import current_store
from duli.web.backoffice.access import actor_of, screen
from duli.web.backoffice.kit import cursors
from duli.web.backoffice.kit.dialogs import Dialog, Done, answered, go_to, run_verb
from duli.web.backoffice.kit.forms import Amount, DayInput, Line, Prose, amount_text
from duli.web.backoffice.kit.seen import Guard
from duli.web.backoffice.kit.toasts import toast
from duli.web.backoffice.product_form import moment
from duli.web.backoffice.selectors.customers import name_of
from duli.web.backoffice.shell import render

HERE = {"here": "customers.members"}
EDIT = "membership.edit"
PAGE = 50


@screen("customers.view", methods=("GET", "HEAD"))
def member_list(request: HttpRequest) -> HttpResponse:
    """Every member, those with the most points first."""
    query, tier, after = (request.GET.get(name, "")[:200] for name in ("q", "tier", "after"))
    language = get_language() or "en"
    found, more = cursors.page(reads.members(tier=tier, query=query), order="-points", after=after, limit=PAGE)
    tiers = [reads.tier_view(row, language) for row in reads.tier_rows()]
    names = {view.id: view.name for view in tiers}
    context = {
        **HERE,
        "rows": [(row, name_of(row.customer), names.get(row.tier_id or 0, ""), f"{row.points:,}") for row in found],
        "more": more,
        "query": query,
        "tier": tier,
        "tabs": [("", _("All")), *((str(view.id), view.name) for view in tiers), ("none", _("Without a tier"))],
        "program": reads.program(),
        "may_edit": allowed(request.user, EDIT),
    }
    return render(request, "backoffice/members/list.html", context)


def _needs(tier: Tier, measure: str, language: str) -> str:
    if not tier.threshold:
        return gettext("with an account")
    if measure == Program.Measure.ORDERS:
        return gettext("from %(count)s orders on") % {"count": tier.threshold}
    amount = Money(tier.threshold, current_store().default_currency).format(language)
    return gettext("from %(amount)s on") % {"amount": amount}


_SWITCHES = ("has_tiers", "has_points")
_MONEY = ("earn_minor", "worth_minor")
_NUMBERS: dict[str, tuple[Any, int, int, Any]] = {
    "window_days": (_("Days that count"), 0, 3660, _("0: everything they ever bought.")),
    "grace_days": (_("Days of grace"), 0, 3660, _("So long a tier is kept after what it asks for is no more there.")),
    "earn_points": (pgettext_lazy("points", "Points given"), 1, 1_000_000, ""),
    "order_points": (_("More points for every order"), 0, 1_000_000, ""),
    "birthday_points": (_("Points for a birthday"), 0, 1_000_000, _("Of who told the day in their account.")),
    "welcome_points": (_("Points for a new account"), 0, 1_000_000, _("Once its address is confirmed.")),
    "ready_days": (_("Days until they can be used"), 0, 3660, _("As long as orders can be returned is a good choice.")),
    "expiry_months": (_("Months until they run out"), 0, 120, _("0: never.")),
    "notice_days": (_("Days of notice"), 0, 365, _("So long before a mail tells of it. 0: no mail.")),
    "worth_points": (pgettext_lazy("points", "So many points"), 1, 1_000_000, ""),
    "most_percent": (_("At most so much of the goods, in percent"), 1, 100, ""),
    "least_points": (_("Fewest points at once"), 0, 1_000_000_000, ""),
    "boost_percent": (_("Points in percent"), 100, 10_000, _("200: twice the points.")),
}


class ProgramForm(forms.Form):
    """The rules. Amounts are of the store's own currency."""

    has_tiers = forms.BooleanField(label=_("Members reach tiers"), required=False)
    measure = forms.ChoiceField(label=_("What counts for a tier"), choices=Program.Measure.choices)
    has_points = forms.BooleanField(label=_("Members earn points"), required=False)
    rounding = forms.ChoiceField(label=pgettext_lazy("points", "Rounding"), choices=Program.Rounding.choices)
    ready_from = forms.ChoiceField(label=_("They can be used"), choices=Program.Ready.choices)
    boost_from = moment(_("Starts"), _("In the time zone of the shop."))
    boost_until = moment(_("Ends"), "")

    def __init__(self, data: Any, *, initial: dict[str, Any]) -> None:
        super().__init__(data, initial=initial)
        currency = current_store().default_currency
        self.fields["earn_minor"] = Amount(label=_("For every"), currency=currency)
        self.fields["worth_minor"] = Amount(label=_("Are worth"), currency=currency)
        for name, (label, least, most, help_text) in _NUMBERS.items():
            self.fields[name] = forms.IntegerField(label=label, min_value=least, max_value=most, help_text=help_text)


@screen("customers.view", write=EDIT)
def member_rules(request: HttpRequest) -> HttpResponse:
    """By which rules points and tiers are given; and the tiers."""
    currency, language = current_store().default_currency, get_language() or "en"
    zone = ZoneInfo(current_store().time_zone)

    def stored() -> dict[str, Any]:
        rules = reads.program()
        values = {field.name: getattr(rules, field.name) for field in fields(rules)}
        return {**values, **{name: amount_text(values[name], currency) for name in _MONEY}}

    form = ProgramForm(request.POST if request.method == "POST" else None, initial=stored())
    guard = Guard(request, form, stored)

    def act() -> HttpResponse:
        values = form.cleaned_data
        for name in ("boost_from", "boost_until"):
            found = values[name]
            values[name] = found.replace(tzinfo=zone) if found and found.tzinfo is None else found
        services.save_program(rules=ProgramRules(**values), actor=actor_of(request), seen=guard.check)
        toast(request, gettext("Saved"))
        return go_to(request, request.path)

    done, status = answered(request, form, act)
    if done is not None:
        return done
    counts = reads.member_counts()
    rules = reads.program()
    context = {
        **HERE,
        "form": form,
        "seen": guard.mark,
        "dirty": status != 200,
        "may_edit": allowed(request.user, EDIT),
        "tiers": [
            (row, reads.tier_view(row, language), _needs(row, rules.measure, language), counts.get(row.pk, 0))
            for row in reads.tier_rows()
        ],
    }
    return render(request, "backoffice/members/rules.html", context, status=status)


class TierForm(forms.Form):
    """A tier. Its threshold is money or a number of orders, by what counts in the program."""

    name = Line(label=pgettext_lazy("tier", "Name"), max_length=60)
    points_percent = forms.IntegerField(
        label=_("Points in percent"),
        min_value=1,
        max_value=10_000,
        initial=100,
        help_text=_("150: half as many again."),
    )
    benefits = Prose(
        label=_("Benefits"),
        required=False,
        max_length=2000,
        rows=3,
        help_text=_("Members read them, one a line. Prices and discounts for a tier are made under Discounts."),
    )

    def __init__(self, data: Any, *, initial: dict[str, Any]) -> None:
        super().__init__(data, initial=initial)
        if reads.program().measure == Program.Measure.ORDERS:
            self.fields["threshold"] = forms.IntegerField(label=_("From so many orders"), min_value=0, max_value=10**6)
        else:
            self.fields["threshold"] = Amount(label=_("From a sum of"), currency=current_store().default_currency)
        for code, spoken in self.others():
            self.fields[f"name_{code}"] = Line(
                label=_("Name in %(language)s") % {"language": spoken}, max_length=60, required=False
            )
            self.fields[f"benefits_{code}"] = Prose(
                label=_("Benefits in %(language)s") % {"language": spoken}, max_length=2000, rows=3, required=False
            )

    @staticmethod
    def others() -> list[tuple[str, str]]:
        return [(code, name) for code, name in settings.LANGUAGES if code != current_store().default_language]

    def main(self) -> list[Any]:
        return [self["name"], self["threshold"], self["points_percent"]]

    def translations(self) -> list[tuple[Any, Any]]:
        return [(self[f"name_{code}"], self[f"benefits_{code}"]) for code, _name in self.others()]

    def draft(self) -> TierDraft:
        values = self.cleaned_data
        return TierDraft(
            name=values["name"],
            threshold=values["threshold"],
            points_percent=values["points_percent"],
            benefits=values["benefits"],
            names={code: values[f"name_{code}"] for code, _name in self.others()},
            benefits_by_language={code: values[f"benefits_{code}"] for code, _name in self.others()},
        )


def _tier_values(row: Tier) -> dict[str, Any]:
    measure, threshold = reads.program().measure, row.threshold
    return {
        "name": row.name,
        "threshold": threshold
        if measure == Program.Measure.ORDERS
        else amount_text(threshold, current_store().default_currency),
        "points_percent": row.points_percent,
        "benefits": row.benefits,
        **{f"name_{code}": row.names.get(code, "") for code, _name in TierForm.others()},
        **{f"benefits_{code}": row.benefits_by_language.get(code, "") for code, _name in TierForm.others()},
    }


@screen("customers.view", write=EDIT)
def tier_edit(request: HttpRequest, tier_id: int) -> HttpResponse:
    """Add (key 0) or change a tier."""
    require(request.user, EDIT)
    row = reads.tier_by_id(tier_id) if tier_id else None
    dialog = Dialog(
        title=_("Edit tier") if row else _("Add a tier"),
        consequence=_("Members move up with their next order, and down when their days of grace are over."),
        submit=_("Save"),
        back=reverse("backoffice:member_rules"),
        wide=True,
        template="backoffice/members/tier.html",
    )

    def stored() -> dict[str, Any]:
        return _tier_values(reads.tier_by_id(tier_id))

    form = TierForm(request.POST if request.method == "POST" else None, initial=stored() if row else {})
    guard = Guard(request, form, stored) if row else None

    def act(values: dict[str, Any]) -> Done:
        if values["threshold"] is None:
            raise InvalidInput(field="threshold")
        services.save_tier(
            draft=form.draft(),
            tier_id=tier_id or None,
            actor=actor_of(request),
            seen=guard.check if guard else None,
        )
        return Done(gettext("Tier saved"))

    return run_verb(request, dialog, form, act, HERE, guard=guard)


@screen("customers.view", write=EDIT)
def tier_delete(request: HttpRequest, tier_id: int) -> HttpResponse:
    require(request.user, EDIT)
    row = reads.tier_by_id(tier_id)
    dialog = Dialog(
        title=gettext("Remove the tier “%(name)s”?") % {"name": row.name},
        consequence=_("Discounts for this tier then count for nobody."),
        submit=_("Remove"),
        back=reverse("backoffice:member_rules"),
        danger=True,
    )

    def act(values: dict[str, Any]) -> Done:
        services.delete_tier(tier_id=tier_id, actor=actor_of(request))
        return Done(gettext("Tier removed"))

    return run_verb(request, dialog, forms.Form(request.POST if request.method == "POST" else None), act, HERE)


class AdjustForm(forms.Form):
    points = forms.IntegerField(
        label=_("Add or take off"), min_value=-(10**12), max_value=10**12, help_text=_("Below zero takes off.")
    )
    note = Line(label=_("Why"), max_length=255, help_text=_("The customer reads it."))
    key = forms.CharField(widget=forms.HiddenInput, max_length=64)


@screen("customers.view", write=EDIT)
def member_adjust(request: HttpRequest, customer_id: int) -> HttpResponse:
    """Give a customer points, or take some."""
    require(request.user, EDIT)
    customer = customer_by_id(customer_id)
    dialog = Dialog(
        title=_("Change points"),
        consequence=gettext("%(points)s points are there now. Every change is kept with your name and the reason.")
        % {"points": f"{reads.standing_of(customer.pk, 'en').available:,}"},
        submit=_("Change points"),
        back=reverse("backoffice:customer", args=[customer.pk]),
    )
    form = AdjustForm(request.POST if request.method == "POST" else None, initial={"key": new_token()})

    def act(values: dict[str, Any]) -> Done:
        services.adjust_points(
            customer_id=customer.pk,
            points=values["points"],
            note=values["note"],
            actor=actor_of(request),
            idempotency_key=values["key"],
        )
        return Done(gettext("Points changed"))

    return run_verb(request, dialog, form, act, {"here": "customers.all"})


class SetTierForm(forms.Form):
    tier = forms.ChoiceField(label=pgettext_lazy("member", "Tier"))
    until = forms.DateField(
        label=_("Until"), required=False, widget=DayInput(), help_text=_("Empty: until a higher one is reached.")
    )
    reason = Line(label=_("Why"), max_length=255)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        language = get_language() or "en"
        tier = self.fields["tier"]
        assert isinstance(tier, forms.ChoiceField)
        tier.choices = [
            *((str(row.pk), reads.tier_view(row, language).name) for row in reads.tier_rows()),
            ("0", _("No tier")),
        ]


@screen("customers.view", write=EDIT)
def member_tier(request: HttpRequest, customer_id: int) -> HttpResponse:
    """Put a customer into a tier by hand."""
    require(request.user, EDIT)
    customer = customer_by_id(customer_id)
    dialog = Dialog(
        title=_("Set the tier"),
        consequence=_("It stays until its end, whatever is bought, unless a higher one is reached."),
        submit=_("Set the tier"),
        back=reverse("backoffice:customer", args=[customer.pk]),
    )
    own = reads.standing_of(customer.pk, "en").tier
    form = SetTierForm(
        request.POST if request.method == "POST" else None, initial={"tier": str(own.id) if own else "0"}
    )

    def act(values: dict[str, Any]) -> Done:
        # The day that is named still counts.
        last = values["until"]
        zone = ZoneInfo(current_store().time_zone)
        until = datetime(last.year, last.month, last.day, tzinfo=zone) + timedelta(days=1) if last else None
        services.set_tier(
            customer_id=customer.pk,
            tier_id=int(values["tier"]) or None,
            reason=values["reason"],
            until=until,
            actor=actor_of(request),
        )
        return Done(gettext("Tier set"))

    return run_verb(request, dialog, form, act, {"here": "customers.all"})


def on_customer(customer_id: int, *, has_account: bool) -> dict[str, Any]:
    """Return what a customer's page shows of membership; nothing where there is no program or no account."""
    if not has_account or not reads.is_running():
        return {}
    language = get_language() or "en"
    standing = reads.standing_of(customer_id, language)
    entries = reads.entries_of(customer_id, limit=8)
    kinds = dict(PointsEntry.Kind.choices)
    numbers = reads.order_numbers(entry.reference for entry in entries)
    missing = ""
    if standing.next_tier is not None:
        amount: Any = standing.missing
        if standing.measure == Program.Measure.SPENT:
            amount = Money(standing.missing, current_store().default_currency).format(language)
        else:
            amount = gettext("%(count)s orders") % {"count": amount}
        missing = gettext("%(amount)s more for %(tier)s") % {"amount": amount, "tier": standing.next_tier.name}
    return {
        "standing": standing,
        "points_there": f"{standing.available:,}",
        "missing": missing,
        "tier_history": reads.tier_history(customer_id, limit=6),
        "points_entries": [
            (
                entry,
                kinds.get(entry.kind, entry.kind),
                f"{entry.change or -entry.owed:+,}".replace("-", "−"),
                numbers.get(entry.reference, ("", ""))[0],
                int(entry.reference.removeprefix("order:")) if entry.reference in numbers else 0,
            )
            for entry in entries
        ],
    }
