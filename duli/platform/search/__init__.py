"""Search: finds products, categories and pages by words, in any language the shop speaks.

One port (`index.SearchIndex`) with two adapters that give the same answers: SQLite FTS5 and PostgreSQL
GIN find candidates, one Python scorer ranks them. Verbs: `services.index`, `services.remove`,
`services.rebuild`. Reads: `selectors.search`, `selectors.suggest`. Nothing here knows what a product is.
"""
