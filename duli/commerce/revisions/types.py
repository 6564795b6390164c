from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from duli.base.errors import Conflict, DuliError

Snapshot = dict[str, Any]
"""A product as plain data; `snapshots.read` says what is in it."""

Path = tuple[str, ...]
"""One field of a snapshot: ("product", "title"), ("texts", "en", "title"), ("variant", "12", "sku"), …"""


def _(message: str) -> str:
    return message


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that is not the same in two snapshots; None where it is not there at all."""

    path: Path
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Kept:
    """What of one product an undo left as it is: fields that were changed since, or the error that forbade it."""

    product_id: int
    title: str
    paths: tuple[Path, ...] = ()
    reason: str = ""


@dataclass(slots=True)
class UndoReport:
    """How an undo went: products taken back whole, in part, and not at all; and those that were removed again."""

    change_set_id: int = 0
    whole: int = 0
    partly: int = 0
    untouched: int = 0
    removed: int = 0
    kept: list[Kept] = field(default_factory=list)

    @property
    def products(self) -> int:
        return self.whole + self.partly + self.untouched + self.removed


@dataclass(frozen=True, slots=True)
class Merged:
    """Two people's changes to the same product put together; `conflicts` are fields that both changed."""

    snapshot: Snapshot
    taken: Sequence[Difference]
    conflicts: Sequence[Difference]


class RevisionGone(DuliError):
    code = "revision_gone"
    message = _("This revision is no longer kept.")
    status = 404


class AlreadyUndone(Conflict):
    code = "already_undone"
    message = _("This was already taken back.")
