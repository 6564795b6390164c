"""Rendering: the compiled theme of each language is kept in the process until the theme changes."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.conf import settings as django_settings

from duli.platform.store.changes import ChangeCache
from duli.platform.themes.environment import Environment, TemplateError, Translator, new_environment
from duli.platform.themes.folder import ThemeAsset, ThemeFolder, defaults, find_folder
from duli.platform.themes.models import ThemeFile, ThemeSettings
from duli.platform.themes.types import Block, Section, ThemeError

DEFAULT_THEME = "celadon"
ASSET_PREFIX = "/assets/"
ROOT = Path(__file__).resolve().parents[3]


class CompiledTheme:
    """A theme in one language: its environment, texts, settings and sections, ready to render."""

    def __init__(self, folder: ThemeFolder, language: str, default_language: str, row: ThemeSettings | None) -> None:
        self.folder = folder
        self.language = language
        own = folder.locale(language)
        fallback = folder.locale(default_language) or folder.locale("en")
        self.texts = Translator(own, fallback)
        self._default_language = default_language
        self._pages: dict[str, Any] = dict(row.pages) if row else {}
        stored = dict(row.values) if row else {}
        self.settings = {
            key: self._resolved(stored.get(key, default)) for key, default in folder.setting_defaults.items()
        }
        self._lock = threading.Lock()
        self._sections: dict[str, tuple[Section, ...]] = {}
        self.environment: Environment = new_environment(
            folder.template,
            translator=self.texts,
            functions={"asset_url": self.asset_url},
        )
        self.environment.add_global("settings", self.settings)
        self.environment.add_global("theme_language", language)

    def asset_url(self, name: str) -> str:
        """Return the address of a file of ``assets/``; its content hash is part of it."""
        asset = self.folder.assets.get(name)
        if asset is None:
            raise LookupError(f"no asset {name!r} in theme {self.folder.code!r}")
        return f"{ASSET_PREFIX}{self.folder.code}/{asset.hash}/{name}"

    def _resolved(self, value: Any) -> Any:
        """Return a setting in this language: ``t:key`` is looked up, ``{language: text}`` is chosen from."""
        if isinstance(value, str) and value.startswith("t:"):
            return self.texts(value[2:])
        if isinstance(value, Mapping) and self._default_language in value:
            return value.get(self.language) or value[self._default_language]
        return value

    def sections(self, page: str) -> tuple[Section, ...]:
        """Return the sections of ``templates/PAGE.json`` in order, with settings resolved and defaults filled in."""
        found = self._sections.get(page)
        if found is None:
            with self._lock:
                found = self._sections[page] = tuple(self._read_sections(page))
        return found

    def _read_sections(self, page: str) -> list[Section]:
        description = self._pages.get(page) or self.folder.json(f"templates/{page}.json")
        sections = []
        for key in description.get("order", []):
            entry = description["sections"][key]
            if entry.get("disabled"):
                continue
            schema = self.folder.json(f"sections/{entry['type']}.json")
            block_schemas = schema.get("blocks", {})
            blocks = tuple(
                Block(
                    block["type"],
                    self._filled(defaults(block_schemas.get(block["type"], {})), block.get("settings", {})),
                )
                for block in entry.get("blocks", [])
            )
            values = self._filled(defaults(schema), entry.get("settings", {}))
            sections.append(Section(key, entry["type"], values, blocks))
        return sections

    def _filled(self, base: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
        return {key: self._resolved(value) for key, value in {**base, **given}.items()}

    def render_template(self, name: str, context: Mapping[str, Any]) -> str:
        """Render one file; a mistake in it becomes a ThemeError that knows its line."""
        try:
            return self.environment.render_template(name, **context)
        except TemplateError as error:
            source = error.template_source or self.folder.template(error.name or name) or ""
            raise ThemeError(
                error.detail or error.message, template=error.name or name, line=error.line or 0, source=source
            ) from error


_compiled: ChangeCache[CompiledTheme] = ChangeCache(32)
_codes: ChangeCache[str] = ChangeCache(1)
_signatures: dict[str, float] = {}


def theme_roots() -> list[Path]:
    """Return the folders that hold themes: the merchant's own first, then those that came with the software."""
    return [Path(django_settings.DATA_DIR) / "themes", ROOT / "themes"]


