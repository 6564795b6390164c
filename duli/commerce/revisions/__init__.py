"""What products were before: revisions of whole products, and the change sets that belong together.

Every save of products (the editor, a bulk edit, an import) runs inside `services.recording`, which keeps what the
products were and became, prices included; stock is not part of it, the ledger tells that. Verbs: open_change_set,
recording, restore_revision, undo_change_set. Reads: selectors.history, change_sets, comparison.
"""
