"""ISO 20022 camt.053 (and 052, 054), whatever its version: names are read without their namespace."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from duli.commerce.reconciliation.formats.entries import Defaults, Entry, UnreadableStatement, entry

_REPORTS = {"Stmt", "Rpt", "Ntfctn"}
_EMPTY = {"NOTPROVIDED", "NONREF"}


def read(content: bytes, defaults: Defaults) -> list[Entry]:
    """Return what the file holds, pending entries left out; a batch gives each of its payments. UnreadableStatement."""
    from defusedxml.ElementTree import fromstring  # type: ignore[import-untyped]

    try:
        root = fromstring(content, forbid_dtd=True)
        reports = [node for node in root.iter() if _name(node) in _REPORTS]
        found = [line for report in reports for line in _of_report(report, defaults)]
    except UnreadableStatement:
        raise
    except Exception as error:
        raise UnreadableStatement(f"XML, {type(error).__name__}") from error
    if not reports:
        raise UnreadableStatement("XML, camt.053")
    return found


def _name(node: Any) -> str:
    return str(node.tag).rpartition("}")[2]


def _all(node: Any, path: str) -> list[Any]:
    found = [node]
    for name in path.split("/"):
        found = [child for parent in found for child in parent if _name(child) == name]
    return found


def _said(node: Any, *paths: str) -> str:
    """Return the first of the paths that says something."""
    for path in paths:
        for found in _all(node, path):
            text = (found.text or "").strip()
            if text and text.upper() not in _EMPTY:
                return str(text)
    return ""


def _of_report(report: Any, defaults: Defaults) -> Iterator[Entry]:
    account = _said(report, "Acct/Id/IBAN", "Acct/Id/Othr/Id") or defaults.account
    for row in _all(report, "Ntry"):
        if _said(row, "Sts/Cd", "Sts") not in {"BOOK", ""}:
            continue
        day = _said(row, "BookgDt/Dt", "BookgDt/DtTm", "ValDt/Dt", "ValDt/DtTm")[:10]
        sign = -1 if _said(row, "CdtDbtInd") == "DBIT" else 1
        whole, currency = _amount(_all(row, "Amt"))
        details = _all(row, "NtryDtls/TxDtls")
        parts = [_amount(_all(part, "Amt") or _all(part, "AmtDtls/TxAmt/Amt")) for part in details]
        # Only a batch whose parts add up is split: else a part is in another currency, or not told.
        splits = len(details) > 1 and all(code == currency for _, code in parts) and sum(a for a, _ in parts) == whole
        pieces = list(zip(details, parts, strict=True)) if splits else [(details[0] if details else None, (whole, ""))]
        for number, (part, (amount, _code)) in enumerate(pieces, start=1):
            bank = _said(row, "AcctSvcrRef")
            own = _said(part, "Refs/AcctSvcrRef") if part is not None else ""
            yield entry(
                account=account,
                booked_on=date.fromisoformat(day),
                amount=amount * sign,
                currency=currency,
                payer=_payer(part, sign),
                payer_account=_payer_account(part, sign),
                text=_text(row, part),
                reference=(own or (f"{bank}/{number}" if bank else "")) if splits else (bank or own),
            )


def _amount(nodes: list[Any]) -> tuple[Decimal, str]:
    if not nodes:
        return Decimal(0), ""
    return Decimal((nodes[0].text or "").strip()), str(nodes[0].get("Ccy", ""))


def _payer(part: Any, sign: int) -> str:
    if part is None:
        return ""
    side = "Dbtr" if sign > 0 else "Cdtr"
    return _said(part, f"RltdPties/{side}/Nm", f"RltdPties/{side}/Pty/Nm", f"RltdPties/Ultmt{side}/Nm")


def _payer_account(part: Any, sign: int) -> str:
    if part is None:
        return ""
    side = "Dbtr" if sign > 0 else "Cdtr"
    return _said(part, f"RltdPties/{side}Acct/Id/IBAN", f"RltdPties/{side}Acct/Id/Othr/Id")


def _text(row: Any, part: Any) -> str:
    if part is None:
        return _said(row, "AddtlNtryInf")
    free = [(node.text or "").strip() for node in _all(part, "RmtInf/Ustrd")]
    structured = [(node.text or "").strip() for node in _all(part, "RmtInf/Strd/CdtrRefInf/Ref")]
    said = [*structured, *free, _said(part, "Refs/EndToEndId")]
    return " ".join(filter(None, said)) or _said(row, "AddtlNtryInf")
