"""Reads .feature files: features, scenarios, outlines with examples, steps. No more of Gherkin than that."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

_STEP = re.compile(r"(Given|When|Then|And|But|\*)\s+(.*)")
_KINDS = ("Given", "When", "Then")


@dataclass(frozen=True, slots=True)
class Step:
    """`kind` is Given, When or Then: what And and But stand for."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Scenario:
    """One scenario with the steps of its background before its own; `group` is the file, `line` where it stands."""

    group: str
    line: int
    title: str
    tags: frozenset[str]
    steps: tuple[Step, ...]


@dataclass
class _Open:
    line: int
    title: str
    tags: frozenset[str]
    steps: list[Step] = field(default_factory=list)
    examples: list[dict[str, str]] = field(default_factory=list)


class NotGherkin(ValueError):
    """The file cannot be read; the text says where and why."""


def read_folder(folder: Path) -> list[Scenario]:
    """Return the scenarios of every .feature file below `folder`, by path. NotGherkin, OSError."""
    files = [folder] if folder.is_file() else sorted(folder.rglob("*.feature"))
    return [scenario for path in files for scenario in read_file(path, folder)]


def read_file(path: Path, folder: Path) -> list[Scenario]:
    """Return the scenarios of one file; an outline is one scenario for each row of its examples."""
    group = str(path.relative_to(folder)) if folder.is_dir() else path.name
    background: list[Step] = []
    scenarios: list[_Open] = []
    steps: list[Step] | None = None
    tags: frozenset[str] = frozenset()
    header: list[str] | None = None
    for number, raw in enumerate(path.read_text(encoding="utf-8-sig").splitlines(), 1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        if line.startswith("@"):
            tags = frozenset(line.split())
            continue
        word, _colon, rest = line.partition(":")
        if word == "Feature":
            tags = frozenset()
        elif word == "Background":
            steps = background
        elif word in {"Scenario", "Scenario Outline", "Example"}:
            scenarios.append(_Open(number, rest.strip(), tags))
            steps, tags, header = scenarios[-1].steps, frozenset(), None
        elif word in {"Examples", "Scenarios"}:
            if not scenarios:
                raise NotGherkin(f"{path}, line {number}: examples without a scenario")
            header = []
        elif line.startswith("|") and header is not None:
            cells = [cell.strip() for cell in line.strip("|").split("|")]
            if header:
                scenarios[-1].examples.append(dict(zip(header, cells, strict=False)))
            else:
                header = cells
        elif (found := _STEP.fullmatch(line)) is not None:
            if steps is None:
                raise NotGherkin(f"{path}, line {number}: a step before any scenario")
            kind = found[1] if found[1] in _KINDS else (steps[-1].kind if steps else "Given")
            steps.append(Step(kind, found[2]))
    return [one for found in scenarios for one in _finished(found, group, background)]


def _finished(found: _Open, group: str, background: list[Step]) -> Iterator[Scenario]:
    for values in found.examples or [{}]:
        steps = [*background, *(Step(step.kind, _filled(step.text, values)) for step in found.steps)]
        yield Scenario(group, found.line, _filled(found.title, values), found.tags, tuple(steps))


def _filled(text: str, values: dict[str, str]) -> str:
    for name, value in values.items():
        text = text.replace(f"<{name}>", value)
    return text
