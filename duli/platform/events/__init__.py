"""What happened, as rows: written with the change itself, told to every subscriber once, kept as a timeline.

`publish` inserts the event and one job per subscriber in the caller's transaction: all or nothing. A receipt,
unique per event and subscriber and written in the subscriber's own transaction, makes delivery effectively once.
"""
