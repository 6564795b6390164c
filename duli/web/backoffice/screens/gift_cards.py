"""Gift cards at the desk: who holds which, what is left, and what staff may do with one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import get_language, gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from duli.base.ids import new_token
from duli.base.money import Money, exponent
from duli.commerce.checkout.selectors import country_names
from duli.commerce.payments import gift_cards as reads
from duli.commerce.payments import services
from duli.commerce.payments.models import GiftCard, GiftCardEntry
from duli.platform.accounts.permissions import allowed, require
from duli.platform.store.selectors import current_store, markets
from duli.web.backoffice.access import actor_of, screen
from duli.web.backoffice.kit.dialogs import Dialog, Done, run_verb
from duli.web.backoffice.kit.forms import DayInput, Line, Prose
from duli.web.backoffice.kit.pills import Pill
from duli.web.backoffice.kit.tables import table_answer
from duli.web.backoffice.order_words import gift_card_pill
from duli.web.backoffice.selectors.people import actor_names
from duli.web.backoffice.shell import render

PAGE = 50
STATES = (
    ("", _("All")),
    ("active", pgettext_lazy("gift card", "Active")),
    ("used", pgettext_lazy("gift card", "Used up")),
    ("expired", _("Ran out")),
    ("disabled", _("Blocked")),
)

HERE = {"here": "products.gift_cards"}


def _pill(card: GiftCard) -> Pill:
    return gift_card_pill(reads.state_of(card))


@screen("orders.view", methods=("GET", "HEAD"))
def gift_card_list(request: HttpRequest) -> HttpResponse:
    """Every card, newest first."""
    query, state, after = (request.GET.get(name, "")[:100] for name in ("q", "state", "after"))
    rows = reads.cards(query, state)
    if after.isascii() and after.isdigit() and len(after) < 19:
        rows = rows.filter(pk__lt=int(after))
    found = list(rows[: PAGE + 1])
    context = {
        **HERE,
        "rows": [(card, Money(card.balance_minor, card.currency), _pill(card)) for card in found[:PAGE]],
        "more": str(found[PAGE - 1].pk) if len(found) > PAGE else "",
        "query": query,
        "state": state,
        "states": [(value, label, value == state) for value, label in STATES],
        "may_export": allowed(request.user, "orders.gift_cards"),
        "narrowed": urlencode({"q": query, "state": state}),
        "may_issue": allowed(request.user, "orders.payments"),
    }
    return render(request, "backoffice/gift_cards/list.html", context)


EXPORT_TITLES = (
    *("Code", "State", "Currency", "Issued for", "Balance", "Can be spent until", "Recipient", "E-mail", "From"),
    *("Bought by", "Note", "Issued at"),
)


@screen("orders.gift_cards", methods=("GET", "HEAD"), personal=True)
def gift_card_export(request: HttpRequest, form: str) -> HttpResponse:
    """The cards of the list with what is left on each; of a code, which is not kept, its end for who handles money."""
    query, state = (request.GET.get(name, "")[:100] for name in ("q", "state"))
    ends = allowed(request.user, "orders.payments")
    return table_answer("gift-cards", form, EXPORT_TITLES, _export_rows(reads.cards(query, state), ends=ends))


def _export_rows(cards: QuerySet[GiftCard], *, ends: bool) -> Iterator[list[str]]:
    for card in cards.iterator(chunk_size=1000):
        yield [
            f"•••• {card.last4 if ends else '••••'}" if card.last4 else "",
            reads.state_of(card),
            card.currency,
            str(Money(card.initial_minor, card.currency).amount),
            str(Money(card.balance_minor, card.currency).amount),
            card.expires_on.isoformat() if card.expires_on else "",
            card.recipient_name,
            card.recipient_email,
            card.sender_name,
            card.reference,
            card.note,
            card.created_at.isoformat(),
        ]


class IssueForm(forms.Form):
    amount = forms.DecimalField(label=_("Amount"), min_value=Decimal("0.01"), max_digits=12, decimal_places=3)
    currency = forms.ChoiceField(label=_("Currency"))
    recipient_email = forms.EmailField(
        label=_("E-mail of the recipient"),
        required=False,
        max_length=254,
        help_text=_("Empty: nothing is sent, and you see the code once to hand it over."),
    )
    recipient_name = Line(label=_("Name of the recipient"), max_length=120, required=False)
    sender_name = Line(label=_("From"), max_length=120, required=False)
    message = Prose(label=_("Message"), max_length=1000, required=False, rows=3)
    deliver_on = forms.DateField(
        label=_("Send on"),
        required=False,
        widget=DayInput(),
        help_text=_("Empty: at once."),
    )
    expires_on = forms.DateField(
        label=_("Can be spent until"),
        required=False,
        widget=DayInput(),
        help_text=_("Empty: without end. In many countries the law forbids a short one."),
    )
    language = forms.ChoiceField(label=_("Language"), choices=list(settings.LANGUAGES))
    note = Line(label=_("Note for staff"), max_length=255, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        codes = dict.fromkeys([current_store().default_currency, *(market.currency for market in markets())])
        field = self.fields["currency"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(code, code) for code in codes]


@screen("orders.view", write="orders.payments")
def gift_card_new(request: HttpRequest) -> HttpResponse:
    """Issue a card; without an address its code is shown once, on the next page."""
    require(request.user, "orders.payments")
    dialog = Dialog(
        title=_("Issue a gift card"),
        submit=_("Issue"),
        back=reverse("backoffice:gift_cards"),
        wide=True,
        template="backoffice/gift_cards/form.html",
    )
    form = IssueForm(
        request.POST if request.method == "POST" else None, initial={"language": current_store().default_language}
    )

    def act(values: dict[str, Any]) -> Done:
        currency = values.pop("currency")
        amount = values.pop("amount").scaleb(exponent(currency))
        if amount != int(amount):
            from duli.base.errors import InvalidInput

            raise InvalidInput(field="amount")
        card = services.issue_gift_card(amount=Money(int(amount), currency), actor=actor_of(request), **values)
        return Done(gettext("The gift card is issued"), reverse("backoffice:gift_card", args=[card.pk]))

    return run_verb(request, dialog, form, act, HERE)


@screen("orders.view", methods=("GET", "HEAD"))
def gift_card_page(request: HttpRequest, card_id: int) -> HttpResponse:
    """One card with everything that happened to it."""
    return _page(request, reads.card_by_id(card_id))


def _page(request: HttpRequest, card: GiftCard, code: str = "") -> HttpResponse:
    entries = list(GiftCardEntry.objects.filter(card=card).order_by("-pk")[:200])
    names = actor_names({entry.actor for entry in entries} | {card.created_by})
    context = {
        **HERE,
        "card": card,
        "code": code,
        "pill": _pill(card),
        "state": reads.state_of(card),
        "balance": Money(card.balance_minor, card.currency),
        "initial": Money(card.initial_minor, card.currency),
        "entries": [(entry, Money(entry.amount_minor, card.currency), names.get(entry.actor, "")) for entry in entries],
        "by": names.get(card.created_by, ""),
        "may_change": allowed(request.user, "orders.payments"),
    }
    return render(request, "backoffice/gift_cards/detail.html", context)


@screen("orders.view", write="orders.payments", methods=("POST",))
def gift_card_code(request: HttpRequest, card_id: int) -> HttpResponse:
    """A new code, shown on this answer and never again; a former one is worthless."""
    code = services.renew_code(card_id=card_id, actor=actor_of(request))
    return _page(request, reads.card_by_id(card_id), code)


class Nothing(forms.Form):
    """A verb that asks nothing but whether it is meant."""


def _nothing(request: HttpRequest) -> forms.Form:
    return Nothing(request.POST if request.method == "POST" else None)


@screen("orders.view", write="orders.payments")
def gift_card_send(request: HttpRequest, card_id: int) -> HttpResponse:
    """Send a card again."""
    require(request.user, "orders.payments")
    card = reads.card_by_id(card_id)
    dialog = Dialog(
        title=_("Send the gift card again?"),
        consequence=gettext("%(address)s gets a mail with a new code. The code of an earlier mail is worthless then.")
        % {"address": card.recipient_email or "—"},
        submit=_("Send"),
        back=reverse("backoffice:gift_card", args=[card.pk]),
    )

    def act(values: dict[str, Any]) -> Done:
        services.resend_gift_card(card_id=card.pk, actor=actor_of(request))
        return Done(gettext("The gift card is on its way"))

    return run_verb(request, dialog, _nothing(request), act, HERE)


@screen("orders.view", write="orders.payments")
def gift_card_block(request: HttpRequest, card_id: int) -> HttpResponse:
    """Block a card, or let it pay again."""
    require(request.user, "orders.payments")
    card = reads.card_by_id(card_id)
    blocks = card.disabled_at is None
    dialog = Dialog(
        title=_("Block the gift card?") if blocks else _("Let the gift card pay again?"),
        consequence=_("It pays nothing any more. Its balance stays, and you can let it pay again.") if blocks else "",
        submit=_("Block") if blocks else _("Let it pay"),
        back=reverse("backoffice:gift_card", args=[card.pk]),
        danger=blocks,
    )

    def act(values: dict[str, Any]) -> Done:
        services.block_gift_card(card_id=card.pk, blocked=blocks, actor=actor_of(request))
        return Done(gettext("The gift card is blocked") if blocks else gettext("The gift card pays again"))

    return run_verb(request, dialog, _nothing(request), act, HERE)


class LivesForm(forms.Form):
    """For each market: years (0: without end), and whether the last one counts to its end."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.markets = markets()
        stored = reads.lives()
        for market in self.markets:
            life = stored.get(market.code)
            self.fields[f"years-{market.code}"] = forms.IntegerField(
                label=_("Years"),
                min_value=0,
                max_value=reads.LONGEST_LIFE,
                initial=life.years if life else 0,
                help_text=_("0: without end"),
                widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
            )
            self.fields[f"end-{market.code}"] = forms.BooleanField(
                label=_("Until the end of the last year"), required=False, initial=bool(life and life.to_year_end)
            )

    def rows(self) -> list[tuple[str, Any, Any, str]]:
        """Return each market's name, its two fields, and what the law is known to ask for there."""
        return [
            (market.name, self[f"years-{market.code}"], self[f"end-{market.code}"], _least(market.countries))
            for market in self.markets
        ]


