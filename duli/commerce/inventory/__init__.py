"""How much there is, where, and for whom it is held.

Verbs: `services.reserve`, `release`, `allocate`, `ship`, `restock`, `adjust`. Every change of a level is a
row of the append-only ledger `StockMovement`; `selectors.integrity` derives the levels again from it.
"""
