"""Addresses of the shop, without the language: the middleware has taken it off."""

from __future__ import annotations

from django.urls import path, re_path

from duli.web.storefront.views import browse, files

app_name = "storefront"

urlpatterns = [
    path("", browse.home, name="home"),
    path("collections", browse.collections, name="collections"),
    path("collections/<slug:handle>", browse.collection, name="collection"),
    path("products/<slug:handle>", browse.product, name="product"),
    path("search", browse.search, name="search"),
    path("search/suggest", browse.suggest, name="suggest"),
    path("pages/<slug:handle>", browse.text_page, name="page"),
    path("robots.txt", files.robots, name="robots"),
    path("favicon.ico", files.favicon, name="favicon"),
    path("sitemap.xml", files.sitemap_index, name="sitemap"),
    path("sitemaps/<slug:part>.xml", files.sitemap, name="sitemap_part"),
    path("assets/<slug:theme>/<str:name>", files.accent, name="accent"),
    re_path(r"^assets/(?P<theme>[a-z0-9-]+)/(?P<version>[0-9a-f]{10})/(?P<name>[\w./-]+)$", files.asset, name="asset"),
]
