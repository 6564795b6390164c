"""`/api/v1/admin/`: the merchant's half of the API, for programs with a token.

Every operation names the permission that a token must have as its scope; every writing one takes an
`Idempotency-Key`, under which the same call again gets the same answer. Lists are read by a cursor.
"""
