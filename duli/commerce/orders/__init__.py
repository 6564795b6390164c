"""Orders: a snapshot of what was sold, and everything that happens to it until the parcel arrives.

Verbs (services): create, confirm, mark_paid, settle, fulfil, change_tracking, mark_delivered, cancel,
expire_unpaid, split, merge, comment, write_message, answer, refund, refund_difference, retry_refund, edit_order,
change_address, request_return and what follows it, withdraw. Each writes in one transaction and publishes what
happened; the events of ``order:<id>`` are its timeline.
"""
