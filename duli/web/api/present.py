"""From the rooms' views to plain dictionaries; pure."""

from __future__ import annotations

from typing import Any

from django.utils.translation import override

from duli.base.money import Money
from duli.commerce.assortment.types import CategoryNode, ProductCard, ProductDetail, VariantView
from duli.commerce.catalogue.units import Content
from duli.commerce.checkout.types import CartView, CheckoutView
from duli.commerce.inventory.selectors import promise_words
from duli.commerce.inventory.types import Promise
from duli.commerce.orders.models import Order
from duli.commerce.orders.standing import outstanding
from duli.commerce.orders.states import OrderStatus
from duli.commerce.payments.store_credit import paid_by_credit
from duli.commerce.pricing.history import shown_former
from duli.commerce.pricing.promotion_words import offer_text
from duli.commerce.pricing.unit_price import unit_price
from duli.commerce.promotions.types import Coupon
from duli.platform.media.types import ImageView, source, srcset
from duli.platform.store.models import UnitPrices
from duli.platform.store.selectors import market_by_code
from duli.platform.store.types import MarketView


def money(amount: Money | None, language: str) -> dict[str, Any] | None:
    if amount is None:
        return None
    return {"minor": amount.minor, "currency": amount.currency, "text": amount.format(language)}


def image(view: ImageView | None) -> dict[str, Any] | None:
    if view is None:
        return None
    return {
        "url": source(view, 960, "webp"),
        "srcset": srcset(view, "webp"),
        "width": view.width,
        "height": view.height,
        "alt": view.alt,
    }


def _reduction(view: ProductCard | VariantView, market: MarketView, language: str) -> dict[str, Any]:
    """The former price as this market lets it be shown, and the lowest of the 30 days before the reduction."""
    former = shown_former(view.price, view.compare_at, view.lowest_before, checked=market.checks_reductions)
    lowest = view.lowest_before if former is not None else None
    return {"compare_at": money(former, language), "lowest_price_30_days": money(lowest, language)}


def card(view: ProductCard, market: MarketView, language: str) -> dict[str, Any]:
    return {
        "id": view.id,
        "handle": view.handle,
        "title": view.title,
        "brand": view.brand,
        "price": money(view.price, language),
        "highest_price": money(view.highest_price, language),
        **_reduction(view, market, language),
        "images": [image(entry) for entry in view.images],
        "in_stock": view.in_stock,
        "only_variant_id": view.only_variant_id,
    }


def ahead(promise: Promise | None, language: str) -> dict[str, Any] | None:
    """What is said of units that are sold ahead."""
    return {"on": promise.on, "words": promise_words(promise, language)} if promise else None


def per_unit(price: Money | None, content: Content | None, mode: str, language: str) -> dict[str, Any] | None:
    """The unit price as a market tells it."""
    found = unit_price(price, content, mode)
    if found is None:
        return None
    return {"price": money(found.price, language), "quantity": found.quantity, "unit": found.unit}


def category(node: CategoryNode) -> dict[str, Any]:
    return {
        "id": node.id,
        "handle": node.handle,
        "name": node.name,
        "children": [category(child) for child in node.children],
    }


def product(view: ProductDetail, market: MarketView, language: str) -> dict[str, Any]:
    return {
        "id": view.id,
        "handle": view.handle,
        "title": view.title,
        "description_html": view.description_html,
        "brand": view.brand,
        "images": [image(entry.image) for entry in view.media if entry.image],
        "options": view.options,
        "variants": [
            {
                "id": variant.id,
                "sku": variant.sku,
                "title": variant.title,
                "value_ids": list(variant.value_ids),
                "price": money(variant.price, language),
                **_reduction(variant, market, language),
                "in_stock": variant.in_stock,
                "available": variant.available,
                "at_hand": variant.at_hand,
                "ahead": ahead(variant.promise, language),
                "content": variant.content.text if variant.content else "",
                "measure_price": per_unit(variant.price, variant.content, market.unit_prices, language),
            }
            for variant in view.variants
        ],
        "attributes": view.attributes,
        "is_gift_card": view.is_gift_card,
        "updated_at": view.updated_at,
    }


