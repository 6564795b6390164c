"""The practice card page inside the shop's own process, for `make demo`: one process, no network.

Only mounted when DULI_DEMO is set. The gateway still speaks HTTP to it, so it needs a second server thread.
"""

from __future__ import annotations

import hashlib
import hmac
from functools import lru_cache

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import re_path
from django.views.decorators.csrf import csrf_exempt

from config.stand_in_mount import hand_over
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
    return hand_over(request, card_page(), prefix=PREFIX, path=path, most=MAXIMUM_BODY)


urlpatterns = [re_path(r"^sandbox-card/(?P<path>.*)$", mounted)]
