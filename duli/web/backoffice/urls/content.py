"""The ways into the Content area."""

from __future__ import annotations

from django.urls import path

from duli.web.backoffice.screens import content

urlpatterns = [
    path("content/", content.pages, name="content"),
    path("content/blog/", content.blog, name="content_blog"),
    path("content/topics/", content.topics, name="content_topics"),
    path("content/topics/<int:topic_id>/", content.topic, name="content_topic"),
    path("content/topics/<int:topic_id>/delete/", content.topic_delete, name="content_topic_delete"),
]
