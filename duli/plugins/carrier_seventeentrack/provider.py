from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from duli.base.setup_fields import pairs_of
from duli.commerce.shipping.carrier import (
    CarrierConfig,
    CarrierRefused,
    CarrierUnavailable,
    ForgedPush,
    MalformedPush,
    ParcelRef,
    ProviderDescription,
    Push,
    Report,
    SettingField,
    Sighting,
)
from duli.plugins.carrier_http import call, moment

BASE_URL = "https://api.17track.net"
CARRIERS = {
    "ems": 3013,
    "dhl": 100001,
    "ups": 100002,
    "fedex": 100003,
    "dhlpaket": 7041,
    "usps": 21051,
    "royalmail": 11031,
    "canadapost": 3041,
    "auspost": 1151,
    "japanpost": 10021,
    "laposte": 6051,
    "gls": 100005,
    "dpd": 100007,
    "yanwen": 190012,
    "yunexpress": 190008,
    "cainiao": 190271,
    "yto": 190157,
    "zto": 190455,
    "sf": 100012,
    "fourpx": 190094,
}
_OURS = {number: carrier for carrier, number in CARRIERS.items()} | {3011: "ems", 100010: "dpd", 190175: "zto"}

ALREADY_REGISTERED, NOT_REGISTERED = -18019901, -18019902
_KEY_WRONG = {-18010001, -18010002, -18010004}
_LATER = {-18010003, -18019907, -18019908}

_STATES = {
    "NotFound": "pending",
    "InfoReceived": "info_received",
    "InTransit": "in_transit",
    "OutForDelivery": "out_for_delivery",
    "AvailableForPickup": "ready_for_pickup",
    "DeliveryFailure": "delivery_failed",
    "Delivered": "delivered",
    "Exception": "exception",
    "Expired": "expired",
}


STATES = tuple(dict.fromkeys([*_STATES.values(), "picked_up", "customs", "returning", "returned"]))


def state_of(status: str, sub_status: str, own: Mapping[str, str] | None = None) -> str:
    """Return our state for a status and its finer word ("InTransit_CustomsProcessing"); "" for none.

    `own` is what the merchant says that words mean, the finer word before the coarse one.
    """
    if own and (taught := own.get(sub_status) or own.get(status)):
        return taught
    if sub_status == "InTransit_PickedUp":
        return "picked_up"
    if sub_status.startswith("InTransit_Customs"):
        return "customs"
    if sub_status.startswith("Exception_Return"):
        return "returned" if sub_status == "Exception_Returned" else "returning"
    return _STATES.get(status) or _STATES.get(sub_status.partition("_")[0], "")


def sign(body: bytes, key: str) -> str:
    """Return the plain SHA-256 of a message and the key, as 17TRACK sends it."""
    return hashlib.sha256(body + b"/" + key.encode()).hexdigest()


