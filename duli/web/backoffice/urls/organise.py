"""What puts the catalogue in order: categories, collections, brands, tags, attributes, types."""

from __future__ import annotations

from django.urls import path

from duli.web.backoffice.screens import attribute_values, organise_categories, organise_collections, organise_words

urlpatterns = [
    path("categories/", organise_categories.category_list, name="categories"),
    path("categories/new/", organise_categories.category_new, name="category_new"),
    path("categories/<row:category_id>/", organise_categories.category_edit, name="category"),
    path("categories/<row:category_id>/move/", organise_categories.category_move, name="category_move"),
    path("categories/<row:category_id>/delete/", organise_categories.category_delete, name="category_delete"),
    path("collections/", organise_collections.collection_list, name="collections"),
    path("collections/new/", organise_collections.collection_new, name="collection_new"),
    path("collections/preview/", organise_collections.collection_preview, name="collection_preview"),
    path("collections/<row:collection_id>/", organise_collections.collection_edit, name="collection"),
    path(
        "collections/<row:collection_id>/products/",
        organise_collections.collection_products,
        name="collection_products",
    ),
    path("collections/<row:collection_id>/delete/", organise_collections.collection_delete, name="collection_delete"),
    path("attributes/<row:attribute_id>/values/", attribute_values.attribute_values, name="attribute_values"),
    path("organise/<slug:kind>/", organise_words.organise_list, name="organise"),
    path("organise/<slug:kind>/new/", organise_words.organise_new, name="organise_new"),
    path("organise/<slug:kind>/<row:row_id>/", organise_words.organise_edit, name="organise_edit"),
    path("organise/<slug:kind>/<row:row_id>/delete/", organise_words.organise_delete, name="organise_delete"),
    path("tags/<row:tag_id>/merge/", organise_words.tag_merge, name="tag_merge"),
]
