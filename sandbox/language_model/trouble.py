"""What can go wrong at the service, for those who ask for it: "practice: 429" in the last message.

Bodies are those of real services: 402 is DeepSeek's, the others OpenAI's.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

_WISH = re.compile(r"practice: ([a-z0-9 ]+)")


@dataclass(frozen=True, slots=True)
class Error:
    status: int
    message: str
    kind: str = "invalid_request_error"
    code: str | None = None
    headers: tuple[tuple[str, str], ...] = ()

    def body(self) -> dict[str, Any]:
        return {"error": {"message": self.message, "type": self.kind, "param": None, "code": self.code}}


ERRORS = {
    "400": Error(400, "The request cannot be understood."),
    "402": Error(402, "Insufficient Balance", "unknown_error", "invalid_request_error"),
    "403": Error(
        403,
        "Country, region, or territory not supported",
        "request_forbidden",
        "unsupported_country_region_territory",
    ),
    "413": Error(413, "Request too large."),
    "429": Error(
        429,
        "Rate limit reached for practice-writer on requests per min (RPM): Limit 3, Used 3, Requested 1. "
        "Please try again in 20s.",
        "requests",
        "rate_limit_exceeded",
        (("Retry-After", "20"),),
    ),
    "500": Error(500, "The server had an error while processing your request. Sorry about that!", "server_error"),
    "503": Error(503, "The engine is currently overloaded, please try again later", "server_error"),
    "quota": Error(
        429,
        "You exceeded your current quota, please check your plan and billing details.",
        "insufficient_quota",
        "insufficient_quota",
    ),
    "too long": Error(
        400,
        "This model's maximum context length is 8192 tokens. However, your messages resulted in 9001 tokens. "
        "Please reduce the length of the messages.",
        code="context_length_exceeded",
    ),
    "inspection": Error(
        400, "Input data may contain inappropriate content.", "data_inspection_failed", "data_inspection_failed"
    ),
}
ANSWERS = frozenset(
    [
        "content filter",  # begins and is stopped
        "cut",  # ends in the middle
        "fenced",  # JSON in a fence, as models like to write it
        "huge",  # more than anybody reads
        "no choices",
        "not json",
        "null content",
        "parts",  # the words in parts
        "refusal",  # the model says no in a field of its own
        "thinking",  # thoughts in a field of their own
        "thinking aloud",  # thoughts before the words
    ]
)


def wished(text: str) -> str:
    """Return the trouble that is wished for, "" if there is none."""
    for match in _WISH.finditer(text):
        words = match[1].strip()
        # Names may be the beginning of one another; what follows a name may be anything.
        for name in sorted(ERRORS.keys() | ANSWERS, key=len, reverse=True):
            if words == name or words.startswith(f"{name} "):
                return name
    return ""
