"""What one button of the back office does when it takes more than one room: one verb, one transaction.

These verbs hold no rule; they only put the rooms' own verbs into one transaction, so that a page is saved
whole or not at all.
"""
