"""Orders and what is done with them."""

from __future__ import annotations

from django.urls import path

from duli.web.backoffice.screens import order, orders

urlpatterns = [
    path("orders/", orders.order_list, name="orders"),
    path("orders/fulfil/", orders.orders_fulfil, name="orders_fulfil"),
    path("orders/print/slips/", orders.orders_print, {"kind": "slips"}, name="orders_slips"),
    path("orders/print/invoices/", orders.orders_print, {"kind": "invoices"}, name="orders_invoices"),
    path("orders/<row:order_id>/", order.order_page, name="order"),
    path("orders/<row:order_id>/confirm/", order.order_confirm, name="order_confirm"),
    path("orders/<row:order_id>/paid/", order.order_mark_paid, name="order_mark_paid"),
    path("orders/<row:order_id>/fulfil/", order.order_fulfil, name="order_fulfil"),
    path("orders/<row:order_id>/cancel/", order.order_cancel, name="order_cancel"),
    path("orders/<row:order_id>/comment/", order.order_comment, name="order_comment"),
    path("orders/<row:order_id>/parcels/<row:parcel_id>/tracking/", order.order_tracking, name="order_tracking"),
    path("orders/<row:order_id>/parcels/<row:parcel_id>/delivered/", order.order_delivered, name="order_delivered"),
]
