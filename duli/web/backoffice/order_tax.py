"""Why an order is taxed as it is, for the order's page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from duli.base.money import format_money
from duli.commerce.orders.models import Order
from duli.commerce.taxes.selectors import last_answer
from duli.commerce.taxes.types import Scheme
from duli.web.backoffice.kit.pills import Pill
from duli.web.backoffice.order_words import country_name

SCHEMES: dict[str, tuple[str | Promise, str | Promise]] = {
    Scheme.DESTINATION: (_("Taxed where the goods go"), ""),
    Scheme.DOMESTIC: (_("At home"), _("The rates of your own country.")),
    Scheme.LOCAL: (_("Registered there"), _("You are registered where the goods go, and charge its rates.")),
    Scheme.OSS: (_("EU one-stop shop (OSS)"), _("VAT of the buyer's country, declared in the OSS return.")),
    Scheme.IOSS: (
        _("EU import one-stop shop (IOSS)"),
        _("VAT is charged here. Give the IOSS number to the carrier alone; never print it."),
    ),
    Scheme.UK: (_("UK VAT for parcels from abroad"), _("UK VAT is charged here and declared there.")),
    Scheme.REVERSE_CHARGE: (_("Reverse charge"), _("A business with a valid VAT ID: the buyer owes the VAT.")),
    Scheme.OUTSIDE: (_("Outside of your tax"), _("The place of supply is elsewhere: nothing is charged.")),
    Scheme.EXPORT: (_("Export"), _("Tax-free; keep the proof that the goods left.")),
    Scheme.IMPORT: (_("Import"), _("The buyer pays import VAT at the border.")),
    Scheme.UNREGISTERED: (_("Not registered there"), _("No tax is charged, because you are not registered there.")),
}
ANSWERS = {
    "valid": Pill(_("Valid"), "ok", "full"),
    "invalid": Pill(_("Not valid"), "critical", "full"),
    "unavailable": Pill(_("The register did not answer"), "attention", "half"),
    "unchecked": Pill(_("Not asked"), "", ""),
}


@dataclass(frozen=True, slots=True)
class VatAnswer:
    """What a register said of the buyer's VAT id, with its proof of having been asked."""

    pill: Pill
    proof: str
    checked_at: datetime | None


@dataclass(frozen=True, slots=True)
class TaxFacts:
    """How an order is taxed; `late` is what a register said after the order was placed."""

    name: str
    why: str
    place: str
    vat_id: str
    vat_name: str
    answer: VatAnswer | None
    late: VatAnswer | None
    is_waiting: bool
    late_is_valid: bool
    duty: str
    duty_codes: str
    duty_who: str


def _answer(state: str, proof: str, when: str) -> VatAnswer:
    pill = ANSWERS.get(state, ANSWERS["unchecked"])
    return VatAnswer(pill, proof, datetime.fromisoformat(when) if when else None)


def tax_facts(order: Order) -> TaxFacts | None:
    """Return how an order is taxed; None where the shop never said where it is established."""
    tax: Mapping[str, Any] = order.tax or {}
    if not order.tax_scheme or (order.tax_scheme == Scheme.DESTINATION and not tax.get("vat_id")):
        return None
    name, why = SCHEMES.get(order.tax_scheme, (order.tax_scheme, ""))
    place = tax.get("place") or {}
    where = [country_name(place.get("country", "")), place.get("region", "")]
    vat_id, late, duty = str(tax.get("vat_id", "")), tax.get("vat_later"), tax.get("duty")
    known = last_answer(vat_id)
    return TaxFacts(
        name=str(name),
        why=str(why),
        place=" · ".join(filter(None, where)),
        vat_id=vat_id,
        vat_name=known.name.strip("- ") if known else "",
        answer=_answer(tax.get("vat_state", ""), tax.get("proof", ""), tax.get("checked_at", "")) if vat_id else None,
        late=_answer(late["state"], late["proof"], late["checked_at"]) if late else None,
        is_waiting=tax.get("vat_state") == "unavailable" and not late,
        late_is_valid=bool(late and late["state"] == "valid"),
        duty=_duty(duty) if duty else "",
        duty_codes=", ".join(duty["codes"]) if duty else "",
        duty_who=_who(duty) if duty else "",
    )


def _duty(duty: Mapping[str, Any]) -> str:
    count = len(duty["codes"]) + duty["unknown"]
    return format_money(duty["each"] * count, duty["currency"], get_language() or "en")


def _who(duty: Mapping[str, Any]) -> str:
    return gettext("The shop pays it at the border") if duty["charged"] else gettext("The buyer pays it at the border")
