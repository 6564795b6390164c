"""Plays one scenario after another, each in a transaction that is rolled back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import override

from duli.base.errors import DuliError
from duli.platform.store.changes import reset_caches
from quality.pricing.gherkin import Scenario
from quality.pricing.not_here import reason_for
from quality.pricing.outcome import Action, Differs, NotApplicable
from quality.pricing.steps_given import given
from quality.pricing.steps_promotions import promoted
from quality.pricing.steps_shelf import shelved
from quality.pricing.steps_shop import shop
from quality.pricing.world import LANGUAGE, World

TABLES = (given, shop, promoted, shelved)
REPRODUCED, NOT_APPLICABLE, FAILED = "reproduced", "not_applicable", "failed"


@dataclass(frozen=True, slots=True)
class Result:
    """How a scenario ended, and why it was not reproduced."""

    scenario: Scenario
    state: str
    reason: str = ""


class _Over(Exception):
    """Ends the transaction of a scenario, so that nothing of it stays."""


def _action_for(text: str) -> tuple[Action, tuple[Any, ...]] | None:
    """Return what to do for a step, from the first table that knows it."""
    return next((found for table in TABLES if (found := table.find(text))), None)


def play(scenario: Scenario) -> Result:
    """Play one scenario from its first step to its last, or to the first that does not come out."""
    reason = reason_for([step.text for step in scenario.steps])
    if reason:
        return Result(scenario, NOT_APPLICABLE, reason)
    found = [(step, _action_for(step.text)) for step in scenario.steps]
    unknown = next((step.text for step, action in found if action is None), "")
    if unknown:
        return Result(scenario, FAILED, f"no step for: {unknown}")
    world = World()
    result = Result(scenario, REPRODUCED)
    try:
        with override(LANGUAGE), transaction.atomic():
            for step, action in found:
                assert action is not None
                do, values = action
                try:
                    do(world, *(value for value in values if value is not None))
                except NotApplicable as error:
                    result = Result(scenario, NOT_APPLICABLE, str(error))
                    break
                except (Differs, DuliError) as error:
                    result = Result(scenario, FAILED, f"{step.text}: {error}")
                    break
            raise _Over
    except _Over:
        pass
    finally:
        world.stop_clock()
        reset_caches()
    return result


def play_all(scenarios: Iterable[Scenario]) -> list[Result]:
    reset_caches()
    return [play(scenario) for scenario in scenarios]


def counted(results: Sequence[Result]) -> dict[str, int]:
    """Return how many scenarios there are, and how many ended in which way."""
    states = [result.state for result in results]
    return {"scenarios": len(states), **{name: states.count(name) for name in (REPRODUCED, NOT_APPLICABLE, FAILED)}}


def reasons(results: Sequence[Result]) -> list[str]:
    """Return a line for each scenario that was not reproduced, or for a whole file that was not for one reason."""
    lines: list[str] = []
    groups: dict[str, list[Result]] = {}
    for result in results:
        groups.setdefault(result.scenario.group, []).append(result)
    for group, members in groups.items():
        why = {(result.state, result.reason) for result in members}
        if len(why) == 1 and members[0].state != REPRODUCED:
            lines.append(f"{members[0].state}: {group} ({len(members)}): {members[0].reason}")
            continue
        lines += [
            f"{result.state}: {group}:{result.scenario.line} {result.scenario.title}: {result.reason}"
            for result in members
            if result.state != REPRODUCED
        ]
    return lines
