"""A page as a PDF, where the machine can: the printable page is the same without it."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from duli.base.errors import DuliError
from duli.commerce.orders.e_invoice import cii_xml
from duli.commerce.orders.models import Document

STYLE = Path(__file__).resolve().parent.parent / "static" / "backoffice" / "css" / "pdf.css"


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


def write_pdf(html: str, *, variant: str | None = None) -> bytes:
    """Return the page as a PDF with its fonts inside; it fetches nothing, neither from disk nor from the network.

    `variant` is a kind of archive file ("pdf/a-3b"). NoPdf where this machine cannot.
    """
    if not available():
        raise NoPdf()
    import weasyprint
    from weasyprint.urls import URLFetcher

    class Nothing(URLFetcher):  # type: ignore[misc]
        def fetch(self, url: str, headers: Any = None) -> Any:
            raise ValueError(url)

    style = weasyprint.CSS(string=STYLE.read_text(encoding="utf-8"))
    document: bytes = weasyprint.HTML(string=html, url_fetcher=Nothing()).write_pdf(
        stylesheets=[style], pdf_variant=variant
    )
    return document


def write_invoice(html: str, paper: Document) -> bytes:
    """Return an issued paper as Factur-X (ZUGFeRD): PDF/A-3 with the invoice as EN 16931 XML inside.

    The library checks the XML by the official schema. NoPdf where this machine cannot write PDFs.
    """
    page = write_pdf(html, variant="pdf/a-3b")
    from facturx import generate_from_binary  # type: ignore[import-untyped]

    found: bytes = generate_from_binary(
        page,
        cii_xml(paper),
        flavor="factur-x",
        level="en16931",
        check_xsd=True,
        pdf_metadata={
            "author": paper.snapshot["seller"]["name"],
            "keywords": "Factur-X, Invoice",
            "title": paper.label,
            "subject": paper.label,
        },
        lang="en" if paper.language == "en" else "zh",
    )
    return found
