from __future__ import annotations

from duli.commerce.catalogue import documents, services
from duli.commerce.catalogue.events import ProductsChanged, ProductsDeleted
from duli.platform.events.registry import EventContext, subscribes
from duli.platform.search import services as search


@subscribes(ProductsChanged, name="catalogue.collections")
def refresh_collections(event: ProductsChanged, context: EventContext) -> None:
    services.refresh_rule_collections(product_ids=event.product_ids)


@subscribes(ProductsChanged, name="catalogue.search")
def index(event: ProductsChanged, context: EventContext) -> None:
    found = documents.documents_for(event.product_ids)
    gone = set(event.product_ids) - {document.object_id for document in found}
    if gone:
        search.remove(kind=documents.KIND, ids=gone)
    search.index(documents=found)


@subscribes(ProductsDeleted, name="catalogue.search_deleted")
def forget(event: ProductsDeleted, context: EventContext) -> None:
    search.remove(kind=documents.KIND, ids=event.product_ids)
