from duli.commerce.catalogue.services.products import (
    count_sales,
    delete_product,
    save_product,
    save_safety_contact,
    set_product_status,
    touch_products,
)
from duli.commerce.catalogue.services.structure import (
    delete_category,
    delete_collection,
    move_category,
    refresh_rule_collections,
    save_attribute,
    save_category,
    save_collection,
    set_collection_products,
)
from duli.commerce.catalogue.services.texts import save_attribute_value_names, save_translations

__all__ = [
    "count_sales",
    "delete_category",
    "delete_collection",
    "delete_product",
    "move_category",
    "refresh_rule_collections",
    "save_attribute",
    "save_attribute_value_names",
    "save_category",
    "save_collection",
    "save_product",
    "save_safety_contact",
    "save_translations",
    "set_collection_products",
    "set_product_status",
    "touch_products",
]
