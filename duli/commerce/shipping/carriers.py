"""Carriers a parcel can be handed to, and the page on which the world can follow it.

Addresses of tracking pages are the carriers' public ones; a merchant's own carrier is "other".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Region = Literal["china", "cross_border", "world", ""]


@dataclass(frozen=True, slots=True)
class CarrierInfo:
    """A carrier; `region` is where it is at home, for lists that people read."""

    code: str
    name: str | Promise
    tracking_url: str = ""
    region: Region = ""


def _at_home(region: Region, *entries: tuple[str, str | Promise, str]) -> tuple[CarrierInfo, ...]:
    return tuple(CarrierInfo(code, name, url, region) for code, name, url in entries)


_EVERYWHERE = "https://t.17track.net/en#nums={number}"
_DHL = "https://www.dhl.com/en/express/tracking.html?AWB={number}"

CARRIERS: tuple[CarrierInfo, ...] = (
    *_at_home(
        "china",
        ("sf", _("SF Express"), "https://www.sf-express.com/chn/sc/waybill/waybill-detail/{number}"),
        ("yto", _("YTO Express"), "https://www.yto.net.cn/query.html?waybillNo={number}"),
        ("zto", _("ZTO Express"), "https://www.zto.com/express/expressCheck.html?txtBill={number}"),
        ("sto", _("STO Express"), "https://www.sto.cn/pc/expressTracking?mailNo={number}"),
        ("yunda", _("Yunda Express"), "https://www.yundaex.com/cn/track.php?number={number}"),
        ("jtexpress", _("J&T Express"), "https://www.jtexpress.cn/trajectoryQuery.html?waybillNo={number}"),
        ("jd", _("JD Logistics"), "https://www.jdl.com/trackDetail?waybillCodes={number}"),
        ("deppon", _("Deppon Express"), "https://www.deppon.com/trackingDetail?waybillNum={number}"),
        ("ems", _("China Post / EMS"), "https://www.ems.com.cn/queryList?mailNum={number}"),
    ),
    *_at_home(
        "cross_border",
        ("yunexpress", _("YunExpress"), "https://www.yuntrack.com/parcelTracking?id={number}"),
        ("yanwen", _("Yanwen"), "https://track.yw56.com.cn/en/querydel?nums={number}"),
        ("fourpx", "4PX", "https://track.4px.com/#/result/0/{number}"),
        ("cainiao", _("Cainiao"), "https://global.cainiao.com/newDetail.htm?mailNoList={number}"),
        ("hkpost", _("Hongkong Post"), "https://www.hongkongpost.hk/en/mail_tracking/index.html?trackcode={number}"),
        ("gofo", "GOFO Express", "https://www.gofoexpress.com/tracking.html?searchID={number}"),
    ),
    *_at_home(
        "world",
        ("dhl", "DHL Express", _DHL),
        ("ups", "UPS", "https://www.ups.com/track?tracknum={number}"),
        ("fedex", "FedEx", "https://www.fedex.com/fedextrack/?trknbr={number}"),
        ("usps", "USPS", "https://tools.usps.com/go/TrackConfirmAction?tLabels={number}"),
        ("royalmail", "Royal Mail", "https://www.royalmail.com/track-your-item#/tracking-results/{number}"),
        (
            "dhlpaket",
            "DHL Paket",
            "https://www.dhl.de/en/privatkunden/pakete-empfangen/verfolgen.html?piececode={number}",
        ),
        ("dpd", "DPD", "https://www.dpdgroup.com/nl/mydpd/my-parcels/track?lang=en&parcelNumber={number}"),
        ("gls", "GLS", "https://gls-group.com/track/{number}"),
        ("laposte", "La Poste / Colissimo", "https://www.laposte.fr/outils/suivre-vos-envois?code={number}"),
        ("postnl", "PostNL", "https://postnl.post/Tracking?number={number}"),
        ("yodel", "Yodel", "https://www.yodel.co.uk/tracking/{number}"),
        (
            "canadapost",
            "Canada Post",
            "https://www.canadapost-postescanada.ca/track-reperage/en#/search?searchFor={number}",
        ),
        ("purolator", "Purolator", "https://www.purolator.com/en/shipping/tracker?searchValue={number}"),
        ("canpar", "Canpar", "https://www.canpar.com/en/track/tracking.jsp?reference={number}&locale=en"),
        ("auspost", "Australia Post", "https://auspost.com.au/mypost/track/#/details/{number}"),
        (
            "japanpost",
            _("Japan Post"),
            "https://trackings.post.japanpost.jp/services/srv/search/direct?reqCodeNo1={number}",
        ),
        ("singpost", "SingPost", "https://www.singpost.com/track-items?trackNums={number}"),
        ("amazon", "Amazon Logistics", ""),
        ("ontrac", "OnTrac", "https://www.ontrac.com/tracking/?number={number}"),
        ("lasership", "LaserShip", _EVERYWHERE),
        ("speedee", "Spee-Dee", "https://www.speedeedelivery.com/track/?tracking={number}"),
        ("landmark", "Landmark Global", "https://track.landmarkglobal.com/?search={number}"),
        (
            "olddominion",
            "Old Dominion",
            "https://www.odfl.com/us/en/tools/trace-track-ltl-freight/trace.html?proNumbers={number}",
        ),
        ("post", _("Another post"), _EVERYWHERE),
    ),
    CarrierInfo("other", _("Other carrier")),
)
REGIONS: tuple[tuple[Region, str | Promise], ...] = (
    ("china", _("China")),
    ("cross_border", _("Out of China")),
    ("world", _("Elsewhere")),
)
_BY_CODE = {entry.code: entry for entry in CARRIERS}


def carrier_groups() -> list[tuple[str | Promise, list[tuple[str, str | Promise]]]]:
    """Return all carriers by where they are at home, as choices of a form; the last group has no name."""
    return [
        (words, [(entry.code, entry.name) for entry in CARRIERS if entry.region == region])
        for region, words in (*REGIONS, ("", ""))
    ]


def carrier(code: str) -> CarrierInfo | None:
    """Return the carrier called `code`."""
    return _BY_CODE.get(code)


def tracking_url(code: str, number: str) -> str:
    """Return the carrier's page for a tracking number, or "" if there is none."""
    found = carrier(code)
    if not found or not found.tracking_url or not number:
        return ""
    return found.tracking_url.format(number=quote(number, safe=""))
