"""A flash sale under a rush: `python -m tools.bench.flash` lets 5,000 buyers come for 500 units within a minute.

Every buyer is a browser of its own: it opens the waiting room, takes a number, asks for its turn as often as the page
would, puts the goods into a cart and orders. Meanwhile somebody goes on shopping elsewhere in the shop. Printed: what
was sold, whether anybody has more than one unit, whether lower numbers were let in first, how long answers took, and
how much slower ordinary pages were than before the rush.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from urllib.parse import urlencode

from tools.bench import guests
from tools.bench.__main__ import database
from tools.bench.catalogue import handle
from tools.bench.processes import ROOT, cpu_seconds, shop
from tools.setup import say

BUYERS, UNITS, SECONDS = 5000, 500, 60
ARRIVAL_SECONDS = 15.0
BATCH, PAUSE = 24, 2
CONNECTIONS = 100
_FORM = re.compile(r'name="form" value="([^"]+)"')


class Pool:
    """A few connections that all buyers share; each request names its own address and cookies."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._free: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter] | None] = asyncio.Queue()
        for _ in range(CONNECTIONS):
            self._free.put_nowait(None)
        self.times: dict[str, list[float]] = {}

    async def ask(
        self, name: str, path: str, *, cookies: dict[str, str], address: str, body: dict[str, str] | None = None
    ) -> tuple[int, str]:
        """Send one request; return status and text. Cookies that are set are kept."""
        connection = await self._free.get()
        try:
            if connection is None:
                connection = await asyncio.open_connection("127.0.0.1", self._port)
            reader, writer = connection
            sent = urlencode(body).encode() if body is not None else b""
            lines = [
                f"{'POST' if body is not None else 'GET'} {path} HTTP/1.1",
                "Host: 127.0.0.1",
                f"X-Forwarded-For: {address}",
                "Accept: application/json, text/html",
                "Accept-Encoding: identity",
                f"Cookie: {'; '.join(f'{key}={value}' for key, value in cookies.items())}",
                f"Content-Length: {len(sent)}",
            ]
            if body is not None:
                lines.append("Content-Type: application/x-www-form-urlencoded")
            begun = time.perf_counter()
            writer.write("\r\n".join([*lines, "", ""]).encode() + sent)
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            length, chunked = 0, False
            for line in head.split("\r\n")[1:]:
                key, _colon, value = line.partition(":")
                if key.lower() == "content-length":
                    length = int(value)
                elif key.lower() == "transfer-encoding":
                    chunked = "chunked" in value
                elif key.lower() == "set-cookie":
                    cookie, _equals, rest = value.strip().partition("=")
                    cookies[cookie] = rest.partition(";")[0]
            text = await self._chunks(reader) if chunked else await reader.readexactly(length)
            self.times.setdefault(name, []).append((time.perf_counter() - begun) * 1000)
            return int(head.split(" ", 2)[1]), text.decode("utf-8", "replace")
        except (OSError, asyncio.IncompleteReadError):
            connection = None
            raise
        finally:
            self._free.put_nowait(connection)

    @staticmethod
    async def _chunks(reader: asyncio.StreamReader) -> bytes:
        found = b""
        while size := int((await reader.readline()).strip() or b"0", 16):
            found += await reader.readexactly(size)
            await reader.readline()
        await reader.readline()
        return found


