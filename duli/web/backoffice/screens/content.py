"""The ways into the Content area. Behind them is Wagtail's editor (`duli.web.backoffice.content`)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from duli.growth.content.services import blog_index, trunk
from duli.web.backoffice.access import screen
from duli.web.backoffice.content.middleware import PREFIX


@screen("content.edit", methods=("GET", "HEAD"))
def pages(request: HttpRequest) -> HttpResponse:
    """Open the list of pages."""
    return _list_below(trunk().pk)


@screen("content.edit", methods=("GET", "HEAD"))
def blog(request: HttpRequest) -> HttpResponse:
    """Open the list of posts."""
    return _list_below(blog_index().pk)


def _list_below(page_id: int) -> HttpResponse:
    return HttpResponseRedirect(f"{PREFIX}pages/{page_id}/")
