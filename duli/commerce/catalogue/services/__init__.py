from duli.commerce.catalogue.services.attributes import save_attribute_values
from duli.commerce.catalogue.services.bulk import KnownNames, create_products, is_plain
from duli.commerce.catalogue.services.bundles import clear_bundle, set_bundle
from duli.commerce.catalogue.services.guides import delete_size_guide, save_size_guide
from duli.commerce.catalogue.services.organise import (
    delete_attribute,
    delete_brand,
    delete_product_type,
    delete_tag,
    merge_tags,
    put_attribute,
    save_brand,
    save_product_type,
    save_tag,
)
from duli.commerce.catalogue.services.products import (
    count_sales,
    delete_product,
    save_product,
    save_safety_contact,
    set_delivery,
    set_product_status,
    set_related,
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
    "KnownNames",
    "clear_bundle",
    "count_sales",
    "create_products",
    "delete_attribute",
    "delete_brand",
    "delete_category",
    "delete_collection",
    "delete_product",
    "delete_product_type",
    "delete_size_guide",
    "delete_tag",
    "is_plain",
    "merge_tags",
    "move_category",
    "put_attribute",
    "refresh_rule_collections",
    "save_attribute",
    "save_attribute_value_names",
    "save_attribute_values",
    "save_brand",
    "save_category",
    "save_collection",
    "save_product",
    "save_product_type",
    "save_safety_contact",
    "save_size_guide",
    "save_tag",
    "save_translations",
    "set_bundle",
    "set_collection_products",
    "set_delivery",
    "set_product_status",
    "set_related",
    "touch_products",
]
