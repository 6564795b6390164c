"""An order as its buyer sees it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from django.templatetags.static import static
from django.utils.safestring import mark_safe
from django.utils.translation import override

from duli.base.money import Money
from duli.commerce.customers.addresses import lines as address_lines
from duli.commerce.customers.types import Address
from duli.commerce.downloads.selectors import grants_of
from duli.commerce.inventory.selectors import home_country, pickup_place
from duli.commerce.orders.models import Order
from duli.commerce.orders.offered import methods_of
from duli.commerce.orders.parts import contents_of
from duli.commerce.orders.selectors import messages_of, refunds_of
from duli.commerce.orders.states import FulfilmentState, OrderStatus, PaymentState
from duli.commerce.payments import selectors as payments
from duli.commerce.payments.gateway import ClientForm, Failed, Instructions, Redirect, Settled, ShowQR
from duli.commerce.payments.gifts import Gift
from duli.commerce.payments.store_credit import paid_by_credit
from duli.commerce.reconciliation.selectors import proofs_of
from duli.commerce.reconciliation.services import takes_proofs
from duli.commerce.reconciliation.types import ProofView
from duli.platform.media.types import from_json
from duli.platform.themes.engine import theme_texts
from duli.web.storefront.arrivals import days
from duli.web.storefront.buying_drops import (
    MessageDrop,
    MethodDrop,
    OrderDrop,
    OrderLineDrop,
    ParcelDrop,
    PaymentDrop,
    StageDrop,
    TotalDrop,
)
from duli.web.storefront.cart import asked_elsewhere
from duli.web.storefront.downloads import download_drops
from duli.web.storefront.fapiao import fapiao_drop
from duli.web.storefront.gifts import bought_card_drops, gift_words, paid_card_drops
from duli.web.storefront.later import order_later
from duli.web.storefront.members import order_points_words, points_at_placing
from duli.web.storefront.parcels import parcel_drops
from duli.web.storefront.pictures import image_drop
from duli.web.storefront.places import place_drop
from duli.web.storefront.returns import actions_drop, return_drops
from duli.web.storefront.seo import script_json
from duli.web.storefront.texts import texts_drop
from duli.web.storefront.when import written
from duli.web.storefront.where import Where

_PAID = {PaymentState.PAID, PaymentState.AUTHORISED, PaymentState.PARTIALLY_REFUNDED, PaymentState.REFUNDED}
_SHIPPED = {FulfilmentState.FULFILLED, FulfilmentState.DELIVERED, FulfilmentState.PARTIALLY_FULFILLED}


def _billing(order: Order, here: Where) -> tuple[str, ...]:
    """Return the billing address where it is another one than the parcel's."""
    if not order.billing_address or order.billing_address == order.shipping_address:
        return ()
    return _address(Address.from_json(order.billing_address), here)


def _address(address: Address, here: Where) -> tuple[str, ...]:
    return tuple(address_lines(address, home=home_country(), language=here.language))


