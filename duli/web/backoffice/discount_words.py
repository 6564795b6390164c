"""A discount in one sentence, as its editor, its list and its page say it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.utils.translation import get_language, gettext, ngettext

from duli.base.money import format_money
from duli.commerce.customers.selectors import segments
from duli.commerce.membership.selectors import tier_of_group
from duli.commerce.pricing.promotion_types import REDUCED, WHOLE
from duli.commerce.pricing.promotion_words import percent_text, times_text
from duli.web.backoffice.discount_goals import grouped
from duli.web.backoffice.kit.pills import Pill

NAMED: Final = 3
"""So many goods are named in a sentence; the others are counted."""


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


def _tier(step: Mapping[str, Any]) -> str:
    words = (
        gettext("from %(count)s of a kind: %(off)s") if "points" in step else gettext("from %(count)s: %(off)s each")
    )
    off = _off(step) if "points" in step else _money(step["amount"])
    return words % {"count": step["at"], "off": off}


def _benefit(rules: Mapping[str, Any]) -> str:
    kind = rules["kind"]
    if kind == "points":
        return gettext("%(times)s times the points") % {"times": times_text(rules["times"])}
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
    if kind == "table":
        count = len(rules["rows"])
        return ngettext("%(count)s price of its own", "%(count)s prices of their own", count) % {"count": count}
    if kind == "tiers":
        return " · ".join(_tier(step) for step in rules["steps"])
    if kind == "add_on":
        count, amount = rules["quantity"], rules["amount"]
        if not any(amount.values()):
            return ngettext("%(count)s gift to choose", "%(count)s gifts to choose", count) % {"count": count}
        words = ngettext("%(count)s more for %(amount)s", "%(count)s more for %(amount)s each", count)
        return words % {"count": count, "amount": _money(amount)}
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
    if kind == "percent" and rules.get("most"):
        return gettext("%(off)s, at most %(amount)s") % {"off": _off(rules), "amount": _money(rules["most"])}
    return _off(rules)


def facets_in(rules: Mapping[str, Any]) -> set[str]:
    """Return all goods that rules name, to be asked for their titles once for many rules."""
    found: set[str] = set()
    scopes = [rules.get("scope"), *(part.get("scope") for part in _parts(rules)), *(n["scope"] for n in rules["needs"])]
    for scope in scopes:
        for name in ("any_of", "none_of"):
            found.update((scope or {}).get(name, [])[:NAMED])
    return found


def _parts(rules: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [*rules.get("parts", []), *(rules[name] for name in ("buy", "get") if name in rules)]


def _listed(facets: Sequence[str], names: Mapping[str, str]) -> str:
    known = [names[facet] for facet in facets[:NAMED] if facet in names]
    rest = len(facets) - len(known)
    if not known:
        return ngettext("%(count)s chosen thing", "%(count)s chosen things", len(facets)) % {"count": len(facets)}
    words = gettext(" or ").join(f"“{name}”" for name in known)
    return gettext("%(names)s and %(count)s more") % {"names": words, "count": rest} if rest else words


def _on(scope: Mapping[str, Any], names: Mapping[str, str]) -> list[str]:
    parts = []
    if scope.get("any_of"):
        parts.append(gettext("on %(goods)s") % {"goods": _listed(scope["any_of"], names)})
    else:
        parts.append(gettext("on all goods"))
    barred = [facet for facet in scope.get("none_of", []) if facet != REDUCED]
    if barred:
        parts.append(gettext("never on %(goods)s") % {"goods": _listed(barred, names)})
    if REDUCED in scope.get("none_of", []):
        parts.append(gettext("not on what is reduced already"))
    for name, words in (
        ("price_from", gettext("that cost at least %s")),
        ("price_to", gettext("that cost at most %s")),
    ):
        if scope.get(name):
            parts.append(words % _money(scope[name]))
    return parts


def _for_whom(audience: Mapping[str, Any]) -> list[str]:
    parts = []
    if audience.get("order_number") == 1:
        parts.append(gettext("for a first order"))
    elif audience.get("order_number"):
        parts.append(gettext("for a customer's order number %(number)s") % {"number": audience["order_number"]})
    if audience.get("members"):
        parts.append(gettext("for who is signed in"))
    groups = grouped(audience)
    if groups["tiers"]:
        tiers = [tier_of_group(tag, get_language() or "en") or "—" for tag in groups["tiers"]]
        parts.append(gettext("for members of %(tiers)s") % {"tiers": gettext(" or ").join(tiers)})
    if groups["segments"]:
        known = {row.reference: row.name for row in segments()}
        names = gettext(" or ").join(f"“{known.get(group, '—')}”" for group in groups["segments"])
        parts.append(gettext("for customers of the segment %(names)s") % {"names": names})
    if groups["tags"]:
        parts.append(gettext("for customers with the tag %(tags)s") % {"tags": gettext(" or ").join(groups["tags"])})
    for kind, words in (
        ("friend", gettext("for who came by a friend's link")),
        ("partner", gettext("for who came by a partner's link")),
    ):
        if kind in audience.get("referrals", ()):
            parts.append(words)
    for name, words in (
        ("markets", gettext("only in the markets %s")),
        ("sources", gettext("only by %s")),
        ("payments", gettext("only paid by %s")),
    ):
        if audience.get(name):
            parts.append(words % ", ".join(audience[name]))
    return parts


def sentence_of(
    rules: Mapping[str, Any],
    *,
    needs_code: bool,
    on_shelf: bool = False,
    names: Mapping[str, str] | None = None,
    for_birthdays: bool = False,
) -> str:
    """Return what a discount gives, on what, from what on, and for whom; `names` are those of the goods it names."""
    known = names or {}
    scope = rules.get("scope") or (rules.get("buy") or {}).get("scope") or {}
    if rules["kind"] == "bundle" and len(rules["parts"]) == 1:
        scope = rules["parts"][0]["scope"]
    parts = [_benefit(rules)]
    if rules["kind"] == "bundle" and len(rules["parts"]) > 1:
        parts += [f"{part['quantity']} × {_listed(part['scope'].get('any_of', []), known)}" for part in rules["parts"]]
    elif rules["kind"] == "add_on":
        parts.append(gettext("of %(goods)s") % {"goods": _listed(scope.get("any_of", []), known)})
    elif rules["kind"] != "shipping":
        parts += _on(scope, known)
    for need in rules["needs"]:
        if need.get("amount"):
            parts.append(gettext("from an order of %(amount)s") % {"amount": _money(need["amount"])})
        if need.get("quantity"):
            words = ngettext("from %(count)s item", "from %(count)s items", need["quantity"])
            parts.append(words % {"count": need["quantity"]})
        if need["scope"].get("any_of") and need["scope"] != scope:
            parts.append(gettext("counting %(goods)s") % {"goods": _listed(need["scope"]["any_of"], known)})
    parts += _for_whom(rules["audience"])
    if on_shelf:
        parts.append(gettext("shown as the price on every page"))
    else:
        parts.append(
            gettext("with a code of one's own for a birthday")
            if for_birthdays
            else gettext("with a code")
            if needs_code
            else gettext("by itself")
        )
    return gettext(", ").join(parts)


def state_pill(state: str) -> Pill:
    return {
        "running": Pill(gettext("Running"), "ok", "full"),
        "scheduled": Pill(gettext("Not begun yet"), "info"),
        "ended": Pill(gettext("Over")),
        "off": Pill(gettext("Switched off"), "", "half"),
    }[state]
