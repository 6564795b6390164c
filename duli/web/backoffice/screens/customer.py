"""One customer: value, orders, timeline, notes, consent, addresses, and what staff do with them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from duli.base.errors import NotFound, PermissionDenied
from duli.commerce.customers import selectors as reads
from duli.commerce.customers import services
from duli.commerce.customers.addresses import form_for
from duli.commerce.customers.credit import credit_balances, credit_lines
from duli.commerce.customers.models import Channel, Customer, CustomerAddress, StoreCreditEntry
from duli.commerce.customers.types import Address, InvalidAddress, Proof
from duli.commerce.orders.selectors import orders_of_customer
from duli.platform.accounts.limits import sees
from duli.platform.accounts.permissions import allowed, require
from duli.web.backoffice.access import actor_of, screen
from duli.web.backoffice.kit.dialogs import Dialog, Done, run_verb, show_dialog
from duli.web.backoffice.kit.forms import Id, Line, Prose
from duli.web.backoffice.kit.listing import Empty, ListState, ResourceList, list_response
from duli.web.backoffice.kit.seen import LONGEST_MARK, SEEN, Guard
from duli.web.backoffice.places import country_choices, language_name
from duli.web.backoffice.screens.customers import CustomerForm, draft_of
from duli.web.backoffice.screens.members import on_customer
from duli.web.backoffice.screens.orders import order_columns
from duli.web.backoffice.selectors.customer_timeline import KINDS, timeline_page
from duli.web.backoffice.selectors.customers import customer_on_page, name_of
from duli.web.backoffice.shell import render

KIND_WORDS = {
    "": _("All"),
    "orders": _("Orders"),
    "messages": _("Messages"),
    "notes": _("Notes"),
    "consent": _("Consent"),
    "account": _("Account"),
}
DATA = "customers.data"


def _require_whole(request: HttpRequest) -> None:
    """A form would show what the page hides from those who may not see personal data."""
    if not sees(request.user, "personal"):
        raise PermissionDenied()


def _page_url(customer_id: int) -> str:
    return reverse("backoffice:customer", args=[customer_id])


def _customer(customer_id: int) -> Customer:
    customer = reads.customer_by_id(customer_id)
    if customer.pk != customer_id:
        raise NotFound()
    return customer


@screen("customers.view", methods=("GET", "HEAD"))
def customer_page(request: HttpRequest, customer_id: int) -> HttpResponse:
    page = customer_on_page(customer_id)
    if page.customer.pk != customer_id:
        # Another name of somebody: links that stand in old orders and mails lead to the one that stayed.
        return HttpResponseRedirect(_page_url(page.customer.pk))
    kind = request.GET.get("kind", "")
    kind = kind if kind in KINDS else ""
    sees_orders = allowed(request.user, "orders.view")
    history, after = timeline_page(
        page.customer,
        kind=kind,
        after=request.GET.get("before", "")[:200],
        with_orders=sees_orders,
        whole=sees(request.user, "personal"),
    )
    base = _page_url(customer_id)
    may_erase = allowed(request.user, DATA)
    context: dict[str, object] = {
        "here": "customers.all",
        "whole": sees(request.user, "personal"),
        "page": page,
        "customer": page.customer,
        "language": language_name(page.customer.language) if page.customer.language else "",
        "history": history,
        "more": f"{base}?kind={kind}&before={after}#timeline" if after else "",
        "kinds": [(key, label, f"{base}?kind={key}#timeline", key == kind) for key, label in KIND_WORDS.items()],
        "may_edit": allowed(request.user, "customers.edit") and not page.customer.erased_at,
        "may_data": may_erase and not page.customer.erased_at,
        "credit": credit_balances(customer_id),
        "credit_lines": [
            (line, StoreCreditEntry.Reason(line.reason).label) for line in credit_lines(customer_id, limit=8)
        ],
        **on_customer(page.customer.pk, has_account=page.customer.user_id is not None),
        "may_member": allowed(request.user, "membership.edit") and not page.customer.erased_at,
        "requests": reads.data_requests(customer_id=customer_id)[:5] if may_erase else (),
    }
    if sees_orders:
        state = ListState(request)
        found = orders_of_customer(customer_id, after=state.after)
        context["list"] = ResourceList(
            state,
            rows=found.rows,
            columns=order_columns(customer=False),
            key=lambda row: row.id,
            label=lambda row: f"#{row.number}",
            after=found.after,
            caption=_("Orders"),
            empty=Empty(_("No orders yet"), _("This customer has not ordered anything."), "receipt-text"),
        )
        return list_response(request, "backoffice/customers/detail.html", context)
    return render(request, "backoffice/customers/detail.html", context)


@screen("customers.view", write="customers.edit", personal=True)
def customer_edit(request: HttpRequest, customer_id: int) -> HttpResponse:
    require(request.user, "customers.edit")
    _require_whole(request)
    customer = _customer(customer_id)
    dialog = Dialog(title=_("Edit customer"), submit=_("Save"), back=_page_url(customer_id))

    def stored() -> dict[str, Any]:
        now = _customer(customer_id)
        values = {name: getattr(now, name) for name in ("name", "email", "phone", "language")}
        return {**values, "tags": ", ".join(reads.tags_of(customer_id))}

    data = request.POST if request.method == "POST" else None
    form = CustomerForm(data, initial=stored(), fixed_contact=customer.user_id is not None)
    guard = Guard(request, form, stored)

    def act(values: dict[str, Any]) -> Done:
        services.save_customer(
            customer_id=customer_id, draft=draft_of(values), actor=actor_of(request), seen=guard.check
        )
        return Done(gettext("Customer saved"))

    return run_verb(request, dialog, form, act, {"here": "customers.all"}, guard=guard)


class NoteForm(forms.Form):
    text = Prose(label=_("Note"), max_length=5000, error_messages={"required": _("Write something first.")})


@screen("customers.view", write="customers.edit")
def customer_note(request: HttpRequest, customer_id: int) -> HttpResponse:
    require(request.user, "customers.edit")
    dialog = Dialog(
        title=_("Add a note"),
        consequence=_("Only staff see it. It cannot be changed afterwards."),
        submit=_("Add note"),
        back=_page_url(customer_id),
    )

    def act(values: dict[str, Any]) -> Done:
        services.add_note(customer_id=customer_id, text=values["text"], actor=actor_of(request))
        return Done(gettext("Note added"))

    form = NoteForm(request.POST if request.method == "POST" else None)
    return run_verb(request, dialog, form, act, {"here": "customers.all"})


class ConsentForm(forms.Form):
    given = forms.ChoiceField(label=_("The customer"), choices=[("yes", _("agrees")), ("no", _("no longer agrees"))])
    wording = Line(
        label=_("How and in which words"),
        max_length=500,
        help_text=_("What proves it: “said so on the phone on 3 May”, “signed the card in the shop”."),
    )


@screen("customers.view", write="customers.edit")
def customer_consent(request: HttpRequest, customer_id: int, channel: str) -> HttpResponse:
    require(request.user, "customers.edit")
    customer = _customer(customer_id)
    if channel not in Channel.values:
        raise NotFound()
    dialog = Dialog(
        title=gettext("Advertising by %(channel)s") % {"channel": Channel(channel).label},
        consequence=_("Each answer is kept as proof, with the time and your name."),
        submit=_("Record"),
        back=_page_url(customer_id),
    )

    def act(values: dict[str, Any]) -> Done:
        services.record_consent(
            customer_id=customer_id,
            channel=channel,
            given=values["given"] == "yes",
            proof=Proof("staff", values["wording"], language=customer.language),
            actor=actor_of(request),
        )
        return Done(gettext("Consent recorded"))

    initial = {"given": "no" if getattr(customer, f"accepts_{channel}") else "yes"}
    form = ConsentForm(request.POST if request.method == "POST" else None, initial=initial)
    return run_verb(request, dialog, form, act, {"here": "customers.all"})


PARTS = {
    "name": pgettext_lazy("person", "Name"),
    "company": _("Company"),
    "region": _("Province or state"),
    "city": _("City"),
    "district": _("District"),
    "line1": _("Street and number"),
    "line2": _("More about the address"),
    "postal_code": _("Postcode"),
}
PROBLEMS = {"required": _("This is needed."), "invalid": _("This is not possible in this country.")}


class AddressForm(forms.Form):
    """The parts that the chosen country writes; another country brings other parts."""

    def __init__(self, *args: Any, country: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        shape = form_for(country)
        self.fields["country"] = forms.ChoiceField(label=_("Country"), choices=country_choices())
        self.fields["seen_country"] = forms.CharField(widget=forms.HiddenInput(), required=False)
        for name in shape.fields:
            self.fields[name] = Line(label=PARTS[name], max_length=200, required=False)
            if name == "region" and shape.regions:
                self.fields[name] = forms.ChoiceField(
                    label=PARTS[name],
                    required=False,
                    choices=[("", "—"), *((key, text) for key, text in shape.regions)],
                )
        self.fields["phone"] = Line(label=_("Phone"), max_length=32, required=False)
        self.fields["is_default"] = forms.BooleanField(label=_("The usual address"), required=False)
        if country == "CN":
            self.fields["city"].help_text = _("As the official list writes it, for example 杭州市.")


def _address(customer_id: int, address_id: int) -> CustomerAddress:
    found = next((row for row in reads.addresses_of(customer_id) if row.pk == address_id), None)
    if found is None:
        raise NotFound()
    return found


@screen("customers.view", write="customers.edit", personal=True)
def customer_address(request: HttpRequest, customer_id: int, address_id: int) -> HttpResponse:
    """Add (key 0) or change an address. Choosing another country first asks for that country's parts."""
    require(request.user, "customers.edit")
    _require_whole(request)
    customer = _customer(customer_id)
    stored = _address(customer_id, address_id) if address_id else None
    value = Address.from_json(stored.data) if stored else Address(country=customer.country or "CN", name=customer.name)
    posted = request.method == "POST"
    country = request.POST.get("country", "")[:2].upper() if posted else value.country
    try:
        form_for(country)
    except InvalidAddress:
        country = value.country
    dialog = Dialog(
        title=_("Edit address") if stored else _("Add an address"), submit=_("Save"), back=_page_url(customer_id)
    )
    initial = {
        **value.to_json(),
        "country": country,
        "seen_country": country,
        "is_default": stored.is_default if stored else not reads.addresses_of(customer_id),
    }
    context = {"here": "customers.all"}
    if posted and request.POST.get("seen_country") != country:
        kept = {name: request.POST.get(name, "")[:200] for name in Address.__dataclass_fields__}
        form = AddressForm(country=country, initial={**initial, **kept, "country": country})
        # What was seen stays seen: the other country only brings other fields.
        seen = request.POST.get(SEEN, "")[:LONGEST_MARK]
        return show_dialog(request, dialog, form, {**context, "seen": seen})
    form = AddressForm(request.POST if posted else None, country=country, initial=initial)

    def written() -> dict[str, Any]:
        row = _address(customer_id, address_id)
        # Another country is what was chosen here, not what somebody else did.
        return {
            **Address.from_json(row.data).to_json(),
            "country": country,
            "seen_country": country,
            "is_default": row.is_default,
        }

    guard = Guard(request, form, written) if address_id else None

    def act(values: dict[str, Any]) -> Done:
        parts = {name: values.get(name, "") for name in Address.__dataclass_fields__ if name != "country"}
        try:
            services.save_address(
                customer_id=customer_id,
                address=replace(Address(country=country), **parts),
                address_id=address_id or None,
                is_default=values["is_default"],
                actor=actor_of(request),
                seen=guard.check if guard else None,
            )
        except InvalidAddress as error:
            for name, problem in error.fields.items():
                form.add_error(name if name in form.fields else None, PROBLEMS[problem])
            raise
        return Done(gettext("Address saved"))

    return run_verb(request, dialog, form, act, context, guard=guard)


