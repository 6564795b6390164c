"""Fetches pictures of an import over HTTP, never from inside the private network the shop stands in."""

from __future__ import annotations


def register() -> None:
    """Add the fetcher to the registry."""
    from django.conf import settings

    from duli.commerce.exchange.fetching import fetchers
    from duli.plugins.image_fetch_http.fetcher import HttpFetcher

    fetchers.register("http", HttpFetcher(allow_private=getattr(settings, "IMPORT_FROM_PRIVATE_ADDRESSES", False)))
