"""The place of supply: who charges which country's tax, as a pure function over what the law looks at."""

from __future__ import annotations

from datetime import date

from duli.commerce.taxes.types import EUROPEAN_UNION, NORTHERN_IRELAND, Goods, Scheme, Seller, Supply

DIGITAL_AT_DESTINATION = date(2015, 1, 1)
GOODS_AT_DESTINATION = date(2021, 7, 1)
"""The days from which EU law taxes what consumers of other member states buy where they are."""


def in_union(country: str) -> bool:
    return country in EUROPEAN_UNION or country == NORTHERN_IRELAND


def treat(seller: Seller, supply: Supply) -> tuple[Scheme, str]:
    """Return under which scheme a supply falls, and whose rates count ("" where the seller charges nothing).

    A seller without a country charges what is charged where it goes.
    """
    here, there = seller.country, supply.country
    if not here:
        return Scheme.DESTINATION, there
    if there == "US":
        return _united_states(seller, supply)
    if here == there:
        return Scheme.DOMESTIC, here
    if in_union(here) and in_union(there):
        return _within_union(seller, supply)
    if in_union(there):
        return _into_union(seller, supply)
    if seller.has("vat", there):
        return Scheme.LOCAL, there
    if there == "GB":
        return _into_britain(seller, supply)
    return Scheme.EXPORT, ""


def _united_states(seller: Seller, supply: Supply) -> tuple[Scheme, str]:
    """Sales tax is owed where the seller is registered: at home, and where it sells enough."""
    if seller.has("us_state", "US", supply.region) and supply.region:
        return Scheme.LOCAL, "US"
    return (Scheme.UNREGISTERED if seller.country == "US" else Scheme.EXPORT), ""


def _within_union(seller: Seller, supply: Supply) -> tuple[Scheme, str]:
    if supply.vat_country and supply.vat_country != seller.country:
        return Scheme.REVERSE_CHARGE, ""
    if seller.has("vat", supply.country):
        return Scheme.LOCAL, supply.country
    begins = DIGITAL_AT_DESTINATION if supply.goods is Goods.DIGITAL else GOODS_AT_DESTINATION
    if supply.day < begins or not (seller.has("oss") or seller.is_over):
        return Scheme.DOMESTIC, seller.country
    return Scheme.OSS, supply.country


def _into_union(seller: Seller, supply: Supply) -> tuple[Scheme, str]:
    """From outside there is no limit below which nothing is owed; parcels may come by IOSS, or as plain imports."""
    if supply.goods is Goods.DIGITAL:
        if supply.vat_country:
            return Scheme.OUTSIDE, ""
        inside = [
            one for one in seller.registrations if one.kind == "oss" or (one.kind == "vat" and in_union(one.country))
        ]
        return (Scheme.OSS, supply.country) if inside else (Scheme.UNREGISTERED, "")
    if seller.has("vat", supply.country):
        return Scheme.LOCAL, supply.country
    if seller.has("ioss") and supply.is_small and not supply.vat_country:
        return Scheme.IOSS, supply.country
    return Scheme.IMPORT, ""


def _into_britain(seller: Seller, supply: Supply) -> tuple[Scheme, str]:
    if not supply.is_small:
        return Scheme.IMPORT, ""
    if supply.vat_country == "GB":
        return Scheme.REVERSE_CHARGE, ""
    return (Scheme.UK, "GB") if seller.has("uk") else (Scheme.UNREGISTERED, "")
