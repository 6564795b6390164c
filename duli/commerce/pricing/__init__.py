"""What things cost: price lists, taxes, and `quote`, the only place where a total is computed.

`services.set_prices` is the only verb that sets prices; it appends to the history, from which `history` says what may
be called a reduction.
"""
