"""What is offered, as shoppers and staff see it: products with their prices and their stock.

The catalogue knows neither prices nor stock, and those rooms do not know each other; here they come together.
Reads (selectors): cards, listing with facets and counts, product_detail, navigation, redirects. Verb (services):
save_product_page, a product with its prices, counts and alt texts in one transaction.
"""
