"""Which methods serve a destination and what they cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from django.db.models import Q
from django.utils.translation import get_language, gettext

from duli.base.money import Money
from duli.commerce.shipping.estimates import Terms
from duli.commerce.shipping.models import Method, ShippingLabel, Zone
from duli.commerce.shipping.types import Converter, LivePrice, Parcel, Rate
from duli.platform.store.changes import ChangeCache
from duli.platform.store.selectors import current_store
from duli.platform.store.translations import texts

_zones: ChangeCache[list[tuple[Zone, list[Method]]]] = ChangeCache(1)
_texts: ChangeCache[dict[int, dict[str, str]]] = ChangeCache(8)


def _all() -> list[tuple[Zone, list[Method]]]:
    def read() -> list[tuple[Zone, list[Method]]]:
        zones = Zone.objects.prefetch_related("methods")
        return [(zone, [method for method in zone.methods.all() if method.is_active]) for zone in zones]

    return _zones.get_or_make("zones", read, ["shipping"])


def zone_for(country: str, region: str) -> Zone | None:
    """Return the first zone that names the region or the country, else the one for everywhere else."""
    found = _matching(country, region)
    return found[0] if found else None


def zone_name(zone_id: int) -> str:
    """Return what a zone is called; its key, where it is gone."""
    return next((zone.name for zone, _methods in _all() if zone.pk == zone_id), str(zone_id))


def _matching(country: str, region: str) -> tuple[Zone, list[Method]] | None:
    for wanted in (country, "*"):
        for zone, methods in _all():
            if wanted in zone.countries and (not zone.regions or region in zone.regions):
                return zone, methods
    return None


def is_pickup(method_id: int | None) -> bool:
    """Whether a method that is offered means that the shopper fetches it; nothing is read."""
    return any(method.pk == method_id and method.is_pickup for _zone, methods in _all() for method in methods)


def method_names(country: str, region: str, language: str) -> dict[str, str]:
    """Return what the methods that send to a destination are called, by their codes."""
    found = _matching(country, region)
    methods = [method for method in found[1] if not method.is_pickup] if found else []
    translated = _translated(language)
    return {method.code: translated.get(method.pk, {}).get("name", method.name) for method in methods}


def _translated(language: str) -> dict[int, dict[str, str]]:
    if language == current_store().default_language:
        return {}
    everything = [method.pk for _, methods in _all() for method in methods]
    return _texts.get_or_make(language, lambda: texts("shipping_method", everything, language), ["shipping"])


def terms_of(method: Method) -> Terms:
    return Terms(method.min_days, method.max_days, method.handling_days, method.on_weekdays, method.cutoff)


def served_countries() -> set[str]:
    """Return the countries that some zone names; "*" stands for all others."""
    return {country for zone, methods in _all() if methods for country in zone.countries}


def terms_for(*, country: str, region: str, code: str) -> Terms | None:
    """Return what a method promises for a destination; None if it is offered no more."""
    found = _matching(country, region)
    method = next((entry for entry in found[1] if entry.code == code), None) if found else None
    return terms_of(method) if method else None


def promised_days(*, country: str, region: str, code: str) -> tuple[int, int] | None:
    """Return how many days a method takes to a destination, at least and at most; None if it is offered no more."""
    terms = terms_for(country=country, region=region, code=code)
    return (terms.first, terms.last) if terms else None


def _offered(
    method: Method, currency: str, convert: Converter | None
) -> tuple[list[dict[str, int | None]], int | None]:
    """Return a method's steps and from which value it is free, in `currency`: its own, else converted ones."""
    ladder = method.rates.get(currency)
    if ladder or convert is None:
        return ladder or [], method.free_over.get(currency)

    def converted(minor: int) -> int:
        return convert.money(Money(minor, convert.base)).minor

    by_value = method.basis == Method.Basis.PRICE
    steps = [
        {
            "from": converted(step["from"]) if by_value else step["from"],
            "minor": converted(step["minor"]) if step.get("minor") is not None else None,
        }
        for step in method.rates.get(convert.base) or []
    ]
    free = method.free_over.get(convert.base)
    return steps, converted(free) if free is not None else None


