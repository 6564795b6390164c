"""Phrases that continue what somebody is typing, taken from the titles of the shop."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, TypeVar

from duli.platform.search import vocabulary
from duli.platform.search.entry import partition
from duli.platform.search.index import ANY, TOP, Row
from duli.platform.search.plan import Slot, plan, tidy
from duli.platform.search.segment import STOP_WORDS, chinese_words, is_chinese

if TYPE_CHECKING:
    from duli.platform.search.index import DatabaseIndex

T = TypeVar("T", str, tuple[str, str])

_TITLES = 60
_COMPLETIONS = 8
_MOST = 20


def suggest(index: DatabaseIndex, prefix: str, *, kind: str, language: str, limit: int) -> list[str]:
    """Return up to `limit` phrases (at most 20), the most common first. At most nine statements."""
    code = partition(kind, language)
    text = tidy(prefix).strip()
    limit = max(0, min(limit, _MOST))
    made = plan(code, text, prefix=True)
    if not made.slots or not limit:
        return []
    last = made.slots[-1]
    for completion in vocabulary.completions(code, last.terms[-1], _COMPLETIONS):
        last.add((completion.term,), 1.0)
        made.documents[completion.term] = completion.documents
    if not last.alternatives:
        return []
    targets = {terms[0] for terms, _ in last.alternatives if len(terms) == 1}
    wanted = tuple(terms for terms, _ in last.alternatives)
    requirements = [*(requirement for requirement in made.requirements if requirement != wanted), wanted]
    rows = index.candidates(code, requirements, level=TOP, limit=_TITLES)
    if len(rows) < _TITLES:
        rows += index.candidates(code, requirements, level=ANY, limit=_TITLES)
    alone, pairs = _continuations({row.object_id: row for row in rows}.values(), last, targets)
    before = text[: text.rfind(last.written)] if last.written in text else ""
    if not before:
        alone = Counter({term: made.documents.get(term, number) for term, number in alone.items()})
    ordered: list[tuple[str, ...]] = [(term,) for term in _most_common(alone)]
    following = [pair for pair in _most_common(pairs) if pairs[pair] > 1]
    half = max(limit - len(following), (limit + 1) // 2)
    ordered = [*ordered[:half], *following, *ordered[half:]][: 2 * limit]
    written = vocabulary.written(code, {term for phrase in ordered for term in phrase if not is_chinese(term)})
    phrases = dict.fromkeys(before + _spelled([written.get(term, term) for term in phrase]) for phrase in ordered)
    phrases.pop(text, None)
    return list(phrases)[:limit]


def _most_common(counts: Counter[T]) -> list[T]:
    return sorted(counts, key=lambda found: (-counts[found], found))


def _continuations(rows: Iterable[Row], last: Slot, targets: set[str]) -> tuple[Counter[str], Counter[tuple[str, str]]]:
    """Count the words of the titles that `last` may become, and the pairs they begin."""
    alone: Counter[str] = Counter()
    pairs: Counter[tuple[str, str]] = Counter()
    for row in rows:
        words = _words(row)
        for place, word in enumerate(words):
            if word in targets or (last.chinese and word.startswith(last.written)):
                alone[word] += 1
                following = words[place + 1] if place + 1 < len(words) else ""
                if following.isalpha() and following not in STOP_WORDS and (len(following) > 1 or last.chinese):
                    pairs[(word, following)] += 1
                break
    return alone, pairs


def _words(row: Row) -> list[str]:
    """Return the words of a title in order."""
    words: list[str] = []
    for run in row.plain.split():
        words += chinese_words(run) if is_chinese(run) else [run]
    return words


def _spelled(words: list[str]) -> str:
    text = ""
    for word in words:
        text += word if not text or (is_chinese(word) and is_chinese(text[-1])) else f" {word}"
    return text
