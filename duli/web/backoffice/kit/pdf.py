"""A page as a PDF, where the machine can: the printable page is the same without it."""

from __future__ import annotations

from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage

from duli.base.errors import DuliError

SCHEME = "paper:"


def _(message: str) -> str:
    return message


class NoPdf(DuliError):
    """The library, pango or a font is missing; the page can still be printed to a file by the browser."""

    code = "no_pdf"
    message = _(
        "This machine cannot write PDF files. Print the page to a file instead; “duli doctor” says what is missing."
    )
    status = 409


@lru_cache(maxsize=1)
def available() -> bool:
    """Say whether PDFs can be written here; loads the library, which takes a second, once."""
    try:
        import weasyprint  # noqa: F401 (a second and 60 MB, and only papers need it)
    except (ImportError, OSError):
        return False
    return True


def _fetch(url: str, *_: Any, **__: Any) -> dict[str, Any]:
    """Give out the shop's own static files; a paper fetches nothing else, neither from disk nor from the network."""
    path = urlsplit(url).path
    root = urlsplit(settings.STATIC_URL).path or "/"
    if not url.startswith(SCHEME) or not path.startswith(root):
        raise ValueError("a paper holds its own static files only")
    name = path.removeprefix(root)
    found = finders.find(name)
    if found is None and staticfiles_storage.exists(name):
        found = staticfiles_storage.path(name)
    if not isinstance(found, str):
        raise ValueError(f"no static file {name}")
    with open(found, "rb") as file:
        return {"string": file.read(), "mime_type": "text/css" if name.endswith(".css") else None}


def write_pdf(html: str) -> bytes:
    """Return the page as a PDF with its fonts inside. NoPdf where this machine cannot."""
    if not available():
        raise NoPdf()
    import weasyprint

    document: bytes = weasyprint.HTML(string=html, base_url=f"{SCHEME}//shop/", url_fetcher=_fetch).write_pdf()
    return document
