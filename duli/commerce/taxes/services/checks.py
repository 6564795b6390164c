"""Asking the registers about VAT ids, and keeping what they said."""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction

from duli.base.clock import now
from duli.base.text import one_line
from duli.commerce.taxes.events import VatIdAnswered
from duli.commerce.taxes.models import VatCheck
from duli.commerce.taxes.selectors import FRESH, own_vat_id, unanswered, vat_standing
from duli.commerce.taxes.types import VatStanding
from duli.commerce.taxes.vat_ids import normal, register_of, registers
from duli.platform.events.services import publish


def check_vat_id(*, vat_id: str, country: str = "") -> VatStanding:
    """Ask the register of a VAT id whether it is in force, unless it answered within the last day.

    `country` is of an id without its letters. The question is asked outside of any transaction. A register that does
    not answer, or that no plugin speaks to, leaves the id "unavailable": not invalid, and asked again by a job. Raises
    InvalidVatId for an id that cannot be one.
    """
    number = normal(vat_id, country)
    known = vat_standing(number)
    if known is not None and known.state != VatCheck.State.UNAVAILABLE and (known.checked_at or now()) > now() - FRESH:
        return known
    return ask(number)


def ask(number: str, *, again: bool = False) -> VatStanding:
    """Ask the register of a normal VAT id now, and keep the answer.

    `again`: somebody waited for it, and is told when it comes (VatIdAnswered).
    """
    register = register_of(number)
    requester = own_vat_id(now().date())
    if register in registers:
        letters = number[:2]
        answer = registers.get(register)(letters, number[2:], requester)
        state, error = answer.state, answer.error
        said = (answer.name, answer.address, answer.request_identifier)
    else:
        state, error, said = VatCheck.State.UNAVAILABLE, "NO_REGISTER", ("", "", "")
    row = VatCheck(
        number=number,
        state=state if state in VatCheck.State.values else VatCheck.State.UNAVAILABLE,
        name=one_line(said[0], 250),
        address=one_line(said[1], 500),
        request_identifier=one_line(said[2], 60),
        requester=requester[:20],
        error=one_line(error, 60),
        checked_at=now(),
    )
    with transaction.atomic():
        row.save()
        if again and row.state != VatCheck.State.UNAVAILABLE:
            publish(VatIdAnswered(row.pk, number, row.state), reference=f"vat:{number}", actor="system")
    return VatStanding(row.number, row.state, row.name, row.address, row.request_identifier, row.checked_at)


@transaction.atomic
def forget_names(*, numbers: Collection[str]) -> int:
    """Forget who stands behind these VAT ids, as registers told it; whether they were valid, and the proof, stay."""
    return VatCheck.objects.filter(number__in=numbers).exclude(name="", address="").update(name="", address="")


def check_waiting() -> int:
    """Ask again about the ids whose register did not answer; return how many did now."""
    answered = 0
    for number in unanswered():
        if ask(number, again=True).state != VatCheck.State.UNAVAILABLE:
            answered += 1
    return answered
