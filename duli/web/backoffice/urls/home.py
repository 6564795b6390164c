"""The front door, the person and what every screen shares."""

from __future__ import annotations

from django.urls import path

from duli.web.backoffice.screens import account, home

urlpatterns = [
    path("", home.home, name="home"),
    path("login/", account.login, name="login"),
    path("logout/", account.logout, name="logout"),
    path("language/", account.language, name="language"),
    path("appearance/", account.appearance, name="appearance"),
    path("more/", account.more, name="more"),
    path("search/", account.palette, name="palette"),
]
