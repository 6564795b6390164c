"""Measures every database at every size and prints a table for each, with what is over its budget marked."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from urllib.parse import quote_plus

from tools import services
from tools.bench import guests, load, quotes
from tools.bench.catalogue import category_handle, handle, search_words
from tools.bench.load import Result
from tools.bench.processes import ROOT, cpu_seconds, empty_view, postmaster, pss_megabytes, shop
from tools.setup import say

WORKERS = 2
# CPU ms per request that the pages may cost, uncached, and statements.
BUDGET = {"home": 3, "listing": 4, "product": 3, "search": 5, "new cart + add": 8, "guest order": 30}
MOST_STATEMENTS = 8
DIFFERENT_PAGES = 400


@dataclass(slots=True)
class Measured:
    """One database at one size."""

    database: str
    products: int
    results: list[Result] = field(default_factory=list)
    cached: list[Result] = field(default_factory=list)
    empty: Result | None = None
    cold_start: float = 0
    memory_one: float = 0
    memory_two: float = 0


def pages(products: int) -> dict[str, list[str]]:
    step = max(products // DIFFERENT_PAGES, 1)
    return {
        "home": ["/"],
        "listing": [f"/collections/{category_handle(number)}" for number in range(20)],
        "product": [f"/products/{handle(number)}" for number in range(1, products + 1, step)],
        "search": [f"/search?q={quote_plus(words)}" for words in search_words(60)],
    }


@contextmanager
def database(kind: str, folder: Path) -> Iterator[tuple[dict[str, str], Callable[[], float]]]:
    """Yield the environment of a shop on this kind of database, and what reads the database's CPU seconds."""
    environment = {"DULI_DATA_DIR": str(folder), "DULI_DATABASE_URL": "", "LANG": "C", "DULI_LOG_LEVEL": "ERROR"}
    if kind == "sqlite":
        yield environment, lambda: 0.0
        return
    with services.postgres(durable=True) as url:
        process = postmaster(url)
        yield {**environment, "DULI_DATABASE_URL": url}, lambda: cpu_seconds(process)


def measure(kind: str, products: int, seconds: int) -> Measured:
    found = Measured(kind, products)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="duli-bench-")))
        environment, database_cpu = stack.enter_context(database(kind, folder))
        say(f"{kind}, {products} products: filling")
        _python(["tools.bench.catalogue", str(products)], environment)
        addresses = pages(products)
        _single(found, environment, folder, addresses)
        say(f"{kind}, {products} products: measuring")
        with empty_view(folder / "empty.log", workers=WORKERS) as server:
            found.empty = load.hit(
                "empty view", server.port, ["/"], seconds=seconds, cpu=lambda: cpu_seconds(server.pid), folder=folder
            )
        statements = _statements(addresses, environment)
        without_cache = {**environment, "DULI_PAGE_CACHE": "0"}
        with shop(without_cache, folder / "shop.log", workers=WORKERS) as server:

            def cpu() -> float:
                return cpu_seconds(server.pid) + database_cpu()

            for name, paths in addresses.items():
                result = load.hit(name, server.port, paths, seconds=seconds, cpu=cpu, folder=folder)
                found.results.append(replace(result, statements=statements[name]))
            found.results.append(guests.carts(server.port, addresses["product"], seconds=seconds, cpu=cpu))
            found.results.append(guests.orders(server.port, addresses["product"], seconds=seconds * 2, cpu=cpu))
            found.memory_two = pss_megabytes(server.pid)
        with shop(environment, folder / "cached.log", workers=WORKERS) as server:
            for name in ("home", "listing", "product"):
                # As many pages as the cache is sure to hold in each process.
                paths = addresses[name][:100]
                found.cached.append(
                    load.hit(
                        name, server.port, paths, seconds=seconds, cpu=lambda: cpu_seconds(server.pid) + database_cpu(),
                        folder=folder,
                    )
                )  # fmt: skip
    return found


def _single(found: Measured, environment: dict[str, str], folder: Path, addresses: dict[str, list[str]]) -> None:
    """Start the default, one process, twice: the second start has nothing to prepare. Serve 1,000 pages, weigh it."""
    with shop(environment, folder / "first.log", workers=1):
        pass
    with shop({**environment, "DULI_PAGE_CACHE": "0"}, folder / "single.log", workers=1) as server:
        found.cold_start = server.cold_start
        browser = guests.Browser(server.port)
        every = [path for paths in addresses.values() for path in paths]
        for turn in range(1000):
            browser.get(every[turn % len(every)])
        browser.close()
        found.memory_one = pss_megabytes(server.pid)


def _python(arguments: list[str], environment: dict[str, str]) -> str:
    done = subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return done.stdout


