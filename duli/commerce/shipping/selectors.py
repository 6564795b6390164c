"""Which methods serve a destination and what they cost."""

from __future__ import annotations

from django.utils.translation import get_language, gettext

from duli.base.money import Money
from duli.commerce.shipping.models import Method, Zone
from duli.commerce.shipping.types import Parcel, Rate
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


def _matching(country: str, region: str) -> tuple[Zone, list[Method]] | None:
    for wanted in (country, "*"):
        for zone, methods in _all():
            if wanted in zone.countries and (not zone.regions or region in zone.regions):
                return zone, methods
    return None


def served_countries() -> set[str]:
    """Return the countries that some zone names; "*" stands for all others."""
    return {country for zone, methods in _all() if methods for country in zone.countries}


def price_of(method: Method, parcel: Parcel) -> tuple[Money, str] | None:
    """Return the price of a method for a parcel and why, or None if the method has no price for it."""
    currency = parcel.value.currency
    ladder = method.rates.get(currency)
    if not ladder:
        return None
    free_over = method.free_over.get(currency)
    if free_over is not None and parcel.value.minor >= free_over:
        why = gettext("Free from %(amount)s") % {"amount": _written(Money(free_over, currency))}
        return Money.zero(currency), why
    measure = {
        Method.Basis.FLAT: 0,
        Method.Basis.WEIGHT: parcel.weight_grams,
        Method.Basis.PRICE: parcel.value.minor,
        Method.Basis.QUANTITY: parcel.quantity,
    }[Method.Basis(method.basis)]
    step = None
    for candidate in ladder:
        if measure >= candidate["from"]:
            step = candidate
    if step is None or step.get("minor") is None:
        return None
    why = ""
    if method.basis == Method.Basis.WEIGHT:
        why = gettext("%(weight)s kg") % {"weight": f"{parcel.weight_grams / 1000:.2f}"}
    elif free_over is not None:
        missing = Money(free_over - parcel.value.minor, currency)
        why = gettext("%(amount)s more for free shipping") % {"amount": _written(missing)}
    return Money(int(step["minor"]), currency), why


def _written(amount: Money) -> str:
    return amount.format(get_language() or "en")


def rates(*, country: str, region: str, parcel: Parcel, language: str) -> list[Rate]:
    """Return every method that serves the destination, in the merchant's order; empty if none does."""
    found = _matching(country, region)
    if not found:
        return []
    translated: dict[int, dict[str, str]] = {}
    if language != current_store().default_language:
        everything = [method.pk for _, methods in _all() for method in methods]
        translated = _texts.get_or_make(language, lambda: texts("shipping_method", everything, language), ["shipping"])
    result = []
    for method in found[1]:
        priced = price_of(method, parcel)
        if priced is None:
            continue
        own = translated.get(method.pk, {})
        free_over = method.free_over.get(parcel.value.currency)
        result.append(
            Rate(
                method_id=method.pk,
                code=method.code,
                name=own.get("name", method.name),
                description=own.get("description", method.description),
                carrier=method.carrier,
                price=priced[0],
                why=priced[1],
                min_days=method.min_days,
                max_days=method.max_days,
                free_over=Money(free_over, parcel.value.currency) if free_over is not None else None,
            )
        )
    return result
