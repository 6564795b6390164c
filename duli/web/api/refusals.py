"""What the API answers where no endpoint of it does: the same JSON as its other errors."""

from __future__ import annotations

from django.http import HttpRequest, JsonResponse
from django.utils import translation
from django.utils.translation import gettext_noop as _

from duli.base.errors import NotFound, PermissionDenied
from duli.platform.store.selectors import current_store, languages

ANSWERS = {
    400: ("malformed_request", _("This request cannot be read.")),
    403: (PermissionDenied.code, PermissionDenied.message),
    404: (NotFound.code, NotFound.message),
    405: ("method_not_allowed", _("This address does not take this method.")),
    413: ("too_large", _("This request is too large.")),
    415: ("unsupported_media_type", _("Please send JSON, with the header Content-Type: application/json.")),
    500: ("server_error", _("Something broke on our side. Nothing is half done; please try again in a moment.")),
}


ADMIN = "/api/v1/admin/"


def _language(request: HttpRequest, status: int) -> str:
    """Return the caller's language, found as the endpoints of the same half of the API find it."""
    if status >= 500 or request.path_info.startswith(ADMIN):
        # Whatever broke, this needs nothing of the shop.
        return str(translation.get_language_from_request(request))
    wanted = request.GET.get("language", "")
    return wanted if wanted in languages() else current_store().default_language


def refused(request: HttpRequest, status: int) -> JsonResponse:
    """Return the error of this status; 400 for one that has no words of its own."""
    code, message = ANSWERS.get(status, ANSWERS[400])
    with translation.override(_language(request, status)):
        body = {"code": code, "message": translation.gettext(message), "fields": {}}
    return JsonResponse(body, status=status)
