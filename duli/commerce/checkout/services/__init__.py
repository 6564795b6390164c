from duli.commerce.checkout.services.cart import add_line, change_market, merge, remove_line, set_quantity
from duli.commerce.checkout.services.details import save_details
from duli.commerce.checkout.services.place import place_order

__all__ = [
    "add_line",
    "change_market",
    "merge",
    "place_order",
    "remove_line",
    "save_details",
    "set_quantity",
]
