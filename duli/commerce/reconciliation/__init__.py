"""What others say about our money, beside what we say: bank statements and the daily bills of providers.

A line of a statement that came in is matched to orders, by its reference, by amount and payer, or by hand, and counts
as paid there; a match can be undone. A provider's bill of a day is compared with our own captures and refunds.

Verbs (services): read_statement, choose_columns, match, match_sure, undo_match, ignore_line, reopen_line, add_proof.
Reads (selectors): statement_lines, line_page, suggestions_for, proofs_of.
"""
