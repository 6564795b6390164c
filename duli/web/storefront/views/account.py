"""The shopper's own rooms: orders, addresses, profile. Signing in and up is the accounts' own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import get_token
from django.utils.translation import override
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_http_methods, require_safe

from duli.base.errors import DuliError, NotFound, sentence
from duli.commerce.customers import services as customers
from duli.commerce.customers.addresses import form_for, lines
from duli.commerce.customers.credit import credit_balances, credit_lines
from duli.commerce.customers.models import Customer
from duli.commerce.customers.selectors import addresses_of, customer_of
from duli.commerce.customers.types import Address, InvalidAddress
from duli.commerce.downloads.selectors import grants_of_customer
from duli.commerce.inventory.selectors import home_country
from duli.commerce.membership.selectors import is_running, standing_of
from duli.commerce.orders.selectors import orders_of_customer
from duli.commerce.orders.states import FulfilmentState, OrderStatus, PaymentState
from duli.commerce.orders.types import OrderRow
from duli.platform.accounts import services as accounts
from duli.platform.accounts.models import User
from duli.platform.store.selectors import languages
from duli.platform.themes.engine import theme_texts
from duli.web.storefront import seo
from duli.web.storefront.birthdays import birthday_drop, keep_birthday
from duli.web.storefront.buying_drops import AddressDrop, FieldDrop, OrderRowDrop, ProblemDrop
from duli.web.storefront.checkout import ADDRESS_FIELDS, address_fields, error_text
from duli.web.storefront.downloads import download_drops
from duli.web.storefront.members import member_drop
from duli.web.storefront.render import page
from duli.web.storefront.shell import default_country
from duli.web.storefront.signing_in import take_notice
from duli.web.storefront.when import written
from duli.web.storefront.where import LANGUAGE_NAMES, Where, currency_name, where

ORDERS_A_PAGE = 20


def _user(request: HttpRequest) -> User:
    """Return who is signed in; the views above are for nobody else."""
    return cast(User, request.user)


def _customer(request: HttpRequest) -> Customer | None:
    return customer_of(_user(request).pk)


def current_customer(request: HttpRequest, here: Where) -> Customer:
    """Return the signed-in shopper's customer, made on first use."""
    return _customer(request) or _new_customer(request, here)


def show_page(
    request: HttpRequest, template: str, title: str, context: Mapping[str, object], status: int = 200
) -> HttpResponse:
    here = where(request)
    meta = seo.meta(here, f"/{template}", title=title, robots="noindex")
    shared = {"csrf": get_token(request), "notice": take_notice(request, here)}
    return page(request, template, meta, {**shared, **context}, status=status)


@never_cache
@login_required
@require_safe
def downloads(request: HttpRequest) -> HttpResponse:
    """Every file one has bought, those of the newest order first."""
    here = where(request)
    customer = _customer(request)
    grants = grants_of_customer(customer.pk) if customer is not None else []
    drops = {"downloads": download_drops(grants, here)}
    return show_page(request, "account_downloads", theme_texts(here.language)("downloads.title"), {"order": drops})


@never_cache
@login_required
@require_safe
def orders(request: HttpRequest) -> HttpResponse:
    here = where(request)
    customer = _customer(request)
    found = None
    if customer is not None:
        found = orders_of_customer(customer.pk, after=request.GET.get("after", ""), limit=ORDERS_A_PAGE)
    context = {
        "orders": tuple(_row(row, here) for row in found.rows) if found else (),
        "more": here.url(f"/account/?after={found.after}") if found and found.after else "",
        "credit": " · ".join(amount.format(here.language) for amount in credit_balances(customer.pk))
        if customer
        else "",
        "credit_url": here.url("/account/member"),
    }
    return show_page(request, "account_orders", theme_texts(here.language)("account.orders"), context)


@never_cache
@login_required
@require_safe
def member(request: HttpRequest) -> HttpResponse:
    """The member centre: tier, the way to the next one, points and store credit; without a program the credit alone."""
    here = where(request)
    customer = current_customer(request, here)
    after = request.GET.get("after", "")
    last = int(after) if after.isascii() and after.isdigit() and len(after) < 19 else 0
    credit = credit_lines(customer.pk, limit=10)
    if not is_running() and not credit:
        raise Http404
    texts = theme_texts(here.language)
    title = texts("member.title" if is_running() else "member.credit")
    context = {
        "title": title,
        "member": member_drop(standing_of(customer.pk, here.language), here, after=last) if is_running() else None,
        "credit": _credit(customer.pk, here),
        "credit_lines": tuple(
            (
                written(line.created_at, here, with_time=False),
                texts(f"member.credit_{line.reason}"),
                line.amount.format(here.language),
            )
            for line in credit
        ),
    }
    return show_page(request, "account_member", title, context)


def _credit(customer_id: int, here: Where) -> tuple[tuple[str, str], ...]:
    """Return store credit by currency with which orders it pays, where that is not plain."""
    texts, balances = theme_texts(here.language), credit_balances(customer_id)
    told = [amount.currency for amount in balances] not in ([], [here.currency])
    return tuple(
        (
            amount.format(here.language),
            texts("credit.for_orders", own=currency_name(amount.currency, here.language)) if told else "",
        )
        for amount in balances
    )


