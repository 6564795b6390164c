"""The bell: what happened, newest first; and the poll behind it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from duli.growth.notifications.notices import notices_for, see
from duli.platform.accounts.models import User
from duli.platform.accounts.roles import role_of
from duli.web.backoffice.access import screen
from duli.web.backoffice.bell import answer, remember
from duli.web.backoffice.kit.dialogs import go_to, is_partial
from duli.web.backoffice.notice_words import line
from duli.web.backoffice.shell import render

PAGE = 50
SHORT = 8


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


@screen(methods=("GET", "HEAD"))
def bell(request: HttpRequest) -> HttpResponse:
    """The list: the newest few inside the bell, or a page of its own."""
    assert isinstance(request.user, User)
    short = is_partial(request)
    limit = SHORT if short else PAGE
    found = notices_for(
        user_id=request.user.pk,
        permissions=role_of(request.user).permissions,
        before_id=_number(request.GET.get("before", "")),
        limit=limit + 1,
    )
    lines = [line(notice) for notice in found[:limit]]
    more = f"{reverse('backoffice:bell')}?before={lines[-1].id}" if len(found) > limit else ""
    context = {"here": "bell", "lines": lines, "more": more, "newest": lines[0].id if lines else 0}
    return render(request, "backoffice/kit/bell_lines.html" if short else "backoffice/bell.html", context)


@screen(methods=("GET", "HEAD"))
def bell_poll(request: HttpRequest) -> HttpResponse:
    """How the bell stands; the next question is answered before it comes here."""
    return answer(remember(request))


@screen(methods=("POST",))
def bell_seen(request: HttpRequest) -> HttpResponse:
    """The person has looked at everything up to a notice."""
    assert isinstance(request.user, User)
    see(user_id=request.user.pk, last_id=_number(request.POST.get("last", "")))
    if is_partial(request):
        return HttpResponse(status=204)
    return go_to(request, reverse("backoffice:bell"))
