"""快递100's words: its codes of carriers and states, and its signatures (MD5, hex, upper case)."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from typing import Any

from duli.commerce.shipping.carrier import Sighting
from duli.plugins.carrier_http import moment

COMPANIES = {
    "sf": "shunfeng",
    "zto": "zhongtong",
    "yto": "yuantong",
    "sto": "shentong",
    "yunda": "yunda",
    "ems": "ems",
    "jd": "jd",
    "deppon": "debangkuaidi",
    "jtexpress": "jtexpress",
    "dhl": "dhl",
    "fedex": "fedex",
    "ups": "ups",
    "usps": "usps",
    "yanwen": "yanwen",
    "fourpx": "disifang",
    "yunexpress": "yunexpress",
}
CARRIERS = {company: carrier for carrier, company in COMPANIES.items()} | {"youzhengguonei": "ems"}
NEEDS_PHONE = {"shunfeng", "zhongtong"}

STATES = {
    "0": "in_transit",
    "1": "picked_up",
    "2": "exception",
    "3": "delivered",
    "4": "returned",
    "5": "out_for_delivery",
    "6": "returning",
    "7": "in_transit",
    "8": "customs",
    "10": "customs",
    "11": "customs",
    "12": "customs",
    "13": "exception",
    "14": "returning",
}
"""The states; detailed codes begin with one of them ("301": signed by the recipient)."""

_DETAILED = {
    "101": "info_received",
    "102": "info_received",
    "103": "picked_up",
    "204": "delivery_failed",
    "206": "delivery_failed",
    "501": "ready_for_pickup",
    "304": "delivered",
}
_WORDS = (
    ("退回签收", "returned"),
    ("退签", "returned"),
    ("退回", "returning"),
    ("拒签", "returning"),
    ("投柜或驿站", "ready_for_pickup"),
    ("待取件", "ready_for_pickup"),
    ("签收", "delivered"),
    ("派件异常", "delivery_failed"),
    ("派件", "out_for_delivery"),
    ("清关异常", "exception"),
    ("清关", "customs"),
    ("疑难", "exception"),
    ("待揽收", "info_received"),
    ("下单", "info_received"),
    ("揽收", "picked_up"),
    ("在途", "in_transit"),
    ("转投", "in_transit"),
)
CHINA = 8


def sign(*parts: str) -> str:
    """Return the upper case MD5 of the joined parts."""
    return hashlib.md5("".join(parts).encode(), usedforsecurity=False).hexdigest().upper()


def is_signed(given: str, *parts: str) -> bool:
    return hmac.compare_digest(given.encode(), sign(*parts).encode())


def state_of(code: str, status: str, own: Mapping[str, str]) -> str:
    """Return our state for a detailed code and its word; the word is the more exact where both are there.

    `own`: what the merchant says codes mean.
    """
    if code in own:
        return own[code]
    if code in _DETAILED:
        return _DETAILED[code]
    for word, state in _WORDS:
        if word in status:
            return state
    return STATES.get(code) or (STATES.get(code[0], "") if len(code) > 2 else "") or "in_transit"


def sightings(result: Mapping[str, Any], own: Mapping[str, str]) -> tuple[Sighting, ...]:
    """Read the full list of a result, newest first; the newest one has at least the state of the whole."""
    rows: Sequence[Mapping[str, Any]] = result.get("data") or ()
    found = []
    for place, row in enumerate(rows):
        code, status = str(row.get("statusCode") or ""), str(row.get("status") or "")
        text = str(row.get("context") or "")
        state = state_of(code, status, own)
        overall = str(result.get("state") or "")
        states = STATES | dict(own)
        if place == 0 and overall in states and state == "in_transit":
            state = "delivery_failed" if overall == "2" and "派" in text else states[overall]
        found.append(
            Sighting(
                happened_at=moment(row.get("ftime") or row.get("time"), CHINA),
                state=state,
                text=text,
                place=str(row.get("areaName") or row.get("location") or ""),
                code=code or overall,
            )
        )
    return tuple(found)
