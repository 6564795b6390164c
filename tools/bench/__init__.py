"""`make bench`: how fast the shop is, on both databases, at two sizes, against an empty view of the same run.

What counts is CPU time of store and database per request, which other work on the machine disturbs least, and
ratios taken in one run.
"""
