"""Invoices on their screens and as files."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from PIL import Image

from duli.commerce.orders.models import Document
from duli.web.backoffice.kit import pdf
from tests import factories

pytestmark = pytest.mark.django_db
PRINT = "backoffice:documents_print"


def test_invoices_are_issued_together_listed_and_printed_in_the_buyers_language(owner: Client) -> None:
    first, second = factories.order(paid=True), factories.order(market_code="int")
    answer = owner.post(reverse("backoffice:orders_issue"), {"id": [first.pk, second.pk]}, follow=True)
    page = answer.content.decode()
    assert page.index("INV-000001") < page.index("INV-000002")
    assert "账单" in page
    assert "13%" in page
    assert ">Invoice<" in page
    listed = owner.get(reverse("backoffice:documents")).content.decode()
    assert listed.index("INV-000002") < listed.index("INV-000001")
    for query, count in (("q=INV-000001", 1), (f"q=%23{second.number}", 1), ("view=credit_note", 0), ("q=x", 0)):
        shown = owner.get(f"{reverse('backoffice:documents')}?{query}").content.decode()
        assert shown.count("data-row") == count, query
    again = owner.post(reverse("backoffice:orders_issue"), {"id": [first.pk]})
    assert Document.objects.count() == 2
    assert again["Location"].endswith(f"?id={Document.objects.get(order=first).pk}")


def test_a_pdf_holds_several_papers_with_their_fonts(owner: Client) -> None:
    if not pdf.available():
        pytest.skip("no pango on this machine")
    orders = [factories.order(paid=True), factories.order(market_code="int")]
    owner.post(reverse("backoffice:orders_issue"), {"id": [order.pk for order in orders]})
    keys = list(Document.objects.order_by("pk").values_list("pk", flat=True))
    answer = owner.get(reverse(PRINT), {"id": keys, "pdf": "1"})
    assert answer["Content-Type"] == "application/pdf"
    assert 'filename="INV-000001.pdf"' in answer["Content-Disposition"]
    assert answer.content.startswith(b"%PDF-")
    # The glyphs of two languages are inside.
    assert len(answer.content) > 8_000


def test_without_the_library_the_page_stays(owner: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("duli.web.backoffice.kit.pdf.available", lambda: False)
    monkeypatch.setattr("duli.web.backoffice.screens.documents.available", lambda: False)
    owner.post(reverse("backoffice:orders_issue"), {"id": [factories.order().pk]})
    key = Document.objects.get().pk
    assert "pdf=1" not in owner.get(reverse(PRINT), {"id": key}).content.decode()
    answer = owner.get(reverse(PRINT), {"id": key, "pdf": "1"})
    assert answer.status_code == 409
    assert "duli doctor" in answer.content.decode()


def test_a_paper_fetches_nothing_from_elsewhere(tmp_path: Path) -> None:
    if not pdf.available():
        pytest.skip("no pango on this machine")
    picture = tmp_path / "noise.png"
    Image.frombytes("RGB", (200, 200), random.Random(1).randbytes(120_000)).save(picture)
    assert len(pdf.write_pdf(f'<img src="{picture.as_uri()}" width="200">')) < 20_000
