"""A line chart as SVG, drawn on the server; the same numbers always stand in a table beneath it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

WIDTH, HEIGHT = 720, 200
LEFT, RIGHT, TOP, BOTTOM = 56, 12, 14, 26


@dataclass(frozen=True, slots=True)
class Point:
    """One value on the axis: its label, its number, the number as people read it, and the one to compare with."""

    label: str
    value: int
    words: str
    before: int = 0
    before_words: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    x: float
    y: float
    words: str


@dataclass(frozen=True, slots=True)
class LineChart:
    """`points` left to right; `caption` says what is drawn, `now` and `before` name the two lines."""

    caption: str
    now: str
    before: str
    points: Sequence[Point]
    axis_words: Sequence[tuple[int, str]] = field(default_factory=tuple)
    """Heights to draw a line at, as (value, words), from `ticks`."""

    @property
    def _top(self) -> int:
        highest = [value for value, _ in self.axis_words] or [1]
        return max([*highest, *(point.value for point in self.points), *(point.before for point in self.points), 1])

    def _x(self, index: int) -> float:
        span = max(len(self.points) - 1, 1)
        return round(LEFT + (WIDTH - LEFT - RIGHT) * index / span, 1)

    def _y(self, value: int) -> float:
        return round(HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * value / self._top, 1)

    @property
    def size(self) -> tuple[int, int]:
        return WIDTH, HEIGHT

    @property
    def line(self) -> str:
        return " ".join(f"{self._x(index)},{self._y(point.value)}" for index, point in enumerate(self.points))

    @property
    def before_line(self) -> str:
        return " ".join(f"{self._x(index)},{self._y(point.before)}" for index, point in enumerate(self.points))

    @property
    def area(self) -> str:
        floor = HEIGHT - BOTTOM
        return f"{self._x(0)},{floor} {self.line} {self._x(len(self.points) - 1)},{floor}" if self.points else ""

    @property
    def marks(self) -> list[Mark]:
        return [Mark(self._x(index), self._y(point.value), point.words) for index, point in enumerate(self.points)]

    @property
    def rules(self) -> list[Mark]:
        return [Mark(LEFT, self._y(value), words) for value, words in self.axis_words]

    @property
    def labels(self) -> list[Mark]:
        """At most seven labels under the axis, the last day always among them."""
        step = max(1, (len(self.points) + 5) // 7)
        wanted = range(len(self.points) - 1, -1, -step)
        return [Mark(self._x(index), HEIGHT - 8, self.points[index].label) for index in sorted(wanted)]

    @property
    def right(self) -> int:
        return WIDTH - RIGHT


def ticks(highest: int, count: int = 3) -> list[int]:
    """Return round heights for the axis, from 0 to at least `highest`."""
    if highest <= 0:
        return [0, 1]
    raw = highest / count
    power = 10 ** max(len(str(int(raw))) - 1, 0)
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= raw)
    return list(range(0, int(step * (count + 1)), int(step)))[: count + 1]
