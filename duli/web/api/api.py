from __future__ import annotations

from typing import Any, Literal

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from ninja import NinjaAPI, Query, Router, Status
from ninja.errors import HttpError, Throttled, ValidationError
from ninja.openapi.schema import OpenAPISchema

from duli.base.errors import DuliError, InvalidInput, NotFound, sentence
from duli.base.money import Money
from duli.commerce.assortment import selectors as assortment
from duli.commerce.assortment.shelf import shelved_cards, shelved_detail
from duli.commerce.assortment.types import Filters, Listing, Scope
from duli.commerce.catalogue.documents import KIND
from duli.commerce.checkout import selectors as carts
from duli.commerce.checkout import services as checkout
from duli.commerce.checkout.models import Cart
from duli.commerce.checkout.types import Details, PlaceOrder
from duli.commerce.customers.selectors import customer_of
from duli.commerce.customers.types import Address
from duli.commerce.orders import selectors as orders
from duli.commerce.payments import services as payments
from duli.commerce.payments.devices import shopper_of
from duli.commerce.payments.gateway import step_to_json
from duli.commerce.payments.gifts import Gift
from duli.commerce.promotions.shelf import Shopper
from duli.commerce.referrals.checks import device_key
from duli.platform.accounts.models import User
from duli.platform.accounts.services import user_of_app
from duli.platform.accounts.throttle import may_try
from duli.platform.accounts.visitors import client_address
from duli.platform.search.selectors import search as search_products
from duli.platform.search.selectors import suggest as suggest_words
from duli.platform.search.types import SearchQuery
from duli.platform.store.selectors import current_store, languages, market_by_code, market_for_language
from duli.platform.store.types import MarketView
from duli.web.api import present, schemas
from duli.web.api.reading import CarefulParser
from duli.web.api.refusals import refused
from duli.web.api.schemas import (
    CartOut,
    CategoryOut,
    CheckoutOut,
    CodeIn,
    DetailsIn,
    ErrorOut,
    LineIn,
    ListingOut,
    OrderOut,
    PlaceIn,
    ProductOut,
    QuantityIn,
    StepOut,
    StoreOut,
    SuggestOut,
)
from duli.web.api.throttle import VisitorThrottle

SEARCH_LIMIT = 1000
CODE_PAUSE = 60
SUGGESTED = 4
MAXIMUM_PRICE = 10**15
MAXIMUM_PAGE = 100_000
Sort = Literal["", "newest", "best_selling", "price_ascending", "price_descending", "title"]


def _(message: str) -> str:
    return message


ERRORS = {400: ErrorOut, 404: ErrorOut, 409: ErrorOut, 422: ErrorOut, 429: ErrorOut}

LANGUAGE = {
    "in": "query",
    "name": "language",
    "required": False,
    "schema": {"type": "string"},
    "description": "One of the languages of /store: it chooses texts, market and currency. Without, the store's own.",
    "example": "en",
}


class _StorefrontAPI(NinjaAPI):
    def get_openapi_schema(self, **values: Any) -> OpenAPISchema:
        """Add the parameter that every address takes, so that generated clients know of it."""
        description = super().get_openapi_schema(**values)
        for operations in description["paths"].values():
            for operation in operations.values():
                operation["parameters"] = [*operation.get("parameters", []), LANGUAGE]
        return description


api = _StorefrontAPI(
    title="Duli storefront API",
    version="1.0.0",
    description="Everything a storefront needs. `language` (as in /store) chooses texts and market, or `market` does.",
    docs_url=None,
    urls_namespace="api",
    parser=CarefulParser(),
)
router = Router(throttle=[VisitorThrottle()])


def reader(request: HttpRequest) -> tuple[str, MarketView]:
    """Return the language asked for (?language=, else the store's own) and the market (?market=, else its first)."""
    wanted = request.GET.get("language", "")
    language = wanted if wanted in languages() else current_store().default_language
    return language, market_by_code(request.GET.get("market", "")) or market_for_language(language)


class NotSignedIn(DuliError):
    """The call needs a session, and shows none or one that is over."""

    code = "not_signed_in"
    message = _("Please sign in.")
    status = 401


def caller(request: HttpRequest) -> User | None:
    """Return who is signed in by the session that the call shows; None where it shows none. NotSignedIn."""
    kind, _space, key = request.headers.get("Authorization", "").partition(" ")
    if not kind:
        return None
    found = user_of_app(key) if kind.lower() == "bearer" else None
    if found is None:
        raise NotSignedIn()
    return found


def is_owner(user: User | None, cart: Cart | None) -> bool:
    """Whether a cart is that of whoever is signed in."""
    if user is None or cart is None or cart.customer_id is None:
        return False
    customer = customer_of(user.pk)
    return customer is not None and customer.pk == cart.customer_id


