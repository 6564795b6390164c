"""Rules of the house that no import shows, read from the sources themselves."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
LONGEST = 600


def tracked(*suffixes: str) -> list[Path]:
    """Return the files of the repository, and those that are about to be added to it."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    ).stdout.splitlines()
    return [ROOT / name for name in listed if name.endswith(suffixes) and (ROOT / name).is_file()]


def sources(*folders: str) -> Iterator[tuple[Path, ast.Module]]:
    for path in sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py")):
        if "migrations" not in path.parts:
            yield path.relative_to(ROOT), parsed(path)


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imports(tree: ast.Module) -> Iterator[str]:
    """Yield every module that is imported, and for `from a import b` also "a.b"."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{name.name}" for name in node.names)


def test_no_file_is_too_long_to_read() -> None:
    long = {}
    for path in tracked(".py", ".html", ".js", ".css"):
        if not {"migrations", "vendor", "locale"} & set(path.parts):
            lines = len(path.read_text(encoding="utf-8").splitlines())
            if lines > LONGEST:
                long[str(path.relative_to(ROOT))] = lines
    assert long == {}


def test_nothing_names_a_package_registry() -> None:
    hosts = ("py" + "pi.org", "python" + "hosted.org", "registry.np" + "mjs", "deb." + "debian.org")
    named = []
    for path in tracked(".py", ".toml", ".txt", ".md", ".yaml", ".yml", ".sh", ".json", "Makefile"):
        text = path.read_text(encoding="utf-8", errors="replace")
        if any(host in text for host in hosts):
            named.append(str(path.relative_to(ROOT)))
    assert named == []


def test_base_has_no_tables() -> None:
    found = [
        str(path) for path, tree in sources("duli/base") if any(name.startswith("django.db") for name in imports(tree))
    ]
    assert found == []


def test_only_plugins_speak_http() -> None:
    found = []
    for path, tree in sources("config", "duli", "quality"):
        if path.parts[:2] != ("duli", "plugins") and {"http.client", "urllib.request"} & set(imports(tree)):
            found.append(str(path))
    assert found == []


def test_rooms_talk_by_events_not_by_signals() -> None:
    found = []
    for path, tree in sources("duli"):
        names = set(imports(tree))
        if "django.dispatch" in names or any(name.startswith("django.db.models.signals") for name in names):
            found.append(str(path))
    assert found == []


def test_rows_hold_no_verbs() -> None:
    """A service writes; save() and delete() of a model do nothing of their own."""
    found = []
    for path, tree in sources("duli"):
        if "models" not in path.stem and "models" not in path.parts:
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and node.name in {"save", "delete", "full_clean"}:
                found.append(f"{path}:{node.lineno}")
    assert found == []


def test_faces_open_no_transaction() -> None:
    found = []
    for path, tree in sources("duli/web"):
        if {"django.db.transaction"} & set(imports(tree)):
            found.append(str(path))
    assert found == []


def test_rows_are_locked_in_one_place_of_a_room() -> None:
    found = []
    for path, tree in sources("duli/commerce", "duli/growth", "duli/web"):
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and node.attr == "select_for_update" and path.stem != "locks":
                found.append(f"{path}:{node.lineno}")
    assert found == []


def test_money_is_never_a_float() -> None:
    """No FloatField anywhere, and float() nowhere near money."""
    found = []
    for path, tree in sources("duli/base", "duli/commerce"):
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and node.attr == "FloatField":
                found.append(f"{path}:{node.lineno}")
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id == "float"
                and {"pricing", "payments", "orders", "checkout"} & set(path.parts)
            ):
                found.append(f"{path}:{node.lineno}")
    assert found == []
