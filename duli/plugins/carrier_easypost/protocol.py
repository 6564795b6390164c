"""How EasyPost writes: its addresses, measures, words and signatures. No network."""

from __future__ import annotations

import hashlib
import hmac
import unicodedata
from collections.abc import Mapping
from datetime import date
from decimal import ROUND_CEILING, Decimal
from typing import Any

from duli.base.money import Money
from duli.commerce.shipping.carrier import Report, Sighting
from duli.commerce.shipping.label_seller import BoughtLabel, Consignment, Customs, Offer, Postal
from duli.plugins.carrier_http import moment

GRAMS_PER_OUNCE = Decimal("28.349523125")
MM_PER_INCH = Decimal("25.4")
_TENTH = Decimal("0.1")
NAMES = {
    "usps": "USPS",
    "ups": "UPS",
    "fedex": "FedEx",
    "dhl": "DHLExpress",
    "canadapost": "CanadaPost",
    "royalmail": "RoyalMail",
    "auspost": "AustraliaPost",
    "dpd": "DPD",
    "gls": "GLS",
    "dhlpaket": "DhlParcel",
    "postnl": "PostNL",
    "yodel": "Yodel",
    "purolator": "Purolator",
    "canpar": "Canpar",
    "ontrac": "OnTrac",
    "lasership": "LaserShipV2",
    "landmark": "Landmark",
    "sf": "SFExpress",
    "yunexpress": "YunExpress",
    "yanwen": "Yanwen",
    "singpost": "Singpost",
    "japanpost": "JapanPost",
    "hkpost": "HongKongPost",
    "amazon": "AmazonShipping",
}
_OURS = {
    **{name.lower(): code for code, name in NAMES.items()},
    "upsdap": "ups",
    "upsmailinnovations": "ups",
    "upsmi": "ups",
    "fedexdefault": "fedex",
    "fedexmailview": "fedex",
    "dhlecs": "dhl",
    "lasership": "lasership",
}
# The agreement for goods up to 2,500 USD; beyond it the shipper declares the export and writes a number of its own.
NO_DECLARATION = "NOEEI 30.37(a)"
_STATES = {
    "pre_transit": "info_received",
    "in_transit": "in_transit",
    "out_for_delivery": "out_for_delivery",
    "available_for_pickup": "ready_for_pickup",
    "delivered": "delivered",
    "return_to_sender": "returning",
    "failure": "delivery_failed",
    "error": "exception",
    "cancelled": "expired",
    "unknown": "pending",
}
# What the finer word says beside a coarse one.
_DETAILS = {
    ("in_transit", "received_at_origin_facility"): "picked_up",
    ("failure", "refused"): "exception",
    ("failure", "damaged"): "exception",
    ("failure", "lost"): "exception",
    ("failure", "address_correction"): "exception",
}
STATES = tuple(dict.fromkeys([*_STATES.values(), *_DETAILS.values(), "customs", "returned"]))


def carrier_of(name: str) -> str:
    """Return which of our carriers EasyPost means; "other" where it is none."""
    return _OURS.get(name.lower(), "other")


def ounces(grams: int) -> float:
    """Return a weight as EasyPost wants it: tenths of an ounce, never less than it weighs."""
    found = (Decimal(grams) / GRAMS_PER_OUNCE).quantize(_TENTH, ROUND_CEILING)
    return float(max(found, _TENTH))


def inches(millimetres: int) -> float:
    """Return a length in tenths of an inch, never less than it is."""
    return float((Decimal(millimetres) / MM_PER_INCH).quantize(_TENTH, ROUND_CEILING))


def money_of(amount: object, currency: object) -> Money:
    """Read an amount ("7.58"); ValueError, ArithmeticError."""
    found = Money.of(str(amount), str(currency or "USD").upper())
    if not 0 <= found.minor < 10**12:
        raise ValueError("not the price of a label")
    return found


def address(place: Postal) -> dict[str, str]:
    told = {
        "name": place.name,
        "company": place.company,
        "street1": place.street1,
        "street2": place.street2,
        "city": place.city,
        "state": place.region,
        "zip": place.postal_code,
        "country": place.country,
        "phone": place.phone,
        "email": place.email,
    }
    return {name: value for name, value in told.items() if value}


def customs(told: Customs, signer: str) -> dict[str, Any]:
    """Return the customs declaration. Values are written with two decimals, weights in ounces."""
    return {
        "contents_type": "merchandise",
        "restriction_type": "none",
        "non_delivery_option": "return",
        "eel_pfc": NO_DECLARATION,
        "customs_certify": True,
        "customs_signer": signer,
        "customs_items": [
            {
                "description": item.description[:100],
                "quantity": item.quantity,
                "value": str(item.value.amount),
                "currency": item.value.currency,
                "weight": ounces(item.weight_grams),
                "hs_tariff_number": item.hs_code,
                "origin_country": item.origin,
            }
            for item in told.items
        ],
    }


