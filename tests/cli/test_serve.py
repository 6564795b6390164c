"""A real `duli serve` as a process: it migrates, answers, works on jobs, survives a killed worker, and stops."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from duli.cli.language import choose
from duli.cli.ports import problem_with

ROOT = Path(__file__).resolve().parent.parent.parent
PATIENCE = 60


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(holds: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end, f"{what} did not happen within {PATIENCE} s"
        time.sleep(0.02)


def get(port: int, path: str) -> int:
    """Return the status of a GET, 0 if nobody answers."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except OSError:
        return 0
    finally:
        connection.close()


def children(pid: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("shop")


@pytest.fixture(scope="module")
def shop(folder: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    port = free_port()
    environment = {**os.environ, "DULI_DATA_DIR": str(folder), "DULI_DATABASE_URL": "", "LANG": "en_GB.UTF-8"}
    environment.pop("DULI_PUBLIC_URL", None)
    command = [sys.executable, "-m", "duli.cli", "serve", "--port", str(port)]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log, text=True)
        try:
            wait_until(lambda: get(port, "/readyz") == 200 or process.poll() is not None, "the first answer")
            assert process.poll() is None, (folder / "log").read_text()
            yield process, port
        finally:
            if process.poll() is None:
                process.kill()
            process.wait(10)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_shop_opens_works_recovers_and_closes(shop: tuple[subprocess.Popen[str], int], folder: Path) -> None:
    process, port = shop
    assert "Preparing the database" in (folder / "log").read_text()
    assert f"http://127.0.0.1:{port}" in (folder / "log").read_text()
    assert get(port, "/healthz") == 200
    # A command beside it, which is told nothing of the port, leads to the same shop.
    environment = {**os.environ, "DULI_DATA_DIR": str(folder), "DULI_DATABASE_URL": ""}
    environment.pop("DULI_PUBLIC_URL", None)
    command = [sys.executable, "-m", "duli.cli", "staff", "link"]
    link = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True).stdout
    assert link.startswith(f"http://127.0.0.1:{port}/admin/begin/")

    def beats() -> int:
        with sqlite3.connect(folder / "duli.sqlite3", timeout=20) as database:
            return int(database.execute("SELECT count(*) FROM jobs_workerbeat").fetchone()[0])

    wait_until(lambda: beats() == 1, "the job worker's first beat")
    (worker,) = children(process.pid)
    os.kill(worker, signal.SIGKILL)
    wait_until(lambda: children(process.pid) not in ([], [worker]), "a new web process")
    wait_until(lambda: get(port, "/readyz") == 200, "an answer of the new web process")

    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0
    assert get(port, "/healthz") == 0


@pytest.mark.parametrize("command", ["serve", "demo"])
@pytest.mark.parametrize(("language", "words"), [("en", "is taken, perhaps by another shop"), ("zh-hans", "已被占用")])
def test_a_port_in_use_is_refused_before_anything_is_made(
    tmp_path: Path, command: str, language: str, words: str
) -> None:
    """Even one that lets itself be shared, as the server's own does."""
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        answer = subprocess.run(
            [sys.executable, "-m", "duli.cli", "--language", language, command, "--port", str(port)],
            cwd=ROOT,
            env={**os.environ, "DULI_DATA_DIR": str(tmp_path / "shop"), "DULI_DATABASE_URL": ""},
            capture_output=True,
            text=True,
            timeout=60,
        )
    assert answer.returncode == 1
    assert str(port) in answer.stderr
    assert words in answer.stderr
    assert "Traceback" not in answer.stderr
    assert not (tmp_path / "shop").exists()


def test_a_port_is_free_again_at_once_and_others_are_named() -> None:
    choose("en")
    port = free_port()
    assert problem_with("127.0.0.1", port) == ""
    assert "65535" in problem_with("127.0.0.1", 70_000)
    assert "no address of this machine" in problem_with("192.0.2.7", port)
    assert "no address of this machine" in problem_with("no.such.host.invalid", port)
