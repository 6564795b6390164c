from duli.commerce.revisions.services.recording import Recorder, open_change_set, record_created, recording
from duli.commerce.revisions.services.restore import draft_of, restore_revision, save_snapshot
from duli.commerce.revisions.services.undo import undo_change_set

__all__ = [
    "Recorder",
    "draft_of",
    "open_change_set",
    "record_created",
    "recording",
    "restore_revision",
    "save_snapshot",
    "undo_change_set",
]