def order_drop(order: Order, here: Where, *, csrf: str = "", is_new: bool = False) -> OrderDrop:
    payment = payment_drop(order, here)
    place = pickup_place(order.pickup_location_id) if order.pickup_location_id else None
    # What was handed over at the place was no parcel.
    parcels = parcel_drops(order, here) if place is None else ()
    tone, headline, text = _headline(order, payment, parcels, here)
    address = Address.from_json(order.shipping_address) if order.shipping_address else None
    return OrderDrop(
        number=order.number or "",
        token=order.token,
        url=here.url(f"/orders/{order.token}"),
        headline=headline,
        text=text,
        tone=tone,
        placed=written(order.placed_at, here),
        stages=tuple(_stages(order, payment, here)),
        lines=tuple(
            OrderLineDrop(
                title=line.title,
                variant=line.variant_title,
                sku=line.sku,
                url=here.url(f"/products/{line.product_handle}") if line.product_handle else "",
                image=image_drop(view, line.title) if (view := from_json(line.image)) else None,
                quantity=line.quantity,
                unit_price=here.money(Money(line.unit_price_minor, order.currency)),
                total=Money(line.subtotal_minor, order.currency).format(here.language),
                contents=tuple(contents_of(line)),
                later=order_later(line.backorder, line.to_ship, here) if line.to_ship > 0 else "",
                gift=gift_words(Gift.from_json(line.gift) if line.gift else None, here),
            )
            for line in order.lines.all()
        ),
        count=sum(line.quantity for line in order.lines.all() if not line.is_charge),
        parcels=parcels,
        totals=tuple(_totals(order, here)),
        total=Money(order.total_minor, order.currency).format(here.language),
        tax_note=_tax_note(order, here),
        payment=payment,
        contact=" · ".join(filter(None, [order.email, order.phone])),
        address=tuple(filter(None, [*_address(address, here), address.phone])) if address else (),
        billing=_billing(order, here),
        shipping_method=order.shipping_method_name,
        note=order.note,
        csrf=csrf,
        is_new=is_new,
        print_url=here.url(f"/orders/{order.token}/invoice"),
        fapiao=fapiao_drop(order, here),
        texts=texts_drop(order, here),
        actions=actions_drop(order, here),
        returns=return_drops(order, here),
        refunds=tuple(
            (
                written(row.created_at, here),
                Money(row.original_minor + row.credit_minor, order.currency).format(here.language),
            )
            for row in refunds_of(order.pk)
            if row.original_minor + row.credit_minor
        ),
        exchanged=Money(-order.offset_minor, order.currency).format(here.language) if order.offset_minor else "",
        downloads=download_drops(grants_of([order.pk]), here),
        messages=tuple(
            MessageDrop(row.from_shopper, tuple(row.text.splitlines()), written(row.created_at, here))
            for row in messages_of(order.pk)
        ),
        message_url=here.url(f"/orders/{order.token}/messages"),
        bought_cards=bought_card_drops(order, here),
        # Nothing was paid by a card before anything was paid.
        pickup=place_drop(place) if place else None,
        arrival=_promised(order, here),
        points=order_points_words(order, here),
        paid_by_credit=_paid_by_credit(order, here) if order.payment_state != PaymentState.UNPAID else "",
        paid_by_cards=paid_card_drops(order, here) if order.payment_state != PaymentState.UNPAID else (),
    )


def _tax_note(order: Order, here: Where) -> str:
    is_sent = bool(order.shipping_method_name) and not order.pickup_location_id
    words = asked_elsewhere(order.tax_scheme, here, is_sent)
    if words or not order.prices_include_tax or not order.tax_minor:
        return words
    amount = Money(order.tax_minor, order.currency).format(here.language)
    return theme_texts(here.language)("totals.tax_included", amount=amount)


def _promised(order: Order, here: Where) -> str:
    """Return when it was promised to arrive, or to lie ready, until it does."""
    if order.arrives_from is None or order.arrives_by is None or order.status == OrderStatus.CANCELLED:
        return ""
    if order.fulfilment_state not in {FulfilmentState.UNFULFILLED, FulfilmentState.PARTIALLY_FULFILLED}:
        return ""
    if order.pickup_ready_at:
        return ""
    key = "delivery.ready" if order.pickup_location_id else "delivery.arrives"
    return theme_texts(here.language)(key, days=days(order.arrives_from, order.arrives_by, here))


