from __future__ import annotations

from django.urls import path

from duli.web.api.api import api

urlpatterns = [path("", api.urls)]
