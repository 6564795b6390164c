"""Promotions as scenarios describe them: declared by the shop's own verbs when somebody first buys or looks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from duli.commerce.promotions import services
from duli.commerce.promotions.types import PromotionDraft
from duli.platform.store.changes import look_now

ACTOR = "quality"
Rules = Callable[[], dict[str, Any]]
"""Tells the rules once the goods they speak of are there."""


@dataclass
class Part:
    """One thing a promotion gives. `by_unit`: off each of some goods, which scenarios tell from an order's discount."""

    rules: Rules
    by_unit: bool = False
    on_shelf: bool = False
    row_id: int = 0


@dataclass
class Deal:
    """One promotion of a scenario: two here where it gives two things. A higher priority goes first there."""

    name: str
    priority: int = 0
    code: str = ""
    only_full_price: bool = False
    values: dict[str, Any] = field(default_factory=dict)
    parts: list[Part] = field(default_factory=list)

    def settle(self) -> None:
        """Declare what is not declared yet."""
        for part in self.parts:
            if not part.row_id:
                row = services.save_with_code(draft=self._draft(part), code=self.code, actor=ACTOR)
                part.row_id = row.pk
        look_now()

    def change(self, **values: Any) -> None:
        """Change it, also after shoppers met it."""
        self.values |= values
        for part in self.parts:
            if part.row_id:
                services.save_promotion(draft=self._draft(part), promotion_id=part.row_id, actor=ACTOR)
        look_now()

    def end(self, at: datetime) -> None:
        start = self.values.get("starts_at")
        self.change(ends_at=at, starts_at=start if start is None or start < at else None)

    def _draft(self, part: Part) -> PromotionDraft:
        rules = part.rules()
        if self.only_full_price and "scope" in rules:
            rules["scope"] = {**rules["scope"], "none_of": ["price:reduced"]}
        if self.values.get("nowhere"):
            rules["audience"] = {"markets": ["nowhere"]}
        draft = PromotionDraft(
            name=self.name,
            rules=rules,
            needs_code=bool(self.code),
            priority=100 - self.priority,
            on_shelf=part.on_shelf,
        )
        known = {name: value for name, value in self.values.items() if name != "nowhere"}
        return replace(draft, **known)