@screen("customers.view", write="customers.edit", personal=True)
def customer_address_delete(request: HttpRequest, customer_id: int, address_id: int) -> HttpResponse:
    require(request.user, "customers.edit")
    dialog = Dialog(
        title=_("Delete this address?"),
        consequence=_("Orders keep the address they were sent to."),
        submit=_("Delete address"),
        back=_page_url(customer_id),
        danger=True,
    )

    def act(values: dict[str, Any]) -> Done:
        services.delete_address(customer_id=customer_id, address_id=address_id, actor=actor_of(request))
        return Done(gettext("Address deleted"))

    return run_verb(
        request, dialog, forms.Form(request.POST if request.method == "POST" else None), act, {"here": "customers.all"}
    )


class MergeForm(forms.Form):
    other = Id(widget=forms.HiddenInput())

    def __init__(self, *args: Any, ask: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if ask:
            self.fields["checked"] = forms.BooleanField(
                label=_("I have checked that it is the same person"),
                help_text=_(
                    "The account has not confirmed this address. Whoever signed up will see the guest's orders."
                ),
            )


def _told_apart(alias: Customer, kept: Customer) -> dict[str, str]:
    """Return the names of two customers, with their addresses where the names alone would not tell who is who."""
    names = {"name": name_of(alias), "kept": name_of(kept)}
    if names["name"] != names["kept"]:
        return names
    contacts = {"name": alias.email or alias.phone, "kept": kept.email or kept.phone}
    return {key: f"{name} · {contacts[key]}" if contacts[key] != name else name for key, name in names.items()}


@screen("customers.view", write="customers.edit", personal=True)
def customer_merge(request: HttpRequest, customer_id: int) -> HttpResponse:
    """Choose the other one, see the result, then merge."""
    require(request.user, "customers.edit")
    given = (request.POST.get("other") if request.method == "POST" else request.GET.get("with")) or ""
    if not (given.isascii() and given.isdigit() and len(given) < 19):
        return _choose_other(request, customer_id)
    preview = reads.merge_preview(customer_id, int(given))
    dialog = Dialog(
        title=gettext("Merge “%(name)s” into “%(kept)s”?") % _told_apart(preview.alias, preview.kept),
        consequence=_("This cannot be taken back. Links to the one that goes lead to the one that stays."),
        submit=_("Merge"),
        back=_page_url(preview.kept.pk),
        template="backoffice/customers/merge.html",
        wide=True,
    )

    def act(values: dict[str, Any]) -> Done:
        kept = services.merge_customers(
            first_id=customer_id,
            second_id=values["other"],
            actor=actor_of(request),
            checked=bool(values.get("checked")),
        )
        return Done(gettext("Customers merged"), _page_url(kept.pk))

    form = MergeForm(
        request.POST if request.method == "POST" else None, initial={"other": int(given)}, ask=preview.unproved
    )
    names = {
        "orders": _("Orders"),
        "addresses": _("Addresses"),
        "notes": _("Notes"),
        "consents": _("Records of consent"),
        "credit": _("Store credit"),
    }
    context = {
        "here": "customers.all",
        "preview": preview,
        "kept_name": name_of(preview.kept),
        "alias_name": name_of(preview.alias),
        "moves": [(names.get(name, name), count) for name, count in preview.moves.items()],
        "tags": ", ".join(preview.result.tags or ()),
    }
    return run_verb(request, dialog, form, act, context)


def _choose_other(request: HttpRequest, customer_id: int) -> HttpResponse:
    customer = _customer(customer_id)
    query = request.GET.get("q", "")[:100]
    found = []
    if query.strip():
        found = [row for row in reads.matching(query).order_by("-pk")[:11] if row.pk != customer_id][:10]
    context = {
        "here": "customers.all",
        "customer": customer,
        "name": name_of(customer),
        "query": query,
        "found": [(row, name_of(row)) for row in found],
    }
    return render(request, "backoffice/customers/choose.html", context)


@screen("customers.view", write=DATA, personal=True)
def customer_data(request: HttpRequest, customer_id: int, kind: str) -> HttpResponse:
    """Export or erase a person on their request."""
    from duli.web.backoffice.screens.customer_data import ask

    return ask(request, _customer(customer_id), kind)
