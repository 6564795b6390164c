"""Where the parcels of an order are, as their buyer sees it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from urllib.parse import quote
from zoneinfo import ZoneInfo

from babel.dates import format_date
from django.utils.translation import override

from duli.base.clock import now
from duli.base.text import cldr_locale
from duli.commerce.orders.following import parcel_progress
from duli.commerce.orders.models import Fulfilment, Order
from duli.commerce.shipping.carriers import carrier
from duli.commerce.shipping.selectors import promised_days
from duli.commerce.shipping.states import FINAL, TROUBLE, ParcelProgress
from duli.commerce.shipping.types import ProgressView, SightingView
from duli.platform.store.selectors import current_store
from duli.platform.themes.engine import theme_texts
from duli.web.storefront.buying_drops import ParcelDrop, SightingDrop
from duli.web.storefront.when import written
from duli.web.storefront.where import Where

_STATIONS = ("info_received", "in_transit", "out_for_delivery", "delivered")
_STATION_OF = {
    "pending": 0,
    "info_received": 0,
    "picked_up": 1,
    "in_transit": 1,
    "customs": 1,
    "out_for_delivery": 2,
    "ready_for_pickup": 2,
    "delivery_failed": 2,
    "delivered": 3,
    "exception": 1,
    "expired": 1,
}
_MOST_SIGHTINGS = 100


def parcel_drops(order: Order, here: Where) -> tuple[ParcelDrop, ...]:
    """Return the order's parcels (two queries more, if any is followed)."""
    parcels = list(order.fulfilments.all())
    followed = parcel_progress([parcel.pk for parcel in parcels if parcel.tracking_number])
    return tuple(
        _parcel(order, parcel, place, followed.get(parcel.pk), here) for place, parcel in enumerate(parcels, start=1)
    )


def _parcel(order: Order, parcel: Fulfilment, number: int, progress: ProgressView | None, here: Where) -> ParcelDrop:
    known = carrier(parcel.carrier)
    texts = theme_texts(here.language)
    is_seen = progress is not None and progress.state != ParcelProgress.PENDING
    # What staff say counts where the carrier says nothing, or says less.
    state = progress.state if progress and is_seen and not parcel.delivered_at else parcel.state
    with override(here.language):
        name = str(known.name) if known else parcel.carrier
        label = str(ParcelProgress(state).label) if is_seen else str(parcel.get_state_display())
        if parcel.delivered_at:
            label = str(parcel.get_state_display())
        sightings = (
            tuple(
                _sighting(entry, place == 0, here) for place, entry in enumerate(progress.sightings[:_MOST_SIGHTINGS])
            )
            if progress
            else ()
        )
        steps = _steps(state) if progress and state not in {"returning", "returned"} else ()
    return ParcelDrop(
        number=number,
        state="exception" if state in TROUBLE else state,
        state_label=label,
        carrier=name,
        tracking_number=parcel.tracking_number,
        tracking_url=parcel.tracking_url,
        shipped=written(parcel.shipped_at, here),
        delivered=written(parcel.delivered_at, here),
        lines=tuple(
            (" – ".join(filter(None, [line.order_line.title, line.order_line.variant_title])), line.quantity)
            for line in parcel.lines.all()
        ),
        sightings=sightings,
        steps=steps,
        expected="" if state in FINAL or parcel.delivered_at else _expected(order, parcel, progress, here),
        updated=written(progress.last_event_at, here) if progress and progress.last_event_at else "",
        note=texts("order.parcel_no_news") if progress and not sightings and not parcel.delivered_at else "",
    )


def _sighting(entry: SightingView, is_latest: bool, here: Where) -> SightingDrop:
    label = str(ParcelProgress(entry.state).label)
    tone = "bad" if entry.state in TROUBLE else "now" if is_latest else ""
    return SightingDrop(
        label=label,
        text="" if entry.text == label else entry.text,
        place=entry.place,
        when=_local(entry.happened_at, here),
        at=entry.happened_at.isoformat(),
        tone=tone,
        map_url=f"https://www.openstreetmap.org/search?query={quote(entry.place)}" if entry.place else "",
    )


def _local(moment: datetime, here: Where) -> str:
    """Return a moment as clocks showed it where it happened."""
    zone = ZoneInfo(current_store().time_zone)
    if moment.utcoffset() == moment.astimezone(zone).utcoffset():
        return written(moment, here)
    return f"{format_date(moment.date(), 'medium', locale=cldr_locale(here.language))} {moment:%H:%M}"


def _steps(state: str) -> tuple[tuple[str, str], ...]:
    reached = _STATION_OF.get(state, 1)
    is_over = state == ParcelProgress.DELIVERED
    return tuple(
        (
            str(ParcelProgress(station).label),
            "done" if place < reached or is_over else "now" if place == reached else "next",
        )
        for place, station in enumerate(_STATIONS)
    )


def _expected(order: Order, parcel: Fulfilment, progress: ProgressView | None, here: Where) -> str:
    """Return the day, or the days, on which it should arrive: the carrier's word, else what the method promised."""
    locale = cldr_locale(here.language)

    def day(value: date) -> str:
        return format_date(value, "medium", locale=locale)

    today = now().astimezone(ZoneInfo(current_store().time_zone)).date()
    if progress and progress.expected_on:
        return day(progress.expected_on) if progress.expected_on >= today else ""
    address = order.shipping_address or {}
    days = promised_days(
        country=str(address.get("country", "")),
        region=str(address.get("region", "")),
        code=order.shipping_method_code,
    )
    if days is None:
        return ""
    sent = parcel.shipped_at.astimezone(ZoneInfo(current_store().time_zone)).date()
    first, last = (sent + timedelta(days=count) for count in days)
    if last < today:
        return ""
    return day(last) if first == last or first < today else f"{day(first)} – {day(last)}"
