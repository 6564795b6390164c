"""The practice language model: as strict as the real service, and a writer that makes do without a model."""

from __future__ import annotations

import base64
import io
import json
from typing import Any

import pytest

from sandbox.kit.wsgi import Request
from sandbox.language_model import EYES, WRITER, create_app
from sandbox.language_model.app import LanguageModelService
from sandbox.language_model.trouble import wished
from sandbox.language_model.writer import Writer
from tests.plugins.language_models import DICTIONARY, KEY, PIXEL

HELLO = [{"role": "user", "content": "Hello"}]


@pytest.fixture
def service() -> LanguageModelService:
    return create_app(KEY, dictionary=DICTIONARY, clock=lambda: 1_800_000_000.0)


def call(
    service: LanguageModelService,
    body: Any = None,
    *,
    path: str = "/v1/chat/completions",
    method: str = "POST",
    authorization: str = f"Bearer {KEY}",
) -> tuple[int, Any]:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    environ = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "HTTP_AUTHORIZATION": authorization,
        "CONTENT_LENGTH": str(len(content)),
        "wsgi.input": io.BytesIO(content),
    }
    answer = service.answer(Request(environ, service.maximum_body))
    return answer.status, json.loads(answer.body)


def question(**more: Any) -> dict[str, Any]:
    return {"model": WRITER, "messages": HELLO, **more}


def picture(url: str, role: str = "user") -> dict[str, Any]:
    return {"model": EYES, "messages": [{"role": role, "content": [{"type": "image_url", "image_url": {"url": url}}]}]}


def test_an_answer_looks_like_a_real_one(service: LanguageModelService) -> None:
    status, answer = call(service, question())
    text = "Practice model: I can only answer questions about goods."
    assert status == 200
    assert answer.pop("id").startswith("chatcmpl-")
    used = answer["usage"]
    assert used["total_tokens"] == used["prompt_tokens"] + used["completion_tokens"]
    assert answer == {
        "object": "chat.completion",
        "created": 1_800_000_000,
        "model": WRITER,
        "system_fingerprint": "fp_practice",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": text, "refusal": None},
                "logprobs": None,
                "finish_reason": "stop",
            }
        ],
        "usage": used,
    }


@pytest.mark.parametrize(
    ("body", "status", "code", "words"),
    [
        (b"{", 400, None, "could not parse"),
        (b"[" * 100_000, 400, None, "could not parse"),
        ([], 400, None, "could not parse"),
        ({"messages": HELLO}, 400, None, "you must provide a model"),
        (question(model=7), 400, None, "you must provide a model"),
        (question(model="gpt"), 404, "model_not_found", "`gpt` does not exist"),
        ({"model": WRITER}, 400, "missing_required_parameter", "'messages'"),
        (question(messages="Hello"), 400, "invalid_type", "array"),
        (question(messages=[]), 400, "empty_array", "empty array"),
        (question(messages=["Hello"]), 400, "invalid_type", "messages[0]"),
        (question(messages=[{"role": "human", "content": "x"}]), 400, "invalid_value", "'human'"),
        (question(messages=[{"role": "user"}]), 400, None, "got null"),
        (question(messages=[{"role": "user", "content": [{"type": "sound"}]}]), 400, "invalid_value", "'sound'"),
        (question(max_tokens="9"), 400, "invalid_type", "max_tokens"),
        (question(max_tokens=True), 400, "invalid_type", "max_tokens"),
        (question(max_tokens=0), 400, "integer_below_min_value", "max_tokens"),
        (question(max_tokens=9, max_completion_tokens=9), 400, "invalid_parameter_combination", "same time"),
        (question(stream="yes"), 400, "invalid_type", "stream"),
        (question(stream_options={"include_usage": True}), 400, None, "stream_options"),
        (question(temperature=3), 400, None, "temperature"),
        (question(temperature="hot"), 400, "invalid_type", "temperature"),
        (question(response_format={"type": "xml"}), 400, "invalid_value", "response_format"),
        (question(tone="warm"), 400, None, "Unrecognized request argument supplied: tone"),
        (picture("https://example.com/a.png"), 400, "invalid_image_url", "download"),
        (picture("data:image/png;base64,!!"), 400, "invalid_image_format", "unsupported image"),
        (picture("data:image/png;base64,aGVsbG8="), 400, "invalid_image_format", "unsupported image"),
        (picture("data:image/tiff;base64," + base64.b64encode(PIXEL).decode()), 400, "invalid_image_format", "image"),
        (picture("data:image/png;base64," + base64.b64encode(PIXEL).decode(), "system"), 400, "invalid_value", "image"),
    ],
)
def test_what_the_real_service_would_not_take(
    service: LanguageModelService, body: Any, status: int, code: str | None, words: str
) -> None:
    answered, answer = call(service, body)
    assert (answered, answer["error"]["code"]) == (status, code)
    assert words in answer["error"]["message"]
    assert set(answer["error"]) == {"message", "type", "param", "code"}


