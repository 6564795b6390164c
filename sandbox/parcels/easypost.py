"""EasyPost: shipments with rates, labels, giving them back, trackers, and messages under an HMAC."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import unicodedata
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sandbox.parcels.postage import label_pdf, number_for, rates_for
from sandbox.parcels.world import Parcel, World

NAME = "easypost"
TEST_KEY, LIVE_KEY = "EZTKpractice0key", "EZAKpractice0key"
TEST_SECRET, LIVE_SECRET = "practice-test-secret", "practice-live-secret"
_MODES = {TEST_KEY: "test", LIVE_KEY: "production"}
_STATUS = {
    "pending": ("unknown", "unknown"),
    "picked_up": ("in_transit", "received_at_origin_facility"),
    "in_transit": ("in_transit", "arrived_at_facility"),
    "customs": ("in_transit", "held"),
    "out_for_delivery": ("out_for_delivery", "out_for_delivery"),
    "ready_for_pickup": ("available_for_pickup", "arrived_at_pickup_location"),
    "delivery_failed": ("failure", "delivery_exception"),
    "delivered": ("delivered", "arrived_at_destination"),
    "exception": ("failure", "refused"),
    "returning": ("return_to_sender", "return"),
    "returned": ("return_to_sender", "return"),
}
Headers = Mapping[str, Any]
Reply = tuple[int, dict[str, Any]]


def sign(body: bytes, secret: str) -> str:
    key = unicodedata.normalize("NFKD", secret).encode("utf-8")
    return f"hmac-sha256-hex={hmac.new(key, msg=body, digestmod=hashlib.sha256).hexdigest()}"


def _error(status: int, code: str, message: str) -> Reply:
    return status, {"error": {"code": code, "message": message, "errors": []}}


def answer(world: World, method: str, parts: list[str], environ: Headers, query: Mapping[str, str], data: Any) -> Reply:
    """`parts` is the path behind the version."""
    mode = _MODES.get(_user(str(environ.get("HTTP_AUTHORIZATION", ""))))
    if mode is None:
        return _error(401, "APIKEY.INACTIVE", "This api key is no longer active. Please use a different api key.")
    data = data if isinstance(data, dict) else {}
    match method, parts:
        case "POST", ["shipments"]:
            prefix = str(environ.get("SCRIPT_NAME", "")) + "/easypost"
            here = f"{environ.get('wsgi.url_scheme', 'http')}://{environ.get('HTTP_HOST', '127.0.0.1')}{prefix}"
            return _open(world, data.get("shipment") or {}, mode, here)
        case "GET", ["shipments", key]:
            known = _known(world, key, mode)
            return (200, known) if known else _missing()
        case "POST", ["shipments", key, "buy"]:
            return _buy(world, key, mode, str((data.get("rate") or {}).get("id") or ""))
        case "POST", ["shipments", key, "refund"]:
            return _refund(world, key, mode)
        case "POST", ["trackers"]:
            return _track(world, data.get("tracker") or {})
        case "GET", ["trackers"]:
            wanted = query.get("tracking_code", "")
            found = [parcel for parcel in world.all() if parcel.provider == NAME and wanted in {"", parcel.number}]
            return 200, {"trackers": [_tracker(parcel, mode) for parcel in found], "has_more": False}
        case "GET", ["trackers", key]:
            tracked = next(
                (entry for entry in world.all(1000) if entry.provider == NAME and _id(entry.number) == key), None
            )
            return (200, _tracker(tracked, mode)) if tracked else _missing()
    return _missing()


def _user(header: str) -> str:
    kind, _, packed = header.partition(" ")
    try:
        return base64.b64decode(packed).decode().partition(":")[0] if kind == "Basic" else ""
    except ValueError:
        return ""


def _missing() -> Reply:
    return _error(404, "NOT_FOUND", "The requested resource could not be found.")


def _known(world: World, key: str, mode: str) -> dict[str, Any] | None:
    """Return a shipment; those of tests cannot be seen with the other key."""
    found = world.shipment(key)
    return found if found and found["mode"] == mode else None


def _open(world: World, asked: Any, mode: str, here: str) -> Reply:
    there, parcel = asked.get("to_address") or {}, asked.get("parcel") or {}
    weight = parcel.get("weight")
    if not isinstance(weight, int | float) or weight <= 0:
        return _error(422, "PARCEL.WEIGHT.INVALID", "Parcel weight must be greater than 0.")
    if not there.get("country"):
        return _error(422, "ADDRESS.COUNTRY.INVALID", "Invalid 'country', please provide a 2 character ISO code.")
    home = str((asked.get("from_address") or {}).get("country") or "")
    key = f"shp_{uuid.uuid4().hex}"
    shipment = {
        **asked, "id": key, "object": "Shipment", "mode": mode, "status": "unknown", "tracking_code": None,
        "postage_label": None, "selected_rate": None, "refund_status": None, "tracker": None, "messages": [],
        "created_at": _now(world),
    }  # fmt: skip
    shipment["rates"] = [
        {
            "id": f"rate_{uuid.uuid4().hex}", "object": "Rate", "mode": mode, "shipment_id": key, "carrier": carrier,
            "service": service, "rate": f"{cents / 100:.2f}", "currency": "USD", "delivery_days": days,
        }
        for carrier, service, cents, days in rates_for(home, str(there["country"]), float(weight))
    ]  # fmt: skip
    number = world.open_shipment(key, shipment)
    shipment["label_url"] = f"{here}/labels/{key}.pdf"
    world.change_shipment(key, lambda row: {**row, "serial": number, "label_at": shipment["label_url"]})
    return 201, shipment


def _buy(world: World, key: str, mode: str, rate_id: str) -> Reply:
    if _known(world, key, mode) is None:
        return _missing()
    refused: list[Reply] = []

    def bought(row: dict[str, Any]) -> dict[str, Any] | None:
        rate = next((entry for entry in row["rates"] if entry["id"] == rate_id), None)
        home = (row.get("from_address") or {}).get("country")
        abroad = home != (row.get("to_address") or {}).get("country")
        if row["postage_label"]:
            refused.append(_error(422, "SHIPMENT.POSTAGE.EXISTS", "Postage already exists for this shipment."))
        elif rate is None:
            refused.append(_error(422, "SHIPMENT.POSTAGE.FAILURE", "Unable to find that rate."))
        elif not (row.get("to_address") or {}).get("street1"):
            refused.append(_error(422, "ADDRESS.STREET.INVALID", "A street address is required to buy a label."))
        elif abroad and not (row.get("customs_info") or {}).get("customs_items"):
            refused.append(_error(422, "CUSTOMS_INFO.INVALID", "Customs information is required to leave the country."))
        if refused:
            return None
        assert rate is not None
        if not world.pay(round(float(rate["rate"]) * 100)):
            refused.append(_error(402, "PAYMENT.FAILURE", "Insufficient funds to purchase postage."))
            return None
        label = {"id": f"pl_{key[4:]}", "object": "PostageLabel", "label_url": row["label_at"], "label_size": "4x6"}
        number = number_for(rate["carrier"], row["serial"])
        return {**row, "status": "unknown", "selected_rate": rate, "tracking_code": number, "postage_label": label}

    if not world.change_shipment(key, bought):
        return refused[0]
    row = world.shipment(key) or {}
    world.announce(NAME, row["tracking_code"], row["selected_rate"]["carrier"], {"mode": mode, "shipment": key})
    return 200, row


def _refund(world: World, key: str, mode: str) -> Reply:
    known = _known(world, key, mode)
    if known is None:
        return _missing()
    if not known["postage_label"]:
        return _error(422, "SHIPMENT.REFUND.UNAVAILABLE", "There is no postage to refund.")
    if known["refund_status"]:
        return _error(422, "SHIPMENT.REFUND.UNAVAILABLE", f"Refund already {known['refund_status']}.")
    seen = world.find(NAME, known["tracking_code"])
    status = "rejected" if seen and seen.seen else "submitted"
    world.change_shipment(key, lambda row: {**row, "refund_status": status})
    return 200, {**known, "refund_status": status}


def settle_refunds(world: World) -> int:
    """Let carriers pay back what was given back; return how many labels that were."""
    waiting = [row["id"] for row in world.shipments() if row["refund_status"] == "submitted"]
    for key in waiting:
        world.change_shipment(key, lambda row: {**row, "refund_status": "refunded"})
    return len(waiting)


def _track(world: World, asked: Any) -> Reply:
    number = str(asked.get("tracking_code") or "")
    if not 4 < len(number) <= 60:
        return _error(422, "TRACKER.CREATE.ERROR", "The tracking code is invalid.")
    parcel, is_new = world.announce(NAME, number, str(asked.get("carrier") or "USPS"), dict(asked))
    return 201 if is_new else 200, _tracker(parcel, "test")


def _id(number: str) -> str:
    return f"trk_{uuid.uuid5(uuid.NAMESPACE_URL, f'tracker:{number}').hex}"


def _now(world: World) -> str:
    return _moment(datetime.fromtimestamp(world.clock(), UTC))


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _tracker(parcel: Parcel, mode: str) -> dict[str, Any]:
    status, detail = ("cancelled", "expired") if parcel.journey == "silent" else _STATUS[parcel.state]
    if status == "unknown" and parcel.request.get("shipment"):
        status, detail = "pre_transit", "label_created"
    details = [
        {
            "object": "TrackingDetail", "message": seen.step.en, "description": "", "datetime": _moment(seen.at),
            "status": _STATUS[seen.step.state][0], "status_detail": _STATUS[seen.step.state][1],
            "source": parcel.carrier,
            "tracking_location": {
                "object": "TrackingLocation", "city": seen.step.place_en, "state": None, "country": None, "zip": None,
            },
        }
        for seen in parcel.seen
    ]  # fmt: skip
    return {
        "id": _id(parcel.number), "object": "Tracker", "mode": str(parcel.request.get("mode") or mode),
        "tracking_code": parcel.number, "status": status, "status_detail": detail, "carrier": parcel.carrier,
        "est_delivery_date": None, "tracking_details": details,
    }  # fmt: skip


def message_of(parcel: Parcel, world: World, url: str) -> tuple[str, str, dict[str, str]] | None:
    """Return (url, body, headers) of the message about what happened last; None without an address."""
    if not url:
        return None
    mode = "production" if parcel.request.get("mode") == "production" else "test"
    told = {
        "id": f"evt_{uuid.uuid4().hex}", "object": "Event", "mode": mode, "description": "tracker.updated",
        "previous_attributes": {}, "pending_urls": [url], "completed_urls": [], "created_at": _now(world),
        "result": _tracker(parcel, mode),
    }  # fmt: skip
    body = json.dumps(told, ensure_ascii=False)
    secret = LIVE_SECRET if mode == "production" else TEST_SECRET
    return url, body, {"Content-Type": "application/json", "X-Hmac-Signature": sign(body.encode(), secret)}


def label_page(world: World, key: str) -> bytes | None:
    """Return the label of a shipment as a PDF."""
    row = world.shipment(key)
    if row is None or not row["postage_label"]:
        return None
    there, rate = row["to_address"], row["selected_rate"]
    lines = [
        f"{rate['carrier']} {rate['service']}",
        "SAMPLE - DO NOT MAIL" if row["mode"] == "test" else "PRACTICE - DO NOT MAIL",
        str(row.get("reference") or ""),
        *(str(there.get(name) or "") for name in ("name", "street1", "street2", "city", "state", "zip", "country")),
        row["tracking_code"],
        *(
            f"{item['quantity']} x {item['description']}  HS {item['hs_tariff_number']}  {item['origin_country']}"
            for item in (row.get("customs_info") or {}).get("customs_items") or ()
        ),
    ]
    return label_pdf([line for line in lines if line])
