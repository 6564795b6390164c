"""What the command palette finds: pages by their words, orders, products and customers by what people remember."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils.translation import get_language, gettext, override

from duli.commerce.catalogue.models import Product, Variant
from duli.commerce.catalogue.selectors import found_by_search
from duli.commerce.customers.selectors import matching
from duli.commerce.orders.selectors import order_list
from duli.commerce.orders.types import OrderFilter

EACH = 5


@dataclass(frozen=True, slots=True)
class Found:
    words: str
    url: str
    icon: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    title: str
    items: tuple[Found, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """A page that can be gone to: `words` gives its name in the active language, `help` what is done there."""

    words: Callable[[], str]
    url: str
    icon: str
    permission: str = ""
    help: Callable[[], str] = str


def _names(page: Page) -> str:
    """Return the page's names and what it is for in both languages, the names in pinyin too: each finds it."""
    names, helps = [], []
    for language in ("en", "zh-hans"):
        with override(language):
            names.append(str(page.words()))
            helps.append(str(page.help()))
    return _found_by(*names, *helps)


@lru_cache(maxsize=512)
def _found_by(english: str, chinese: str, *helps: str) -> str:
    return " ".join([english, chinese, *_pinyin(chinese), *helps]).casefold()


def _pinyin(text: str) -> tuple[str, str]:
    from pypinyin import lazy_pinyin  # half a second to load, and only a search needs it

    parts = lazy_pinyin(text)
    return "".join(parts), "".join(part[:1] for part in parts)


def find(query: str, *, pages: Sequence[Page], orders: bool, products: bool, customers: bool) -> list[Group]:
    """Return what fits `query`, grouped; with an empty query the pages (four queries at most)."""
    groups: list[Group] = []
    if query and orders:
        rows = order_list(OrderFilter(query=query), limit=EACH).rows
        language = get_language() or "en"
        items = tuple(
            Found(
                f"#{row.number} · {row.customer_name or row.email or row.phone}",
                reverse("backoffice:order", args=[row.id]),
                "receipt-text",
                row.total.format(language),
            )
            for row in rows
        )
        if items:
            groups.append(Group(gettext("Orders"), items))
    if query and products:
        by_sku = Variant.objects.filter(product=OuterRef("pk"), is_active=True, sku__istartswith=query)
        by_words = Q(title__icontains=query) | Q(handle__icontains=query)
        by_words |= Q(pk__in=found_by_search(query, limit=EACH))
        found = Product.objects.filter(by_words | Exists(by_sku))
        items = tuple(
            Found(title, reverse("backoffice:product", args=[pk]), "package")
            for pk, title in found.order_by("-sales_count", "pk").values_list("pk", "title")[:EACH]
        )
        if items:
            groups.append(Group(gettext("Products"), items))
    if query and customers:
        items = tuple(
            Found(
                str(customer),
                reverse("backoffice:customer", args=[customer.pk]),
                "user-round",
                customer.email or customer.phone,
            )
            for customer in matching(query).order_by("-created_at")[:EACH]
        )
        if items:
            groups.append(Group(gettext("Customers"), items))
    wanted = query.casefold()
    fitting = [page for page in pages if not wanted or wanted in _names(page)]
    if fitting:
        items = tuple(Found(str(page.words()), page.url, page.icon) for page in fitting[:12])
        groups.append(Group(gettext("Go to"), items))
    return groups