async def _buyer(
    pool: Pool, number: int, sale_id: int, product: str, order: Callable[[int, dict[str, str], str], str], end: float
) -> str:
    """Come, wait, buy; return how it ended."""
    address = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
    cookies: dict[str, str] = {}
    page = f"/flash-sales/{sale_id}/line"
    _status, text = await pool.ask("line page", page, cookies=cookies, address=address)
    form = _FORM.search(text)
    if form is None:
        return "closed"
    await asyncio.sleep(5.3)
    # As the page's script does, which stays where it is.
    status, text = await pool.ask(
        "join", f"{page}/join", cookies=cookies, address=address, body={"form": form[1], "proof": ""}
    )
    if status != 200:
        return f"join {status}"
    place = json.loads(text)
    while time.monotonic() < end:
        if place["state"] == "admitted":
            # The page of whoever is let in names the goods.
            await pool.ask("let in", page, cookies=cookies, address=address)
            return await asyncio.to_thread(order, number, cookies, address)
        if place["state"] != "waiting":
            return str(place["state"])
        await asyncio.sleep(place["seconds"])
        _status, text = await pool.ask("turn", f"{page}/turn", cookies=cookies, address=address)
        place = json.loads(text)
    return "still waiting"


def _ordering(
    port: int, product: str, times: dict[str, list[float]], sold_at: list[float]
) -> Callable[[int, dict[str, str], str], str]:
    """Return what buys as a person would: the product's page, the cart, the checkout."""

    class Timed(guests.Browser):
        def __init__(self, address: str) -> None:
            super().__init__(port)
            self.address = address

        def _once(self, method: str, url: str, values: object) -> tuple[guests.Page, str]:
            begun = time.perf_counter()
            answer = super()._once(method, url, values)  # type: ignore[arg-type]
            times.setdefault("buying", []).append((time.perf_counter() - begun) * 1000)
            return answer

    def order(number: int, cookies: dict[str, str], address: str) -> str:
        browser = Timed(address)
        browser.cookies = dict(cookies)
        try:
            page = browser.get(product)
            put = browser.send(page, guests.add_form(page))
            if put.status >= 400:
                return "sold out"
            if not _check_out(browser, f"buyer{number}@example.com"):
                return "sold out"
            sold_at.append(time.monotonic())
            return "sold"
        except (RuntimeError, OSError) as problem:
            return f"problem: {problem}"[:80]
        finally:
            browser.close()

    return order


def _check_out(browser: guests.Browser, email: str) -> bool:
    """Fill in the checkout until there is an order; False where the shop says that nothing is left."""
    page = browser.get("/checkout")
    for _ in range(guests.MOST_STEPS):
        if "/orders/" in page.url:
            return True
        forms = [form for form in page.forms() if form.method == "post" and "checkout" in (form.action or page.url)]
        if not forms:
            return False
        form = max(forms, key=lambda candidate: len(candidate.values))
        for name in form.empty:
            form.values[name] = form.values[name] or guests.answer_to(name)
        for name in form.values:
            if "contact" in name or "email" in name:
                form.values[name] = email
        guests.choose(form)
        page = browser.send(page, form, guests.last_button(form))
    return "/orders/" in page.url


def _ordinary(port: int, paths: Sequence[str], seconds: float) -> list[tuple[float, float]]:
    """Look at ordinary pages with a cart, so that none is kept: four a second; return when, and how long each took.

    In a process of its own: it must not wait for the buyers' threads.
    """
    browser = guests.Browser(port)
    browser.cookies = {"cart": "none", "cart_count": "0"}
    times: list[tuple[float, float]] = []
    end = time.monotonic() + seconds
    turn = 0
    while (begun := time.monotonic()) < end:
        browser.get(paths[turn % len(paths)])
        times.append((begun, (time.monotonic() - begun) * 1000))
        turn += 1
        time.sleep(0.25)
    browser.close()
    return times


