"""What the description of the API says in English, word for word, so that the reference can say it in other languages.

A test holds this list against the description: whoever changes a sentence there changes it here.
"""

from __future__ import annotations


def _(message: str) -> str:
    return message


WORDS = (
    _("Everything a storefront needs. `language` (as in /store) chooses texts and market, or `market` does."),
    _("Who the shop is, and in which languages and currency it sells."),
    _("One of the languages of /store: it chooses texts, market and currency. Without, the store's own."),
    _("The tree of categories."),
    _("24 products a page, with facets. `collection` takes a category's or collection's handle, `q` searches."),
    _(
        "A facet's values are asked for by its kind: `brand`, `category` and `tag` by value, `option` and "
        "`attribute` as ``name:value``; several of one facet widen the choice, several facets narrow it. "
        "Prices are minor units."
    ),
    _("What to show while somebody types: words that complete it, categories called so, and the first products."),
    _("One product with all its variants."),
    _("Start a cart with its first line. Keep the token: whoever has it has the cart."),
    _("The cart with today's prices, stock and totals."),
    _("Add units of a variant."),
    _("Set a line's quantity; 0 removes it."),
    _("Take a line out."),
    _("What to ask the shopper for, the ways to ship and to pay, and all costs."),
    _("Keep contact, address and choices. With `draft` nothing is checked yet."),
    _("Turn the cart into an order. The same cart again answers with the same order."),
    _("Where the order is; the token came with it."),
    _("Begin to pay, or go on: the same step again as long as it is open."),
    _("`code` is stable, `message` a sentence in the language asked for, `fields` names what is wrong."),
    _("What shoppers are told of units that are sold ahead: the day from which they are sent, and words."),
    _("What `quantity` of `unit` costs (directive 98/6/EC)."),
    _("Of `available`, what is there; the rest is sold ahead."),
    _('How much is in it: "500 g".'),
    _("For whom a gift card is; every part may be left out, and without an address it comes to the buyer."),
    _("Up to 500 signs."),
    _("ISO date, within a year."),
    _('"", "gone", "sold_out", "too_many" or "no_price"'),
    _("Units that are not there, sold ahead."),
    _("Only for a gift card."),
    _("`shown_total_minor` is the total that the shopper saw, in minor units of the cart's currency."),
    _("What the shopper must do: `kind` is redirect, show_qr, client_form, instructions, settled or failed."),
    _(
        "Runs the shop. Amounts are minor units, times UTC. `after` takes the `next` of the page before; "
        "an empty `next` is the end."
    ),
    _("Orders, newest first. `q` is a number, e-mail, phone, SKU or tracking number; dates are days of the store."),
    _("One order with its lines and parcels."),
    _("Accept an order, such as one paid on delivery."),
    _("Record that everything still owed has arrived by hand."),
    _("Send a parcel: its units leave the stock and the shopper is told."),
    _("Give a parcel another tracking number."),
    _("Note that a parcel has arrived."),
    _("Cancel an order of which nothing has been shipped; what was paid goes back."),
    _("Add a comment for staff to the timeline."),
    _("Add and remove tags."),
    _("Products, newest first, with variants, prices and stock."),
    _("Create a product with its options and variants; prices and stock have calls of their own."),
    _("One product."),
    _("Change what is given and leave the rest. With `version`, only if nobody else has changed it since (409)."),
    _("Set prices of many variants at once, all or none."),
    _("What lies where: on hand, reserved, available."),
    _("Where stock lies."),
    _("Change what is on hand by `change`, or set it to `counted`; the ledger keeps reason and token."),
    _("Customers, newest first; `q` is any part of a name (pinyin too), e-mail or phone."),
    _("One customer with addresses and tags."),
    _("Every address that is told, without its secret."),
    _("Tell one more address. The answer is the only place that shows its secret."),
    _("Change an address, or switch it on and off."),
    _("Forget an address and its log."),
    _("What was sent to an address, newest first."),
    _("Send a message once more, under the same id."),
    _("Each variant is an amount; nothing is shipped or taxed."),
    _("How much is in it, for the unit price."),
    _("Add to a card or take off it, with a reason."),
    _("Below zero takes off."),
    _("Gift cards, newest first; `q` is the end of a code, a recipient or an order, `state` active, used, … ."),
    _("Give a card a new code, shown in this answer only; a former one is worthless."),
    _("Give a file to no new buyer; former ones keep it."),
    _("Give buyers of a variant one more file from now on."),
    _("Issue a card; with an address it is sent there, else `…/code` gives its code."),
    _("Let a bundle be goods with stock of its own again; its price stays as it is."),
    _("Let a card pay nothing any more, or let it pay again."),
    _("Make a variant consist of exactly these components."),
    _("Null: the shop's own rule; 0: without end."),
    _("Null: the shop's own rule; 0: without limit."),
    _("One card with its newest 200 entries."),
    _("Rename a file or change its limits; what is not given stays."),
    _("Send a card again, with a new code."),
    _("The file; larger ones than a call may be are uploaded in the back office."),
    _("The files that buyers of a variant get."),
    _("What one unit of a bundle consists of; 404 for a variant that is none."),
    _("`own`, or `sum`: of the parts, minus `percent_off`."),
)
