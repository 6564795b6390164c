"""Columns and views of one's own, for every list."""

from __future__ import annotations

from django.urls import path

from duli.web.backoffice.screens import lists

urlpatterns = [
    path("lists/<slug:key>/columns/", lists.list_columns, name="list_columns"),
    path("lists/<slug:key>/export.<slug:form>", lists.list_export, name="list_export"),
    path("lists/<slug:key>/views/new/", lists.list_view_new, name="list_view_new"),
    path("lists/<slug:key>/views/<row:view_id>/", lists.list_view_edit, name="list_view_edit"),
    path("lists/<slug:key>/views/<row:view_id>/move/", lists.list_view_move, name="list_view_move"),
    path("lists/<slug:key>/views/<row:view_id>/delete/", lists.list_view_delete, name="list_view_delete"),
]
