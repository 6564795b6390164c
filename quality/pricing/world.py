"""A shop for one scenario, set up and used through the shop's own verbs."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from duli.base import clock
from duli.base.errors import DuliError
from duli.base.money import Money
from duli.base.text import slugify
from duli.commerce.assortment.types import ProductCard, VariantView
from duli.commerce.catalogue import services as catalogue
from duli.commerce.catalogue.models import Variant
from duli.commerce.catalogue.types import OptionDraft, OptionValueDraft, ProductDraft, VariantDraft
from duli.commerce.checkout import selectors as checkout_reads
from duli.commerce.checkout import services as checkout
from duli.commerce.checkout.types import CartLineView, CartView, CheckoutView, Details, PlaceOrder
from duli.commerce.customers import services as customers
from duli.commerce.customers.addresses import sample_address
from duli.commerce.customers.types import CustomerDraft
from duli.commerce.inventory import services as inventory
from duli.commerce.inventory.models import Location
from duli.commerce.orders.models import Order
from duli.commerce.payments import services as payments
from duli.commerce.pricing import services as pricing
from duli.commerce.pricing.types import PriceInput
from duli.commerce.shipping import services as shipping
from duli.commerce.shipping.models import Method
from duli.platform.accounts import services as accounts
from duli.platform.store import services as store
from duli.platform.store.selectors import market_by_code
from duli.platform.store.types import MarketView
from quality.pricing.deals import Deal
from quality.pricing.outcome import Differs, NotApplicable

ACTOR = "quality"
LANGUAGE = "en"
UNTAXED = "untaxed"
SIGNS = {"$": "USD", "€": "EUR", "£": "GBP"}
NAMES = {
    "US Dollar": "USD", "Euro": "EUR", "British Pound": "GBP", "Polish Zloty": "PLN", "Bhutanese Ngultrum": "BTN",
}  # fmt: skip
WORLD_ZONE = "rest of the world"
_AMOUNT = re.compile(r"(-?)([^\d\-.,]+)([\d,]+(?:\.\d+)?)")


def amount(text: str) -> Money:
    """Read "$1,337.00" or "-€5.00"."""
    found = _AMOUNT.fullmatch(text.strip())
    if found is None or found[2].strip() not in SIGNS:
        raise NotApplicable(f"an amount that is not read: {text}")
    minor = Money.of(found[3].replace(",", ""), SIGNS[found[2].strip()])
    return -minor if found[1] else minor


def country_code(name: str) -> str:
    """Return the code of a country by its English name, or the code itself."""
    names = {known: code for code, known in checkout_reads.country_names(LANGUAGE).items()}
    if name in names:
        return names[name]
    if len(name) == 2:
        return name.upper()
    raise NotApplicable(f"a country that is not known: {name}")


def tax_class_of(category: str) -> str:
    """Return a class of goods for a tax category; none is the shop's own "standard", which others fall back to."""
    return f"category-{slugify(category)}"[:40]


@dataclass
class Goods:
    """A variant as the scenario describes it, and its key once the shop has it."""

    name: str
    prices: dict[str, Money] = field(default_factory=dict)
    code: str = ""
    option: str = ""
    tax_class: str = ""
    variant_id: int = 0


@dataclass
class Item:
    """A product as the scenario describes it; it is made when somebody first looks at it."""

    title: str
    goods: list[Goods] = field(default_factory=list)
    tax_class: str = UNTAXED
    grams: int = 0
    units: int | None = None
    is_tracked: bool = False
    option: str = ""
    product_id: int = 0
    kinds: list[str] = field(default_factory=list)


@dataclass
class Channel:
    """A market for each currency that may be chosen in it; `currency` is its own."""

    name: str
    currency: str
    currencies: list[str] = field(default_factory=list)


