"""The mailbox of a demo shop: everything it wrote to people, in place of their own mailboxes and phones."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from duli.base.errors import NotFound
from duli.platform.mail.selectors import mail_view, newest

SHOWN = 100
# A mail is a foreign page: nothing in it may run, and its links open beside the mailbox.
BODY_POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; img-src * data:; "
    "style-src 'unsafe-inline'; frame-ancestors 'self'"
)


@never_cache
@require_safe
def mailbox(request: HttpRequest, mail_id: int | None = None) -> HttpResponse:
    """The newest messages, and one of them open."""
    try:
        messages = newest(limit=SHOWN)
        opened = mail_view(mail_id, reveal=True) if mail_id is not None else None
    except NotFound:
        raise Http404 from None
    return render(request, "storefront/mailbox.html", {"messages_sent": messages, "opened": opened})


@never_cache
@require_safe
@xframe_options_sameorigin
def body(request: HttpRequest, mail_id: int) -> HttpResponse:
    """The HTML of one mail, for the frame."""
    if not settings.DEMO:
        raise Http404
    try:
        mail = mail_view(mail_id, reveal=True)
    except NotFound:
        raise Http404 from None
    response = HttpResponse(mail.html.replace("<head>", '<head><base target="_blank">', 1))
    response.headers["Content-Security-Policy"] = BODY_POLICY
    return response


urlpatterns = [
    path("mailbox/", mailbox, name="mailbox"),
    path("mailbox/<int:mail_id>/", mailbox, name="mailbox_mail"),
    path("mailbox/<int:mail_id>/body/", body, name="mailbox_body"),
]
