"""What orders keep of a person: everything the law wants stays, the person goes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Q

from duli.commerce.customers.holders import Person, Rows, holders, scrubbed
from duli.commerce.customers.own import scrub_events
from duli.commerce.orders.models import (
    Fulfilment,
    Order,
    OrderLine,
    OrderMessage,
    OrderRefund,
    OrderReturn,
    OrderTag,
    ReturnPhoto,
)
from duli.commerce.orders.services.tracking import reference_of
from duli.commerce.orders.states import FulfilmentState, OrderStatus
from duli.commerce.orders.types import OrdersUnderWay
from duli.commerce.payments.services.privacy import (
    export_gift_cards,
    export_person,
    forget_gift_cards,
    forget_person,
)
from duli.commerce.shipping.services import forget_labels, forget_parcels
from duli.commerce.taxes.models import VatCheck
from duli.commerce.taxes.services import forget_names
from duli.platform.mail.models import Mail
from duli.platform.media.private import delete_private
from duli.platform.sms.models import SmsConsent
from duli.platform.tokens.services import empty_answers

_KEPT_OF_ADDRESS = ("country", "region")


class Orders:
    def export(self, person: Person) -> Mapping[str, Rows]:
        rows = Order.objects.filter(customer_id__in=person.customer_ids).order_by("pk")
        lines = OrderLine.objects.filter(order__in=rows).order_by("order_id", "position", "pk")
        parcels = Fulfilment.objects.filter(order__in=rows).order_by("pk")
        taxes = list(rows.values_list("tax", flat=True))
        return {
            "orders": list(
                rows.values(
                    "number", "placed_at", "status", "payment_state", "fulfilment_state", "currency", "total_minor",
                    "tax_minor", "customer_name", "email", "phone", "shipping_address", "billing_address", "note",
                )
            ),
            "order_lines": list(
                lines.values("order__number", "title", "variant_title", "sku", "quantity", "total_minor")
            ),
            "parcels": list(parcels.values("order__number", "carrier", "tracking_number", "shipped_at")),
            "text_message_consents": list(
                SmsConsent.objects.filter(reference__in=[f"order:{pk}" for pk in rows.values_list("pk", flat=True)])
                .order_by("pk")
                .values("reference", "source", "wording", "given_at")
            ),
            "vat_ids": list(
                VatCheck.objects.filter(number__in=[tax["vat_id"] for tax in taxes if tax.get("vat_id")])
                .order_by("pk")
                .values("number", "state", "name", "address", "checked_at")
            ),
            "returns": list(
                OrderReturn.objects.filter(order__in=rows)
                .order_by("pk")
                .values("order__number", "number", "kind", "state", "note", "declarant", "receipt_to", "requested_at")
            ),
            "payments": export_person(
                collection_ids=[key for key in rows.values_list("payment_collection_id", flat=True) if key]
            ),
            "gift_cards": export_gift_cards(
                references=[f"order:{pk}" for pk in rows.values_list("pk", flat=True)], emails=person.emails
            ),
            "order_messages": list(
                OrderMessage.objects.filter(order__in=rows)
                .order_by("pk")
                .values("order__number", "from_shopper", "text", "created_at")
            ),
        }  # fmt: skip

    def erase(self, person: Person) -> int:
        """Take the person out of orders, parcels, their mails, events and payments; amounts, tax and lines stay."""
        count = 0
        references, collections = [], []
        strings: set[str] = set()
        orders = list(Order.objects.filter(customer_id__in=person.customer_ids))
        for order in orders:
            strings |= _strings(order)
        named = OrderReturn.objects.filter(order__in=orders).values_list("declarant", "receipt_to")
        strings |= {text for pair in named for text in pair if len(text.strip()) > 1}
        parcels = Fulfilment.objects.filter(order__in=orders).exclude(tracking_number="")
        # Whoever has the number can ask the carrier for the name.
        strings |= set(parcels.values_list("tracking_number", flat=True))
        whole = Person(
            person.customer_ids,
            person.user_id,
            person.emails,
            person.phones,
            tuple({*person.names, *strings}),
            person.places,
        )
        for order in orders:
            references.append(order.reference)
            if order.payment_collection_id:
                collections.append(order.payment_collection_id)
            Order.objects.filter(pk=order.pk).update(
                customer_name="",
                email="",
                phone="",
                note="",
                tags=[],
                hold_reason="",
                held_at=None,
                shipping_address=_place(order.shipping_address),
                billing_address=_place(order.billing_address),
                quote=scrubbed(order.quote, whole.strings),
            )
            count += 1
        count += forget_names(numbers={str(order.tax["vat_id"]) for order in orders if order.tax.get("vat_id")})
        count += forget_parcels(references=[reference_of(pk) for pk in parcels.values_list("pk", flat=True)])
        count += forget_labels(references=references)
        Fulfilment.objects.filter(order__in=orders).update(tracking_url="", tracking_number="")
        count += _forget_returns(orders)
        count += delete_private(references=references)
        count += OrderMessage.objects.filter(order__in=orders).delete()[0]
        count += OrderTag.objects.filter(order__in=orders).delete()[0]
        # What staff were told of the order names the person as well as what the person was told.
        cards = forget_gift_cards(references=references, emails=person.emails)
        count += OrderLine.objects.filter(order__in=orders).exclude(gift={}).update(gift={})
        count += Mail.objects.filter(reference__in=[*references, *cards]).delete()[0]
        count += scrub_events(references, whole)
        # What programs were answered about the order: name and address as they were then.
        count += empty_answers(about=references)
        return count + forget_person(collection_ids=collections, strings=whole.strings)

    def move(self, from_id: int, to_id: int) -> int:
        return Order.objects.filter(customer_id=from_id).update(customer_id=to_id)

    def count(self, customer_id: int) -> int:
        return Order.objects.filter(customer_id=customer_id).count()

    def check_erasable(self, person: Person) -> None:
        waiting = Order.objects.filter(customer_id__in=person.customer_ids, status=OrderStatus.OPEN).exclude(
            Q(fulfilment_state=FulfilmentState.NOT_NEEDED) | Q(fulfilment_state=FulfilmentState.DELIVERED)
        )
        if waiting.exclude(fulfilment_state=FulfilmentState.FULFILLED).exists():
            raise OrdersUnderWay()


def _forget_returns(orders: list[Order]) -> int:
    """Reasons and units of returns stay; what the shopper wrote and photographed goes."""
    returns = OrderReturn.objects.filter(order__in=orders).values_list("pk", flat=True)
    delete_private(references=[f"return:{pk}" for pk in returns])
    ReturnPhoto.objects.filter(order_return__order__in=orders).delete()
    OrderRefund.objects.filter(order__in=orders).update(note="")
    return OrderReturn.objects.filter(order__in=orders).update(
        note="", answer="", declarant="", receipt_to="", tracking_number=""
    )


def _strings(order: Order) -> set[str]:
    found = {order.customer_name, order.email, order.phone}
    for address in (order.shipping_address, order.billing_address):
        if address:
            found |= {str(address.get(key) or "") for key in ("name", "line1", "line2", "phone")}
    return {text for text in found if len(text.strip()) > 1}


def _place(address: dict[str, Any] | None) -> dict[str, Any] | None:
    """Return what tax reports still need of an address."""
    return {key: address[key] for key in _KEPT_OF_ADDRESS if address.get(key)} if address else None


holders.register("orders", Orders())
