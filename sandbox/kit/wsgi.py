"""A request, an answer, and an application that hands one to the other; standard library only."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from http import HTTPStatus
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from urllib.parse import parse_qs, urlsplit
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

MAXIMUM_BODY = 256 * 1024
Environ = dict[str, Any]
StartResponse = Callable[[str, list[tuple[str, str]]], Any]


class Refused(Exception):
    """A request that is answered with an error, in the stand-in's own form (`Application.refusal`)."""

    def __init__(self, status: int, code: str, message: str = "") -> None:
        super().__init__(message or code)
        self.status, self.code, self.message = status, code, message or code


class Request:
    """What came in; `prefix` is where the application is mounted. A body of more than `most` bytes is not read."""

    def __init__(self, environ: Environ, most: int = MAXIMUM_BODY) -> None:
        self.environ = environ
        self.most = most
        self.method: str = environ["REQUEST_METHOD"]
        self.prefix: str = environ.get("SCRIPT_NAME", "")
        self.path: str = environ.get("PATH_INFO", "/")
        self.parts = self.path.strip("/").split("/")
        self.raw_query: str = environ.get("QUERY_STRING", "")

    def header(self, name: str, default: str = "") -> str:
        value: str = self.environ.get("HTTP_" + name.upper().replace("-", "_"), default)
        return value

    @cached_property
    def body(self) -> bytes:
        try:
            length = int(self.environ.get("CONTENT_LENGTH") or 0)
        except ValueError:
            length = -1
        if not 0 <= length <= self.most:
            raise Refused(413, "TOO_LARGE", "too large")
        data: bytes = self.environ["wsgi.input"].read(length) if length else b""
        return data

    @cached_property
    def query(self) -> dict[str, str]:
        return first_values(self.raw_query)

    @cached_property
    def form(self) -> dict[str, str]:
        return first_values(self.body.decode("utf-8", "replace"))

    @cached_property
    def json(self) -> dict[str, Any]:
        """The body as an object; Refused where it is none."""
        try:
            data = json.loads(self.body)
        except ValueError:
            raise Refused(400, "PARAM_ERROR", "The body is not JSON.") from None
        if not isinstance(data, dict):
            raise Refused(400, "PARAM_ERROR", "The body is not an object.")
        return data

    def language(self, wanted: str = "") -> str:
        """Return "zh" or "en": as the address says, as the merchant wants, as the browser likes."""
        chosen = self.query.get("lang") or wanted or self.header("accept-language")
        return "zh" if chosen.lower().startswith("zh") else "en"


def first_values(text: str) -> dict[str, str]:
    """Return the first value of each name of a form."""
    return {name: values[0] for name, values in parse_qs(text, keep_blank_values=True, max_num_fields=500).items()}


@dataclass
class Answer:
    """What goes back: the `body` at once or, if there are any, `pieces` one after the other."""

    status: int
    body: bytes = b""
    kind: str = "text/plain; charset=utf-8"
    headers: list[tuple[str, str]] = field(default_factory=list)
    pieces: Iterable[bytes] | None = None


def answer_json(status: int, data: Any, headers: Iterable[tuple[str, str]] = ()) -> Answer:
    body = json.dumps(data, ensure_ascii=False).encode()
    return Answer(status, body, "application/json", list(headers))


def redirect(location: str) -> Answer:
    return Answer(303, headers=[("Location", location), ("Referrer-Policy", "no-referrer")])


def answer_page(status: int, html: str, *back: str, framed: bool = False, script: bool = False) -> Answer:
    """Return a page that may run nothing but what it says; its forms may lead `back` to these addresses of the shop.

    `framed`: the shop shows it inside its own page. `script`: it loads scripts of the stand-in.
    """
    # Browsers apply form-action to the redirect that follows a form as well.
    origins = {f" {parts.scheme}://{parts.netloc}" for parts in map(urlsplit, back) if parts.netloc}
    policy = (
        f"default-src 'none'; style-src 'self'; img-src data:; form-action 'self'{''.join(sorted(origins))};"
        f" frame-ancestors {'*' if framed else chr(39) + 'none' + chr(39)}; base-uri 'none'"
        + ("; script-src 'self'; connect-src 'self'" if script else "")
    )
    headers = [("Content-Security-Policy", policy), ("Referrer-Policy", "no-referrer")]
    return Answer(status, html.encode(), "text/html; charset=utf-8", headers)


class Application:
    """A stand-in: subclasses answer. `style` is the file that is served as /style.css, if any."""

    style: Path | None = None
    maximum_body = MAXIMUM_BODY

    def answer(self, request: Request) -> Answer:
        raise NotImplementedError

    def refusal(self, request: Request, refused: Refused) -> Answer:
        """Return how this stand-in says no."""
        return Answer(refused.status, refused.message.encode())

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        request = Request(environ, self.maximum_body)
        try:
            if self.style and request.path == "/style.css":
                answer = Answer(200, self.style.read_bytes(), "text/css; charset=utf-8")
            else:
                answer = self.answer(request)
        except Refused as refused:
            answer = self.refusal(request, refused)
        status = f"{answer.status} {HTTPStatus(answer.status).phrase}"
        headers = [("Content-Type", answer.kind), *answer.headers, ("Cache-Control", "no-store")]
        if answer.status != HTTPStatus.NO_CONTENT and answer.pieces is None:
            headers.append(("Content-Length", str(len(answer.body))))
        start_response(status, headers)
        return [answer.body] if answer.pieces is None else answer.pieces


class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class QuietHandler(WSGIRequestHandler):
    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing: payments are named in the addresses."""


def serve(make: Callable[[str], Application], host: str = "127.0.0.1", port: int = 0) -> Server:
    """Bind (port 0 takes any free one) and return the server of the application that `make` makes for its address."""
    server = Server((host, port), QuietHandler)
    server.set_app(make(f"http://{host}:{server.server_port}"))
    return server


def nested(values: Mapping[str, Any]) -> Any:
    """Turn {"a[b][0]": "v"} into {"a": {"b": ["v"]}}; "a[]" appends."""
    tree: dict[str, Any] = {}
    for name, value in values.items():
        keys = name.replace("]", "").split("[")
        place = tree
        for key in keys[:-1]:
            place = place.setdefault(key, {})
        for entry in value if isinstance(value, list) else [value]:
            place[keys[-1] or str(len(place))] = entry
    return _with_lists(tree)


def _with_lists(tree: Any) -> Any:
    if not isinstance(tree, dict):
        return tree
    values = {key: _with_lists(value) for key, value in tree.items()}
    if values and all(key.isdigit() for key in values):
        return [values[key] for key in sorted(values, key=int)]
    return values
