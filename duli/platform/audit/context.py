"""Who acts in this thread right now, from where and under which request; said by a face around its work."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Acting:
    actor: str = ""
    request_id: str = ""
    address: str = ""


_NOBODY = Acting()
_acting: ContextVar[Acting] = ContextVar("acting", default=_NOBODY)


def current() -> Acting:
    """Return who acts; empty outside of a request."""
    return _acting.get()


@contextmanager
def acting(actor: str, *, request_id: str = "", address: str = "") -> Iterator[None]:
    """Let entries inside the block name this actor unless a verb names another; `address` is cut short."""
    token = _acting.set(Acting(actor, request_id[:40], short_address(address)))
    try:
        yield
    finally:
        _acting.reset(token)


def short_address(address: str) -> str:
    """Return a network address without the part that names one device: 203.0.113.0, 2001:db8:1::."""
    try:
        known = ipaddress.ip_address(address.strip())
    except ValueError:
        return ""
    size = 24 if known.version == 4 else 48
    return str(ipaddress.ip_network(f"{known}/{size}", strict=False).network_address)
