"""What the shop offers, what was asked for, and what is still to be issued or taken back."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import fields
from datetime import date

from django.db.models import Q, QuerySet, Sum

from duli.base.errors import NotFound
from duli.base.money import Money
from duli.commerce.fapiao.configuration import in_use
from duli.commerce.fapiao.models import Fapiao, FapiaoRequest, FapiaoSending, FapiaoService, FapiaoSettings
from duli.commerce.fapiao.provider import providers
from duli.commerce.fapiao.types import CURRENCY, FapiaoTerms, FapiaoWish, ServiceForm
from duli.commerce.orders.models import Order
from duli.commerce.orders.states import OrderStatus
from duli.platform.store.changes import ChangeCache
from duli.platform.store.days import day_begins, day_ends
from duli.platform.store.setup_values import shown

TOPIC = "fapiao"
_terms: ChangeCache[FapiaoTerms] = ChangeCache(1)


def terms() -> FapiaoTerms:
    """Return what the shop offers (no query while nothing changed)."""

    def read() -> FapiaoTerms:
        row = FapiaoSettings.objects.filter(pk=1).first()
        return FapiaoTerms(row.is_offered, row.offers_special, row.days, True) if row else FapiaoTerms()

    return _terms.get_or_make("terms", read, [TOPIC])


def may_ask(order: Order) -> bool:
    """Say whether a fapiao may be asked for: offered at all, in yuan, and of something that is not gone."""
    return (
        terms().is_offered
        and order.currency == CURRENCY
        and order.status != OrderStatus.CANCELLED
        and order.total_minor > order.refunded_minor
    )


def worth(order: Order) -> int:
    """Return what fapiao of an order have to add up to, in fen: what it cost without what went back."""
    return 0 if order.status == OrderStatus.CANCELLED else order.total_minor - order.refunded_minor


def request_of(order_id: int) -> FapiaoRequest | None:
    """Return what was asked for an order, with it and its papers at hand (two queries); None if nothing was."""
    return _whole().filter(order_id=order_id).first()


def request_by_id(request_id: int) -> FapiaoRequest:
    """Return a request with its order and its papers at hand (two queries). NotFound."""
    found = _whole().filter(pk=request_id).first()
    if found is None:
        raise NotFound()
    return found


def _whole() -> QuerySet[FapiaoRequest]:
    return FapiaoRequest.objects.select_related("order").prefetch_related("papers")


def wish_of(request: FapiaoRequest) -> FapiaoWish:
    """Return what was asked for, as it can be asked for again."""
    return FapiaoWish(**{entry.name: getattr(request, entry.name) for entry in fields(FapiaoWish)})


def last_wish(customer_id: int) -> FapiaoWish | None:
    """Return what a customer wanted on their newest fapiao (one query), None if they never asked."""
    # Whoever was forgotten has no address left.
    rows = FapiaoRequest.objects.filter(order__customer_id=customer_id).exclude(email="")
    row = rows.order_by("-pk").first()
    return wish_of(row) if row else None


def covered(request: FapiaoRequest) -> int:
    """Return what blue fapiao are worth without what red ones took back, in fen."""
    return sum(paper.amount_minor for paper in request.papers.all())


def left_of(paper: Fapiao) -> int:
    """Return what of a blue fapiao no red one has taken back, in fen."""
    taken = Fapiao.objects.filter(corrects=paper).aggregate(sum=Sum("amount_minor"))["sum"] or 0
    return paper.amount_minor + taken


def open_amount(request: FapiaoRequest) -> Money:
    """Return what is still to be issued; below zero: to be taken back. Order and papers are at hand."""
    return Money(worth(request.order) - covered(request), CURRENCY)


def requests(
    *,
    states: Collection[str] = (),
    query: str = "",
    asked_from: date | None = None,
    asked_to: date | None = None,
    after: str = "",
    limit: int = 50,
) -> tuple[list[FapiaoRequest], str]:
    """Return requests with order and papers, newest first, from the cursor `after` on, and the next cursor.

    `query` is a number of an order or of a fapiao, or the beginning of a title or tax number.
    """
    rows = _whole()
    if states:
        rows = rows.filter(state__in=[*states])
    if asked_from:
        rows = rows.filter(asked_at__gte=day_begins(asked_from))
    if asked_to:
        rows = rows.filter(asked_at__lt=day_ends(asked_to))
    if words := query.strip()[:100]:
        rows = rows.filter(
            Q(order__number=words.lstrip("#"))
            | Q(title__startswith=words)
            | Q(tax_number=words.upper())
            | Q(pk__in=Fapiao.objects.filter(number=words).values("request_id"))
        )
    if after:
        if not after.isascii() or not after.isdigit() or len(after) > 18:
            return [], ""
        rows = rows.filter(pk__lt=int(after))
    found = list(rows.order_by("-pk")[: limit + 1])
    return found[:limit], str(found[limit - 1].pk) if len(found) > limit else ""


def service_forms() -> list[ServiceForm]:
    """Return every service that there is with what is set up for it; secrets only by their names (one query)."""
    rows = {row.code: row for row in FapiaoService.objects.all()}
    found = []
    for code, provider in providers:
        row, about = rows.get(code) or FapiaoService(code=code), provider.description
        values, secrets = shown(about.fields, row.settings)
        found.append(
            ServiceForm(
                code=code,
                name=str(about.name),
                description=str(about.description),
                fields=about.fields,
                steps=tuple(str(step) for step in about.steps),
                enabled=row.enabled,
                by_itself=row.by_itself,
                is_set_up=row.pk is not None,
                values=values,
                secrets_set=secrets,
            )
        )
    return found


def service_in_use() -> str:
    """Return what the service that issues fapiao is called, "" where a person does."""
    service = in_use()
    return str(providers.get(service[0].code).description.name) if service else ""


def last_sending(request_id: int) -> FapiaoSending | None:
    """Return what a service was asked for last (one query)."""
    return FapiaoSending.objects.filter(request_id=request_id).order_by("-pk").first()


def paper_by_id(fapiao_id: int) -> Fapiao | None:
    """Return one fapiao with its request."""
    return Fapiao.objects.select_related("request").filter(pk=fapiao_id).first()
