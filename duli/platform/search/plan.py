"""What a typed query asks for: words it requires, features it is scored by, corrections made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise, product
from math import prod

from duli.platform.search import vocabulary
from duli.platform.search.index import Requirement
from duli.platform.search.score import Feature, Phrase, rarity
from duli.platform.search.segment import (
    STOP_WORDS,
    Run,
    chinese_words,
    is_chinese,
    is_chinese_word,
    joined,
    normalise,
    runs,
    stem,
)
from duli.platform.search.spelling import (
    ENDING,
    ENDING_SOUND,
    deletions,
    distance,
    is_thing,
    keys_of,
    pinyin,
    read_as,
    two_syllables,
)
from duli.platform.search.synonyms import synonyms
from duli.platform.search.vocabulary import Word

QUERY_LIMIT = 200
_MOST_RUNS = 16
_MOST_CHINESE = 24
_LONGEST_SYNONYM = 4
_LATIN_WEIGHT, _CHARACTER_WEIGHT, _PAIR_WEIGHT, _WORD_WEIGHT = 2.0, 1.0, 0.25, 0.75
# How much a document that has only the replacement is trusted to be meant.
_JOINED, _SYNONYM, _COMPLETION, _PINYIN, _TYPO, _LOOSE_COMPLETION = 0.8, 0.6, 0.9, 0.8, 0.7, 0.5
_MOST_ALTERNATIVES = 8
_MOST_SPOKEN = 3

Alternative = tuple[tuple[str, ...], float]


@dataclass(slots=True)
class Slot:
    """A word of the query. `written` is as typed, `terms` its stemmed parts, `alternatives` what will do.

    `loose` are replacements to fall back on when too little is found.
    """

    written: str
    terms: tuple[str, ...]
    alternatives: list[Alternative] = field(default_factory=list)
    loose: list[Alternative] = field(default_factory=list)
    chinese: bool = False

    def add(self, terms: tuple[str, ...], trust: float) -> None:
        if all(known != terms for known, _ in self.alternatives):
            self.alternatives.append((terms, trust))


@dataclass(slots=True)
class Plan:
    """A query made ready. `chinese` are its Chinese runs; `documents` counts its terms ("": all documents)."""

    slots: list[Slot]
    chinese: list[str]
    documents: dict[str, int]
    counts: dict[str, tuple[int, int, int]]
    features: list[Feature] = field(default_factory=list)
    phrases: list[Phrase] = field(default_factory=list)
    corrections: list[tuple[str, str]] = field(default_factory=list)
    open_word: Slot | None = None

    @property
    def requirements(self) -> list[Requirement]:
        """Return what a document with all the words has; stop words are required only if alone."""
        required = [slot for slot in self.slots if slot.alternatives and slot.written not in STOP_WORDS]
        required = required or [slot for slot in self.slots if slot.alternatives]
        return list(dict.fromkeys(tuple(terms for terms, _ in slot.alternatives) for slot in required))

    @property
    def has_unknown_words(self) -> bool:
        return any(not slot.alternatives and slot.written not in STOP_WORDS for slot in self.slots)

    def documents_of(self, requirement: Requirement, *, tier: int = 0) -> int:
        """Return an upper bound of the documents that meet `requirement` (tier 1: in high or top, 2: in top)."""
        return sum(min(self._documents(term, tier) for term in terms) for terms in requirement)

    def expected(self, requirements: Sequence[Requirement]) -> float:
        """Guess how many documents meet all requirements; words go together more often than by chance."""
        everything = max(self.documents.get("", 0), 1)
        counts = [min(self.documents_of(requirement), everything) for requirement in requirements]
        return min(*counts, 3 * everything * prod(count / everything for count in counts), everything)

    def _documents(self, term: str, tier: int) -> int:
        known = self.counts.get(term)
        return known[tier] if known else self.documents.get(term, 0)


def tidy(text: str) -> str:
    """Return the part of a query that counts, normalised; any input is fine."""
    return normalise(text[: 4 * QUERY_LIMIT])[:QUERY_LIMIT]


def plan(code: str, text: str, *, prefix: bool) -> Plan:
    """Read a query in the light of the vocabulary of the partition `code`. One to three statements."""
    text = tidy(text)
    found = runs(text)[:_MOST_RUNS]
    slots: list[Slot] = []
    chinese: list[str] = []
    for run in found:
        if run.chinese:
            chinese.append(run.text[:_MOST_CHINESE])
            slots += [Slot(word, (word,), chinese=True) for word in chinese_words(run.text[:_MOST_CHINESE])]
        else:
            slots.append(Slot(run.text, tuple(stem(part) for part in run.parts)))
    lookups = {""}
    for slot in slots:
        lookups.update(slot.terms)
    for run_text in chinese:
        lookups.update(term for term, _ in _chinese_terms(run_text))
    replaceable = _replaceable(slots)
    lookups.update(term for _, phrase in replaceable for word in phrase for term in (word, *_pairs(word)))
    neighbours = _neighbours(slots)
    lookups.update(together for _, _, together in neighbours)
    for run in found:
        lookups.update({joined(run.parts), stem(joined(run.parts))})
    counts = vocabulary.counts_of(code, lookups)
    documents = {term: count[0] for term, count in counts.items()}
    made = Plan(slots, chinese, documents, counts)
    _fill_known(made, found)
    for left, right, together in neighbours:
        if together in documents:
            left.add((together,), _JOINED)
            right.add((together,), _JOINED)
    for replaced, phrase in replaceable:
        terms = tuple(term for word in phrase for term in ((word,) if word in documents else _pairs(word) or (word,)))
        if documents.keys() >= set(terms):
            for slot in replaced:
                slot.loose.append((terms, _SYNONYM))
    for slot in slots:
        if not slot.alternatives:
            slot.alternatives += slot.loose
    if prefix and slots and not slots[-1].chinese and text.endswith(slots[-1].written):
        made.open_word = slots[-1]
    _fill_unknown(code, made)
    _score_by(made)
    return made


def loosen(code: str, made: Plan) -> bool:
    """Let words be replaced by synonyms and the last be unfinished; return whether that adds anything."""
    before = sum(len(slot.alternatives) for slot in made.slots)
    for slot in made.slots:
        for terms, trust in slot.loose:
            slot.add(terms, trust)
    word = made.open_word
    if word and word.alternatives and len(word.written) > 1 and len(word.terms) == 1 and not word.written.isdigit():
        for completion in vocabulary.completions(code, word.terms[0], _MOST_ALTERNATIVES):
            word.add((completion.term,), _LOOSE_COMPLETION)
            made.documents[completion.term] = completion.documents
    if sum(len(slot.alternatives) for slot in made.slots) == before:
        return False
    _score_by(made)
    return True


def _pairs(word: str) -> tuple[str, ...]:
    """Return the character pairs of a Chinese word of more than two characters."""
    return tuple(word[i : i + 2] for i in range(len(word) - 1)) if len(word) > 2 and is_chinese(word) else ()


def _replaceable(slots: list[Slot]) -> list[tuple[list[Slot], tuple[str, ...]]]:
    """Return the words of the query that have synonyms, each with one phrase that may stand for them."""
    found = []
    for start in range(len(slots)):
        phrase: tuple[str, ...] = ()
        for end in range(start, min(start + _LONGEST_SYNONYM, len(slots))):
            slot = slots[end]
            together = slot.chinese and end > start and slots[end - 1].chinese
            phrase = (*phrase[:-1], phrase[-1] + slot.written) if together else (*phrase, *slot.terms)
            found += [(slots[start : end + 1], other) for other in synonyms().get(phrase, ())]
    return found


def _chinese_terms(run: str) -> list[tuple[str, float]]:
    """Return what a Chinese run is scored by: characters, pairs and words with their weights."""
    terms = [(character, _CHARACTER_WEIGHT) for character in dict.fromkeys(run)]
    terms += [(pair, _PAIR_WEIGHT) for pair in dict.fromkeys(run[i : i + 2] for i in range(len(run) - 1))]
    words = dict.fromkeys(word for word in chinese_words(run, overlapping=True) if len(word) > 1)
    return terms + [(word, _WORD_WEIGHT) for word in words]


def _neighbours(slots: list[Slot]) -> list[tuple[Slot, Slot, str]]:
    """Return Latin words side by side with their spelling as one: (head, set, "headset")."""
    return [
        (left, right, stem(left.written + right.written))
        for left, right in pairwise(slots)
        if not left.chinese
        and not right.chinese
        and len(left.terms) == len(right.terms) == 1
        and min(len(left.written), len(right.written)) > 1
    ]


def _fill_known(made: Plan, found: list[Run]) -> None:
    """Give each word the spellings of it that the shop knows."""
    documents = made.documents
    for slot in made.slots:
        if len(slot.terms) > 1:
            parts = next(run.parts for run in found if run.text == slot.written)
            whole = stem(joined(parts))
            if whole in documents and whole:
                slot.add((whole,), 1.0)
        if all(term in documents for term in slot.terms):
            slot.add(slot.terms, 1.0)
        pairs = _pairs(slot.written)
        if pairs:
            rarest = min(documents.get(pair, 0) for pair in pairs)
            # Pairs find what was cut otherwise; not worth a look-up where they hardly find more.
            if rarest and rarest > 1.2 * documents.get(slot.written, 0):
                slot.add(pairs, 1.0)


def _fill_unknown(code: str, made: Plan) -> None:
    """Find what was meant by words the shop does not know: unfinished, run together, pinyin, misspelt."""
    unknown = [slot for slot in made.slots if not slot.alternatives]
    latin = [slot for slot in unknown if not slot.chinese]
    misheard = [
        run
        for run in made.chinese
        if 2 <= len(run) <= 4 and any(run[i : i + 2] not in made.documents for i in range(len(run) - 1))
    ]
    if not latin and not misheard:
        return
    keys: set[str] = set()
    pieces: set[str] = set()
    for slot in latin:
        word = "".join(slot.terms)
        keys |= deletions(word) | {word}
        if word.isalpha() and word.isascii():
            keys.update(word[i:j] for i in range(len(word)) for j in range(i + 1, len(word) + 1) if len(word) <= 24)
        pieces.update(piece for pair in _splits(word) for piece in pair)
    spoken = {run: pinyin(run) for run in misheard}
    keys.update(key for spellings in spoken.values() for key in spellings)
    reachable = vocabulary.words_by_key(code, keys)
    known = vocabulary.counts_of(code, pieces - made.documents.keys())
    made.documents.update({term: count[0] for term, count in known.items()})
    for slot in latin:
        _fill_latin(code, made, slot, reachable)
    for run in misheard:
        words = [word for key in spoken[run] for word in reachable.get(key, ()) if word.term != run]
        if words:
            slot = Slot(run, (run,), chinese=True)
            for other in words[:3]:
                slot.add((other.term,), _TYPO)
                made.documents[other.term] = other.documents
            made.slots[:] = [kept for kept in made.slots if not kept.chinese or kept.written not in run] + [slot]
            made.corrections.append((run, words[0].word))


def _fill_latin(code: str, made: Plan, slot: Slot, reachable: dict[str, list[Word]]) -> None:
    word = "".join(slot.terms)

    def use(words: list[Word], trust: float) -> None:
        for other in words[:_MOST_ALTERNATIVES]:
            slot.add((other.term,), trust)
            made.documents[other.term] = other.documents

    for pair in _splits(word):
        if all(made.documents.get(piece) for piece in pair):
            slot.add(pair, _COMPLETION)
    if slot is made.open_word:
        use(vocabulary.completions(code, word, _MOST_ALTERNATIVES), _COMPLETION)
    use([other for other in reachable.get(word, ()) if is_chinese(other.term) and word in keys_of(other.term)], _PINYIN)
    if not slot.alternatives:
        for words in _spoken_pieces(word, reachable):
            slot.add(tuple(other.term for other in words), _PINYIN)
            made.documents.update({other.term: other.documents for other in words})
    if not slot.alternatives:
        spoken = _spoken_word(code, made, word)
        for terms, _ in spoken:
            slot.add(terms, _PINYIN)
        if spoken:
            made.corrections.append((slot.written, spoken[0][1]))
    if not slot.alternatives and slot is made.open_word and word.isascii() and word.isalpha():
        use(vocabulary.words_by_key_prefix(code, word, _MOST_ALTERNATIVES), _PINYIN)
    if slot.alternatives:
        return
    near: dict[str, tuple[int, int, Word]] = {}
    for key in deletions(word):
        for other in reachable.get(key, ()):
            steps = distance(word, other.term)
            if steps <= (1 if len(word) < 8 else 2):
                near[other.term] = (steps, -other.documents, other)
    best = sorted(near.values(), key=lambda found: (found[0], found[1], found[2].term))
    if best:
        use([other for steps, _, other in best if steps == best[0][0]][:3], _TYPO)
        made.corrections.append((slot.written, best[0][2].word))


def _splits(word: str) -> list[tuple[str, str]]:
    """Return the ways to read a word as two of at least three letters: mousepad → mouse pad."""
    if not word.isalpha() or len(word) > 24:
        return []
    return [(word[:i], stem(word[i:])) for i in range(3, len(word) - 2)]


def _spoken_as(sound: str, reachable: dict[str, list[Word]]) -> list[Word]:
    """Return the Chinese words that are read as `sound` in full; initials alone could be anything."""
    return [other for other in reachable.get(sound, ()) if is_chinese(other.term) and sound in pinyin(other.term)]


def _spoken_pieces(word: str, reachable: dict[str, list[Word]]) -> list[tuple[Word, ...]]:
    """Read pinyin of several words: "shoujike" → (手机, 壳); fewest words first."""
    best: list[list[str] | None] = [[]] + [None] * len(word)
    for end in range(1, len(word) + 1):
        for start in range(end):
            before, piece = best[start], word[start:end]
            if piece == word or before is None or piece in before or not _spoken_as(piece, reachable):
                continue
            current = best[end]
            if current is None or len(before) + 1 < len(current):
                best[end] = [*before, piece]
    cut = best[-1]
    if not cut or len(cut) > 4:
        return []
    choices = [_spoken_as(piece, reachable)[:3] for piece in cut]
    # Single characters that merely sound right are in every shop: together they must be a word.
    read = [
        words
        for words in product(*choices)
        if any(len(other.term) > 1 for other in words) or is_chinese_word("".join(other.term for other in words))
    ]
    return read[: 2 * _MOST_ALTERNATIVES]


def _spoken_word(code: str, made: Plan, word: str) -> list[tuple[tuple[str, ...], str]]:
    """Read pinyin of a word that the shop has only within others: "yizi" → [(("椅",), "椅子")], for 餐椅, 单椅.

    Only names of things and words of the dictionary, so that nothing is found by sound alone. Each with the terms
    to look for.
    """
    found: dict[str, tuple[tuple[str, ...], int]] = {}
    for left, right in two_syllables(word):
        counts = vocabulary.counts_of(code, {*read_as(left), *read_as(right)})
        # In titles and keywords: what only a description mentions is not what somebody asks for by ear.
        known = {sign: count for sign, count in counts.items() if count[1]}
        firsts, seconds = ([sign for sign in read_as(part) if sign in known] for part in (left, right))
        things = [sign for sign in firsts if right == ENDING_SOUND and is_thing(sign)]
        found.update({sign + ENDING: ((sign,), known[sign][0]) for sign in things})
        for first, second in product(firsts, seconds) if not things else ():
            if is_chinese_word(first + second):
                found[first + second] = ((first, second), min(known[first][0], known[second][0]))
        made.documents.update({term: count[0] for term, count in known.items()})
    best = sorted(found, key=lambda whole: (-found[whole][1], whole))[:_MOST_SPOKEN]
    return [(found[whole][0], whole) for whole in best]


def _feature(made: Plan, slot: Slot) -> None:
    if not slot.alternatives:
        return
    everything = max(made.documents.get("", 1), 1)
    trusted = max(trust for _, trust in slot.alternatives)
    counts = [
        min(made.documents.get(term, 0) for term in terms) for terms, trust in slot.alternatives if trust == trusted
    ]
    value = _LATIN_WEIGHT * rarity(max(counts), everything)
    made.features.append(Feature(tuple(slot.alternatives), value))


def _score_by(made: Plan) -> None:
    """Derive the features and phrases of the plan from its words."""
    made.features, made.phrases = [], []
    everything = max(made.documents.get("", 1), 1)
    for run in made.chinese:
        for term, weight in _chinese_terms(run):
            documents = made.documents.get(term)
            if documents:
                made.features.append(Feature((((term,), 1.0),), weight * rarity(documents, everything)))
    for slot in made.slots:
        if not slot.chinese or any(trust < 1 for _, trust in slot.alternatives):
            _feature(made, slot)
    latin = [(term, slot) for slot in made.slots if not slot.chinese for term in slot.terms]
    for (left, _), (right, _) in pairwise(latin):
        if left in made.documents and right in made.documents:
            value = rarity(max(made.documents[left], made.documents[right]), everything)
            made.phrases.append(Phrase(f" {left} {right} ", value))
