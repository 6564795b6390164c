from __future__ import annotations

import base64
import re
from typing import Any

from duli.platform.language_models.provider import ModelConfig, ModelRefused, ModelUnavailable, Question, Reply
from duli.plugins.ai_openai.client import call
from duli.plugins.ai_openai.setup import DESCRIPTION, limit_name

SHORTEST = Question(instructions="", text="Answer with the word OK.", most_tokens=256)
"""Room to think for models that think before they answer: some refuse where there is none."""
_LONGEST_NAME = 120
# How answers end that are none: OpenAI's and Zhipu's word for what a filter stopped, then Zhipu's and DeepSeek's for a
# service that broke off.
_STOPPED = {"content_filter", "sensitive"}
_BROKEN = {"network_error", "insufficient_system_resource"}
# What a model thought aloud, where its server does not keep it apart (Ollama and vLLM without a reasoning parser).
_THOUGHTS = re.compile(r"\A\s*<think>.*?(?:</think>\s*|\Z)", re.DOTALL)


class OpenAI:
    code = "openai"
    description = DESCRIPTION

    def ask(self, question: Question, config: ModelConfig) -> Reply:
        name = config.text("model")
        if question.pictures:
            name = config.text("vision_model") or name
        return _read(call(_body(name, question, config), config))

    def check(self, config: ModelConfig) -> str:
        names = []
        for name in dict.fromkeys([config.text("model"), config.text("vision_model") or config.text("model")]):
            reply = _read(call(_body(name, SHORTEST, config), config))
            names.append(reply.model or name)
        return ", ".join(dict.fromkeys(names))


def _body(model: str, question: Question, config: ModelConfig) -> dict[str, Any]:
    """Write only what every service takes: many refuse what they do not know."""
    content: str | list[dict[str, Any]] = question.text
    if question.pictures:
        content = [{"type": "text", "text": question.text}]
        for picture in question.pictures:
            address = f"data:{picture.mime};base64,{base64.b64encode(picture.data).decode()}"
            content.append({"type": "image_url", "image_url": {"url": address}})
    messages: list[dict[str, Any]] = [{"role": "user", "content": content}]
    if question.instructions:
        messages.insert(0, {"role": "system", "content": question.instructions})
    return {"model": model, "messages": messages, limit_name(config): question.most_tokens}


def _read(answer: dict[str, Any]) -> Reply:
    choice = answer["choices"][0]
    message, end = choice.get("message"), choice.get("finish_reason")
    if not isinstance(message, dict) or end in _BROKEN:
        raise ModelUnavailable()
    refusal = message.get("refusal")
    if end in _STOPPED or (isinstance(refusal, str) and refusal):
        raise ModelRefused(
            reason="content", answer=str(end or "refusal"), detail=refusal if isinstance(refusal, str) else ""
        )
    usage, name = answer.get("usage"), answer.get("model")
    counts = usage if isinstance(usage, dict) else {}
    return Reply(
        text=_THOUGHTS.sub("", _text(message.get("content")), count=1).strip(),
        model=name[:_LONGEST_NAME] if isinstance(name, str) else "",
        input_tokens=_count(counts.get("prompt_tokens")),
        output_tokens=_count(counts.get("completion_tokens")),
        is_cut=end == "length",
    )


def _text(content: object) -> str:
    """Return the words of an answer; what a model thinks (`reasoning_content`) stands elsewhere and is not shown."""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return ""
    parts = (part.get("text") for part in content if isinstance(part, dict) and part.get("type") in {"text", None})
    return "".join(part for part in parts if isinstance(part, str))


def _count(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


openai = OpenAI()
