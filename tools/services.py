"""Programs that tests and measurements need beside Python: found, installed where that is possible, or missed aloud.

A PostgreSQL or Redis started here is thrown away afterwards, so neither a service of this machine nor its data
is touched.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes.util import find_library
from pathlib import Path

from tools.setup import can_install_system_packages, install_system_packages, say

DEBIAN_PACKAGES = {
    "postgresql": "postgresql",
    "redis": "redis-server",
    "chromium": "chromium",
    "gettext": "gettext",
    "fonts": "fonts-noto-cjk",
    "pango": "libpangoft2-1.0-0",
}
HEADLESS_SHELL = "chromium-headless-shell"


def nothing_may_be_skipped() -> bool:
    return os.environ.get("CI", "").strip().lower() in {"1", "true", "yes"}


def postgres_programs() -> Path | None:
    """Return the folder of the newest initdb and postgres."""
    versions = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3].split(".")[0])
    )
    if versions:
        return versions[-1].parent
    found = shutil.which("initdb")
    return Path(found).resolve().parent if found else None


def chromium() -> str:
    """Return the path of a Chromium, or an empty string."""
    given = os.environ.get("DULI_CHROMIUM", "")
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return given or next((path for name in names if (path := shutil.which(name))), "")


def chromium_for_flows() -> str:
    """Return the same Chromium without the parts of a window, which spares a fifth of what the flows cost.

    Debian has it as a package of its own; elsewhere this is what `chromium` finds.
    """
    if "DULI_CHROMIUM" not in os.environ:
        if not shutil.which(HEADLESS_SHELL) and can_install_system_packages() and _is_offered(HEADLESS_SHELL):
            install_system_packages(HEADLESS_SHELL)
        if found := shutil.which(HEADLESS_SHELL):
            return found
    return chromium()


def _is_offered(package: str) -> bool:
    return subprocess.run(["apt-cache", "show", package], capture_output=True, check=False).returncode == 0


def has_chinese_font() -> bool:
    if not shutil.which("fc-list"):
        return Path("/usr/share/fonts/opentype/noto").is_dir()
    return bool(subprocess.run(["fc-list", ":lang=zh"], capture_output=True, check=False).stdout.strip())


def missing_programs() -> list[str]:
    """Return which keys of DEBIAN_PACKAGES this machine lacks."""
    present = {
        "postgresql": postgres_programs() is not None,
        "redis": bool(shutil.which("redis-server") or shutil.which("valkey-server")),
        "chromium": bool(chromium()),
        "gettext": bool(shutil.which("msgfmt")),
        "fonts": has_chinese_font(),
        "pango": bool(find_library("pangoft2-1.0")),
    }
    return [name for name, is_here in present.items() if not is_here]


def install_missing_programs() -> list[str]:
    """Install what is missing if this is Debian or Ubuntu and we are root; return what is missing still."""
    missing = missing_programs()
    if not missing or not can_install_system_packages():
        return missing
    say(f"Installing {', '.join(missing)}")
    install_system_packages(*(DEBIAN_PACKAGES[name] for name in missing))
    return missing_programs()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _as_postgres(command: list[str]) -> list[str]:
    """PostgreSQL refuses to run as root: hand the command to its own user."""
    return ["runuser", "-u", "postgres", "--", *command] if os.geteuid() == 0 else command


@contextmanager
def postgres(*, durable: bool = False) -> Iterator[str]:
    """Run a throw-away PostgreSQL; yield ``postgresql://duli:duli@127.0.0.1:port/duli``, an empty database.

    Tests forgo durability for speed; measurements must not (`durable`).
    """
    programs = postgres_programs()
    if programs is None:
        raise RuntimeError("PostgreSQL is not installed")
    folder = Path(tempfile.mkdtemp(prefix="duli-postgres-"))
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
    data, port = folder / "data", free_port()
    options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c max_connections=200 -c shared_buffers=256MB"
    if not durable:
        options += " -c fsync=off -c full_page_writes=off -c synchronous_commit=off -c jit=off"
    control = [str(programs / "pg_ctl"), "-D", str(data), "-s", "-w"]
    try:
        initialise = [str(programs / "initdb"), "-D", str(data), "-U", "duli", "-A", "trust", "-E", "UTF8"]
        _run_quietly(_as_postgres([*initialise, "--locale=C.UTF-8", "--no-sync"]), folder)
        _run_quietly(_as_postgres([*control, "-l", str(folder / "log"), "-o", options, "start"]), folder)
        create = ["createdb", "-h", "127.0.0.1", "-p", str(port), "-U", "duli", "duli"]
        _run_quietly(_as_postgres([str(programs / create[0]), *create[1:]]), folder)
        yield f"postgresql://duli:duli@127.0.0.1:{port}/duli"
    finally:
        stop = _as_postgres([*control, "-m", "immediate", "stop"])
        subprocess.run(stop, cwd=folder, capture_output=True, check=False)
        shutil.rmtree(folder, ignore_errors=True)


def _run_quietly(command: list[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{command[-1]}: {done.stderr or done.stdout}")


@contextmanager
def redis() -> Iterator[str]:
    """Run a throw-away Redis or Valkey that writes nothing to disk; yield its URL."""
    program = shutil.which("redis-server") or shutil.which("valkey-server")
    if program is None:
        raise RuntimeError("Redis is not installed")
    port = free_port()
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        wait_for_port(port, seconds=10)
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        process.terminate()
        process.wait(10)


def wait_for_port(port: int, *, seconds: float) -> None:
    """Return as soon as something listens on 127.0.0.1:`port`; TimeoutError if nothing does."""
    end = time.monotonic() + seconds
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            if time.monotonic() > end:
                raise TimeoutError(f"nothing listens on port {port}") from None
            time.sleep(0.02)
