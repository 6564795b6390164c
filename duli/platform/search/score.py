"""How well a document answers a query: the one ranking for every database. Pure.

The score is a BM25F sum over the query's features (words; for Chinese also characters and pairs): rarity
of the feature in the shop times the impact of its term in the document. Neighbouring words of the query
that are neighbours in the title add to it, and so does having every word.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from duli.platform.search.entry import IMPACTS

_ALL_WORDS_BONUS = 0.15
_PHRASE_WEIGHT = 0.5


@dataclass(frozen=True, slots=True)
class Feature:
    """One thing looked for: the best of its alternatives (terms that go together, trust 0 to 1) counts.

    `value` is the weight of the feature times its rarity.
    """

    alternatives: tuple[tuple[tuple[str, ...], float], ...]
    value: float


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that the query has side by side, as `IndexedDocument.plain` would show them."""

    text: str
    value: float


def rarity(documents: int, all_documents: int) -> float:
    """Return the inverse document frequency of BM25, never negative."""
    return math.log(1 + (all_documents - documents + 0.5) / (documents + 0.5))


class Scorer:
    """Scores rows for one query."""

    def __init__(self, features: Sequence[Feature], phrases: Sequence[Phrase]) -> None:
        self.mass = sum(f.value * max(trust for _, trust in f.alternatives) for f in features) or 1.0
        self._single: list[tuple[str, float]] = []
        self._choices: list[tuple[list[tuple[list[str], float]], float]] = []
        for feature in features:
            if len(feature.alternatives) == 1 and len(feature.alternatives[0][0]) == 1:
                (terms, trust) = feature.alternatives[0]
                self._single.append((f" {terms[0]} ", feature.value * trust))
            else:
                choices = [([f" {term} " for term in terms], trust) for terms, trust in feature.alternatives]
                self._choices.append((choices, feature.value))
        self._phrases = [(phrase.text, _PHRASE_WEIGHT * phrase.value) for phrase in phrases]

    def score(self, plain: str, terms: str, levels: str, boost: float) -> tuple[float, float]:
        """Return (score, share of the query's mass that the document covers, 0 to 1)."""
        score = covered = 0.0
        for needle, value in self._single:
            at = terms.find(needle)
            if at >= 0:
                # Every term has one space before it: the spaces so far are its place among the levels.
                score += value * IMPACTS[levels[terms.count(" ", 0, at)]]
                covered += value
        for choices, value in self._choices:
            best = trusted = 0.0
            for needles, trust in choices:
                sum_of_impacts = 0.0
                for needle in needles:
                    at = terms.find(needle)
                    if at < 0:
                        break
                    sum_of_impacts += IMPACTS[levels[terms.count(" ", 0, at)]]
                else:
                    best = max(best, sum_of_impacts * trust / len(needles))
                    trusted = max(trusted, trust)
            score += value * best
            covered += value * trusted
        for text, value in self._phrases:
            if text in plain:
                score += value
        share = covered / self.mass
        if share > 0.999:
            score *= 1 + _ALL_WORDS_BONUS
        return score * boost, share
