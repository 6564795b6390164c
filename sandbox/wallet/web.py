"""Requests and answers of a wallet, as a WSGI application of the standard library."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from sandbox.kit.wsgi import QuietHandler, Server

MAXIMUM_BODY = 128 * 1024
_STYLE = Path(__file__).with_name("style.css")
Environ = dict[str, Any]
StartResponse = Callable[[str, list[tuple[str, str]]], Any]


class Refused(Exception):
    """A request that is answered with an error of the wallet's own form."""

    def __init__(self, status: int, code: str, message: str = "") -> None:
        super().__init__(message or code)
        self.status, self.code, self.message = status, code, message or code


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    query_string: str
    body: bytes
    headers: Mapping[str, str]
    prefix: str = ""

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(self.query_string, keep_blank_values=True))

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=60))

    @property
    def json(self) -> dict[str, Any]:
        try:
            data = json.loads(self.body)
        except ValueError:
            raise Refused(400, "PARAM_ERROR", "The body is not JSON.") from None
        if not isinstance(data, dict):
            raise Refused(400, "PARAM_ERROR", "The body is not an object.")
        return data

    @property
    def language(self) -> str:
        wanted = self.query.get("lang") or self.headers.get("accept-language", "")
        return "en" if wanted.lower().startswith("en") else "zh"


@dataclass
class Answer:
    status: int = 200
    body: bytes = b""
    kind: str = "text/plain; charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)


def redirect(url: str) -> Answer:
    return Answer(303, headers={"Location": url, "Referrer-Policy": "no-referrer"})


def html(page: str, *, status: int = 200, back: Iterable[str] = ()) -> Answer:
    """A page without scripts; `back` are the addresses that its forms may lead to."""
    origins = {f"{parts.scheme}://{parts.netloc}" for parts in map(urlsplit, back) if parts.netloc}
    policy = (
        "default-src 'none'; style-src 'self'; img-src data:; frame-ancestors 'none'; base-uri 'none'; form-action "
        + " ".join(["'self'", *sorted(origins)])
    )
    headers = {"Content-Security-Policy": policy, "Referrer-Policy": "no-referrer"}
    return Answer(status, page.encode(), "text/html; charset=utf-8", headers)


class Application:
    """A wallet overrides `answer` and `refusal`."""

    def answer(self, request: Request) -> Answer:
        raise NotImplementedError

    def refusal(self, request: Request, refused: Refused) -> Answer:
        raise NotImplementedError

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        request = self._read(environ)
        try:
            if request.path == "/style.css":
                answer = Answer(200, _STYLE.read_bytes(), "text/css; charset=utf-8")
            elif request.headers.get("content-length") == "too large":
                raise Refused(413, "TOO_LARGE")
            else:
                answer = self.answer(request)
        except Refused as refused:
            answer = self.refusal(request, refused)
        headers = [*answer.headers.items(), ("Cache-Control", "no-store")]
        if answer.status != 204:
            headers += [("Content-Type", answer.kind), ("Content-Length", str(len(answer.body)))]
        start_response(f"{answer.status} {HTTPStatus(answer.status).phrase}", headers)
        return [answer.body]

    def _read(self, environ: Environ) -> Request:
        try:
            length = int(environ.get("CONTENT_LENGTH") or 0)
        except ValueError:
            length = -1
        fits = 0 <= length <= MAXIMUM_BODY
        headers = {
            name[5:].replace("_", "-").lower(): value for name, value in environ.items() if name.startswith("HTTP_")
        }
        if not fits:
            headers["content-length"] = "too large"
        return Request(
            method=environ["REQUEST_METHOD"],
            path=environ.get("PATH_INFO", "/"),
            query_string=environ.get("QUERY_STRING", ""),
            body=environ["wsgi.input"].read(length) if fits and length else b"",
            headers=headers,
            prefix=environ.get("SCRIPT_NAME", ""),
        )


def serve(host: str, port: int) -> Server:
    """Bind (port 0 takes any free one); give the server its application with `set_app`."""
    return Server((host, port), QuietHandler)
