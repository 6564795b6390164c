"""The ways into the Content area."""

from __future__ import annotations

from django.urls import path

from duli.web.backoffice.screens import content

urlpatterns = [
    path("content/", content.pages, name="content"),
    path("content/blog/", content.blog, name="content_blog"),
]
