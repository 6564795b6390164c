"""Load from wrk: 16 connections over a list of addresses, and what it cost the server."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

CONNECTIONS = 16
# Slower than this is not slow but still loading.
WARM_MILLISECONDS = 1_500
WARM_ROUNDS = 10

_SCRIPT = """
local paths = {}
for line in io.lines(os.getenv("BENCH_PATHS")) do paths[#paths + 1] = line end
local at = 0
local counter = 0
function setup(thread) thread:set("offset", counter * 7919); counter = counter + 1 end
function request()
  at = at + 1
  return wrk.format("GET", paths[(at + offset) % #paths + 1])
end
function done(summary, latency, requests)
  io.write(string.format('{"requests": %d, "microseconds": %d, "p50": %.3f, "p99": %.3f, "bad": %d}\\n',
    summary.requests, summary.duration, latency:percentile(50) / 1000, latency:percentile(99) / 1000,
    summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.write +
    summary.errors.timeout))
end
"""


@dataclass(frozen=True, slots=True)
class Result:
    """`p50` and `p99` in milliseconds; `cpu` is CPU ms of store and database per request."""

    name: str
    per_second: float
    p50: float
    p99: float
    cpu: float
    bad: int = 0
    statements: int | None = None
    note: str = ""


def wrk_is_here() -> bool:
    return shutil.which("wrk") is not None


def hit(name: str, port: int, paths: Sequence[str], *, seconds: int, cpu: Callable[[], float], folder: Path) -> Result:
    """Warm up with one pass, then load the addresses for `seconds`; `cpu` reads the CPU seconds used so far."""
    (folder / "paths").write_text("\n".join(paths) + "\n")
    (folder / "load.lua").write_text(_SCRIPT)
    # The first pages of a process read the catalogue; what is measured is a shop that has been open for a while.
    for _ in range(WARM_ROUNDS):
        if _run(port, 2, folder)["p99"] < WARM_MILLISECONDS:
            break
    before = cpu()
    told = _run(port, seconds, folder)
    used = cpu() - before
    requests = max(told["requests"], 1)
    return Result(
        name,
        per_second=told["requests"] / (told["microseconds"] / 1e6),
        p50=told["p50"],
        p99=told["p99"],
        cpu=used * 1000 / requests,
        bad=int(told["bad"]),
    )


def _run(port: int, seconds: int, folder: Path) -> dict[str, float]:
    command = ["wrk", "-t2", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout", "30s", "-s", str(folder / "load.lua")]
    done = subprocess.run(
        [*command, f"http://127.0.0.1:{port}"],
        env={**os.environ, "BENCH_PATHS": str(folder / "paths")},
        capture_output=True,
        text=True,
        check=True,
    )
    result: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    return result