def _answer(request: HttpRequest, status: int, code: str, message: str, fields: dict[str, str]) -> HttpResponse:
    return api.create_response(request, {"code": code, "message": message, "fields": fields}, status=status)


@api.exception_handler(DuliError)
def _business_error(request: HttpRequest, error: DuliError) -> HttpResponse:
    with translation.override(reader(request)[0]):
        message = sentence(error)
    fields = error.params.get("fields")
    return _answer(request, error.status, error.code, message, fields if isinstance(fields, dict) else {})


@api.exception_handler(ValidationError)
def _malformed(request: HttpRequest, error: ValidationError) -> HttpResponse:
    fields = {str(entry["loc"][-1]): str(entry["type"]) for entry in error.errors if entry.get("loc")}
    with translation.override(reader(request)[0]):
        message = translation.gettext("Please check the marked fields.")
    return _answer(request, 422, "invalid_input", message, fields)


@api.exception_handler(HttpError)
def _unreadable(request: HttpRequest, error: HttpError) -> HttpResponse:
    with translation.override(reader(request)[0]):
        message = translation.gettext("This request cannot be read.")
    return _answer(request, error.status_code, "malformed_request", message, {})


@api.exception_handler(RequestDataTooBig)
def _too_large(request: HttpRequest, error: RequestDataTooBig) -> HttpResponse:
    return refused(request, 413)


@api.exception_handler(Throttled)
def _too_often(request: HttpRequest, error: Throttled) -> HttpResponse:
    seconds = int(error.wait or 1)
    with translation.override(reader(request)[0]):
        message = translation.gettext("Too many requests. Please try again in %(seconds)s seconds.") % {
            "seconds": seconds
        }
    response = _answer(request, 429, "too_many_requests", message, {})
    response.headers["Retry-After"] = str(seconds)
    return response


@router.get("/store", response={200: StoreOut, 429: ErrorOut}, tags=["store"])
def store(request: HttpRequest) -> dict[str, Any]:
    """Who the shop is, and in which languages and currency it sells."""
    language, market = reader(request)
    identity = current_store(language)
    return {
        "name": identity.name,
        "tagline": identity.tagline,
        "language": language,
        "languages": list(languages()),
        "market": market.code,
        "currency": market.currency,
        "prices_include_tax": market.prices_include_tax,
        "countries": carts.countries_for(market, language),
    }


@router.get("/categories", response={200: list[CategoryOut], 429: ErrorOut}, tags=["catalogue"])
def categories(request: HttpRequest) -> list[dict[str, Any]]:
    """The tree of categories."""
    return [present.category(node) for node in assortment.navigation(reader(request)[0])]


def _listing(
    request: HttpRequest, scope: Scope, filters: Filters, sort: str, page: int
) -> tuple[Listing, dict[str, Any]]:
    language, market = reader(request)
    found = assortment.listing(
        scope, filters=filters, sort=sort, page=max(page, 1), language=language, currency=market.currency
    )
    views = assortment.cards(found.product_ids, language=language, currency=market.currency)
    views = shelved_cards(views, Shopper(market.code, market.currency, language))
    return found, {
        "total": found.total,
        "page": found.page,
        "pages": found.pages,
        "in_stock_count": found.in_stock_count,
        "facets": found.facets,
        "products": [present.card(view, market, language) for view in views],
    }


def _pairs(field: str, given: list[str]) -> dict[str, tuple[str, ...]]:
    """Read "name:value" as often as it is given; InvalidInput where there is no colon."""
    found: dict[str, list[str]] = {}
    for entry in given:
        name, colon, value = entry.partition(":")
        if not (name and colon and value):
            raise InvalidInput(field=field)
        found.setdefault(name, []).append(value)
    return {name: tuple(values) for name, values in found.items()}


