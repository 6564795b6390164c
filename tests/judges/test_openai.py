"""OpenAI's official SDK reads the stand-in as our plugin does, at once and in a stream, and names refusals alike."""

from __future__ import annotations

import json
from typing import Any

import pytest

from duli.platform.language_models.provider import (
    ModelConfig,
    ModelRefused,
    ModelUnavailable,
    Picture,
    Question,
    Reply,
)
from duli.plugins.ai_openai.provider import openai
from sandbox.language_model import EYES, WRITER
from tests.judges.asking import ask
from tests.plugins.language_models import KEY, PIXEL, config, serve

FACTS = {"title": "Grey fabric sofa", "Colour": "Oat", "Weight": "42 kg"}
WRITE = {
    "task": "write",
    "language": "zh-hans",
    "fields": ["title", "description_html", "seo_title", "seo_description"],
    "texts": {},
    "facts": FACTS,
    "tone": "warm",
    "notes": "布套可整件拆下。",
}
DESCRIBE = {"task": "describe", "language": "en", "fields": ["en", "zh-hans"], "texts": {}, "facts": FACTS}
QUESTIONS = (
    Question("Write.", json.dumps(WRITE, ensure_ascii=False)),
    Question("Describe.", json.dumps(DESCRIBE), (Picture(PIXEL, "image/png"),)),
    Question("", "你好，沙发多少钱？🛋️"),
    Question("Answer shortly.", "Hello", most_tokens=4),
)
# What the SDK calls it, and what we do.
SAME = {
    "AuthenticationError": "keys",
    "PermissionDeniedError": "keys",
    "NotFoundError": "model",
    "RateLimitError": "busy",
    "BadRequestError": "other",
}


def as_list(reply: Reply) -> list[Any]:
    return [reply.text, reply.model, reply.input_tokens, reply.output_tokens, reply.is_cut]


def ours(asked: ModelConfig, text: str) -> tuple[str, str]:
    try:
        openai.ask(Question("", text), asked)
    except ModelRefused as error:
        return error.reason, error.detail
    except ModelUnavailable:
        return "unavailable", ""
    return "", ""


@pytest.mark.parametrize("piece", [0, 7])
def test_the_sdk_reads_what_we_read(piece: int) -> None:
    url, service = serve(piece)
    replies = [openai.ask(question, config(url)) for question in QUESTIONS]
    assert "灰色织物沙发" in replies[0].text
    assert replies[1].model == EYES
    assert replies[3].is_cut
    # The very bodies that the plugin sent: the SDK takes them as its own.
    bodies = [body for _, body in service.asked]
    cases: dict[str, tuple[ModelConfig, str, dict[str, Any]]] = {
        "401": (config(url, key="sk-another"), "Hello", {"key": "sk-another"}),
        "404": (config(url, model="nothing"), "Hello", {}),
        **{name: (config(url), f"practice: {name}", {}) for name in ("400", "402", "403", "429", "quota", "500")},
    }
    refusals = []
    for asked, text, changes in cases.values():
        messages = [{"role": "user", "content": text}]
        refusals.append({"body": {"model": asked.text("model"), "messages": messages}, **changes})
    judged = ask("openai", "openai_sdk", {"url": f"{url}/v1", "key": KEY, "bodies": bodies, "refusals": refusals})
    assert judged["read"] == [as_list(reply) for reply in replies]
    assert judged["streamed"] == judged["read"]
    assert judged["models"] == [WRITER, EYES]
    for (name, (asked, text, _)), (kind, status, code, words) in zip(cases.items(), judged["refused"], strict=True):
        reason, detail = ours(asked, text)
        if name == "402":
            # The SDK has no class of its own for it.
            assert (kind, status, reason) == ("APIStatusError", 402, "balance")
        elif name == "quota":
            assert (kind, code, reason) == ("RateLimitError", "insufficient_quota", "balance")
        elif name == "500":
            assert (kind, reason) == ("InternalServerError", "unavailable")
            continue
        else:
            assert reason == SAME[kind], name
        assert detail == words
