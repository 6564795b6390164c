"""What is owed, what was tried and what providers told us, without knowing what it is for.

A `PaymentCollection` asks for an amount under a reference (``order:12``); attempts go through a gateway
(`gateway.py`); whatever a provider says is a stored event, and every sum and state is recomputed from the
stored events, so that order and repetition do not matter. Verbs: `open_collection`, `change_method`, `start`,
`capture`, `refund`, `close`, `mark_received`, `receive_webhook`, `return_from_gateway`, `poll`. Events:
`PaymentAuthorised`, `PaymentCaptured`, `PaymentFailed`, `PaymentRefunded`, `PaymentNeedsReview`.
"""
