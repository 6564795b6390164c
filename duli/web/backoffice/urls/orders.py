"""Orders and what is done with them."""

from __future__ import annotations

from django.urls import path

from duli.web.backoffice.screens import (
    documents,
    drafts,
    order,
    order_exports,
    order_hold,
    order_papers,
    order_split,
    orders,
    orders_bulk,
)

urlpatterns = [
    path("orders/", orders.order_list, name="orders"),
    path("orders/fulfil/", orders_bulk.orders_fulfil, name="orders_fulfil"),
    path("orders/tags/", orders_bulk.orders_tag, name="orders_tag"),
    path("orders/capture/", orders_bulk.orders_capture, name="orders_capture"),
    path("orders/cancel/", orders_bulk.orders_cancel, name="orders_cancel"),
    path("orders/drafts/", drafts.draft_list, name="drafts"),
    path("orders/drafts/new/", drafts.draft_new, name="draft_new"),
    path("orders/drafts/<row:draft_id>/", drafts.draft_page, name="draft"),
    path("orders/drafts/<row:draft_id>/lines/", drafts.draft_line, name="draft_line"),
    path("orders/drafts/<row:draft_id>/send/", drafts.draft_send, name="draft_send"),
    path("orders/drafts/<row:draft_id>/place/", drafts.draft_place, name="draft_place"),
    path("orders/drafts/<row:draft_id>/withdraw/", drafts.draft_withdraw, name="draft_withdraw"),
    path("orders/<row:order_id>/duplicate/", drafts.order_duplicate, name="order_duplicate"),
    path("orders/invoices/", documents.document_list, name="documents"),
    path("orders/invoices/issue/", documents.orders_issue, name="orders_issue"),
    path("orders/invoices/print/", documents.documents_print, name="documents_print"),
    path("orders/export/", order_exports.orders_export, name="orders_export"),
    path("orders/exports/", order_exports.orders_exports, name="orders_exports"),
    path("orders/exports/<row:export_id>/", order_exports.orders_export_file, name="orders_export_file"),
    path("orders/print/slips/", order_papers.orders_print, {"kind": "slips"}, name="orders_slips"),
    path("orders/print/invoices/", order_papers.orders_print, {"kind": "invoices"}, name="orders_invoices"),
    path("orders/print/picks/", order_papers.orders_pick, name="orders_pick"),
    path("orders/<row:order_id>/hold/", order_hold.order_hold, name="order_hold"),
    path("orders/<row:order_id>/split/", order_split.order_split, name="order_split"),
    path("orders/<row:order_id>/safe/", order_hold.order_safe, name="order_safe"),
    path("orders/<row:order_id>/release/", order_hold.order_release, name="order_release"),
    path("orders/<row:order_id>/preview/", orders.order_peek, name="order_peek"),
    path("orders/<row:order_id>/", order.order_page, name="order"),
    path("orders/<row:order_id>/confirm/", order.order_confirm, name="order_confirm"),
    path("orders/<row:order_id>/paid/", order.order_mark_paid, name="order_mark_paid"),
    path("orders/<row:order_id>/fulfil/", order.order_fulfil, name="order_fulfil"),
    path("orders/<row:order_id>/cancel/", order.order_cancel, name="order_cancel"),
    path("orders/<row:order_id>/comment/", order.order_comment, name="order_comment"),
    path("orders/<row:order_id>/parcels/<row:parcel_id>/tracking/", order.order_tracking, name="order_tracking"),
    path("orders/<row:order_id>/parcels/<row:parcel_id>/delivered/", order.order_delivered, name="order_delivered"),
]
