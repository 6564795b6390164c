"""Products, their editor, and files of products."""

from __future__ import annotations

from django.urls import path

from duli.web.backoffice.screens import (
    changes,
    downloads,
    imports,
    product_bulk,
    product_editor,
    product_history,
    product_media,
    products,
    redirects,
    variant,
)

urlpatterns = [
    path("products/", products.product_list, name="products"),
    path("products/new/", product_editor.product_new, name="product_new"),
    path("products/grid/", product_editor.product_grid, name="product_grid"),
    path("products/media/", product_media.media_upload, name="media_upload"),
    path("products/attributes/", product_editor.product_attributes, name="product_attributes"),
    path("products/find/", product_editor.product_picker, name="product_picker"),
    path("products/variants/find/", product_editor.variant_picker, name="variant_picker"),
    path("products/companies/new/", products.safety_contact_new, name="safety_contact_new"),
    path("products/changes/", changes.change_list, name="changes"),
    path("products/changes/<row:change_set_id>/", changes.change_page, name="change"),
    path("products/changes/<row:change_set_id>/undo/", changes.change_undo, name="change_undo"),
    path("products/edit/", product_bulk.products_sheet, name="products_sheet"),
    path("products/organise/", product_bulk.products_organise, name="products_organise"),
    path("products/schedule/", product_bulk.products_schedule, name="products_schedule"),
    path("products/prices/", product_bulk.products_prices, name="products_prices"),
    path("products/delete/", product_bulk.products_delete, name="products_delete"),
    path("products/status/", products.products_status, name="products_status"),
    path("products/export.<slug:form>", products.product_export, name="products_export"),
    path("products/<row:product_id>/", product_editor.product_edit, name="product"),
    path("products/<row:product_id>/duplicate/", products.product_duplicate, name="product_duplicate"),
    path("products/<row:product_id>/preview/", products.product_preview, name="product_preview"),
    path("products/<row:product_id>/history/", product_history.product_history, name="product_history"),
    path("products/<row:product_id>/history/<row:number>/", product_history.product_revision, name="product_revision"),
    path(
        "products/<row:product_id>/history/<row:number>/restore/",
        product_history.product_restore,
        name="product_restore",
    ),
    path("products/<row:product_id>/variants/", variant.variant_list, name="variants"),
    path("products/<row:product_id>/variants/<row:variant_id>/", variant.variant_page, name="variant"),
    path(
        "products/<row:product_id>/variants/<row:variant_id>/dissolve/",
        variant.bundle_dissolve,
        name="bundle_dissolve",
    ),
    path("products/<row:product_id>/variants/<row:variant_id>/files/add/", downloads.file_add, name="file_add"),
    path(
        "products/<row:product_id>/variants/<row:variant_id>/files/<row:file_id>/",
        downloads.file_edit,
        name="file_edit",
    ),
    path(
        "products/<row:product_id>/variants/<row:variant_id>/files/<row:file_id>/remove/",
        downloads.file_remove,
        name="file_remove",
    ),
    path(
        "products/<row:product_id>/variants/<row:variant_id>/delivery/",
        downloads.variant_delivery,
        name="variant_delivery",
    ),
    path("products/<row:product_id>/delete/", products.product_delete, name="product_delete"),
    path("import/", imports.import_list, name="imports"),
    path("import/<row:upload_id>/", imports.import_page, name="import"),
    path("import/<row:upload_id>/start/", imports.import_start, name="import_start"),
    path("import/<row:upload_id>/columns/", imports.import_columns, name="import_columns"),
    path("import/<row:upload_id>/revert/", imports.import_revert, name="import_revert"),
    path("import/<row:upload_id>/rows.csv", imports.import_errors, name="import_errors"),
    path("import/<row:upload_id>/<slug:wanted>/", imports.import_wish, name="import_wish"),
    path("redirects/", redirects.redirect_list, name="redirects"),
    path("redirects/export.<slug:form>", redirects.redirect_export, name="redirects_export"),
    path("redirects/delete/", redirects.redirects_delete, name="redirects_delete"),
    path("redirects/<row:redirect_id>/", redirects.redirect_edit, name="redirect"),
]
