"""Each import contract of pyproject.toml is broken on purpose in a copy of the tree, and must be reported."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGES = ("config", "duli", "quality", "sandbox")

# Contract id → planted files: path → source. Each path must appear in the report of that contract.
PLANTED: dict[str, dict[str, str]] = {
    "floors": {
        "duli/base/planted_floors.py": "import duli.platform.store.types",
        "duli/platform/store/planted_floors.py": "import duli.commerce.catalogue.types",
        "duli/commerce/orders/planted_floors.py": "import duli.growth.content",
        "duli/growth/content/planted_floors.py": "import duli.web.storefront",
        "duli/web/backoffice/planted_floors.py": "import duli.cli.prepare",
        "duli/cli/planted_floors.py": "import duli.web.api",
        "duli/planted_floor/__init__.py": "",
    },
    "platform": {
        "duli/platform/store/planted_platform.py": "import duli.platform.jobs.registry",
        "duli/platform/media/planted_platform.py": "import duli.platform.search",
        "duli/platform/planted_room/__init__.py": "",
    },
    "commerce": {
        "duli/commerce/catalogue/planted_commerce.py": "import duli.commerce.pricing.types",
        "duli/commerce/orders/planted_commerce.py": "import duli.commerce.exchange",
        "duli/commerce/inventory/planted_commerce.py": "import duli.commerce.payments.types",
        "duli/commerce/planted_room/__init__.py": "",
    },
    "growth": {
        "duli/growth/content/planted_growth.py": "import duli.growth.notifications",
        "duli/growth/planted_room/__init__.py": "",
    },
    "faces": {
        "duli/web/storefront/planted_faces.py": "import duli.web.backoffice",
        "duli/web/planted_face/__init__.py": "",
    },
    "plugins": {
        "duli/plugins/planted_plugin/__init__.py": "import duli.commerce.orders.types",
        "duli/plugins/planted_services/__init__.py": "import duli.commerce.payments.services",
        "duli/plugins/planted_settings/__init__.py": "import config.settings",
    },
    "no-plugin": {"duli/commerce/payments/planted_no_plugin.py": "import duli.plugins"},
    "sandbox": {"sandbox/planted_sandbox.py": "import duli.base.money"},
    "ninja": {"duli/web/storefront/planted_ninja.py": "import ninja"},
    "minijinja": {"duli/platform/mail/planted_minijinja.py": "import minijinja"},
    "wagtail": {"duli/web/storefront/planted_wagtail.py": "import wagtail.models"},
    "http": {"duli/commerce/shipping/planted_http.py": "import httpx2"},
}


def contracts() -> dict[str, str]:
    """Return every contract of pyproject.toml: id → name."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    return {contract["id"]: contract["name"] for contract in settings["tool"]["importlinter"]["contracts"]}


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Plant everything in a copy and check it once; return what is said of each broken contract."""
    copy = tmp_path_factory.mktemp("tree")
    for package in PACKAGES:
        shutil.copytree(
            ROOT / package,
            copy / package,
            ignore=lambda _folder, names: [name for name in names if "." in name and not name.endswith(".py")],
        )
    shutil.copy(ROOT / "pyproject.toml", copy)
    for files in PLANTED.values():
        for path, source in files.items():
            (copy / path).parent.mkdir(parents=True, exist_ok=True)
            (copy / path).write_text(source + "\n")
    program = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([program, "--no-cache"], cwd=copy, capture_output=True, text=True, check=False)
    assert "Broken contracts" in done.stdout, done.stdout + done.stderr
    details = done.stdout.partition("Broken contracts")[2]
    names = {name: identifier for identifier, name in contracts().items()}
    headings = re.compile(rf"^({'|'.join(map(re.escape, names))})\n-+$", re.MULTILINE)
    parts = headings.split(details)
    return {names[name]: text for name, text in zip(parts[1::2], parts[2::2], strict=True)}


def test_every_contract_is_broken_on_purpose_here() -> None:
    assert set(PLANTED) == set(contracts())


@pytest.mark.parametrize(
    ("contract", "path"), [(contract, path) for contract, files in PLANTED.items() for path in files]
)
def test_a_planted_violation_is_caught(reports: dict[str, str], contract: str, path: str) -> None:
    module = path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    report = reports.get(contract, "")
    # A room that no contract names is reported by its own name, an import by the module that holds it.
    expected = module if PLANTED[contract][path] else module.rpartition(".")[2]
    assert expected in report


def test_the_tree_itself_keeps_every_contract() -> None:
    program = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([program, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
