"""How the real service looks at a question before any model does."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_ROLES = ("system", "assistant", "user", "function", "tool", "developer")
_KNOWN = frozenset(
    [
        "model",
        "messages",
        "max_tokens",
        "max_completion_tokens",
        "stream",
        "stream_options",
        "temperature",
        "response_format",
    ]
)
_BEGINNINGS = {
    "image/png": b"\x89PNG\r\n\x1a\n",
    "image/jpeg": b"\xff\xd8\xff",
    "image/gif": b"GIF8",
    "image/webp": b"RIFF",
}


class Refused(Exception):
    """The answer is an error. `code` and `param` as the service writes them."""

    def __init__(self, status: int, message: str, *, code: str | None = None, param: str | None = None) -> None:
        super().__init__(message)
        self.status, self.code, self.param = status, code, param
        self.kind = "invalid_request_error"


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that is well-formed. `texts` are the words of its messages, `last` those of the last of a user."""

    model: str
    texts: tuple[str, ...]
    last: str
    pictures: int
    limit: int | None
    stream: bool
    with_usage: bool


def read(body: bytes, models: Mapping[str, bool]) -> Asked:
    """Return the question. Refused (400, 404) if the service would not take it; `models` say which of them see."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, dict):
        raise Refused(
            400,
            "We could not parse the JSON body of your request. (HINT: This likely means you aren't using your HTTP "
            "library correctly. The OpenAI API expects a JSON payload, but what was sent was not valid JSON.)",
        )
    for name in data:
        if name not in _KNOWN:
            raise Refused(400, f"Unrecognized request argument supplied: {name}")
    model = data.get("model")
    if not isinstance(model, str) or not model:
        raise Refused(400, "you must provide a model parameter")
    if model not in models:
        raise Refused(
            404, f"The model `{model}` does not exist or you do not have access to it.", code="model_not_found"
        )
    limit = _limit(data)
    stream, options = data.get("stream") or False, data.get("stream_options")
    if not isinstance(stream, bool):
        raise _wrong_type("stream", "a boolean")
    if options is not None and not stream:
        raise Refused(
            400, "The 'stream_options' parameter is only allowed when 'stream' is enabled.", param="stream_options"
        )
    _others(data)
    texts, pictures, last = [], 0, ""
    for place, message in enumerate(_messages(data)):
        text, count = _message(message, f"messages[{place}]")
        texts.append(text)
        pictures += count
        if message["role"] == "user":
            last = text
    if pictures and not models[model]:
        raise Refused(400, "Invalid content type. image_url is only supported by certain models.", param="messages")
    with_usage = bool(options.get("include_usage")) if isinstance(options, dict) else False
    return Asked(model, tuple(texts), last, pictures, limit, stream, with_usage)


def _wrong_type(param: str, wanted: str) -> Refused:
    return Refused(400, f"Invalid type for '{param}': expected {wanted}.", code="invalid_type", param=param)


def _limit(data: Mapping[str, Any]) -> int | None:
    given = [name for name in ("max_tokens", "max_completion_tokens") if data.get(name) is not None]
    if len(given) > 1:
        raise Refused(
            400,
            "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.",
            code="invalid_parameter_combination",
        )
    for name in given:
        limit = data[name]
        if not isinstance(limit, int) or isinstance(limit, bool):
            raise _wrong_type(name, "an integer")
        if limit < 1:
            raise Refused(
                400,
                f"Invalid '{name}': integer below minimum value. Expected a value >= 1, but got {limit} instead.",
                code="integer_below_min_value",
                param=name,
            )
        return limit
    return None


def _others(data: Mapping[str, Any]) -> None:
    temperature = data.get("temperature")
    if temperature is not None and (isinstance(temperature, bool) or not isinstance(temperature, int | float)):
        raise _wrong_type("temperature", "a decimal")
    if temperature is not None and not 0 <= temperature <= 2:
        raise Refused(400, f"{temperature} is out of range for 'temperature'.", param="temperature")
    form = data.get("response_format")
    if form is not None and (not isinstance(form, dict) or form.get("type") not in {"text", "json_object"}):
        raise Refused(
            400,
            "Invalid value for 'response_format.type'. Supported values are: 'text' and 'json_object'.",
            code="invalid_value",
            param="response_format.type",
        )


def _messages(data: Mapping[str, Any]) -> list[Any]:
    messages = data.get("messages")
    if messages is None:
        raise Refused(
            400, "Missing required parameter: 'messages'.", code="missing_required_parameter", param="messages"
        )
    if not isinstance(messages, list):
        raise _wrong_type("messages", "an array of objects")
    if not messages:
        raise Refused(
            400,
            "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an empty array instead.",
            code="empty_array",
            param="messages",
        )
    return messages


def _message(message: Any, place: str) -> tuple[str, int]:
    """Return the words and the number of pictures."""
    if not isinstance(message, dict):
        raise _wrong_type(place, "an object")
    role = message.get("role")
    if role not in _ROLES:
        known = ", ".join(f"'{name}'" for name in _ROLES[:-1])
        raise Refused(
            400,
            f"Invalid value: '{role}'. Supported values are: {known}, and '{_ROLES[-1]}'.",
            code="invalid_value",
            param=f"{place}.role",
        )
    content = message.get("content")
    if isinstance(content, str):
        return content, 0
    if not isinstance(content, list) or not content:
        raise Refused(
            400,
            f"Invalid value for 'content': expected a string, got {'null' if content is None else 'something else'}.",
            param=f"{place}.content",
        )
    words, pictures = [], 0
    for number, part in enumerate(content):
        here = f"{place}.content[{number}]"
        kind = part.get("type") if isinstance(part, dict) else None
        if kind == "text" and isinstance(part.get("text"), str):
            words.append(part["text"])
        elif kind == "image_url" and role == "user":
            _picture(part.get("image_url"), here)
            pictures += 1
        else:
            raise Refused(400, f"Invalid value: '{kind}'.", code="invalid_value", param=here)
    return "\n".join(words), pictures


def _picture(given: Any, place: str) -> None:
    url = given.get("url") if isinstance(given, dict) else None
    if not isinstance(url, str) or not url.startswith("data:"):
        # The real service fetches addresses; this one reaches nobody.
        raise Refused(400, "Failed to download image.", code="invalid_image_url", param=f"{place}.image_url.url")
    head, _, data = url.removeprefix("data:").partition(",")
    try:
        picture = base64.b64decode(data, validate=True)
    except (ValueError, binascii.Error):
        picture = b""
    beginning = _BEGINNINGS.get(head.removesuffix(";base64"))
    if not head.endswith(";base64") or beginning is None or not picture.startswith(beginning):
        raise Refused(
            400,
            "You uploaded an unsupported image. Please make sure your image has of one the following formats: "
            "['png', 'jpeg', 'gif', 'webp'].",
            code="invalid_image_format",
        )
