"""The practice writer: words for goods out of what is told about them, without any model."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from html import escape, unescape
from typing import Any

ENGLISH, CHINESE = "en", "zh-hans"
_TAG = re.compile(r"(<[^>]*>|\n)")
_LETTER = re.compile(r"[^\W\d_]")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]+)*", re.IGNORECASE)
_OPENINGS: dict[str, dict[str, tuple[str, str]]] = {
    # By tone: what a description begins with, and what search engines show.
    ENGLISH: {
        "plain": ("{title}, plain and simple.", "{title}: what it is and what it is for."),
        "warm": ("{title} is made to stay with you for a long time.", "{title}, to live with for a long time."),
        "lively": ("Here it is: {title}!", "{title} has arrived. Come and have a look!"),
        "elegant": ("{title}: nothing too much, nothing missing.", "{title}. Nothing too much, nothing missing."),
    },
    CHINESE: {
        "plain": ("{title}，实实在在，一看就懂。", "{title}：是什么、怎么用，一看就懂。"),
        "warm": ("{title}，愿它陪你很久。", "{title}，买回家，用很久。"),
        "lively": ("来认识一下{title}！", "{title}上新啦，快来看看！"),
        "elegant": ("{title}，不多一分，不少一分。", "{title}，不多一分，不少一分。"),
    },
}
_SHOP_WORDS = (
    {ENGLISH: "Brand", CHINESE: "品牌"},
    {ENGLISH: "Product type", CHINESE: "商品类型"},
    {ENGLISH: "Tags", CHINESE: "标签"},
)
_LIST = re.compile(r"\s*[,，、]\s*")
_MOST_SHORT = 20
"""A value of more characters is none for search engines."""
_THESE: dict[str, dict[str, str]] = {
    ENGLISH: {
        "thing": "This piece",
        "seen": "{title}, by itself in the picture",
        "nothing": "Practice model: I can only answer questions about goods.",
        "colon": ": ",
        "comma": ", ",
        "end": ".",
        "space": " ",
        "note": "(Practice model: not translated.)",
    },
    CHINESE: {
        "thing": "这件好物",
        "seen": "画面中是{title}",
        "nothing": "练习模型：我只会回答关于商品的问题。",
        "colon": "：",
        "comma": "、",
        "end": "。",
        "space": "",
        "note": "（练习模型：未翻译）",
    },
}


class Writer:
    """`dictionary` are texts in several languages: {"en": "Sofa", "zh-hans": "沙发"}."""

    def __init__(self, dictionary: Iterable[Mapping[str, str]] = ()) -> None:
        self._known: dict[str, Mapping[str, str]] = {}
        for entry in (*_SHOP_WORDS, *dictionary):
            for text in entry.values():
                self._known.setdefault(_plain(text), entry)

    def answer(self, text: str) -> str:
        """Return the answer to a message: a JSON object if it is a question about goods."""
        try:
            question = json.loads(text)
        except (ValueError, RecursionError):
            question = None
        written = self._written(question) if isinstance(question, dict) else None
        if written is None:
            return _THESE[CHINESE if re.search(r"[\u4e00-\u9fff]", text) else ENGLISH]["nothing"]
        return json.dumps(written, ensure_ascii=False)

    def _written(self, question: dict[str, Any]) -> dict[str, str] | None:
        task, language, fields = (question.get(name) for name in ("task", "language", "fields"))
        if not isinstance(language, str) or not isinstance(fields, list):
            return None
        names = [name for name in fields if isinstance(name, str)]
        texts, facts = _words(question.get("texts")), _words(question.get("facts"))
        if task == "translate":
            return {name: self._translated(texts.get(name, ""), _spoken(language)) for name in names}
        if task == "describe":
            return {name: self._seen(facts, _spoken(name if _LANGUAGE.fullmatch(name) else language)) for name in names}
        if task == "write":
            told = {"tone": _word(question.get("tone")), "notes": _word(question.get("notes"))}
            return {name: self._field(name, texts, facts, told, _spoken(language)) for name in names}
        return None

    def _field(
        self, name: str, texts: Mapping[str, str], facts: Mapping[str, str], told: Mapping[str, str], language: str
    ) -> str:
        these, openings = _THESE[language], _OPENINGS[language]
        title = self._in(facts.get("title") or texts.get("title") or "", language) or these["thing"]
        opening, short = (line.format(title=title) for line in openings.get(told["tone"], openings["plain"]))
        others = [(self._in(label, language), self._listed(value, language)) for label, value in _others(facts)]
        brief = [(label, value) for label, value in others if len(value) <= _MOST_SHORT]
        if name == "title":
            return title
        if name == "seo_title":
            return f"{title} – {brief[0][1]}" if brief else title
        if "seo" in name or "description" not in name:
            more = [f"{label}{these['colon']}{value}{these['end']}" for label, value in brief[:3]]
            return these["space"].join([short, *more])
        notes = "".join(f"<p>{escape(line.strip())}</p>" for line in told["notes"].splitlines() if line.strip())
        lines = "".join(f"<li>{escape(label)}{these['colon']}{escape(value)}</li>" for label, value in others)
        return f"<p>{escape(opening)}</p>{notes}" + (f"<ul>{lines}</ul>" if lines else "")

    def _seen(self, facts: Mapping[str, str], language: str) -> str:
        these = _THESE[language]
        title = self._in(facts.get("title", ""), language)
        return these["seen"].format(title=title or these["thing"])

    def _in(self, text: str, language: str) -> str:
        """Return a short text in a language if the dictionary knows it there, else as it is."""
        entry = self._known.get(_plain(text))
        return (entry.get(language) if entry else None) or text.strip()

    def _listed(self, text: str, language: str) -> str:
        """Return a value, or each of several, in a language."""
        if _plain(text) in self._known:
            return self._in(text, language)
        return _THESE[language]["comma"].join(self._in(part, language) for part in _LIST.split(text.strip()))

    def _translated(self, text: str, language: str) -> str:
        is_html = re.search(r"<[a-z]", text, re.IGNORECASE) is not None
        pieces, is_whole = [], True
        for piece in [text] if self._known.get(_plain(text)) else _TAG.split(text):
            words = _plain(unescape(piece) if is_html else piece)
            if piece.startswith("<") or not _LETTER.search(words):
                pieces.append(piece)
                continue
            entry = self._known.get(words)
            found = entry.get(language) if entry else None
            is_whole = is_whole and found is not None
            pieces.append((escape(found) if is_html else found) if found is not None else piece)
        note = "" if is_whole else _THESE[language]["note"]
        return "".join(pieces) + (f"<p>{note}</p>" if note and is_html else f" {note}" if note else "")


def _spoken(language: str) -> str:
    return CHINESE if language.lower().startswith("zh") else ENGLISH


def _plain(text: str) -> str:
    return " ".join(text.split())


def _word(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""


def _words(value: object) -> dict[str, str]:
    """Return what can be written of an object: texts and numbers, lists of them with commas between."""
    if not isinstance(value, dict):
        return {}
    found = {}
    for name, entry in value.items():
        parts = [str(part) for part in (entry if isinstance(entry, list) else [entry]) if isinstance(part, str | int)]
        if any(part.strip() for part in parts):
            found[str(name)] = ", ".join(part for part in parts if part.strip())
    return found


def _others(facts: Mapping[str, str]) -> list[tuple[str, str]]:
    return [(label, value) for label, value in facts.items() if label != "title"]
