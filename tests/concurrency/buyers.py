"""A process full of buyers: `python -m tests.concurrency.buyers` with a JSON plan on standard input.

They all wait for one line on standard input and then order at once; what came of it is printed as one JSON line.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from collections import Counter


def main() -> None:
    plan = json.loads(sys.stdin.readline())
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    import django

    django.setup()
    from django.db import connection

    from duli.base.errors import DuliError
    from duli.commerce.catalogue.models import Variant
    from duli.commerce.checkout import services
    from duli.commerce.checkout.types import PlaceOrder
    from tests import factories

    if plan["unguarded"]:
        _remove_the_guard()
    variants = list(Variant.objects.filter(pk__in=plan["variants"]).order_by("pk"))
    carts = [
        factories.ready_cart(*(_one(variants, number) if plan.get("one_each") else _shuffled(variants, number)))
        for number in range(plan["buyers"])
    ]
    outcomes: Counter[str] = Counter()
    lock = threading.Lock()
    queue = iter(carts)

    def buy() -> None:
        try:
            while True:
                with lock:
                    cart = next(queue, None)
                if cart is None:
                    return
                try:
                    services.place_order(request=PlaceOrder(cart.token, None, "guest"))
                    outcome = "sold"
                except DuliError as error:
                    outcome = error.code
                except Exception as error:
                    outcome = f"{type(error).__name__}: {error}"
                with lock:
                    outcomes[outcome] += 1
        finally:
            connection.close()

    connection.close()
    print("ready", flush=True)
    sys.stdin.readline()
    threads = [threading.Thread(target=buy) for _ in range(plan["threads"])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(json.dumps(outcomes), flush=True)


def _shuffled(variants: list, number: int) -> list:  # type: ignore[type-arg]
    """Half of the buyers take the variants in the other order: unordered locks would deadlock."""
    return variants if number % 2 else variants[::-1]


def _one(variants: list, number: int) -> list:  # type: ignore[type-arg]
    """Each buyer wants one of the variants only."""
    return [variants[number % len(variants)]]


def _remove_the_guard() -> None:
    """Decide by what was read before, and write the sum back: the mistake that `reserve` must not make."""
    from duli.commerce.checkout import snapshot
    from duli.commerce.inventory.models import StockLevel
    from duli.commerce.inventory.services import holds
    from duli.commerce.inventory.types import Availability

    stale = {level.variant_id: level for level in StockLevel.objects.select_related("variant")}

    def plan(requests, location_id):  # type: ignore[no-untyped-def]
        return sorted(
            ((stale[request.variant_id], request.quantity) for request in requests), key=lambda step: step[0].pk
        )

    def take(level, quantity):  # type: ignore[no-untyped-def]
        StockLevel.objects.filter(pk=level.pk).update(reserved=min(level.on_hand, quantity))
        return True

    holds._plan = plan
    holds._take = take
    snapshot.availability = lambda ids: {
        pk: Availability(pk, stale[pk].available if pk in stale else None) for pk in ids
    }


if __name__ == "__main__":
    main()
