"""Membership: tiers that customers reach by what they buy, and points that they earn and spend.

Verbs: save the program and its tiers, assess a member and set a tier by hand, restate the points of an order, spend and
adjust points, welcome a new account, and what the days bring (points that run out, tiers that are lost). Lots and
entries of points are only added to: every balance is a sum of entries and can be derived again.
"""
