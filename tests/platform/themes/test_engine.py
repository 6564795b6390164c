from __future__ import annotations

from pathlib import Path

import pytest

from duli.platform.store.changes import reset_caches
from duli.platform.themes import engine, services
from duli.platform.themes.types import InvalidThemeSetting, SourceRefused, ThemeError, UnknownTheme

pytestmark = pytest.mark.django_db


@pytest.fixture
def plain(tmp_path: Path, settings) -> Path:
    """A tiny theme in the merchant's own folder."""
    settings.DATA_DIR = tmp_path
    root = tmp_path / "themes" / "plain"
    for name, text in {
        "layout/theme.html": "<main>{{ content|safe }}</main>",
        "templates/index.json": '{"sections": {"a": {"type": "hello", "settings": {"size": 3}}}, "order": ["a"]}',
        "templates/product.html": "{{ product.title }}\n{{ product.nothing }}",
        "sections/hello.html": "{{ section.settings.word }} {{ section.settings.size }} {{ settings.accent }}",
        "sections/hello.json": '{"properties": {"word": {"type": "string", "default": "t:hello"},'
        ' "size": {"type": "integer", "default": 1, "maximum": 5}}}',
        "config/settings.json": '{"properties": {"accent": {"type": "string", "format": "color",'
        ' "default": "#112233"}}}',
        "locales/zh-hans.json": '{"hello": "你好"}',
        "locales/en.json": '{"hello": "Hello"}',
        "assets/store.css": "body{}",
    }.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def test_a_page_is_its_sections_in_order_within_the_layout(plain: Path) -> None:
    assert engine.render("plain", "index", {}, "zh-hans") == "<main>你好 3 #112233</main>"
    assert engine.render("plain", "index", {}, "en") == "<main>Hello 3 #112233</main>"


def test_a_mistake_in_a_template_names_its_line(plain: Path) -> None:
    with pytest.raises(ThemeError) as caught:
        engine.render("plain", "product", {"product": {"title": "x"}}, "en")
    assert (caught.value.template, caught.value.line) == ("templates/product.html", 2)
    assert (2, "{{ product.nothing }}") in caught.value.excerpt()


def test_the_address_of_an_asset_changes_with_its_content(plain: Path) -> None:
    before = engine.compiled("plain", "en").asset_url("store.css")
    (plain / "assets/store.css").write_text("body{color:red}")
    reset_caches()
    assert engine.compiled("plain", "en").asset_url("store.css") != before


@pytest.mark.parametrize("name", ["../secret", "nothing", "UPPER", ""])
def test_an_unknown_theme_is_none(name: str, plain: Path) -> None:
    with pytest.raises(UnknownTheme):
        engine.render(name or "nothing", "index", {}, "en")


def test_nothing_outside_the_theme_can_be_included(plain: Path) -> None:
    (plain / "templates/leak.html").write_text('{% include "../../../secret_key" %}')
    with pytest.raises(ThemeError):
        engine.render("plain", "leak", {}, "en")
    (plain / "templates/config.html").write_text('{% include "config/settings.json" %}')
    with pytest.raises(ThemeError):
        engine.render("plain", "config", {}, "en")


def test_settings_are_checked_and_shown(plain: Path) -> None:
    services.save_settings(code="plain", values={"accent": "#abcdef"})
    reset_caches()
    assert "#abcdef" in engine.render("plain", "index", {}, "en")
    services.save_settings(code="plain", values={"accent": None})
    reset_caches()
    assert "#112233" in engine.render("plain", "index", {}, "en")
    for values in ({"accent": "red"}, {"accent": 5}, {"unknown": "x"}):
        with pytest.raises(InvalidThemeSetting):
            services.save_settings(code="plain", values=values)


def test_a_merchants_page_stands_in_for_the_themes(plain: Path) -> None:
    section = {"type": "hello", "settings": {"word": {"zh-hans": "早", "en": "Morning"}}}
    services.save_page(code="plain", template="index", description={"sections": {"x": section}, "order": ["x"]})
    reset_caches()
    assert engine.render("plain", "index", {}, "en") == "<main>Morning 1 #112233</main>"
    assert engine.render("plain", "index", {}, "zh-hans") == "<main>早 1 #112233</main>"
    for wrong in (
        {"type": "nothing"},
        {"type": "hello", "settings": {"size": 9}},
        {"type": "hello", "settings": {"a": 1}},
    ):
        with pytest.raises(InvalidThemeSetting):
            services.save_page(code="plain", template="index", description={"sections": {"x": wrong}, "order": ["x"]})


def test_an_edited_file_is_published_only_if_it_works(plain: Path) -> None:
    services.publish_file(code="plain", path="sections/hello.html", source="<h1>{{ section.settings.word }}</h1>")
    reset_caches()
    assert engine.render("plain", "index", {}, "en") == "<main><h1>Hello</h1></main>"
    with pytest.raises(SourceRefused) as caught:
        services.publish_file(code="plain", path="sections/hello.html", source="fine\n{% if %}")
    assert caught.value.params["line"] == 2
    with pytest.raises(InvalidThemeSetting):
        services.publish_file(code="plain", path="sections/new.html", source="x")
    services.publish_file(code="plain", path="sections/hello.html", source="")
    reset_caches()
    assert engine.render("plain", "index", {}, "en") == "<main>Hello 3 #112233</main>"


@pytest.mark.parametrize(
    "source",
    [
        "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
        '{% set n = namespace(x="aaaaaaaaaa") %}{% for i in range(60) %}{% set n.x = n.x ~ n.x %}{% endfor %}{{ n.x }}',
        "{{ x|no_such_filter }}",
        '{% include "snippets/nothing.html" %}',
    ],
)
def test_source_that_could_harm_the_shop_is_refused(plain: Path, source: str) -> None:
    assert not services.check_source(code="plain", path="sections/hello.html", source=source).accepted


def test_the_default_theme_passes_its_own_check() -> None:
    root = engine.ROOT / "themes" / "celadon"
    for name in ("sections/hero.html", "snippets/listing.html", "templates/product.html"):
        report = services.check_source(code="celadon", path=name, source=(root / name).read_text())
        assert report.accepted, (name, report)