def _least(countries: Sequence[str]) -> str:
    names = country_names(get_language() or "en")
    wanted = [code for code in reads.LEAST_YEARS if code in countries or not countries]
    said = []
    for code in wanted:
        years = reads.LEAST_YEARS[code]
        never = years >= reads.LONGEST_LIFE
        words = gettext("no end") if never else ngettext("%(years)s year", "%(years)s years", years) % {"years": years}
        said.append(f"{names.get(code, code)}: {words}")
    return " · ".join(said)


@screen("orders.view", write="orders.payments")
def gift_card_lives(request: HttpRequest) -> HttpResponse:
    """How long cards can be spent that are bought in each market."""
    require(request.user, "orders.payments")
    dialog = Dialog(
        title=_("How long gift cards can be spent"),
        consequence=_(
            "Counts for cards that are bought from now on. Without end is allowed everywhere; what else the law asks "
            "for is a hint, as far as we know it."
        ),
        submit=_("Save"),
        back=reverse("backoffice:gift_cards"),
        wide=True,
        template="backoffice/gift_cards/lives.html",
    )
    form = LivesForm(request.POST if request.method == "POST" else None)

    def act(values: dict[str, Any]) -> Done:
        for market in form.markets:
            services.save_life(
                market_code=market.code,
                years=values[f"years-{market.code}"],
                to_year_end=values[f"end-{market.code}"],
            )
        return Done(gettext("Saved"))

    return run_verb(request, dialog, form, act, {**HERE, "rows": form.rows()})


