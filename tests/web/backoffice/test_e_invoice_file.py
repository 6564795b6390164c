"""The file of an invoice, read back by the library that wrote it."""

from __future__ import annotations

from io import BytesIO

import pytest
from django.test import Client
from django.urls import reverse
from facturx import get_facturx_xml_from_pdf

from duli.commerce.orders.e_invoice import cii_xml
from duli.web.backoffice.kit.pdf import available
from tests.commerce.orders.test_e_invoice import issued, sums
from tests.commerce.taxes.test_treatment import buy, shop

pytestmark = pytest.mark.django_db


@pytest.mark.skipif(not available(), reason="no PDF on this machine")
def test_the_file_holds_the_invoice(owner: Client) -> None:
    shop("DE")
    document = issued(buy("DE", 11900))
    answer = owner.get(reverse("backoffice:documents_print"), {"id": document.pk, "pdf": 1})
    assert answer.status_code == 200
    name, content = get_facturx_xml_from_pdf(BytesIO(answer.content), check_xsd=True)
    assert name == "factur-x.xml"
    assert sums(content) == sums(cii_xml(document))
