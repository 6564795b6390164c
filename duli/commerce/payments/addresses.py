"""The two addresses of the shop that providers are told; the web face serves them."""

from __future__ import annotations

from django.conf import settings

WEBHOOK_PATH = "payments/<slug:gateway>/webhook"
RETURN_PATH = "payments/return/<str:token>"


def webhook_url(gateway: str) -> str:
    """Return the absolute address to which the provider sends its messages."""
    return f"{settings.PUBLIC_URL}/{WEBHOOK_PATH.replace('<slug:gateway>', gateway)}"


def return_url(token: str) -> str:
    """Return the absolute address to which the provider sends the shopper back."""
    return f"{settings.PUBLIC_URL}/{RETURN_PATH.replace('<str:token>', token)}"
