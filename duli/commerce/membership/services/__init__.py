from duli.commerce.membership.services.days import assess_all, birthdays, end_points, tell_of_endings
from duli.commerce.membership.services.members import assess, set_tier
from duli.commerce.membership.services.orders import restate, spend
from duli.commerce.membership.services.points import adjust_points, welcome
from duli.commerce.membership.services.program import delete_tier, save_program, save_tier

__all__ = [
    "adjust_points",
    "assess",
    "assess_all",
    "birthdays",
    "delete_tier",
    "end_points",
    "restate",
    "save_program",
    "save_tier",
    "set_tier",
    "spend",
    "tell_of_endings",
    "welcome",
]
