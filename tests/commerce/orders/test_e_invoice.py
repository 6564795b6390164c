"""Invoices as EN 16931 has them: by the judge that the library brings, and to the cent by our own eyes."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from xml.etree.ElementTree import fromstring

import pytest
from facturx import xml_check_xsd

from duli.commerce.orders import services
from duli.commerce.orders.e_invoice import cii_xml
from duli.commerce.orders.models import Document, Order
from duli.commerce.orders.types import RefundLine
from tests import factories
from tests.commerce.taxes.test_treatment import FR, buy, clock, office, register, shop, variant

pytestmark = pytest.mark.django_db
__all__ = ["clock", "office"]
RAM = "{urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100}"


def issued(order: Order) -> Document:
    return services.issue_invoice(order_id=order.pk, actor="user:1")


def sums(content: bytes) -> dict[str, Decimal]:
    found = fromstring(content).find(f".//{RAM}SpecifiedTradeSettlementHeaderMonetarySummation")
    assert found is not None
    return {entry.tag.removeprefix(RAM): Decimal(entry.text or "0") for entry in found}


def check(document: Document) -> dict[str, Decimal]:
    """The schema accepts it, and its sums are what EN 16931 says they are (BR-CO-10 to BR-CO-16)."""
    content = cii_xml(document)
    assert xml_check_xsd(content, flavor="factur-x", level="en16931")
    found = sums(content)
    root = fromstring(content)
    place = f".//{RAM}SpecifiedTradeSettlementLineMonetarySummation/{RAM}LineTotalAmount"
    lines = [Decimal(one.text or "") for one in root.iterfind(place)]
    assert sum(lines) == found["LineTotalAmount"]
    base = found["LineTotalAmount"] + found.get("ChargeTotalAmount", 0) - found.get("AllowanceTotalAmount", 0)
    assert base == found["TaxBasisTotalAmount"]
    assert found["TaxBasisTotalAmount"] + found["TaxTotalAmount"] == found["GrandTotalAmount"]
    taxes = root.iterfind(f".//{RAM}ApplicableHeaderTradeSettlement/{RAM}ApplicableTradeTax/{RAM}CalculatedAmount")
    assert sum(Decimal(one.text or "") for one in taxes) == found["TaxTotalAmount"]
    return found


def test_goods_of_two_rates_with_shipping() -> None:
    shop("DE")
    register("vat", "DE", number="DE136695976")
    order = buy("DE", ids=(variant(11900), variant(10700, tax_class="reduced")))
    document = issued(order)
    found = check(document)
    assert found["GrandTotalAmount"] == Decimal(order.total_minor) / 100
    assert found["TaxTotalAmount"] == Decimal(order.tax_minor) / 100
    text = cii_xml(document).decode()
    assert "DE136695976" in text
    assert ">380<" in text


def test_reverse_charge_says_so(office: Any) -> None:
    from duli.commerce.taxes.services import check_vat_id

    shop("DE")
    register("vat", "DE", number="DE136695976")
    check_vat_id(vat_id=FR)
    document = issued(buy("FR", 11900, vat_id=FR))
    found = check(document)
    assert (found["TaxTotalAmount"], found["GrandTotalAmount"]) == (0, 105)
    text = cii_xml(document).decode()
    assert "VATEX-EU-AE" in text
    assert FR in text
    assert document.snapshot["notes"] == ["Reverse charge: the recipient owes the VAT."]


def test_export_and_import() -> None:
    shop("DE")
    assert "VATEX-EU-G" in cii_xml(issued(buy("CH", 11900))).decode()
    check(Document.objects.get())


def test_a_credit_note_with_a_fee() -> None:
    shop("DE")
    order = buy("DE", ids=(variant(11900), variant(10700, tax_class="reduced")))
    issued(order)
    factories.payments.mark_received(
        collection_id=order.payment_collection_id, amount=factories.Money(order.total_minor, "EUR"), actor="user:1",
        idempotency_key="x",
    )  # fmt: skip
    factories.drain()
    services.refund(
        order_id=order.pk, lines=[RefundLine(order.lines.all()[0].pk, 1)], shipping_minor=200, adjustment_minor=-500,
        idempotency_key="k", actor="user:1",
    )  # fmt: skip
    factories.drain()
    note = Document.objects.get(kind="credit_note")
    assert check(note)["GrandTotalAmount"] == Decimal(11900 + 200 - 500) / 100
    assert ">381<" in cii_xml(note).decode()
