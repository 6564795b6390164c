"""Takes a guest order apart: CPU ms and SQL statements of each step, in one process, through the shop's real forms.

`python -m tools.bench.steps [--orders 40] [--profile STEP]` buys in the shop that the environment names (fill it with
tools.bench.catalogue first). The CPU is that of the store; PostgreSQL's own is not seen from here.
"""

from __future__ import annotations

import argparse
import cProfile
import io
import os
import pstats
import re
import statistics
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode, urlsplit

from tools.bench import guests
from tools.bench.catalogue import handle

STEPS = ("product page", "add", "cart page", "checkout page", "place", "order page", "jobs")
WARM_UP = 4


class Meter:
    """What each step cost: CPU seconds of this process, and the statements it sent."""

    def __init__(self, profiled: str) -> None:
        self.seconds: dict[str, list[float]] = defaultdict(list)
        self.statements: dict[str, list[int]] = defaultdict(list)
        self.texts: dict[str, Counter[str]] = defaultdict(Counter)
        self.profiled = profiled
        self.profile = cProfile.Profile(time.process_time)

    @contextmanager
    def step(self, name: str, *, counted: bool) -> Iterator[None]:
        """Measure time and statements in turns: counting them is not free."""
        from django.db import connection

        sent: list[str] = []

        def count(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
            sent.append(sql)
            return execute(sql, params, many, context)

        if counted:
            with connection.execute_wrapper(count):
                yield
            self.statements[name].append(len(sent))
            self.texts[name] = Counter(_shape(sql) for sql in sent)
            return
        is_profiled = name == self.profiled or self.profiled == "all"
        if is_profiled:
            self.profile.enable()
        before = time.process_time()
        try:
            yield
        finally:
            self.seconds[name].append(time.process_time() - before)
            if is_profiled:
                self.profile.disable()


def _shape(sql: str) -> str:
    sql = re.sub(r"SELECT .*? FROM", "SELECT … FROM", sql, count=1, flags=re.DOTALL)
    return re.sub(r"(VALUES ).*", r"\1…", sql, flags=re.DOTALL)[:150]


class InProcess(guests.Browser):
    """A guest whose requests go to the shop's WSGI handler in this process."""

    def __init__(self, meter: Meter) -> None:
        self.cookies = {}
        self.meter = meter
        self.counted = False

    def close(self) -> None:
        pass

    def _once(self, method: str, url: str, values: Mapping[str, str] | None) -> tuple[guests.Page, str]:
        from config.wsgi import application

        parts = urlsplit(url)
        body = urlencode(values).encode() if values is not None else b""
        environ = {
            "REQUEST_METHOD": method,
            "PATH_INFO": (parts.path or "/").encode().decode("latin-1"),
            "QUERY_STRING": parts.query,
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "8000",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "HTTP_HOST": "127.0.0.1:8000",
            "HTTP_COOKIE": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
            "CONTENT_TYPE": "application/x-www-form-urlencoded",
            "CONTENT_LENGTH": str(len(body)),
            "REMOTE_ADDR": "127.0.0.1",
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": io.StringIO(),
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
        answer: dict[str, Any] = {}

        def start_response(status: str, headers: list[tuple[str, str]], *_: object) -> Callable[[bytes], object]:
            answer["status"] = int(status.split()[0])
            answer["headers"] = headers
            return bytes

        with self.meter.step(_step(method, parts.path), counted=self.counted):
            response = application(environ, start_response)
            text = b"".join(response).decode("utf-8", "replace")
            response.close()
        target = ""
        for name, value in answer["headers"]:
            if name.lower() == "set-cookie":
                key, _, rest = value.partition("=")
                self.cookies[key] = rest.partition(";")[0]
            elif name.lower() == "location":
                target = value
        return guests.Page(parts.path, answer["status"], text), target


def _step(method: str, path: str) -> str:
    if "/products/" in path:
        return "product page"
    if "/orders/" in path:
        return "order page"
    if "/cart" in path:
        return "add" if method == "POST" else "cart page"
    return "place" if method == "POST" else "checkout page"


def measure(orders: int, products: int, profiled: str = "") -> Meter:
    """Buy `orders` times, the same few products again and again, so that each page is met after its stock changed."""
    from django.db import connection

    from duli.platform.jobs import worker

    meter = Meter(profiled)
    connection.ensure_connection()
    for number in range(-WARM_UP, orders * 2):
        if number == 0:
            meter.seconds.clear()
            meter.statements.clear()
        browser = InProcess(meter)
        browser.counted = number % 2 == 1
        guests.order(browser, f"/products/{handle(1 + number % products)}")
        with meter.step("jobs", counted=browser.counted):
            worker.drain()
    return meter


def show(meter: Meter, *, texts: bool) -> None:
    print(f"{'':16}{'CPU ms':>8}{'least':>8}{'SQL':>6}")
    total = least = sql = 0.0
    for name in STEPS:
        if not meter.seconds[name]:
            continue
        middle, lowest = statistics.median(meter.seconds[name]) * 1000, min(meter.seconds[name]) * 1000
        count = statistics.median(meter.statements[name])
        total, least, sql = total + middle, least + lowest, sql + count
        print(f"{name:16}{middle:8.2f}{lowest:8.2f}{count:6.0f}")
    print(f"{'guest order':16}{total:8.2f}{least:8.2f}{sql:6.0f}")
    if texts:
        for name in STEPS:
            print(f"\n{name}")
            for sql_text, times in meter.texts[name].items():
                print(f"  {times} {sql_text}")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.bench.steps", description=__doc__)
    parser.add_argument("--orders", type=int, default=40)
    parser.add_argument("--products", type=int, default=3, help="how many different products are bought in turn")
    parser.add_argument("--profile", default="", metavar="STEP", help=f"one of: all, {', '.join(STEPS)}")
    parser.add_argument("--sort", default="tottime")
    parser.add_argument("--statements", action="store_true", help="print every statement as well")
    arguments = parser.parse_args()
    os.environ["DULI_PAGE_CACHE"] = "0"
    from duli.cli import setup

    setup()
    from django.conf import settings

    settings.ALLOWED_HOSTS = ["*"]
    meter = measure(arguments.orders, arguments.products, arguments.profile)
    show(meter, texts=arguments.statements)
    if arguments.profile:
        pstats.Stats(meter.profile).sort_stats(arguments.sort).print_stats(45)


if __name__ == "__main__":
    main()
