"""The secret addresses that services for text messages know: reports, and what readers write back."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from duli.base.errors import DuliError
from duli.platform.sms.configuration import PUSH_PATH
from duli.platform.sms.services import receive_push
from duli.platform.sms.services.inbox import MAXIMUM_BODY


@csrf_exempt
@require_POST
def sms_push(request: HttpRequest, provider: str, secret: str) -> HttpResponse:
    """Answer as the service expects once everything is written down; 4xx and nothing stored for anything else."""
    try:
        length = int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        length = -1
    if not 0 <= length <= MAXIMUM_BODY:
        return JsonResponse({"error": "too_large"}, status=413)
    # Behind a proxy the request's own address is another one than the service called.
    url = settings.PUBLIC_URL + request.get_full_path()
    try:
        push = receive_push(provider=provider, secret=secret, body=request.body, headers=request.headers, url=url)
    except DuliError as error:
        return JsonResponse({"error": error.code}, status=error.status)
    return HttpResponse(push.reply, content_type=push.reply_type)


urlpatterns = [path(f"{PUSH_PATH}<slug:provider>/<slug:secret>", sms_push, name="sms_push")]
