"""One question to a service with OpenAI's interface, and what its errors mean."""

from __future__ import annotations

import json
import re
import time
from typing import Any, cast

from django.utils.translation import gettext

from duli.base.lanes import aside
from duli.base.setup_fields import pairs_of
from duli.platform.language_models.provider import ModelConfig, ModelRefused, ModelUnavailable, ReasonCode
from duli.plugins.ai_openai.setup import address_of, patience
from duli.plugins.outward import client

MOST_BYTES = 1024 * 1024
CONNECT_SECONDS = 8.0
_LONGEST_DETAIL = 250
_BY_STATUS: dict[int, ReasonCode] = {
    401: "keys",
    402: "balance",
    403: "keys",
    404: "model",
    413: "too_long",
    429: "busy",
}
# The words of services that say more than the status does, in the order in which they count: OpenAI and Zhipu answer
# 429 to an empty purse, Model Studio 400, Ark and Moonshot 403. From their lists of error codes, as of November 2026.
_BY_WORDS: tuple[tuple[ReasonCode, str], ...] = (
    (
        "balance",
        r"insufficient_quota|insufficient.?balance|exceeded_current_quota|arrearage|accountoverdue"
        r"|billing_hard_limit|余额不足|欠费",
    ),
    ("content", r"content_filter|content_policy|data_?inspection|sensitivecontent|content exists risk"),
    (
        "too_long",
        r"context_length|maximum context length|string_above_max_length|range of input length"
        r"|exceeded model token limit|tokens_too_long|exceed max message tokens",
    ),
    ("model", r"model_not_found|model does not exist|model not exist|modelnotopen|invalidendpointormodel"),
    ("keys", r"invalid_?api_?key"),
    ("busy", r"rate_limit"),
)
_BY_CODE: dict[str, ReasonCode] = {
    "1113": "balance",
    "1211": "model",
    "1261": "too_long",
    "1301": "content",
    "1302": "busy",
    "1303": "busy",
    "1305": "busy",
}
"""Zhipu's numbers."""
_BLIND = re.compile(r"image|vision|multimodal|多模态|图片", re.IGNORECASE)


def call(body: dict[str, Any], config: ModelConfig) -> dict[str, Any]:
    """Return the service's answer, which has at least one choice.

    Nothing is tried twice: whoever asked is waiting, and may ask again. ModelUnavailable if there was no answer in
    time or none that can be read; ModelRefused if the service said no.
    """
    status, data = _exchange(json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode(), config)
    if status >= 500 or 300 <= status < 400:
        raise ModelUnavailable()
    if status >= 400:
        if not isinstance(data, dict | str) and status not in _BY_STATUS:
            raise ModelUnavailable()
        raise _refusal(status, data, config, has_pictures=_has_pictures(body))
    if not isinstance(data, dict):
        raise ModelUnavailable()
    choices = data.get("choices")
    if not isinstance(choices, list) or not choices or not isinstance(choices[0], dict):
        if data.get("error"):
            raise _refusal(status, data, config, has_pictures=_has_pictures(body))
        raise ModelUnavailable()
    return data


def _exchange(body: bytes, config: ModelConfig) -> tuple[int, Any]:
    """Return the status of the answer and its JSON, None if it is none."""
    import httpx2

    key, seconds = config.text("key"), patience(config)
    if not key.isascii() or not key.isprintable():
        raise ModelRefused(reason="keys", answer="", detail=gettext("The key has characters in it that no key has."))
    headers = {"Content-Type": "application/json", "Accept": "application/json", "Accept-Encoding": "identity"}
    if key:
        headers["Authorization"] = f"Bearer {key}"
    deadline = time.monotonic() + seconds
    timeout = httpx2.Timeout(seconds, connect=min(seconds, CONNECT_SECONDS))
    content = bytearray()
    try:
        with client().stream("POST", address_of(config), content=body, headers=headers, timeout=timeout) as response:
            # Some services send the head at once and blank lines while the model thinks.
            with aside():
                for piece in response.iter_bytes():
                    content += piece
                    if len(content) > MOST_BYTES or time.monotonic() > deadline:
                        raise ModelUnavailable()
            status = response.status_code
    except (httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError, ValueError):
        # Without its cause, which may show the head of the question with the key in it.
        raise ModelUnavailable() from None
    try:
        return status, json.loads(content)
    except (ValueError, RecursionError):
        return status, None


def _has_pictures(body: dict[str, Any]) -> bool:
    return any(isinstance(message["content"], list) for message in body["messages"])


def _refusal(status: int, data: object, config: ModelConfig, *, has_pictures: bool) -> ModelRefused:
    code, kind, words = _told(data)
    # What the merchant says counts, then what we know.
    told = cast("ReasonCode | None", pairs_of(config.text("reasons")).get(code or str(status)))
    reason = (
        told or _BY_CODE.get(code) or _by_words(f"{code} {kind} {words}".lower()) or _BY_STATUS.get(status, "other")
    )
    if reason == "other" and has_pictures and _BLIND.search(words):
        reason = "model"
    key = config.text("key")
    if key:
        # Some repeat the key that they refuse.
        code, words = code.replace(key, "…"), words.replace(key, "…")
    return ModelRefused(reason=reason, answer=(code or str(status))[:60], detail=words[:_LONGEST_DETAIL])


def _by_words(said: str) -> ReasonCode | None:
    return next((reason for reason, pattern in _BY_WORDS if re.search(pattern, said)), None)


def _told(data: object) -> tuple[str, str, str]:
    """Return code, type and words of an error, in any of the forms in which services write them."""
    if isinstance(data, str):
        return "", "", data
    if not isinstance(data, dict):
        return "", "", ""
    error = data.get("error")
    if isinstance(error, str):
        return str(data.get("code") or ""), "", error
    found = error if isinstance(error, dict) else data
    code, kind = found.get("code"), found.get("type")
    words = found.get("message") or found.get("msg") or found.get("detail") or ""
    return (
        str(code) if isinstance(code, str | int) and code else "",
        kind if isinstance(kind, str) else "",
        " ".join(words.split()) if isinstance(words, str) else "",
    )
