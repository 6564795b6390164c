"""`python -m tools.judges [NAME …]`: the official SDKs that judge our signatures, each in an environment of its own.

They clash with each other and with what the shop needs, so each gets `.venv-judges/<name>` from the hashes of
`requirements/judges-<name>.txt`. `make test` makes them all; tests/judges asks them. Nothing happens where they fit.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tools.setup import ROOT, say, succeeds

FOLDER = ROOT / ".venv-judges"
REQUIREMENTS = ROOT / "requirements"
PREFIX = "judges-"


def names() -> list[str]:
    """Return every judge that has a requirements file."""
    return sorted(path.stem.removeprefix(PREFIX) for path in REQUIREMENTS.glob(f"{PREFIX}*.txt"))


def python_of(name: str) -> Path:
    return FOLDER / name / "bin" / "python"


def _files(name: str) -> list[Path]:
    return [REQUIREMENTS / "build.txt", REQUIREMENTS / f"{PREFIX}{name}.txt"]


def _stamp(name: str) -> Path:
    return FOLDER / name / "duli.stamp"


def _fingerprint(name: str) -> str:
    return hashlib.sha256(b"".join(path.read_bytes() for path in _files(name))).hexdigest()


def is_ready(name: str) -> bool:
    """Say whether the judge's environment is there and made from today's requirements."""
    stamp = _stamp(name)
    return python_of(name).exists() and stamp.exists() and stamp.read_text() == _fingerprint(name)


def make(name: str) -> bool:
    """Make the judge's environment unless it is there; False where that is not possible."""
    if is_ready(name):
        return True
    say(f"Making the environment of the judge {name!r}")
    folder = FOLDER / name
    shutil.rmtree(folder, ignore_errors=True)
    if not succeeds(sys.executable, "-m", "venv", folder):
        shutil.rmtree(folder, ignore_errors=True)
        if not succeeds("uv", "venv", "-q", "--seed", "--python", sys.executable, folder):
            return False
    pip = [str(python_of(name)), "-m", "pip", "--disable-pip-version-check", "install", "-q", "--require-hashes"]
    build, wanted = _files(name)
    # Some come as source only: they are built with the setuptools that we know, not with whatever is new today.
    for arguments in (["-r", str(build)], ["--no-build-isolation", "--no-compile", "-r", str(wanted)]):
        if subprocess.run([*pip, *arguments], cwd=ROOT, check=False).returncode != 0:
            return False
    _stamp(name).write_text(_fingerprint(name))
    return True


def missing(wanted: Sequence[str] = ()) -> list[str]:
    """Make what is not there yet; return the judges that could not be had."""
    return [name for name in wanted or names() if not make(name)]


if __name__ == "__main__":
    absent = missing(sys.argv[1:])
    for name in absent:
        say(f"The judge {name!r} could not be installed; the lines above say why")
    sys.exit(1 if absent else 0)
