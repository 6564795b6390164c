"""Where, to whom and for how much a merchant offers a way to pay."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from duli.base.errors import InvalidInput
from duli.base.money import Money

_SIZES = {"countries": 2, "currencies": 3}
_MAXIMUM_MINOR = 10**12


@dataclass(frozen=True, slots=True)
class MethodRules:
    """An empty set allows everything; `minimum` and `maximum` are minor units by currency, both inclusive.

    `groups` are the customer groups that may pay this way: with any, a guest may not.
    """

    markets: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    currencies: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    minimum: Mapping[str, int] = field(default_factory=dict)
    maximum: Mapping[str, int] = field(default_factory=dict)

    def allow(self, amount: Money, *, country: str, market: str, groups: Collection[str]) -> bool:
        """Say whether `amount` may be paid from there; a country or market that is not known yet ("") is no reason."""
        if self.currencies and amount.currency not in self.currencies:
            return False
        if self.countries and country and country not in self.countries:
            return False
        if self.markets and market and market not in self.markets:
            return False
        if self.groups and not set(self.groups) & set(groups):
            return False
        least, most = self.minimum.get(amount.currency), self.maximum.get(amount.currency)
        return (least is None or amount.minor >= least) and (most is None or amount.minor <= most)


def rules_of(stored: Mapping[str, Any]) -> MethodRules:
    """Return the rules that `stored_rules` wrote."""
    lists = {name: tuple(stored.get(name, ())) for name in ("markets", "countries", "currencies", "groups")}
    return MethodRules(**lists, minimum=dict(stored.get("minimum", {})), maximum=dict(stored.get("maximum", {})))


def stored_rules(rules: MethodRules) -> dict[str, Any]:
    """Return the rules as plain JSON values, without what allows everything. InvalidInput (`field`)."""
    for name, size in _SIZES.items():
        if any(len(code) != size or not code.isalpha() or not code.isupper() for code in getattr(rules, name)):
            raise InvalidInput(field=name)
    for name in ("minimum", "maximum"):
        if any(len(code) != 3 or not 0 <= minor <= _MAXIMUM_MINOR for code, minor in getattr(rules, name).items()):
            raise InvalidInput(field=name)
    if any(minor > rules.maximum.get(code, minor) for code, minor in rules.minimum.items()):
        raise InvalidInput(field="maximum")
    return {
        name: list(value) if isinstance(value, tuple) else dict(value) for name, value in asdict(rules).items() if value
    }
