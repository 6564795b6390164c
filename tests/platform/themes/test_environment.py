from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from duli.platform.themes.environment import TemplateError, Translator, new_environment

THEMES = Path(__file__).resolve().parents[3] / "themes"


@dataclass(frozen=True, slots=True)
class Drop:
    title: str
    _secret: str = "hidden"


def test_what_a_shopper_wrote_is_escaped() -> None:
    shown = new_environment().render_str("{{ drop.title }}", "page.html", drop=Drop("<script>alert(1)</script>"))
    assert "<script>" not in shown
    assert "&lt;script&gt;" in shown


def test_plain_text_is_not_escaped() -> None:
    assert new_environment(html=False).render_str("{{ a }}", "sms.txt", a="1 < 2") == "1 < 2"


@pytest.mark.parametrize(
    "source", ["{{ nothing }}", "{{ drop.nothing }}", "{{ drop._secret }}", "{{ drop.__class__ }}"]
)
def test_unknown_and_hidden_names_are_mistakes(source: str) -> None:
    with pytest.raises(TemplateError):
        new_environment().render_str(source, "page.html", drop=Drop("x"))


def test_an_endless_template_is_stopped() -> None:
    loops = "{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}"
    with pytest.raises(TemplateError, match="fuel"):
        new_environment().render_str(loops, "page.html")


def test_texts_have_holes_plurals_and_a_fallback() -> None:
    texts = Translator(
        {"a": {"b": "Hello {name}"}, "n": {"one": "{count} piece", "other": "{count} pieces"}, "m_html": "<b>{x}</b>"},
        {"only": "这里"},
    )
    assert texts("a.b", name="Lin") == "Hello Lin"
    assert (texts("n", count=1), texts("n", count=3)) == ("1 piece", "3 pieces")
    assert texts("only") == "这里"
    assert texts("nowhere") == "nowhere"
    assert texts("m_html", x="<i>") == "<b>&lt;i&gt;</b>"


@pytest.mark.parametrize("theme", sorted(path.name for path in THEMES.iterdir() if path.is_dir()))
def test_every_language_of_a_theme_has_the_same_texts_with_the_same_holes(theme: str) -> None:
    import re

    languages = {path.stem: json.loads(path.read_text()) for path in (THEMES / theme / "locales").glob("*.json")}
    found = {name: Translator(texts) for name, texts in languages.items()}
    first = next(iter(found.values()))
    for name, texts in found.items():
        assert texts.keys() == first.keys(), name
        for key in sorted(texts.keys()):
            if key.rpartition(".")[2] in {"one", "other"}:
                continue
            holes = [set(re.findall(r"\{\w+\}", one(key))) for one in (texts, first)]
            assert holes[0] - {"{field}"} == holes[1] - {"{field}"}, (name, key)


@pytest.mark.parametrize("theme", sorted(path.name for path in THEMES.iterdir() if path.is_dir()))
def test_every_text_a_template_asks_for_exists(theme: str) -> None:
    import re

    texts = Translator(json.loads((THEMES / theme / "locales" / "en.json").read_text()))
    known = texts.keys()
    for file in (THEMES / theme).rglob("*.html"):
        source = file.read_text()
        for key in re.findall(r'"([a-z_]+\.[a-z_0-9.]+)"\s*\|\s*t\b', source) + re.findall(r'\bt\("([^"]+)"', source):
            assert key in known or f"{key}.other" in known, f"{file.name}: {key}"
    for file in (THEMES / theme).rglob("*.json"):
        for key in re.findall(r'"t:([^"]+)"', file.read_text()):
            assert key in known, f"{file.name}: {key}"