PLAN = """
import django
django.setup()
from datetime import timedelta
from duli.base.clock import now
from duli.commerce.catalogue.models import Variant
from duli.commerce.flash_sales import services
from duli.commerce.flash_sales.types import ItemDraft, SaleDraft
from duli.commerce.inventory import services as inventory
from duli.commerce.inventory.models import Location
from duli.platform.store.selectors import markets
variant = Variant.objects.filter(tracks_stock=True, is_active=True).order_by("pk")[0]
place = Location.objects.order_by("priority", "pk")[0]
inventory.adjust(variant_id=variant.pk, location_id=place.pk, counted=10000, reason="counted", actor="system")
draft = SaleDraft(
    name="Rush", starts_at=now() - timedelta(minutes=1), ends_at=now() + timedelta(hours=1),
    items=(ItemDraft(variant.pk, {market.currency: 100 for market in markets()}, UNITS, 1),),
    waiting_room=True, batch_size=BATCH, batch_seconds=PAUSE,
)
row = services.save_sale(draft=draft, actor="system")
services.plan_sale(sale_id=row.pk, actor="system")
print(row.pk, f"/products/{variant.product.handle}?variant={variant.pk}")
"""
COUNT = """
import json
import django
django.setup()
from django.db.models import Sum
from duli.commerce.flash_sales.models import BuyerCount, Claim, Ticket
from duli.commerce.flash_sales.monitor import figures
from duli.commerce.orders.models import Order
found = figures(SALE)
line = list(Ticket.objects.filter(admitted_at__isnull=False).order_by("number").values_list("number", "admitted_at"))
moments = [moment for _number, moment in line]
print(json.dumps({
    "orders": Order.objects.count(),
    "units": Claim.objects.filter(returned_at__isnull=True).aggregate(sum=Sum("units"))["sum"] or 0,
    "most a buyer": max(BuyerCount.objects.values_list("units", flat=True), default=0),
    "left": found.left,
    "agrees": found.agrees,
    "numbers given out": found.tickets,
    "let in": len(line),
    "in order": moments == sorted(moments),
    "highest number that bought": max(Ticket.objects.exclude(reference="").values_list("number", flat=True), default=0),
}))
"""


def _python(source: str, environment: dict[str, str]) -> str:
    return subprocess.run(
        [sys.executable, "-c", source],
        cwd=ROOT,
        env={**os.environ, **environment, "DJANGO_SETTINGS_MODULE": "config.settings"},
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()


@contextmanager
def _most_connections(url: str) -> Iterator[list[int]]:
    """Look twice a second how many connections the shop has to PostgreSQL; the list ends with the most there were."""
    found = [0]
    if not url.startswith("postgres"):
        yield found
        return
    import psycopg

    done = threading.Event()

    def look() -> None:
        with psycopg.connect(url, autocommit=True) as connection:
            while not done.wait(0.5):
                row = connection.execute(
                    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                    " AND pid <> pg_backend_pid()"
                ).fetchone()
                found.append(max(found[-1], row[0] if row else 0))

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield found
    finally:
        done.set()
        thread.join()


def _p(times: Sequence[float], share: float) -> float:
    ordered = sorted(times)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)] if ordered else 0.0


async def _rush(pool: Pool, buyers: int, sale_id: int, product: str, order: Callable[..., str]) -> Counter[str]:
    end = time.monotonic() + SECONDS

    async def come(number: int) -> str:
        await asyncio.sleep(random.Random(number).uniform(0, ARRIVAL_SECONDS))
        try:
            return await _buyer(pool, number, sale_id, product, order, end)
        except (OSError, asyncio.IncompleteReadError, ValueError) as problem:
            return f"problem: {type(problem).__name__}"

    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(CONNECTIONS))
    return Counter(await asyncio.gather(*(come(number) for number in range(1, buyers + 1))))


