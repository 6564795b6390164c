from __future__ import annotations

import shutil
from importlib.util import find_spec
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
HOOKS = [
    hook for repo in yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"] for hook in repo["hooks"]
]


@pytest.mark.parametrize("hook", HOOKS, ids=[hook["id"] for hook in HOOKS])
def test_what_a_hook_runs_is_there(hook: dict[str, str]) -> None:
    program, *arguments = hook["entry"].split()
    assert shutil.which(ROOT / program)
    if arguments[:1] == ["-m"]:
        found = find_spec(arguments[1])
        assert found
        # A package without this cannot be run by its name.
        assert not found.submodule_search_locations or find_spec(f"{arguments[1]}.__main__")
