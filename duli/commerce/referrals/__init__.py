"""Referrals: customers who bring friends, partners who bring buyers, and what either is owed for it.

Verbs: save the program and its commissions, invite and follow, attribute an order, restate what it earns, decide on
what looked odd, reward, pay out. What was earned, taken back and paid out are rows that are only added to; every
balance is their sum. Events: a friend's reward was given; a partner
was accepted, a commission approved, commissions were paid.
"""