def _headline(order: Order, payment: PaymentDrop, parcels: tuple[ParcelDrop, ...], here: Where) -> tuple[str, str, str]:
    """Return (tone, headline, sentence): what matters to the buyer right now."""
    texts = theme_texts(here.language)

    def say(key: str, tone: str) -> tuple[str, str, str]:
        contact = order.email or order.phone
        return tone, texts(f"order.{key}_title"), texts(f"order.{key}_text", contact=contact)

    if order.status == OrderStatus.CANCELLED:
        return say("cancelled", "muted")
    if order.payment_state == PaymentState.REVIEW:
        return say("review", "attention")
    if order.fulfilment_state == FulfilmentState.DELIVERED:
        return say("collected" if order.pickup_location_id else "delivered", "success")
    if order.payment_state == PaymentState.REFUNDED or (
        # Nothing of it is left to be sent: nobody prepares it.
        order.payment_state == PaymentState.PARTIALLY_REFUNDED and order.fulfilment_state == FulfilmentState.NOT_NEEDED
    ):
        return say("refunded", "muted")
    if any(parcel.state == "exception" for parcel in parcels):
        return say("trouble", "attention")
    if order.fulfilment_state in _SHIPPED:
        return say("shipped", "success")
    if order.pickup_ready_at:
        return say("pickup_ready", "success")
    if payment.state in {"due", "failed", "qr", "form"}:
        return say("unpaid", "attention")
    if payment.state == "instructions":
        return say("transfer", "attention")
    return say("received", "success")


def _stages(order: Order, payment: PaymentDrop, here: Where) -> list[StageDrop]:
    texts = theme_texts(here.language)
    if order.status == OrderStatus.CANCELLED:
        return [
            StageDrop(texts("order.stage_placed"), written(order.placed_at, here), "done"),
            StageDrop(texts("order.stage_cancelled"), written(order.cancelled_at, here), "done"),
        ]
    parcels = list(order.fulfilments.all())
    paid = order.payment_state in _PAID or payment.state == "paid"
    shipped = order.fulfilment_state in _SHIPPED
    delivered = order.fulfilment_state == FulfilmentState.DELIVERED
    steps: list[tuple[str, datetime | None, bool]] = [("placed", order.placed_at, True)]
    pays_later = order.payment_method_code and not paid and order.expires_at is None
    if not pays_later:
        steps.append(("paid", order.paid_at, paid))
    if order.fulfilment_state != FulfilmentState.NOT_NEEDED:
        first = min((parcel.shipped_at for parcel in parcels), default=None)
        last = max((parcel.delivered_at for parcel in parcels if parcel.delivered_at), default=None)
        if order.pickup_location_id:
            first = order.pickup_ready_at or first
            steps += [("ready", first, bool(first)), ("collected", last if delivered else None, delivered)]
        else:
            steps += [("shipped", first, shipped), ("delivered", last if delivered else None, delivered)]
    if pays_later:
        steps.append(("paid", None, False))
    shipped_at = min((parcel.shipped_at for parcel in parcels), default=None)
    if not pays_later and order.paid_at and shipped_at and order.paid_at > shipped_at:
        # Paid to the courier: that came after the goods had left.
        steps.append(steps.pop(1))
    stages, reached = [], False
    for name, moment, done in steps:
        state = "done" if done else "next" if reached else "now"
        reached = reached or not done
        stages.append(StageDrop(texts(f"order.stage_{name}"), written(moment, here) if done else "", state))
    return stages


def _totals(order: Order, here: Where) -> list[TotalDrop]:
    texts = theme_texts(here.language)

    def amount(minor: int) -> str:
        return Money(minor, order.currency).format(here.language)

    rows = [TotalDrop("subtotal", texts("totals.subtotal"), amount(order.subtotal_minor))]
    given = [
        (entry["title"], entry["amount"], entry["code"])
        for entry in order.quote.get("promotions", [])
        if not entry.get("is_price")
    ]
    points, worth = points_at_placing(order)
    if points:
        given.append((texts("points.spent", count=points), worth, ""))
    rest = order.discount_minor - sum(minor for _title, minor, _code in given)
    # After an edit that took some of it back, nobody can say whose it was.
    if rest < 0:
        given, rest = [], order.discount_minor
    rows += [TotalDrop("discount", title, amount(-minor), code) for title, minor, code in given if minor]
    if rest:
        rows.append(TotalDrop("discount", texts("totals.discount"), amount(-rest)))
    if order.shipping_method_name:
        shipping = amount(order.shipping_minor) if order.shipping_minor else texts("product.free")
        rows.append(TotalDrop("shipping", texts("totals.shipping"), shipping, order.shipping_method_name))
    if not order.prices_include_tax and order.tax_minor:
        rows.append(TotalDrop("tax", texts("totals.tax"), amount(order.tax_minor)))
    return rows