class CorrectForm(forms.Form):
    amount = forms.DecimalField(
        label=_("Add or take off"), max_digits=12, decimal_places=3, help_text=_("Below zero takes off.")
    )
    note = Line(label=_("Why"), max_length=255)
    key = forms.CharField(widget=forms.HiddenInput, max_length=64)


@screen("orders.view", write="orders.payments")
def gift_card_correct(request: HttpRequest, card_id: int) -> HttpResponse:
    """Change what is left on a card, with a reason."""
    require(request.user, "orders.payments")
    card = reads.card_by_id(card_id)
    dialog = Dialog(
        title=_("Correct the balance"),
        consequence=gettext("%(balance)s is left now.")
        % {"balance": Money(card.balance_minor, card.currency).format(get_language() or "en")},
        submit=_("Correct"),
        back=reverse("backoffice:gift_card", args=[card.pk]),
    )
    form = CorrectForm(request.POST if request.method == "POST" else None, initial={"key": new_token()})

    def act(values: dict[str, Any]) -> Done:
        minor = values["amount"].scaleb(exponent(card.currency))
        services.correct_gift_card(
            card_id=card.pk,
            change=Money(int(minor), card.currency),
            actor=actor_of(request),
            idempotency_key=values["key"],
            note=values["note"],
        )
        return Done(gettext("The balance is corrected"))

    return run_verb(request, dialog, form, act, HERE)
