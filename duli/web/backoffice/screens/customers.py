"""The list of customers, and those who look like one person."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import get_language, gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from duli.base.errors import PermissionDenied
from duli.base.money import Money, exponent
from duli.base.text import mask_email, mask_phone
from duli.commerce.customers import selectors as reads
from duli.commerce.customers.models import Channel, CustomerKey
from duli.commerce.customers.services import dismiss_pair, save_customer
from duli.commerce.customers.types import CustomerDraft, CustomerFilter
from duli.commerce.exchange.tables import CUSTOMER_TITLES, customer_rows
from duli.platform.accounts.limits import sees
from duli.platform.accounts.permissions import allowed, require
from duli.platform.store.days import day_begins, day_ends
from duli.platform.store.selectors import current_store, languages
from duli.web.backoffice.access import actor_of, screen
from duli.web.backoffice.kit import arranged, cursors
from duli.web.backoffice.kit.arranged import ListPlace, arranged_for
from duli.web.backoffice.kit.cells import Amount, Link, Number, Pills, Text, When
from duli.web.backoffice.kit.dialogs import Dialog, Done, run_verb
from duli.web.backoffice.kit.forms import Line
from duli.web.backoffice.kit.links import row_url
from duli.web.backoffice.kit.listing import Column, Empty, Filter, ListState, ResourceList, View, list_response
from duli.web.backoffice.kit.pills import Pill
from duli.web.backoffice.kit.tables import table_answer
from duli.web.backoffice.places import country_name, language_name
from duli.web.backoffice.selectors.customers import SORTS, CustomerRow, customer_page, name_of

VIEWS = (
    View("all", _("All")),
    View("buyers", _("Have ordered")),
    View("returning", _("Returning")),
    View("accounts", _("With account")),
    View("subscribers", _("Want our mails")),
)
STEPS = (1, 100, 1000, 10000)


def _columns(*, whole: bool) -> list[Column[CustomerRow]]:
    """The columns of the list; without `whole` addresses and numbers show their ends only."""

    def email(row: CustomerRow) -> str:
        return row.email if whole or not row.email else mask_email(row.email)

    def phone(row: CustomerRow) -> str:
        return row.phone if whole or not row.phone else mask_phone(row.phone)

    return [
        Column(
            _("Customer"),
            lambda row: Link(
                row.name if whole or row.name not in {row.email, row.phone} else email(row) or phone(row),
                row_url("customer", row.id),
                email(row) or phone(row),
            ),
        ),
        Column(_("Phone"), lambda row: Text(phone(row), muted=True), phone="hidden", key="phone"),
        Column(
            _("Account"),
            lambda row: Pills([Pill(_("Account"), "info", "full") if row.has_account else Pill(_("Guest"))]),
            phone="hidden",
            key="account",
        ),
        Column(_("Country"), lambda row: Text(country_name(row.country), muted=True), phone="hidden", key="country"),
        Column(
            _("Tags"), lambda row: Pills([Pill(tag, "", "bare") for tag in row.tags[:3]]), phone="hidden", key="tags"
        ),
        Column(_("Orders"), lambda row: Number(row.orders), align="end", phone="hidden", sort="orders", key="orders"),
        Column(_("Paid"), lambda row: Amount(row.spent), align="end", phone="end", sort="spent", key="spent"),
        Column(_("Last order"), lambda row: When(row.last_order_at), phone="hidden", key="last"),
        Column(_("Customer since"), lambda row: When(row.created_at), phone="hidden", sort="newest", key="since"),
        Column(_("E-mail"), lambda row: Text(email(row), clip=True), phone="hidden", key="email", extra=True),
    ]


CUSTOMERS = arranged.register(ListPlace("customers", "customers", "customers.view", lambda: _columns(whole=False)))


def _filters() -> tuple[Filter, ...]:
    currency, language = current_store().default_currency, get_language() or "en"
    amounts = [
        (str(step), gettext("%(amount)s and more") % {"amount": Money.of(step, currency).format(language)})
        for step in STEPS
    ]
    return (
        Filter("orders", _("Orders"), [("yes", _("Has ordered")), ("no", _("Has not ordered"))], kind="one"),
        Filter("spent", _("Paid"), amounts, kind="one"),
        Filter("last", _("Last order"), kind="days"),
        Filter("account", _("Account"), [("yes", _("Account")), ("no", _("Guest"))], kind="one"),
        Filter("country", _("Country"), [(code, country_name(code)) for code in reads.countries_in_use()]),
        Filter("language", _("Language"), [(code, language_name(code)) for code in languages()]),
        Filter("tag", _("Tag"), [(name, name) for name in reads.tags_in_use()]),
        Filter("accepts", _("Agreed to"), list(Channel.choices)),
        Filter("segment", _("Segment"), [(str(row.pk), row.name) for row in reads.segments()], kind="one"),
    )


def wanted_from(state: ListState) -> CustomerFilter:
    """Return what the address of the list asks for; the export uses it too."""
    store = current_store()
    first, last = state.day("last_from"), state.day("last_to")
    yes_no = {"yes": True, "no": False}
    has_orders = yes_no.get(state.one("orders"))
    spent = state.one("spent")
    returning = state.view == "returning"
    return CustomerFilter(
        query=state.query,
        has_orders=True if state.view in {"buyers", "returning"} and has_orders is None else has_orders,
        orders_from=2 if returning else None,
        has_account=True if state.view == "accounts" else yes_no.get(state.one("account")),
        spent_from_minor=int(spent) * 10 ** exponent(store.default_currency) if spent else None,
        last_order_from=day_begins(first) if first else None,
        last_order_to=day_ends(last) if last else None,
        countries=state.many("country"),
        languages=state.many("language"),
        tags=state.many("tag"),
        accepts=[*state.many("accepts"), *(["email"] if state.view == "subscribers" else [])],
        segment=int(state.one("segment") or 0) or None,
    )


def list_state(request: HttpRequest) -> tuple[ListState, tuple[Filter, ...]]:
    filters = _filters()
    return ListState(request, views=VIEWS, filters=filters, sorts=tuple(SORTS)), filters


@screen("customers.view", methods=("GET", "HEAD"))
def customer_list(request: HttpRequest) -> HttpResponse:
    state, filters = list_state(request)
    rows, after = customer_page(wanted_from(state), sort=state.sort, after=state.after)
    listing = ResourceList(
        state,
        rows=rows,
        columns=_columns(whole=sees(request.user, "personal")),
        key=lambda row: row.id,
        label=lambda row: row.name,
        after=after,
        views=VIEWS,
        filters=filters,
        search=_("Search by any part of name, pinyin, e-mail or phone"),
        caption=_("Customers"),
        empty=Empty(
            _("Your customers will be here"),
            _("Everybody who orders appears here, with or without an account."),
            "users-round",
        ),
        arranged=arranged_for(request, CUSTOMERS.key),
    )
    context = {
        "here": "customers.all",
        "list": listing,
        "may_edit": allowed(request.user, "customers.edit"),
        "may_export": allowed(request.user, "customers.data") and sees(request.user, "personal"),
        "query": request.GET.urlencode(),
    }
    return list_response(request, "backoffice/customers/list.html", context)


@screen("customers.data", methods=("GET", "HEAD"))
def customer_export(request: HttpRequest, form: str) -> HttpResponse:
    """The customers of the list as it is narrowed, as CSV or a workbook that the import reads again."""
    if not sees(request.user, "personal"):
        raise PermissionDenied()
    state, _filters_now = list_state(request)
    rows = customer_rows(reads.customers(wanted_from(state)), exponent(current_store().default_currency))
    return table_answer("customers", form, CUSTOMER_TITLES, rows)


class CustomerForm(forms.Form):
    name = Line(label=pgettext_lazy("person", "Name"), max_length=120, required=False)
    email = Line(label=_("E-mail"), max_length=254, required=False)
    phone = Line(label=_("Phone"), max_length=32, required=False)
    language = forms.ChoiceField(label=_("Language"), required=False)
    tags = Line(label=_("Tags"), max_length=1000, required=False, help_text=_("Separated by commas."))

    def __init__(self, *args: Any, fixed_contact: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["language"].choices = [  # type: ignore[attr-defined]
            ("", _("Not known")),
            *((code, language_name(code)) for code in languages()),
        ]
        if fixed_contact:
            # An account's address and number are its owner's alone.
            for name in ("email", "phone"):
                del self.fields[name]


def draft_of(values: dict[str, Any]) -> CustomerDraft:
    return CustomerDraft(
        name=values["name"],
        email=values.get("email"),
        phone=values.get("phone"),
        language=values["language"],
        tags=values["tags"].replace("，", ",").split(","),
    )


@screen("customers.view", write="customers.edit", personal=True)
def customer_new(request: HttpRequest) -> HttpResponse:
    require(request.user, "customers.edit")
    dialog = Dialog(title=_("New customer"), submit=_("Add customer"), back=reverse("backoffice:customers"))

    def act(values: dict[str, Any]) -> Done:
        customer = save_customer(customer_id=None, draft=draft_of(values), actor=actor_of(request))
        return Done(gettext("Customer added"), reverse("backoffice:customer", args=[customer.pk]))

    form = CustomerForm(request.POST if request.method == "POST" else None)
    return run_verb(request, dialog, form, act, {"here": "customers.all"})


@screen("customers.view", methods=("GET", "HEAD"))
def duplicate_list(request: HttpRequest) -> HttpResponse:
    """Pairs of customers who look like one person."""
    state = ListState(request)
    found, after = cursors.page(reads.pairs(), order="-created_at", after=state.after, limit=50)
    reasons = dict(CustomerKey.Kind.choices)
    listing = ResourceList(
        state,
        rows=found,
        columns=[
            Column(
                _("Customer"),
                lambda pair: Link(
                    name_of(pair.first), reverse("backoffice:customer", args=[pair.first_id]), pair.first.email
                ),
            ),
            Column(
                _("Looks like"),
                lambda pair: Link(
                    name_of(pair.second), reverse("backoffice:customer", args=[pair.second_id]), pair.second.email
                ),
            ),
            Column(_("Why"), lambda pair: Text(reasons[pair.reason], muted=True)),
            Column(
                "",
                lambda pair: Link(
                    _("Compare and merge"),
                    reverse("backoffice:customer_merge", args=[pair.first_id]) + f"?with={pair.second_id}",
                ),
                phone="end",
            ),
        ],
        key=lambda pair: pair.pk,
        label=lambda pair: name_of(pair.first),
        after=after,
        caption=_("Duplicates"),
        empty=Empty(
            _("Nobody is here twice"),
            _("Customers with the same mailbox, phone number, or name and address appear here to be merged."),
            "users-round",
        ),
    )
    return list_response(request, "backoffice/customers/duplicates.html", {"here": "customers.twins", "list": listing})


@screen("customers.view", write="customers.edit")
def duplicate_dismiss(request: HttpRequest, pair_id: int) -> HttpResponse:
    require(request.user, "customers.edit")
    dialog = Dialog(
        title=_("Two different people?"),
        consequence=_("The two stay as they are and are not suggested again."),
        submit=_("They are two people"),
        back=reverse("backoffice:duplicates"),
    )

    def act(values: dict[str, Any]) -> Done:
        dismiss_pair(pair_id=pair_id)
        return Done(gettext("Noted: two people"))

    form = forms.Form(request.POST if request.method == "POST" else None)
    return run_verb(request, dialog, form, act, {"here": "customers.twins"})


@screen("customers.view", methods=("GET", "HEAD"))
def data_request_list(request: HttpRequest) -> HttpResponse:
    """Who asked for their data, or to be forgotten."""
    from duli.web.backoffice.screens.customer_data import request_columns

    require(request.user, "customers.data")
    state = ListState(request)
    found, after = cursors.page(reads.data_requests(), order="-created_at", after=state.after, limit=50)
    listing = ResourceList(
        state,
        rows=found,
        columns=request_columns(),
        key=lambda row: row.pk,
        label=lambda row: str(row.pk),
        after=after,
        caption=_("Data requests"),
        empty=Empty(
            _("Nobody has asked for their data"),
            _("Shoppers ask on their account page; you can export or erase a person on the customer's page."),
            "shield",
        ),
    )
    context = {"here": "customers.data", "list": listing}
    return list_response(request, "backoffice/customers/data_requests.html", context)
