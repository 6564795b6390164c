"""The form for a Chinese tax invoice, and what an order's page says of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace

from django.http import HttpRequest

from duli.base.money import Money
from duli.commerce.customers.selectors import customer_of
from duli.commerce.fapiao.models import FapiaoRequest
from duli.commerce.fapiao.selectors import last_wish, may_ask, request_of, terms
from duli.commerce.fapiao.selectors import wish_of as asked_before
from duli.commerce.fapiao.states import FapiaoKind, RequestState, TitleKind
from duli.commerce.fapiao.titles import COMPANY_ONLY, LONGEST, checked
from duli.commerce.fapiao.types import CURRENCY, FapiaoWish, InvalidFapiao
from duli.commerce.orders.models import Order
from duli.platform.themes.engine import theme_texts
from duli.web.storefront.buying_drops import FapiaoChoiceDrop, FapiaoDrop, FapiaoPaperDrop, FieldDrop
from duli.web.storefront.where import Where

COMPANY_FIELDS = ("title", "tax_number", "email", "address", "phone", "bank", "account")
PERSON_FIELDS = ("title", "email")
PREFIX = "fapiao_"
"""Before the names of the fields, where they stand in the checkout's form."""
_REQUIRED = {"title", "email", "tax_number"}
_AUTOCOMPLETE = {"email": "email", "title": "organization"}


def fapiao_drop(order: Order, here: Where) -> FapiaoDrop | None:
    """Return what the order's page shows; None where there is nothing to ask for and nothing was (two queries)."""
    row = request_of(order.pk) if terms().is_set_up and order.currency == CURRENCY else None
    asks = may_ask(order)
    if row is None:
        return FapiaoDrop(here.url(f"/orders/{order.token}/fapiao"), "", "", "", "", "", ()) if asks else None
    texts = theme_texts(here.language)
    papers = list(row.papers.all())
    return FapiaoDrop(
        url=here.url(f"/orders/{order.token}/fapiao") if asks and not papers else "",
        state=row.state,
        label=texts(f"fapiao.state_{row.state}", days=terms().days),
        title=row.title,
        tax_number=row.tax_number,
        reason=row.reason if row.state == RequestState.DECLINED else "",
        papers=tuple(
            FapiaoPaperDrop(
                paper.number,
                Money(paper.amount_minor, CURRENCY).format(here.language),
                paper.amount_minor < 0,
                paper.issued_on.isoformat(),
                here.url(f"/orders/{order.token}/fapiao/{paper.pk}") if paper.file_id else "",
            )
            for paper in papers
        ),
    )


def wish_of(row: FapiaoRequest | None, order: Order, customer_id: int | None) -> FapiaoWish:
    """Return what the form starts with: what was asked before, for this order or, by its own buyer, for another."""
    if row is not None:
        return asked_before(row)
    remembered = last_wish(customer_id) if customer_id and customer_id == order.customer_id else None
    return remembered or FapiaoWish(email=order.email)


def read_wish(posted: Mapping[str, str], prefix: str = "") -> FapiaoWish:
    """Read the posted form; nothing is checked here."""
    values = {entry.name: posted.get(prefix + entry.name, "")[:1000] for entry in fields(FapiaoWish)}
    # The tick for a special one stands where a company is asked for alone.
    is_special = values["kind"] == FapiaoKind.SPECIAL and values["title_kind"] == TitleKind.COMPANY
    return FapiaoWish(**{**values, "kind": FapiaoKind.SPECIAL if is_special else FapiaoKind.NORMAL})


def wish_fields(wish: FapiaoWish, errors: Mapping[str, str], here: Where, prefix: str = "") -> tuple[FieldDrop, ...]:
    """Return the fields for the kind of title that is chosen."""
    texts = theme_texts(here.language)
    names = COMPANY_FIELDS if wish.title_kind == "company" else PERSON_FIELDS
    return tuple(
        FieldDrop(
            name=prefix + name,
            label=texts(f"fapiao.{name}") if name != "title" else texts(f"fapiao.title_{wish.title_kind}"),
            value=getattr(wish, name),
            kind="email" if name == "email" else "tel" if name == "phone" else "text",
            autocomplete="name" if name == "title" and wish.title_kind == "person" else _AUTOCOMPLETE.get(name, "off"),
            required=name in _REQUIRED,
            error=error_text(here, name, errors[name], wish) if name in errors else "",
            hint=texts(f"fapiao.{name}_hint") if name in {"tax_number", "email"} else "",
            maximum=LONGEST[name] if name != "tax_number" else 30,
            half=name in {"phone", "account", "bank", "address"} and name in COMPANY_ONLY,
        )
        for name in names
    )


def wish_at_checkout(posted: Mapping[str, str]) -> FapiaoWish | None:
    """Return what the checkout's form asks for, None where no fapiao is wanted or none is offered."""
    return read_wish(posted, PREFIX) if posted.get("fapiao") == "1" and terms().is_offered else None


def problems_of(wish: FapiaoWish | None) -> dict[str, str]:
    """Return what is wrong with a wish, before an order is made of its cart."""
    if wish is None:
        return {}
    try:
        checked(wish, offers_special=terms().offers_special)
    except InvalidFapiao as error:
        return error.problems
    return {}


def choice_at_checkout(
    request: HttpRequest, here: Where, currency: str, email: str, errors: Mapping[str, str]
) -> FapiaoChoiceDrop | None:
    """Return what the checkout says of a fapiao, None where there is none.

    Where one was just ticked, the form starts with what a signed-in customer wanted the last time.
    """
    if currency != CURRENCY or not terms().is_offered:
        return None
    texts = theme_texts(here.language)
    wish = wish_at_checkout(request.POST)
    if wish is not None and f"{PREFIX}title_kind" not in request.POST:
        customer = customer_of(request.user.pk) if request.user.is_authenticated else None
        wish = (last_wish(customer.pk) if customer else None) or FapiaoWish(email=email)
    if wish is not None and wish.title_kind not in TitleKind.values:
        wish = replace(wish, title_kind=TitleKind.PERSON)
    return FapiaoChoiceDrop(
        is_wanted=wish is not None,
        note=texts("fapiao.note", days=terms().days),
        title_kind=str(wish.title_kind) if wish else "",
        is_special=wish is not None and wish.kind == FapiaoKind.SPECIAL,
        offers_special=terms().offers_special,
        fields=wish_fields(wish, errors, here, PREFIX) if wish else (),
    )


def error_text(here: Where, name: str, problem: str, wish: FapiaoWish) -> str:
    """Return what is wrong with a field as a sentence that helps."""
    texts = theme_texts(here.language)
    own = texts(f"fapiao.{name}_{problem}")
    if not own.startswith("fapiao."):
        return own
    kind = wish.title_kind if wish.title_kind in {"person", "company"} else "person"
    label = texts(f"fapiao.title_{kind}") if name == "title" else texts(f"fapiao.{name}")
    return texts(f"errors.{problem}", field=label)
