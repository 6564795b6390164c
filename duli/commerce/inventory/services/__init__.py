from duli.commerce.inventory.services.adjust import adjust, adjust_cells, adjust_many, set_level_rules
from duli.commerce.inventory.services.counts import apply_count, cancel_count, open_count, write_counts
from duli.commerce.inventory.services.demand import count_demand
from duli.commerce.inventory.services.first import FirstStock, open_levels
from duli.commerce.inventory.services.holds import (
    allocate,
    extend,
    hand_over,
    rearrange,
    release,
    release_expired,
    reserve,
    restock,
    ship,
)
from duli.commerce.inventory.services.locations import (
    add_location,
    order_locations,
    save_location,
    set_location_active,
)
from duli.commerce.inventory.services.repair import check_stock, finish_check, repair_incoming, repair_level
from duli.commerce.inventory.services.transfers import (
    cancel_transfer,
    receive_transfer,
    save_transfer,
    send_transfer,
)

__all__ = [
    "FirstStock",
    "add_location",
    "adjust",
    "adjust_cells",
    "adjust_many",
    "allocate",
    "apply_count",
    "cancel_count",
    "cancel_transfer",
    "check_stock",
    "count_demand",
    "extend",
    "finish_check",
    "hand_over",
    "open_count",
    "open_levels",
    "order_locations",
    "rearrange",
    "receive_transfer",
    "release",
    "release_expired",
    "repair_incoming",
    "repair_level",
    "reserve",
    "restock",
    "save_location",
    "save_transfer",
    "send_transfer",
    "set_level_rules",
    "set_location_active",
    "ship",
    "write_counts",
]
