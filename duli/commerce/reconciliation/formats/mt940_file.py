"""SWIFT MT940, as most European banks offer it."""

from __future__ import annotations

import re

from duli.commerce.reconciliation.formats.entries import Defaults, Entry, UnreadableStatement, decoded, entry

_IBAN = re.compile(r"^([A-Z]{2}\d{2}[A-Z0-9]{11,30}?)(?=[A-Z]?[a-z]|[^A-Z0-9]|$)")
_EMPTY = {"", "NONREF", "NOTPROVIDED", "NONE"}


def read(content: bytes, defaults: Defaults) -> list[Entry]:
    """Return what the file holds. UnreadableStatement."""
    import mt940

    try:
        statements = mt940.parse_statements(decoded(content))
        found = [_entry(statement, transaction.data, defaults) for statement in statements for transaction in statement]
    except UnreadableStatement:
        raise
    except Exception as error:
        raise UnreadableStatement(f"MT940, {type(error).__name__}") from error
    if not found and not statements:
        raise UnreadableStatement("MT940")
    return found


def _entry(statement: object, data: dict[str, object], defaults: Defaults) -> Entry:
    def said(name: str) -> str:
        value = data.get(name)
        text = "" if value is None else str(value).strip()
        return "" if text.upper() in _EMPTY else text

    name = said("applicant_name")
    iban = said("applicant_iban") or said("gvc_applicant_iban")
    if not iban and (match := _IBAN.match(name)):
        iban, name = match.group(1), name[match.end() :]
    amount = data["amount"]
    booked = data.get("entry_date") or data["date"]
    purpose = " ".join(filter(None, [said("purpose"), said("additional_purpose")])) or said("transaction_details")
    return entry(
        account=str(getattr(statement, "data", {}).get("account_identification") or defaults.account),
        booked_on=booked,  # type: ignore[arg-type]
        amount=amount.amount,  # type: ignore[attr-defined]
        currency=str(amount.currency or defaults.currency),  # type: ignore[attr-defined]
        payer=name,
        payer_account=iban,
        text=" ".join(filter(None, [purpose, said("end_to_end_reference"), said("customer_reference")])),
        reference=said("bank_reference"),
    )
