"""Referrals at the desk: what came by whom, what looks odd, who the partners are, and what is paid out."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import get_language, gettext, ngettext, pgettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from duli.base.money import Money
from duli.commerce.customers.models import Customer
from duli.commerce.promotions.models import Promotion
from duli.commerce.referrals import selectors, services
from duli.commerce.referrals.models import Program, Referral, Referrer
from duli.commerce.referrals.states import CHECKS, Kind, ReferralState, ReferrerState
from duli.commerce.referrals.types import ProgramDraft
from duli.platform.accounts.permissions import allowed, require
from duli.platform.store.selectors import current_store
from duli.web.backoffice.access import actor_of, screen
from duli.web.backoffice.kit.dialogs import Dialog, Done, answered, run_verb
from duli.web.backoffice.kit.facets import Facets
from duli.web.backoffice.kit.forms import Amount, amount_text
from duli.web.backoffice.kit.pills import Pill
from duli.web.backoffice.kit.seen import Guard
from duli.web.backoffice.kit.tables import table_answer
from duli.web.backoffice.kit.toasts import toast
from duli.web.backoffice.selectors.people import actor_names
from duli.web.backoffice.shell import render

HERE = {"here": "marketing.referrals"}
PAGE: Final = 50
GROUPS: Final = 3
STATES = (
    ("", _("All")),
    ("held", pgettext_lazy("referrals", "To review")),
    ("pending", pgettext_lazy("referrals", "Waiting")),
    ("payable", pgettext_lazy("referrals", "To pay out")),
    ("approved", pgettext_lazy("referrals", "Approved")),
    ("declined", pgettext_lazy("referrals", "Declined")),
)
_TONES = {"held": ("attention", "half"), "pending": ("info", ""), "approved": ("ok", "full"), "declined": ("", "")}
_PARTNER_TONES = {
    "applied": ("attention", "half"),
    "active": ("ok", "full"),
    "paused": ("info", ""),
    "declined": ("", ""),
}


def _pill(row: Referral) -> Pill:
    return Pill(ReferralState(row.state).label, *_TONES[row.state])


def _partner_pill(row: Referrer) -> Pill:
    return Pill(ReferrerState(row.state).label, *_PARTNER_TONES[row.state])


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


@screen("promotions.view", methods=("GET", "HEAD"))
def referral_list(request: HttpRequest) -> HttpResponse:
    """Every order that came by somebody's link, newest first; what looks odd waits to be looked at."""
    state, after = (request.GET.get(name, "")[:40] for name in ("state", "after"))
    rows = selectors.referrals(state=state)
    if (last := _number(after)) is not None:
        rows = rows.filter(pk__lt=last)
    found = list(rows[: PAGE + 1])
    context = {
        **HERE,
        "rows": [
            (
                row,
                _pill(row),
                Money(row.earned_minor, row.currency),
                [CHECKS[code] for code in row.checks if code in CHECKS],
            )
            for row in found[:PAGE]
        ],
        "more": found[PAGE - 1].pk if len(found) > PAGE else "",
        "state": state,
        "states": [(value, label, value == state) for value, label in STATES],
        "held": selectors.count_held(),
        "owed": selectors.owed_by_currency(),
        "program": selectors.program(),
        "may_edit": allowed(request.user, "promotions.edit"),
        "may_pay": allowed(request.user, "orders.payments"),
    }
    return render(request, "backoffice/referrals/list.html", context)


class Nothing(forms.Form):
    """A verb that asks nothing but whether it is meant."""


def _nothing(request: HttpRequest) -> forms.Form:
    return Nothing(request.POST if request.method == "POST" else None)


@screen("promotions.view", write="promotions.edit")
def referral_decide(request: HttpRequest, referral_id: int, answer: str) -> HttpResponse:
    """Let a referral count, or not."""
    require(request.user, "promotions.edit")
    row = selectors.referral_by_id(referral_id)
    yes = answer == "approve"
    dialog = Dialog(
        title=_("Let this order count?") if yes else _("Do not let this order count?"),
        consequence=_("Once its goods can be returned no more, the reward is given or the commission may be paid out.")
        if yes
        else _("Nothing is given for it. What was paid for it is set off against the next payment."),
        submit=pgettext("referrals", "Let it count") if yes else pgettext("referrals", "Decline"),
        back=reverse("backoffice:referrals"),
        danger=not yes,
    )

    def act(values: dict[str, Any]) -> Done:
        services.decide(referral_id=row.pk, approve=yes, actor=actor_of(request))
        return Done(gettext("The order counts") if yes else gettext("The order does not count"))

    return run_verb(request, dialog, _nothing(request), act, HERE)


