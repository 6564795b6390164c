"""Only what the account pages need, so that no other room has to work for these tests."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import include, path


def who(request: HttpRequest) -> HttpResponse:
    return HttpResponse(str(request.user.pk or "nobody"))


urlpatterns = [
    path("account/", who),
    path("account/", include("duli.platform.accounts.urls")),
    path("", who),
]
