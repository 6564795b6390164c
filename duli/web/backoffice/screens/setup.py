"""Opening the shop: the first owner's door, then step by step to a published product and an order that tries it out.

Each step can be left out and come back to; what is done is read from the shop itself, so that it does not matter
whether it was done here or on the screen of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import escape
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters

from duli.base.errors import DuliError, NotFound, sentence
from duli.commerce.assortment.services import save_product_page
from duli.commerce.assortment.types import Count, VariantFacts
from duli.commerce.catalogue.types import ProductDraft, VariantDraft
from duli.commerce.checkout.services import offer_flat_shipping, offer_payments, open_shop, place_test_order
from duli.platform.accounts.permissions import allowed, require
from duli.platform.accounts.services import check_setup_token, create_first_owner
from duli.platform.accounts.services.people import open_session
from duli.platform.media.services import store_image
from duli.platform.store.selectors import current_store, markets
from duli.platform.store.services import pass_step
from duli.web.backoffice.access import actor_of, language_of, screen, spoken
from duli.web.backoffice.kit.dialogs import answered, note_error
from duli.web.backoffice.order_words import country_name
from duli.web.backoffice.screens.setup_forms import OwnerForm, PaymentForm, ProductForm, ShippingForm, ShopForm
from duli.web.backoffice.selectors import setup as reads
from duli.web.backoffice.shell import Words, render

PERMISSION = "settings.edit"


@sensitive_post_parameters("password")
def setup_owner(request: HttpRequest, token: str) -> HttpResponse:
    """Where the link of `duli serve` leads while nobody works here: the first owner makes an account and is in."""
    with spoken(request):
        form = OwnerForm(request.POST if request.method == "POST" else None)
        status = 200
        context: dict[str, Any] = {"form": form}
        try:
            check_setup_token(token)
            if request.method == "POST" and not form.is_valid():
                status = 422
            elif request.method == "POST":
                user = create_first_owner(token=token, language=language_of(request), **form.cleaned_data)
                open_session(request, user)
                return HttpResponseRedirect(reverse("backoffice:setup"))
        except DuliError as error:
            status = error.status
            if error.code == "setup_over":
                context["problem"] = sentence(error)
            elif error.code == "weak_password":
                form.add_error("password", sentence(error))
            else:
                note_error(form, error)
        response = render(request, "backoffice/setup/owner.html", context, status=status)
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["Referrer-Policy"] = "same-origin"
    return response


@dataclass(frozen=True, slots=True)
class Step:
    """One step: its words, its form, and the one verb that its form is for."""

    code: str
    title: Words
    help: Words
    submit: Words
    form: Callable[[HttpRequest], forms.Form]
    act: Callable[[HttpRequest, dict[str, Any]], str]
    """Does it, and returns where to go now (empty: the next step)."""


def _bound(request: HttpRequest, kind: Any, initial: dict[str, Any], **extra: Any) -> forms.Form:
    if request.method == "POST":
        return kind(request.POST, request.FILES, **extra)  # type: ignore[no-any-return]
    return kind(initial=initial, **extra)  # type: ignore[no-any-return]


def _shop_form(request: HttpRequest) -> forms.Form:
    store, country = current_store(), reads.home_country()
    begun = reads.is_begun()
    language = get_language() or settings.LANGUAGE_CODE
    chinese = language.startswith("zh")
    initial = {
        "name": store.name if begun else "",
        "email": store.email or getattr(request.user, "email", ""),
        "address": store.address,
        "country": country or ("CN" if chinese else "DE"),
        "language": store.default_language if begun else language,
        "currency": store.default_currency if begun else ("CNY" if chinese else "EUR"),
        "time_zone": store.time_zone if begun else ("Asia/Shanghai" if chinese else "Europe/Berlin"),
        "prices_include_tax": markets()[0].prices_include_tax,
        **reads.tax_of(country),
    }
    return _bound(request, ShopForm, initial)


def _shop(request: HttpRequest, values: dict[str, Any]) -> str:
    percent, tax_name = values.pop("tax_percent"), values.pop("tax_name")
    open_shop(
        **values, tax=(tax_name, percent / Decimal(100)) if percent is not None else None, actor=actor_of(request)
    )
    return ""


def _product_form(request: HttpRequest) -> forms.Form:
    return _bound(request, ProductForm, {}, currency=current_store().default_currency)


def _product(request: HttpRequest, values: dict[str, Any]) -> str:
    location_id = reads.first_location()
    media_ids = []
    if values["picture"] is not None:
        picture = values["picture"]
        asset = store_image(content=picture.file, name=picture.name or "", actor=actor_of(request))
        media_ids.append(asset.pk)
    paragraphs = "".join(f"<p>{escape(line)}</p>" for line in values["description"].splitlines() if line.strip())
    counts = (Count(location_id, values["units"]),) if location_id else ()
    save_product_page(
        draft=ProductDraft(
            title=values["title"],
            description_html=paragraphs,
            status="active",
            variants=[VariantDraft(tracks_stock=bool(location_id))],
            media_ids=media_ids,
        ),
        facts=[VariantFacts((), {current_store().default_currency: (values["price"], None)}, counts)],
        reason="initial",
        actor=actor_of(request),
    )
    return ""


def _shipping_form(request: HttpRequest) -> forms.Form:
    initial = {"name": gettext("Standard delivery"), "where": "home", "min_days": 2, "max_days": 5}
    country = reads.home_country() or "CN"
    return _bound(request, ShippingForm, initial, currency=current_store().default_currency, country=country)


def _shipping(request: HttpRequest, values: dict[str, Any]) -> str:
    country = reads.home_country() or "CN"
    everywhere = values["where"] == "all"
    offer_flat_shipping(
        name=values["name"],
        countries=["*"] if everywhere else [country],
        zone_name=gettext("Everywhere") if everywhere else country_name(country),
        minor=values["price"],
        free_over_minor=values["free_over"],
        days=(values["min_days"], values["max_days"]),
        actor=actor_of(request),
    )
    return ""


def _payment_form(request: HttpRequest) -> forms.Form:
    return _bound(request, PaymentForm, {"bank_transfer": True, "sandbox_card": False})


def _payment(request: HttpRequest, values: dict[str, Any]) -> str:
    chosen: dict[str, dict[str, Any]] = {
        "bank_transfer": {"accounts": values["accounts"]},
        "cash_on_delivery": {},
        "sandbox_card": {},
    }
    offer_payments(
        methods={code: fields for code, fields in chosen.items() if values[code]},
        test_methods=frozenset({"sandbox_card"}),
        actor=actor_of(request),
    )
    return ""


def _order_form(request: HttpRequest) -> forms.Form:
    return _bound(request, forms.Form, {})


def _order(request: HttpRequest, values: dict[str, Any]) -> str:
    place_test_order(
        market=markets()[0],
        email=str(getattr(request.user, "email", "") or current_store().email),
        name=str(request.user),
        actor=actor_of(request),
    )
    return reverse("backoffice:setup_done")


STEPS = (
    Step(
        "shop",
        _("Your store"),
        _("Name and address stand on every order, invoice and mail."),
        _("Save and go on"),
        _shop_form,
        _shop,
    ),
    Step(
        "product",
        _("First product"),
        _("It is published at once. Options, more pictures and the rest have room on its own page later."),
        _("Publish and go on"),
        _product_form,
        _product,
    ),
    Step(
        "shipping",
        _("Shipping"),
        _("One price for every parcel to begin with; zones, weights and carriers are in the settings."),
        _("Save and go on"),
        _shipping_form,
        _shipping,
    ),
    Step(
        "payment",
        _("Payment"),
        _("What shoppers can pay with. These work without a contract with anybody."),
        _("Save and go on"),
        _payment_form,
        _payment,
    ),
    Step(
        "order",
        _("Test order"),
        _(
            "We buy your newest product as a shopper would: stock is held, the mails are written to you, and the order "
            "waits in your list. It is marked as a test and counts in no numbers."
        ),
        _("Place the test order"),
        _order_form,
        _order,
    ),
)
CODES = [step.code for step in STEPS]


@screen(PERMISSION, methods=("GET", "HEAD"))
def setup(request: HttpRequest) -> HttpResponse:
    """Go on where one left: at the first step that is neither done nor left out."""
    state = reads.setup_state()
    open_step = next((code for code in CODES if not state.passed(code)), None)
    if open_step is None:
        return HttpResponseRedirect(reverse("backoffice:setup_done"))
    return HttpResponseRedirect(reverse("backoffice:setup_step", args=[open_step]))


def _after(code: str) -> str:
    place = CODES.index(code) + 1
    return (
        reverse("backoffice:setup_step", args=[CODES[place]])
        if place < len(CODES)
        else reverse("backoffice:setup_done")
    )


def _marks(state: reads.SetupState, here: str) -> list[tuple[Step, str, bool]]:
    return [(step, state.word(step.code), step.code == here) for step in STEPS]


@screen(PERMISSION, write=PERMISSION)
def setup_step(request: HttpRequest, code: str) -> HttpResponse:
    step = next((entry for entry in STEPS if entry.code == code), None)
    if step is None:
        raise NotFound()
    if code == "product":
        require(request.user, "catalogue.edit")
    state = reads.setup_state()
    if request.method == "POST" and "skip" in request.POST:
        pass_step(step=code, skipped=True)
        return HttpResponseRedirect(_after(code))
    form = step.form(request)

    def act() -> HttpResponse:
        return HttpResponseRedirect(step.act(request, dict(form.cleaned_data)) or _after(code))

    done, status = answered(request, form, act)
    if done is not None:
        return done
    place = CODES.index(code)
    context = {
        "here": "home",
        "step": step,
        "form": form,
        "number": place + 1,
        "marks": _marks(state, code),
        "back": reverse("backoffice:setup_step", args=[CODES[place - 1]]) if place else "",
        "done": state.done(code),
        "currency": current_store().default_currency,
    }
    return render(request, "backoffice/setup/step.html", context, status=status)


@screen(PERMISSION, methods=("GET", "HEAD"))
def setup_done(request: HttpRequest) -> HttpResponse:
    state = reads.setup_state()
    context = {
        "here": "home",
        "marks": _marks(state, ""),
        "missing": [step for step in STEPS if not state.done(step.code)],
        "order": state.test_order,
        "product": state.product,
        "store_url": settings.PUBLIC_URL,
        "may_see_orders": allowed(request.user, "orders.view"),
    }
    return render(request, "backoffice/setup/done.html", context)
