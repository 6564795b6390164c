"""Prints the test matrix of payments: every gateway × everything that can happen to a payment.

    .venv/bin/python -m quality.payments [-n 2]

Runs the tests that prove a cell, each against the stand-in of its provider: signed messages both ways over HTTP, and
for "killed" a process that is ended with -9 after the provider acted and before its answer was noted. After each of
them the provider's own books are compared with ours: nobody charged twice, nothing paid without an order. The table
says how many tests proved a cell; a cell that cannot happen says why. The last line is one of JSON. Ends with an error
where a cell failed or nothing proves it. What is given beside goes to pytest.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

HOUSE = Path(__file__).resolve().parent.parent
WHERE = (
    "tests/plugins",
    "tests/concurrency/test_payments_killed.py",
    "tests/concurrency/test_gift_cards.py",
    "tests/commerce/payments/test_gift_cards.py",
    "tests/commerce/orders/test_money_verbs.py",
)


def main(arguments: Sequence[str] | None = None) -> int:
    given = sys.argv[1:] if arguments is None else arguments
    command = [sys.executable, "-m", "pytest", "-q", "--payments-matrix", *WHERE, *given]
    return subprocess.run(command, cwd=HOUSE, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
