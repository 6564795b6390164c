"""The one place that configures MiniJinja: strict about names, limited in fuel, escaping by default.

Imports no Django, so that the checking child process starts fast.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from minijinja import Environment, TemplateError, safe

FUEL = 5_000_000

__all__ = ["FUEL", "Environment", "TemplateError", "Translator", "new_environment", "safe"]


class Translator:
    """Texts of one language out of ``locales/*.json``: nested keys, ``{name}`` holes, "one"/"other" by `count`.

    A key that the language lacks is looked up in `fallback`, and shown as itself when it is nowhere, so that
    a missing text is visible and never breaks a page. Keys ending in ``_html`` are markup: their parameters
    are escaped, the text is not.
    """

    def __init__(self, texts: Mapping[str, Any], fallback: Mapping[str, Any] | None = None) -> None:
        self._texts = _flatten(texts)
        if fallback:
            self._texts = {**_flatten(fallback), **self._texts}

    def __call__(self, key: str, **params: Any) -> str:
        text = self._texts.get(key)
        if text is None and "count" in params:
            form = "one" if params["count"] == 1 else "other"
            text = self._texts.get(f"{key}.{form}") or self._texts.get(f"{key}.other")
        if text is None:
            return key
        markup = key.endswith("_html")
        for name, value in params.items():
            text = text.replace("{" + name + "}", _escape(str(value)) if markup else str(value))
        return safe(text) if markup else text

    def keys(self) -> set[str]:
        return set(self._texts)


def _escape(value: str) -> str:
    from html import escape

    return escape(value)


def _flatten(texts: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    flat: dict[str, str] = {}
    for key, value in texts.items():
        if isinstance(value, Mapping):
            flat.update(_flatten(value, f"{prefix}{key}."))
        else:
            flat[prefix + key] = str(value)
    return flat


def new_environment(
    loader: Callable[[str], str | None] | None = None,
    *,
    translator: Translator | None = None,
    functions: Mapping[str, Callable[..., Any]] | None = None,
    html: bool = True,
    fuel: int = FUEL,
) -> Environment:
    """Return an environment for source that a merchant may have written.

    An unknown name is an error, attributes that begin with an underscore do not exist, rendering stops after
    `fuel` steps. `html=False` is for plain text (SMS, mail text parts): nothing is escaped.
    """
    environment = Environment(
        loader=loader,
        fuel=fuel,
        undefined_behavior="strict",
        auto_escape_callback=lambda name: "html" if html else None,
        trim_blocks=True,
        lstrip_blocks=True,
        pycompat=False,
        debug=True,
    )
    if translator is not None:
        environment.add_filter("t", translator)
        environment.add_global("t", translator)
    for name, function in (functions or {}).items():
        environment.add_global(name, function)
        environment.add_filter(name, function)
    return environment