class SeventeenTrack:
    code = "17track"
    description = ProviderDescription(
        name="17TRACK",
        description=_("DHL, UPS, FedEx, USPS, Yanwen, YunExpress and most posts of the world; finds carriers itself."),
        push="account",
        poll_minutes=60,
        fields=(
            SettingField("key", _("API key"), "secret", required=True),
            SettingField(
                "version",
                _("Version of the interface"),
                "choice",
                default="v2.2",
                choices=(("v2.2", "v2.2"), ("v2.4", "v2.4")),
            ),
            SettingField(
                "states",
                _("States that mean something else"),
                "pairs",
                meanings=STATES,
                help=_("Only if 17TRACK announces others: word = state, as in InTransit_Other = customs."),
            ),
            SettingField(
                "base_url",
                _("Address"),
                default=BASE_URL,
                help=_("Only another one for a test or a proxy of your own."),
            ),
        ),
        steps=(
            _("Sign up at api.17track.net; 100 parcels a month are free."),
            _("Open Settings › Security there and copy the access key into the field above."),
            _("Open Settings › Webhook there, choose version 2.2, and enter the address below."),
            _("If your server has a fixed address, enter it over there under IP whitelist."),
            _("Save, then test the connection."),
        ),
    )

    def follows(self, carrier: str, config: CarrierConfig) -> bool:
        # What it does not know by number it finds out from the number itself.
        return True

    def register(self, parcel: ParcelRef, config: CarrierConfig) -> str:
        item = {**_item(parcel), "tag": parcel.token, "order_no": parcel.label, "auto_detection": True}
        if parcel.language:
            item["lang"] = "zh-hans" if parcel.language.startswith("zh") else parcel.language[:2]
        if parcel.phone:
            item["param"] = parcel.phone[-4:]
        data = self._post("register", [item], config)
        for row in data.get("rejected") or ():
            code = int(row["error"]["code"])
            if code == ALREADY_REGISTERED:
                return ""
            raise CarrierRefused(
                reason=str(code), detail=str(row["error"].get("message", "")), is_final=code not in _LATER
            )
        return ""

    def query(self, parcel: ParcelRef, config: CarrierConfig) -> Report:
        data = self._post("gettrackinfo", [_item(parcel)], config)
        for row in data.get("rejected") or ():
            if int(row["error"]["code"]) == NOT_REGISTERED:
                return Report(ended="given_up")
            raise CarrierRefused(reason=str(row["error"]["code"]), detail=str(row["error"].get("message", "")))
        try:
            for row in data.get("accepted") or ():
                return _report(row, config)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise CarrierUnavailable() from error
        return Report()

    def stop(self, parcel: ParcelRef, config: CarrierConfig) -> None:
        self._post("stoptrack", [_item(parcel)], config)

    def check(self, config: CarrierConfig) -> str:
        data = self._post("getquota", [], config)
        left, total = data.get("quota_remain"), data.get("quota_total")
        return f"{left} / {total}" if left is not None else ""

    def parse_push(self, body: bytes, headers: Mapping[str, str], secret: str, config: CarrierConfig) -> Push:
        given = headers.get("sign", "").lower().encode()
        if not any(hmac.compare_digest(given, sign(body, key).encode()) for key in config.secrets("key")):
            raise ForgedPush()
        try:
            message = json.loads(body)
            report = (
                _report(message["data"], config)
                if message["event"] == "TRACKING_UPDATED"
                else _stopped(message["data"])
            )
            return Push(hashlib.sha256(body).hexdigest(), (report,))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise MalformedPush() from error

    def _post(self, verb: str, items: Sequence[Mapping[str, Any]], config: CarrierConfig) -> Mapping[str, Any]:
        base, version = config.text("base_url") or BASE_URL, config.text("version") or "v2.2"
        headers = {"17token": config.text("key"), "Content-Type": "application/json"}
        body = json.dumps(items, separators=(",", ":")).encode()
        status, answer = call("POST", f"{base.rstrip('/')}/track/{version}/{verb}", body=body, headers=headers)
        if not isinstance(answer, dict):
            raise CarrierUnavailable()
        code = int(answer.get("code") or 0)
        data = answer.get("data") or {}
        errors = data.get("errors") if isinstance(data, dict) else None
        if status == 401 or code in _KEY_WRONG or errors:
            problem = errors[0] if errors else {}
            reason = str(problem.get("code") or code or status)
            raise CarrierRefused(reason=reason, detail=str(problem.get("message") or answer.get("message") or reason))
        if status >= 400 or code:
            raise CarrierUnavailable()
        if not isinstance(data, dict):
            raise CarrierUnavailable()
        return data


def _item(parcel: ParcelRef) -> dict[str, Any]:
    known = CARRIERS.get(parcel.carrier)
    return {"number": parcel.number, **({"carrier": known} if known else {})}


def _report(data: Mapping[str, Any], config: CarrierConfig) -> Report:
    """Read what is known of a number: the events of both providers, the one at home and the one abroad."""
    own = pairs_of(config.text("states"))
    info = data.get("track_info") or {}
    latest = info.get("latest_status") or {}
    found: list[Sighting] = []
    for provider in (info.get("tracking") or {}).get("providers") or ():
        for row in provider.get("events") or ():
            code = str(row.get("sub_status") or row.get("stage") or "")
            state = state_of(str(row.get("stage") or ""), code, own) or "in_transit"
            found.append(
                Sighting(
                    moment(row.get("time_iso") or row.get("time_utc")),
                    state,
                    str(row.get("description") or ""),
                    str(row.get("location") or ""),
                    code,
                )
            )
    overall = state_of(str(latest.get("status") or ""), str(latest.get("sub_status") or ""), own)
    promised = ((info.get("time_metrics") or {}).get("estimated_delivery_date") or {}).get("from")
    return Report(
        tuple(found),
        number=str(data["number"]),
        token=str(data.get("tag") or ""),
        # The whole is told beside the events only where no event stands for it.
        said=overall if overall == "expired" or (overall not in {"", "pending"} and not found) else "",
        carrier=_OURS.get(data.get("carrier") or 0, ""),
        expected_on=date.fromisoformat(str(promised)[:10]) if promised else None,
    )


def _stopped(data: Mapping[str, Any]) -> Report:
    return Report(number=str(data["number"]), token=str(data.get("tag") or ""), ended="given_up")


seventeentrack = SeventeenTrack()
