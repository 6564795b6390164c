"""What the three services have in common: messages on phones, and reports on their way to the shop."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sandbox.kit.store import Document, Store


@dataclass(frozen=True)
class Account:
    """What one shop has at one service. `templates` are (text with its variables, approved) by number.

    `push_url` is where its reports go; Twilio's messages bring their own.
    """

    key_id: str
    secret: str
    app_id: str = ""
    signs: tuple[str, ...] = ()
    templates: dict[str, tuple[str, bool]] = field(default_factory=dict)
    push_url: Callable[[], str] = str


class Lost(Exception):
    """The answer gets lost on its way: the connection ends without one."""


def fate_of(number: str) -> str:
    """Return what happens to messages to this number."""
    return {
        "0001": "no_number",
        "0002": "switched_off",
        "0003": "answer_lost",
        "0004": "too_often",
        "0005": "silent",
        "0007": "not_taken",
    }.get(number[-4:], "delivered")


class World:
    """Messages in one store; `clock` of the store returns Unix seconds."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def take(self, service: str, **values: Any) -> Document:
        """Keep an accepted message and return it; `values` at least number, text and key."""
        return self.store.put(
            "message",
            {
                "id": f"{service}-{secrets.token_hex(12)}",
                "service": service,
                "state": "sent",
                "sent_at": self.store.clock(),
                **values,
            },
        )

    def messages(self, **wanted: Any) -> list[Document]:
        """Return messages, newest first."""
        return self.store.all("message", **wanted)

    def message(self, name: str) -> Document | None:
        return self.store.get("message", name)

    def keep(self, message: Document) -> None:
        self.store.put("message", message)

    def is_stopped(self, number: str) -> bool:
        return self.store.get("stop", f"stop:{number}") is not None

    def set_stopped(self, number: str, stopped: bool) -> None:
        if stopped:
            self.store.put("stop", {"id": f"stop:{number}"})
        elif self.is_stopped(number):
            with self.store.writing() as connection:
                connection.execute("DELETE FROM document WHERE id = ?", (f"stop:{number}",))


def filled(template: str, values: dict[str, str]) -> str | None:
    """Return a template's words with its variables filled in; None if one is missing or not asked for."""
    names = set(re.findall(r"\$\{(\w+)\}|\{(\d+)\}", template))
    wanted = {first or second for first, second in names}
    if wanted != set(values):
        return None
    text = re.sub(r"\$\{(\w+)\}|\{(\d+)\}", lambda found: values[found.group(1) or found.group(2)], template)
    return text


def read_json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None