def active_theme() -> str:
    """Return the code of the theme that shoppers see."""

    def read() -> str:
        row = ThemeSettings.objects.filter(is_active=True).values_list("theme_code", flat=True).first()
        return row or DEFAULT_THEME

    return _codes.get_or_make("active", read, ["theme"])


def compiled(code: str, language: str) -> CompiledTheme:
    """Return the theme `code` in `language`; raises UnknownTheme."""
    if django_settings.DEBUG:
        _notice_edits(code)
    return _compiled.get_or_make((code, language), lambda: _compile(code, language), ["theme", "store"])


def _compile(code: str, language: str) -> CompiledTheme:
    from duli.platform.store.selectors import current_store

    row = ThemeSettings.objects.filter(theme_code=code).first()
    edited = dict(ThemeFile.objects.filter(theme_code=code).values_list("path", "source"))
    folder = find_folder(code, theme_roots(), edited)
    return CompiledTheme(folder, language, current_store().default_language, row)


def _notice_edits(code: str) -> None:
    signature = find_folder(code, theme_roots()).signature()
    if _signatures.get(code) != signature:
        _signatures[code] = signature
        _compiled.forget({"theme"})


def sections_of(page: str, language: str, theme: str = "") -> tuple[Section, ...]:
    """Return the sections of a page of the active theme, for the face to look up what they show."""
    return compiled(theme or active_theme(), language).sections(page)


def render(
    theme: str,
    template: str,
    context: Mapping[str, Any],
    language: str,
    *,
    sections: tuple[Section, ...] | None = None,
    layout: str = "theme",
) -> str:
    """Return the page `template` ("product") of `theme` ("" is the active one) in `language`.

    ``templates/NAME.html`` is rendered if there is one, else the sections of ``templates/NAME.json``
    (`sections` replaces them by the same ones with data). Either is put into ``layout/LAYOUT.html`` as
    `content`; an empty `layout` returns it bare. Raises ThemeError, UnknownTheme.
    """
    chosen = compiled(theme or active_theme(), language)
    name = f"templates/{template}.html"
    if sections is None and chosen.folder.template(name) is not None:
        content = chosen.render_template(name, context)
    else:
        parts = chosen.sections(template) if sections is None else sections
        content = "".join(
            chosen.render_template(f"sections/{part.type}.html", {**context, "section": part}) for part in parts
        )
    if not layout:
        return content
    return chosen.render_template(f"layout/{layout}.html", {**context, "content": content})


def render_snippet(name: str, context: Mapping[str, Any], language: str, theme: str = "") -> str:
    """Return ``snippets/NAME.html`` alone, for parts of a page that are exchanged in place."""
    return compiled(theme or active_theme(), language).render_template(f"snippets/{name}.html", context)


def theme_texts(language: str, theme: str = "") -> Translator:
    """Return the theme's texts in `language`, for the few a face needs outside of a template (titles)."""
    return compiled(theme or active_theme(), language).texts


def theme_settings(language: str, theme: str = "") -> dict[str, Any]:
    """Return the theme's settings, texts resolved in `language`."""
    return compiled(theme or active_theme(), language).settings


def find_asset(theme: str, name: str) -> ThemeAsset | None:
    """Return a file of the theme's ``assets/``; raises UnknownTheme."""
    from duli.platform.store.selectors import current_store

    return compiled(theme, current_store().default_language).folder.assets.get(name)


def with_data(section: Section, data: Mapping[str, Any]) -> Section:
    """Return the section with what the face looked up for it."""
    return replace(section, data=data)
