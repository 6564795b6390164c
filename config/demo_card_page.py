"""The practice card page inside the shop's own process, for `make demo`: one process, no network.

Only mounted when DULI_DEMO is set. The gateway still speaks HTTP to it, so it needs a second server thread.
"""

from __future__ import annotations

import hashlib
import hmac
import io
from functools import lru_cache

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import re_path
from django.views.decorators.csrf import csrf_exempt

from sandbox.card_page import create_app
from sandbox.card_page.app import MAXIMUM_BODY, CardPage

PREFIX = "/sandbox-card"


def _secret() -> str:
    # The practice gateway derives the same key when the merchant has set none; nothing here may import a plugin.
    return hmac.new(settings.SECRET_KEY.encode(), b"sandbox card page", hashlib.sha256).hexdigest()


@lru_cache(maxsize=1)
def card_page() -> CardPage:
    """Return the one application of this process; its sessions survive a restart in the data folder."""
    settings.DATA_DIR.mkdir(parents=True, exist_ok=True)
    return create_app(
        secrets={"duli": _secret()},
        public_url=settings.PUBLIC_URL + PREFIX,
        path=str(settings.DATA_DIR / "card_page.sqlite3"),
    )


@csrf_exempt
def mounted(request: HttpRequest, path: str) -> HttpResponse:
    """Hand the request to the WSGI application and return what it answers."""
    try:
        too_long = int(request.META.get("CONTENT_LENGTH") or 0) > MAXIMUM_BODY
    except ValueError:
        too_long = True
    body = b"" if too_long else request.body
    environ = {
        **{name: value for name, value in request.META.items() if isinstance(value, str)},
        "REQUEST_METHOD": request.method or "GET",
        "SCRIPT_NAME": PREFIX,
        "PATH_INFO": "/" + path,
        "wsgi.input": io.BytesIO(body),
    }
    if not too_long:
        environ["CONTENT_LENGTH"] = str(len(body))
    response = HttpResponse()

    def start_response(status: str, headers: list[tuple[str, str]]) -> None:
        response.status_code = int(status.split(" ", 1)[0])
        for name, value in headers:
            response[name] = value

    response.content = b"".join(card_page()(environ, start_response))
    return response


urlpatterns = [re_path(r"^sandbox-card/(?P<path>.*)$", mounted)]
