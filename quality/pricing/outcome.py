"""What a scenario can end in, and the table of steps."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any


class NotApplicable(Exception):
    """The scenario speaks of something this shop does in another way, or not yet; the text says which."""


class Differs(AssertionError):
    """The shop gives another answer than the scenario wants."""


def compare(found: object, wanted: object, what: str) -> None:
    """Differs unless the shop says what the scenario wants."""
    if found != wanted:
        raise Differs(f"{what} is {found}, not {wanted}")


Action = Callable[..., None]


class Steps:
    """Steps by pattern. The first pattern that is the whole text is taken, in the order in which they were added.

    In a pattern, ``"X"`` stands for a quoted text, ``N`` for a number and ``(…)`` for what may be left out.
    """

    def __init__(self) -> None:
        self._known: list[tuple[re.Pattern[str], Action]] = []

    def __call__(self, *patterns: str) -> Callable[[Action], Action]:
        def add(action: Action) -> Action:
            for pattern in patterns:
                self._known.append((_compiled(pattern), action))
            return action

        return add

    def find(self, text: str) -> tuple[Action, tuple[Any, ...]] | None:
        """Return what to do for a step, and the texts and numbers in it; None if nobody knows it."""
        for pattern, action in self._known:
            found = pattern.fullmatch(text)
            if found is not None:
                return action, found.groups()
        return None


def _compiled(pattern: str) -> re.Pattern[str]:
    text = re.escape(pattern)
    text = text.replace('"X"', '"([^"]*)"')
    text = re.sub(r"\bN\b", r"(\\d+(?:\\.\\d+)?)", text)
    text = text.replace(r"\(", "(?:").replace(r"\)", ")?")
    return re.compile(text)