@screen("promotions.view", methods=("GET", "HEAD"))
def referral_partners(request: HttpRequest) -> HttpResponse:
    """Who is a partner, or wants to be one."""
    query, state, after = (request.GET.get(name, "")[:100] for name in ("q", "state", "after"))
    rows = selectors.referrers(kind=Kind.PARTNER, state=state, query=query)
    if (last := _number(after)) is not None:
        rows = rows.filter(pk__lt=last)
    found = list(rows[: PAGE + 1])
    ids = [row.pk for row in found[:PAGE]]
    clicks, orders = selectors.clicks_of(ids), selectors.orders_of(ids)
    context = {
        **HERE,
        "rows": [
            (row, _partner_pill(row), clicks.get(row.pk, 0), orders.get(row.pk, 0), _percent(row.points))
            for row in found[:PAGE]
        ],
        "more": found[PAGE - 1].pk if len(found) > PAGE else "",
        "query": query,
        "state": state,
        "states": [
            ("", _("All"), not state),
            *((value, label, value == state) for value, label in ReferrerState.choices),
        ],
        "may_edit": allowed(request.user, "promotions.edit"),
    }
    return render(request, "backoffice/referrals/partners.html", context)


def _percent(points: int | None) -> str:
    return "" if points is None else f"{Decimal(points) / 100:.2f}".rstrip("0").rstrip(".") + "%"


class PartnerForm(forms.Form):
    state = forms.ChoiceField(label=_("State"), choices=ReferrerState.choices)
    percent = forms.DecimalField(
        label=_("Commission of their own, in percent"),
        required=False,
        min_value=0,
        max_value=100,
        decimal_places=2,
        help_text=_("Empty: as for all partners."),
    )


class NewPartnerForm(PartnerForm):
    email = forms.EmailField(label=_("E-mail of the customer"), max_length=254)
    field_order = ("email", "state", "percent")

    def clean_email(self) -> Customer:
        email = self.cleaned_data["email"].lower()
        found = Customer.objects.filter(email=email, merged_into=None, user__isnull=False).first()
        if found is None:
            raise forms.ValidationError(_("No account has this address. A partner signs up in the shop first."))
        return found


def _save(request: HttpRequest, customer_id: int, values: dict[str, Any]) -> Referrer:
    percent = values["percent"]
    return services.save_referrer(
        customer_id=customer_id,
        kind=Kind.PARTNER,
        state=values["state"],
        points=int(percent * 100) if percent is not None else None,
        actor=actor_of(request),
    )


@screen("promotions.view", write="promotions.edit")
def referral_partner_new(request: HttpRequest) -> HttpResponse:
    """Make a customer a partner."""
    require(request.user, "promotions.edit")
    dialog = Dialog(title=_("New partner"), submit=_("Add"), back=reverse("backoffice:referral_partners"))
    form = NewPartnerForm(request.POST if request.method == "POST" else None, initial={"state": "active"})

    def act(values: dict[str, Any]) -> Done:
        row = _save(request, values["email"].pk, values)
        return Done(gettext("The partner was added"), reverse("backoffice:referral_partner", args=[row.pk]))

    return run_verb(request, dialog, form, act, HERE)


@screen("promotions.view", methods=("GET", "HEAD"))
def referral_partner(request: HttpRequest, referrer_id: int) -> HttpResponse:
    """One partner: link, what came by it, what is owed."""
    row = selectors.referrer_by_id(referrer_id)
    found = list(selectors.referrals(referrer_id=row.pk)[:PAGE])
    context = {
        **HERE,
        "row": row,
        "pill": _partner_pill(row),
        "url": f"{settings.PUBLIC_URL}/r/{row.code}",
        "percent": _percent(row.points),
        "clicks": selectors.clicks_of([row.pk]).get(row.pk, 0),
        "orders": selectors.orders_of([row.pk]).get(row.pk, 0),
        "earned": selectors.earned_by(row),
        "rows": [(entry, _pill(entry), Money(entry.earned_minor, entry.currency)) for entry in found],
        "may_edit": allowed(request.user, "promotions.edit"),
        "may_see_people": allowed(request.user, "customers.view"),
    }
    return render(request, "backoffice/referrals/partner.html", context)


