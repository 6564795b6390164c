"""Flash sales: planned, watched and ended."""

from __future__ import annotations

from django.urls import path

from duli.web.backoffice.screens import flash_sales

urlpatterns = [
    path("flash-sales/", flash_sales.sale_list, name="flash_sales"),
    path("flash-sales/new/", flash_sales.sale_new, name="flash_sale_new"),
    path("flash-sales/<row:sale_id>/", flash_sales.sale_page, name="flash_sale"),
    path("flash-sales/<row:sale_id>/edit/", flash_sales.sale_edit, name="flash_sale_edit"),
    path("flash-sales/<row:sale_id>/plan/", flash_sales.sale_plan, name="flash_sale_plan"),
    path("flash-sales/<row:sale_id>/start/", flash_sales.sale_start, name="flash_sale_start"),
    path("flash-sales/<row:sale_id>/extend/", flash_sales.sale_extend, name="flash_sale_extend"),
    path("flash-sales/<row:sale_id>/stop/", flash_sales.sale_stop, name="flash_sale_stop"),
    path("flash-sales/<row:sale_id>/items/<row:item_id>/", flash_sales.sale_top_up, name="flash_sale_top_up"),
    path("flash-sales/<row:sale_id>/delete/", flash_sales.sale_delete, name="flash_sale_delete"),
]
