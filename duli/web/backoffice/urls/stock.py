"""Stock."""

from __future__ import annotations

from django.urls import path

from duli.web.backoffice.screens import stock

urlpatterns = [
    path("stock/", stock.stock_list, name="stock"),
    path("stock/<row:variant_id>/<row:location_id>/adjust/", stock.stock_adjust, name="stock_adjust"),
    path("stock/<row:variant_id>/<row:location_id>/threshold/", stock.stock_threshold, name="stock_threshold"),
    path("stock/<row:variant_id>/<row:location_id>/history/", stock.stock_history, name="stock_history"),
]
