"""Keys for programs: tokens of the API with scopes, and the answers that make a repeated call safe.

A token's scopes are permissions of staff ("orders.view"); whoever makes one can give only what they hold. Of the
token itself a hash is kept. An answer to a call with an idempotency key is kept for a day: the same call again gets it.
"""
