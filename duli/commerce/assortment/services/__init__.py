from duli.commerce.assortment.services.bulk import (
    change_prices,
    delete_products,
    edit_cells,
    organise_products,
    preview_prices,
    schedule_products,
    set_statuses,
)
from duli.commerce.assortment.services.bundles import dissolve_bundle, save_bundle
from duli.commerce.assortment.services.copies import duplicate_product
from duli.commerce.assortment.services.page import MergeChoice, save_product_page

__all__ = [
    "MergeChoice",
    "change_prices",
    "delete_products",
    "dissolve_bundle",
    "duplicate_product",
    "edit_cells",
    "organise_products",
    "preview_prices",
    "save_bundle",
    "save_product_page",
    "schedule_products",
    "set_statuses",
]
