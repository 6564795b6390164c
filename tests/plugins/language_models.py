"""The practice language model on a loopback port, and what it was asked."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from duli.platform.language_models.provider import ModelConfig
from sandbox.kit.wsgi import Answer, Application, Request
from sandbox.language_model import EYES, WRITER, LanguageModelService
from sandbox.language_model.writer import Writer
from tests.plugins import stand_ins

KEY = "sk-practice-0123456789"
PIXEL = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"
    b"\x00\x00\x00\rIDATx\xdac\xfc\xcf\xc0\xf0\x1f\x00\x05\x05\x02\x00_\xc8\xf1\xd2\x00\x00\x00\x00IEND\xaeB`\x82"
)
DICTIONARY = (
    {"en": "Grey fabric sofa", "zh-hans": "灰色织物沙发"},
    {"en": "Soft to sink into & easy to leave.", "zh-hans": "坐下去是软的。"},
    {"en": "Colour", "zh-hans": "颜色"},
    {"en": "Oat", "zh-hans": "燕麦"},
)


class Service(LanguageModelService):
    """The stand-in; `asked` are the requests that came, headers and JSON."""

    def __init__(self, piece: int = 0) -> None:
        super().__init__(KEY, Writer(DICTIONARY), clock=lambda: 1_800_000_000.0, piece=piece)
        self.asked: list[tuple[Request, dict[str, Any]]] = []

    def answer(self, request: Request) -> Answer:
        if request.method == "POST":
            self.asked.append((request, json.loads(request.body)))
        return super().answer(request)


def serve(piece: int = 0) -> tuple[str, Service]:
    """Put the stand-in behind the address that is returned."""
    made = Service(piece)
    return stand_ins.put(lambda url: made), made


class Canned(Application):
    """Answers everything in the same way; `requests` are those that came."""

    def __init__(self, answer: Callable[[Request], Answer]) -> None:
        self._answer = answer
        self.requests: list[Request] = []

    def answer(self, request: Request) -> Answer:
        assert request.body is not None
        self.requests.append(request)
        return self._answer(request)


def answers(answer: Answer) -> tuple[str, Canned]:
    """Put a service that answers nothing else behind the address that is returned."""
    made = Canned(lambda request: answer)
    return stand_ins.put(lambda url: made), made


def config(url: str, **changes: str) -> ModelConfig:
    values = {
        "service": "other",
        "base_url": f"{url}/v1",
        "key": KEY,
        "model": WRITER,
        "vision_model": EYES,
        "limit_name": "usual",
        "timeout": "45",
    }
    return ModelConfig("openai", values | changes)