def cart(view: CartView) -> dict[str, Any]:
    language, quote = view.language, view.quote
    found = market_by_code(view.market_code)
    units = found.unit_prices if found else UnitPrices.WHOLE
    return {
        "token": view.token,
        "language": language,
        "market": view.market_code,
        "item_count": view.item_count,
        "has_problems": view.has_problems,
        "shipping_is_estimate": view.shipping_is_estimate,
        "free_shipping_missing": money(view.free_shipping_missing, language),
        "codes": [{"code": code.text, "applied": code.applied, "why": code.why} for code in view.codes],
        "lines": [
            {
                "id": line.id,
                "variant_id": line.variant_id,
                "product_handle": line.product_handle,
                "title": line.title,
                "variant_title": line.variant_title,
                "sku": line.sku,
                "quantity": line.quantity,
                "unit_price": money(line.unit_price, language),
                "former_price": money(line.former_price, language),
                "subtotal": money(line.subtotal, language),
                "available": line.available,
                "problem": line.problem,
                "image": image(line.image),
                "later_units": line.later_units,
                "ahead": ahead(line.promise, language) if line.later_units else None,
                "measure_price": per_unit(line.unit_price, line.content, units, language),
                "gift": line.gift.to_json() if line.gift else None,
            }
            for line in view.lines
        ],
        "totals": {
            "subtotal": money(quote.subtotal, language),
            "discount": money(quote.discount, language),
            "shipping": money(quote.shipping, language),
            "tax": money(quote.tax, language),
            "total": money(quote.total, language),
            "prices_include_tax": quote.prices_include_tax,
            "adjustments": [
                {
                    "kind": entry.kind,
                    "label": entry.label,
                    "amount": money(entry.amount, language),
                    "applied": entry.applied,
                    "why": entry.why,
                }
                for entry in quote.adjustments
            ],
        },
    }


def checkout(view: CheckoutView, *, is_owner: bool = False) -> dict[str, Any]:
    """What the checkout shows; of store credit only to the owner of the cart."""
    language, credit = view.cart.language, view.credit
    due = view.due if view.due is not None else view.cart.quote.total
    return {
        "cart": cart(view.cart),
        "due": money(due, language),
        "credit": {
            "there": money(credit.there, language),
            "pays": money(credit.pays, language),
            "amount": money(credit.amount, language),
            "chosen": credit.chosen,
        }
        if credit is not None and is_owner
        else None,
        "credit_elsewhere": [money(amount, language) for amount in view.credit_elsewhere] if is_owner else [],
        "country": view.country,
        "countries": list(view.countries),
        "address_form": {
            "country": view.form.country,
            "fields": list(view.form.fields),
            "required": sorted(view.form.required),
            "regions": list(view.form.regions),
            "postal_code_example": view.form.postal_code_example,
        },
        "shipping_methods": [
            {
                "id": rate.method_id,
                "name": rate.name,
                "description": rate.description,
                "price": money(rate.price, language),
                "why": rate.why,
                "min_days": rate.min_days,
                "max_days": rate.max_days,
            }
            for rate in view.rates
        ],
        "chosen_shipping_method_id": view.chosen_rate.method_id if view.chosen_rate else None,
        "payment_methods": [
            {"code": method.code, "name": method.name, "description": method.description, "kind": method.kind}
            for method in view.methods
        ],
    }


def order(row: Order) -> dict[str, Any]:
    language = row.language

    def amount(minor: int) -> dict[str, Any] | None:
        return money(Money(minor, row.currency), language)

    return {
        "number": row.number or "",
        "token": row.token,
        "status": row.status,
        "payment_state": row.payment_state,
        "fulfilment_state": row.fulfilment_state,
        "placed_at": row.placed_at,
        "language": language,
        "lines": [
            {
                "title": line.title,
                "variant_title": line.variant_title,
                "sku": line.sku,
                "quantity": line.quantity,
                "fulfilled_quantity": line.fulfilled_quantity,
                "is_gift_card": line.is_gift_card,
                "unit_price": amount(line.unit_price_minor),
                "total": amount(line.total_minor),
            }
            for line in row.lines.all()
        ],
        "parcels": [
            {
                "state": parcel.state,
                "carrier": parcel.carrier,
                "tracking_number": parcel.tracking_number,
                "tracking_url": parcel.tracking_url,
                "shipped_at": parcel.shipped_at,
                "delivered_at": parcel.delivered_at,
            }
            for parcel in row.fulfilments.all()
        ],
        "subtotal": amount(row.subtotal_minor),
        "shipping": amount(row.shipping_minor),
        "tax": amount(row.tax_minor),
        "total": amount(row.total_minor),
        "paid_by_credit": money(paid_by_credit(row.payment_collection_id, row.currency), language),
        "due": amount(_due(row)),
    }


def _due(row: Order) -> int:
    captured = row.payment_collection.captured_minor if row.payment_collection else 0
    return max(0, outstanding(row, captured)) if row.status != OrderStatus.CANCELLED else 0


def coupon(entry: Coupon, currency: str, language: str) -> dict[str, Any]:
    with override(language):
        words = offer_text(entry.promotion, currency, language) if entry.promotion else entry.title
    return {
        "code": entry.code,
        "title": entry.title,
        "words": words,
        "state": entry.state,
        "ends_at": entry.ends_at,
        "is_own": entry.is_own,
        "reason": entry.reason,
    }
