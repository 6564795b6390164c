"""What a shopper pays on, told from their browser's own name."""

from __future__ import annotations

import re

from duli.commerce.payments.gateway import Device
from duli.commerce.payments.services.start import Shopper

_PHONE = re.compile(r"\b(?:iphone|ipod|android.+mobile|mobile.+firefox|windows phone|harmonyos)\b", re.IGNORECASE)


def device_of(user_agent: str) -> Device:
    """Return what the shopper holds: a phone, a phone inside WeChat's own browser, or anything larger."""
    is_phone = bool(_PHONE.search(user_agent))
    return "wechat" if is_phone and "MicroMessenger/" in user_agent else "phone" if is_phone else "desktop"


def shopper_of(*, user_agent: str, address: str, email: str = "", is_person: bool = False) -> Shopper:
    """Return who pays, as far as a request tells; `address` is an IP address, anything else is not known."""
    return Shopper(
        device=device_of(user_agent[:1000]),
        client_ip=address if set(address) & {".", ":"} else "",
        email=email,
        is_person=is_person,
    )
