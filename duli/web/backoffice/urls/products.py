"""Products, their editor, and files of products."""

from __future__ import annotations

from django.urls import path

from duli.web.backoffice.screens import imports, product_editor, products

urlpatterns = [
    path("products/", products.product_list, name="products"),
    path("products/new/", product_editor.product_new, name="product_new"),
    path("products/grid/", product_editor.product_grid, name="product_grid"),
    path("products/media/", product_editor.media_upload, name="media_upload"),
    path("products/status/", products.products_status, name="products_status"),
    path("products/status/undo/", products.products_restatus, name="products_restatus"),
    path("products/<row:product_id>/", product_editor.product_edit, name="product"),
    path("products/<row:product_id>/delete/", products.product_delete, name="product_delete"),
    path("import/", imports.import_list, name="imports"),
    path("import/<row:upload_id>/", imports.import_page, name="import"),
    path("import/<row:upload_id>/start/", imports.import_start, name="import_start"),
]