def _row(row: OrderRow, here: Where) -> OrderRowDrop:
    texts = theme_texts(here.language)
    tone = "info"
    with override(here.language):
        if row.status == OrderStatus.CANCELLED:
            tone, label = "muted", str(OrderStatus.CANCELLED.label)
        elif row.payment_state in {PaymentState.UNPAID, PaymentState.PARTIALLY_PAID, PaymentState.REVIEW}:
            tone, label = "attention", str(PaymentState(row.payment_state).label)
        else:
            label = str(FulfilmentState(row.fulfilment_state).label)
            if row.fulfilment_state == FulfilmentState.UNFULFILLED:
                label = texts("account.preparing")
            tone = "success" if row.fulfilment_state == FulfilmentState.DELIVERED else "info"
    return OrderRowDrop(
        number=row.number,
        url=here.url(f"/orders/{row.token}"),
        placed=written(row.placed_at, here, with_time=False),
        state=label,
        tone=tone,
        title=row.first_title,
        count=row.item_count,
        total=row.total.format(here.language),
    )


@never_cache
@login_required
@require_safe
def addresses(request: HttpRequest) -> HttpResponse:
    here = where(request)
    customer = _customer(request)
    rows = addresses_of(customer.pk) if customer else []
    home = home_country()
    drops = []
    for row in rows:
        value = Address.from_json(row.data)
        drops.append(
            AddressDrop(row.pk, tuple(lines(value, home=home, language=here.language)), value.phone, row.is_default)
        )
    return show_page(
        request, "account_addresses", theme_texts(here.language)("account.addresses"), {"addresses": tuple(drops)}
    )


@never_cache
@login_required
@csrf_protect
@require_http_methods(["GET", "HEAD", "POST"])
def address(request: HttpRequest, address_id: int) -> HttpResponse:
    """Add (id 0), change or remove an address of one's own book."""
    here = where(request)
    customer = _customer(request)
    stored = None
    if address_id:
        rows = addresses_of(customer.pk) if customer else []
        stored = next((row for row in rows if row.pk == address_id), None)
        if stored is None:
            raise Http404
    value = Address.from_json(stored.data) if stored else Address(country=default_country(here))
    errors: Mapping[str, str] = {}
    if request.method == "POST":
        posted = {name: request.POST.get(name, "") for name in ADDRESS_FIELDS}
        value = Address(country=request.POST.get("country", "")[:2].upper(), **posted)
        if "save" in request.POST or "remove" in request.POST:
            customer = customer or _new_customer(request, here)
            try:
                if "remove" in request.POST:
                    customers.delete_address(customer_id=customer.pk, address_id=address_id)
                else:
                    customers.save_address(
                        customer_id=customer.pk,
                        address=value,
                        address_id=address_id or None,
                        is_default=request.POST.get("is_default") == "1",
                    )
                return HttpResponseRedirect(here.url("/account/addresses"), status=303)
            except InvalidAddress as error:
                errors = error.fields
            except NotFound:
                raise Http404 from None
    return _address_form(request, here, value, errors, address_id, stored is not None and stored.is_default)


def _new_customer(request: HttpRequest, here: Where) -> Customer:
    user = _user(request)
    return customers.customer_for_user(
        user_id=user.pk, name=user.name, email=user.email or "", phone=user.phone or "", language=here.language
    )


def _address_form(
    request: HttpRequest, here: Where, value: Address, errors: Mapping[str, str], address_id: int, is_default: bool
) -> HttpResponse:
    from duli.commerce.checkout.selectors import countries_for

    texts = theme_texts(here.language)
    try:
        form = form_for(value.country)
    except InvalidAddress:
        form = form_for(default_country(here))
    countries = countries_for(here.market, here.language)
    fields = address_fields(form, value, errors, here)
    context = {
        "country": FieldDrop(
            name="country",
            label=texts("checkout.country"),
            value=form.country,
            kind="select" if len(countries) > 1 else "hidden",
            autocomplete="country",
            choices=tuple(countries),
            refresh="address",
        ),
        "fields": tuple(fields),
        "problems_found": tuple(
            ProblemDrop(error_text(here, name, kind, form), f"f-{name}") for name, kind in errors.items()
        ),
        "address_id": address_id,
        "is_default": is_default,
    }
    title = texts("account.address_edit" if address_id else "account.address_add")
    return show_page(request, "account_address", title, context, status=422 if errors else 200)


@never_cache
@login_required
@csrf_protect
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    here = where(request)
    texts = theme_texts(here.language)
    message, saved = "", False
    if request.method == "POST":
        try:
            if request.POST.get("verb") == "birthday":
                keep_birthday(request.POST, current_customer(request, here).pk)
            else:
                accounts.update_profile(
                    user_id=_user(request).pk,
                    name=request.POST.get("name", ""),
                    language=request.POST.get("language", ""),
                )
                _user(request).refresh_from_db()
            saved = True
        except DuliError as error:
            message = sentence(error)
    user = _user(request)
    customer = _customer(request)
    context = {
        "name": user.name,
        "email": user.email or "",
        "phone": user.phone or "",
        "language": user.language or here.language,
        "choices": tuple((code, LANGUAGE_NAMES.get(code, code)) for code in languages()),
        "message": message,
        "saved": saved,
        "birthday": birthday_drop(customer.pk if customer else None, here),
    }
    return show_page(request, "account_profile", texts("account.profile"), context, status=422 if message else 200)
