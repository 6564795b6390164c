from duli.commerce.checkout.services.again import add_order
from duli.commerce.checkout.services.approved import staff_place_draft, staff_send_draft
from duli.commerce.checkout.services.cart import (
    add_line,
    change_market,
    merge,
    note_visit,
    remove_line,
    set_destination,
    set_quantity,
)
from duli.commerce.checkout.services.codes import apply_code, remove_code
from duli.commerce.checkout.services.credit import use_credit
from duli.commerce.checkout.services.details import ask_carriers, ask_register, save_details
from duli.commerce.checkout.services.draft_contents import (
    discount_draft,
    save_custom_line,
    set_draft_line,
    ship_draft,
)
from duli.commerce.checkout.services.drafts import (
    choose_customer,
    create_draft,
    duplicate_draft,
    duplicate_order,
    place_draft,
    save_draft,
    send_draft,
    withdraw_draft,
)
from duli.commerce.checkout.services.gift_cards import apply_gift_card, remove_gift_card
from duli.commerce.checkout.services.opening import offer_flat_shipping, offer_payments, open_shop, place_test_order
from duli.commerce.checkout.services.place import place_order
from duli.commerce.checkout.services.points import use_points

__all__ = [
    "add_line",
    "add_order",
    "apply_code",
    "apply_gift_card",
    "ask_carriers",
    "ask_register",
    "change_market",
    "choose_customer",
    "create_draft",
    "discount_draft",
    "duplicate_draft",
    "duplicate_order",
    "merge",
    "note_visit",
    "offer_flat_shipping",
    "offer_payments",
    "open_shop",
    "place_draft",
    "place_order",
    "place_test_order",
    "remove_code",
    "remove_gift_card",
    "remove_line",
    "save_custom_line",
    "save_details",
    "save_draft",
    "send_draft",
    "set_destination",
    "set_draft_line",
    "set_quantity",
    "ship_draft",
    "staff_place_draft",
    "staff_send_draft",
    "use_credit",
    "use_points",
    "withdraw_draft",
]
