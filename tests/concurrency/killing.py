"""Processes that are ended with -9 at a chosen point, and one that is started after them."""

from __future__ import annotations

import os
import signal
import traceback
from collections.abc import Callable
from typing import Any

import httpx2
from django.db import connection, connections


def die_at(point: int, *, calls_only: bool = False) -> None:
    """Kill this process right after its `point`-th commit, or when the `point`-th thing came back from outside.

    `calls_only`: commits do not count.
    """
    left = [point]

    def count() -> None:
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    wrapper = type(connections["default"])
    commit, send = wrapper._commit, httpx2.Client.send

    def counted_commit(self: Any) -> None:
        commit(self)
        count()

    def counted_send(self: Any, *args: Any, **kwargs: Any) -> Any:
        answer = send(self, *args, **kwargs)
        count()
        return answer

    def counted_statement(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        result = execute(sql, params, many, context)
        if not connection.in_atomic_block and not sql.startswith("SELECT"):
            count()
        return result

    httpx2.Client.send = counted_send  # type: ignore[method-assign]
    if calls_only:
        return
    wrapper._commit = counted_commit
    connection.execute_wrappers.append(counted_statement)


def in_another_process(walk: Callable[[], object], kill_at: int = 0, *, calls_only: bool = False) -> bool:
    """Run `walk` in a forked process; True if it came to its end, False if it was killed (see `die_at`)."""
    connection.close()
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            if kill_at:
                die_at(kill_at, calls_only=calls_only)
            walk()
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)
    _, result = os.waitpid(pid, 0)
    if os.WIFSIGNALED(result):
        return False
    assert os.WEXITSTATUS(result) == 0
    return True
