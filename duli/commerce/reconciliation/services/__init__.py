from duli.commerce.reconciliation.services.matching import (
    ignore_line,
    match,
    match_sure,
    reopen_line,
    undo_match,
)
from duli.commerce.reconciliation.services.proofs import add_proof, takes_proofs
from duli.commerce.reconciliation.services.statements import MAXIMUM_MEGABYTES, choose_columns, read_statement

__all__ = [
    "MAXIMUM_MEGABYTES",
    "add_proof",
    "choose_columns",
    "ignore_line",
    "match",
    "match_sure",
    "read_statement",
    "reopen_line",
    "takes_proofs",
    "undo_match",
]
