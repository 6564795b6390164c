"""Chinese tax invoices (发票): who asked for one and for whom, what was issued, and what has to be put right.

A fapiao is issued in the tax office's own system; here are the shopper's wish, its number and file, and the sums.
What is issued never changes: money that goes back is taken off by a red fapiao; a whole red one and a new blue one are
a reissue.

A service may issue the blue ones (provider, sending); without one a person does.

Verbs (services): save_settings, save_service, check_service, ask, issue, issue_red, hand_over, follow, decline. Reads
(selectors): terms, may_ask, request_of, last_wish, requests. Events: FapiaoAsked, FapiaoIssued, FapiaoDeclined,
FapiaoToCorrect.
"""
