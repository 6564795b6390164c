"""Changing the theme: settings, sections of pages, edited files."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from duli.base.clock import now
from duli.platform.store.changes import mark
from duli.platform.themes.engine import ROOT, theme_roots
from duli.platform.themes.folder import ThemeFolder, find_folder
from duli.platform.themes.models import ThemeFile, ThemeSettings
from duli.platform.themes.types import InvalidThemeSetting, SourceRefused, SourceReport

CHECK_SECONDS = 30
MAXIMUM_SOURCE = 200_000
_COLOUR = re.compile(r"^#[0-9a-fA-F]{6}$")
_TYPES: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "array": list,
}


@transaction.atomic
def activate_theme(*, code: str) -> None:
    """Make `code` the theme shoppers see. Raises UnknownTheme."""
    find_folder(code, theme_roots())
    ThemeSettings.objects.exclude(theme_code=code).update(is_active=False)
    ThemeSettings.objects.update_or_create(theme_code=code, defaults={"is_active": True, "updated_at": now()})
    mark("theme")


@transaction.atomic
def save_settings(*, code: str, values: Mapping[str, Any]) -> None:
    """Store settings of the theme; those not named stay, None returns one to the theme's default.

    Raises UnknownTheme, and InvalidThemeSetting for a name or value that config/settings.json does not allow.
    """
    folder = find_folder(code, theme_roots())
    schema = folder.json("config/settings.json").get("properties", {})
    for name, value in values.items():
        if name not in schema or (value is not None and not fits(value, schema[name])):
            raise InvalidThemeSetting(field=name)
    row = _row(code)
    merged = {**row.values, **values}
    row.values = {name: value for name, value in merged.items() if value is not None}
    row.updated_at = now()
    row.save()
    mark("theme")


@transaction.atomic
def save_page(*, code: str, template: str, description: Mapping[str, Any] | None) -> None:
    """Store which sections a page has ({"order": [...], "sections": {...}}); None returns to the theme's own.

    Raises UnknownTheme, and InvalidThemeSetting for an unknown section or a setting it does not have.
    """
    folder = find_folder(code, theme_roots())
    if description is not None:
        _check_page(folder, description)
    row = _row(code)
    pages = {**row.pages, template: dict(description or {})}
    row.pages = {name: entry for name, entry in pages.items() if entry}
    row.updated_at = now()
    row.save()
    mark("theme")


def _row(code: str) -> ThemeSettings:
    row, _ = ThemeSettings.objects.get_or_create(theme_code=code, defaults={"updated_at": now()})
    return row


def _check_page(folder: ThemeFolder, description: Mapping[str, Any]) -> None:
    sections = description.get("sections")
    if not isinstance(sections, Mapping):
        raise InvalidThemeSetting(field="sections")
    for key in description.get("order", []):
        entry = sections.get(key)
        if not isinstance(entry, Mapping) or folder.template(f"sections/{entry.get('type')}.html") is None:
            raise InvalidThemeSetting(field=str(key))
        schema = folder.json(f"sections/{entry['type']}.json")
        _check_values(schema.get("properties", {}), entry.get("settings", {}))
        for block in entry.get("blocks", []):
            block_schema = schema.get("blocks", {}).get(block.get("type"))
            if block_schema is None:
                raise InvalidThemeSetting(field=str(block.get("type")))
            _check_values(block_schema.get("properties", {}), block.get("settings", {}))


def _check_values(properties: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        if name not in properties or not fits(value, properties[name]):
            raise InvalidThemeSetting(field=name)


def fits(value: Any, schema: Mapping[str, Any]) -> bool:
    """Whether `value` is what a property of JSON Schema allows; a text may be given per language."""
    kind = schema.get("type", "string")
    if isinstance(value, Mapping):
        return kind == "string" and all(isinstance(text, str) for text in value.values())
    if isinstance(value, bool) and kind != "boolean":
        return False
    if not isinstance(value, _TYPES[kind]):
        return False
    if schema.get("format") == "color" and not _COLOUR.match(str(value)):
        return False
    if "enum" in schema and value not in schema["enum"]:
        return False
    if isinstance(value, str) and len(value) > schema.get("maxLength", 2000):
        return False
    if kind in {"integer", "number"}:
        return schema.get("minimum", value) <= value <= schema.get("maximum", value)
    return True


def check_source(*, code: str, path: str, source: str) -> SourceReport:
    """Compile and render an edited template once, in a child process limited in memory and time.

    Values of the page are stand-ins, so this finds mistakes of syntax, unknown filters and files, endless
    loops and texts that grow without end; it never changes anything. Raises UnknownTheme.
    """
    folder = find_folder(code, theme_roots())
    if len(source) > MAXIMUM_SOURCE:
        return SourceReport(False, f"more than {MAXIMUM_SOURCE} characters")
    files = {}
    for file in folder.path.rglob("*.html"):
        name = file.relative_to(folder.path).as_posix()
        files[name] = folder.template(name) or ""
    task = {"path": path, "source": source, "files": files, "texts": folder.locale("en")}
    try:
        child = subprocess.run(
            [sys.executable, "-m", "duli.platform.themes.check"],
            input=json.dumps(task).encode(),
            capture_output=True,
            timeout=CHECK_SECONDS,
            cwd=ROOT,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return SourceReport(False, "took too long")
    try:
        answer = json.loads(child.stdout)
    except ValueError:
        return SourceReport(False, "needs too much memory or time")
    return SourceReport(bool(answer["accepted"]), str(answer["message"]), int(answer["line"]))


def publish_file(*, code: str, path: str, source: str) -> None:
    """Let an edited template stand in for the theme's own, after `check_source` accepted it.

    An empty source returns to the theme's own file. Raises UnknownTheme, InvalidThemeSetting (not a template
    of this theme), SourceRefused.
    """
    folder = find_folder(code, theme_roots())
    if folder.template(path) is None:
        raise InvalidThemeSetting(field=path)
    if source:
        report = check_source(code=code, path=path, source=source)
        if not report.accepted:
            raise SourceRefused(message=report.message, line=report.line)
    with transaction.atomic():
        if source:
            ThemeFile.objects.update_or_create(
                theme_code=code, path=path, defaults={"source": source, "updated_at": now()}
            )
        else:
            ThemeFile.objects.filter(theme_code=code, path=path).delete()
        mark("theme")