def payment_drop(order: Order, here: Where) -> PaymentDrop:
    """Return what is to be done about the payment, as the payment room says."""
    if order.payment_collection_id is None:
        return PaymentDrop("none", "", "")
    view = payments.collection_view(order.payment_collection_id)
    method = payments.method(code=view.method_code, language=here.language)
    plain = PaymentDrop("due", method.name if method else view.method_code, view.due.format(here.language))
    if order.status == OrderStatus.CANCELLED or view.is_closed or order.payment_state == PaymentState.REVIEW:
        return replace(plain, state="closed")
    if order.payment_state in _PAID or not view.due:
        return replace(plain, state="paid")
    if method is not None and method.settles_on_delivery:
        return replace(plain, state="on_delivery", note=method.description)
    with override(here.language):
        step = payments.current_step(order.payment_collection_id, view=view)
    if isinstance(step, Settled):
        # The provider has said yes; the order hears of it in a moment, and nobody shall pay again meanwhile.
        return replace(plain, state="paid")
    due = replace(
        plain,
        methods=_methods(order, view.method_code, view.due, here),
        deadline=written(order.expires_at, here) if order.expires_at else "",
        deadline_at=order.expires_at.isoformat() if order.expires_at else "",
    )
    if isinstance(step, Instructions):
        return replace(
            due,
            state="instructions",
            lines=step.lines,
            note=step.note,
            proofs=tuple((proof.name, written(proof.created_at, here)) for proof in _proofs(order.pk)),
            proof_url=here.url(f"/orders/{order.token}/proof")
            if takes_proofs(order.status, order.payment_state, view.method_code)
            else "",
        )
    if isinstance(step, ShowQR):
        return replace(due, state="qr", qr=qr_code(step.content), app_url=step.app_url)
    if isinstance(step, ClientForm):
        return replace(
            due,
            state="form",
            script_url=step.script_url,
            script_origins=step.origins,
            adapter_url=static(step.adapter) if step.adapter else "",
            values_json=script_json(dict(step.values)),
        )
    if isinstance(step, Redirect):
        return replace(due, under_way=theme_texts(here.language)("order.under_way", method=plain.method))
    if isinstance(step, Failed) and step.code != "closed":
        return replace(due, state="failed", error=step.message)
    return due


def _proofs(order_id: int) -> list[ProofView]:
    return proofs_of([order_id]).get(order_id, [])


def qr_code(content: str) -> str:
    """Return a QR code as SVG that scales with its frame."""
    import qrcode  # type: ignore[import-untyped]
    from qrcode.image.svg import SvgPathImage  # type: ignore[import-untyped]

    code = qrcode.QRCode(border=2, error_correction=qrcode.constants.ERROR_CORRECT_M, image_factory=SvgPathImage)
    code.add_data(content)
    return mark_safe(code.make_image().to_string(encoding="unicode"))  # noqa: S308  (squares only)


def _methods(order: Order, current: str, due: Money, here: Where) -> tuple[MethodDrop, ...]:
    found = methods_of(order, amount=due, language=here.language)
    return tuple(
        MethodDrop(method.code, method.name, method.description, method.code == current, method.is_test)
        for method in found
    )


def _paid_by_credit(order: Order, here: Where) -> str:
    found = paid_by_credit(order.payment_collection_id, order.currency)
    return found.format(here.language) if found is not None else ""
