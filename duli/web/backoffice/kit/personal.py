"""What staff who may not see personal data get instead: e-mail addresses, numbers and addresses are masked.

The mask stands at the door of every screen, over what is about to leave (`veiled`), so that no page, list, fragment
or download can forget it. Addresses have no shape that could be recognised: whoever writes them asks `lines`. A
search must not answer, letter by letter, what the page hides: lists and the palette ask `searchable`. Screens whose
whole point is personal data (forms that edit it, files of it) are marked ``personal=True`` and stay closed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase, StreamingHttpResponse

from duli.base.text import mask_contacts
from duli.platform.accounts.limits import sees

Response = TypeVar("Response", bound=HttpResponseBase)

_hidden: ContextVar[bool] = ContextVar("personal_data_hidden", default=False)
_TEXT = ("text/", "application/json", "application/javascript")
_TELLING = re.compile(r"@|\d{8,}|\.[a-z]{2,}$", re.IGNORECASE)
HIDDEN = "•••"


@contextmanager
def for_person(request: HttpRequest) -> Iterator[None]:
    """Hide personal data inside the block if the person may not see it."""
    token = _hidden.set(not sees(request.user, "personal"))
    try:
        yield
    finally:
        _hidden.reset(token)


def hidden() -> bool:
    """Say whether personal data is hidden from whoever asks now."""
    return _hidden.get()


def lines(written: tuple[str, ...]) -> tuple[str, ...]:
    """Return the lines of an address, or nothing but that there is one."""
    return (HIDDEN,) if written and hidden() else written


def searchable(query: str) -> str:
    """Return what may be looked for: nothing that looks like (a part of) an e-mail address or a phone number."""
    return "" if hidden() and _TELLING.search(query) else query


def veiled(response: Response) -> Response:
    """Mask what an answer says of how to reach somebody, if that is hidden."""
    if not hidden() or not response.headers.get("Content-Type", "text/html").startswith(_TEXT):
        return response
    if isinstance(response, StreamingHttpResponse):
        response.streaming_content = _masked(response.streaming_content)  # type: ignore[arg-type]
    elif isinstance(response, HttpResponse):
        response.content = mask_contacts(response.content.decode(response.charset or "utf-8")).encode()
    return response


def _masked(chunks: Iterable[bytes]) -> Iterator[str]:
    # Our own streams are whole rows, so no address is cut in two.
    for chunk in chunks:
        yield mask_contacts(chunk.decode("utf-8"))
