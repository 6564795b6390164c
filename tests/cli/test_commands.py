"""The command line itself, and import and export through it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils import translation

from duli.cli import COMMANDS, language, main, prepare
from duli.commerce.catalogue.models import Product

CSV = """Handle,Title,Option1 Name,Option1 Value,Variant SKU,Variant Price,Variant Inventory Qty
oak-chair,Oak chair,Colour,Natural,OC-1,120.00,5
oak-chair,,,Dark,OC-2,130.00,2
"""


@pytest.fixture(autouse=True)
def _language() -> Iterator[None]:
    before = translation.get_language()
    yield
    language.choose("en")
    translation.activate(before or "zh-hans")


@pytest.fixture
def products_file(tmp_path: Path) -> Path:
    path = tmp_path / "products.csv"
    path.write_text(CSV)
    return path


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--language", "en", command, "--help"])
    assert ended.value.code == 0
    assert f"usage: duli {command}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"LANG": "zh_CN.UTF-8"}, "zh-hans"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "en_GB.UTF-8"}, "en"),
        ({"LANG": "C"}, "en"),
        ({"LANG": "de_DE.UTF-8", "DULI_LANGUAGE": "zh-hans"}, "zh-hans"),
        ({}, "en"),
    ],
)
def test_the_terminal_chooses_the_language(
    variables: dict[str, str], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("DULI_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert language.of_environment() == expected


def test_help_loads_neither_django_nor_the_shop() -> None:
    code = (
        "import sys; from duli.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "print([name for name in ('django', 'granian', 'babel') if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"


def test_the_demo_finds_its_practice_providers_from_wherever_it_is_started(tmp_path: Path) -> None:
    """A command in `.venv/bin` has no project folder on its path, and the stand-ins are not installed with us."""
    code = "import django; django.setup(); import config.demo_stand_ins, config.demo_card_page"
    environment = {**os.environ, "DULI_DEMO": "1", "DULI_DATA_DIR": str(tmp_path)}
    environment.pop("PYTHONPATH", None)
    environment["DJANGO_SETTINGS_MODULE"] = "config.settings"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.django_db
def test_import_reports_as_json_and_a_second_run_changes_nothing(
    products_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["import", str(products_file), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["products"]["created"] == 1
    assert told["variants"]["created"] == 2
    assert main(["import", str(products_file), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["products"] == {"created": 0, "updated": 0, "unchanged": 1, "refused": 0}


@pytest.mark.django_db
def test_a_dry_run_changes_nothing(products_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--language", "en", "import", str(products_file), "--dry-run"]) == 0
    assert "products: 1 created" in capsys.readouterr().out
    assert not Product.objects.exists()


@pytest.mark.django_db
def test_a_file_that_is_no_catalogue_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "notes.csv"
    path.write_text("a,b\n1,2\n")
    assert main(["--language", "en", "import", str(path)]) == 1
    assert "nothing was changed" in capsys.readouterr().out
    assert main(["import", str(tmp_path / "nothing.csv")]) == 2


@pytest.mark.django_db
def test_what_is_exported_can_be_imported_unchanged(products_file: Path, tmp_path: Path) -> None:
    main(["import", str(products_file)])
    exported = tmp_path / "exported.csv"
    assert main(["export", str(exported)]) == 0
    assert "OC-2" in exported.read_text(encoding="utf-8-sig")
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".tmp"] == []
    assert main(["import", str(exported), "--json"]) == 0
    assert Product.objects.count() == 1


@pytest.mark.django_db
def test_migrate_check_says_what_is_missing(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["migrate", "--check"]) == 0
    from django.db.migrations.recorder import MigrationRecorder

    MigrationRecorder.Migration.objects.filter(app="store", name="0001_initial").delete()
    assert main(["migrate", "--check"]) == 1
    assert "store.0001_initial" in capsys.readouterr().out


def test_translations_are_compiled_once(tmp_path: Path) -> None:
    folder = tmp_path / "duli" / "shop" / "locale" / "zh_Hans" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "django.po").write_text('msgid ""\nmsgstr ""\n"Language: zh_Hans\\n"\n\nmsgid "Order"\nmsgstr "订单"\n')
    assert prepare.compile_messages(tmp_path) == 1
    assert (folder / "django.mo").read_bytes().startswith(b"\xde\x12\x04\x95")
    assert prepare.compile_messages(tmp_path) == 0
