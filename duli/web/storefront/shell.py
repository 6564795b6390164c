"""What surrounds every page: identity, menus, languages, markets. Cached until one of its sources changes."""

from __future__ import annotations

from types import MappingProxyType

from django.http import HttpRequest
from django.utils.safestring import mark_safe

from duli.base.clock import now
from duli.base.money import Money
from duli.commerce.assortment import selectors as assortment
from duli.commerce.assortment.types import CategoryNode
from duli.commerce.flash_sales.selectors import planned
from duli.commerce.membership.selectors import is_running
from duli.commerce.pricing.selectors import conversion_now
from duli.commerce.promotions.selectors import has_listed
from duli.commerce.referrals.selectors import is_on
from duli.commerce.referrals.states import Kind
from duli.commerce.shipping.selectors import rates
from duli.commerce.shipping.types import Parcel
from duli.growth.content.selectors import has_posts, menu_links
from duli.platform.store.changes import ChangeCache
from duli.platform.store.selectors import current_store, languages, markets
from duli.platform.themes.engine import active_theme, theme_settings, theme_texts
from duli.web.storefront.drops import LanguageDrop, LinkDrop, MarketDrop, MenuDrop, PageDrop, ShellDrop
from duli.web.storefront.pictures import image_drop
from duli.web.storefront.where import LANGUAGE_NAMES, Where, html_lang, where_in

TOPICS = ("structure", "content", "store", "theme", "prices", "promotions", "shipping", "taxes", "referrals")
MAXIMUM_MENU = 7
LEGAL = ("terms", "returns", "privacy", "imprint")
"""What a shopper agrees to or must be able to read before buying; other pages only help."""
CART_COUNT_COOKIE = "cart_count"
PATHS = {
    "home": "/",
    "cart": "/cart",
    "add": "/cart/add",
    "search": "/search",
    "suggest": "/search/suggest",
    "account": "/account/",
    "all": "/collections/all",
    "recent": "/recent",
    "collections": "/collections",
    "checkout": "/checkout",
    "withdraw": "/withdraw",
    "saved": "/saved",
    "notify": "/notify",
    "market": "/market",
    "coupons": "/coupons",
}

_shells: ChangeCache[ShellDrop] = ChangeCache(64)


def shell(here: Where) -> ShellDrop:
    """Return the shell for a language and a market."""
    return _shells.get_or_make((here.language, here.market.code), lambda: _read(here), TOPICS)


def page_drop(request: HttpRequest, kind: str) -> PageDrop:
    """Return what the layout shows of this request. The number beside the cart comes from a small cookie."""
    count = request.COOKIES.get(CART_COUNT_COOKIE, "")
    return PageDrop(
        kind=kind,
        path=request.path_info,
        cart_count=min(int(count), 9999) if count.isascii() and count.isdigit() and len(count) < 6 else 0,
    )


def default_country(here: Where) -> str:
    """Return the country a price or delivery time is shown for before the shopper named one."""
    if here.market.countries:
        return here.market.countries[0]
    return "US" if here.language == "en" else "CN"


def menu_drop(node: CategoryNode, here: Where) -> MenuDrop:
    return MenuDrop(
        label=node.name,
        url=here.url(f"/collections/{node.handle}"),
        handle=node.handle,
        image=image_drop(node.image, node.name) if node.image else None,
        children=tuple(menu_drop(child, here) for child in node.children),
    )


def _read(here: Where) -> ShellDrop:
    store = current_store(here.language)
    settings = theme_settings(here.language)
    menu = [
        MenuDrop(
            head.title,
            here.url(f"/collections/{head.handle}"),
            head.handle,
            image_drop(head.image, head.title) if head.image else None,
        )
        for head in assortment.collections(here.language)[: int(settings["menu_collections"])]
    ]
    menu += [menu_drop(node, here) for node in assortment.navigation(here.language)]
    links = menu_links(here.language)
    known = {link.handle: link for link in links}
    return ShellDrop(
        name=store.name,
        tagline=store.tagline,
        legal_name=store.legal_name,
        email=store.email,
        phone=store.phone,
        address=store.address,
        registration=store.registration,
        language=here.language,
        lang=html_lang(here.language),
        currency=here.currency,
        announcement=str(settings["announcement"] or "") or _free_shipping(here),
        menu=tuple(menu[:MAXIMUM_MENU]),
        help_links=tuple(
            LinkDrop(link.title, here.url(f"/pages/{link.handle}")) for link in links if link.menu == "help"
        ),
        about_links=tuple(
            LinkDrop(link.title, here.url(f"/pages/{link.handle}")) for link in links if link.menu == "about"
        ),
        legal_links=tuple(
            LinkDrop(known[handle].title, here.url(f"/pages/{handle}")) for handle in LEGAL if handle in known
        ),
        languages=tuple(_language(code, here) for code in languages()),
        markets=_markets(here),
        urls=MappingProxyType({name: here.url(path) for name, path in PATHS.items()}) | {},
        stylesheet=_own_stylesheet(str(settings["accent"] or ""), store.accent),
        year=now().year,
        blog_url=here.url("/blog") if has_posts() else "",
        member_url=here.url("/account/member") if is_running() else "",
        flash_url=here.url("/flash-sales") if planned() else "",
        coupons_url=here.url("/coupons") if has_listed() else "",
        invite_url=here.url("/account/invite") if is_on(Kind.FRIEND) or is_on(Kind.PARTNER) else "",
    )


def _markets(here: Where) -> tuple[MarketDrop, ...]:
    """Return the markets to choose from; none where there is no choice."""
    found = markets()
    if len(found) < 2:
        return ()
    return tuple(
        MarketDrop(market.code, market.name, market.currency, market.code == here.market.code) for market in found
    )


def _language(code: str, here: Where) -> LanguageDrop:
    # Somebody who chose a market stays in it, whatever the language.
    stays = here.market != where_in(here.language).market
    there = where_in(code, here.market if stays else None)
    return LanguageDrop(
        code=code,
        lang=html_lang(code),
        name=LANGUAGE_NAMES.get(code, code),
        currency=there.currency,
        prefix=mark_safe(there.prefix),  # noqa: S308
        current=code == here.language,
    )


def _free_shipping(here: Where) -> str:
    """Say from which amount delivery is free, if that is so for somebody; the truth, from the shipping methods."""
    nothing = Parcel(0, Money.zero(here.currency), 1)
    convert = conversion_now(here.currency)
    found = rates(country=default_country(here), region="", parcel=nothing, language=here.language, convert=convert)
    amounts = [rate.free_over for rate in found if rate.free_over]
    if not amounts:
        return ""
    return theme_texts(here.language)("announcement.free_shipping", amount=here.money(min(amounts)))


def _own_stylesheet(chosen: str, store_accent: str) -> str:
    """Return the address of the stylesheet with the merchant's colour, or "" for the theme's own."""
    accent = (chosen or store_accent).lower()
    if accent == "#2f6f62" or len(accent) != 7:
        return ""
    return mark_safe(f"/assets/{active_theme()}/accent-{accent[1:]}.css")  # noqa: S308
