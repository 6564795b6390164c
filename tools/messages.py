"""Texts and their translations: `extract` new ones into the catalogues, `check` that none is missing, `compile`.

Msgids are English. Python is read as syntax, Django templates through Django's own template extractor, so GNU
gettext is not needed. A text belongs to the catalogue of the room it stands in; `check` fails where a text has
no Chinese, where its placeholders differ, and where the locales of a theme do not have the same keys.
"""

from __future__ import annotations

import ast
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from duli.cli.prepare import catalogues, compile_messages  # noqa: E402

LANGUAGE = "zh_Hans"
# Function name → (index of the msgid, index of the plural, index of the context).
FUNCTIONS: dict[str, tuple[int, int | None, int | None]] = {
    "_": (0, None, None),
    "gettext": (0, None, None),
    "gettext_lazy": (0, None, None),
    "gettext_noop": (0, None, None),
    "ngettext": (0, 1, None),
    "ngettext_lazy": (0, 1, None),
    "pgettext": (1, None, 0),
    "pgettext_lazy": (1, None, 0),
    "npgettext": (1, 2, 0),
    "npgettext_lazy": (1, 2, 0),
}
_PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")
_TEMPLATE_CALL = re.compile(r"\b(?:_|n?p?gettext)\(")
_THEME_KEY = re.compile(r"""["']([a-z0-9_]+(?:\.[a-z0-9_]+)+)["']\s*\|\s*t\b""")


@dataclass(frozen=True, slots=True, order=True)
class Key:
    context: str
    msgid: str
    plural: str


@dataclass(slots=True)
class Text:
    """One text and the places that show it."""

    key: Key
    places: list[Path] = field(default_factory=list)


