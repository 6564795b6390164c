"""Makes `.venv`: `python tools/setup.py runtime` to run the shop, `dev` to work on it as well.

Uses nothing but Python itself. Packages come from wherever pip or uv of this machine take them, and must
match the hashes in requirements/. Does nothing where the environment already fits.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
REQUIREMENTS = {
    "runtime": ["build.txt", "runtime.txt"],
    "dev": ["build.txt", "dev.txt"],
}


def say(text: str) -> None:
    print(f"· {text}", flush=True)


def succeeds(*command: str | Path) -> bool:
    try:
        return subprocess.run([str(part) for part in command], cwd=ROOT, check=False).returncode == 0
    except FileNotFoundError:
        return False


def can_install_system_packages() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get") is not None


def install_system_packages(*names: str) -> bool:
    """Install Debian packages without a question; False where that is not possible."""
    if not can_install_system_packages():
        return False
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "-y", "--no-install-recommends", "-qq", *names]
    # The first try spares the index; a fresh machine has none and needs the second.
    if subprocess.run(install, env=environment, check=False, capture_output=True).returncode == 0:
        return True
    subprocess.run(["apt-get", "update", "-qq"], env=environment, check=False)
    return subprocess.run(install, env=environment, check=False).returncode == 0


def venv_python() -> Path:
    return VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def venv_fits() -> bool:
    if not venv_python().exists():
        return False
    check = "import sys; sys.exit(sys.version_info < (3, 11))"
    return subprocess.run([venv_python(), "-c", check], check=False, capture_output=True).returncode == 0


def make_venv() -> None:
    say(f"Making .venv with Python {sys.version.split()[0]}")
    if VENV.exists():
        shutil.rmtree(VENV)
    version = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
    if succeeds(sys.executable, "-m", "venv", VENV):
        return
    shutil.rmtree(VENV, ignore_errors=True)
    if install_system_packages(version) and succeeds(sys.executable, "-m", "venv", VENV):
        return
    shutil.rmtree(VENV, ignore_errors=True)
    if succeeds("uv", "venv", "--seed", "--python", sys.executable, VENV):
        return
    sys.exit(f"This Python cannot make a virtual environment. On Debian and Ubuntu: apt install {version}")


def install(kind: str) -> None:
    files = [ROOT / "requirements" / name for name in REQUIREMENTS[kind]]
    arguments = [part for file in files for part in ("-r", str(file))]
    say("Installing packages (hashes are checked)")
    # Fast where it is there; it may not know the package source that this machine's pip is told to use.
    if shutil.which("uv"):
        environment = {**os.environ, "UV_PYTHON_DOWNLOADS": "never"}
        command = ["uv", "pip", "install", "-q", "--python", str(venv_python()), "--require-hashes", *arguments]
        if subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode == 0:
            return
        say("uv could not; pip takes over")
    pip: list[str | Path] = [venv_python(), "-m", "pip", "--disable-pip-version-check", "install", "-q"]
    if kind == "dev":
        # Of the tools' many modules few are ever imported; Python compiles those when they are.
        pip.append("--no-compile")
    pip += ["--require-hashes", *arguments]
    if not succeeds(*pip):
        sys.exit("The packages could not be installed; the lines above say why.")


def install_duli() -> None:
    """Put the `duli` command and this checkout into the environment."""
    pip: list[str | Path] = [venv_python(), "-m", "pip", "--disable-pip-version-check"]
    if not succeeds(*pip, "install", "-q", "--no-deps", "--no-build-isolation", "--no-index", "-e", "."):
        sys.exit("Duli itself could not be installed; the lines above say why.")


def fingerprint(kind: str) -> str:
    digest = hashlib.sha256()
    for name in [*(f"requirements/{file}" for file in REQUIREMENTS[kind]), "pyproject.toml"]:
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def is_current(kind: str) -> bool:
    """True if the environment was made for this kind, or a larger one, from these very files."""
    larger = ["runtime", "dev"] if kind == "runtime" else ["dev"]
    stamps = [VENV / f"duli-{name}.stamp" for name in larger]
    return any(
        stamp.exists() and stamp.read_text() == fingerprint(name) for name, stamp in zip(larger, stamps, strict=True)
    )


def main() -> None:
    kind = sys.argv[1] if len(sys.argv) > 1 else "runtime"
    if kind not in REQUIREMENTS:
        sys.exit(f"usage: {Path(__file__).name} [{'|'.join(REQUIREMENTS)}]")
    if not venv_fits():
        make_venv()
    if not is_current(kind):
        install(kind)
        install_duli()
        (VENV / f"duli-{kind}.stamp").write_text(fingerprint(kind))
    subprocess.run([venv_python(), ROOT / "tools" / "messages.py", "compile"], cwd=ROOT, check=True)


if __name__ == "__main__":
    main()
