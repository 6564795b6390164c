from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from django.utils.translation import gettext
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
)
from duli.commerce.shipping.label_seller import LIVE, TEST, BoughtLabel, Consignment, Offers, VoidState
from duli.plugins.carrier_easypost.protocol import NAMES, STATES, label_of, offers_of, report_of, shipment, signature
from duli.plugins.carrier_http import TIMEOUT_SECONDS, call, download
from duli.plugins.outward import absolute

BASE_URL = "https://api.easypost.com"
# A key says by its first letters what it is for.
_BEGINS = {TEST: "EZTK", LIVE: "EZAK"}
_UNREADABLE = (KeyError, TypeError, ValueError, AttributeError, ArithmeticError)
_VOIDED: dict[str, VoidState] = {
    "submitted": "submitted",
    "refunded": "refunded",
    "rejected": "rejected",
    "not_applicable": "rejected",
}
_KEYS_REFUSED = {401, 403}
LARGEST_LABEL = 5 * 1024 * 1024


def _own(config: CarrierConfig) -> Mapping[str, str]:
    """Return what the merchant says that words of theirs mean."""
    return pairs_of(config.text("states"))


class EasyPost:
    code = "easypost"
    description = ProviderDescription(
        name="EasyPost",
        description=_("What sending costs with USPS, UPS, FedEx, DHL and more, labels with customs papers, and news."),
        push="account",
        poll_minutes=30,
        fields=(
            SettingField(
                "mode",
                _("Labels are"),
                "choice",
                default=TEST,
                choices=((TEST, _("Samples, for trying out")), (LIVE, _("Real ones, which cost money"))),
            ),
            SettingField("test_key", _("Test key"), "secret", help=_("Begins with EZTK.")),
            SettingField("live_key", _("Production key"), "secret", help=_("Begins with EZAK.")),
            SettingField("test_webhook_secret", _("Webhook secret for tests"), "secret"),
            SettingField("live_webhook_secret", _("Webhook secret for production"), "secret"),
            SettingField(
                "box",
                _("Usual box, in cm"),
                default="30 x 20 x 10",
                help=_("Length, width and height of what you mostly send in. Empty: only the weight counts."),
            ),
            SettingField("box_grams", _("Weight of the empty box, in grams"), "number", default="100"),
            SettingField(
                "signer",
                _("Who signs customs papers"),
                help=_("A person's name. Only for parcels that leave the country."),
            ),
            SettingField(
                "states",
                _("States that mean something else"),
                "pairs",
                meanings=STATES,
                help=_("Only if EasyPost announces others: status = state, as in failure/lost = exception."),
            ),
            SettingField(
                "base_url",
                _("Address"),
                default=BASE_URL,
                help=_("Only another one for a test or a proxy of your own."),
            ),
        ),
        steps=(
            _("Sign up at easypost.com, enter how you pay, and connect the carriers you have contracts with."),
            _("Open Account settings › API keys there, and copy the test key and the production key."),
            _("Open Webhooks there, add the address below for tests and for production, each with its own secret."),
            _("Write city, postal code and telephone of the place you send from under Settings › Locations."),
            _("Save, test the connection, buy a sample label; then switch to real ones."),
        ),
    )

    def mode(self, config: CarrierConfig) -> str:
        return LIVE if config.text("mode") == LIVE else TEST

    def follows(self, carrier: str, config: CarrierConfig) -> bool:
        return carrier in NAMES

    def register(self, parcel: ParcelRef, config: CarrierConfig) -> str:
        # A number that is followed already is answered with the same tracker.
        tracker = {"tracking_code": parcel.number, "carrier": NAMES.get(parcel.carrier, "")}
        return str(self._asked("POST", "/trackers", config, {"tracker": tracker}).get("id") or "")

    def query(self, parcel: ParcelRef, config: CarrierConfig) -> Report:
        if not parcel.key:
            return Report(ended="given_up")
        status, data = self._call("GET", f"/trackers/{parcel.key}", config)
        if status == 404:
            return Report(ended="given_up")
        _require(status, data)
        try:
            return report_of(data, _own(config))
        except _UNREADABLE as error:
            raise CarrierUnavailable() from error

    def stop(self, parcel: ParcelRef, config: CarrierConfig) -> None:
        """Trackers cannot be stopped there; what is still told is about no parcel of ours."""

    def check(self, config: CarrierConfig) -> str:
        mode = self.mode(config)
        if not self._key(config).startswith(_BEGINS[mode]):
            raise CarrierRefused(
                reason="wrong_kind_of_key",
                detail=gettext("The key of this kind begins with %(begin)s.") % {"begin": _BEGINS[mode]},
            )
        self._asked("GET", "/trackers", config, query={"page_size": "1"})
        return str(dict(self.description.fields[0].choices)[mode])

    def parse_push(self, body: bytes, headers: Mapping[str, str], secret: str, config: CarrierConfig) -> Push:
        given = headers.get("x-hmac-signature", "").encode()
        signed_for = [
            mode
            for mode in (TEST, LIVE)
            for key in config.secrets(f"{mode}_webhook_secret")
            if hmac.compare_digest(given, signature(body, key).encode())
        ]
        if not signed_for:
            raise ForgedPush()
        try:
            message = json.loads(body)
            result = message["result"]
            is_tracker = str(message["description"]).startswith("tracker.")
            return Push(str(message["id"]), (report_of(result, _own(config)),) if is_tracker else ())
        except (*_UNREADABLE, RecursionError) as error:
            raise MalformedPush() from error

    def offers(self, consignment: Consignment, config: CarrierConfig, *, patience_seconds: float) -> Offers:
        asked = shipment(consignment, config.text("signer"))
        data = self._asked("POST", "/shipments", config, asked, patience_seconds=patience_seconds)
        found = offers_of(data)
        if not found:
            notes = [str(row.get("message") or "") for row in data.get("messages") or () if isinstance(row, dict)]
            detail = "; ".join(note for note in notes if note)[:300]
            raise CarrierRefused(reason="no_rates", detail=detail or gettext("No carrier takes this parcel there."))
        return Offers(str(data.get("id") or ""), found)

    def buy(self, shipment: str, offer: str, config: CarrierConfig) -> BoughtLabel:
        status, data = self._call("POST", f"/shipments/{shipment}/buy", config, {"rate": {"id": offer}})
        if status >= 400:
            # It refuses to sell a shipment twice: then the label is there already.
            bought = self.find(shipment, config)
            if bought is not None:
                return bought
            _require(status, data)
        return _label(data)

    def find(self, shipment: str, config: CarrierConfig) -> BoughtLabel | None:
        status, data = self._call("GET", f"/shipments/{shipment}", config)
        if status in _KEYS_REFUSED:
            # Keys that were exchanged say nothing about what was bought before.
            raise CarrierUnavailable()
        _require(status, data)
        return _label(data) if data.get("postage_label") else None

    def document(self, label: BoughtLabel, config: CarrierConfig) -> bytes:
        parts = urlsplit(label.document_url)
        if parts.scheme != "https" and parts.netloc != urlsplit(self._base(config)).netloc:
            raise CarrierUnavailable()
        return download(label.document_url, limit=LARGEST_LABEL)

    def void(self, shipment: str, config: CarrierConfig) -> VoidState:
        status, data = self._call("POST", f"/shipments/{shipment}/refund", config)
        if status >= 400:
            # Asked for already, or too late: what is known of it says which.
            known = self.void_state(shipment, config)
            if known is not None:
                return known
            _require(status, data)
        return _VOIDED.get(str(data.get("refund_status") or ""), "submitted")

    def void_state(self, shipment: str, config: CarrierConfig) -> VoidState | None:
        data = self._asked("GET", f"/shipments/{shipment}", config)
        return _VOIDED.get(str(data.get("refund_status") or ""))

    def _key(self, config: CarrierConfig) -> str:
        return config.text(f"{self.mode(config)}_key")

    def _base(self, config: CarrierConfig) -> str:
        return absolute(config.text("base_url") or BASE_URL).rstrip("/")

    def _asked(
        self,
        method: str,
        path: str,
        config: CarrierConfig,
        payload: Mapping[str, Any] | None = None,
        query: Mapping[str, str] | None = None,
        patience_seconds: float = TIMEOUT_SECONDS,
    ) -> Mapping[str, Any]:
        status, data = self._call(method, path, config, payload, query, patience_seconds)
        _require(status, data)
        return data

    def _call(
        self,
        method: str,
        path: str,
        config: CarrierConfig,
        payload: Mapping[str, Any] | None = None,
        query: Mapping[str, str] | None = None,
        patience_seconds: float = TIMEOUT_SECONDS,
    ) -> tuple[int, Mapping[str, Any]]:
        key = self._key(config)
        if not key:
            raise CarrierRefused(reason="no_key", detail=gettext("Enter the key of your account first."))
        headers = {
            "Authorization": "Basic " + base64.b64encode(f"{key}:".encode()).decode(),
            "Content-Type": "application/json",
        }
        body = json.dumps(payload, ensure_ascii=False).encode() if payload is not None else b""
        status, data = call(
            method,
            f"{self._base(config)}/v2{path}",
            body=body,
            query=query,
            headers=headers,
            patience_seconds=patience_seconds,
        )
        if not isinstance(data, dict):
            raise CarrierUnavailable()
        return status, data


def _require(status: int, data: Mapping[str, Any]) -> None:
    """Raise what an answer that says no says."""
    if status < 400:
        return
    error = data.get("error")
    error = error if isinstance(error, dict) else {}
    raise CarrierRefused(reason=str(error.get("code") or status)[:60], detail=str(error.get("message") or status)[:300])


def _label(data: Mapping[str, Any]) -> BoughtLabel:
    try:
        found = label_of(data)
    except _UNREADABLE as error:
        raise CarrierUnavailable() from error
    if found is None:
        raise CarrierUnavailable()
    return found


easypost = EasyPost()