class World:
    """What a scenario has said so far."""

    def __init__(self) -> None:
        self.items: dict[str, Item] = {}
        self.item: Item | None = None
        self.channels: dict[str, Channel] = {}
        self.channel: Channel | None = None
        self.currency = ""
        self.home = ""
        self.countries: list[str] = []
        self.rounding = "line"
        self.decimal: set[str] = set()
        self.tax_names: set[str] = set()
        self.method: Method | None = None
        self.token = ""
        self.details = Details(email="shopper@example.com", payment_method_code="")
        self.order: Order | None = None
        self.error: DuliError | None = None
        self.deals: list[Deal] = []
        self.kinds: dict[str, int] = {}
        self.seen: tuple[VariantView, ...] = ()
        self.cards: dict[str, ProductCard] = {}
        self.groups: list[str] = []
        self.customer_id: int | None = None
        self.user_id: int | None = None
        self.shown: Money | None = None
        self.earlier = self.earlier_title = ""
        self._untaxed: set[str] = set()
        self._clock: Any = None

    # Setting up

    def open(self, country: str) -> None:
        """One channel in one country, in its currency."""
        self.home = country_code(country)
        self.countries = [self.home]
        self.add_channel(f"Web {country}", {"US": "USD", "GB": "GBP"}.get(self.home, "EUR"))
        store.save_store(name="Scenario", default_language=LANGUAGE, default_currency=self.base.currency)

    @property
    def base(self) -> Channel:
        """The channel the shop began with."""
        if not self.channels:
            raise NotApplicable("a shop without a channel")
        return next(iter(self.channels.values()))

    def add_channel(self, name: str, currency: str) -> None:
        if not self.channels:
            store.save_store(name="Scenario", default_language=LANGUAGE, default_currency=currency)
            inventory.save_location(code="main", name="Main")
        self.channels[name] = Channel(name, currency)
        self.channel = self.channels[name]
        self.allow_currency(self.channels[name], currency)
        if len(self.channels) == 1:
            self.currency = currency
        else:
            self.channel = self.base

    def allow_currency(self, channel: Channel, currency: str) -> None:
        """Let shoppers of a channel pay in a currency: a market of its own."""
        if currency in channel.currencies:
            return
        channel.currencies.append(currency)
        pricing.save_price_list(currency=currency)
        self._save_market(channel, currency)

    def _save_market(self, channel: Channel, currency: str) -> None:
        store.save_market(
            code=self._code(channel, currency),
            name=f"{channel.name} {currency}"[:80],
            currency=currency,
            language=LANGUAGE,
            countries=list(self.countries),
            prices_include_tax=False,
            tax_rounding=self.rounding,
            is_default=channel is self.base and currency == channel.currency,
        )

    def save_markets(self) -> None:
        for channel in self.channels.values():
            for currency in channel.currencies:
                self._save_market(channel, currency)

    def _code(self, channel: Channel, currency: str) -> str:
        return f"{list(self.channels).index(channel.name)}-{slugify(currency)}"

    @property
    def market(self) -> MarketView:
        if self.channel is None:
            raise NotApplicable("a shop without a channel")
        found = market_by_code(self._code(self.channel, self.currency or self.channel.currency))
        if found is None:
            raise Differs(f"{self.currency} cannot be chosen")
        return found

    def serve(self, country: str) -> None:
        """Sell to another country."""
        code = country_code(country)
        if code not in self.countries:
            self.countries.append(code)
            self.save_markets()

    def add_rate(
        self,
        name: str,
        percent: str,
        category: str,
        zone: str,
        *,
        included: bool,
        first: date = date(2000, 1, 1),
        last: date | None = None,
    ) -> None:
        self.tax_names.add(name)
        country = "*" if zone == WORLD_ZONE else country_code(zone)
        pricing.put_tax_rate(
            country=country,
            name=name,
            rate=Decimal(percent) / 100,
            valid_from=first,
            valid_to=last,
            tax_class=tax_class_of(category),
            included=included,
            actor=ACTOR,
        )
        self._leave_untaxed(country)

    def _leave_untaxed(self, country: str) -> None:
        """Tax what belongs to no category at nothing; else shipping would follow the goods."""
        if country not in self._untaxed:
            self._untaxed.add(country)
            pricing.put_tax_rate(
                country=country,
                name="None",
                rate=Decimal(0),
                valid_from=date(2000, 1, 1),
                tax_class=UNTAXED,
                actor=ACTOR,
            )

    def round_by(self, rounding: str) -> None:
        self.rounding = rounding
        self.save_markets()

    def use_decimals(self, tax_name: str) -> None:
        """Keep the fractions of a tax one step longer: round lines instead of units, the order instead of lines."""
        if not self.decimal:
            self.round_by({"unit": "line", "line": "total"}[self.rounding])
        self.decimal.add(tax_name)

    def add_item(self, title: str, price: Money | None = None, *, variants: bool = False) -> Item:
        self.item = self.items[title] = Item(title)
        if not variants:
            self.item.goods.append(Goods("", {}, slugify(title)))
            own = price or Money(10000, self.base.currency)
            self.item.goods[0].prices[own.currency] = own
        return self.item

    def named(self, title: str) -> Item:
        if title not in self.items:
            raise Differs(f"no product {title}")
        self.item = self.items[title]
        return self.item

    def add_variant(self, item: Item, name: str, price: Money | None, code: str = "") -> Goods:
        if len(item.goods) == 1 and not item.goods[0].name:
            item.goods.clear()
        own = price or Money(10000, self.base.currency)
        goods = Goods(name, {own.currency: own}, code or name.upper().replace(" ", "_"))
        item.goods.append(goods)
        return goods

    def make(self, item: Item) -> None:
        """Write a product as it was described, if it is not there yet."""
        if item.product_id:
            return
        several = len(item.goods) > 1 or bool(item.goods and item.goods[0].name)
        values = [goods.name or goods.code for goods in item.goods]
        saved = catalogue.save_product(
            draft=ProductDraft(
                title=item.title,
                status="active",
                tax_class=item.tax_class,
                category_ids=[self.category(name) for name in item.kinds],
                options=[OptionDraft("Variant", [OptionValueDraft(value) for value in values])] if several else None,
                variants=[
                    VariantDraft(
                        option_values=(value,) if several else (),
                        sku=goods.code,
                        weight_grams=item.grams,
                        tax_class=goods.tax_class,
                        tracks_stock=item.is_tracked or item.units is not None,
                    )
                    for goods, value in zip(item.goods, values, strict=True)
                ],
            ),
            actor=ACTOR,
        )
        item.product_id = saved.pk
        by_sku = {variant.sku: variant.pk for variant in Variant.objects.filter(product=saved, is_active=True)}
        for goods in item.goods:
            goods.variant_id = by_sku[goods.code]
            pricing.set_prices(
                prices=[PriceInput(goods.variant_id, code, price.minor) for code, price in goods.prices.items()]
            )
        self.count(item)

    def category(self, name: str) -> int:
        """Return the category of this name, which is made where it is not there yet."""
        if name not in self.kinds:
            self.kinds[name] = catalogue.save_category(name=name, handle=slugify(name), actor=ACTOR).pk
        return self.kinds[name]

    def settle(self) -> None:
        """Write all goods and promotions that were described."""
        for item in self.items.values():
            self.make(item)
        for deal in self.deals:
            deal.settle()

    def sign_in(self, email: str = "shopper@example.com") -> None:
        """Let an account buy, in the groups that were named."""
        user = accounts.sign_up(email=email, password="a long quiet word", language=LANGUAGE)
        customer = customers.customer_for_user(user_id=user.pk, name="", email=email, phone="", language=LANGUAGE)
        customers.save_customer(customer_id=customer.pk, draft=CustomerDraft(tags=self.groups), actor=ACTOR)
        self.customer_id, self.user_id = customer.pk, user.pk
        self.details = replace(self.details, email=email)

    def buy_now(self, title: str, method: str, payment: str, email: str = "") -> None:
        """Place an order for one unit, as somebody did before the scenario begins."""
        token, details, self.token = self.token, self.details, ""
        self.add(self.named(title), 1)
        if email:
            self.details = replace(self.details, email=email)
        self.choose_method(method)
        self.choose_payment(payment)
        self.confirm()
        if self.error is not None:
            raise Differs(f"no order: {self.error}")
        self.token, self.details = token, details

    def count(self, item: Item) -> None:
        """Say how many units are there."""
        if item.units is None:
            return
        place = Location.objects.get(code="main")
        for goods in item.goods:
            inventory.adjust(
                variant_id=goods.variant_id, location_id=place.pk, counted=item.units, reason="initial", actor=ACTOR
            )

    def add_method(self, name: str, fee: Money, zones: list[str]) -> None:
        """A shipping method of one price, in each of the zones."""
        for zone in zones:
            country = "*" if zone == WORLD_ZONE else country_code(zone)
            saved = shipping.save_zone(name=zone, countries=[country], position=1 if country == "*" else 0)
            self.method = shipping.save_method(
                zone_id=saved.pk,
                code=slugify(name)[:40],
                name=name,
                rates={fee.currency: [{"from": 0, "minor": fee.minor}]},
                tax_class=UNTAXED,
                position=Method.objects.count(),
            )
            self._leave_untaxed(country)

    def methods_called(self, name: str) -> list[Method]:
        found = list(Method.objects.filter(name=name))
        if not found:
            raise Differs(f"no shipping method {name}")
        return found

    def limit_method(self, basis: str, least: int, most: int | None) -> None:
        """Offer the last method from `least` to `most` (grams or minor units) only."""
        if self.method is None:
            raise Differs("no shipping method was named")
        for method in self.methods_called(self.method.name):
            ladders: dict[str, list[dict[str, int | None]]] = {}
            for currency, ladder in method.rates.items():
                ladders[currency] = [{"from": least, "minor": ladder[-1]["minor"]}]
                if most is not None:
                    ladders[currency].append({"from": most + 1, "minor": None})
            shipping.save_method(zone_id=method.zone_id, code=method.code, basis=basis, rates=ladders)

    def take_payments(self) -> None:
        payments.save_gateway(
            code="bank_transfer", enabled=True, position=0, values={"accounts": "Bank: Test\nAccount: 1"}
        )
        payments.save_gateway(code="cash_on_delivery", enabled=True, position=1, values={})

    def set_clock(self, text: str) -> None:
        """Let it be noon of a day ("01-11-2022" or "2022-11-01")."""
        self.stop_clock()
        form = "%Y-%m-%d" if text[:4].isdigit() else "%d-%m-%Y"
        self._clock = clock.frozen(datetime.strptime(text, form).replace(hour=12, tzinfo=UTC))
        self._clock.__enter__()

    def stop_clock(self) -> None:
        if self._clock is not None:
            self._clock.__exit__(None, None, None)
            self._clock = None

    # Buying

    def add(self, item: Item, quantity: int, variant: str = "") -> None:
        """Put units of a product, or of one of its variants, into the cart."""
        self.settle()
        goods = next((one for one in item.goods if variant in {"", one.name, one.code}), None)
        if goods is None:
            raise Differs(f"no variant {variant} of {item.title}")
        self.check_price(goods)
        self.error = None
        try:
            cart = checkout.add_line(
                token=self.token,
                variant_id=goods.variant_id,
                quantity=quantity,
                market=self.market,
                language=LANGUAGE,
            )
        except DuliError as error:
            self.error = error
        else:
            self.token = cart.token
            if self.customer_id is not None:
                own = checkout.merge(
                    token=self.token, customer_id=self.customer_id, market=self.market, language=LANGUAGE
                )
                self.token = own.token if own else self.token

    def check_price(self, goods: Goods) -> None:
        """A price in a currency is one for the whole shop here, not one for each channel."""
        if self.channel is None or self.currency in {"", self.channel.currency}:
            return
        if self.currency in goods.prices and self.channel.currency in goods.prices:
            raise NotApplicable("prices of one currency that differ by channel: a currency has one price list here")

    def switch_currency(self, currency: str) -> None:
        if self.channel is None or currency not in self.channel.currencies:
            raise Differs(f"{currency} cannot be chosen")
        self.currency = currency
        if self.token:
            checkout.change_market(token=self.token, market=self.market, language=LANGUAGE)

    def switch_channel(self, name: str) -> None:
        if name not in self.channels:
            raise Differs(f"no channel {name}")
        self.channel = self.channels[name]
        self.currency = self.channel.currency

    def cart(self) -> CartView:
        if self.decimal and self.decimal != self.tax_names:
            raise NotApplicable("a way to round for some tax rates only: it belongs to the market here")
        return checkout_reads.cart_view(self.token, self.market, LANGUAGE)

    def line(self, title: str) -> CartLineView:
        found = [line for line in self.cart().lines if line.title == title]
        if not found:
            raise Differs(f"{title} is not in the cart")
        return found[0]

    def change_quantity(self, title: str, quantity: int) -> None:
        checkout.set_quantity(token=self.token, line_id=self.line(title).id, quantity=quantity)

    def address_to(self, country: str) -> None:
        """Say where it goes; where that is nobody else's matter, whoever buys is somebody by name."""
        self.details = Details(
            email=self.details.email,
            shipping_address=sample_address(country_code(country), "Jon Snow"),
            shipping_method_id=self.details.shipping_method_id,
            payment_method_code=self.details.payment_method_code,
        )
        self._save()

    def _save(self) -> None:
        checkout.save_details(token=self.token, details=self.details, draft=True)

    def _changed(self, **values: Any) -> None:
        known = {name: getattr(self.details, name) for name in Details.__dataclass_fields__}
        self.details = Details(**{**known, **values})
        self._save()

    def view(self) -> CheckoutView:
        return checkout_reads.checkout_view(self.token)

    def choose_method(self, name: str) -> None:
        if self.details.shipping_address is None:
            self.address_to(self.home)
        found = [rate for rate in self.view().rates if rate.name == name]
        if not found:
            raise Differs(f"{name} is not offered")
        self._changed(shipping_method_id=found[0].method_id)

    def choose_payment(self, name: str) -> None:
        on_delivery = "delivery" in name.lower()
        if self.details.shipping_address is None:
            self.address_to(self.home)
        self._changed(payment_method_code="cash_on_delivery" if on_delivery else "bank_transfer")
        self.shown = self.cart().quote.total

    def confirm(self) -> None:
        """Place the order for what was shown."""
        self.error = None
        self.take_payments()
        total = self.shown if self.shown is not None else self.cart().quote.total
        self.shown = None
        try:
            self.order = checkout.place_order(
                request=PlaceOrder(
                    cart_token=self.token,
                    shown_total=total,
                    actor=ACTOR,
                    user_id=self.user_id,
                    details=self.details,
                )
            )
        except DuliError as error:
            self.error = error
