"""How texts are found in sources, and that a missing or wrong translation is noticed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tools import messages
from tools.messages import Key, texts_of_python, texts_of_template


def python(source: str) -> set[Key]:
    return set(texts_of_python(source))


def test_texts_of_python_are_found_through_syntax() -> None:
    source = """
from x import _, gettext, ngettext, pgettext
a = _("One" " and two")
b = gettext(f"not {this}")
c = ngettext("%(n)s order", "%(n)s orders", n)
d = pgettext("verb", "Order")
e = "_('in a string')"
class Broken(Exception):
    message = "This is broken."
"""
    assert python(source) == {
        Key("", "One and two", ""),
        Key("", "%(n)s order", "%(n)s orders"),
        Key("verb", "Order", ""),
        Key("", "This is broken.", ""),
    }


def test_texts_of_templates_are_found() -> None:
    source = """{% load i18n %}<h1 title="{% translate 'It’s (here)' %}">{% translate "Order" context "verb" %}</h1>
{% blocktranslate trimmed count n=orders|length with name=x.name %}
  {{ n }} order of {{ name }}
{% plural %}
  {{ n }} orders of {{ name }}
{% endblocktranslate %}
{{ _("Plain") }}"""
    assert set(texts_of_template(source)) == {
        Key("", "It’s (here)", ""),
        Key("verb", "Order", ""),
        Key("", "%(n)s order of %(name)s", "%(n)s orders of %(name)s"),
        Key("", "Plain", ""),
    }


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small shop with one room and one theme; `messages` looks at it instead of ours."""
    room = tmp_path / "duli" / "commerce" / "orders"
    (room / "locale/zh_Hans/LC_MESSAGES").mkdir(parents=True)
    (room / "views.py").write_text('title = _("Order %(number)s")\n')
    (tmp_path / "themes/celadon/locales").mkdir(parents=True)
    monkeypatch.setattr(messages, "ROOT", tmp_path)
    return tmp_path


def catalogue(house: Path, *entries: str) -> None:
    header = 'msgid ""\nmsgstr ""\n"Language: zh_Hans\\n"\n"Content-Type: text/plain; charset=utf-8\\n"\n'
    path = house / "duli/commerce/orders/locale/zh_Hans/LC_MESSAGES/django.po"
    path.write_text("\n".join([header, *entries]))


def test_a_missing_translation_fails(house: Path, capsys: pytest.CaptureFixture[str]) -> None:
    catalogue(house)
    assert messages.check() == 1
    assert "no zh_Hans translation of 'Order %(number)s'" in capsys.readouterr().out


def test_a_whole_catalogue_passes(house: Path) -> None:
    catalogue(house, 'msgid "Order %(number)s"\nmsgstr "订单 %(number)s"\n')
    assert messages.check() == 0


def test_an_empty_or_doubtful_translation_is_none(house: Path) -> None:
    catalogue(house, 'msgid "Order %(number)s"\nmsgstr ""\n')
    assert messages.check() == 1
    catalogue(house, '#, fuzzy\nmsgid "Order %(number)s"\nmsgstr "订单 %(number)s"\n')
    assert messages.check() == 1


def test_a_lost_placeholder_fails(house: Path, capsys: pytest.CaptureFixture[str]) -> None:
    catalogue(house, 'msgid "Order %(number)s"\nmsgstr "订单 %(nummer)s"\n')
    assert messages.check() == 1
    assert "placeholders" in capsys.readouterr().out


def test_the_locales_of_a_theme_must_have_the_same_keys(house: Path, capsys: pytest.CaptureFixture[str]) -> None:
    catalogue(house, 'msgid "Order %(number)s"\nmsgstr "订单 %(number)s"\n')
    locales = house / "themes/celadon/locales"
    (locales / "en.json").write_text(json.dumps({"cart": {"title": "Cart", "empty": "Nothing yet"}}))
    (locales / "zh-hans.json").write_text(json.dumps({"cart": {"title": "购物车"}}))
    assert messages.check() == 1
    assert "zh-hans.json: no 'cart.empty'" in capsys.readouterr().out


def test_new_texts_go_into_the_catalogue_of_their_room(house: Path) -> None:
    catalogue(house, 'msgid "Order %(number)s"\nmsgstr "订单 %(number)s"\n')
    (house / "duli/commerce/orders/more.py").write_text('_("Ship it")\n')
    messages.extract()
    text = (house / "duli/commerce/orders/locale/zh_Hans/LC_MESSAGES/django.po").read_text()
    assert 'msgid "Ship it"\nmsgstr ""' in text
    assert 'msgstr "订单 %(number)s"' in text
    assert messages.check() == 1
