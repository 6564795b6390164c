"""A discount in one sentence, as its editor, its list and its page say it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import get_language, gettext, ngettext

from duli.base.money import format_money
from duli.commerce.pricing.promotion_types import WHOLE
from duli.commerce.pricing.promotion_words import percent_text
from duli.web.backoffice.kit.pills import Pill


def _money(amounts: Mapping[str, int]) -> str:
    language = get_language() or "en"
    return " / ".join(format_money(minor, currency, language) for currency, minor in amounts.items())


def _off(given: Mapping[str, Any]) -> str:
    if given.get("points") == WHOLE:
        return gettext("free")
    if given.get("points"):
        return gettext("%(percent)s%% off") % {"percent": percent_text(given["points"])}
    return gettext("%(amount)s off") % {"amount": _money(given["amount"])}


def _step(rules: Mapping[str, Any], step: Mapping[str, Any]) -> str:
    if rules["by_quantity"]:
        words = ngettext("%(count)s item: %(off)s", "%(count)s items: %(off)s", step["at"])
        return words % {"count": step["at"], "off": _off(step)}
    words = gettext("every %(amount)s: %(off)s") if rules["repeats"] else gettext("from %(amount)s: %(off)s")
    return words % {"amount": _money(step["at"]), "off": _off(step)}


def _benefit(rules: Mapping[str, Any]) -> str:
    kind = rules["kind"]
    if kind == "price":
        return gettext("each costs %(amount)s") % {"amount": _money(rules["amount"])}
    if kind == "amount" and rules["each"]:
        return gettext("%(amount)s off each item") % {"amount": _money(rules["amount"])}
    if kind == "ladder":
        return " · ".join(_step(rules, step) for step in rules["steps"])
    if kind == "bundle":
        count = sum(part["quantity"] for part in rules["parts"])
        words = ngettext("%(count)s item for %(amount)s", "%(count)s items for %(amount)s", count)
        return words % {"count": count, "amount": _money(rules["amount"])}
    if kind == "buy_get":
        return gettext("buy %(buy)s, the cheapest %(get)s %(off)s") % {
            "buy": rules["buy"]["quantity"], "get": rules["get"]["quantity"], "off": _off(rules),
        }  # fmt: skip
    if kind == "shipping":
        return (
            gettext("free shipping")
            if rules["points"] == WHOLE
            else gettext("shipping: %(off)s") % {"off": _off(rules)}
        )
    return _off(rules)


def sentence_of(rules: Mapping[str, Any], *, needs_code: bool) -> str:
    """Return what a discount gives, on what, from what on, and for whom."""
    scope = rules.get("scope") or (rules.get("buy") or {}).get("scope") or {}
    if rules["kind"] == "bundle":
        scope = rules["parts"][0]["scope"]
    parts = [_benefit(rules)]
    if rules["kind"] != "shipping":
        parts.append(gettext("on chosen goods") if scope else gettext("on all goods"))
    for need in rules["needs"]:
        if need.get("amount"):
            parts.append(gettext("from an order of %(amount)s") % {"amount": _money(need["amount"])})
        if need.get("quantity"):
            words = ngettext("from %(count)s item", "from %(count)s items", need["quantity"])
            parts.append(words % {"count": need["quantity"]})
    if rules["audience"].get("order_number") == 1:
        parts.append(gettext("for a first order"))
    if rules["audience"].get("tags"):
        parts.append(gettext("for customers with the tag %(tags)s") % {"tags": ", ".join(rules["audience"]["tags"])})
    parts.append(gettext("with a code") if needs_code else gettext("by itself"))
    return gettext(", ").join(parts)


def state_pill(state: str) -> Pill:
    return {
        "running": Pill(gettext("Running"), "ok", "full"),
        "scheduled": Pill(gettext("Not begun yet"), "info"),
        "ended": Pill(gettext("Over")),
        "off": Pill(gettext("Switched off"), "", "half"),
    }[state]
