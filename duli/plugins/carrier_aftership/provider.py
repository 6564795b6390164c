from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
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

BASE_URL = "https://api.aftership.com"
VERSION = "2026-07"
SLUGS = {
    "sf": "sf-express",
    "zto": "zto-express",
    "yto": "yto",
    "sto": "sto",
    "yunda": "yunda-express",
    "jtexpress": "jtexpress",
    "jd": "jd-express",
    "ems": "china-ems",
    "yunexpress": "yunexpress",
    "yanwen": "yanwen",
    "fourpx": "4px",
    "cainiao": "cainiao",
    "dhl": "dhl",
    "ups": "ups",
    "fedex": "fedex",
    "usps": "usps",
    "royalmail": "royal-mail",
    "dhlpaket": "dhl-germany",
    "dpd": "dpd",
    "gls": "gls",
    "laposte": "la-poste-colissimo",
    "postnl": "postnl",
    "yodel": "yodel",
    "canadapost": "canada-post",
    "purolator": "purolator",
    "auspost": "australia-post",
    "japanpost": "japan-post",
    "singpost": "singapore-post",
    "ontrac": "ontrac",
}
_OURS = {slug: carrier for carrier, slug in SLUGS.items()}
_TAGS = {
    "Pending": "pending",
    "InfoReceived": "info_received",
    "InTransit": "in_transit",
    "OutForDelivery": "out_for_delivery",
    "AvailableForPickup": "ready_for_pickup",
    "AttemptFail": "delivery_failed",
    "Delivered": "delivered",
    "Exception": "exception",
    "Expired": "expired",
}
_SUBTAGS = {
    "InTransit_002": "picked_up",
    "InTransit_005": "customs",
    "InTransit_006": "customs",
    "Exception_010": "returning",
    "Exception_011": "returned",
}
ALREADY_THERE = 4003


STATES = tuple(dict.fromkeys([*_TAGS.values(), *_SUBTAGS.values()]))


class AfterShip:
    code = "aftership"
    description = ProviderDescription(
        name="AfterShip",
        description=_("More than 1,200 carriers, with estimates of the day of delivery."),
        push="account",
        poll_minutes=60,
        fields=(
            SettingField("key", _("API key"), "secret", required=True),
            SettingField("webhook_secret", _("Webhook secret"), "secret", required=True),
            SettingField("version", _("Version of the interface"), default=VERSION),
            SettingField(
                "states",
                _("States that mean something else"),
                "pairs",
                meanings=STATES,
                help=_("Only if AfterShip announces others: tag or subtag = state, as in InTransit_005 = customs."),
            ),
            SettingField(
                "couriers",
                _("Couriers called otherwise"),
                "pairs",
                meanings=tuple(SLUGS),
                help=_("Only if AfterShip renames one: slug = carrier, as in zto-express = zto."),
            ),
            SettingField(
                "base_url",
                _("Address"),
                default=BASE_URL,
                help=_("Only another one for a test or a proxy of your own."),
            ),
        ),
        steps=(
            _("Sign up at aftership.com and open the product Tracking."),
            _("Open Settings › API keys there, make a key that may read and write trackings, and copy it above."),
            _("Open Settings › Webhooks there, add the address below, and copy the webhook secret above."),
            _("Save, then test the connection."),
        ),
    )

    def follows(self, carrier: str, config: CarrierConfig) -> bool:
        return True

    def register(self, parcel: ParcelRef, config: CarrierConfig) -> str:
        tracking: dict[str, Any] = {
            "tracking_number": parcel.number,
            "order_id": parcel.token,
            "title": parcel.label or parcel.number,
            "language": parcel.language[:2],
        }
        if slug := _slugs(config).get(parcel.carrier):
            tracking["slug"] = slug
        if len(parcel.country) == 2:
            tracking["destination_country_region"] = _alphas().get(parcel.country, parcel.country)
        code, data = self._call("POST", "/trackings", config, tracking)
        if code == ALREADY_THERE or code < 300:
            return str(data.get("id") or "")
        raise CarrierRefused(reason=str(code), detail=str(data.get("message", "")))

    def query(self, parcel: ParcelRef, config: CarrierConfig) -> Report:
        if parcel.key:
            code, data = self._call("GET", f"/trackings/{parcel.key}", config)
        else:
            code, data = self._call("GET", "/trackings", config, query={"tracking_numbers": parcel.number})
            data = next(iter(data.get("trackings") or ()), {})
        if code in {404, 4004} or not data:
            return Report(ended="given_up")
        if code >= 300:
            raise CarrierRefused(reason=str(code), detail=str(data.get("message", "")))
        try:
            return _report(data, config)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise CarrierUnavailable() from error

    def stop(self, parcel: ParcelRef, config: CarrierConfig) -> None:
        if parcel.key:
            self._call("DELETE", f"/trackings/{parcel.key}", config)

    def check(self, config: CarrierConfig) -> str:
        code, data = self._call("GET", "/couriers", config)
        if code >= 300:
            raise CarrierRefused(reason=str(code), detail=str(data.get("message", "")))
        return str(data.get("total") or "")

    def parse_push(self, body: bytes, headers: Mapping[str, str], secret: str, config: CarrierConfig) -> Push:
        given = headers.get("aftership-hmac-sha256", "").encode()
        expected = (
            base64.b64encode(hmac.new(key.encode(), body, hashlib.sha256).digest())
            for key in config.secrets("webhook_secret")
        )
        if not any(hmac.compare_digest(given, signed) for signed in expected):
            raise ForgedPush()
        try:
            message = json.loads(body)
            return Push(str(message["event_id"]), (_report(message["msg"], config),))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise MalformedPush() from error

    def _call(
        self,
        method: str,
        path: str,
        config: CarrierConfig,
        payload: Mapping[str, Any] | None = None,
        query: Mapping[str, str] | None = None,
    ) -> tuple[int, Mapping[str, Any]]:
        """Return AfterShip's own code and the data; for an error the data hold its words."""
        base, version = config.text("base_url") or BASE_URL, config.text("version") or VERSION
        headers = {"as-api-key": config.text("key"), "Content-Type": "application/json"}
        body = json.dumps(payload, ensure_ascii=False).encode() if payload is not None else b""
        status, answer = call(
            method, f"{base.rstrip('/')}/tracking/{version}{path}", body=body, query=query, headers=headers
        )
        meta = answer.get("meta") if isinstance(answer, dict) else None
        if not isinstance(meta, dict):
            raise CarrierUnavailable()
        code, data = int(meta.get("code") or status), answer.get("data")
        data = data if isinstance(data, dict) else {}
        return code, data if code < 300 else {**data, "message": str(meta.get("message") or "")}


