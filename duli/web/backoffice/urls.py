"""The back office's addresses, to be mounted at /admin/."""

from __future__ import annotations

from django.urls import path, register_converter

from duli.web.backoffice.converters import RowId
from duli.web.backoffice.screens import (
    account,
    customers,
    home,
    imports,
    mail_templates,
    mails,
    order,
    orders,
    product_editor,
    products,
    settings,
    settings_payments,
    settings_shipping,
    staff,
    stock,
)

register_converter(RowId, "row")
app_name = "backoffice"

urlpatterns = [
    path("", home.home, name="home"),
    path("login/", account.login, name="login"),
    path("logout/", account.logout, name="logout"),
    path("language/", account.language, name="language"),
    path("appearance/", account.appearance, name="appearance"),
    path("more/", account.more, name="more"),
    path("search/", account.palette, name="palette"),
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
    path("products/", products.product_list, name="products"),
    path("products/new/", product_editor.product_new, name="product_new"),
    path("products/grid/", product_editor.product_grid, name="product_grid"),
    path("products/media/", product_editor.media_upload, name="media_upload"),
    path("products/status/", products.products_status, name="products_status"),
    path("products/status/undo/", products.products_restatus, name="products_restatus"),
    path("products/<row:product_id>/", product_editor.product_edit, name="product"),
    path("products/<row:product_id>/delete/", products.product_delete, name="product_delete"),
    path("stock/", stock.stock_list, name="stock"),
    path("stock/<row:variant_id>/<row:location_id>/adjust/", stock.stock_adjust, name="stock_adjust"),
    path("stock/<row:variant_id>/<row:location_id>/threshold/", stock.stock_threshold, name="stock_threshold"),
    path("stock/<row:variant_id>/<row:location_id>/history/", stock.stock_history, name="stock_history"),
    path("import/", imports.import_list, name="imports"),
    path("import/<row:upload_id>/", imports.import_page, name="import"),
    path("import/<row:upload_id>/start/", imports.import_start, name="import_start"),
    path("customers/", customers.customer_list, name="customers"),
    path("customers/<row:customer_id>/", customers.customer_page, name="customer"),
    path("mails/", mails.mail_list, name="mails"),
    path("mails/templates/", mail_templates.template_index, name="mail_templates"),
    path(
        "mails/templates/<slug:key>/<slug:channel>/<slug:language>/", mail_templates.template_edit, name="mail_template"
    ),
    path(
        "mails/templates/<slug:key>/<slug:channel>/<slug:language>/preview/",
        mail_templates.template_preview,
        name="mail_template_preview",
    ),
    path(
        "mails/templates/<slug:key>/<slug:channel>/<slug:language>/reset/",
        mail_templates.template_reset,
        name="mail_template_reset",
    ),
    path("mails/<row:mail_id>/", mails.mail_detail, name="mail"),
    path("mails/<row:mail_id>/body/", mails.mail_body, name="mail_body"),
    path("mails/<row:mail_id>/resend/", mails.mail_resend, name="mail_resend"),
    path("settings/", settings.settings_home, name="settings"),
    path("settings/store/", settings.settings_store, name="settings_store"),
    path("settings/markets/", settings.settings_markets, name="settings_markets"),
    path("settings/markets/<slug:code>/", settings.settings_market, name="settings_market"),
    path("settings/shipping/", settings_shipping.settings_shipping, name="settings_shipping"),
    path("settings/shipping/methods/<row:method_id>/", settings_shipping.settings_method, name="settings_method"),
    path("settings/shipping/<row:zone_id>/new/", settings_shipping.settings_method_new, name="settings_method_new"),
    path("settings/payments/", settings_payments.settings_payments, name="settings_payments"),
    path("settings/payments/<slug:code>/", settings_payments.settings_payment, name="settings_payment"),
    path("settings/staff/", staff.staff_list, name="settings_staff"),
    path("settings/staff/new/", staff.staff_new, name="settings_staff_new"),
    path("settings/staff/<row:user_id>/role/", staff.staff_role, name="settings_staff_role"),
    path("settings/staff/<row:user_id>/access/", staff.staff_access, name="settings_staff_access"),
]