@router.get("/products", response={200: ListingOut, **ERRORS}, tags=["catalogue"])
def products(
    request: HttpRequest,
    collection: str = Query("", max_length=200, examples=["chairs"]),
    q: str = Query("", max_length=200, examples=["tea"]),
    brand: list[str] = Query([]),  # noqa: B008
    category: list[str] = Query([]),  # noqa: B008
    tag: list[str] = Query([]),  # noqa: B008
    option: list[str] = Query([], examples=[["颜色:原木"]]),  # noqa: B008
    attribute: list[str] = Query([], examples=[["material:wood"]]),  # noqa: B008
    in_stock: bool = False,
    price_from: int | None = Query(None, ge=0, le=MAXIMUM_PRICE, examples=[10000]),
    price_to: int | None = Query(None, ge=0, le=MAXIMUM_PRICE, examples=[50000]),
    sort: Sort = "",
    page: int = Query(1, ge=1, le=MAXIMUM_PAGE),
) -> dict[str, Any]:
    """24 products a page, with facets. `collection` takes a category's or collection's handle, `q` searches.

    A facet's values are asked for by its kind: `brand`, `category` and `tag` by value, `option` and `attribute` as
    ``name:value``; several of one facet widen the choice, several facets narrow it. Prices are minor units.
    """
    language, _market = reader(request)
    scope, corrections = Scope(), []
    if q:
        found = search_products(SearchQuery(q, KIND, language, limit=SEARCH_LIMIT))
        scope, corrections = Scope("search", product_ids=tuple(found.ids)), list(found.corrections)
    elif collection:
        head = assortment.listing_head(collection, language=language)
        if head is None:
            raise NotFound()
        scope = Scope(head.kind, head.id)
    filters = Filters(
        brands=tuple(brand),
        categories=tuple(category),
        tags=tuple(tag),
        options=_pairs("option", option),
        attributes=_pairs("attribute", attribute),
        in_stock=in_stock,
        price_from=price_from,
        price_to=price_to,
    )
    _, answer = _listing(request, scope, filters, sort, page)
    return {**answer, "corrections": corrections}


@router.get("/search/suggest", response={200: SuggestOut, **ERRORS}, tags=["catalogue"])
def suggest(request: HttpRequest, q: str = Query(..., min_length=1, max_length=200, examples=["te"])) -> dict[str, Any]:
    """What to show while somebody types: words that complete it, categories called so, and the first products."""
    language, market = reader(request)
    wanted = q.strip().casefold()
    found = search_products(SearchQuery(q, KIND, language, limit=SUGGESTED))
    nodes = [
        node
        for node in assortment.category_nodes(language).values()
        if wanted and (wanted in node.name.casefold() or wanted in node.handle)
    ]
    cards = assortment.cards(found.ids, language=language, currency=market.currency)
    cards = shelved_cards(cards, Shopper(market.code, market.currency, language))
    return {
        "terms": suggest_words(q, kind=KIND, language=language, limit=SUGGESTED),
        "categories": [{"handle": node.handle, "name": node.name} for node in nodes[:SUGGESTED]],
        "products": [present.card(view, market, language) for view in cards],
    }


@router.get("/products/{handle}", response={200: ProductOut, **ERRORS}, tags=["catalogue"])
def product(request: HttpRequest, handle: str) -> dict[str, Any]:
    """One product with all its variants."""
    language, market = reader(request)
    detail = assortment.product_detail(handle, language=language, currency=market.currency)
    if detail is None:
        raise NotFound()
    detail = shelved_detail(detail, Shopper(market.code, market.currency, language))
    return present.product(detail, market, language)


def show_cart(token: str, request: HttpRequest) -> dict[str, Any]:
    language, market = reader(request)
    with translation.override(language):
        return present.cart(carts.cart_view(token, market, language))


@router.post("/carts/lines", response={201: CartOut, **ERRORS}, tags=["cart"])
def start_cart(request: HttpRequest, body: LineIn) -> Status[dict[str, Any]]:
    """Start a cart with its first line. Keep the token: whoever has it has the cart."""
    return Status(201, _add("", request, body))


def _add(token: str, request: HttpRequest, body: LineIn) -> dict[str, Any]:
    language, market = reader(request)
    cart = checkout.add_line(
        token=token,
        variant_id=body.variant_id,
        quantity=body.quantity,
        market=market,
        language=language,
        source="api",
        gift=Gift(**body.gift.dict()) if body.gift else None,
        tickets=body.tickets,
    )
    return show_cart(cart.token, request)


@router.get("/carts/{token}", response={200: CartOut, **ERRORS}, tags=["cart"])
def cart(request: HttpRequest, token: str) -> dict[str, Any]:
    """The cart with today's prices, stock and totals."""
    if carts.open_cart(token) is None:
        raise NotFound()
    return show_cart(token, request)


@router.post("/carts/{token}/lines", response={200: CartOut, **ERRORS}, tags=["cart"])
def add_line(request: HttpRequest, token: str, body: LineIn) -> dict[str, Any]:
    """Add units of a variant."""
    if carts.open_cart(token) is None:
        raise NotFound()
    return _add(token, request, body)


@router.patch("/carts/{token}/lines/{line_id}", response={200: CartOut, **ERRORS}, tags=["cart"])
def set_quantity(request: HttpRequest, token: str, line_id: int, body: QuantityIn) -> dict[str, Any]:
    """Set a line's quantity; 0 removes it."""
    checkout.set_quantity(token=token, line_id=line_id, quantity=body.quantity)
    return show_cart(token, request)


