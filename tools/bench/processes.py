"""Processes under measurement: started, found with all their children, their CPU time and memory read from /proc."""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from tools.services import free_port, wait_for_port

ROOT = Path(__file__).resolve().parent.parent.parent
TICKS = os.sysconf("SC_CLK_TCK")


def family(pid: int) -> list[int]:
    """Return `pid` and all its descendants."""
    found, queue = [], [pid]
    while queue:
        current = queue.pop()
        found.append(current)
        try:
            for task in Path(f"/proc/{current}/task").iterdir():
                queue += map(int, (task / "children").read_text().split())
        except OSError:
            continue
    return found


def cpu_seconds(pid: int) -> float:
    """Return the CPU time of `pid` and its family, including children that have ended."""
    total = 0
    for member in family(pid):
        try:
            fields = Path(f"/proc/{member}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        total += sum(map(int, fields[11:15]))
    return total / TICKS


def pss_megabytes(pid: int) -> float:
    """Return the memory of `pid` and its family; what several share is counted once."""
    kilobytes = 0
    for member in family(pid):
        try:
            text = Path(f"/proc/{member}/smaps_rollup").read_text()
        except OSError:
            continue
        kilobytes += next(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:"))
    return kilobytes / 1024


class Served:
    """A running server: its port, its first process, and how long it took until its home page was there."""

    def __init__(self, port: int, pid: int, cold_start: float) -> None:
        self.port, self.pid, self.cold_start = port, pid, cold_start


@contextmanager
def served(arguments: Sequence[str], environment: Mapping[str, str], log: Path, port: int) -> Iterator[Served]:
    """Run ``python -m ARGUMENTS`` until it listens on `port`; stop it afterwards."""
    started = time.monotonic()
    with log.open("w") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", *arguments],
            cwd=ROOT,
            env={**os.environ, **environment},
            stdout=file,
            stderr=file,
        )
        try:
            wait_for_port(port, seconds=120)
            if process.poll() is not None:
                raise RuntimeError(log.read_text())
            _first_answer(port)
            yield Served(port, process.pid, time.monotonic() - started)
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _first_answer(port: int) -> None:
    """Ask for the home page as the first visitor would."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    connection.request("GET", "/")
    connection.getresponse().read()
    connection.close()


@contextmanager
def shop(environment: Mapping[str, str], log: Path, *, workers: int, threads: int = 4) -> Iterator[Served]:
    port = free_port()
    options = ["--port", str(port), "--workers", str(workers), "--threads", str(threads)]
    with served(["duli.cli", "serve", *options], environment, log, port) as server:
        yield server


@contextmanager
def empty_view(log: Path, *, workers: int, threads: int = 4) -> Iterator[Served]:
    port = free_port()
    with served(["tools.bench.empty_view", str(port), str(workers), str(threads)], {}, log, port) as server:
        yield server


def postmaster(url: str) -> int:
    """Return the process id of the PostgreSQL behind `url`, which must run on this machine."""
    import psycopg

    with psycopg.connect(url) as connection:
        row = connection.execute("SHOW data_directory").fetchone()
    assert row is not None
    return int((Path(row[0]) / "postmaster.pid").read_text().split()[0])
