from duli.commerce.promotions.services.codes import add_code, generate_codes, save_with_code, set_code_active
from duli.commerce.promotions.services.giving import give_birthday_codes, give_code, take_code
from duli.commerce.promotions.services.save import delete_promotion, drafted, save_promotion, set_active
from duli.commerce.promotions.services.using import give_back, use

__all__ = [
    "add_code",
    "delete_promotion",
    "drafted",
    "generate_codes",
    "give_back",
    "give_birthday_codes",
    "give_code",
    "save_promotion",
    "save_with_code",
    "set_active",
    "set_code_active",
    "take_code",
    "use",
]
