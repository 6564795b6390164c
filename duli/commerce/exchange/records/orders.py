"""Orders of an old shop, or of our own export, taken over as history."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from duli.base.clock import now
from duli.base.errors import DuliError
from duli.commerce.catalogue.models import Variant
from duli.commerce.customers.types import Address
from duli.commerce.exchange.records.base import Field, Outcome, digest
from duli.commerce.exchange.records.own_orders import own_addresses, own_parcels, own_parts, own_returns
from duli.commerce.exchange.records.places import address_from
from duli.commerce.exchange.types import (
    NoLines,
    NotAnEmail,
    NotAPhone,
    Row,
    UnknownState,
    ValueMissing,
)
from duli.commerce.exchange.values import decimal, flag, grams, listed, moment, price, units
from duli.commerce.orders.part_text import WrittenPart
from duli.commerce.orders.services.history import (
    HistoricLine,
    HistoricOrder,
    import_order,
    recount,
    remove_imported,
)
from duli.commerce.orders.states import FulfilmentState, OrderStatus, PaymentState
from duli.platform.accounts.identifiers import email_of, phone_of
from duli.platform.store.selectors import current_store, markets
from duli.platform.store.types import MarketView

_SIDES = (("shipping", _("Ships to"), "Shipping"), ("billing", _("Invoice to"), "Billing"))
_PARTS = (
    ("name", ("Name",), ("收件人", "收货人")),
    ("company", ("Company",), ()),
    ("line1", ("Address1", "Street", "address 1"), ("收货地址", "详细地址", "地址")),
    ("line2", ("Address2", "address 2"), ()),
    ("city", ("City",), ("城市",)),
    ("district", ("District",), ("区县",)),
    ("region", ("Province", "state"), ("省份",)),
    ("postal_code", ("Zip", "postcode"), ("邮编",)),
    ("country", ("Country",), ("国家",)),
    ("phone", ("Phone",), ("收货电话", "收件人电话")),
)


def _address_fields() -> tuple[Field, ...]:
    found = []
    for side, label, word in _SIDES:
        for part, titles, chinese in _PARTS:
            names = tuple(f"{word} {title}" for title in titles) + (chinese if side == "shipping" else ())
            found.append(Field(f"{side}_{part}", label, names))
    return tuple(found)


FIELDS = (
    Field(
        "number",
        _("Order number"),
        ("Name", "Order", "Order number", "order number", "Order #", "Order ID", "Reference", "订单号", "订单编号"),
        True,
    ),
    Field("email", _("E-mail"), ("Email", "customer email", "billing email", "E-mail", "邮箱")),
    Field("phone", _("Phone"), ("Phone", "billing phone", "手机", "手机号", "电话")),
    Field("customer", _("Customer"), ("Customer", "Customer name", "客户", "买家", "客户姓名")),
    Field(
        "placed_at",
        _("Time"),
        ("Created at", "order date", "Date", "Placed at", "date add", "下单时间", "创建时间"),
        True,
    ),
    Field("status", _("Status"), ("Status", "status", "order state", "订单状态", "状态")),
    Field("payment", _("Payment"), ("Financial Status", "Payment status", "Payment", "付款状态", "支付状态")),
    Field("fulfilment", _("Fulfilment"), ("Fulfillment Status", "Fulfilment status", "Fulfilment", "发货状态")),
    Field("paid_at", _("Paid at"), ("Paid at", "paid date", "付款时间", "支付时间")),
    Field("fulfilled_at", _("Shipped at"), ("Fulfilled at", "Shipped at", "发货时间")),
    Field("cancelled_at", _("Cancelled at"), ("Cancelled at", "取消时间")),
    Field("currency", _("Currency"), ("Currency", "order currency", "currency iso", "币种", "货币")),
    Field("subtotal", _("Subtotal"), ("Subtotal", "order subtotal", "商品金额", "小计")),
    Field(
        "shipping",
        _("Shipping cost"),
        ("Shipping", "shipping total", "total shipping tax incl", "total shipping", "运费"),
    ),
    Field("taxes", _("Tax"), ("Taxes", "tax total", "Tax", "税额")),
    Field(
        "total",
        _("Total"),
        ("Total", "order total", "total paid tax incl", "total paid", "合计", "总金额", "订单金额", "实付金额"),
        True,
    ),
    Field(
        "discount",
        _("Discount"),
        ("Discount Amount", "discount total", "Discount", "total discounts tax incl", "优惠金额", "折扣"),
    ),
    Field("refunded", _("Refunded"), ("Refunded Amount", "Refunded", "退款金额")),
    Field("shipping_method", _("Shipping method"), ("Shipping Method", "shipping method", "配送方式")),
    Field("payment_method", _("Payment method"), ("Payment Method", "payment method title", "支付方式")),
    Field("note", _("Note"), ("Notes", "customer note", "Note", "备注", "买家留言")),
    Field("tags", _("Tags"), ("Tags", "标签")),
    Field("language", _("Language"), ("Language", "语言")),
    Field("market", _("Market"), ("Market",)),
    Field("cancel_reason", _("Reason of the cancellation"), ("Cancel reason",)),
    Field("credited", _("Store credit given"), ("Credited Amount",)),
    Field("origin", _("Source"), ("Source",)),
    Field("parcels", _("Parcels"), ("Parcels",)),
    Field("returns", _("Returns"), ("Returns",)),
    Field("included", _("Prices include tax"), ("Prices include tax",)),
    Field(
        "line_title", _("Item"), ("Lineitem name", "Item", "Product", "Item name", "product name", "商品名称", "商品")
    ),
    Field("line_variant", _("Variant"), ("Lineitem variant", "Variant", "规格")),
    Field("line_sku", _("SKU"), ("Lineitem sku", "SKU", "product reference", "商品编码", "货号")),
    Field("line_quantity", _("Quantity"), ("Lineitem quantity", "Quantity", "Qty", "product quantity", "数量")),
    Field(
        "line_price",
        _("Price of one"),
        ("Lineitem price", "Price", "Unit price", "unit price tax incl", "单价", "价格"),
    ),
    Field("line_discount", _("Discount of the item"), ("Lineitem discount",)),
    Field("line_tax", _("Tax of the item"), ("Lineitem tax",)),
    Field("line_tax_rate", _("Tax rate of the item"), ("Lineitem tax rate",)),
    Field("line_tax_name", _("Name of the item's tax"), ("Lineitem tax name",)),
    Field("line_total", _("Total of the item"), ("Lineitem total",)),
    Field("line_ships", _("Item is sent"), ("Lineitem requires shipping",)),
    Field("line_state", _("Fulfilment of the item"), ("Lineitem fulfillment status",)),
    Field("line_grams", _("Weight, g"), ("Lineitem grams",)),
    Field("line_fulfilled", _("Units sent"), ("Lineitem fulfilled",)),
    Field("line_parcels", _("Units in each parcel"), ("Lineitem parcels",)),
    Field("line_cancelled", _("Units cancelled"), ("Lineitem cancelled",)),
    Field("line_refunded", _("Units refunded"), ("Lineitem refunded",)),
    Field("line_refunded_amount", _("Refunded of the item"), ("Lineitem refunded amount",)),
    Field("line_refunded_tax", _("Tax refunded of the item"), ("Lineitem refunded tax",)),
    Field("line_parts", _("Parts of the bundle"), ("Lineitem parts",)),
    *(Field(f"item_{place}", _("Item"), (f"line item {place}",)) for place in range(1, 31)),
    *_address_fields(),
)

_PAYMENT = {
    "paid": PaymentState.PAID,
    "pending": PaymentState.UNPAID,
    "unpaid": PaymentState.UNPAID,
    "": PaymentState.PAID,
    "authorized": PaymentState.AUTHORISED,
    "authorised": PaymentState.AUTHORISED,
    "partially_paid": PaymentState.PARTIALLY_PAID,
    "partially_refunded": PaymentState.PARTIALLY_REFUNDED,
    "refunded": PaymentState.REFUNDED,
    "voided": PaymentState.VOIDED,
    "review": PaymentState.REVIEW,
    "已付款": PaymentState.PAID,
    "已支付": PaymentState.PAID,
    "未付款": PaymentState.UNPAID,
    "待付款": PaymentState.UNPAID,
    "已退款": PaymentState.REFUNDED,
    "部分退款": PaymentState.PARTIALLY_REFUNDED,
}
_FULFILMENT = {
    "fulfilled": FulfilmentState.FULFILLED,
    "shipped": FulfilmentState.FULFILLED,
    "delivered": FulfilmentState.DELIVERED,
    "partial": FulfilmentState.PARTIALLY_FULFILLED,
    "partially_fulfilled": FulfilmentState.PARTIALLY_FULFILLED,
    "unfulfilled": FulfilmentState.UNFULFILLED,
    "": FulfilmentState.UNFULFILLED,
    "restocked": FulfilmentState.UNFULFILLED,
    "not_needed": FulfilmentState.NOT_NEEDED,
    "已发货": FulfilmentState.FULFILLED,
    "未发货": FulfilmentState.UNFULFILLED,
    "待发货": FulfilmentState.UNFULFILLED,
    "已签收": FulfilmentState.DELIVERED,
    "部分发货": FulfilmentState.PARTIALLY_FULFILLED,
}
# WooCommerce says payment and parcel in one word.
_WOOCOMMERCE = {
    "completed": ("paid", "fulfilled"),
    "processing": ("paid", ""),
    "on hold": ("pending", ""),
    "on-hold": ("pending", ""),
    "pending": ("pending", ""),
    "pending payment": ("pending", ""),
    "cancelled": ("voided", ""),
    "failed": ("voided", ""),
    "refunded": ("refunded", "fulfilled"),
}
# So does PrestaShop; what its column "payment" holds is the name of the method.
_PRESTASHOP = {
    "awaiting check payment": ("pending", ""),
    "awaiting bank wire payment": ("pending", ""),
    "awaiting cash on delivery validation": ("pending", ""),
    "on backorder (not paid)": ("pending", ""),
    "on backorder (paid)": ("paid", ""),
    "payment accepted": ("paid", ""),
    "remote payment accepted": ("paid", ""),
    "processing in progress": ("paid", ""),
    "shipped": ("paid", "fulfilled"),
    "delivered": ("paid", "delivered"),
    "canceled": ("voided", ""),
    "payment error": ("voided", ""),
    "refunded": ("refunded", "fulfilled"),
}
_SUFFIX = {"shopify": "SH", "woocommerce": "WC", "prestashop": "PS"}
OWN = "duli"
Thing = TypeVar("Thing", HistoricLine, WrittenPart)
_HALF_DAY = re.compile(r"^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) ([+-]\d\d)(\d\d)$")


class Orders:
    code = "orders"
    fields: tuple[Field, ...] = FIELDS
    telling = frozenset({"number", "total"})

    def key(self, row: Mapping[str, str], number: int) -> str:
        return row.get("number", "").strip().lstrip("#")

    @transaction.atomic
    def save(self, rows: Sequence[Row], actor: str, source: str) -> Outcome:
        notes: list[DuliError] = []
        draft = self._draft(rows, source, notes)
        order, is_new = import_order(draft=draft, actor=actor)
        return Outcome(order.pk, is_new, False, None, digest(order.number), notes)

    def finish(self, object_ids: Sequence[int]) -> None:
        recount(order_ids=object_ids)

    def revert(self, object_id: int, before: dict[str, Any] | None, after: str, actor: str) -> bool:
        return remove_imported(order_id=object_id)

    def _draft(self, rows: Sequence[Row], source: str, notes: list[DuliError]) -> HistoricOrder:
        head = rows[0]
        currency = head.get("currency").upper() or current_store().default_currency

        def amount(name: str) -> int:
            return price(head.get(name) or "0", name, currency)

        if not head.get("total"):
            raise ValueMissing(field="total", column="Total")
        payment, fulfilment, cancelled = _states(head)
        placed = _moment(head, "placed_at")
        if placed is None:
            raise ValueMissing(field="placed_at", column="Created at")
        lines = [line for row in rows for line in _lines(row, currency)]
        is_own = source == OWN
        if not lines and not (is_own and cancelled):
            raise NoLines(field="line")
        lines = _linked(_settled(lines, fulfilment))
        shipping, billing = own_addresses(head) if is_own else _addresses(head)
        email = email_of(head.get("email")) if head.get("email") else ""
        if head.get("email") and not email:
            notes.append(NotAnEmail(field="email", value=head.get("email")[:80]))
        # The number at an address may be another's: our own file names the shopper's itself.
        elsewhere = "" if is_own else head.get("shipping_phone") or head.get("billing_phone")
        written = (head.get("phone") or elsewhere).lstrip("'")
        phone = phone_of(written) if written else ""
        if written and not phone:
            notes.append(NotAPhone(field="phone", value=written[:40]))
        number = head.get("number").lstrip("#")
        total, tax = amount("total"), amount("taxes")
        subtotal = (
            amount("subtotal") if head.get("subtotal") else sum(line.unit_price_minor * line.quantity for line in lines)
        )
        somebody = shipping or billing
        country = somebody.country if somebody else ""
        market = _market(country, head.get("market"))
        parcels = own_parcels(head.get("parcels")) if is_own else None
        included = flag(head.get("included")) if head.get("included") else subtotal + amount("shipping") + tax != total
        return HistoricOrder(
            key=f"{source}:{number}",
            number=number[:24] if is_own else f"{number[:19]}-{_SUFFIX.get(source, 'IM')}",
            keeps_number=is_own,
            currency=currency,
            language=head.get("language") or market.language,
            market_code=market.code,
            placed_at=placed,
            lines=lines,
            total_minor=total,
            subtotal_minor=subtotal,
            customer_name=head.get("customer") or (somebody.name if somebody and not is_own else ""),
            email=email,
            phone=phone,
            shipping_minor=amount("shipping"),
            discount_minor=amount("discount"),
            tax_minor=tax,
            prices_include_tax=included,
            payment_state=payment,
            fulfilment_state=fulfilment,
            refunded_minor=min(amount("refunded"), total),
            paid_at=_moment(head, "paid_at") or (placed if payment in _PAID and not is_own else None),
            fulfilled_at=_moment(head, "fulfilled_at"),
            cancelled_at=_moment(head, "cancelled_at") or (placed if cancelled else None),
            shipping_address=shipping,
            billing_address=billing,
            shipping_method=head.get("shipping_method"),
            payment_method=head.get("payment_method") or (head.get("payment") if _names_method(head) else ""),
            note=head.get("note"),
            tags=[tag[:40] for tag in listed(head.get("tags"))],
            source=(head.get("origin")[:32] if is_own else "") or source,
            status=head.get("status") if is_own and head.get("status") in OrderStatus.values else "",
            cancel_reason=head.get("cancel_reason") if is_own else "other",
            credited_minor=amount("credited"),
            parcels=parcels,
            returns=own_returns(head.get("returns")) if is_own else (),
        )


def _addresses(head: Row) -> tuple[Address | None, Address | None]:
    shipping, _right = address_from(head.get, "shipping_", head.get("customer"))
    billing, _right = address_from(head.get, "billing_", head.get("customer"))
    return shipping, billing or shipping


def _market(country: str, code: str = "") -> MarketView:
    """Return the market of this code, or that sells to the country, or the one for the rest of the world."""
    known = markets()
    told = next((entry for entry in known if code and entry.code == code), None)
    if told:
        return told
    named = next((entry for entry in known if country in entry.countries), None)
    rest = next((entry for entry in known if not entry.countries), None)
    return named or (rest if country and rest else known[0])


_PAID = {PaymentState.PAID, PaymentState.REFUNDED, PaymentState.PARTIALLY_REFUNDED}


def _states(head: Row) -> tuple[PaymentState, FulfilmentState, bool]:
    payment, fulfilment = head.get("payment").lower(), head.get("fulfilment").lower()
    status = head.get("status").lower().removeprefix("wc-")
    if not head.get("payment") and status in _WOOCOMMERCE:
        payment, fulfilment = _WOOCOMMERCE[status]
    elif _names_method(head):
        payment, fulfilment = _PRESTASHOP[status]
    for value, known in ((payment, _PAYMENT), (fulfilment, _FULFILMENT)):
        if value.replace(" ", "_") not in known:
            raise UnknownState(field="status", value=value[:40])
    cancelled = status in {"cancelled", "canceled", "failed", "payment error", "已取消"}
    return _PAYMENT[payment.replace(" ", "_")], _FULFILMENT[fulfilment.replace(" ", "_")], cancelled


def _names_method(head: Row) -> bool:
    """Whether the column of the payment says how was paid, and that of the status everything else."""
    payment = head.get("payment").lower().replace(" ", "_")
    return payment not in _PAYMENT and head.get("status").lower() in _PRESTASHOP


def _moment(row: Row, name: str) -> datetime | None:
    """Read an instant; Shopify writes "2026-05-01 10:00:00 +0800"."""
    text = row.get(name)
    match = _HALF_DAY.match(text)
    found = moment(f"{match[1]}{match[2]}:{match[3]}" if match else text, name)
    return min(found, now()) if found else None


def _lines(row: Row, currency: str) -> list[HistoricLine]:
    packed = [text for place in range(1, 31) if (text := row.get(f"item_{place}"))]
    if packed:
        return [_packed_line(text, currency) for text in packed]
    if not row.get("line_title") and not row.get("line_sku"):
        return []
    quantity = units(row.get("line_quantity") or "1", "line_quantity")
    if quantity < 1:
        raise ValueMissing(field="quantity", column="Quantity")
    state = row.get("line_state").lower()
    if row.get("line_fulfilled"):
        fulfilled = min(units(row.get("line_fulfilled"), "line_fulfilled"), quantity)
    else:
        fulfilled = quantity if state == "fulfilled" else -1 if not state else 0
    return [
        HistoricLine(
            title=row.get("line_title") or row.get("line_sku"),
            variant_title=row.get("line_variant"),
            quantity=quantity,
            unit_price_minor=price(row.get("line_price") or "0", "line_price", currency),
            sku=row.get("line_sku"),
            discount_minor=price(row.get("line_discount") or "0", "line_discount", currency),
            tax_minor=price(row.get("line_tax") or "0", "line_tax", currency),
            total_minor=price(row.get("line_total"), "line_total", currency) if row.get("line_total") else -1,
            requires_shipping=flag(row.get("line_ships"), default=True),
            fulfilled=fulfilled,
            cancelled=units(row.get("line_cancelled") or "0", "line_cancelled"),
            refunded=units(row.get("line_refunded") or "0", "line_refunded"),
            refunded_minor=price(row.get("line_refunded_amount") or "0", "line_refunded_amount", currency),
            refunded_tax_minor=price(row.get("line_refunded_tax") or "0", "line_refunded_tax", currency),
            tax_rate=min(decimal(row.get("line_tax_rate") or "0", "line_tax_rate"), Decimal(10)),
            tax_name=row.get("line_tax_name"),
            weight_grams=grams(row.get("line_grams") or "0", "line_grams"),
            parcels=[units(part, "line_parcels") for part in row.get("line_parcels").split()[:500]],
            parts=own_parts(row.get("line_parts")),
        )
    ]


def _packed_line(text: str, currency: str) -> HistoricLine:
    """Read "name:Cup|product_id:83|sku:CUP|quantity:2|total:9.00|sub_total:9.00"."""
    parts = dict(part.partition(":")[::2] for part in text.split("|"))
    quantity = max(units(parts.get("quantity") or "1", "line_quantity"), 1)
    before = price(parts.get("sub_total") or parts.get("total") or "0", "Subtotal", currency)
    paid = price(parts.get("total") or "0", "Total", currency)
    tax = price(parts.get("tax") or "0", "Tax", currency)
    return HistoricLine(
        title=parts.get("name") or parts.get("sku") or "–",
        quantity=quantity,
        unit_price_minor=before // quantity,
        sku=parts.get("sku", ""),
        discount_minor=max(before - paid, 0),
        tax_minor=tax,
        total_minor=-1,
        fulfilled=-1,
    )


def _settled(lines: list[HistoricLine], fulfilment: FulfilmentState) -> list[HistoricLine]:
    """Fill in what the file left to be understood: what each line came to, and whether it was sent."""
    sent = fulfilment in {FulfilmentState.FULFILLED, FulfilmentState.DELIVERED}
    return [
        replace(
            line,
            total_minor=line.total_minor
            if line.total_minor >= 0
            else max(line.unit_price_minor * line.quantity - line.discount_minor, 0),
            fulfilled=(line.quantity if sent and line.requires_shipping else 0)
            if line.fulfilled < 0
            else line.fulfilled,
        )
        for line in lines
    ]


def _linked(lines: list[HistoricLine]) -> list[HistoricLine]:
    """Point each line and each part of a bundle at the variant with its SKU, if this shop has it."""
    skus = ({line.sku for line in lines} | {part.sku for line in lines for part in line.parts}) - {""}
    found = {
        variant.sku: variant
        for variant in Variant.objects.filter(sku__in=skus, is_active=True).select_related("product")
    }

    def linked(thing: Thing) -> Thing:
        variant = found.get(thing.sku)
        if variant is None:
            return thing
        return replace(
            thing, variant_id=variant.pk, product_id=variant.product_id, product_handle=variant.product.handle
        )

    return [replace(linked(line), parts=[linked(part) for part in line.parts]) for line in lines]
