"""The door of the admin API: which token, which scope, and the same answer for the same call."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from ninja import NinjaAPI
from ninja.decorators import decorate_view
from ninja.errors import HttpError, ValidationError
from ninja.security import HttpBearer

from duli.base.errors import DuliError, NotFound, sentence
from duli.platform.audit.context import acting
from duli.platform.tokens.services import authenticate, begin_call, end_call
from duli.platform.tokens.types import InvalidToken, MissingScope, TokenView
from duli.web.api.admin.keys import BIGGEST_KEY
from duli.web.api.reading import CarefulParser
from duli.web.api.schemas import ErrorOut

V = TypeVar("V", bound=Callable[..., Any])
SAFE = {"GET", "HEAD", "OPTIONS"}
KEY_HEADER = "Idempotency-Key"
LONGEST_KEPT = 40
ERRORS = dict.fromkeys((400, 401, 403, 404, 409, 422), ErrorOut)
CURSOR_HELP = "`after` takes the `next` of the page before; an empty `next` is the end."


class Bearer(HttpBearer):
    """``Authorization: Bearer duli_…``. The gate has looked at the token before; this says so in the description."""

    def authenticate(self, request: HttpRequest, token: str) -> TokenView | None:
        return getattr(request, "api_token", None)


api = NinjaAPI(
    title="Duli admin API",
    version="1.0.0",
    description=f"Runs the shop. Amounts are minor units, times UTC. {CURSOR_HELP}",
    docs_url=None,
    urls_namespace="api-admin",
    auth=Bearer(),
    parser=CarefulParser(),
)


def _token_of(request: HttpRequest) -> TokenView:
    kind, _, text = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not text.strip():
        raise InvalidToken()
    return authenticate(text=text.strip())


def token_of(request: HttpRequest) -> TokenView:
    """Return the token of a call that has passed the gate."""
    token: TokenView = request.api_token  # type: ignore[attr-defined]
    return token


def actor_of(request: HttpRequest) -> str:
    return token_of(request).actor


def key_of(request: HttpRequest) -> str:
    """Return the key for verbs that take one: the same call again is the same deed, even after a crash.

    Verbs put what it is for in front and keep 80 characters at most, so a long key becomes a short one, never half.
    """
    given = request.headers.get(KEY_HEADER, "")
    if len(given) > LONGEST_KEPT:
        given = hashlib.sha256(given.encode()).hexdigest()[:LONGEST_KEPT]
    return f"api:{token_of(request).id}:{given}"


def scope(permission: str, *, needs_key: bool = False, keeps_answer: bool = True) -> Callable[[V], V]:
    """Let a call in whose token has `permission`; `needs_key` refuses one without an idempotency key.

    An answer that shows a secret is not kept (`keeps_answer`), so such a call cannot be repeated under a key.
    """

    def decorate(view: V) -> V:
        def gate(run: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
            @functools.wraps(run)
            def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
                try:
                    token = _token_of(request)
                    if permission not in token.scopes:
                        raise MissingScope(scope=permission)
                    request.api_token = token  # type: ignore[attr-defined]
                    if any(isinstance(value, int) and value > BIGGEST_KEY for value in kwargs.values()):
                        raise NotFound()
                    if needs_key and not request.headers.get(KEY_HEADER):
                        raise HttpError(400, KEY_HEADER)
                    with acting(token.actor, address=request.META.get("REMOTE_ADDR", "")):
                        if not keeps_answer:
                            return run(request, *args, **kwargs)
                        return _once(request, token, lambda: run(request, *args, **kwargs), _about(kwargs))
                except (DuliError, HttpError, RequestDataTooBig) as error:
                    return api.on_exception(request, error)

            return inner

        decorate_view(gate)(view)
        view.scope = permission  # type: ignore[attr-defined]
        return view

    return decorate


def _about(arguments: Mapping[str, Any]) -> str:
    """Return whose data a call is about by its address, as a reference: an order's answer names its buyer."""
    for name, room in (("customer_id", "customer"), ("order_id", "order")):
        if name in arguments:
            return f"{room}:{arguments[name]}"
    return ""


def answer_is_about(request: HttpRequest, reference: str) -> None:
    """Say whose data the answer holds, where the address cannot: of somebody who is noted by this very call."""
    request.answer_about = reference  # type: ignore[attr-defined]


def _once(request: HttpRequest, token: TokenView, run: Callable[[], HttpResponse], about: str) -> HttpResponse:
    key = request.headers.get(KEY_HEADER, "")
    if not key or request.method in SAFE:
        return run()
    call = f"{request.method} {request.get_full_path()}\n".encode() + request.body
    kept = begin_call(token_id=token.id, key=key, call=call)
    if kept is not None:
        answer = HttpResponse(kept.body, status=kept.status, content_type="application/json; charset=utf-8")
        answer.headers["Idempotent-Replayed"] = "true"
        return answer
    status, body = 500, ""
    try:
        response = run()
        status, body = response.status_code, response.content.decode()
        return response
    finally:
        about = getattr(request, "answer_about", about)
        end_call(token_id=token.id, key=key, status=status, body=body, about=about[:60])


def _answer(
    request: HttpRequest, status: int, code: str, message: str, fields: dict[str, str] | None = None
) -> HttpResponse:
    return api.create_response(request, {"code": code, "message": message, "fields": fields or {}}, status=status)


def _spoken(request: HttpRequest) -> Any:
    return translation.override(translation.get_language_from_request(request))


def said(request: HttpRequest, error: DuliError) -> str:
    """Return what an error says, in the language of the call."""
    with _spoken(request):
        return sentence(error)


@api.exception_handler(DuliError)
def _business_error(request: HttpRequest, error: DuliError) -> HttpResponse:
    message = said(request, error)
    fields = error.params.get("fields")
    named = {str(error.params["field"]): error.code} if "field" in error.params else {}
    response = _answer(request, error.status, error.code, message, fields if isinstance(fields, dict) else named)
    if error.status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


@api.exception_handler(ValidationError)
def _malformed(request: HttpRequest, error: ValidationError) -> HttpResponse:
    fields = {str(entry["loc"][-1]): str(entry["type"]) for entry in error.errors if entry.get("loc")}
    with _spoken(request):
        return _answer(request, 422, "invalid_input", translation.gettext("Please check the marked fields."), fields)


@api.exception_handler(RequestDataTooBig)
def _too_large(request: HttpRequest, error: RequestDataTooBig) -> HttpResponse:
    with _spoken(request):
        return _answer(request, 413, "too_large", translation.gettext("This request is too large."))


@api.exception_handler(HttpError)
def _unreadable(request: HttpRequest, error: HttpError) -> HttpResponse:
    with _spoken(request):
        if str(error) == KEY_HEADER:
            words = translation.gettext("This call needs the header Idempotency-Key.")
            return _answer(request, error.status_code, "idempotency_key_missing", words)
        return _answer(
            request, error.status_code, "malformed_request", translation.gettext("This request cannot be read.")
        )
