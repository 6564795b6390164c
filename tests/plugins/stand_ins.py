"""One loopback server for all stand-ins of a test run: each test puts its own application behind it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import httpx2

from sandbox.kit.store import Store
from sandbox.kit.wsgi import Application, Server, serve

Message = tuple[bytes, Mapping[str, str]]
# Port 9 (discard) of loopback: nobody listens there.
NOBODY = "http://127.0.0.1:9"


class _Nothing(Application):
    """Between two tests."""


@cache
def _server() -> Server:
    server = serve(lambda url: _Nothing())
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    return server


def put(make: Callable[[str], Application]) -> str:
    """Let the server answer with the application that `make` makes for its address; return the address."""
    server = _server()
    server.set_app(make(server.url))
    return server.url


@cache
def browser() -> httpx2.Client:
    """A browser that follows no redirects."""
    return httpx2.Client(follow_redirects=False, trust_env=False)


class Outbox:
    """What a stand-in wants to send, taken from its store instead of through a network."""

    def __init__(self, store: Store, sign: Callable[[Mapping[str, str], bytes], Mapping[str, str]]) -> None:
        self.store = store
        self.sign = sign

    def take(self) -> list[Message]:
        """Return all that is due, in order, and forget it."""
        found = []
        for row in self.store.due_messages(1000):
            self.store.mark_sent(row["number"], accepted=True, retry_in=None)
            body = row["body"].encode()
            found.append((body, dict(self.sign(json.loads(row["context"]), body))))
        return found


def of_type(messages: list[Message], *names: str, key: str = "type") -> list[Message]:
    """Return the messages of these types."""
    return [message for message in messages if json.loads(message[0])[key] in names]


def changed(message: Message, change: Callable[[dict[str, Any]], None]) -> bytes:
    """Return the body of a message after `change`."""
    data = json.loads(message[0])
    change(data)
    return json.dumps(data).encode()
