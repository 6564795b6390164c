"""Two people's changes to the same product, put together field by field."""

from __future__ import annotations

from duli.commerce.revisions import snapshots
from duli.commerce.revisions.types import Difference, Merged, Path, Snapshot


def merge(
    *, base: Snapshot | None, mine: Snapshot, theirs: Snapshot, keep_mine: frozenset[Path] = frozenset()
) -> Merged:
    """Put `mine` over `theirs`, both made from `base`.

    What only they changed is taken; what only I changed stays mine. A field that both changed differently is a
    conflict: theirs stands in the result unless `keep_mine` names it. Without a base every difference is one.
    """
    found = snapshots.differences(theirs, mine)
    if base is None:
        mine_changed = theirs_changed = {difference.path for difference in found}
    else:
        mine_changed = {difference.path for difference in snapshots.differences(base, mine)}
        theirs_changed = {difference.path for difference in snapshots.differences(base, theirs)}
        for changed in (mine_changed, theirs_changed):
            if changed & snapshots.MATRIX:
                changed |= snapshots.MATRIX
    result = snapshots.copy(theirs)
    conflicts: list[Difference] = []
    taken = [entry for entry in found if entry.path in theirs_changed and entry.path not in mine_changed]
    wanted: list[Difference] = []
    matrix = False
    for entry in found:
        if entry.path not in mine_changed:
            continue
        if entry.path in theirs_changed:
            conflicts.append(entry)
            if entry.path not in keep_mine:
                continue
        if entry.path in snapshots.MATRIX:
            matrix = True
        else:
            wanted.append(entry)
    if matrix:
        snapshots.put_matrix(result, mine)
    for entry in wanted:
        if entry.path[0] != "variant" or entry.path[1] in result["variants"]:
            snapshots.put(result, entry.path, entry.after)
    return Merged(result, taken, conflicts)
