"""Carriers a parcel can be handed to, and the page on which the world can follow it.

Addresses of tracking pages are the carriers' public ones; a merchant's own carrier is "other".
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class CarrierInfo:
    code: str
    name: str | Promise
    tracking_url: str = ""


CARRIERS: tuple[CarrierInfo, ...] = (
    CarrierInfo("sf", _("SF Express"), "https://www.sf-express.com/chn/sc/waybill/waybill-detail/{number}"),
    CarrierInfo("yto", _("YTO Express"), "https://www.yto.net.cn/query.html?waybillNo={number}"),
    CarrierInfo("zto", _("ZTO Express"), "https://www.zto.com/express/expressCheck.html?txtBill={number}"),
    CarrierInfo("sto", _("STO Express"), "https://www.sto.cn/pc/expressTracking?mailNo={number}"),
    CarrierInfo("yunda", _("Yunda Express"), "https://www.yundaex.com/cn/track.php?number={number}"),
    CarrierInfo("jd", _("JD Logistics"), "https://www.jdl.com/trackDetail?waybillCodes={number}"),
    CarrierInfo("ems", _("China Post / EMS"), "https://www.ems.com.cn/queryList?mailNum={number}"),
    CarrierInfo("dhl", "DHL Express", "https://www.dhl.com/en/express/tracking.html?AWB={number}"),
    CarrierInfo("ups", "UPS", "https://www.ups.com/track?tracknum={number}"),
    CarrierInfo("fedex", "FedEx", "https://www.fedex.com/fedextrack/?trknbr={number}"),
    CarrierInfo("usps", "USPS", "https://tools.usps.com/go/TrackConfirmAction?tLabels={number}"),
    CarrierInfo("royalmail", "Royal Mail", "https://www.royalmail.com/track-your-item#/tracking-results/{number}"),
    CarrierInfo("other", _("Other carrier")),
)


def carrier(code: str) -> CarrierInfo | None:
    """Return the carrier called `code`."""
    return next((entry for entry in CARRIERS if entry.code == code), None)


def tracking_url(code: str, number: str) -> str:
    """Return the carrier's page for a tracking number, or "" if there is none."""
    found = carrier(code)
    if not found or not found.tracking_url or not number:
        return ""
    return found.tracking_url.format(number=quote(number, safe=""))
