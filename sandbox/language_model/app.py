"""The WSGI application: /v1/chat/completions and /v1/models."""

from __future__ import annotations

import hmac
import json
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from hashlib import sha256
from itertools import count
from typing import Any

from sandbox.kit.wsgi import Answer, Application, Request, answer_json
from sandbox.language_model import trouble
from sandbox.language_model.questions import Asked, Refused, read
from sandbox.language_model.writer import Writer

WRITER, EYES = "practice-writer", "practice-eyes"
MODELS = {WRITER: False, EYES: True}
"""Whether they see pictures."""
_FINGERPRINT = "fp_practice"
_PICTURE_TOKENS, _MESSAGE_TOKENS = 85, 4
_HUGE = 3 * 1024 * 1024
_TOKEN = re.compile(r"[\u2e80-\u9fff\uff00-\uffef]|[A-Za-z0-9_]{1,5}|\s+|.", re.DOTALL)


class LanguageModelService(Application):
    """`piece` is how many bytes of a stream are sent at once, 0 for a whole event."""

    maximum_body = 2 * 1024 * 1024

    def __init__(self, key: str, writer: Writer, clock: Callable[[], float] = time.time, piece: int = 0) -> None:
        self.key, self.writer, self.clock, self.piece = key, writer, clock, piece
        self._numbers = count(1)

    def answer(self, request: Request) -> Answer:
        try:
            return self._answer(request)
        except Refused as refusal:
            error = {
                "message": str(refusal),
                "type": refusal.kind,
                "param": refusal.param,
                "code": refusal.code,
            }
            return answer_json(refusal.status, {"error": error})

    def _answer(self, request: Request) -> Answer:
        self._require_key(request)
        parts = request.parts
        if parts[:2] == ["v1", "models"] and request.method == "GET" and len(parts) <= 3:
            return self._models(parts[2:])
        if parts != ["v1", "chat", "completions"]:
            raise Refused(404, f"Invalid URL ({request.method} {request.path})")
        if request.method != "POST":
            raise Refused(405, f"Not allowed to {request.method} on {request.path}.")
        asked = read(request.body, MODELS)
        wish = trouble.wished(asked.last)
        if wish in trouble.ERRORS:
            error = trouble.ERRORS[wish]
            return answer_json(error.status, error.body(), error.headers)
        return self._completion(asked, wish)

    def _require_key(self, request: Request) -> None:
        kind, _, given = request.header("authorization").partition(" ")
        if kind != "Bearer" or not given.strip():
            raise Refused(
                401,
                "You didn't provide an API key. You need to provide your API key in an Authorization header using "
                "Bearer auth (i.e. Authorization: Bearer YOUR_KEY).",
            )
        if not hmac.compare_digest(given.strip().encode(), self.key.encode()):
            shown = f"{given[:4]}{'*' * 8}{given[-4:]}" if len(given) > 12 else "*" * len(given)
            raise Refused(401, f"Incorrect API key provided: {shown}.", code="invalid_api_key")

    def _models(self, names: list[str]) -> Answer:
        rows = [
            {"id": name, "object": "model", "created": 1764201600, "owned_by": "practice"}
            for name in MODELS
            if not names or name == names[0]
        ]
        if not names:
            return answer_json(200, {"object": "list", "data": rows})
        if not rows:
            raise Refused(404, f"The model '{names[0]}' does not exist", code="model_not_found", param="model")
        return answer_json(200, rows[0])

    def _completion(self, asked: Asked, wish: str) -> Answer:
        if wish == "not json":
            return Answer(200, b"<!doctype html><title>Sign in</title>", "text/html; charset=utf-8")
        tokens = _TOKEN.findall(self.writer.answer(asked.last))
        end, limit = "stop", asked.limit or len(tokens)
        if wish in {"cut", "content filter"}:
            limit = min(limit, len(tokens) // 2)
        if len(tokens) > limit:
            tokens, end = tokens[:limit], "length"
        message = _message("".join(tokens), wish)
        if wish == "content filter":
            end = "content_filter"
        spent = sum(_MESSAGE_TOKENS + len(_TOKEN.findall(text)) for text in asked.texts)
        spent += _PICTURE_TOKENS * asked.pictures
        usage = {"prompt_tokens": spent, "completion_tokens": len(tokens), "total_tokens": spent + len(tokens)}
        head = self._head(asked)
        if asked.stream:
            chunks = _chunks({**head, "object": "chat.completion.chunk"}, message, end, usage, asked.with_usage)
            return Answer(200, kind="text/event-stream", pieces=_cut(chunks, self.piece))
        choice = {"index": 0, "message": {"role": "assistant", **message}, "logprobs": None, "finish_reason": end}
        choices = [] if wish == "no choices" else [choice]
        answer = answer_json(200, {**head, "object": "chat.completion", "choices": choices, "usage": usage})
        if wish == "huge":
            answer.body = b" " * _HUGE + answer.body
        return answer

    def _head(self, asked: Asked) -> dict[str, Any]:
        name = sha256(f"{next(self._numbers)} {asked.last}".encode()).hexdigest()[:29]
        return {
            "id": f"chatcmpl-{name}",
            "created": int(self.clock()),
            "model": asked.model,
            "system_fingerprint": _FINGERPRINT,
        }


def _message(text: str, wish: str) -> dict[str, Any]:
    if wish == "null content":
        return {"content": None, "refusal": None}
    if wish == "refusal":
        return {"content": None, "refusal": "I'm sorry, I can't help with that."}
    if wish == "parts":
        half = len(text) // 2
        parts = [{"type": "text", "text": text[:half]}, {"type": "text", "text": text[half:]}]
        return {"content": parts, "refusal": None}
    if wish == "thinking":
        return {"content": text, "refusal": None, "reasoning_content": "What could they want to read?"}
    if wish == "thinking aloud":
        text = f"<think>\nWhat could they want to read?\n</think>\n\n{text}"
    return {"content": f"```json\n{text}\n```" if wish == "fenced" else text, "refusal": None}


def _chunks(
    head: Mapping[str, Any], message: Mapping[str, Any], end: str, usage: Mapping[str, int], with_usage: bool
) -> Iterator[bytes]:
    """Write server-sent events as the real service does, with a line between that only keeps the connection open."""
    more = {"usage": None} if with_usage else {}

    def chunk(delta: Mapping[str, Any], reason: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}
        return _event({**head, "choices": [choice], **more})

    content = message["content"]
    yield chunk({"role": "assistant", "content": "" if isinstance(content, str) else None})
    yield b": keep-alive\n\n"
    for name in ("reasoning_content", "refusal"):
        if message.get(name):
            yield chunk({name: message[name]})
    for token in _TOKEN.findall(content) if isinstance(content, str) else ():
        yield chunk({"content": token})
    yield chunk({}, end)
    if with_usage:
        yield _event({**head, "choices": [], "usage": usage})
    yield b"data: [DONE]\n\n"


def _event(data: Mapping[str, Any]) -> bytes:
    return b"data: " + json.dumps(data, ensure_ascii=False).encode() + b"\n\n"


def _cut(pieces: Iterable[bytes], size: int) -> Iterator[bytes]:
    if not size:
        yield from pieces
        return
    rest = b"".join(pieces)
    for begin in range(0, len(rest), size):
        yield rest[begin : begin + size]


def create_app(
    key: str,
    *,
    dictionary: Iterable[Mapping[str, str]] = (),
    clock: Callable[[], float] = time.time,
    piece: int = 0,
) -> LanguageModelService:
    return LanguageModelService(key, Writer(dictionary), clock, piece)
