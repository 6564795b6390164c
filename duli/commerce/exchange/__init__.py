"""Catalogues that come from other shops and go back out: import and export of products as files.

Verbs: `services.run_import` (recognises the file by its columns, one report with exact counts) and
`services.export_products`. An import is idempotent and may be interrupted: what it did is remembered per
product, so that running it again changes only what changed in the file.
"""
