"""Asking somebody outside of the shop."""

from __future__ import annotations

from django.db import connection


def require_no_transaction() -> None:
    """Stop a verb that calls a service inside a transaction (RuntimeError): it would hold locks meanwhile.

    The transaction that a test case wraps around everything does not count.
    """
    if any(not getattr(block, "_from_testcase", False) for block in connection.atomic_blocks):
        raise RuntimeError("a service outside of the shop is never called inside a transaction")
