"""Who is asking: the address a visitor comes from, past the proxies that the operator vouches for."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest

UNKNOWN = "unknown"


def client_address(request: HttpRequest) -> str:
    """Return the visitor's IP address, or "unknown" (a server that listens on a socket file sees none).

    With DULI_TRUSTED_PROXY_COUNT n, the n-th entry from the end of X-Forwarded-For is what the outermost of our
    proxies saw; whatever stands before it was written by the visitor. A header with fewer entries did not come
    through them, so it is not believed.
    """
    count: int = settings.TRUSTED_PROXY_COUNT
    forwarded = request.headers.get("X-Forwarded-For", "").split(",") if count else []
    if len(forwarded) >= count > 0:
        address = _address(forwarded[-count])
        if address:
            return address
    return _address(request.META.get("REMOTE_ADDR", "")) or UNKNOWN


def visitor_key(request: HttpRequest) -> str:
    """Return what to count a visitor's requests under: the address, of IPv6 the network a household is given."""
    address = client_address(request)
    if address != UNKNOWN and isinstance(ip_address(address), IPv6Address):
        return str(ip_network(f"{address}/64", strict=False).network_address)
    return address


def _address(text: str) -> str:
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        return str(ip_address(text.partition("%")[0]))
    except ValueError:
        return ""
