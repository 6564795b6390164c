"""17TRACK v2.2: arrays of at most forty, accepted and rejected, a quota, and a plain SHA-256 over messages."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from sandbox.parcels.world import Parcel, World

NAME = "17track"
KEY = "demo-17track-key"
QUOTA = 100
_STATES = {
    "pending": ("NotFound", "NotFound_Other"),
    "picked_up": ("InTransit", "InTransit_PickedUp"),
    "in_transit": ("InTransit", "InTransit_Departure"),
    "customs": ("InTransit", "InTransit_CustomsProcessing"),
    "out_for_delivery": ("OutForDelivery", "OutForDelivery_Other"),
    "ready_for_pickup": ("AvailableForPickup", "AvailableForPickup_Other"),
    "delivery_failed": ("DeliveryFailure", "DeliveryFailure_NoBody"),
    "delivered": ("Delivered", "Delivered_Other"),
    "exception": ("Exception", "Exception_Other"),
    "returning": ("Exception", "Exception_Returning"),
    "returned": ("Exception", "Exception_Returned"),
}
KNOWN = {3011, 3013, 100001, 100002, 100003, 7041, 21051, 190008, 190012, 190157, 190271, 190455, 100012, 11031}


def sign(body: bytes, key: str = KEY) -> str:
    return hashlib.sha256(body + b"/" + key.encode()).hexdigest()


def track_info(parcel: Parcel) -> dict[str, Any]:
    """Return all that is known: the last mile is the second provider's."""
    first: list[dict[str, Any]] = []
    second: list[dict[str, Any]] = []
    for seen in parcel.seen:
        stage, sub = _STATES[seen.step.state]
        row = {
            "time_iso": seen.at.isoformat(timespec="seconds"), "time_utc": seen.at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "description": seen.step.en, "location": seen.step.place_en, "stage": stage, "sub_status": sub,
        }  # fmt: skip
        (second if seen.step.hours > 33 else first).insert(0, row)
    status, sub = ("Expired", "Expired_Other") if parcel.journey == "silent" else _STATES[parcel.state]
    return {
        "latest_status": {"status": status, "sub_status": sub},
        "latest_event": next(iter(second or first), None),
        "tracking": {
            "providers": [
                {"provider": {"key": parcel.carrier, "name": "First mile"}, "events": first},
                *([{"provider": {"key": 100003, "name": "Last mile"}, "events": second}] if second else []),
            ]
        },
    }


def answer(world: World, verb: str, token: str, items: Any) -> tuple[int, dict[str, Any]]:
    """Do one verb for each item; HTTP 200 also where all of them are rejected."""
    if token != KEY:
        return 401, {
            "code": -18010002,
            "data": {"errors": [{"code": -18010002, "message": "Access token is invalid."}]},
        }
    if verb == "getquota":
        used = world.count(NAME)
        return 200, {"code": 0, "data": {"quota_total": QUOTA, "quota_used": used, "quota_remain": QUOTA - used}}
    if not isinstance(items, list) or len(items) > 40:
        return 400, {
            "code": -18010013,
            "data": {"errors": [{"code": -18010013, "message": "Submitted data is invalid."}]},
        }
    accepted: list[dict[str, Any]] = []
    rejected: list[dict[str, Any]] = []
    for item in items:
        number = str(item.get("number", ""))
        done = _one(world, verb, number, item)
        if isinstance(done, tuple):
            rejected.append({"number": number, "error": {"code": done[0], "message": done[1]}})
        else:
            accepted.append(done)
    return 200, {"code": 0, "data": {"accepted": accepted, "rejected": rejected}}


def _one(world: World, verb: str, number: str, item: dict[str, Any]) -> dict[str, Any] | tuple[int, str]:
    if verb == "register":
        carrier = item.get("carrier")
        if carrier is not None and carrier not in KNOWN:
            return -18019903, "The carrier is not supported."
        if world.count(NAME) >= QUOTA:
            return -18019908, "The quota is used up."
        parcel, is_new = world.announce(NAME, number, str(carrier or 3011), item)
        if not is_new:
            return -18019901, f"The tracking number '{number}' has been registered."
        return {"origin": 1, "number": number, "carrier": int(parcel.carrier), "tag": item.get("tag")}
    found = world.find(NAME, number)
    if found is None or found.stopped:
        return -18019902, f"The tracking number '{number}' does not register, please register first."
    if verb == "stoptrack":
        world.stop(found.id)
        return {"number": number, "carrier": int(found.carrier)}
    if verb == "gettrackinfo":
        return _data(found)
    return -18010014, "There is no such verb here."


def _data(parcel: Parcel) -> dict[str, Any]:
    return {
        "number": parcel.number, "carrier": int(parcel.carrier), "param": None, "tag": parcel.request.get("tag") or "",
        "track_info": track_info(parcel),
    }  # fmt: skip


def message_of(parcel: Parcel, world: World, url: str) -> tuple[str, str, dict[str, str]] | None:
    """Return (url, body, headers) of the message about what happened last; None without an address."""
    if not url:
        return None
    body = json.dumps({"event": "TRACKING_UPDATED", "data": _data(parcel)}, ensure_ascii=False)
    return url, body, {"Content-Type": "application/json", "sign": sign(body.encode())}
