"""How a finished attempt is told to the shopper."""

from __future__ import annotations

from django.utils.translation import gettext

from duli.commerce.payments.gateway import Failed, Settled, Step
from duli.commerce.payments.models import PaymentAttempt
from duli.commerce.payments.states import AttemptState


def _(message: str) -> str:
    return message


UNDER_REVIEW = _("We received a payment for this order and are checking it. Please do not pay again.")
CLOSED = _("This payment was not completed. You have not been charged.")
DECLINED = _("The payment did not go through. You have not been charged.")
REASONS = {
    "card_declined": _("Your bank declined the card. You have not been charged."),
    "insufficient_funds": _("There is not enough money on this card. You have not been charged."),
    "authentication_failed": _("Your bank could not confirm that it is you. You have not been charged."),
}


def end_of(attempt: PaymentAttempt) -> Step:
    """Return how a finished attempt ended, in the active language."""
    if attempt.state in {AttemptState.CAPTURED, AttemptState.AUTHORISED}:
        return Settled()
    if attempt.state == AttemptState.CLOSED:
        return Failed("closed", gettext(CLOSED))
    return Failed(attempt.error_code or "failed", gettext(REASONS.get(attempt.error_code, DECLINED)))
