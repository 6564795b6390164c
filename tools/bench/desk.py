"""What the pages of the back office cost on a large shop: statements, and CPU ms of the shop and of its database.

`python -m tools.bench.desk 0.1` fills the empty database that the environment names with a tenth of the large shop
(`duli demo --scale`) and measures; without a number it measures what is there. CPU ms depend on the machine and on who
shares it: an empty Django view is measured in the same run, and the last column tells what a page would cost where the
empty view takes what it took on the machine of the budgets.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
BUDGET = 15.0
EMPTY_VIEW = 0.12
"""CPU ms of an empty view where the budget was set."""
TURNS = 20
TICK = os.sysconf("SC_CLK_TCK")


def _pages() -> dict[str, str]:
    """Return each page's address, with words of an order from the middle of the table."""
    from duli.commerce.catalogue.models import Product
    from duli.commerce.customers.models import Customer
    from duli.commerce.orders.models import Fulfilment, Order

    last = Order.objects.order_by("-pk").values_list("pk", flat=True)[0]
    order = Order.objects.filter(pk__lte=last // 2).order_by("-pk")[0]
    parcel = Fulfilment.objects.filter(order_id__lte=order.pk).order_by("-pk")[0]
    line = order.lines.all()[0]
    word = order.customer_name.split()[-1]
    lists = "/admin/orders/"
    return {
        "orders": lists,
        "orders, to ship": f"{lists}?view=to_ship",
        "orders, unpaid": f"{lists}?view=unpaid",
        "orders, cancelled": f"{lists}?view=cancelled",
        "orders, payment": f"{lists}?payment=paid",
        "orders, fulfilment": f"{lists}?fulfilment=delivered",
        "orders, country": f"{lists}?country=GB",
        "orders, tag": f"{lists}?tag=VIP",
        "orders, SKU": f"{lists}?sku={line.sku}",
        "orders, popular SKU": f"{lists}?sku=L000000-0",
        "orders, risk": f"{lists}?view=risky",
        "orders, a month": f"{lists}?placed_from=2026-01-01&placed_to=2026-01-31",
        "search: number": f"{lists}?q={order.number}",
        "search: beginning": f"{lists}?q=%23{(order.number or '')[:4]}",
        "search: phone": f"{lists}?q={order.phone[-11:]}",
        "search: e-mail": f"{lists}?q={order.email}",
        "search: SKU": f"{lists}?q={line.sku}",
        "search: tracking": f"{lists}?q={parcel.tracking_number}",
        "search: name": f"{lists}?q={word}",
        "search: nothing": f"{lists}?q=nobody-has-this",
        "order": f"/admin/orders/{order.pk}/",
        "drafts": "/admin/orders/drafts/",
        "invoices": "/admin/orders/invoices/",
        "products": "/admin/products/",
        "product": f"/admin/products/{Product.objects.order_by('-pk')[0].pk}/",
        "stock": "/admin/stock/",
        "customers": "/admin/customers/",
        "customer": f"/admin/customers/{Customer.objects.order_by('-pk')[0].pk}/",
        "home": "/admin/",
    }


def _database_seconds() -> float:
    """Return the CPU seconds of the connection's own process; nothing where the database is part of ours."""
    from django.db import connection

    if connection.vendor != "postgresql":
        return 0.0
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid = cursor.fetchone()[0]
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def _client() -> Any:
    from django.conf import settings
    from django.core.signals import setting_changed
    from django.test import Client

    from duli.platform.accounts.models import User

    settings.ALLOWED_HOSTS = ["testserver"]
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    # An app may have asked for a file's address while it was loaded.
    setting_changed.send(sender=None, setting="STORAGES", value=settings.STORAGES, enter=True)
    email = "bench@staff.example"
    user = User.objects.filter(email=email).first() or User.objects.create_user(
        email=email, is_staff=True, role="owner", language="zh-hans"
    )
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def _empty_view() -> float:
    """Return the CPU ms of an empty view, served as the shop is, or what the budget supposes where wrk is missing."""
    from tools.bench import load
    from tools.bench.processes import cpu_seconds, empty_view

    if not load.wrk_is_here():
        return EMPTY_VIEW
    with tempfile.TemporaryDirectory(prefix="duli-bench-") as name:
        folder = Path(name)
        with empty_view(folder / "empty.log", workers=1) as server:
            found = load.hit(
                "empty view", server.port, ["/"], seconds=3, cpu=lambda: cpu_seconds(server.pid), folder=folder
            )
    return found.cpu


def measure() -> bool:
    """Print a line a page; say whether every list of orders and every search keeps to its budget."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client = _client()
    within = True
    empty = _empty_view()
    print(f"an empty view: {empty:.2f} CPU ms; the budget of {BUDGET} supposes {EMPTY_VIEW}")
    print(f"{'page':<22}{'statements':>11}{'shop ms':>9}{'db ms':>8}{'sum':>7}{'in terms of the budget':>24}")
    for name, url in _pages().items():
        for _ in range(3):
            if client.get(url).status_code != 200:
                print(f"{name:<22} does not answer")
                within = False
        with CaptureQueriesContext(connection) as captured:
            client.get(url)
        # Now: what is asked for later is looked up in a log that the next request begins anew.
        statements = len(captured)
        database, shop = _database_seconds(), time.process_time()
        for _ in range(TURNS):
            client.get(url)
        shop = (time.process_time() - shop) / TURNS * 1000
        database = (_database_seconds() - database) / TURNS * 1000
        fair = (shop + database) * EMPTY_VIEW / empty
        over = fair > BUDGET
        within = within and not (over and name.startswith(("orders", "search")))
        mark = "  over" if over else ""
        sums = f"{shop:>9.1f}{database:>8.1f}{shop + database:>7.1f}{fair:>24.1f}"
        print(f"{name:<22}{statements:>11}{sums}{mark}", flush=True)
    return within


def main() -> int:
    sys.path.insert(0, str(ROOT))
    from duli.cli import setup
    from duli.cli.migrate import migrate_if_needed

    setup()
    if len(sys.argv) > 1:
        migrate_if_needed(quiet=True)
        from duli.cli.demo_large import load_large
        from tests import factories

        factories.shop()
        load_large(float(sys.argv[1]), lambda *said: None)
    return 0 if measure() else 1


if __name__ == "__main__":
    sys.exit(main())
