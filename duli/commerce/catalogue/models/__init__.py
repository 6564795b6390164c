from duli.commerce.catalogue.models.attributes import Attribute, AttributeValue, ProductAttribute
from duli.commerce.catalogue.models.bundles import Bundle, BundleComponent
from duli.commerce.catalogue.models.guides import SizeGuide
from duli.commerce.catalogue.models.product import (
    OptionValue,
    Product,
    ProductMedia,
    ProductOption,
    ProductType,
    RelatedProduct,
    SafetyContact,
    Variant,
)
from duli.commerce.catalogue.models.structure import (
    Brand,
    Category,
    Collection,
    CollectionProduct,
    HandleRedirect,
    ProductCategory,
    Tag,
)

__all__ = [
    "Attribute",
    "AttributeValue",
    "Brand",
    "Bundle",
    "BundleComponent",
    "Category",
    "Collection",
    "CollectionProduct",
    "HandleRedirect",
    "OptionValue",
    "Product",
    "ProductAttribute",
    "ProductCategory",
    "ProductMedia",
    "ProductOption",
    "ProductType",
    "RelatedProduct",
    "SafetyContact",
    "SizeGuide",
    "Tag",
    "Variant",
]
