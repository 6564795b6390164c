"""The addresses that tracking providers know: one for an account, one for each parcel."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from duli.base.errors import DuliError
from duli.commerce.shipping.configuration import PUSH_PATH
from duli.commerce.shipping.services import receive_push
from duli.commerce.shipping.services.inbox import MAXIMUM_BODY


@csrf_exempt
@require_POST
def parcel_push(request: HttpRequest, provider: str, token: str = "") -> HttpResponse:
    """Answer 200 once a signed message is stored; 4xx and nothing stored for anything else."""
    try:
        length = int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        length = -1
    if not 0 <= length <= MAXIMUM_BODY:
        return JsonResponse({"error": "too_large"}, status=413)
    try:
        reply = receive_push(provider=provider, token=token, body=request.body, headers=request.headers)
    except DuliError as error:
        return JsonResponse({"error": error.code}, status=error.status)
    return HttpResponse(reply or '{"received": true}', content_type="application/json")


urlpatterns = [
    path(f"{PUSH_PATH}<slug:provider>", parcel_push, name="carrier_push"),
    path(f"{PUSH_PATH}<slug:provider>/<slug:token>", parcel_push, name="parcel_push"),
]
