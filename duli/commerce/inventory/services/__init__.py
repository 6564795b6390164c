from duli.commerce.inventory.services.adjust import adjust, save_location, set_threshold
from duli.commerce.inventory.services.holds import (
    allocate,
    extend,
    rearrange,
    release,
    release_expired,
    reserve,
    restock,
    ship,
)

__all__ = [
    "adjust",
    "allocate",
    "extend",
    "rearrange",
    "release",
    "release_expired",
    "reserve",
    "restock",
    "save_location",
    "set_threshold",
    "ship",
]
