"""`/api/v1/`: the storefront half of the API. It parses, calls one verb or read of the commerce rooms, and answers.

A cart is reached by its token, an order by its own; there is no session and no cookie, so no CSRF either.
"""
