from duli.commerce.flash_sales.services.claims import claim, give_back, note_paid
from duli.commerce.flash_sales.services.run import (
    close_ended,
    extend_sale,
    forget_tickets,
    start_now,
    stop_sale,
    top_up,
)
from duli.commerce.flash_sales.services.save import delete_sale, plan_sale, save_sale
from duli.commerce.flash_sales.services.waiting import enter, form_for, join, place_of

__all__ = [
    "claim",
    "close_ended",
    "delete_sale",
    "enter",
    "extend_sale",
    "forget_tickets",
    "form_for",
    "give_back",
    "join",
    "note_paid",
    "place_of",
    "plan_sale",
    "save_sale",
    "start_now",
    "stop_sale",
    "top_up",
]
