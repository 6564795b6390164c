"""Lets an enqueue in this process end the worker's pause at once."""

from __future__ import annotations

import threading

_event = threading.Event()


def wake() -> None:
    _event.set()


def wait(seconds: float) -> None:
    """Pause until somebody wakes us, at most `seconds`."""
    _event.wait(seconds)
    _event.clear()