@screen("promotions.view", write="promotions.edit")
def referral_partner_edit(request: HttpRequest, referrer_id: int) -> HttpResponse:
    """Take a partner in, pause one, or agree on a commission."""
    require(request.user, "promotions.edit")
    row = selectors.referrer_by_id(referrer_id)
    dialog = Dialog(
        title=_("Change the partner"), submit=_("Save"), back=reverse("backoffice:referral_partner", args=[row.pk])
    )
    initial = {"state": row.state, "percent": Decimal(row.points) / 100 if row.points is not None else None}
    form = PartnerForm(request.POST if request.method == "POST" else None, initial=initial)

    def act(values: dict[str, Any]) -> Done:
        _save(request, row.customer_id, values)
        return Done(gettext("Saved"))

    return run_verb(request, dialog, form, act, HERE)


class ProgramForm(forms.Form):
    """The rules; amounts of the store's own currency."""

    friends_on = forms.BooleanField(label=_("Customers invite friends"), required=False)
    reward = forms.ChoiceField(label=_("What the customer gets"), choices=Program.Reward.choices)
    reward_promotion = forms.TypedChoiceField(
        label=_("Discount of the code"), required=False, coerce=int, empty_value=None,
        help_text=_("A discount that needs a code. Each customer gets a code of their own for one order."),
    )  # fmt: skip
    partners_on = forms.BooleanField(label=_("Partners get a commission"), required=False)
    takes_applications = forms.BooleanField(
        label=_("Customers may ask to become a partner"), required=False, help_text=_("On the page of their account.")
    )
    commission = forms.DecimalField(
        label=_("Commission in percent"),
        min_value=0,
        max_value=100,
        decimal_places=2,
        help_text=_("Of the goods, without tax and shipping."),
    )
    approves_itself = forms.BooleanField(label=_("Commissions are approved without a click"), required=False)
    wait_days = forms.IntegerField(
        label=_("Days to wait after payment"), min_value=0, max_value=365,
        help_text=_("As long as goods can be returned. What comes back earns nothing."),
    )  # fmt: skip
    window_days = forms.IntegerField(
        label=_("Days a link counts"),
        min_value=1,
        max_value=365,
        help_text=_("The link that was followed last counts."),
    )
    asks_first = forms.BooleanField(
        label=_("Ask before anything is kept in the browser"),
        required=False,
        help_text=_("The law asks for it in the EU and the UK. Without it a link leads straight into the shop."),
    )
    most_a_day = forms.IntegerField(
        label=_("Orders of one link a day that need no look"), min_value=1, max_value=10_000
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        currency = current_store().default_currency
        self.fields["reward_minor"] = Amount(label=_("Store credit"), currency=currency, required=False)
        self.fields["least_minor"] = Amount(
            label=_("Friends' orders from"), currency=currency, required=False, help_text=_("Empty: any order.")
        )
        promotion = self.fields["reward_promotion"]
        assert isinstance(promotion, forms.ChoiceField)
        coded = Promotion.objects.filter(needs_code=True).order_by("-pk").values_list("pk", "name")[:200]
        promotion.choices = [("", "–"), *coded]
        for number in range(1, GROUPS + 1):
            self.fields[f"goods_{number}"] = Facets(label=_("On these goods"))
            self.fields[f"percent_{number}"] = forms.DecimalField(
                label=_("Commission in percent"), required=False, min_value=0, max_value=100, decimal_places=2
            )

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        for number in range(1, GROUPS + 1):
            if values.get(f"goods_{number}") and values.get(f"percent_{number}") is None:
                self.add_error(f"percent_{number}", _("Say how much."))
        return values

    @property
    def groups(self) -> list[tuple[Any, Any]]:
        return [(self[f"goods_{number}"], self[f"percent_{number}"]) for number in range(1, GROUPS + 1)]

    def draft(self) -> ProgramDraft:
        values = self.cleaned_data
        same = ("friends_on", "reward", "partners_on", "takes_applications", "approves_itself", "asks_first")
        numbers = ("wait_days", "window_days", "most_a_day")
        return ProgramDraft(
            **{name: values[name] for name in (*same, *numbers)},
            reward_minor=values["reward_minor"] or 0,
            reward_promotion_id=values["reward_promotion"],
            least_minor=values["least_minor"] or 0,
            commission_points=int(values["commission"] * 100),
            commissions={
                facet: int(values[f"percent_{number}"] * 100)
                for number in range(1, GROUPS + 1)
                for facet in values[f"goods_{number}"] or ()
            },
        )


def _stored() -> dict[str, Any]:
    row, currency = selectors.stored_program(), current_store().default_currency
    by_points: dict[int, list[str]] = {}
    for facet, points in selectors.commissions().items():
        by_points.setdefault(points, []).append(facet)
    found: dict[str, Any] = {name: getattr(row, name) for name in ProgramForm.base_fields if hasattr(row, name)}
    found |= {
        "reward_minor": amount_text(row.reward_minor or None, currency),
        "least_minor": amount_text(row.least_minor or None, currency),
        "reward_promotion": row.reward_promotion_id or "",
        "commission": Decimal(row.commission_points) / 100,
    }
    for number, (points, facets) in enumerate(list(by_points.items())[:GROUPS], 1):
        found |= {f"goods_{number}": facets, f"percent_{number}": Decimal(points) / 100}
    return found


@screen("promotions.view", write="promotions.edit")
def referral_settings(request: HttpRequest) -> HttpResponse:
    """The rules: rewards for friends, commissions for partners, how long links count."""
    require(request.user, "promotions.edit")
    form = ProgramForm(request.POST if request.method == "POST" else None, initial=_stored())
    guard = Guard(request, form, _stored)

    def act() -> HttpResponse:
        services.save_program(draft=form.draft(), actor=actor_of(request), seen=guard.check)
        toast(request, gettext("Saved"))
        return HttpResponseRedirect(reverse("backoffice:referral_settings"))

    done, status = answered(request, form, act)
    if done is not None:
        return done
    context = {**HERE, "form": form, "seen": guard.mark, "dirty": status != 200}
    return render(request, "backoffice/referrals/settings.html", context, status=status)


class PayForm(forms.Form):
    currency = forms.ChoiceField(label=_("Currency"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["currency"]
        assert isinstance(field, forms.ChoiceField)
        language = get_language() or "en"
        field.choices = [(sum_.currency, sum_.format(language)) for sum_ in selectors.owed_by_currency()]


@screen("orders.payments")
def referral_pay(request: HttpRequest) -> HttpResponse:
    """Write down that all partners are paid what they are owed in a currency; the list of it is then paid by hand."""
    back = reverse("backoffice:referrals")
    form = PayForm(request.POST if request.method == "POST" else None)
    owed = bool(form.fields["currency"].choices)  # type: ignore[attr-defined]
    dialog = Dialog(
        title=_("Pay commissions out"),
        consequence=_(
            "Every partner's approved commissions are noted as paid. You get a list with the accounts to pay."
        )
        if owed
        else _("There is nothing to pay out at the moment."),
        submit=_("Note as paid") if owed else "",
        back=back,
    )

    def act(values: dict[str, Any]) -> Done:
        batch = services.pay_out(currency=values["currency"], actor=actor_of(request))
        return Done(
            gettext("The commissions are noted as paid"), reverse("backoffice:referral_payout", args=[batch.pk])
        )

    return run_verb(request, dialog, form, act, HERE)


@screen("promotions.view", methods=("GET", "HEAD"))
def referral_payouts(request: HttpRequest) -> HttpResponse:
    """What was paid out, newest first."""
    rows = selectors.batches()
    names = actor_names({batch.actor for batch, _count, _sum in rows})
    context = {
        **HERE,
        "rows": [
            (
                batch,
                ngettext("%(count)s partner", "%(count)s partners", count) % {"count": count},
                amount,
                names[batch.actor],
            )
            for batch, count, amount in rows
        ],
    }
    return render(request, "backoffice/referrals/payouts.html", context)


@screen("orders.payments", methods=("GET", "HEAD"))
def referral_payout(request: HttpRequest, batch_id: int) -> HttpResponse:
    """One batch: whom to pay, where, how much."""
    batch = selectors.batch_by_id(batch_id)
    rows = [(row, Money(row.amount_minor, batch.currency)) for row in selectors.payouts_of(batch.pk)[:500]]
    return render(request, "backoffice/referrals/payout.html", {**HERE, "batch": batch, "rows": rows})


@screen("orders.payments", methods=("GET", "HEAD"), personal=True)
def referral_payout_export(request: HttpRequest, batch_id: int, form: str) -> HttpResponse:
    """The batch as a file for the bank or the bookkeeper."""
    batch = selectors.batch_by_id(batch_id)

    def rows() -> Iterator[list[str]]:
        for row in selectors.payouts_of(batch.pk).iterator(chunk_size=1000):
            amount = str(Money(row.amount_minor, batch.currency).amount)
            customer = row.referrer.customer
            yield [row.referrer.code, customer.name, customer.email, row.pay_to, amount, batch.currency]

    titles = ("Code", "Name", "E-mail", "Pay to", "Amount", "Currency")
    return table_answer(f"payout-{batch.pk}", form, titles, rows())
