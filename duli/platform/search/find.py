"""A query from text to ranked ids: candidates from the database, one scorer over a bounded number."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from duli.platform.search.entry import partition
from duli.platform.search.index import ANY, HIGH, MIDDLE, TOP, Requirement, Row
from duli.platform.search.plan import Plan, loosen, plan, tidy
from duli.platform.search.score import Scorer
from duli.platform.search.segment import squashed_code
from duli.platform.search.types import SearchHit, SearchQuery, SearchResult

if TYPE_CHECKING:
    from duli.platform.search.index import DatabaseIndex

CANDIDATES = 200
TOTAL_LIMIT = 600
# All documents are asked for at once while no more than so many times the number that is read are expected.
_HOPE = 2
# With fewer results than this that have all the words, those with most of them are shown as well.
_ENOUGH = 10
_LEAST_SHARE, _LEAST_OF_BEST = 0.15, 0.3
_RELAXED_POSTINGS = 1_500
_SHORTEST_CODE, _SHORTEST_CODE_PREFIX, _LONGEST_CODE = 3, 6, 40
_MOST_UNFINISHED_CODES = 24
_CODE_SCORE = 1_000.0


def find(index: DatabaseIndex, query: SearchQuery) -> SearchResult:
    """Answer `query`; never fails on what somebody typed. At most nine statements, usually two or three."""
    code = partition(query.kind, query.language)
    limit = max(0, min(query.limit, TOTAL_LIMIT))
    offset = max(0, min(query.offset, TOTAL_LIMIT))
    wanted = max(CANDIDATES, min(offset + limit, TOTAL_LIMIT))
    by_code = _by_code(index, code, query.text)
    made = plan(code, query.text, prefix=query.prefix)
    total, exact = 0, True
    strict: dict[int, float] = {}
    similar: dict[int, float] = {}
    if made.requirements:
        rows, total, exact = _with_all_words(index, code, made, wanted)
        if total < _ENOUGH and not by_code and loosen(code, made):
            rows, total, exact = _with_all_words(index, code, made, wanted)
        scorer = Scorer(made.features, made.phrases)
        strict = {row.object_id: scorer.score(row.plain, row.terms, row.levels, row.boost)[0] for row in rows}
    if made.features and total < _ENOUGH and not by_code:
        similar = _similar(index, code, made, Scorer(made.features, made.phrases), wanted, known=strict)
        total += len(similar)
    total += len(by_code.keys() - strict.keys())
    # Each group comes whole before the next: the code itself, all words, most words.
    groups = (by_code, {found: strict[found] for found in strict if found not in by_code}, similar)
    hits = [SearchHit(found, group[found]) for group in groups for found in _ranked(group)]
    return SearchResult(
        hits=tuple(hits[offset : offset + limit]),
        total=total if exact else min(total, TOTAL_LIMIT),
        total_is_exact=exact,
        # A reading that leads nowhere is not worth telling.
        corrections=tuple(made.corrections) if hits else (),
        relaxed=made.has_unknown_words or bool(similar),
    )


def _ranked(scores: dict[int, float]) -> list[int]:
    return sorted(scores, key=lambda found: (-scores[found], found))


def _with_all_words(index: DatabaseIndex, code: str, made: Plan, wanted: int) -> tuple[list[Row], int, bool]:
    """Return (rows, total, whether total is exact); when there are too many, those that say most."""
    requirements: Sequence[Requirement] = made.requirements
    strong: dict[int, Row] = {}

    def gather(level: int, limit: int) -> int:
        rows = index.candidates(code, requirements, level=level, limit=limit)
        for row in rows:
            strong.setdefault(row.object_id, row)
        return len(rows)

    many = wanted + wanted // 2
    # Mostly they can all be read, and then nothing else is asked; the guess is high where words have nothing in common.
    seem_few = made.expected(requirements) <= _HOPE * many
    # A small upper tier is read whole before the next one fills up what is missing; an empty one is not asked.
    promising = [
        level
        for level, tier in ((TOP, 2), (HIGH, 1))
        if all(made.documents_of(requirement, tier=tier) for requirement in requirements)
    ]
    if seem_few or not any(gather(level, wanted) >= wanted for level in promising):
        found = gather(ANY, many)
        if found < many:
            return list(strong.values()), found, True
        for level in [*(promising if seem_few else []), MIDDLE]:
            gather(level, wanted)
    if len(requirements) == 1:
        # One word: the vocabulary knows how many documents have it.
        most = max(made.documents_of((terms,)) for terms in requirements[0])
        if len(requirements[0]) == 1 or most > TOTAL_LIMIT:
            return list(strong.values()), most, len(requirements[0]) == 1
    total = index.total(code, requirements, limit=TOTAL_LIMIT + 1)
    return list(strong.values()), total, total <= TOTAL_LIMIT


def _similar(
    index: DatabaseIndex, code: str, made: Plan, scorer: Scorer, wanted: int, *, known: Collection[int]
) -> dict[int, float]:
    """Return scores of documents, not `known`, that have enough of the query though not all of it."""
    scored = [
        (row.object_id, *scorer.score(row.plain, row.terms, row.levels, row.boost))
        for row in index.covering(code, _rarest(made), limit=wanted)
    ]
    least = max(_LEAST_SHARE, _LEAST_OF_BEST * max((share for _, _, share in scored), default=0.0))
    return {object_id: score for object_id, score, share in scored if share >= least and object_id not in known}


def _rarest(made: Plan) -> list[tuple[str, float]]:
    """Return the terms to gather relaxed candidates by, rare ones first, so that few rows are read."""
    weights: dict[str, float] = {}
    for feature in made.features:
        for terms, trust in feature.alternatives:
            for term in terms:
                weights[term] = weights.get(term, 0.0) + feature.value * trust / len(terms)
    # Single characters say little and are everywhere: only when nothing else is there.
    long = {term for term in weights if len(term) > 1} or set(weights)
    chosen: list[tuple[str, float]] = []
    postings = 0
    for term in sorted(long, key=lambda term: (made.documents.get(term, 0), term)):
        postings += made.documents.get(term, 0)
        if chosen and postings > _RELAXED_POSTINGS:
            break
        chosen.append((term, weights[term]))
    return chosen[:40]


def _by_code(index: DatabaseIndex, code: str, text: str) -> dict[int, float]:
    """Return the objects whose SKU or barcode was typed, else those of which it is the beginning."""
    text = tidy(text)
    squashed = squashed_code(text)
    if not _SHORTEST_CODE <= len(squashed) <= _LONGEST_CODE:
        return {}
    if not any(letter.isdigit() for letter in squashed) and not any(mark in text for mark in "-_"):
        return {}
    rows = index.by_code(code, squashed, prefix=False, limit=CANDIDATES)
    if not rows and len(squashed) >= _SHORTEST_CODE_PREFIX:
        rows = index.by_code(code, squashed, prefix=True, limit=_MOST_UNFINISHED_CODES)
    return {row.object_id: _CODE_SCORE * row.boost for row in rows}
