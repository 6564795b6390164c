"""How often one visitor may call the public half of the API."""

from __future__ import annotations

import time
from math import ceil

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from ninja.throttling import BaseThrottle

from duli.platform.accounts.visitors import visitor_key

SECONDS = 60
# Changing something costs more than reading: of the calls allowed, this share may write.
WRITING_SHARE = 5


class VisitorThrottle(BaseThrottle):
    """So many calls a minute for each address, DULI_API_CALLS_PER_MINUTE (0: any number), a fifth of them writing.

    Counted in the shop's cache by one atomic step: over all machines where Redis is set up, else per process.
    """

    def allow_request(self, request: HttpRequest) -> bool:
        most: int = settings.API_CALLS_PER_MINUTE
        if not most:
            return True
        kind = "read"
        if request.method not in {"GET", "HEAD", "OPTIONS"}:
            kind, most = "write", max(most // WRITING_SHARE, 1)
        key = f"api:{kind}:{visitor_key(request)}:{int(time.time()) // SECONDS}"
        cache.add(key, 0, timeout=2 * SECONDS)
        try:
            return cache.incr(key) <= most
        except ValueError:
            # The cache dropped the count between the two steps: nobody is turned away for that.
            return True

    def wait(self) -> float:
        return ceil(SECONDS - time.time() % SECONDS)
