from __future__ import annotations

from duli.platform.search.entry import entry
from duli.platform.search.score import Feature, Phrase, Scorer, rarity
from duli.platform.search.types import SearchDocument


def score(scorer: Scorer, title: str, **fields: object) -> tuple[float, float]:
    made = entry(SearchDocument("product", 1, "en", title, **fields))  # type: ignore[arg-type]
    return scorer.score(made.plain, f"{made.top}{made.high}{made.middle}{made.low} ", made.levels, made.boost)


def word(term: str, value: float = 1.0) -> Feature:
    return Feature((((term,), 1.0),), value)


def test_rare_words_weigh_more_and_none_is_negative() -> None:
    assert rarity(1, 1_000) > rarity(500, 1_000) > rarity(1_000, 1_000) > 0


def test_a_title_says_more_than_a_keyword_than_a_body() -> None:
    lamp = Scorer([word("lamp")], [])
    title, _ = score(lamp, "desk lamp")
    keyword, _ = score(lamp, "desk", keywords=("lamp",))
    body, _ = score(lamp, "desk", body="a lamp")
    assert title > keyword > body > 0


def test_every_term_finds_its_own_level() -> None:
    made = entry(SearchDocument("product", 1, "en", "desk lamp", ("lamp", "home"), "bright light for every desk"))
    assert len(made.levels) == len((made.top + made.high + made.middle + made.low).split())
    lamp, desk, home, light = (
        score(Scorer([word(t)], []), "desk lamp", keywords=("lamp", "home"), body="bright light for every desk")[0]
        for t in ("lamp", "desk", "home", "light")
    )
    assert lamp > desk > home > light > 0


def test_short_titles_win() -> None:
    lamp = Scorer([word("lamp")], [])
    assert score(lamp, "desk lamp") > score(
        lamp, "desk lamp with a very long and winding title about many other things"
    )


def test_neighbours_in_the_title_add() -> None:
    scorer = Scorer([word("mouse"), word("pad")], [Phrase(" mouse pad ", 1.0)])
    assert score(scorer, "gaming mouse pad") > score(scorer, "pad gaming mouse")


def test_all_words_beat_one_word_said_twice() -> None:
    scorer = Scorer([word("red"), word("shoe")], [])
    both, share = score(scorer, "red shoe")
    one, half = score(scorer, "red red")
    assert both > one
    assert (share, half) == (1.0, 0.5)


def test_the_best_alternative_counts_once() -> None:
    scorer = Scorer([Feature(((("headset",), 1.0), (("head", "set"), 0.8)), 1.0)], [])
    assert score(scorer, "headset")[0] > score(scorer, "head set")[0] > 0
    assert score(scorer, "head")[0] == 0
    assert score(scorer, "headset head set")[1] == 1.0


def test_boost_multiplies_and_nonsense_boosts_do_no_harm() -> None:
    lamp = Scorer([word("lamp")], [])
    assert score(lamp, "lamp", boost=2.0)[0] > score(lamp, "lamp")[0] > score(lamp, "lamp", boost=0.5)[0] > 0
    assert score(lamp, "lamp", boost=float("nan"))[0] == score(lamp, "lamp")[0]