def shipment(wanted: Consignment, signer: str) -> dict[str, Any]:
    """Return what is posted to open a shipment."""
    box = wanted.package
    parcel: dict[str, float] = {"weight": ounces(box.weight_grams)}
    if box.length_mm and box.width_mm and box.height_mm:
        parcel |= {
            "length": inches(box.length_mm),
            "width": inches(box.width_mm),
            "height": inches(box.height_mm),
        }
    options: dict[str, Any] = {"label_format": "PDF", "print_custom_1": wanted.reference}
    told: dict[str, Any] = {
        "reference": wanted.reference,
        "to_address": address(wanted.recipient),
        "from_address": address(wanted.sender),
        "parcel": parcel,
        "options": options,
    }
    if wanted.customs:
        told["customs_info"] = customs(wanted.customs, signer)
        options["incoterm"] = wanted.customs.incoterm
        if wanted.customs.ioss_number:
            told["tax_identifiers"] = [
                {
                    "entity": "SENDER",
                    "tax_id": wanted.customs.ioss_number,
                    "tax_id_type": "IOSS",
                    "issuing_country": wanted.customs.ioss_country,
                }
            ]
    return {"shipment": told}


def offers_of(data: Mapping[str, Any]) -> tuple[Offer, ...]:
    """Return the rates of a shipment, the cheapest first; those that cannot be read are left out."""
    found = []
    for row in data.get("rates") or ():
        try:
            price = money_of(row["rate"], row.get("currency"))
            days = row.get("delivery_days")
            name = str(row["carrier"])
            found.append(
                Offer(
                    str(row["id"]),
                    carrier_of(name),
                    name,
                    str(row["service"]),
                    price,
                    None if days is None else int(days),
                )
            )
        except (KeyError, TypeError, ValueError, ArithmeticError):
            continue
    return tuple(sorted(found, key=lambda offer: (offer.price.currency, offer.price.minor, offer.key)))


def label_of(data: Mapping[str, Any]) -> BoughtLabel | None:
    """Return the label of a shipment; None where none was bought."""
    printed, rate = data.get("postage_label"), data.get("selected_rate")
    if not printed or not rate or not data.get("tracking_code"):
        return None
    return BoughtLabel(
        number=str(data["tracking_code"]),
        carrier=carrier_of(str(rate.get("carrier") or "")),
        service=str(rate.get("service") or ""),
        price=money_of(rate.get("rate"), rate.get("currency")),
        document_url=str(printed.get("label_pdf_url") or printed.get("label_url") or ""),
    )


def signature(body: bytes, secret: str) -> str:
    """Return what a genuine message carries: the secret is brought to compatibility form before it is used."""
    key = unicodedata.normalize("NFKD", secret).encode()
    return "hmac-sha256-hex=" + hmac.new(key, body, hashlib.sha256).hexdigest()


def _state(status: str, detail: str, own: Mapping[str, str]) -> str:
    return (
        own.get(f"{status}/{detail}")
        or own.get(status)
        or _DETAILS.get((status, detail))
        or _STATES.get(status, "in_transit")
    )


def report_of(data: Mapping[str, Any], own: Mapping[str, str]) -> Report:
    """Return what a tracker says; `own` is what the merchant says that words mean, "failure/lost" or "failure".

    KeyError, TypeError, ValueError, AttributeError where it cannot be read.
    """
    sightings = []
    for row in data.get("tracking_details") or ():
        status, detail = str(row.get("status") or ""), str(row.get("status_detail") or "")
        place = row.get("tracking_location") or {}
        parts = [str(place.get(name) or "") for name in ("city", "state", "country")]
        sightings.append(
            Sighting(
                moment(row["datetime"]),
                _state(status, detail, own),
                str(row.get("message") or row.get("description") or status),
                ", ".join(part for part in parts if part),
                f"{status}/{detail}" if detail else status,
            )
        )
    word = str(data.get("status") or "")
    overall = own.get(word) or _STATES.get(word, "")
    expected = data.get("est_delivery_date")
    carrier = carrier_of(str(data.get("carrier") or ""))
    return Report(
        tuple(sightings),
        number=str(data.get("tracking_code") or ""),
        key=str(data["id"]),
        said=overall if overall == "expired" or (overall not in {"", "pending"} and not sightings) else "",
        carrier="" if carrier == "other" else carrier,
        expected_on=date.fromisoformat(str(expected)[:10]) if expected else None,
    )