def _statements(addresses: dict[str, list[str]], environment: dict[str, str]) -> dict[str, int | None]:
    first = {name: paths[len(paths) // 2] for name, paths in addresses.items()}
    told = json.loads(_python(["tools.bench.statements", *first.values()], environment).strip().splitlines()[-1])
    return {name: told[path][1] if told[path][0] == 200 else None for name, path in first.items()}


def show(found: Measured) -> bool:
    """Print one table; True if every budget is kept."""
    assert found.empty is not None
    print(f"\n{found.database}, {found.products} products × 3 variants, {WORKERS} web processes")
    print(f"{'':18}{'per s':>9}{'p50 ms':>9}{'p99 ms':>9}{'CPU ms':>9}{'budget':>8}{'SQL':>5}{'of empty':>10}")
    keeps = True
    for result in [found.empty, *found.results]:
        budget = BUDGET.get(result.name)
        is_over = budget is not None and (result.cpu > budget or result.bad > 0 or not result.per_second)
        too_many = (result.statements or 0) > MOST_STATEMENTS
        keeps &= not (is_over or too_many)
        _row(result, found.empty, f"{budget or ''}{' !' if is_over or too_many else ''}")
    for result in found.cached:
        ratio = result.per_second / found.empty.per_second
        keeps &= ratio >= 0.6
        _row(replace(result, name=f"{result.name}, kept"), found.empty, "" if ratio >= 0.6 else "0.6 !")
    print(
        f"cold start {found.cold_start:.2f} s (budget 2); memory {found.memory_one:.0f} MB in one process after 1,000 "
        f"pages (budget 200), {found.memory_two:.0f} MB with {WORKERS} (budget 300)"
    )
    return keeps and found.cold_start <= 2 and found.memory_one <= 200 and found.memory_two <= 300


def _quotes() -> bool:
    """Print what promotions cost a quote; True if the budget is kept."""
    told = json.loads(_python(["tools.bench.quotes"], {}).strip().splitlines()[-1])
    is_over = told["some_ms"] > quotes.BUDGET_MS
    print(
        f"\nquote of {quotes.LINES} lines: {told['plain_ms']:.2f} ms; with {quotes.PROMOTIONS} promotions, of which it "
        f"meets {quotes.MEETS}: {told['some_ms']:.2f} ms (budget {quotes.BUDGET_MS:.0f}{' !' if is_over else ''}), "
        f"{told['ratio']:.1f} times as much; if it meets all of them: {told['all_ms']:.0f} ms"
    )
    return not is_over


def _row(result: Result, empty: Result, budget: str) -> None:
    statements = "" if result.statements is None else str(result.statements)
    print(
        f"{result.name:18}{result.per_second:9.1f}{result.p50:9.2f}{result.p99:9.2f}{result.cpu:9.2f}{budget:>8}"
        f"{statements:>5}{result.per_second / max(empty.per_second, 1):10.3f}"
        + (f"  {result.bad} bad {result.note}" if result.bad else "")
    )


def desk(scale: float) -> int:
    """Fill a shop of `scale` million orders and measure the pages of its desk; 1 if a list is over its budget."""
    if services.postgres_programs() is None:
        services.install_missing_programs()
    with tempfile.TemporaryDirectory(prefix="duli-bench-") as folder, database("postgresql", Path(folder)) as found:
        done = subprocess.run(
            [sys.executable, "-m", "tools.bench.desk", str(scale)], cwd=ROOT, env={**os.environ, **found[0]}
        )
    return done.returncode


def main() -> int:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="1,000 products, SQLite, 3 seconds each")
    parser.add_argument("--database", action="append", choices=["sqlite", "postgresql"])
    parser.add_argument("--products", action="append", type=int)
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--json", type=Path, help="write the figures to this file as well")
    parser.add_argument(
        "--desk",
        type=float,
        metavar="SCALE",
        help="measure the back office instead; 1: a million orders, on PostgreSQL",
    )
    arguments = parser.parse_args()
    if arguments.desk:
        return desk(arguments.desk)
    if not load.wrk_is_here():
        services.install_system_packages("wrk")
    if not load.wrk_is_here():
        print("wrk is not installed, and without it nothing can be measured.")
        return 1
    kinds = arguments.database or (["sqlite"] if arguments.quick else ["postgresql", "sqlite"])
    if "postgresql" in kinds and services.postgres_programs() is None:
        services.install_missing_programs()
    if "postgresql" in kinds and services.postgres_programs() is None:
        say("SKIPPED: PostgreSQL is not installed")
        kinds.remove("postgresql")
    sizes = arguments.products or ([1000] if arguments.quick else [1000, 50_000])
    seconds = 3 if arguments.quick else arguments.seconds
    every = [measure(kind, products, seconds) for kind in kinds for products in sizes]
    keeps = [show(found) for found in every]
    keeps.append(_quotes())
    if arguments.json:
        arguments.json.write_text(json.dumps([asdict(found) for found in every], indent=2))
    print("\nEvery budget is kept." if all(keeps) else "\n! marks what is over its budget.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
