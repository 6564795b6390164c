"""Things to test with, made through the shop's own verbs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import count

from duli.base.clock import now
from duli.base.money import Money
from duli.commerce.catalogue import services as catalogue
from duli.commerce.catalogue.models import Product, Variant
from duli.commerce.catalogue.types import OptionDraft, OptionValueDraft, ProductDraft, VariantDraft
from duli.commerce.checkout import services as checkout
from duli.commerce.checkout.models import Cart
from duli.commerce.checkout.types import Details, PlaceOrder
from duli.commerce.customers.types import Address
from duli.commerce.fapiao.models import Fapiao, FapiaoRequest
from duli.commerce.fapiao.services import ask as ask_fapiao
from duli.commerce.fapiao.services import issue as issue_fapiao
from duli.commerce.fapiao.services import save_settings as save_fapiao_settings
from duli.commerce.fapiao.types import FapiaoWish
from duli.commerce.inventory import services as inventory
from duli.commerce.inventory.models import Location
from duli.commerce.orders.models import Order
from duli.commerce.payments import services as payments
from duli.commerce.pricing import services as pricing
from duli.commerce.pricing.types import PriceInput
from duli.commerce.reconciliation.events import BillDiffers
from duli.commerce.reconciliation.models import BillDifference, BillMovement, ProviderBill
from duli.commerce.shipping import services as shipping
from duli.platform.events.services import publish
from duli.platform.store import services as store
from duli.platform.store.changes import reset_caches
from duli.platform.store.selectors import market_by_code
from duli.platform.store.types import MarketView
from tests.kept import kept

_numbers = count(1)

ACTOR = "user:1"
GATEWAY_VALUES = {"bank_transfer": {"accounts": "Bank: Test Bank\nAccount: 6222 0000 1234"}}
ADDRESS = Address(
    country="CN",
    name="林晓",
    phone="13800138000",
    region="浙江省",
    city="杭州市",
    district="西湖区",
    line1="龙井路 1 号",
)
US_ADDRESS = Address(
    country="US",
    name="Lin Xiao",
    line1="350 Fifth Avenue",
    city="New York",
    region="NY",
    postal_code="10118",
)


@kept
def shop() -> None:
    """A shop in two markets with prices, taxes, shipping, one location and offline payment."""
    store.save_store(name="Celadon", default_language="zh-hans", default_currency="CNY")
    store.save_market(
        code="cn", name="中国", countries=["CN"], currency="CNY", language="zh-hans",
        prices_include_tax=True, is_default=True,
    )  # fmt: skip
    store.save_market(
        code="int", name="International", countries=[], currency="USD", language="en",
        prices_include_tax=False, is_default=False, position=1,
    )  # fmt: skip
    pricing.save_price_list(code="cny", name="CNY", currency="CNY")
    pricing.save_price_list(code="usd", name="USD", currency="USD")
    pricing.save_tax_rate(country="CN", name="增值税", rate=Decimal("0.13"), valid_from=date(2019, 4, 1))
    china = shipping.save_zone(name="China", countries=["CN"])
    world = shipping.save_zone(name="World", countries=["*"], position=1)
    shipping.save_method(
        zone_id=china.pk, code="standard", name="标准快递", rates={"CNY": [{"from": 0, "minor": 1200}]},
        free_over={"CNY": 50000},
    )  # fmt: skip
    shipping.save_method(
        zone_id=china.pk, code="express", name="特快", rates={"CNY": [{"from": 0, "minor": 2500}]}, position=1
    )
    shipping.save_method(zone_id=world.pk, code="air", name="Air mail", rates={"USD": [{"from": 0, "minor": 1500}]})
    inventory.save_location(code="main", name="Main warehouse")
    for position, code in enumerate(["bank_transfer", "cash_on_delivery"]):
        payments.save_gateway(code=code, enabled=True, position=position, values=GATEWAY_VALUES.get(code, {}))


def location() -> Location:
    return Location.objects.order_by("priority", "pk")[0]


def product(
    title: str = "",
    *,
    price: int = 10000,
    stock: int | None = 10,
    sizes: Sequence[str] = (),
    status: str = "active",
    **values: object,
) -> Product:
    """A product on sale with one variant, or one per size; `price` in fen, `stock` per variant (None: no limit)."""
    number = next(_numbers)
    options = [OptionDraft("尺寸", [OptionValueDraft(size) for size in sizes])] if sizes else None
    variants = [
        VariantDraft(
            option_values=(size,) if size else (),
            sku=f"SKU-{number}-{index}",
            weight_grams=500,
            tracks_stock=stock is not None,
        )
        for index, size in enumerate(sizes or [""])
    ]
    saved = catalogue.save_product(
        draft=ProductDraft(
            title=title or f"商品 {number}",
            status=status,
            options=options,
            variants=variants,
            **values,  # type: ignore[arg-type]
        ),
        actor=ACTOR,
    )
    ids = list(saved.variants.filter(is_active=True).values_list("pk", flat=True))
    pricing.set_prices(
        prices=[PriceInput(pk, "CNY", price) for pk in ids] + [PriceInput(pk, "USD", price // 7) for pk in ids]
    )
    if stock is not None:
        for pk in ids:
            inventory.adjust(variant_id=pk, location_id=location().pk, counted=stock, reason="initial", actor=ACTOR)
    return saved


def variant_of(item: Product, index: int = 0) -> Variant:
    return list(item.variants.filter(is_active=True))[index]


def market(code: str = "cn") -> MarketView:
    found = market_by_code(code)
    assert found is not None
    return found


def cart(*variants: Variant, quantity: int = 1, market_code: str = "cn") -> Cart:
    """A cart with `quantity` of each variant and nothing else filled in."""
    token = ""
    chosen = market(market_code)
    result = None
    for variant in variants:
        result = checkout.add_line(
            token=token, variant_id=variant.pk, quantity=quantity, market=chosen, language=chosen.language
        )
        token = result.token
    assert result is not None
    return result


def ready_cart(*variants: Variant, quantity: int = 1, method: str = "bank_transfer", market_code: str = "cn") -> Cart:
    """A cart with which nothing is missing to order."""
    filled = cart(*variants, quantity=quantity, market_code=market_code)
    return checkout.save_details(
        token=filled.token,
        details=Details(
            email="lin@example.com",
            shipping_address=ADDRESS if market_code == "cn" else US_ADDRESS,
            payment_method_code=method,
        ),
    )


def order(
    *variants: Variant, quantity: int = 1, method: str = "bank_transfer", market_code: str = "cn", paid: bool = False
) -> Order:
    """A placed order of the variants (of a new product if none is given)."""
    chosen = variants or (variant_of(product()),)
    filled = ready_cart(*chosen, quantity=quantity, method=method, market_code=market_code)
    placed = checkout.place_order(request=PlaceOrder(cart_token=filled.token, shown_total=None, actor="guest"))
    if paid:
        payments.mark_received(
            collection_id=placed.payment_collection_id or 0,
            amount=Money(placed.total_minor, placed.currency),
            actor=ACTOR,
            idempotency_key="factory",
        )
        drain()
        placed.refresh_from_db()
    return placed


def bill_difference(day: int = 10) -> BillDifference:
    """A bill of March 2026 with one movement that the shop has never heard of."""
    bill = ProviderBill.objects.create(
        gateway="sandbox_card", day=date(2026, 3, day), movements_count=1, fetched_at=datetime(2026, 4, 1, tzinfo=UTC)
    )
    BillMovement.objects.create(
        bill=bill, kind="captured", transaction_id="ch_strange", amount_minor=12900, currency="CNY"
    )
    publish(BillDiffers(bill.pk, bill.gateway, bill.day.isoformat(), 1), reference=f"bill:{bill.pk}", actor="system")
    return BillDifference.objects.create(
        bill=bill,
        key="captured:ch_strange",
        kind="missing_here",
        movement_kind="captured",
        transaction_id="ch_strange",
        theirs_minor=12900,
        theirs_currency="CNY",
    )


def fapiao_request(order: Order, **values: str) -> FapiaoRequest:
    """What the buyer of an order wants on its fapiao: a company with a right tax number, if nothing else is said."""
    save_fapiao_settings(is_offered=True, actor=ACTOR)
    reset_caches()
    wish = {
        "title_kind": "company", "title": "杭州青舍家居有限公司", "tax_number": "91110000600037341L",
        "email": "cai@example.com", **values,
    }  # fmt: skip
    return ask_fapiao(order_id=order.pk, wish=FapiaoWish(**wish), actor=ACTOR)


def fapiao(order: Order, number: str = "26117000000123456789", content: bytes = b"%PDF-1.7") -> Fapiao:
    """The blue fapiao of a paid order, with its file."""
    asked = fapiao_request(order)
    return issue_fapiao(
        request_id=asked.pk, number=number, issued_on=now().date(), content=content, name="fapiao.pdf", actor=ACTOR
    )


def drain() -> int:
    """Run every job that is ready, as the worker would; return how many."""
    from duli.platform.jobs import worker

    return worker.drain()
