from duli.commerce.revisions.services.recording import Recorder, open_change_set, record_created, recording
from duli.commerce.revisions.services.restore import (
    draft_of,
    is_money_only,
    restore_revision,
    save_money_of,
    save_snapshot,
)
from duli.commerce.revisions.services.undo import change_reference, start_undo, undo_change_set, undo_report

__all__ = [
    "Recorder",
    "change_reference",
    "draft_of",
    "is_money_only",
    "open_change_set",
    "record_created",
    "recording",
    "restore_revision",
    "save_money_of",
    "save_snapshot",
    "start_undo",
    "undo_change_set",
    "undo_report",
]
