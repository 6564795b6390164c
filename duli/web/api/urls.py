from __future__ import annotations

from django.urls import path

from duli.web.api import account, flash
from duli.web.api.admin import (
    addresses,
    assortment,
    attributes,
    backorders,
    content,
    counts,
    fapiao,
    flash_sales,
    gift_cards,
    goods,
    hooks,
    labels,
    legal,
    members,
    order_money,
    order_returns,
    orders,
    organise,
    people,
    pieces,
    profiles,
    promotions,
    referrals,
    segments,
    shipments,
    structure,
    suggestions,
    transfers,
)
from duli.web.api.admin.gate import api as admin_api
from duli.web.api.api import api, unknown
from duli.web.api.reference import reference

api.add_router("/flash-sales", flash.router)
api.add_router("", account.router)
admin_api.add_router("/orders", orders.router)
admin_api.add_router("/orders", order_money.router)
admin_api.add_router("/orders", order_returns.router)
admin_api.add_router("/shipments", shipments.router)
admin_api.add_router("/labels", labels.router)
admin_api.add_router("/products", goods.router)
admin_api.add_router("/stock", goods.stock_router)
admin_api.add_router("/customers", people.router)
admin_api.add_router("/segments", segments.router)
admin_api.add_router("/suggestions", suggestions.router)
admin_api.add_router("/members", members.router)
admin_api.add_router("/webhooks", hooks.router)
admin_api.add_router("/variants", pieces.router)
admin_api.add_router("/files", pieces.file_router)
admin_api.add_router("/gift-cards", gift_cards.router)
admin_api.add_router("/discounts", promotions.router)
admin_api.add_router("/flash-sales", flash_sales.router)
admin_api.add_router("/referrals", referrals.router)
admin_api.add_router("/attributes", attributes.router)
admin_api.add_router("/stock/backorders", backorders.router)
admin_api.add_router("/legal-texts", legal.router)
admin_api.add_router("/content", content.router)
admin_api.add_router("/categories", structure.categories)
admin_api.add_router("/collections", structure.collections)
admin_api.add_router("/redirects", addresses.router)
admin_api.add_router("/fapiao", fapiao.router)
admin_api.add_router("/stock/transfers", transfers.router)
admin_api.add_router("/stock/counts", counts.router)
admin_api.add_router("/stock", counts.stock_router)
admin_api.add_router("/products", assortment.router)
admin_api.add_router("/variants", assortment.variant_router)
admin_api.add_router("/brands", organise.brands)
admin_api.add_router("/tags", organise.tags)
admin_api.add_router("/product-types", organise.types)
admin_api.add_router("/customers", profiles.router)
admin_api.add_router("/customers/doubles", profiles.pairs)
admin_api.add_router("/data-requests", profiles.requests)

urlpatterns = [
    path("reference", reference, name="api_reference"),
    path("admin/", admin_api.urls),
    path("", api.urls),
    path("<path:rest>", unknown),
]
