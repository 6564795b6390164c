"""The component kit: values that a screen fills in and that know how to write themselves.

`cells` and `pills` for what stands in a table, `listing` for a list with views, filters and a cursor,
`dialogs` for verbs, `forms` for fields, `charts`, `toasts`. Nothing here knows what is sold.
"""
