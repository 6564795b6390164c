from duli.commerce.pricing.services.prices import (
    refresh_ranges,
    remove_prices,
    reprice_bundles,
    save_exchange_rate,
    save_price_list,
    save_tax_rate,
    set_costs,
    set_prices,
)
from duli.commerce.pricing.services.restate import restate_prices
from duli.commerce.pricing.services.selling import save_rate, save_selling
from duli.commerce.pricing.services.taxes import MOST_POSTCODES, delete_tax_rate, postcode_list, put_tax_rate

__all__ = [
    "MOST_POSTCODES",
    "delete_tax_rate",
    "postcode_list",
    "put_tax_rate",
    "refresh_ranges",
    "remove_prices",
    "reprice_bundles",
    "restate_prices",
    "save_exchange_rate",
    "save_price_list",
    "save_rate",
    "save_selling",
    "save_tax_rate",
    "set_costs",
    "set_prices",
]
