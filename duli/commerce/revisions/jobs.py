from __future__ import annotations

from duli.platform.jobs.registry import job


@job("revisions.undo_changes", attempts=5, bulk=True)
def undo_changes(*, change_set_id: int, actor: str) -> None:
    from duli.commerce.revisions.services import undo_change_set
    from duli.commerce.revisions.types import AlreadyUndone

    try:
        undo_change_set(change_set_id=change_set_id, actor=actor)
    except AlreadyUndone:
        # It ended, and the word of it was lost.
        return
