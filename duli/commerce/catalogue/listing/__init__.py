"""The read side of the catalogue: cards, listings with facets, a product's page, the tree of categories.

Prices and stock belong to rooms above this one; they are read here through the relations that those rooms
add to the catalogue's models, in the same statements, never by importing them. Faces use
`catalogue.selectors`, which re-exports what is public here.
"""
