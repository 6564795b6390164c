from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Purpose(TextChoices):
    """`CODE`: somebody asked for it a moment ago, so that no STOP holds it back, but limits are narrow."""

    CODE = "code", _("Code")
    NEWS = "news", _("News of an order")


class DispatchState(TextChoices):
    """`SENDING` and `UNCLEAR`: the service was asked, and nobody knows yet what it did."""

    WAITING = "waiting", pgettext_lazy("sms", "Waiting")
    SENDING = "sending", _("Being handed over")
    UNCLEAR = "unclear", _("Unclear")
    ACCEPTED = "accepted", _("Accepted by the service")
    DELIVERED = "delivered", pgettext_lazy("sms", "Delivered")
    UNDELIVERED = "undelivered", _("Not delivered")
    REFUSED = "refused", pgettext_lazy("sms", "Refused")
    BLOCKED = "blocked", _("Held back by the shop")


FINAL = {
    DispatchState.ACCEPTED,
    DispatchState.DELIVERED,
    DispatchState.UNDELIVERED,
    DispatchState.REFUSED,
    DispatchState.BLOCKED,
}


class Reason(TextChoices):
    """Why a message did not arrive, in one vocabulary for all services and for the shop's own limits."""

    NUMBER = "number", _("This number cannot receive text messages.")
    COUNTRY = "country", _("Text messages to this country are not switched on.")
    STOPPED = "stopped", _("The reader asked for no more text messages.")
    NUMBER_LIMIT = "number_limit", _("Too many text messages to this number.")
    COUNTRY_LIMIT = "country_limit", _("The day's limit for this country is reached.")
    DAY_LIMIT = "day_limit", _("The day's limit of the shop is reached.")
    BUSY = "busy", _("The service takes no more messages at the moment.")
    KEYS = "keys", _("The keys of the service are not right.")
    BALANCE = "balance", _("The balance at the service is used up.")
    SIGN = "sign", _("The sign or sender is not approved by the service.")
    TEMPLATE = "template", _("The template does not fit what the service approved.")
    NO_TEMPLATE = "no_template", _("No template of the service is set for this message.")
    NO_SERVICE = "no_service", _("No service is set up for this country.")
    CONTENT = "content", _("The service or the network refused the words.")
    UNREACHABLE = "unreachable", _("The phone could not be reached.")
    UNCLEAR = "unclear", _("The service did not say whether it took the message, so that it was not sent again.")
    LATE = "late", _("It could not be sent in time.")
    OTHER = "other", _("The service refused the message.")


# How often one number gets a code: (seconds of the window, how many).
CODES_PER_NUMBER = ((60, 1), (3600, 5), (86400, 10))
NEWS_PER_NUMBER = ((86400, 30),)
