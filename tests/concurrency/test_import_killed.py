"""An import whose process is killed in the middle: what was committed stays, and starting it again brings the rest."""

from __future__ import annotations

import csv
import io
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PRODUCTS = 400
WAIT = 600

PROGRAM = """
import sys
from duli.cli import setup
setup()
from duli.cli.migrate import migrate_if_needed
migrate_if_needed()
from pathlib import Path
from duli.commerce.exchange.services import run_import
from duli.commerce.catalogue.models import Product, Variant
from duli.commerce.revisions.models import ProductRevision

def told(done, total):
    print("done", done, flush=True)
    if sys.argv[2] == "wait":
        sys.stdin.readline()

report = run_import(source=Path(sys.argv[1]), name="file.csv", actor="system", progress=told)
counts = report.products
print("counts", counts.created, counts.unchanged, counts.refused, Product.objects.count(), Variant.objects.count(),
      ProductRevision.objects.values("product_id").distinct().count(), flush=True)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["ID", "Type", "SKU", "Name", "Published", "Regular price", "Is featured?"])
    writer.writerows([n, "simple", f"W{n}", f"Bowl {n}", "1", "10", "0"] for n in range(1, PRODUCTS + 1))
    (tmp_path / "file.csv").write_text(text.getvalue())
    return tmp_path


def started(folder: Path, mode: str) -> subprocess.Popen[str]:
    environment = {
        **{name: value for name, value in os.environ.items() if name not in {"DULI_DATABASE_URL", "DULI_DEBUG"}},
        "DULI_DATA_DIR": str(folder / "var"),
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, "-c", PROGRAM, str(folder / "file.csv"), mode]
    return subprocess.Popen(
        command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def word(process: subprocess.Popen[str], first: str) -> list[str]:
    """Return the line that begins with `first`, as words."""
    assert process.stdout is not None
    until = time.monotonic() + WAIT
    for line in process.stdout:
        if line.startswith(first):
            return line.split()
        assert time.monotonic() < until
    raise AssertionError(f"the process ended without saying {first!r}")


def test_an_import_whose_process_is_killed_goes_on_where_it_was(folder: Path) -> None:
    process = started(folder, "wait")
    try:
        # After the second of four batches; it waits there, and is killed without a word.
        assert word(process, "done")[1] == "100"
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
        assert word(process, "done")[1] == "200"
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait(WAIT)
    again = started(folder, "go")
    created, unchanged, refused, products, variants, recorded = map(int, word(again, "counts")[1:])
    assert again.wait(WAIT) == 0
    assert (created, unchanged, refused) == (200, 200, 0)
    assert (products, variants, recorded) == (PRODUCTS, PRODUCTS, PRODUCTS)
