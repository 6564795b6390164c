"""Short texts that a merchant may edit (mails, SMS), rendered by the same limited engine as themes.

`render_text` renders; `try_text` renders once in a child process with little memory and time, for text that
somebody just wrote and that nobody has seen working. Run as ``python -m duli.platform.themes.text`` it is
that child: JSON in, JSON out.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from duli.platform.themes.check import CPU_SECONDS, MEMORY_BYTES
from duli.platform.themes.environment import Environment, TemplateError, new_environment, safe
from duli.platform.themes.types import SourceRefused

FUEL = 200_000
MAXIMUM_SOURCE = 100_000
MAXIMUM_RESULT = 1_000_000
# The limit of computing time ends what does not end; this is for a machine that is busy with something else.
TRY_SECONDS = 30
_ROOT = Path(__file__).resolve().parents[3]
_WORDS = {"OutOfFuel": "does not come to an end"}


@lru_cache(maxsize=2)
def _environment(html: bool) -> Environment:
    return new_environment(html=html, fuel=FUEL)


def markup(html: str) -> Any:
    """Return `html` as a value that is not escaped when it is put into another text."""
    return safe(html)


def render_text(source: str, context: Mapping[str, Any], *, html: bool) -> str:
    """Render `source` (Jinja syntax) over plain data; with `html` every value is escaped.

    Raises SourceRefused(message=, line=) for a mistake of syntax, an unknown name, a loop without end and a text
    without end. `line` counts from 1, 0 if the mistake has no place.
    """
    if len(source) > MAXIMUM_SOURCE:
        raise SourceRefused(message="too long", line=0)
    try:
        text = _environment(html).render_str(source, "text.html" if html else "text.txt", **context)
    except TemplateError as error:
        raise SourceRefused(
            message=_WORDS.get(error.kind) or error.detail or error.message, line=error.line or 0
        ) from None
    if len(text) > MAXIMUM_RESULT:
        raise SourceRefused(message="makes too much text", line=0)
    return text


def try_text(source: str, context: Mapping[str, Any], *, html: bool) -> str:
    """Render `source` where a text that eats all memory harms nobody; as `render_text` otherwise."""
    task = json.dumps({"source": source, "context": context, "html": html})
    try:
        child = subprocess.run(
            [sys.executable, "-m", "duli.platform.themes.text"],
            input=task.encode(),
            capture_output=True,
            timeout=TRY_SECONDS,
            cwd=_ROOT,
            check=False,
        )
        answer = json.loads(child.stdout)
    except (subprocess.TimeoutExpired, ValueError):
        raise SourceRefused(message="needs too much memory or time", line=0) from None
    if "text" not in answer:
        raise SourceRefused(message=answer["message"], line=answer["line"])
    return str(answer["text"])


def main() -> None:
    task = json.load(sys.stdin)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    answer: dict[str, object]
    try:
        answer = {"text": render_text(task["source"], task["context"], html=task["html"])}
    except SourceRefused as error:
        answer = {"message": error.params["message"], "line": error.params["line"]}
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