def price_of(
    method: Method, parcel: Parcel, convert: Converter | None = None, live: LivePrice | None = None
) -> tuple[Money, str, int | None] | None:
    """Return the price of a method for a parcel, why, and from which value it is free; None if it has no price for it.

    A method without a price in the parcel's currency has that of the store's own, as `convert` says. `live` is what
    the carrier asks.
    """
    currency = parcel.value.currency
    ladder, free_over = _offered(method, currency, convert)
    if not ladder:
        return None
    if free_over is not None and parcel.value.minor >= free_over:
        why = gettext("Free from %(amount)s") % {"amount": _written(Money(free_over, currency))}
        return Money.zero(currency), why, free_over
    if live is not None:
        return live.price, live.why, free_over
    measure = {
        Method.Basis.FLAT: 0,
        Method.Basis.WEIGHT: parcel.weight_grams,
        Method.Basis.PRICE: parcel.value.minor,
        Method.Basis.QUANTITY: parcel.quantity,
        # Its own price, for as long as nobody knows the carrier's.
        Method.Basis.CARRIER: parcel.weight_grams,
    }[Method.Basis(method.basis)]
    step = None
    for candidate in ladder:
        if measure >= (candidate["from"] or 0):
            step = candidate
    price = step.get("minor") if step else None
    if price is None:
        return None
    why = ""
    if method.basis == Method.Basis.WEIGHT:
        why = gettext("%(weight)s kg") % {"weight": f"{parcel.weight_grams / 1000:.2f}"}
    elif free_over is not None:
        missing = Money(free_over - parcel.value.minor, currency)
        why = gettext("%(amount)s more for free shipping") % {"amount": _written(missing)}
    return Money(int(price), currency), why, free_over


def _written(amount: Money) -> str:
    return amount.format(get_language() or "en")


def live_methods(country: str, region: str) -> list[Method]:
    """Return the methods of a destination that cost what their carrier asks; nothing is read."""
    found = _matching(country, region)
    return [method for method in found[1] if method.basis == Method.Basis.CARRIER] if found else []


def rates(
    *,
    country: str,
    region: str,
    parcel: Parcel,
    language: str,
    convert: Converter | None = None,
    live: Mapping[int, LivePrice | None] | None = None,
) -> list[Rate]:
    """Return every method that serves the destination, in the merchant's order; empty if none does.

    `convert` is how prices of the store's own currency become prices in the parcel's, if they do. `live` is what
    carriers ask, by method (`live.live_prices`); None among them: they do not send it there.
    """
    found = _matching(country, region)
    if not found:
        return []
    translated = _translated(language)
    result = []
    for method in found[1]:
        asked = (live or {}).get(method.pk)
        if asked is None and method.pk in (live or {}):
            continue
        priced = price_of(method, parcel, convert, asked)
        if priced is None:
            continue
        terms = terms_of(method)
        if asked is not None and asked.days is not None:
            terms = replace(terms, first=asked.days, last=asked.days + terms.last - terms.first)
        own = translated.get(method.pk, {})
        free_over = priced[2]
        result.append(
            Rate(
                method_id=method.pk,
                code=method.code,
                name=own.get("name", method.name),
                description=own.get("description", method.description),
                carrier=method.carrier,
                price=priced[0],
                why=priced[1],
                min_days=terms.first,
                max_days=terms.last,
                free_over=Money(free_over, parcel.value.currency) if free_over is not None else None,
                tax_class=method.tax_class,
                is_pickup=method.is_pickup,
                terms=terms,
            )
        )
    return result


def label_under_way(reference: str) -> bool:
    """Say whether a label for a reference is being bought, or was bought a moment ago and is not stuck yet.

    One that stays loose has its problem written beside it and stands in nobody's way.
    """
    asked = Q(state=ShippingLabel.State.ASKED)
    unstuck = Q(state=ShippingLabel.State.BOUGHT, parcel="", problem="")
    return ShippingLabel.objects.filter(asked | unstuck, reference=reference).exists()
