"""Listing pages: reading a shopper's choices out of the address, and writing them back into links."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from urllib.parse import quote_plus

from babel.numbers import get_currency_symbol
from django.http import QueryDict
from django.utils.safestring import SafeString, mark_safe

from duli.base.money import Money
from duli.base.text import cldr_locale
from duli.commerce.assortment import selectors as assortment
from duli.commerce.assortment.types import Facet, Filters, Listing, Scope
from duli.platform.themes.engine import theme_texts
from duli.web.storefront.cards import card_drops
from duli.web.storefront.drops import (
    CardDrop,
    ChipDrop,
    FacetDrop,
    FacetValueDrop,
    LinkDrop,
    ListingDrop,
    PageLinkDrop,
)
from duli.web.storefront.where import Where

MAXIMUM_CHOICES = 40
MAXIMUM_TEXT = 120
OPEN_FACETS = 4
_SIMPLE = {"brand": "brands", "category": "categories", "tag": "tags"}
Params = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """What the address says: the filters, sort and page, and the parameters they were read from."""

    filters: Filters
    sort: str
    page: int
    params: Params


def read_choice(query: QueryDict, here: Where) -> Choice:
    """Read ``brand= category= tag= option.NAME= attribute.CODE= in_stock= min= max= sort= page=``.

    What is unknown or malformed is ignored: a listing never fails because of its address.
    """
    simple: dict[str, list[str]] = {name: [] for name in _SIMPLE.values()}
    options: dict[str, list[str]] = {}
    attributes: dict[str, list[str]] = {}
    params: list[tuple[str, str]] = []
    for name, values in query.lists():
        kind, _, detail = name.partition(".")
        target: list[str] | None = None
        if name in _SIMPLE:
            target = simple[_SIMPLE[name]]
        elif kind == "option" and detail:
            target = options.setdefault(detail[:MAXIMUM_TEXT], [])
        elif kind == "attribute" and detail:
            target = attributes.setdefault(detail[:MAXIMUM_TEXT], [])
        if target is None:
            continue
        for value in dict.fromkeys(values):
            if value and len(value) <= MAXIMUM_TEXT and len(params) < MAXIMUM_CHOICES:
                target.append(value)
                params.append((name, value))
    low, high = _amount(query.get("min", ""), here), _amount(query.get("max", ""), here)
    params += [
        (name, query.get(name, "").strip()) for name, found in (("min", low), ("max", high)) if found is not None
    ]
    in_stock = query.get("in_stock") == "1"
    if in_stock:
        params.append(("in_stock", "1"))
    sort = query.get("sort", "")
    page = query.get("page", "1")
    return Choice(
        filters=Filters(
            brands=tuple(simple["brands"]),
            categories=tuple(simple["categories"]),
            tags=tuple(simple["tags"]),
            options={name: tuple(values) for name, values in options.items() if values},
            attributes={name: tuple(values) for name, values in attributes.items() if values},
            in_stock=in_stock,
            price_from=low,
            price_to=high,
        ),
        sort=sort if sort in assortment.SORTS else "",
        page=int(page) if page.isascii() and page.isdigit() and len(page) < 6 else 1,
        params=tuple(params),
    )


def _amount(text: str, here: Where) -> int | None:
    try:
        amount = Decimal(text.strip().replace(",", "")) if len(text) < 15 else Decimal(-1)
    except InvalidOperation:
        return None
    return Money.of(amount, here.currency).minor if amount.is_finite() and amount >= 0 else None


def encode(params: Iterable[tuple[str, str]]) -> str:
    """Return "?a=1&b=2", or "" for nothing."""
    written = "&".join(f"{quote_plus(name)}={quote_plus(value)}" for name, value in params)
    return f"?{written}" if written else ""


class ListingPage:
    """Builds the drop of one listing page at `path` (with the language's prefix)."""

    def __init__(self, here: Where, path: str, scope: Scope, choice: Choice, *, query: str = "") -> None:
        self.here = here
        self.path = path
        self.choice = choice
        self.query = query
        self.found: Listing = assortment.listing(
            scope,
            filters=choice.filters,
            sort=choice.sort,
            page=choice.page,
            language=here.language,
            currency=here.currency,
        )
        self.texts = theme_texts(here.language)
        self.always: Params = (("q", query),) if query else ()
        self.sort_params: Params = (("sort", choice.sort),) if choice.sort else ()
        self.is_search = scope.kind == "search"
        self.has_manual = scope.kind == "collection"

    def address(self, params: Iterable[tuple[str, str]], page: int = 1) -> SafeString:
        """Return the address with these choices, the sort and the page; percent-encoded, so safe in HTML."""
        paging: Params = (("page", str(page)),) if page > 1 else ()
        written = encode((*self.always, *params, *self.sort_params, *paging)).replace("&", "&amp;")
        return mark_safe(self.path + written)  # noqa: S308

    def drop(
        self,
        *,
        title: str,
        description_html: str = "",
        crumbs: tuple[LinkDrop, ...] = (),
        children: tuple[LinkDrop, ...] = (),
        corrected: str = "",
        relaxed: bool = False,
    ) -> ListingDrop:
        found, choice, here = self.found, self.choice, self.here
        cards: tuple[CardDrop, ...] = card_drops(found.product_ids, here)
        symbol = get_currency_symbol(here.currency, cldr_locale(here.language))
        return ListingDrop(
            title=title,
            description_html=mark_safe(description_html),  # noqa: S308  (cleaned when it was saved)
            crumbs=crumbs,
            children=children,
            cards=cards,
            total=found.total,
            facets=tuple(self._facet(facet, place) for place, facet in enumerate(found.facets)),
            chips=tuple(self._chips()),
            clear_url=self.address(()),
            action=mark_safe(self.path),  # noqa: S308
            sorts=tuple(self._sorts()),
            sort=choice.sort,
            hidden=self.always,
            in_stock=choice.filters.in_stock,
            in_stock_count=found.in_stock_count,
            price_from=dict(choice.params).get("min", ""),
            price_to=dict(choice.params).get("max", ""),
            price_lowest=self._whole(found.lowest, up=False),
            price_highest=self._whole(found.highest, up=True),
            currency_symbol=symbol,
            pages=tuple(self._pages()),
            page=found.page,
            page_count=found.pages,
            previous_url=self.address(choice.params, found.page - 1) if found.page > 1 else "",
            next_url=self.address(choice.params, found.page + 1) if found.page < found.pages else "",
            query=self.query,
            corrected=corrected,
            relaxed=relaxed,
            filtered=bool(choice.params),
        )

    def _whole(self, minor: int | None, *, up: bool) -> str:
        if minor is None:
            return ""
        amount = Money(minor, self.here.currency).amount
        whole = int(amount)
        return str(whole + 1 if up and whole < amount else whole)

    def _facet(self, facet: Facet, place: int) -> FacetDrop:
        param = facet.kind if facet.kind in _SIMPLE else f"{facet.kind}.{facet.name}"
        chosen = sum(value.selected for value in facet.values)
        return FacetDrop(
            key=f"facet-{place}",
            label=facet.label or self.texts(f"facets.{facet.kind}"),
            values=tuple(
                FacetValueDrop(param, value.value, value.label, value.count, value.selected, value.swatch)
                for value in facet.values
            ),
            open=place < OPEN_FACETS or chosen > 0,
            chosen=chosen,
            has_swatches=any(value.swatch for value in facet.values),
        )

    def _chips(self) -> Iterable[ChipDrop]:
        labels = {
            (facet.kind if facet.kind in _SIMPLE else f"{facet.kind}.{facet.name}", value.value): value.label
            for facet in self.found.facets
            for value in facet.values
            if value.selected
        }
        params = self.choice.params
        for param in params:
            name, value = param
            label = labels.get(param, value)
            if name == "in_stock":
                label = self.texts("facets.in_stock")
            elif name in {"min", "max"}:
                amount = Money.of(Decimal(value.replace(",", "")), self.here.currency)
                label = self.texts(f"facets.price_{name}", amount=self.here.money(amount))
            yield ChipDrop(label, self.address([other for other in params if other != param]))

    def _sorts(self) -> Iterable[LinkDrop]:
        own = "relevance" if self.is_search else "manual" if self.has_manual else ""
        names = ["", *assortment.SORTS] if own else list(assortment.SORTS)
        current = self.choice.sort or ("" if own else self._default())
        for name in names:
            value = "" if name == "" else name
            yield LinkDrop(self.texts(f"sort.{name or own}"), value, current=name == current)

    def _default(self) -> str:
        return "newest" if self.path.endswith("/collections/all") else "best_selling"

    def _pages(self) -> Iterable[PageLinkDrop]:
        last, current = self.found.pages, self.found.page
        if last < 2:
            return
        shown = sorted({1, 2, current - 1, current, current + 1, last - 1, last} & set(range(1, last + 1)))
        before = 0
        for number in shown:
            if number - before > 1:
                yield PageLinkDrop(0, "", False, gap=True)
            before = number
            yield PageLinkDrop(number, self.address(self.choice.params, number), number == current)


def without_choices(choice: Choice) -> Choice:
    """Return the choice with no filter, for a listing that has nothing left."""
    return replace(choice, filters=Filters(), params=())
