"""The demo's parcels: services to follow them with, and what was told of those that are under way."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings

from duli.base.clock import now
from duli.cli.demo_shop import read
from duli.commerce.orders.models import Fulfilment
from duli.commerce.orders.services.tracking import follow_parcel, reference_of
from duli.commerce.orders.states import ParcelState
from duli.commerce.shipping.carrier import Report, Sighting
from duli.commerce.shipping.following import account_forms
from duli.commerce.shipping.models import TrackedParcel
from duli.commerce.shipping.services import record_report, save_account

_PLACE = "杭州市"
# Every so many parcels one has trouble, so that the list of shipments has something to look at.
_TROUBLE_EVERY = 3
_WAY = (
    (2.0, "picked_up", "快件已被揽收", _PLACE),
    (9.0, "in_transit", "快件已从杭州转运中心发出", _PLACE),
    (21.0, "in_transit", "快件到达上海浦东分拨中心", "上海市"),
    (33.0, "out_for_delivery", "快件正在派送途中，请保持电话畅通", "上海市"),
)
_TROUBLE = ("delivery_failed", "派件不成功：收件人不在", "上海市")


def set_up_tracking() -> None:
    """Let the practice carriers inside the shop be asked, at the address that the shop has now."""
    known = {entry.code: entry for entry in account_forms()}
    for position, entry in enumerate(read("shop.json")["tracking"]):
        code = entry["code"]
        base = f"{settings.PUBLIC_URL}/sandbox-parcels/{code}"
        if known[code].values.get("base_url") == base:
            continue
        if known[code].is_set_up and "/sandbox-parcels/" not in known[code].values.get("base_url", ""):
            # Somebody tries a real account.
            continue
        # Who tries the demo sees some at work; the others can be switched on.
        values = {**entry["values"], "base_url": base, "guess_url": base}
        save_account(code=code, enabled=entry.get("is_on", False), position=position, values=values, actor="system")


def tell_ways() -> None:
    """Let those parcels that are under way have come as far as their age says."""
    rows = Fulfilment.objects.filter(state=ParcelState.SHIPPED).exclude(tracking_number="").order_by("-shipped_at")
    for place, parcel in enumerate(rows[:60]):
        follow_parcel(fulfilment_id=parcel.pk)
        followed = TrackedParcel.objects.filter(reference=reference_of(parcel.pk)).first()
        if followed is None:
            continue
        sightings = _sightings(parcel.shipped_at, with_trouble=place % _TROUBLE_EVERY == _TROUBLE_EVERY - 1)
        record_report(parcel_id=followed.pk, report=Report(sightings), provider="kuaidi100")


def _sightings(shipped_at: datetime, *, with_trouble: bool) -> tuple[Sighting, ...]:
    zone = ZoneInfo("Asia/Shanghai")
    found = [
        Sighting((shipped_at + timedelta(hours=hours)).astimezone(zone), state, text, place)
        for hours, state, text, place in _WAY
        if shipped_at + timedelta(hours=hours) <= now()
    ]
    if with_trouble and found:
        state, text, place = _TROUBLE
        found.append(Sighting(found[-1].happened_at + timedelta(minutes=90), state, text, place))
    return tuple(entry for entry in found if entry.happened_at <= now())
