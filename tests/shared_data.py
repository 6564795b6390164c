"""Real data that lies beside the repository and is not part of it.

`shared("shopify/template.csv")` returns the file, or skips the calling test plainly where the folder is absent.
The folder is ``../shared/data`` seen from the repository, or what ``DULI_SHARED_DATA`` names.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
# The one reason to skip that is allowed where nothing else may be skipped (tests/plugins_ci.py).
REASON = "the shared data folder is not here"


def shared_folder() -> Path:
    """Return where the shared data would be; it need not exist."""
    return Path(os.environ.get("DULI_SHARED_DATA") or ROOT.parent / "shared" / "data").resolve()


def has_shared_data() -> bool:
    return shared_folder().is_dir()


def shared(name: str) -> Path:
    """Return the path of a shared file or folder; skip if the whole shared folder is absent.

    A name that is missing from a folder that is there is a mistake: FileNotFoundError.
    """
    if not has_shared_data():
        pytest.skip(REASON)
    path = shared_folder() / name
    if not path.exists():
        raise FileNotFoundError(path)
    return path
