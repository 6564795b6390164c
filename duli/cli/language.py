"""The language of the terminal. Plain gettext, so that it speaks before, and without, Django."""

from __future__ import annotations

import gettext
import os
from pathlib import Path

from config.environment import BadSetting

_CATALOGUES = Path(__file__).resolve().parent / "locale"
_translations: gettext.NullTranslations = gettext.NullTranslations()
_chosen = "en"


def of_environment() -> str:
    """Return "zh-hans" or "en", as the terminal's locale asks."""
    for name in ("DULI_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        if value := os.environ.get(name, ""):
            return "zh-hans" if value.lower().startswith("zh") else "en"
    return "en"


def choose(language: str = "") -> None:
    """Speak `language` from now on ("zh-hans" or "en"); empty means that of the terminal."""
    global _chosen, _translations
    from duli.cli.prepare import compile_messages

    _chosen = language or of_environment()
    if _chosen == "zh-hans":
        compile_messages()
        _translations = gettext.translation("django", _CATALOGUES, ["zh_Hans"], fallback=True)
    else:
        _translations = gettext.NullTranslations()


def _(text: str) -> str:
    return _translations.gettext(text)


def chosen() -> str:
    """Return the language of the terminal, as Django names it."""
    return _chosen


def explained(error: BadSetting) -> str:
    """Return what is wrong with a setting, and what it may be, as a sentence."""
    names = {"name": error.name, "given": error.given, "expected": error.expected}
    if error.given:
        return _("%(name)s cannot be “%(given)s”. It may be: %(expected)s") % names
    return _("%(name)s does not begin as it must: %(expected)s") % names
