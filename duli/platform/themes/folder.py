"""A theme's folder: ``layout/ templates/ sections/ snippets/ assets/ locales/ config/``.

``templates/NAME.json`` says which sections a page has and with which settings; ``templates/NAME.html`` is for
pages whose parts are not the merchant's to rearrange. ``sections/NAME.json`` declares the settings and blocks
of a section in JSON Schema; ``config/settings.json`` those of the whole theme.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import mimetypes
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from duli.platform.themes.types import UnknownTheme

_CODE = re.compile(r"^[a-z0-9][a-z0-9-]{0,58}$")
_COMPRESSED = {".css", ".js", ".svg", ".json", ".txt", ".webmanifest"}


@dataclass(frozen=True, slots=True)
class ThemeAsset:
    """A file as it is sent; `compressed` is empty where gzip does not help."""

    content: bytes
    compressed: bytes
    content_type: str
    hash: str


class ThemeFolder:
    """The files of one theme, read once; edited files (`overrides`, {path: source}) stand in for stored ones."""

    def __init__(self, code: str, path: Path, overrides: Mapping[str, str] | None = None) -> None:
        self.code = code
        self.path = path
        self._overrides = dict(overrides or {})
        self._templates: dict[str, str | None] = {}

    def source(self, name: str) -> str | None:
        """Return the text of a file below the folder, or None; never anything outside of it."""
        if name in self._overrides:
            return self._overrides[name]
        if name.startswith("/") or "\\" in name or ".." in name.split("/"):
            return None
        file = self.path / name
        return file.read_text(encoding="utf-8") if file.is_file() else None

    def template(self, name: str) -> str | None:
        """Return the source of a template, for the engine's loader; only folders that hold templates."""
        folder = name.partition("/")[0]
        if folder not in {"layout", "templates", "sections", "snippets"} or not name.endswith(".html"):
            return None
        if name not in self._templates:
            self._templates[name] = self.source(name)
        return self._templates[name]

    def json(self, name: str) -> Any:
        """Return the parsed JSON file, or an empty dictionary."""
        source = self.source(name)
        return json.loads(source) if source else {}

    def locale(self, language: str) -> dict[str, Any]:
        """Return the texts of `language`, or of its base language ("en" for "en-gb")."""
        return self.json(f"locales/{language}.json") or self.json(f"locales/{language.split('-')[0]}.json")

    @cached_property
    def setting_defaults(self) -> dict[str, Any]:
        return defaults(self.json("config/settings.json"))

    @cached_property
    def assets(self) -> dict[str, ThemeAsset]:
        """Every file of ``assets/`` by its path there."""
        found: dict[str, ThemeAsset] = {}
        root = self.path / "assets"
        for file in sorted(root.rglob("*")) if root.is_dir() else []:
            if not file.is_file():
                continue
            name = file.relative_to(root).as_posix()
            edited = self._overrides.get(f"assets/{name}")
            content = edited.encode() if edited is not None else file.read_bytes()
            found[name] = ThemeAsset(
                content=content,
                compressed=gzip.compress(content, 9, mtime=0) if file.suffix in _COMPRESSED else b"",
                content_type=_content_type(name),
                hash=hashlib.sha256(content).hexdigest()[:10],
            )
        return found

    def signature(self) -> float:
        """Return when the newest file was written, to notice edits while a theme is being developed."""
        return max((file.stat().st_mtime for file in self.path.rglob("*") if file.is_file()), default=0.0)


def _content_type(name: str) -> str:
    if name.endswith(".js"):
        return "text/javascript; charset=utf-8"
    guessed = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return f"{guessed}; charset=utf-8" if guessed.startswith("text/") else guessed


def defaults(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return the default of every property of a JSON Schema object (None where it names none)."""
    return {name: entry.get("default") for name, entry in schema.get("properties", {}).items()}


def find_folder(code: str, roots: list[Path], overrides: Mapping[str, str] | None = None) -> ThemeFolder:
    """Return the theme called `code` from the first root that has it; raises UnknownTheme."""
    if _CODE.match(code):
        for root in roots:
            if (root / code / "layout").is_dir():
                return ThemeFolder(code, root / code, overrides)
    raise UnknownTheme(code=code)
