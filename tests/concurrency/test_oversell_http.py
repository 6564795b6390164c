"""The same rush as in `test_oversell`, through the shop's own pages and its real web processes."""

from __future__ import annotations

import threading
from collections import Counter
from pathlib import Path
from urllib.parse import urljoin

import pytest
from django.db import connection

from duli.base.ids import new_token
from duli.commerce.catalogue.models import Variant
from duli.commerce.checkout.models import Cart, CartLine
from duli.commerce.inventory.models import Reservation, StockLevel
from duli.commerce.inventory.selectors import integrity
from duli.commerce.orders.models import Order
from duli.commerce.payments.models import PaymentCollection
from duli.platform.events.models import Event
from duli.platform.themes.engine import theme_texts
from tests import factories
from tests.concurrency.test_oversell import UNITS, database_url, two_scarce_variants
from tools.bench import guests
from tools.bench.processes import shop

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]

BUYERS = 200
THREADS = 16


class Buyer:
    """Somebody whose cart is full, who has the checkout page open and a finger on its last button."""

    def __init__(self, port: int, token: str) -> None:
        self.browser = guests.Browser(port)
        self.browser.cookies["cart"] = token
        self.page = self.browser.get("/checkout")
        assert self.page.status == 200
        forms = [form for form in self.page.forms() if "checkout" in urljoin(self.page.url, form.action)]
        self.form = max(forms, key=lambda form: len(form.values))

    def buy(self, words: tuple[str, ...]) -> str:
        """Press it, and return what the shop answers: "sold", "told" that it is gone, or what went wrong."""
        page = self.browser.send(self.page, self.form, self.form.buttons[-1])
        if "/orders/" in page.url and page.status == 200:
            return "sold"
        if page.url == "/cart" and page.status < 500 and any(word in page.text for word in words):
            return "told"
        return f"{page.url}: {page.status}"


def ready_carts(variants: list[Variant]) -> list[str]:
    """Return the tokens of full carts, made after the pattern of two: half of the buyers took the other thing first."""
    tokens: list[str] = []
    for order in (variants, variants[::-1]):
        cart = factories.ready_cart(*order)
        lines = list(cart.lines.all())
        tokens.append(cart.token)
        for _ in range(BUYERS // 2 - 1):
            cart.pk, cart.token = None, new_token()
            cart.save(force_insert=True)
            CartLine.objects.bulk_create(
                CartLine(cart=cart, variant_id=line.variant_id, quantity=1, seen_price_minor=line.seen_price_minor)
                for line in lines
            )
            tokens.append(cart.token)
    half = BUYERS // 2
    return [token for pair in zip(tokens[:half], tokens[half:], strict=True) for token in pair]


def in_parallel(port: int, tokens: list[str]) -> Counter[str]:
    """Let everybody open the checkout, and when all have it open, buy at once."""
    outcomes: Counter[str] = Counter()
    lock = threading.Lock()
    gate = threading.Barrier(THREADS)
    texts = theme_texts("zh-hans")
    words = (texts("cart.problem_sold_out"), texts("cart.problem_too_many", count=0))

    def work(mine: list[str]) -> None:
        try:
            buyers = [Buyer(port, token) for token in mine]
            gate.wait(60)
            for buyer in buyers:
                outcome = buyer.buy(words)
                with lock:
                    outcomes[outcome] += 1
        except Exception as problem:
            gate.abort()
            with lock:
                outcomes[repr(problem)] += 1

    threads = [threading.Thread(target=work, args=(tokens[place::THREADS],)) for place in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def test_exactly_what_there_is_is_sold_through_the_pages(tmp_path: Path) -> None:
    variants = list(Variant.objects.filter(pk__in=two_scarce_variants()).order_by("pk"))
    tokens = ready_carts(variants)
    connection.close()
    environment = {"DULI_DATABASE_URL": database_url(), "DULI_DATA_DIR": str(tmp_path), "DULI_LOG_LEVEL": "ERROR"}
    # The default of one process on SQLite; where the database carries more, two.
    with shop(environment, tmp_path / "log", workers=2 if connection.vendor == "postgresql" else 1) as server:
        outcomes = in_parallel(server.port, tokens)
    assert outcomes == {"sold": UNITS, "told": BUYERS - UNITS}, (tmp_path / "log").read_text()[-2000:]
    assert Order.objects.count() == PaymentCollection.objects.count() == UNITS
    assert Event.objects.filter(name="orders.placed").count() == UNITS
    assert Cart.objects.filter(state=Cart.State.ORDERED).count() == UNITS
    for level in StockLevel.objects.all():
        assert (level.on_hand, level.reserved) == (UNITS, UNITS)
    assert Reservation.objects.count() == 2 * UNITS
    assert not integrity()
