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
from duli.commerce.pricing.services.selling import save_selling

__all__ = [
    "refresh_ranges",
    "remove_prices",
    "reprice_bundles",
    "save_exchange_rate",
    "save_price_list",
    "save_selling",
    "save_tax_rate",
    "set_costs",
    "set_prices",
]
