"""News of parcels by text message: who may have them, and agreeing to them or taking that back."""

from __future__ import annotations

from collections.abc import Iterable

from duli.commerce.orders.models import Order
from duli.commerce.orders.states import FulfilmentState, OrderStatus
from duli.platform.sms.selectors import can_send_sms, wants_news
from duli.platform.sms.services import agree, take_back
from duli.platform.themes.engine import theme_texts
from duli.web.storefront.buying_drops import TextsDrop
from duli.web.storefront.where import Where

_OVER = {FulfilmentState.DELIVERED, FulfilmentState.NOT_NEEDED}


def phone_of(order: Order) -> str:
    return order.phone or str((order.shipping_address or {}).get("phone") or "")


def may_be_texted(order: Order) -> bool:
    """Say whether there is still something to tell, and a number beside the e-mail address to tell it to."""
    return bool(
        can_send_sms()
        and order.email
        and phone_of(order)
        and order.status != OrderStatus.CANCELLED
        and order.fulfilment_state not in _OVER
    )


def texts_drop(order: Order, here: Where) -> TextsDrop | None:
    """Return what the order's page says of it (one query where it is offered)."""
    if not may_be_texted(order):
        return None
    return TextsDrop(wants_news(order.reference), phone_of(order), here.url(f"/orders/{order.token}/texts"))


def choose_texts(orders: Iterable[Order], here: Where, *, wanted: bool, source: str) -> None:
    """Write down what the person ticked or took away, for each of these orders."""
    for order in orders:
        if not wanted:
            take_back(reference=order.reference)
        elif may_be_texted(order):
            agree(
                reference=order.reference,
                source=source,
                wording=theme_texts(here.language)("checkout.sms"),
                language=here.language,
            )
