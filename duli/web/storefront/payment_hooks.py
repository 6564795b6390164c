"""The addresses that payment providers know: their messages, and their shoppers on the way back."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from duli.base.errors import DuliError, NotFound
from duli.commerce.payments import services
from duli.commerce.payments.addresses import PAYER_PATH, RETURN_PATH, WEBHOOK_PATH
from duli.commerce.payments.configuration import reply_of
from duli.commerce.payments.devices import shopper_of
from duli.commerce.payments.gateway import GatewayUnavailable
from duli.commerce.payments.services.inbox import MAXIMUM_BODY
from duli.platform.accounts.visitors import client_address


@csrf_exempt
@require_POST
def webhook(request: HttpRequest, gateway: str) -> HttpResponse:
    """Answer 200 once a signed message is stored; 4xx and nothing stored for anything else."""
    try:
        length = int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        length = -1
    if not 0 <= length <= MAXIMUM_BODY:
        return JsonResponse({"error": "too_large"}, status=413)
    try:
        services.receive_webhook(provider=gateway, body=request.body, headers=request.headers, path=request.path)
    except GatewayUnavailable as error:
        # Whether it is true could not be found out: the provider shall send it again.
        return JsonResponse({"code": "FAIL", "error": error.code}, status=503)
    except DuliError as error:
        return JsonResponse({"code": "FAIL", "error": error.code}, status=error.status)
    reply = reply_of(gateway)
    return HttpResponse(reply.body, content_type=reply.content_type, status=reply.status)


@never_cache
@require_GET
def come_back(request: HttpRequest, token: str) -> HttpResponse:
    """Ask the provider how it went and send the shopper on to the order."""
    try:
        return HttpResponseRedirect(services.return_from_gateway(token=token))
    except NotFound:
        return HttpResponseRedirect("/")


@never_cache
@require_GET
def payer(request: HttpRequest, ticket: str) -> HttpResponse:
    """Let a shopper pay whom the provider has just named."""
    shopper = shopper_of(user_agent=request.headers.get("User-Agent", ""), address=client_address(request))
    query = {name: str(value)[:500] for name, value in request.GET.items()}
    try:
        return HttpResponseRedirect(services.continue_with_payer(ticket=ticket, query=query, shopper=shopper))
    except NotFound:
        return HttpResponseRedirect("/")


urlpatterns = [
    path(WEBHOOK_PATH, webhook, name="payment_webhook"),
    path(RETURN_PATH, come_back, name="payment_return"),
    path(PAYER_PATH, payer, name="payment_payer"),
]
