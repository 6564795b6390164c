from __future__ import annotations

from django.urls import re_path

from duli.platform.media import views

app_name = "media"

urlpatterns = [
    re_path(
        r"^r/(?P<asset_id>[0-9]{1,18})-(?P<hash>[0-9a-f]{8})/(?P<width>[0-9]{1,5})\.(?P<extension>avif|webp|jpg)$",
        views.rendition_view,
        name="rendition",
    ),
    re_path(
        r"^originals/(?P<folder>[0-9a-f]{2})/(?P<hash>[0-9a-f]{64})\.(?P<extension>jpg|png|webp|gif|avif|mp4|webm)$",
        views.original_view,
        name="original",
    ),
]
