"""Reads that only the back office needs; each costs the same number of queries at one row and at a thousand."""
