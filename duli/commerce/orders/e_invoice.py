"""An issued document as EN 16931 has it, in the syntax of UN/CEFACT (CII): what Factur-X and ZUGFeRD put into the PDF.

Everything comes from the document's snapshot, so that the file says what the paper says, whenever it is asked for.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from xml.etree.ElementTree import Element, SubElement, register_namespace, tostring

from duli.base.money import Money, exponent
from duli.commerce.orders.models import Document
from duli.commerce.orders.states import DocumentKind
from duli.commerce.taxes.types import Scheme
from duli.platform.store.days import day_of

GUIDELINE = "urn:cen.eu:en16931:2017"
_SPACES = {
    "rsm": "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100",
    "ram": "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100",
    "udt": "urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100",
}
INVOICE, CREDIT_NOTE = "380", "381"
REASONS = {
    Scheme.REVERSE_CHARGE: ("AE", "VATEX-EU-AE", "Reverse charge"),
    Scheme.EXPORT: ("G", "VATEX-EU-G", "Export outside the EU"),
    Scheme.OUTSIDE: ("O", "VATEX-EU-O", "Not subject to VAT"),
    Scheme.IMPORT: ("O", "VATEX-EU-O", "Not subject to VAT"),
}
"""Category, code and words of a supply without tax (EN 16931, BT-118, BT-121, BT-120)."""


@dataclass(frozen=True, slots=True)
class _Group:
    """What is charged at one rate, in minor units."""

    category: str
    rate: Decimal
    base: int
    tax: int


def cii_xml(document: Document) -> bytes:
    """Return the document as Cross Industry Invoice XML at the profile EN 16931."""
    for prefix, address in _SPACES.items():
        register_namespace(prefix, address)
    paper = document.snapshot
    root = Element(_name("rsm:CrossIndustryInvoice"))
    context = _sub(root, "rsm:ExchangedDocumentContext")
    _text(_sub(context, "ram:GuidelineSpecifiedDocumentContextParameter"), "ram:ID", GUIDELINE)
    head = _sub(root, "rsm:ExchangedDocument")
    _text(head, "ram:ID", document.label)
    _text(head, "ram:TypeCode", INVOICE if document.kind == DocumentKind.INVOICE else CREDIT_NOTE)
    _day(_sub(head, "ram:IssueDateTime"), day_of(document.issued_at).isoformat())
    for note in paper.get("notes", []):
        _text(_sub(head, "ram:IncludedNote"), "ram:Content", note)
    trade = _sub(root, "rsm:SupplyChainTradeTransaction")
    groups = _groups(document)
    for number, line in enumerate(_lines_of(document, groups), 1):
        _line(trade, number, line, document)
    agreement = _sub(trade, "ram:ApplicableHeaderTradeAgreement")
    _party(agreement, "ram:SellerTradeParty", paper["seller"], paper["seller"].get("address", "").splitlines())
    _party(agreement, "ram:BuyerTradeParty", paper["buyer"], paper["buyer"].get("lines", [])[1:])
    _text(_sub(agreement, "ram:BuyerOrderReferencedDocument"), "ram:IssuerAssignedID", str(paper["order_number"]))
    delivery = _sub(trade, "ram:ApplicableHeaderTradeDelivery")
    event = _sub(delivery, "ram:ActualDeliverySupplyChainEvent")
    _day(_sub(event, "ram:OccurrenceDateTime"), paper.get("supplied_on") or day_of(document.issued_at).isoformat())
    _settlement(trade, document, groups)
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode").encode()


def _settlement(trade: Element, document: Document, groups: list[_Group]) -> None:
    paper, currency = document.snapshot, document.currency
    settlement = _sub(trade, "ram:ApplicableHeaderTradeSettlement")
    _text(settlement, "ram:InvoiceCurrencyCode", currency)
    reason = REASONS.get(paper.get("scheme", ""))
    for group in groups:
        tax = _sub(settlement, "ram:ApplicableTradeTax")
        _text(tax, "ram:CalculatedAmount", _amount(group.tax, currency))
        _text(tax, "ram:TypeCode", "VAT")
        if reason and not group.rate:
            _text(tax, "ram:ExemptionReason", reason[2])
        _text(tax, "ram:BasisAmount", _amount(group.base, currency))
        _text(tax, "ram:CategoryCode", group.category)
        if reason and not group.rate:
            _text(tax, "ram:ExemptionReasonCode", reason[1])
        if group.category != "O":
            _text(tax, "ram:RateApplicablePercent", _percent(group.rate))
    net = _net_of_lines(_lines_of(document, groups))
    charges = allowances = 0
    for group in groups:
        rest = group.base - net[group.rate]
        if not rest:
            continue
        entry = _sub(settlement, "ram:SpecifiedTradeAllowanceCharge")
        _text(_sub(entry, "ram:ChargeIndicator"), "udt:Indicator", "true" if rest > 0 else "false")
        _text(entry, "ram:ActualAmount", _amount(abs(rest), currency))
        _text(entry, "ram:Reason", "Shipping and handling" if rest > 0 else "Adjustment")
        tax = _sub(entry, "ram:CategoryTradeTax")
        _text(tax, "ram:TypeCode", "VAT")
        _text(tax, "ram:CategoryCode", group.category)
        if group.category != "O":
            _text(tax, "ram:RateApplicablePercent", _percent(group.rate))
        charges += max(0, rest)
        allowances += max(0, -rest)
    if document.kind == DocumentKind.INVOICE:
        terms = _sub(settlement, "ram:SpecifiedTradePaymentTerms")
        _text(terms, "ram:Description", f"#{paper['order_number']}")
    sums = _sub(settlement, "ram:SpecifiedTradeSettlementHeaderMonetarySummation")
    _text(sums, "ram:LineTotalAmount", _amount(sum(net.values()), currency))
    if charges:
        _text(sums, "ram:ChargeTotalAmount", _amount(charges, currency))
    if allowances:
        _text(sums, "ram:AllowanceTotalAmount", _amount(allowances, currency))
    base = sum(group.base for group in groups)
    _text(sums, "ram:TaxBasisTotalAmount", _amount(base, currency))
    taxed = _sub(sums, "ram:TaxTotalAmount")
    taxed.set("currencyID", currency)
    taxed.text = _amount(document.total_minor - base, currency)
    _text(sums, "ram:GrandTotalAmount", _amount(document.total_minor, currency))
    _text(sums, "ram:DuePayableAmount", _amount(document.total_minor, currency))
    if paper.get("corrects"):
        _text(_sub(settlement, "ram:InvoiceReferencedDocument"), "ram:IssuerAssignedID", paper["corrects"])


def _lines_of(document: Document, groups: list[_Group]) -> list[dict[str, Any]]:
    """Return the lines of a paper. One of shipping alone has none of its own, and BR-16 wants one: what is charged."""
    lines: list[dict[str, Any]] = document.snapshot["lines"]
    return lines or [
        {
            "title": "Shipping and handling" if document.snapshot.get("shipping_minor") else "Adjustment",
            "quantity": 1 if group.base >= 0 else -1,
            "tax_minor": group.tax,
            "total_minor": group.base + group.tax,
            "rate": str(group.rate),
        }
        for group in groups
    ]


def _net_of_lines(lines: Iterable[dict[str, Any]]) -> dict[Decimal, int]:
    found: dict[Decimal, int] = defaultdict(int)
    for line in lines:
        found[Decimal(line["rate"]).normalize()] += line["total_minor"] - line["tax_minor"]
    return found


def _groups(document: Document) -> list[_Group]:
    """Return base and tax for each rate; what is charged without tax is what is left of the total."""
    reason = REASONS.get(document.snapshot.get("scheme", ""))
    found = [
        _Group("S", rate, tax["net"], tax["tax"])
        for tax in document.snapshot["taxes"]
        if (rate := Decimal(tax["rate"]).normalize())
    ]
    rest = document.total_minor - sum(group.base + group.tax for group in found)
    if rest or not found:
        found.append(_Group(reason[0] if reason else "Z", Decimal(0), rest, 0))
    return found


def _line(trade: Element, number: int, line: dict[str, Any], document: Document) -> None:
    currency, rate = document.currency, Decimal(line["rate"]).normalize()
    net = line["total_minor"] - line["tax_minor"]
    item = _sub(trade, "ram:IncludedSupplyChainTradeLineItem")
    _text(_sub(item, "ram:AssociatedDocumentLineDocument"), "ram:LineID", str(number))
    product = _sub(item, "ram:SpecifiedTradeProduct")
    if line.get("sku"):
        _text(product, "ram:SellerAssignedID", line["sku"])
    _text(product, "ram:Name", " – ".join(filter(None, [line["title"], line.get("variant", "")])))
    price = _sub(_sub(item, "ram:SpecifiedLineTradeAgreement"), "ram:NetPriceProductTradePrice")
    each = (Money(net, currency).amount / line["quantity"]).quantize(Decimal("0.000001"))
    _text(price, "ram:ChargeAmount", f"{each.normalize():f}")
    billed = _sub(_sub(item, "ram:SpecifiedLineTradeDelivery"), "ram:BilledQuantity")
    billed.set("unitCode", "C62")
    billed.text = str(line["quantity"])
    settlement = _sub(item, "ram:SpecifiedLineTradeSettlement")
    tax = _sub(settlement, "ram:ApplicableTradeTax")
    reason = REASONS.get(document.snapshot.get("scheme", ""))
    category = "S" if rate else reason[0] if reason else "Z"
    _text(tax, "ram:TypeCode", "VAT")
    _text(tax, "ram:CategoryCode", category)
    if category != "O":
        _text(tax, "ram:RateApplicablePercent", _percent(rate))
    sums = _sub(settlement, "ram:SpecifiedTradeSettlementLineMonetarySummation")
    _text(sums, "ram:LineTotalAmount", _amount(net, currency))


def _party(parent: Element, name: str, side: dict[str, Any], address: Iterable[str]) -> None:
    party = _sub(parent, name)
    _text(party, "ram:Name", side.get("name") or side.get("email") or "-")
    place = _sub(party, "ram:PostalTradeAddress")
    lines = [line.strip() for line in address if line.strip()]
    for tag, line in zip(("ram:LineOne", "ram:LineTwo"), [*lines[:1], ", ".join(lines[1:])], strict=False):
        if line:
            _text(place, tag, line)
    _text(place, "ram:CountryID", side.get("country") or "CN")
    if side.get("vat_id"):
        number = SubElement(_sub(party, "ram:SpecifiedTaxRegistration"), _name("ram:ID"))
        number.set("schemeID", "VA")
        number.text = side["vat_id"]


def _name(tag: str) -> str:
    prefix, _colon, local = tag.partition(":")
    return f"{{{_SPACES[prefix]}}}{local}"


def _sub(parent: Element, tag: str) -> Element:
    return SubElement(parent, _name(tag))


def _text(parent: Element, tag: str, text: str) -> None:
    _sub(parent, tag).text = text


def _day(parent: Element, day: str) -> None:
    entry = SubElement(parent, _name("udt:DateTimeString"))
    entry.set("format", "102")
    entry.text = day.replace("-", "")[:8]


def _amount(minor: int, currency: str) -> str:
    return f"{Money(minor, currency).amount:.{exponent(currency)}f}"


def _percent(rate: Decimal) -> str:
    return f"{(rate * 100).normalize():f}"