def _state(tag: str, subtag: str, own: Mapping[str, str]) -> str:
    """Return our state: tags are coarser than ours, so that of two that fit the finer word decides.

    `own`: what the merchant says tags and subtags mean.
    """
    return own.get(subtag) or _SUBTAGS.get(subtag) or own.get(tag) or _TAGS.get(tag, "in_transit")


def _slugs(config: CarrierConfig) -> dict[str, str]:
    """Return AfterShip's name of each carrier."""
    return SLUGS | {carrier: slug for slug, carrier in pairs_of(config.text("couriers")).items()}


def _report(data: Mapping[str, Any], config: CarrierConfig) -> Report:
    own = pairs_of(config.text("states"))
    carriers = _OURS | pairs_of(config.text("couriers"))
    checkpoints = data.get("checkpoints") or ()
    found = tuple(
        Sighting(
            moment(row["checkpoint_time"]),
            _state(str(row.get("tag") or ""), str(row.get("subtag") or ""), own),
            str(row.get("message") or ""),
            str(row.get("location") or row.get("city") or ""),
            str(row.get("subtag") or row.get("tag") or ""),
        )
        for row in checkpoints
    )
    overall = (_TAGS | own).get(str(data.get("tag") or ""), "")
    promised = (data.get("latest_estimated_delivery") or {}).get("datetime") or data.get(
        "courier_estimated_delivery_date"
    )
    promised = promised.get("estimated_delivery_date") if isinstance(promised, dict) else promised
    return Report(
        found,
        number=str(data.get("tracking_number") or ""),
        key=str(data.get("id") or ""),
        said=overall if overall == "expired" or (overall not in {"", "pending"} and not found) else "",
        carrier=carriers.get(str(data.get("slug") or ""), ""),
        expected_on=date.fromisoformat(str(promised)[:10]) if promised else None,
    )


@lru_cache(maxsize=1)
def _alphas() -> Mapping[str, str]:
    """Return the three letters of each country, by its two."""
    from babel.core import get_global

    aliases = get_global("territory_aliases")
    return {
        found[0]: alias for alias, found in aliases.items() if len(alias) == 3 and alias.isalpha() and len(found) == 1
    }


aftership = AfterShip()
