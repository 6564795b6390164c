"""Referrals: the rules, partners, what came by whom, and what is paid out."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema, Status

from duli.base.errors import InvalidInput
from duli.commerce.customers.selectors import customer_by_id
from duli.commerce.referrals import selectors, services
from duli.commerce.referrals.models import PayoutBatch, Program, Referral, Referrer
from duli.commerce.referrals.states import Kind, ReferralState, ReferrerState
from duli.commerce.referrals.types import ProgramDraft
from duli.web.api.admin.gate import ERRORS, actor_of, answer_is_about, scope
from duli.web.api.admin.paging import PAGE, page_by_id

router = Router(tags=["referrals"])
Json = dict[str, Any]
WHOLE = 10_000
BIGGEST = 2**63 - 1


class ProgramIn(Schema):
    friends_on: bool = False
    reward: str = Field("credit", max_length=6)
    reward_minor: int = Field(0, ge=0, le=10**12)
    reward_promotion_id: int | None = Field(None, ge=1, le=BIGGEST)
    least_minor: int = Field(0, ge=0, le=10**12)
    partners_on: bool = False
    takes_applications: bool = False
    commission_points: int = Field(1000, ge=0, le=WHOLE, description="Hundredths of a per cent of the goods.")
    approves_itself: bool = False
    wait_days: int = Field(14, ge=0, le=365)
    window_days: int = Field(30, ge=1, le=365)
    asks_first: bool = True
    most_a_day: int = Field(5, ge=1, le=10_000)
    commissions: dict[str, int] = Field({}, max_length=200, description="Those of some goods, by `product:3` and such.")


class PartnerPut(Schema):
    state: str = Field(max_length=8)
    commission_points: int | None = Field(None, ge=0, le=WHOLE, description="One of their own; null: as for all.")


class PartnerIn(PartnerPut):
    customer_id: int = Field(ge=1, le=BIGGEST)


class PayoutIn(Schema):
    currency: str = Field(min_length=3, max_length=3)


def _program(row: Program) -> Json:
    names = [name for name in ProgramDraft.__dataclass_fields__ if name != "commissions"]
    return {**{name: getattr(row, name) for name in names}, "commissions": selectors.commissions()}


def _partner(row: Referrer, clicks: int, orders: int) -> Json:
    return {
        "id": row.pk,
        "customer_id": row.customer_id,
        "name": row.customer.name,
        "code": row.code,
        "state": row.state,
        "commission_points": row.points,
        "clicks": clicks,
        "orders": orders,
    }


def _partner_whole(request: HttpRequest, referrer_id: int) -> Json:
    row = selectors.referrer_by_id(referrer_id)
    answer_is_about(request, f"customer:{row.customer_id}")
    ids = [row.pk]
    sums = [
        {
            "currency": sum_.currency,
            "waiting_minor": sum_.waiting.minor,
            "approved_minor": sum_.approved.minor,
            "paid_minor": sum_.paid.minor,
        }
        for sum_ in selectors.earned_by(row)
    ]
    found = _partner(row, selectors.clicks_of(ids).get(row.pk, 0), selectors.orders_of(ids).get(row.pk, 0))
    return {**found, "about": row.about, "earned": sums}


def _referral(row: Referral) -> Json:
    return {
        "id": row.pk,
        "order_id": row.order_id,
        "order_number": row.order.number,
        "referrer_id": row.referrer_id,
        "kind": row.referrer.kind,
        "state": row.state,
        "checks": row.checks,
        "currency": row.currency,
        "earned_minor": row.earned_minor,
        "paid_minor": row.paid_minor,
        "due_at": row.due_at.isoformat() if row.due_at else None,
        "created_at": row.created_at.isoformat(),
    }


def _batch(row: PayoutBatch, partners: int, minor: int) -> Json:
    return {
        "id": row.pk,
        "currency": row.currency,
        "partners": partners,
        "minor": minor,
        "created_at": row.created_at.isoformat(),
    }


@router.get("/program", response={200: Json, **ERRORS})
@scope("promotions.view")
def get_program(request: HttpRequest) -> Json:
    """The rules of friends' rewards and partners' commissions. Amounts are of the store's own currency."""
    return _program(selectors.stored_program())


@router.put("/program", response={200: Json, **ERRORS})
@scope("promotions.edit")
def put_program(request: HttpRequest, body: ProgramIn) -> Json:
    """Make the rules exactly these; orders that came before keep what was promised for them."""
    return _program(services.save_program(draft=ProgramDraft(**body.dict()), actor=actor_of(request)))


@router.get("/partners", response={200: Json, **ERRORS})
@scope("promotions.view")
def list_partners(request: HttpRequest, state: str = "", after: str = "", limit: int = PAGE) -> Json:
    """Partners, newest first; `state` is `applied`, `active`, `paused` or `declined`."""
    if state and state not in ReferrerState.values:
        raise InvalidInput(field="state")
    rows = selectors.referrers(kind=Kind.PARTNER, state=state)
    found, cursor = page_by_id(rows, after=after, limit=limit)
    ids = [row.pk for row in found]
    clicks, orders = selectors.clicks_of(ids), selectors.orders_of(ids)
    return {
        "partners": [_partner(row, clicks.get(row.pk, 0), orders.get(row.pk, 0)) for row in found],
        "next": cursor,
    }


