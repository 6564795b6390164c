"""AfterShip Tracking: one resource per parcel, meta and data, an HMAC over messages."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import uuid
from typing import Any

from sandbox.parcels.world import Parcel, World

NAME = "aftership"
KEY, WEBHOOK_SECRET = "demo-aftership-key", "demo-aftership-webhook"
_TAGS = {
    "pending": ("Pending", "Pending_001"),
    "picked_up": ("InTransit", "InTransit_002"),
    "in_transit": ("InTransit", "InTransit_003"),
    "customs": ("InTransit", "InTransit_006"),
    "out_for_delivery": ("OutForDelivery", "OutForDelivery_001"),
    "ready_for_pickup": ("AvailableForPickup", "AvailableForPickup_001"),
    "delivery_failed": ("AttemptFail", "AttemptFail_001"),
    "delivered": ("Delivered", "Delivered_001"),
    "exception": ("Exception", "Exception_001"),
    "returning": ("Exception", "Exception_010"),
    "returned": ("Exception", "Exception_011"),
}
SLUGS = {"dhl", "ups", "fedex", "usps", "sf-express", "zto-express", "china-ems", "yto", "yunexpress", "royal-mail"}


def sign(body: bytes, secret: str = WEBHOOK_SECRET) -> str:
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


def _tracking(parcel: Parcel) -> dict[str, Any]:
    tag, subtag = ("Expired", "Expired_001") if parcel.journey == "silent" else _TAGS[parcel.state]
    checkpoints = [
        {
            "checkpoint_time": seen.at.isoformat(timespec="seconds"), "message": seen.step.en,
            "location": seen.step.place_en, "tag": _TAGS[seen.step.state][0], "subtag": _TAGS[seen.step.state][1],
        }
        for seen in parcel.seen
    ]  # fmt: skip
    return {
        "id": _id(parcel.number), "tracking_number": parcel.number, "slug": parcel.carrier,
        "tag": tag, "subtag": subtag, "order_id": parcel.request.get("order_id"), "checkpoints": checkpoints,
    }  # fmt: skip


def _id(number: str) -> str:
    return uuid.uuid5(uuid.NAMESPACE_URL, f"tracking:{number}").hex


def answer(
    world: World, method: str, parts: list[str], key: str, query: dict[str, str], data: Any
) -> tuple[int, dict[str, Any]]:
    """`parts` is the path behind the version."""
    if key != KEY:
        return 401, _meta(401, "The API key is invalid.")
    if parts == ["couriers"]:
        return 200, _meta(200, "") | {
            "data": {"total": len(SLUGS), "couriers": [{"slug": slug} for slug in sorted(SLUGS)]}
        }
    if parts == ["trackings"] and method == "POST":
        number, slug = str(data.get("tracking_number", "")), str(data.get("slug") or "dhl")
        if not 4 < len(number) <= 100:
            return 400, _meta(4005, "The value of `tracking_number` is invalid.")
        if slug not in SLUGS:
            return 400, _meta(4012, "Cannot detect courier.")
        parcel, is_new = world.announce(NAME, number, slug, data)
        if not is_new:
            return 400, _meta(4003, "Tracking already exists.") | {"data": {"id": _id(number)}}
        return 201, _meta(201, "") | {"data": _tracking(parcel)}
    if parts == ["trackings"]:
        found = world.find(NAME, query.get("tracking_numbers", ""))
        return 200, _meta(200, "") | {"data": {"trackings": [_tracking(found)] if found else []}}
    if len(parts) == 2 and parts[0] == "trackings":
        known = next(
            (entry for entry in world.all(1000) if entry.provider == NAME and _id(entry.number) == parts[1]), None
        )
        if known is None or known.stopped:
            return 404, _meta(4004, "Tracking does not exist.")
        if method == "DELETE":
            world.stop(known.id)
        return 200, _meta(200, "") | {"data": _tracking(known)}
    return 404, _meta(404, "There is nothing here.")


def _meta(code: int, message: str) -> dict[str, Any]:
    return {"meta": {"code": code, "message": message, "type": "" if code < 300 else "BadRequest"}}


def message_of(parcel: Parcel, world: World, url: str) -> tuple[str, str, dict[str, str]] | None:
    """Return (url, body, headers) of the message about what happened last; None without an address."""
    if not url:
        return None
    told = {
        "ts": int(world.clock()), "event": "tracking_update", "event_id": str(uuid.uuid4()),
        "is_tracking_first_tag": len(parcel.seen) == 1, "msg": _tracking(parcel),
    }  # fmt: skip
    body = json.dumps(told, ensure_ascii=False)
    return url, body, {"Content-Type": "application/json", "aftership-hmac-sha256": sign(body.encode())}
