"""What moves the money of an order, and what keeps it back: refunds, edits, holds."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Field, Router, Schema, Status

from duli.base.errors import NotFound
from duli.commerce.customers.types import Address
from duli.commerce.orders import selectors, services
from duli.commerce.orders.editing import AddedLine, EditWish
from duli.commerce.orders.refunding import RefundPreview, RefundWish, preview
from duli.commerce.orders.standing import standing_of
from duli.commerce.orders.types import RefundLine
from duli.web.api.admin.gate import ERRORS, actor_of, key_of, scope
from duli.web.api.admin.keys import Key
from duli.web.api.admin.orders import whole_order

router = Router(tags=["orders"])
Json = dict[str, Any]
MOST = 10**12
WAITING = {"waits_for_approval": True}
"""The answer, with 202, to what is above the limit of the token's owner: a second person decides at the desk."""


class RefundLineIn(Schema):
    order_line_id: Key
    quantity: int = Field(ge=1, le=1_000_000)
    restock: bool = Field(False, description="Put these units back on sale.")


class RefundSumIn(Schema):
    lines: list[RefundLineIn] = Field([], max_length=500)
    shipping_minor: int = Field(0, ge=0, le=MOST)
    adjustment_minor: int = Field(0, ge=-MOST, le=MOST, description="Goodwill on top; below zero a fee that is kept.")


class RefundIn(RefundSumIn):
    credit_minor: int = Field(0, ge=0, le=MOST, description="Of the amount as store credit.")
    location_id: Key | None = Field(None, description="Where units that had left are put on hand.")
    reason: str = Field("", max_length=40)
    note: str = Field("", max_length=300)
    expected_minor: int | None = Field(None, description="The amount that was shown: 409 if it is another by now.")


class NewGoodsIn(Schema):
    variant_id: Key
    quantity: int = Field(ge=1, le=1_000_000)


class AddedLineIn(NewGoodsIn):
    unit_price_minor: int | None = Field(None, ge=0, le=MOST, description="Without, today's price for so many.")

    def added(self) -> AddedLine:
        return AddedLine(self.variant_id, self.quantity, self.unit_price_minor)


class ChangedLineIn(Schema):
    order_line_id: Key
    quantity: int | None = Field(
        None, ge=0, le=1_000_000, description="0 takes the line out. A price list moves the price with it."
    )
    unit_price_minor: int | None = Field(None, ge=0, le=MOST)
    discount_minor: int | None = Field(None, ge=0, le=MOST, description="What comes off the whole line.")


class EditSumIn(Schema):
    lines: list[ChangedLineIn] = Field([], max_length=500)
    additions: list[AddedLineIn] = Field([], max_length=500)
    order_discount_minor: int = Field(0, ge=0, le=MOST)
    shipping_minor: int | None = Field(None, ge=0, le=MOST)
    shipping_method: str | None = Field(None, max_length=80)

    def wish(self) -> EditWish:
        """Return the edit as the verb takes it."""
        return EditWish(
            quantities={line.order_line_id: line.quantity for line in self.lines if line.quantity is not None},
            prices={
                line.order_line_id: line.unit_price_minor for line in self.lines if line.unit_price_minor is not None
            },
            discounts={
                line.order_line_id: line.discount_minor for line in self.lines if line.discount_minor is not None
            },
            additions=tuple(line.added() for line in self.additions),
            order_discount_minor=self.order_discount_minor,
            shipping_minor=self.shipping_minor,
            shipping_method_code=self.shipping_method,
        )


class EditIn(EditSumIn):
    version: int = Field(description="The order's as it was read: 409 if it changed since.")
    note: str = Field("", max_length=300)
    notify: bool = True


class HoldIn(Schema):
    reason: str = Field(min_length=1, max_length=200)


class AddressIn(Schema):
    name: str = Field(max_length=120)
    country: str = Field(max_length=2)
    company: str = Field("", max_length=120)
    phone: str = Field("", max_length=40)
    region: str = Field("", max_length=80)
    city: str = Field("", max_length=120)
    district: str = Field("", max_length=120)
    line1: str = Field("", max_length=200)
    line2: str = Field("", max_length=200)
    postal_code: str = Field("", max_length=20)


def _sums(found: RefundPreview) -> Json:
    return {
        "currency": found.currency,
        "amount_minor": found.amount,
        "goods_minor": found.goods,
        "shipping_minor": found.shipping,
        "adjustment_minor": found.adjustment,
        "tax_minor": found.tax,
        "taxes": [
            {"name": tax.name, "rate": str(tax.rate), "gross_minor": tax.gross, "tax_minor": tax.tax}
            for tax in found.taxes
        ],
        "left_minor": found.cash_left,
    }