@router.post("/partners", response={201: Json, **ERRORS})
@scope("promotions.edit")
def add_partner(request: HttpRequest, body: PartnerIn) -> Status[Json]:
    """Make a customer with an account a partner; one who is a partner already is changed."""
    customer = customer_by_id(body.customer_id)
    if customer.user_id is None:
        raise InvalidInput(field="customer")
    return Status(201, _saved(request, customer.pk, body))


@router.get("/partners/{int:partner_id}", response={200: Json, **ERRORS})
@scope("promotions.view")
def get_partner(request: HttpRequest, partner_id: int) -> Json:
    """One partner with what their orders brought by currency: waiting, approved, paid out."""
    return _partner_whole(request, selectors.referrer_by_id(partner_id, kind=Kind.PARTNER).pk)


@router.put("/partners/{int:partner_id}", response={200: Json, **ERRORS})
@scope("promotions.edit")
def put_partner(request: HttpRequest, partner_id: int, body: PartnerPut) -> Json:
    """Take a partner in, pause or decline one, or agree on a commission of their own."""
    return _saved(request, selectors.referrer_by_id(partner_id, kind=Kind.PARTNER).customer_id, body)


def _saved(request: HttpRequest, customer_id: int, body: PartnerPut) -> Json:
    row = services.save_referrer(
        customer_id=customer_id,
        kind=Kind.PARTNER,
        state=body.state,
        points=body.commission_points,
        actor=actor_of(request),
    )
    return _partner_whole(request, row.pk)


@router.get("/orders", response={200: Json, **ERRORS})
@scope("promotions.view")
def list_referrals(
    request: HttpRequest,
    state: str = "",
    kind: str = "",
    partner: int | None = Query(None, ge=1, le=BIGGEST),
    after: str = "",
    limit: int = PAGE,
) -> Json:
    """Orders that came by a link, newest first. `state`: `held` (looks odd), `pending`, `approved`, `declined`, or
    `payable`; `kind`: `friend` or `partner`; `partner`: the key of one."""
    if state and state not in {*ReferralState.values, "payable"}:
        raise InvalidInput(field="state")
    if kind and kind not in Kind.values:
        raise InvalidInput(field="kind")
    rows = selectors.referrals(state=state, kind=kind, referrer_id=partner)
    found, cursor = page_by_id(rows, after=after, limit=limit)
    return {"referrals": [_referral(row) for row in found], "next": cursor}


@router.get("/orders/{int:referral_id}", response={200: Json, **ERRORS})
@scope("promotions.view")
def get_referral(request: HttpRequest, referral_id: int) -> Json:
    """One order that came by a link: what looked odd, what it earned, from when on that may be approved."""
    return _referral(selectors.referral_by_id(referral_id))


@router.post("/orders/{int:referral_id}/approve", response={200: Json, **ERRORS})
@scope("promotions.edit")
def approve_referral(request: HttpRequest, referral_id: int) -> Json:
    """Let an order count: one that is held goes on to wait, one that waited is approved; 409 before its time."""
    services.decide(referral_id=referral_id, approve=True, actor=actor_of(request))
    return _referral(selectors.referral_by_id(referral_id))


@router.post("/orders/{int:referral_id}/decline", response={200: Json, **ERRORS})
@scope("promotions.edit")
def decline_referral(request: HttpRequest, referral_id: int) -> Json:
    """Let an order not count; what was paid for it is set off against the next payment."""
    services.decide(referral_id=referral_id, approve=False, actor=actor_of(request))
    return _referral(selectors.referral_by_id(referral_id))


@router.get("/payouts", response={200: Json, **ERRORS})
@scope("orders.payments")
def list_payouts(request: HttpRequest) -> Json:
    """What a payout would pay now by currency, and the newest 50 payouts."""
    return {
        "owed": [{"currency": sum_.currency, "minor": sum_.minor} for sum_ in selectors.owed_by_currency()],
        "payouts": [_batch(row, count, sum_.minor) for row, count, sum_ in selectors.batches()],
    }


@router.post("/payouts", response={201: Json, **ERRORS})
@scope("orders.payments", needs_key=True)
def pay_out(request: HttpRequest, body: PayoutIn) -> Status[Json]:
    """Note what all partners are owed in a currency as paid, each commission once; 409 where nothing is owed. Pay by
    the list of the payout."""
    batch = services.pay_out(currency=body.currency.upper(), actor=actor_of(request))
    rows = list(selectors.payouts_of(batch.pk))
    return Status(201, _batch(batch, len(rows), sum(row.amount_minor for row in rows)))


@router.get("/payouts/{int:batch_id}", response={200: Json, **ERRORS})
@scope("orders.payments")
def get_payout(request: HttpRequest, batch_id: int, after: str = "", limit: int = PAGE) -> Json:
    """Whom a payout pays, where to and how much."""
    batch = selectors.batch_by_id(batch_id)
    found, cursor = page_by_id(selectors.payouts_of(batch.pk), after=after, limit=limit, oldest=True)
    return {
        "id": batch.pk,
        "currency": batch.currency,
        "created_at": batch.created_at.isoformat(),
        "payments": [
            {
                "id": row.pk,
                "partner_id": row.referrer_id,
                "code": row.referrer.code,
                "name": row.referrer.customer.name,
                "pay_to": row.pay_to,
                "minor": row.amount_minor,
            }
            for row in found
        ],
        "next": cursor,
    }
