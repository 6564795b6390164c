"""Trying out source that a merchant edited, in a child process with little memory and time.

The engine stops endless loops by itself; what it cannot stop is a text that doubles until the memory is
full. So a new source is rendered once here, where that harms nobody, before it may be published.
Run as ``python -m duli.platform.themes.check``: JSON in, JSON out.
"""

from __future__ import annotations

import json
import resource
import sys
from typing import Any

MEMORY_BYTES = 512 * 1024 * 1024
CPU_SECONDS = 4


class _Anything:
    """Stands for any value of a page: has every attribute, is empty, true and callable with anything."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return _Anything()

    def __call__(self, *args: Any, **params: Any) -> str:
        return ""

    def __iter__(self) -> Any:
        return iter(())

    def __len__(self) -> int:
        return 0

    def __str__(self) -> str:
        return ""


def examine(task: dict[str, Any]) -> dict[str, Any]:
    """Compile and render ``task["source"]`` among ``task["files"]``; return accepted, message, line."""
    from duli.platform.themes.environment import TemplateError, Translator, new_environment

    files = {**task["files"], task["path"]: task["source"]}
    environment = new_environment(
        files.get, translator=Translator(task.get("texts", {})), functions={"asset_url": lambda name: str(name)}
    )
    environment.debug = False
    try:
        names = environment.undeclared_variables_in_str(task["source"])
        context = {name: _Anything() for name in names if name not in _OF_THE_ENGINE}
        context.update(task.get("context", {}))
        environment.render_template(task["path"], **context)
    except TemplateError as error:
        accepted = error.kind in _OF_THE_SAMPLE and error.name == task["path"]
        return {"accepted": accepted, "message": error.detail or error.message, "line": error.line or 0}
    except MemoryError:
        return {"accepted": False, "message": "out of memory", "line": 0}
    return {"accepted": True, "message": "", "line": 0}


_OF_THE_ENGINE = {"t", "asset_url", "range", "namespace", "dict", "debug"}
# The stand-in values cannot be added up or compared like real ones; that is no mistake of the template.
_OF_THE_SAMPLE = {"InvalidOperation"}


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    json.dump(examine(json.load(sys.stdin)), sys.stdout)


if __name__ == "__main__":
    main()
