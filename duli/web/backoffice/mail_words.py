"""What the conditions and lists in the words of a mail mean, as a merchant says it.

A test reads every mail that comes with the software: a condition without words there is a mistake. What a merchant
writes of their own is put together from these, or stands as it was written.
"""

from __future__ import annotations

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

CONDITIONS: Final[dict[str, Promise]] = {
    "answer": pgettext_lazy("only if (of a mail)", "the shop wrote an answer"),
    "benefits": pgettext_lazy("only if (of a mail)", "the tier has benefits"),
    "code": pgettext_lazy("only if (of a mail)", "the reward is a code"),
    "credit": pgettext_lazy("only if (of a mail)", "something goes back as store credit"),
    "draft.customer_name": pgettext_lazy("only if (of a mail)", "the name of the shopper is known"),
    "due": pgettext_lazy("only if (of a mail)", "something is still to be paid"),
    "expires_on": pgettext_lazy("only if (of a mail)", "it expires some day"),
    "has_file": pgettext_lazy("only if (of a mail)", "a file is attached"),
    "instructions": pgettext_lazy("only if (of a mail)", "the shop says how goods come back"),
    "inviter": pgettext_lazy("only if (of a mail)", "it is known who invites"),
    "is_red": pgettext_lazy("only if (of a mail)", "it is a red fapiao"),
    "is_shipped": pgettext_lazy("only if (of a mail)", "the goods have left already"),
    "not is_shipped": pgettext_lazy("only if (of a mail)", "the goods have not left yet"),
    "is_withdrawal": pgettext_lazy("only if (of a mail)", "the shopper withdraws from the contract"),
    "item.location": pgettext_lazy("only if (of a mail)", "the location is known"),
    "item.sku": pgettext_lazy("only if (of a mail)", "the article has a SKU"),
    "item.variant": pgettext_lazy("only if (of a mail)", "the article is one of several variants"),
    "line.variant": pgettext_lazy("only if (of a mail)", "the article is one of several variants"),
    "lines": pgettext_lazy("only if (of a mail)", "goods are named"),
    "message": pgettext_lazy("only if (of a mail)", "a message was written"),
    "name": pgettext_lazy("only if (of a mail)", "the person's name is known"),
    "note": pgettext_lazy("only if (of a mail)", "a note was written"),
    "order.address": pgettext_lazy("only if (of a mail)", "the order has an address"),
    "order.customer_name": pgettext_lazy("only if (of a mail)", "the name of the shopper is known"),
    "order.discount": pgettext_lazy("only if (of a mail)", "the order has a discount"),
    "order.note": pgettext_lazy("only if (of a mail)", "the shopper wrote a note"),
    "order.payment_method": pgettext_lazy("only if (of a mail)", "a payment method was chosen"),
    "order.shipping_method": pgettext_lazy("only if (of a mail)", "a shipping method was chosen"),
    "order.tax": pgettext_lazy("only if (of a mail)", "the order has tax"),
    "order.tax_included": pgettext_lazy("only if (of a mail)", "prices include tax"),
    "not order.tax_included": pgettext_lazy("only if (of a mail)", "tax comes on top"),
    "original": pgettext_lazy("only if (of a mail)", "something goes back the way it was paid"),
    'outcome == "credit"': pgettext_lazy("only if (of a mail)", "the return ended with store credit"),
    'outcome == "exchange"': pgettext_lazy("only if (of a mail)", "the return ended with an exchange"),
    "parcel.carrier": pgettext_lazy("only if (of a mail)", "the carrier is known"),
    "parcel.is_whole_order": pgettext_lazy("only if (of a mail)", "the parcel holds the whole order"),
    "not parcel.is_whole_order": pgettext_lazy("only if (of a mail)", "the parcel holds a part of the order"),
    "parcel.news": pgettext_lazy("only if (of a mail)", "the carrier said something"),
    "parcel.news_place": pgettext_lazy("only if (of a mail)", "the carrier said where"),
    "parcel.number": pgettext_lazy("only if (of a mail)", "the parcel has a tracking number"),
    "parcel.url": pgettext_lazy("only if (of a mail)", "the parcel can be followed online"),
    "payment": pgettext_lazy("only if (of a mail)", "the shop says how to pay"),
    "payment.before_shipping": pgettext_lazy("only if (of a mail)", "the money is to come before the goods leave"),
    "payment.note": pgettext_lazy("only if (of a mail)", "there is something to mind when paying"),
    "recipient": pgettext_lazy("only if (of a mail)", "the recipient's name is known"),
    "refund": pgettext_lazy("only if (of a mail)", "money goes back"),
    "renewed": pgettext_lazy("only if (of a mail)", "the links are new ones"),
    "sender": pgettext_lazy("only if (of a mail)", "the giver's name is known"),
    "shop.address": pgettext_lazy("only if (of a mail)", "the shop has an address"),
    "shop.email": pgettext_lazy("only if (of a mail)", "the shop has an e-mail address"),
    "shop.phone": pgettext_lazy("only if (of a mail)", "the shop has a phone number"),
    "shop.registration": pgettext_lazy("only if (of a mail)", "the shop has a registration"),
    'state == "approved"': pgettext_lazy("only if (of a mail)", "the return was approved"),
    'state == "declined"': pgettext_lazy("only if (of a mail)", "the return was declined"),
    'state == "received"': pgettext_lazy("only if (of a mail)", "the goods have arrived"),
    'state == "rejected"': pgettext_lazy("only if (of a mail)", "nothing is given back for the goods"),
    'state == "requested"': pgettext_lazy("only if (of a mail)", "the return was asked for"),
    "tax": pgettext_lazy("only if (of a mail)", "tax goes back"),
    "to_pay_online": pgettext_lazy("only if (of a mail)", "it is still to be paid online"),
    "unpaid_in_time": pgettext_lazy("only if (of a mail)", "it was not paid in time"),
}
"""A condition as the mails write it → what it says."""

LISTS: Final[dict[str, Promise]] = {
    "benefits": pgettext_lazy("for each (of a mail)", "benefit of the tier"),
    "draft.lines": pgettext_lazy("for each (of a mail)", "line of the draft order"),
    "files": pgettext_lazy("for each (of a mail)", "file"),
    "lines": pgettext_lazy("for each (of a mail)", "line of the goods"),
    "order.address": pgettext_lazy("for each (of a mail)", "line of the address"),
    "order.lines": pgettext_lazy("for each (of a mail)", "line of the order"),
    "paragraphs": pgettext_lazy("for each (of a mail)", "paragraph of the message"),
    "parcel.lines": pgettext_lazy("for each (of a mail)", "line of the parcel"),
    "payment.lines": pgettext_lazy("for each (of a mail)", "line of the payment details"),
    "place.address": pgettext_lazy("for each (of a mail)", "line of the place's address"),
    "place.hours": pgettext_lazy("for each (of a mail)", "line of the opening hours"),
    "place.instructions": pgettext_lazy("for each (of a mail)", "line of the instructions"),
}
"""A list as the mails go through it → what one of it is."""


def flow_words() -> dict[str, dict[str, str]]:
    """Return both in the reader's language, for the script that draws the editor."""
    return {
        "conditions": {name: str(words) for name, words in CONDITIONS.items()},
        "lists": {name: str(words) for name, words in LISTS.items()},
    }
