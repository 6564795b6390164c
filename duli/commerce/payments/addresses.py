"""The addresses of the shop that providers are told; the web face serves them."""

from __future__ import annotations

from django.conf import settings

WEBHOOK_PATH = "payments/<slug:gateway>/webhook"
RETURN_PATH = "payments/return/<str:token>"
PAYER_PATH = "payments/payer/<str:ticket>"


def webhook_url(gateway: str) -> str:
    """Return the absolute address to which the provider sends its messages."""
    return f"{settings.PUBLIC_URL}/{WEBHOOK_PATH.replace('<slug:gateway>', gateway)}"


def return_url(token: str) -> str:
    """Return the absolute address to which the provider sends the shopper back."""
    return f"{settings.PUBLIC_URL}/{RETURN_PATH.replace('<str:token>', token)}"


def payer_url(ticket: str) -> str:
    """Return the absolute address to which a provider sends a shopper whom it has named."""
    return f"{settings.PUBLIC_URL}/{PAYER_PATH.replace('<str:ticket>', ticket)}"
