from duli.commerce.reconciliation.services.approved import staff_match
from duli.commerce.reconciliation.services.bills import (
    bills_to_fetch,
    bring_bill,
    brings_bills,
    explain_difference,
    fetch_bill,
    fetch_due,
    reopen_difference,
)
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
    "bills_to_fetch",
    "bring_bill",
    "brings_bills",
    "choose_columns",
    "explain_difference",
    "fetch_bill",
    "fetch_due",
    "ignore_line",
    "match",
    "match_sure",
    "read_statement",
    "reopen_difference",
    "reopen_line",
    "staff_match",
    "takes_proofs",
    "undo_match",
]