@router.post("/{int:order_id}/refunds/preview", response={200: Json, **ERRORS})
@scope("orders.payments")
def preview_refund(request: HttpRequest, order_id: int, body: RefundSumIn) -> Json:
    """What a refund would come to, tax by tax; nothing is refunded."""
    order = selectors.order_detail(order_id)
    units = {line.order_line_id: line.quantity for line in body.lines}
    return _sums(preview(standing_of(order), RefundWish(units, body.shipping_minor, body.adjustment_minor)))


@router.post("/{int:order_id}/refunds", response={200: Json, 202: Json, **ERRORS})
@scope("orders.payments", needs_key=True)
def refund(request: HttpRequest, order_id: int, body: RefundIn) -> Json | Status[Json]:
    """Give money back; 202 if it is above the limit of the token's owner and waits for a second person."""
    row = services.staff_refund(
        order_id=order_id,
        lines=[RefundLine(line.order_line_id, line.quantity, line.restock) for line in body.lines],
        shipping_minor=body.shipping_minor,
        adjustment_minor=body.adjustment_minor,
        credit_minor=body.credit_minor,
        location_id=body.location_id,
        reason=body.reason,
        note=body.note,
        shown_minor=body.expected_minor,
        idempotency_key=key_of(request),
        actor=actor_of(request),
    )
    return whole_order(order_id) if row else Status(202, WAITING)


@router.post("/{int:order_id}/refunds/{int:refund_id}/retry", response={200: Json, **ERRORS})
@scope("orders.payments")
def retry_refund(request: HttpRequest, order_id: int, refund_id: int) -> Json:
    """Try again what a provider refused to give back."""
    if not selectors.order_detail(order_id).refunds.filter(pk=refund_id).exists():
        raise NotFound()
    services.retry_refund(refund_id=refund_id, actor=actor_of(request))
    return whole_order(order_id)


@router.post("/{int:order_id}/edit/preview", response={200: Json, **ERRORS})
@scope("orders.edit")
def preview_edit(request: HttpRequest, order_id: int, body: EditSumIn) -> Json:
    """What the order would cost after an edit; nothing changes."""
    services.ask_carriers_about_edit(order_id=order_id, wish=body.wish())
    found = services.preview_edit(order_id=order_id, wish=body.wish())
    return {
        "currency": found.quote.currency,
        "before_minor": found.before,
        "difference_minor": found.difference,
        "total_minor": found.before + found.difference,
    }


@router.post("/{int:order_id}/edit", response={200: Json, 202: Json, **ERRORS})
@scope("orders.edit")
def edit(request: HttpRequest, order_id: int, body: EditIn) -> Json | Status[Json]:
    """Change lines, prices or shipping; the shopper is asked for what is owed. 202: a second person decides."""
    services.ask_carriers_about_edit(order_id=order_id, wish=body.wish())
    order = services.staff_edit_order(
        order_id=order_id,
        wish=body.wish(),
        version=body.version,
        note=body.note,
        notify=body.notify,
        actor=actor_of(request),
    )
    return whole_order(order_id) if order else Status(202, WAITING)


@router.put("/{int:order_id}/address", response={200: Json, **ERRORS})
@scope("orders.edit")
def change_address(request: HttpRequest, order_id: int, body: AddressIn) -> Json:
    """Send the order somewhere else, while nothing has left and it costs the same there."""
    services.change_address(order_id=order_id, address=Address(**body.dict()), actor=actor_of(request))
    return whole_order(order_id)


@router.post("/{int:order_id}/hold", response={200: Json, **ERRORS})
@scope("orders.manage")
def hold(request: HttpRequest, order_id: int, body: HoldIn) -> Json:
    """Keep an order from being shipped until somebody releases it."""
    services.hold(order_id=order_id, reason=body.reason, actor=actor_of(request))
    return whole_order(order_id)


@router.post("/{int:order_id}/release", response={200: Json, **ERRORS})
@scope("orders.manage")
def release(request: HttpRequest, order_id: int) -> Json:
    """Let a held order be shipped again."""
    services.release(order_id=order_id, actor=actor_of(request))
    return whole_order(order_id)


@router.post("/{int:order_id}/safe", response={200: Json, **ERRORS})
@scope("orders.manage")
def mark_safe(request: HttpRequest, order_id: int) -> Json:
    """Say that a person has looked at an order that seemed odd and found it safe."""
    services.clear_risk(order_id=order_id, actor=actor_of(request))
    return whole_order(order_id)
