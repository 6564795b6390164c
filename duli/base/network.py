"""Where on the network an address leads: what strangers name must not reach inside the shop's own network."""

from __future__ import annotations

import ipaddress
import socket


class PrivateAddress(Exception):
    """A host name leads into a private network, to this machine, or to many listeners at once."""


def is_public(address: str) -> bool:
    """Whether an IP address, also one of IPv4 written as IPv6, is of the public internet."""
    parsed = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(parsed, "ipv4_mapped", None)
    return (mapped or parsed).is_global and not parsed.is_multicast


def checked_address(host: str, port: int, *, allow_private: bool = False) -> str:
    """Return one IP address of `host`, to connect to exactly that one.

    A name that is resolved a second time can mean something else by then. Raises OSError for a name nobody knows,
    PrivateAddress if any of its addresses is not public, unless `allow_private`.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [str(entry[4][0]) for entry in found]
    if not allow_private and not all(is_public(address) for address in addresses):
        raise PrivateAddress(host)
    return addresses[0]
