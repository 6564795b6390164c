"""From a cart to an order.

Verbs (services): add_line, add_order, set_quantity, remove_line, change_market, merge, save_details, place_order.
Reads (selectors): cart_view, checkout_view. A cart is reached only by its token.
"""
