"""Addresses of the shop, without the language: the middleware has taken it off."""

from __future__ import annotations

from django.urls import path, re_path

from duli.web.storefront.views import account, browse, cart, checkout, files, orders, privacy, returns, wishes

app_name = "storefront"

urlpatterns = [
    path("", browse.home, name="home"),
    path("collections", browse.collections, name="collections"),
    path("collections/<slug:handle>", browse.collection, name="collection"),
    path("products/<slug:handle>", browse.product, name="product"),
    path("products/<slug:handle>/size-guide", browse.product_size_guide, name="size_guide"),
    path("search", browse.search, name="search"),
    path("search/suggest", browse.suggest, name="suggest"),
    path("recent", browse.recent, name="recent"),
    path("pages/<slug:handle>", browse.text_page, name="page"),
    path("cart", cart.show, name="cart"),
    path("cart/add", cart.add, name="cart_add"),
    path("market", cart.market, name="market"),
    path("cart/lines/<int:line_id>", cart.change, name="cart_line"),
    path("cart/lines/<int:line_id>/save", wishes.set_aside, name="cart_line_save"),
    path("saved", wishes.saved, name="saved"),
    path("saved/add", wishes.save, name="saved_add"),
    path("saved/<int:variant_id>/take", wishes.take, name="saved_take"),
    path("notify", wishes.ask, name="notify"),
    path("notify/<str:token>", wishes.request_page, name="notify_request"),
    path("checkout", checkout.show, name="checkout"),
    path("drafts/<str:token>", checkout.draft, name="draft"),
    path("orders/<str:token>", orders.show, name="order"),
    path("orders/<str:token>/state", orders.state, name="order_state"),
    path("orders/<str:token>/pay", orders.pay, name="order_pay"),
    path("orders/<str:token>/again", orders.again, name="order_again"),
    path("orders/<str:token>/invoice", orders.invoice, name="order_invoice"),
    path("orders/<str:token>/return", returns.send_back, name="order_return"),
    path("orders/<str:token>/withdraw", returns.withdraw_by_link, name="order_withdraw"),
    path("orders/<str:token>/cancel", returns.cancel, name="order_cancel"),
    path("orders/<str:token>/address", returns.address, name="order_address"),
    path("withdraw", returns.withdraw_start, name="withdraw"),
    path("withdraw/<str:ticket>", returns.withdraw_by_ticket, name="withdraw_ticket"),
    path("account/", account.orders, name="account"),
    path("account/addresses", account.addresses, name="addresses"),
    path("account/addresses/<int:address_id>", account.address, name="address"),
    path("account/profile", account.profile, name="profile"),
    path("account/privacy", privacy.show, name="privacy"),
    path("account/privacy/data/<int:request_id>", privacy.data, name="privacy_data"),
    path("account/privacy/erase/<str:token>", privacy.erase, name="privacy_erase"),
    path("robots.txt", files.robots, name="robots"),
    path("favicon.ico", files.favicon, name="favicon"),
    path("sitemap.xml", files.sitemap_index, name="sitemap"),
    path("sitemaps/<slug:part>.xml", files.sitemap, name="sitemap_part"),
    path("assets/<slug:theme>/<str:name>", files.accent, name="accent"),
    re_path(r"^assets/(?P<theme>[a-z0-9-]+)/(?P<version>[0-9a-f]{10})/(?P<name>[\w./-]+)$", files.asset, name="asset"),
]
