from duli.commerce.taxes.services.checks import check_vat_id, check_waiting, forget_names
from duli.commerce.taxes.services.profile import (
    delete_registration,
    delete_threshold,
    put_registration,
    put_threshold,
    save_profile,
)
from duli.commerce.taxes.services.rates import import_rates, load_rates

__all__ = [
    "check_vat_id",
    "check_waiting",
    "delete_registration",
    "delete_threshold",
    "forget_names",
    "import_rates",
    "load_rates",
    "put_registration",
    "put_threshold",
    "save_profile",
]