def test_only_with_the_key(service: LanguageModelService) -> None:
    for given in ("", "Basic abc", "Bearer ", "Bearer sk-another-key-0123", f"Bearer {KEY}x"):
        status, answer = call(service, question(), authorization=given)
        assert status == 401
        assert "another-key" not in answer["error"]["message"]


def test_other_addresses(service: LanguageModelService) -> None:
    status, answer = call(service, path="/v1/models", method="GET")
    assert (status, [row["id"] for row in answer["data"]]) == (200, [WRITER, EYES])
    assert call(service, path=f"/v1/models/{EYES}", method="GET")[1]["id"] == EYES
    assert call(service, path="/v1/models/gpt", method="GET")[0] == 404
    assert call(service, path="/v1/embeddings")[0] == 404
    assert call(service, method="GET")[0] == 405


def test_names_of_trouble() -> None:
    assert wished("practice: 429") == "429"
    assert wished('{"notes": "practice: thinking aloud, please"}') == "thinking aloud"
    assert wished("practice: cut it short") == "cut"
    assert wished("practice: makes perfect") == ""
    assert wished("practice makes perfect") == ""


def written(**question: Any) -> dict[str, str]:
    answer: dict[str, str] = json.loads(Writer(DICTIONARY).answer(json.dumps(question)))
    return answer


def test_writes_from_the_facts() -> None:
    facts = {"title": "Grey fabric sofa", "Colour": "Oat", "Size": ["S", "<b>"], "Weight": 42, "empty": ""}
    fields = ["title", "description_html", "seo_title", "seo_description"]
    asked = {"task": "write", "fields": fields, "texts": {}, "facts": facts, "notes": "Washable\n\n<script>"}
    english = written(language="en", tone="warm", **asked)
    assert english == {
        "title": "Grey fabric sofa",
        "description_html": "<p>Grey fabric sofa is made to stay with you for a long time.</p><p>Washable</p>"
        "<p>&lt;script&gt;</p><ul><li>Colour: Oat</li><li>Size: S, &lt;b&gt;</li><li>Weight: 42</li></ul>",
        "seo_title": "Grey fabric sofa – Oat",
        "seo_description": "Grey fabric sofa, to live with for a long time. Colour: Oat. Size: S, <b>. Weight: 42.",
    }
    chinese = written(language="zh-Hans", tone="warm", **asked)
    assert chinese["title"] == "灰色织物沙发"
    assert "<li>颜色：燕麦</li>" in chinese["description_html"]
    assert chinese["seo_description"].startswith("灰色织物沙发，买回家，用很久。颜色：燕麦。")
    words = {"title": "灰色织物沙发", "品牌": "青木", "颜色": "燕麦、未知"}
    asked["facts"], asked["notes"] = words, ""
    english = written(language="en", tone="warm", **asked)
    assert english["description_html"].endswith("<ul><li>Brand: 青木</li><li>Colour: Oat, 未知</li></ul>")
    tones = {written(language="en", tone=tone, **asked)["description_html"] for tone in ("plain", "lively", "elegant")}
    assert len(tones) == 3
    assert written(language="en", tone="unheard of", **asked)["title"] == "Grey fabric sofa"
    assert written(task="write", language="en", fields=["title"])["title"] == "This piece"


def test_translates_what_it_knows_and_says_what_it_does_not() -> None:
    def translated(text: str, language: str = "zh-hans") -> str:
        return written(task="translate", language=language, fields=["a"], texts={"a": text})["a"]

    assert translated("Grey fabric sofa") == "灰色织物沙发"
    assert translated("灰色织物沙发", "en") == "Grey fabric sofa"
    html = "<p>Grey fabric sofa</p>\n<p>Soft to sink into &amp; easy to leave.</p><p>12 × 3</p>"
    assert translated(html) == "<p>灰色织物沙发</p>\n<p>坐下去是软的。</p><p>12 × 3</p>"
    back = translated("<p>坐下去是软的。</p>", "en")
    assert back == "<p>Soft to sink into &amp; easy to leave.</p>"
    assert translated("A lamp") == "A lamp （练习模型：未翻译）"
    assert (
        translated("<p>一盏灯</p><p>燕麦</p>", "en")
        == "<p>一盏灯</p><p>Oat</p><p>(Practice model: not translated.)</p>"
    )
    assert translated("") == ""


def test_describes_in_each_language() -> None:
    asked = {"task": "describe", "language": "en", "fields": ["en", "zh-hans"], "facts": {"title": "灰色织物沙发"}}
    assert written(**asked) == {
        "en": "Grey fabric sofa, by itself in the picture",
        "zh-hans": "画面中是灰色织物沙发",
    }


@pytest.mark.parametrize(
    "text", ["", "[]", '{"task": "write"}', '{"task": "sing", "language": "en", "fields": []}', "7"]
)
def test_anything_else_gets_a_sentence(text: str) -> None:
    assert Writer().answer(text) == "Practice model: I can only answer questions about goods."
    assert Writer().answer(f"{text}你好") == "练习模型：我只会回答关于商品的问题。"
