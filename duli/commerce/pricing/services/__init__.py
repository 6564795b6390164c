from duli.commerce.pricing.services.prices import (
    refresh_ranges,
    save_exchange_rate,
    save_price_list,
    save_tax_rate,
    set_prices,
)

__all__ = ["refresh_ranges", "save_exchange_rate", "save_price_list", "save_tax_rate", "set_prices"]
