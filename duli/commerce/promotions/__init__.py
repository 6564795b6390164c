"""Promotions: what a merchant declares, their codes, and how often each was used.

What they take off a cart is computed by `pricing` as a pure function; `selectors.snapshot` hands it all that runs or
will run. Verbs: save, end and delete a promotion, add and generate codes, use and give back. Nothing here adds up a
total, and no job starts or ends a promotion: the quote looks at the clock.
"""
