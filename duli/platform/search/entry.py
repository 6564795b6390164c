"""What the index keeps of a document: its terms and how much each says about it. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from zlib import crc32

from duli.platform.search.models import WORD_LENGTH
from duli.platform.search.segment import FieldTerms, field_terms, squashed_code
from duli.platform.search.types import SearchDocument

TITLE_LIMIT, KEYWORDS_LIMIT, BODY_LIMIT = 400, 1_500, 4_000
MOST_BODY_TERMS = 200
MOST_CODES = 2_000

# BM25F for title, keywords and body: the field's weight, the length (in words) that is neither long nor short,
# how much length matters, and the length under which nothing counts as shorter still.
_FIELDS = ((4.0, 12.0, 0.75, 1.0), (2.0, 6.0, 0.3, 3.0), (1.0, 40.0, 0.75, 30.0))
_SATURATION = 1.2
# Impacts (0 to 1) are kept in 93 steps, one printable character each.
_FIRST, _STEPS = 33, 93
IMPACTS = {chr(_FIRST + step): (step + 0.5) / _STEPS for step in range(_STEPS + 1)}
TIERS = (0.86, 0.76, 0.6)
# NFKC turns this character into "No": no text that somebody typed can contain it after normalising.
CODE_MARK = "№"


@dataclass(frozen=True, slots=True)
class Entry:
    """The row of one document; see `models.IndexedDocument`. `words` maps terms to how they are written."""

    plain: str
    top: str
    high: str
    middle: str
    low: str
    levels: str
    boost: float
    words: dict[str, str]


@lru_cache(maxsize=256)
def partition(kind: str, language: str) -> str:
    """Return the four letters that keep a kind and language apart from all others in the text index."""
    number, letters = crc32(f"{kind}/{language}".encode()), ""
    for _ in range(4):
        number, rest = divmod(number, 36)
        letters += "0123456789abcdefghijklmnopqrstuvwxyz"[rest]
    return letters


class Tally(dict[str, list[int]]):
    """Changes in how many documents have each term: [in any tier, in high or top, in top]; "" for documents."""

    def add(self, tiers: Sequence[str], sign: int) -> None:
        """Count a row with these tiers (top, high, middle, low) in (+1) or out (-1); codes are not words."""
        self._add("", 3, sign)
        for depth, tier in zip((3, 2, 1, 1), tiers, strict=True):
            for term in tier.split(" "):
                if term and term[0] != CODE_MARK:
                    self._add(term, depth, sign)

    def _add(self, term: str, depth: int, sign: int) -> None:
        counts = self.setdefault(term, [0, 0, 0])
        for place in range(depth):
            counts[place] += sign


def _impact(fields: Sequence[FieldTerms], term: str, boost: float) -> float:
    weight = 0.0
    for terms, (field_weight, usual, slope, least) in zip(fields, _FIELDS, strict=True):
        count = terms.counts.get(term)
        if count:
            weight += field_weight * count / (1 - slope + slope * max(terms.length, least) / usual)
    weight *= boost
    return weight / (_SATURATION + weight)


def entry(document: SearchDocument) -> Entry:
    """Reduce a document to its row. Long texts are cut: 400 characters of title, 4,000 of body."""
    title = field_terms(document.title[:TITLE_LIMIT])
    keywords = field_terms(" ; ".join(document.keywords)[:KEYWORDS_LIMIT])
    body = field_terms(document.body[:BODY_LIMIT], characters=False)
    if len(body.counts) > MOST_BODY_TERMS:
        body.counts = dict(list(body.counts.items())[:MOST_BODY_TERMS])
    boost = min(max(document.boost, 0.01), 100.0) if math.isfinite(document.boost) else 1.0
    fields = (title, keywords, body)
    ranked: list[tuple[str, float]] = []
    for term in {**title.counts, **keywords.counts, **body.counts}:
        if len(term) <= WORD_LENGTH:
            ranked.append((term, _impact(fields, term, boost)))
    for code in dict.fromkeys(squashed_code(code) for code in list(document.codes)[:MOST_CODES]):
        if code:
            ranked.append((CODE_MARK + code, 0.999))
    tiers: list[list[str]] = [[], [], [], []]
    levels: list[list[str]] = [[], [], [], []]
    for term, impact in ranked:
        tier = sum(impact < least for least in TIERS)
        tiers[tier].append(term)
        levels[tier].append(chr(_FIRST + int(impact * _STEPS)))
    top, high, middle, low = ("".join(f" {term}" for term in terms) for terms in tiers)
    words = {**keywords.words, **title.words}
    return Entry(
        plain=f" {title.plain} ",
        top=top,
        high=high,
        middle=middle,
        low=low,
        levels="".join("".join(part) for part in levels),
        boost=boost,
        words={term: word for term, word in words.items() if term in title.counts or term in keywords.counts},
    )