def measure(kind: str, buyers: int, units: int, workers: int) -> bool:
    """Run one rush and print what came of it; True if every promise was kept."""
    with tempfile.TemporaryDirectory(prefix="duli-rush-") as name:
        folder = Path(name)
        with database(kind, folder) as (given, _cpu):
            environment = {**given, "DULI_TRUSTED_PROXY_COUNT": "1"}
            say(f"{kind}: filling")
            subprocess.run(
                [sys.executable, "-m", "tools.bench.catalogue", "200"],
                cwd=ROOT,
                env={**os.environ, **environment},
                check=True,
                stdout=subprocess.DEVNULL,
            )
            plan = PLAN.replace("UNITS", str(units)).replace("BATCH", str(BATCH)).replace("PAUSE", str(PAUSE))
            sale, product = _python(plan, environment).split()
            with shop(environment, folder / "shop.log", workers=workers) as server:
                paths = ["/", "/collections/all", *(f"/products/{handle(number)}" for number in (20, 40, 60))]
                with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as aside:
                    aside.submit(_ordinary, server.port, paths, 3).result()
                    idle = [spent for _at, spent in aside.submit(_ordinary, server.port, paths, 10).result()]
                    say(f"{kind}: {buyers} buyers come for {units} units")
                    pool = Pool(server.port)
                    sold_at: list[float] = []
                    order = _ordering(server.port, product, pool.times, sold_at)
                    before, own = cpu_seconds(server.pid), time.process_time()
                    busy = aside.submit(_ordinary, server.port, paths, SECONDS + ARRIVAL_SECONDS)
                    begun = time.monotonic()
                    with _most_connections(environment.get("DULI_DATABASE_URL", "")) as connections:
                        ended = asyncio.run(_rush(pool, buyers, int(sale), product, order))
                    spent = time.monotonic() - begun
                    cpu = (cpu_seconds(server.pid) - before, time.process_time() - own)
                    say(f"{kind}: the last unit was sold after {max(sold_at, default=begun) - begun:.1f} s")
                    say(f"{kind}: {cpu[0]:.0f} CPU s of the shop, {cpu[1]:.0f} of the buyers")
                    if connections[-1]:
                        say(f"{kind}: {connections[-1]} connections to the database at most")
                    # Who goes on waiting after the last unit would only flatter the numbers.
                    rush_ends = max([begun + ARRIVAL_SECONDS, *sold_at])
                    under_load = [took for at, took in busy.result() if at < rush_ends]
            found = json.loads(_python(COUNT.replace("SALE", sale), environment))
            return _report(kind, units, pool, ended, spent, idle, under_load, found)


def _report(
    kind: str,
    units: int,
    pool: Pool,
    ended: Counter[str],
    spent: float,
    idle: Sequence[float],
    busy: Sequence[float],
    found: dict[str, int | bool],
) -> bool:
    answers = [moment for times in pool.times.values() for moment in times]
    ratio = statistics.median(busy) / statistics.median(idle)
    print(f"\n{kind}: {spent:.0f} s, {len(answers)} answers ({len(answers) / spent:.0f} a second)")
    print("  " + ", ".join(f"{name} {count}" for name, count in ended.most_common()))
    print("  " + ", ".join(f"{name} {value}" for name, value in found.items()))
    for name, times in pool.times.items():
        print(f"  {name:10} n {len(times):6}  p50 {_p(times, 0.5):7.1f} ms  p99 {_p(times, 0.99):7.1f} ms")
    print(f"  all answers  p99 {_p(answers, 0.99):.1f} ms")
    print(
        f"  ordinary pages: idle p50 {statistics.median(idle):.1f} ms, in the rush {statistics.median(busy):.1f} ms "
        f"(p99 {_p(busy, 0.99):.1f} ms): {ratio:.2f} times"
    )
    kept = (
        found["units"] == units
        and found["orders"] == units
        and found["most a buyer"] == 1
        and bool(found["agrees"])
        and bool(found["in order"])
        and ratio <= 2
    )
    print("  every promise is kept" if kept else "! something is not as promised")
    return kept


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.bench.flash", description=__doc__)
    parser.add_argument("--database", action="append", choices=["sqlite", "postgresql"])
    parser.add_argument("--buyers", type=int, default=BUYERS)
    parser.add_argument("--units", type=int, default=UNITS)
    parser.add_argument("--workers", type=int, default=1)
    arguments = parser.parse_args()
    kinds = arguments.database or ["sqlite"]
    return 0 if all(measure(kind, arguments.buyers, arguments.units, arguments.workers) for kind in kinds) else 1


if __name__ == "__main__":
    sys.exit(main())
