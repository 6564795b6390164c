"""Stock: the list, papers that move and count it, the ledger."""

from __future__ import annotations

from django.urls import path

from duli.web.backoffice.screens import (
    stock,
    stock_counts,
    stock_ledger,
    stock_paste,
    stock_set,
    stock_transfers,
    stock_waiting,
    transfer_goods,
)

urlpatterns = [
    path("stock/", stock.stock_list, name="stock"),
    path("stock/paste/", stock_paste.stock_paste, name="stock_paste"),
    path("stock/set/", stock_set.stock_set, name="stock_set"),
    path("stock/<row:variant_id>/<row:location_id>/adjust/", stock.stock_adjust, name="stock_adjust"),
    path("stock/<row:variant_id>/<row:location_id>/threshold/", stock.stock_threshold, name="stock_threshold"),
    path("stock/<row:variant_id>/<row:location_id>/history/", stock.stock_history, name="stock_history"),
    path("stock/transfers/", stock_transfers.transfer_list, name="stock_transfers"),
    path("stock/transfers/new/", stock_transfers.transfer_new, name="stock_transfer_new"),
    path("stock/transfers/goods/", transfer_goods.transfer_goods, name="stock_transfer_goods"),
    path("stock/transfers/<row:transfer_id>/", stock_transfers.transfer_detail, name="stock_transfer"),
    path("stock/transfers/<row:transfer_id>/edit/", stock_transfers.transfer_edit, name="stock_transfer_edit"),
    path("stock/transfers/<row:transfer_id>/send/", stock_transfers.transfer_send, name="stock_transfer_send"),
    path("stock/transfers/<row:transfer_id>/receive/", stock_transfers.transfer_receive, name="stock_transfer_receive"),
    path("stock/transfers/<row:transfer_id>/cancel/", stock_transfers.transfer_cancel, name="stock_transfer_cancel"),
    path("stock/counts/", stock_counts.count_list, name="stock_counts"),
    path("stock/counts/new/", stock_counts.count_new, name="stock_count_new"),
    path("stock/counts/<row:count_id>/", stock_counts.count_detail, name="stock_count"),
    path("stock/counts/<row:count_id>/write/", stock_counts.count_write, name="stock_count_write"),
    path("stock/counts/<row:count_id>/paste/", stock_counts.count_paste, name="stock_count_paste"),
    path("stock/counts/<row:count_id>/apply/", stock_counts.count_apply, name="stock_count_apply"),
    path("stock/counts/<row:count_id>/cancel/", stock_counts.count_cancel, name="stock_count_cancel"),
    path("stock/counts/<row:count_id>/print/", stock_counts.count_print, name="stock_count_print"),
    path("stock/counts/<row:count_id>/export/", stock_counts.count_export, name="stock_count_export"),
    path("stock/ledger/", stock_ledger.ledger, name="stock_ledger"),
    path("stock/ledger/export/", stock_ledger.ledger_export, name="stock_ledger_export"),
    path("stock/waiting/", stock_waiting.waiting_list, name="stock_waiting"),
    path("stock/integrity/", stock_ledger.integrity_page, name="stock_integrity"),
    path("stock/integrity/check/", stock_ledger.integrity_check, name="stock_integrity_check"),
    path("stock/integrity/release/", stock_ledger.orphan_release, name="stock_orphan_release"),
    path("stock/integrity/<row:level_id>/", stock_ledger.integrity_repair, name="stock_integrity_repair"),
]