@router.delete("/carts/{token}/lines/{line_id}", response={200: CartOut, **ERRORS}, tags=["cart"])
def remove_line(request: HttpRequest, token: str, line_id: int) -> dict[str, Any]:
    """Take a line out."""
    checkout.remove_line(token=token, line_id=line_id)
    return show_cart(token, request)


@router.post("/carts/{token}/codes", response={200: CartOut, **ERRORS}, tags=["cart"])
def enter_code(request: HttpRequest, token: str, body: CodeIn) -> dict[str, Any]:
    """Enter a discount code, or the code of who recommends the shop; what it gives stands in the cart."""
    if not may_try(request, "discount_code", "code"):
        raise Throttled(wait=CODE_PAUSE)
    checkout.apply_code(
        token=token,
        code=body.code,
        device=device_key(user_agent=request.headers.get("User-Agent", ""), network=client_address(request)),
    )
    return show_cart(token, request)


@router.delete("/carts/{token}/codes/{code}", response={200: CartOut, **ERRORS}, tags=["cart"])
def remove_code(request: HttpRequest, token: str, code: str) -> dict[str, Any]:
    """Take a code off."""
    checkout.remove_code(token=token, code=code[:100])
    return show_cart(token, request)


@router.get("/carts/{token}/checkout", response={200: CheckoutOut, **ERRORS}, tags=["checkout"])
def checkout_view(request: HttpRequest, token: str, country: str = "") -> dict[str, Any]:
    """What to ask the shopper for, the ways to ship and to pay, and all costs."""
    owner = is_owner(caller(request), carts.open_cart(token))
    return present.checkout(carts.checkout_view(token, country), is_owner=owner)


@router.put("/carts/{token}/details", response={200: CheckoutOut, **ERRORS}, tags=["checkout"])
def save_details(request: HttpRequest, token: str, body: DetailsIn, draft: bool = False) -> dict[str, Any]:
    """Keep contact, address and choices. With `draft` nothing is checked yet."""

    def address(given: schemas.AddressIn | None) -> Address | None:
        return Address(**given.dict()) if given else None

    details = Details(
        email=body.email,
        phone=body.phone,
        shipping_address=address(body.shipping_address),
        billing_address=address(body.billing_address),
        shipping_method_id=body.shipping_method_id,
        payment_method_code=body.payment_method_code,
        note=body.note,
        vat_id=body.vat_id,
    )
    owner = is_owner(caller(request), carts.open_cart(token))
    checkout.ask_register(details=details)
    checkout.ask_carriers(token=token, details=details)
    checkout.save_details(token=token, details=details, draft=draft)
    return present.checkout(carts.checkout_view(token), is_owner=owner)


@router.post("/carts/{token}/order", response={200: OrderOut, **ERRORS}, tags=["checkout"])
def place_order(request: HttpRequest, token: str, body: PlaceIn) -> dict[str, Any]:
    """Turn the cart into an order. The same cart again answers with the same order.

    Points and store credit are spent for their owner alone: send the session along.
    """
    user, cart_row = caller(request), carts.open_cart(token)
    owner = user if is_owner(user, cart_row) else None
    if cart_row is not None and cart_row.uses_credit and owner is None:
        raise NotSignedIn()
    shown = Money(body.shown_total_minor, cart_row.currency) if cart_row else None
    due = Money(body.shown_due_minor, cart_row.currency) if cart_row and body.shown_due_minor is not None else None
    placed = checkout.place_order(
        request=PlaceOrder(
            token,
            shown,
            f"user:{owner.pk}" if owner else "guest",
            user_id=owner.pk if owner else None,
            shown_due=due,
        )
    )
    return present.order(orders.order_detail(placed.pk))


@router.get("/orders/{token}", response={200: OrderOut, **ERRORS}, tags=["orders"])
def order(request: HttpRequest, token: str) -> dict[str, Any]:
    """Where the order is; the token came with it."""
    return present.order(orders.order_by_token(token))


@router.post("/orders/{token}/payment", response={200: StepOut, **ERRORS}, tags=["orders"])
def start_payment(request: HttpRequest, token: str) -> dict[str, Any]:
    """Begin to pay, or go on: the same step again as long as it is open."""
    row = orders.order_by_token(token)
    if row.payment_collection_id is None:
        return {"kind": "settled", "data": {}}
    step = payments.start(
        collection_id=row.payment_collection_id,
        idempotency_key="storefront",
        shopper=shopper_of(
            user_agent=request.headers.get("User-Agent", ""),
            address=client_address(request),
            email=row.email or row.phone,
        ),
        until=row.expires_at,
    )
    data = step_to_json(step)
    return {"kind": data.pop("kind"), "data": data}


api.add_router("", router)


def unknown(request: HttpRequest, rest: str) -> HttpResponse:
    """Answer as the API does, not with a page, where there is no such address."""
    return _business_error(request, NotFound())
