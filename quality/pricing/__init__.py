"""Plays scenarios of other shops on this one, through its own verbs, and counts those that come out to the cent.

    .venv/bin/python -m quality.pricing FOLDER [--database URL] [--details]

FOLDER holds .feature files (Gherkin) that speak of products, tax rates, shipping methods, channels and carts as those
of a public PHP shop do. One JSON line goes to standard output: `scenarios`, `reproduced` (every step came out),
`not_applicable` (the shop does that in another way, or not yet: see `not_here.py`), `failed` (the rest). The reasons
stand above it, one line for each scenario that was not reproduced, or for a file of which none was for one reason.

Nothing in here knows a scenario's numbers: a step reads what its sentence says and asks the shop. A step that nobody
knows makes a scenario `failed`, never reproduced.
"""
