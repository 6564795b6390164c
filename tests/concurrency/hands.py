"""Many hands at once: threads that all begin together, and what came of each."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from functools import partial

from django.db import connection

from duli.base.errors import DuliError

HANDS = 8


def at_once(*acts: Callable[[], object]) -> Counter[str]:
    """Let every act run in a thread of its own, together; return how often each outcome came."""
    barrier = threading.Barrier(len(acts))
    outcomes: Counter[str] = Counter()
    lock = threading.Lock()

    def run(act: Callable[[], object]) -> None:
        try:
            barrier.wait(timeout=30)
            act()
            outcome = "done"
        except DuliError as error:
            outcome = error.code
        except Exception as error:
            outcome = type(error).__name__
        finally:
            connection.close()
        with lock:
            outcomes[outcome] += 1

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def all_hands(act: Callable[[int], object]) -> Counter[str]:
    """Let every one of the hands do the same; each is told its number."""
    return at_once(*(partial(act, number) for number in range(HANDS)))
