"""Every declared package has a line of reason, and the locked files carry hashes only."""

from __future__ import annotations

import re
import tomllib
from fnmatch import fnmatch
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
_NAME = re.compile(r"^[A-Za-z0-9_.-]+")


def declared() -> set[str]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    lists = [
        settings["project"]["dependencies"],
        *settings["project"]["optional-dependencies"].values(),
        *settings["dependency-groups"].values(),
    ]
    return {match.group() for names in lists for name in names if (match := _NAME.match(name))}


def test_every_dependency_has_its_reason() -> None:
    page = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    given = set(re.findall(r"^\| `([^`]+)` \|", page, re.MULTILINE))
    assert given == declared()


LOCKED = sorted(path.name for path in (ROOT / "requirements").glob("*.txt"))


@pytest.mark.parametrize("name", LOCKED)
def test_locked_packages_carry_hashes_and_no_address(name: str) -> None:
    text = (ROOT / "requirements" / name).read_text()
    assert "://" not in text
    packages = re.split(r"\n(?=[a-z0-9])", re.sub(r"^\s*#.*\n", "", text, flags=re.MULTILINE).strip())
    assert packages
    for package in packages:
        assert "--hash=sha256:" in package, package


def test_the_development_environment_contains_the_runtime() -> None:
    def pins(name: str) -> set[str]:
        return set(re.findall(r"^([a-z0-9-]+==[^ \\;]+)", (ROOT / "requirements" / name).read_text(), re.MULTILINE))

    assert pins("runtime.txt") <= pins("dev.txt")


def test_what_the_shop_imports_of_this_house_is_installed_with_it() -> None:
    """`duli demo` runs without the checkout in its path: a folder that is left out is missing there only."""
    patterns = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]["find"]["include"]
    ours = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    imported = {
        name
        for folder in ("config", "duli")
        for path in (ROOT / folder).rglob("*.py")
        for name in re.findall(r"^\s*(?:from|import) (\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)
        if name in ours
    }
    assert "sandbox" in imported
    assert [name for name in imported if not any(fnmatch(name, pattern) for pattern in patterns)] == []
