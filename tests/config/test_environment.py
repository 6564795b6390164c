"""What may be set, and that both introductions tell of it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from config.environment import ROOT, note_served_at, read_environment

READERS = ("config/environment.py", "duli/cli/language.py")
NAME = re.compile(r"\bDULI_[A-Z0-9_]+\b")


def settings_that_are_read() -> set[str]:
    return {name for path in READERS for name in NAME.findall((ROOT / path).read_text())} - {"DULI_"}


@pytest.mark.parametrize("introduction", ["README.md", "README.zh-CN.md"])
def test_every_setting_stands_in_the_table(introduction: str) -> None:
    rows = [line for line in (ROOT / introduction).read_text().splitlines() if line.startswith("| `DULI_")]
    told = {name for row in rows for name in NAME.findall(row.split("|")[1])}
    assert told == settings_that_are_read()


@pytest.mark.parametrize(
    "name",
    ["DULI_WORKER_THREADS", "DULI_REVISIONS_PER_PRODUCT", "DULI_TRUSTED_PROXY_COUNT", "DULI_API_CALLS_PER_MINUTE"],
)
@pytest.mark.parametrize("value", ["many", "-1", "1.5", "٣"])
def test_a_number_that_is_none_names_its_setting(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(ValueError, match=name):
        read_environment({"DULI_DATA_DIR": str(tmp_path), name: value})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DULI_DATABASE_URL", "mysql://user:geheim@host/shop"),
        ("DULI_DATABASE_URL", "/var/shop.sqlite3"),
        ("DULI_REDIS_URL", "localhost:6379"),
        ("DULI_EMAIL_URL", "mail.example.com:587"),
        ("DULI_EMAIL_URL", "http://user:geheim@host"),
        ("DULI_LOG_LEVEL", "loud"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_name(tmp_path: Path, name: str, value: str) -> None:
    """Above all a database that would silently be another one than the operator thinks."""
    with pytest.raises(ValueError, match=name) as refused:
        read_environment({"DULI_DATA_DIR": str(tmp_path), name: value})
    assert "geheim" not in str(refused.value)


def test_other_commands_write_links_to_where_the_shop_was_opened(tmp_path: Path) -> None:
    here = {"DULI_DATA_DIR": str(tmp_path / "new")}
    assert read_environment(here).public_url == "http://127.0.0.1:8000"
    note_served_at(tmp_path / "new", "http://127.0.0.1:8815")
    assert read_environment(here).public_url == "http://127.0.0.1:8815"
    assert read_environment({**here, "DULI_PUBLIC_URL": "https://tea.example/"}).public_url == "https://tea.example"
    (tmp_path / "new" / "served_at").write_bytes(b"\xff nonsense")
    assert read_environment(here).public_url == "http://127.0.0.1:8000"
