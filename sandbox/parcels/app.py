"""The WSGI application: three interfaces for shops, and a page on which parcels are moved on."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs

from sandbox.kit.pages import STYLE
from sandbox.parcels import aftership, easypost, kuaidi100, pages, seventeentrack
from sandbox.parcels.delivery import Delivery
from sandbox.parcels.world import Parcel, World

MAXIMUM_BODY = 256 * 1024
SLOW_SECONDS = 20.0

Environ = dict[str, Any]
StartResponse = Callable[[str, list[tuple[str, str]]], Any]


class Answer:
    """What goes back."""

    def __init__(self, status: int, body: bytes, kind: str, headers: Iterable[tuple[str, str]] = ()) -> None:
        self.status, self.body, self.headers = status, body, [("Content-Type", kind), *headers]


def _json(status: int, data: Any) -> Answer:
    return Answer(status, json.dumps(data, ensure_ascii=False).encode(), "application/json; charset=utf-8")


class Parcels:
    """`pushes` is where messages of an account go, by provider; `prefix` is the path that the page is reached under."""

    def __init__(self, world: World, pushes: Mapping[str, str], prefix: str = "") -> None:
        self.world = world
        self.pushes = dict(pushes)
        self.prefix = prefix
        self.delivery = Delivery(world)

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        answer = self._route(environ)
        status = f"{answer.status} {HTTPStatus(answer.status).phrase}"
        start_response(
            status, [*answer.headers, ("Content-Length", str(len(answer.body))), ("Cache-Control", "no-store")]
        )
        return [answer.body]

    def _route(self, environ: Environ) -> Answer:
        method, parts = environ["REQUEST_METHOD"], environ.get("PATH_INFO", "/").strip("/").split("/")
        query = {name: values[0] for name, values in parse_qs(environ.get("QUERY_STRING", "")).items()}
        body = _read(environ)
        if parts[0] in {kuaidi100.NAME, seventeentrack.NAME, aftership.NAME, easypost.NAME} and self.world.fault:
            if self.world.fault == "slow":
                time.sleep(SLOW_SECONDS)
            return Answer(int(self.world.fault) if self.world.fault.isdigit() else 500, b"<html>", "text/html")
        if parts[0] == kuaidi100.NAME:
            return self._kuaidi100(method, parts[1:], query, _form(body))
        if parts[0] == seventeentrack.NAME and len(parts) == 4 and method == "POST":
            return _json(*seventeentrack.answer(self.world, parts[3], environ.get("HTTP_17TOKEN", ""), _data(body)))
        if parts[0] == aftership.NAME and len(parts) > 3:
            key = environ.get("HTTP_AS_API_KEY", "")
            return _json(*aftership.answer(self.world, method, parts[3:], key, query, _data(body)))
        if parts[0] == easypost.NAME and len(parts) > 2:
            return self._easypost(method, parts, environ, query, body)
        if parts == ["admin", "advance"] and method == "POST":
            return self._advance(_data(body))
        if parts == ["move"] and method == "POST":
            form = _form(body)
            self.advance(form.get("id", ""), 100 if form.get("to") == "end" else 1)
            return Answer(303, b"", "text/plain", [("Location", f"{self.prefix}/")])
        if parts == [""] and method == "GET":
            wanted = query.get("lang") or environ.get("HTTP_ACCEPT_LANGUAGE", "")
            page = pages.overview(self.world.all(), self.prefix, "zh" if wanted.lower().startswith("zh") else "en")
            return Answer(200, page.encode(), "text/html; charset=utf-8")
        if parts == ["style.css"]:
            return Answer(200, STYLE.read_bytes(), "text/css; charset=utf-8")
        return _json(404, {"error": "There is nothing here."})

    def _kuaidi100(self, method: str, parts: list[str], query: dict[str, str], form: dict[str, str]) -> Answer:
        if parts == ["poll"] and method == "POST":
            return _json(200, kuaidi100.subscribe(self.world, form))
        if parts == ["poll", "query.do"] and method == "POST":
            return _json(200, kuaidi100.query(self.world, form))
        if parts == ["autonumber", "auto"]:
            return _json(200, kuaidi100.guess(query.get("key", ""), query.get("num", "")))
        return _json(404, {"message": "not found"})

    def _easypost(self, method: str, parts: list[str], environ: Environ, query: dict[str, str], body: bytes) -> Answer:
        if parts[1] == "labels" and method == "GET":
            page = easypost.label_page(self.world, parts[2].removesuffix(".pdf"))
            return Answer(200, page, "application/pdf") if page else _json(404, {"error": "There is nothing here."})
        if self.world.lose_answer:
            # What was asked for happens, and the answer gets lost on its way.
            self.world.lose_answer = False
            easypost.answer(self.world, method, parts[2:], environ, query, _data(body))
            return Answer(504, b"<html>", "text/html")
        answered = _json(*easypost.answer(self.world, method, parts[2:], environ, query, _data(body)))
        self.delivery.wake()
        return answered

    def _advance(self, data: Mapping[str, Any]) -> Answer:
        """`{"provider", "number", "steps", "times", "quiet"}`: move a parcel on; tell it `times`, or not at all."""
        steps, times = int(data.get("steps", 1)), 0 if data.get("quiet") else int(data.get("times", 1))
        parcel = self.advance(f"{data.get('provider')}-{data.get('number')}", steps, times)
        if parcel is None:
            return _json(404, {"error": "There is no such parcel."})
        return _json(200, {"state": parcel.state, "seen": len(parcel.seen)})

    def advance(self, key: str, steps: int, times: int = 1) -> Parcel | None:
        """Let a parcel travel on and tell the shop; None if nobody follows it."""
        parcel = self.world.advance(key, steps)
        if parcel is None:
            return None
        message = self.message_of(parcel) if times else None
        for _ in range(times if message else 0):
            self.world.tell(parcel.provider, *message)  # type: ignore[misc]
        if message:
            self.delivery.wake()
        return parcel

    def message_of(self, parcel: Parcel) -> tuple[str, str, dict[str, str]] | None:
        """Return the message about what happened to a parcel last."""
        if parcel.provider == kuaidi100.NAME:
            return kuaidi100.message_of(parcel, self.world)
        if parcel.provider == easypost.NAME:
            return easypost.message_of(parcel, self.world, self.pushes.get(easypost.NAME, ""))
        teller = seventeentrack if parcel.provider == seventeentrack.NAME else aftership
        return teller.message_of(parcel, self.world, self.pushes.get(parcel.provider, ""))


def create_app(*, path: str = ":memory:", pushes: Mapping[str, str], prefix: str = "") -> Parcels:
    return Parcels(World(path), pushes, prefix)


def _read(environ: Environ) -> bytes:
    try:
        length = int(environ.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return b""
    body: bytes = environ["wsgi.input"].read(length) if 0 < length <= MAXIMUM_BODY else b""
    return body


def _form(body: bytes) -> dict[str, str]:
    fields = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=50)
    return {name: values[0] for name, values in fields.items()}


def _data(body: bytes) -> Any:
    try:
        return json.loads(body) if body else {}
    except ValueError:
        return {}
