"""Words for goods: what is asked, what of an answer is taken, and how a suggestion is known again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duli.base.errors import InvalidInput, NotFound
from duli.base.text import clean_html
from duli.commerce.copywriting import services
from duli.commerce.copywriting.questions import MOST_TOKENS, texts_of
from duli.commerce.copywriting.selectors import generated
from duli.commerce.copywriting.types import (
    LONGEST,
    MOST_SOURCE,
    MOST_TRANSLATED,
    AnswerUnreadable,
    NothingToTranslate,
    ProductFacts,
    TooMuchText,
)
from duli.platform.language_models.provider import Question, Reply
from duli.platform.media.services import store_image
from tests import factories
from tests.platform.language_models.writers import Writer
from tests.platform.media.pictures import picture

pytestmark = pytest.mark.django_db
FACTS = ProductFacts("青瓷茶杯", (("品牌", "龙泉"), ("容量", "180 ml")))


@pytest.fixture(autouse=True)
def shop(db: None) -> None:
    factories.shop()


def answering(writer: Writer, texts: Mapping[str, Any]) -> None:
    writer.answer = lambda question: Reply(json.dumps(texts, ensure_ascii=False), "writer-1", 10, 5)


def suggest(**values: Any) -> dict[str, str]:
    return services.suggest_texts(
        **{
            "facts": FACTS,
            "language": "zh-hans",
            "fields": ["title", "description_html"],
            "texts": {"title": "青瓷茶杯"},
            "tone": "warm",
            "notes": "送礼用",
            "actor": "user:7",
            **values,
        }
    )


def test_what_is_known_goes_over_as_material_and_only_what_was_asked_for_comes_back(writer: Writer) -> None:
    answering(
        writer, {"title": " 青瓷茶杯\n180 ml ", "description_html": "<p>温润</p><script>x()</script>", "price": "1"}
    )
    found = suggest()
    assert found == {"title": "青瓷茶杯 180 ml", "description_html": "<p>温润</p>"}
    (question,) = writer.asked
    sent = json.loads(question.text)
    assert sent["facts"] == {"title": "青瓷茶杯", "品牌": "龙泉", "容量": "180 ml"}
    assert (sent["tone"], sent["notes"], sent["language"]) == ("warm", "送礼用", "zh-hans")
    # Nothing of the shop stands where the model is told what to do.
    assert "龙泉" not in question.instructions
    assert "送礼用" not in question.instructions


def test_a_text_that_was_taken_as_it_is_is_known_again(writer: Writer) -> None:
    answering(writer, {"title": "青瓷茶杯", "description_html": "<p>温润&amp;细腻</p>"})
    found = suggest()
    # The editor and the cleaning put other tags and spaces around it.
    stored = clean_html(found["description_html"].replace("<p>", '<p class="x">').replace("</p>", "</p>\n"))
    assert generated([stored, "手写的", ""]) == {stored}
    assert generated([stored.replace("细腻", "厚重")]) == set()
    assert generated([]) == set()


def test_translating_sends_what_there_is(writer: Writer) -> None:
    answering(writer, {"title": "Celadon cup"})
    texts = {"title": "青瓷茶杯", "description_html": "", "seo_title": "  "}
    given = {"texts": texts, "source": "zh-hans", "actor": "user:7"}
    assert services.translate_texts(language="en", **given) == {"title": "Celadon cup"}  # type: ignore[arg-type]
    assert json.loads(writer.asked[0].text)["fields"] == ["title"]
    for language in ("zh-hans", "tlh"):
        with pytest.raises(InvalidInput):
            services.translate_texts(language=language, **given)  # type: ignore[arg-type]
    with pytest.raises(NothingToTranslate):
        services.translate_texts(texts={"title": ""}, source="zh-hans", language="en", actor="user:7")
    assert len(writer.asked) == 1


def test_a_picture_is_described_in_each_language_of_the_shop(writer: Writer) -> None:
    asset = store_image(content=picture(), name="cup.png", actor="user:7")
    answering(writer, {"zh-hans": "一只青瓷茶杯", "en": "A celadon cup " * 40, "fr": "Une tasse"})
    found = services.describe_picture(asset_id=asset.pk, title="青瓷茶杯", actor="user:7")
    assert set(found) == {"zh-hans", "en"}
    assert len(found["en"]) <= 255
    (sent,) = writer.asked[0].pictures
    assert sent.mime == "image/jpeg"
    assert sent.data.startswith(b"\xff\xd8")
    with pytest.raises(NotFound):
        services.describe_picture(asset_id=asset.pk + 1, title="", actor="user:7")


@pytest.mark.parametrize("answer", ["", "I cannot do that.", "[1, 2]", '{"title": 7}', '{"title": ""}', "{" * 5000])
def test_what_cannot_be_used_is_refused(writer: Writer, answer: str) -> None:
    writer.answer = lambda question: Reply(answer, "writer-1", 1, 1)
    with pytest.raises(AnswerUnreadable):
        suggest()
    assert generated([answer]) == set()


def test_half_an_answer_is_none(writer: Writer) -> None:
    writer.answer = lambda question: Reply('{"title": "青瓷"}', "writer-1", 1, 1, is_cut=True)
    with pytest.raises(AnswerUnreadable):
        suggest()


@pytest.mark.parametrize(
    "values", [{"tone": "rude"}, {"notes": "x" * 2001}, {"fields": []}, {"fields": ["price"]}, {"language": "tlh"}]
)
def test_what_does_not_fit_is_not_sent(writer: Writer, values: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        suggest(**values)
    assert writer.asked == []


def test_more_than_a_model_is_sent_at_once_is_refused(writer: Writer) -> None:
    with pytest.raises(TooMuchText):
        suggest(texts={"description_html": "茶" * MOST_SOURCE})
    texts = {"description_html": "茶" * (MOST_TRANSLATED + 1)}
    with pytest.raises(TooMuchText):
        services.translate_texts(texts=texts, source="zh-hans", language="en", actor="user:7")
    assert writer.asked == []


@given(st.text(max_size=40), st.text(max_size=40), st.sampled_from(["", "```json\n", "好的：{标题}\n"]))
def test_an_answer_between_other_words_is_found(title: str, after: str, before: str) -> None:
    answer = before + json.dumps({"title": f"茶{title}"}, ensure_ascii=False) + after
    found = texts_of(answer, ["title"])
    assert found["title"].startswith("茶")
    assert len(found["title"]) <= LONGEST["title"]


def test_the_question_allows_for_an_answer_as_long_as_the_text(writer: Writer) -> None:
    asked: list[Question] = []
    answering(writer, {"description_html": "<p>tea</p>"})
    for length in (10, 4000):
        texts = {"description_html": "茶" * length}
        services.translate_texts(texts=texts, source="zh-hans", language="en", actor="user:7")
        asked.append(writer.asked[-1])
    assert asked[0].most_tokens < 4000 < asked[1].most_tokens <= MOST_TOKENS
