"""What the shop sells: products with options and variants, categories, collections, brands, attributes.

Verbs live in `services` (products, structure), reads in `selectors`, events in `events`. Prices are
`commerce.pricing`, stock is `commerce.inventory`; both point down at `Variant`.
"""