def _constant(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _key_of(call: ast.Call) -> Key | None:
    function = call.func
    name = function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")
    if name not in FUNCTIONS:
        return None
    at, plural_at, context_at = FUNCTIONS[name]

    def argument(index: int | None) -> str | None:
        return _constant(call.args[index]) if index is not None and index < len(call.args) else None

    msgid = argument(at)
    if not msgid:
        return None
    return Key(argument(context_at) or "", msgid, argument(plural_at) or "")


def _error_message(node: ast.AST) -> str | None:
    """Return the sentence of a DuliError: `message = "…"` in the body of a class."""
    match node:
        case ast.Assign(targets=[ast.Name(id="message")], value=value):
            return _constant(value)
        case ast.AnnAssign(target=ast.Name(id="message"), value=ast.expr() as value):
            return _constant(value)
    return None


def texts_of_python(source: str) -> Iterator[Key]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and (key := _key_of(node)):
            yield key
        elif isinstance(node, ast.ClassDef):
            for statement in node.body:
                if message := _error_message(statement):
                    yield Key("", message, "")


def texts_of_template(source: str) -> Iterator[Key]:
    from django.utils.translation.template import templatize

    code = templatize(source)
    for match in _TEMPLATE_CALL.finditer(code):
        # The rest is not Python as a whole; each call on its own is.
        end = code.find(")", match.end())
        while end != -1:
            try:
                node = ast.parse(code[match.start() : end + 1].strip(), mode="eval").body
            except SyntaxError:
                end = code.find(")", end + 1)
                continue
            if isinstance(node, ast.Call) and (key := _key_of(node)):
                yield key
            break


def room_of(path: Path) -> Path:
    """Return the folder whose catalogue holds the texts of `path`."""
    parts = path.relative_to(ROOT).parts
    depth = 2 if parts[1] in {"base", "cli"} else 3
    return ROOT.joinpath(*parts[:depth])


def all_texts() -> dict[Key, Text]:
    """Return every text of the shop that is shown through gettext."""
    found: dict[Key, Text] = {}
    for path in sorted((ROOT / "duli").rglob("*")):
        relative = path.relative_to(ROOT)
        if "migrations" in relative.parts or "data" in relative.parts:
            continue
        if path.suffix == ".py":
            keys = texts_of_python(path.read_text(encoding="utf-8"))
        elif path.suffix in {".html", ".txt"} and "templates" in relative.parts:
            keys = texts_of_template(path.read_text(encoding="utf-8"))
        else:
            continue
        for key in keys:
            found.setdefault(key, Text(key)).places.append(relative)
    return found


def _forms(value: object) -> tuple[str, ...]:
    """Return the singular and plural forms of a catalogue entry."""
    return tuple(map(str, value)) if isinstance(value, (list, tuple)) else (str(value or ""),)


def translated() -> tuple[set[tuple[str, str]], list[str]]:
    """Return what has a translation, and what is wrong with translations that are there."""
    from babel.messages.pofile import read_po

    done: set[tuple[str, str]] = set()
    problems: list[str] = []
    for path in catalogues(ROOT):
        if path.parent.parent.name != LANGUAGE:
            continue
        with path.open("rb") as file:
            catalogue = read_po(file, abort_invalid=True)
        for message in catalogue:
            if not message.id:
                continue
            ids, strings = _forms(message.id), _forms(message.string)
            if message.fuzzy or not all(strings):
                continue
            done.add((message.context or "", ids[0]))
            wanted = set(_PLACEHOLDER.findall(ids[-1]))
            for string in strings:
                if set(_PLACEHOLDER.findall(string)) != wanted:
                    problems.append(f"{path.relative_to(ROOT)}: other placeholders in the translation of {ids[0]!r}")
    return done, problems


def _flat(value: object, prefix: str = "") -> dict[str, str]:
    if isinstance(value, dict):
        flat: dict[str, str] = {}
        for name, inner in value.items():
            flat |= _flat(inner, f"{prefix}.{name}" if prefix else name)
        return flat
    return {prefix: str(value)}


def theme_problems() -> list[str]:
    """Return what is missing in the locales of the themes."""
    problems: list[str] = []
    for folder in sorted((ROOT / "themes").glob("*/locales")):
        locales = {
            path.stem: _flat(json.loads(path.read_text(encoding="utf-8"))) for path in sorted(folder.glob("*.json"))
        }
        keys = set().union(*locales.values()) if locales else set()
        for name, texts in locales.items():
            for key in sorted(keys - texts.keys()):
                problems.append(f"themes/{folder.parent.name}/locales/{name}.json: no {key!r}")
            for key in sorted(key for key, text in texts.items() if not text.strip()):
                problems.append(f"themes/{folder.parent.name}/locales/{name}.json: {key!r} is empty")
        for template in sorted(folder.parent.rglob("*.html")):
            for key in _THEME_KEY.findall(template.read_text(encoding="utf-8")):
                if key not in keys and not any(known.startswith(f"{key}.") for known in keys):
                    problems.append(f"{template.relative_to(ROOT)}: {key!r} is in no locale")
    return problems


def check() -> int:
    done, problems = translated()
    for key, text in sorted(all_texts().items()):
        if (key.context, key.msgid) not in done:
            problems.append(f"{text.places[0]}: no {LANGUAGE} translation of {key.msgid!r}")
    problems += theme_problems()
    for problem in problems:
        print(problem)
    print(f"{len(problems)} missing or wrong translations" if problems else "every text is translated")
    return 1 if problems else 0


def extract() -> int:
    """Add texts without an entry to their room's catalogue, to be translated there; return how many."""
    from babel.messages.catalog import Catalog
    from babel.messages.pofile import read_po, write_po

    known: set[tuple[str, str]] = set()
    books: dict[Path, Catalog] = {}
    for path in catalogues(ROOT):
        if path.parent.parent.name == LANGUAGE:
            with path.open("rb") as file:
                books[path] = read_po(file)
            for message in books[path]:
                known.add((message.context or "", _forms(message.id)[0]))
    count = 0
    for key, text in sorted(all_texts().items()):
        if (key.context, key.msgid) in known:
            continue
        path = room_of(ROOT / text.places[0]) / "locale" / LANGUAGE / "LC_MESSAGES" / "django.po"
        if path not in books:
            path.parent.mkdir(parents=True, exist_ok=True)
            books[path] = Catalog(locale=LANGUAGE, project="Duli", charset="utf-8")
        books[path].add(
            (key.msgid, key.plural) if key.plural else key.msgid,
            locations=[(str(place), 0) for place in text.places[:3]],
            context=key.context or None,
        )
        with path.open("wb") as file:
            write_po(file, books[path], width=100, omit_header=False, include_lineno=False)
        count += 1
    print(f"{count} new texts")
    return 0


def main() -> int:
    verb = sys.argv[1] if len(sys.argv) > 1 else ""
    if verb == "compile":
        compile_messages(ROOT)
        return 0
    if verb in {"check", "extract"}:
        from django.conf import settings

        settings.configure(USE_I18N=True)
        return check() if verb == "check" else extract()
    print("usage: messages.py extract | check | compile")
    return 2


if __name__ == "__main__":
    sys.exit(main())
