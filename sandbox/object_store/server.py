"""The store as a server of the standard library: one bucket, named in the path."""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

from sandbox.object_store.signature import Refused, Request, check

_RANGE = re.compile(r"^bytes=(\d+)-(\d*)$")


class Server(ThreadingHTTPServer):
    """`objects` holds what was put: key → (content type, body). `refused` counts requests that were not believed."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, address: tuple[str, int], bucket: str, keys: Mapping[str, str], region: str, page: int) -> None:
        super().__init__(address, _Handler)
        self.bucket, self.keys, self.region, self.page = bucket, dict(keys), region, page
        self.objects: dict[str, tuple[str, bytes]] = {}
        self.calls: list[str] = []
        self.refused = 0
        self.guard = threading.Lock()


class _Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing."""

    def _answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if "Content_Length" not in headers:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _error(self, status: int, code: str, message: str = "") -> None:
        text = f"<Error><Code>{code}</Code><Message>{escape(message or code)}</Message></Error>"
        self._answer(status, text.encode(), Content_Type="application/xml")

    def _handle(self) -> None:
        parts = urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        headers = {name.lower(): value for name, value in self.headers.items()}
        try:
            request = Request(self.command, parts.path, parts.query, headers, body)
            check(request, keys=self.server.keys, region=self.server.region)
        except Refused as error:
            with self.server.guard:
                self.server.refused += 1
            return self._error(403, error.code, str(error))
        bucket, _, key = unquote(parts.path).lstrip("/").partition("/")
        with self.server.guard:
            self.server.calls.append(f"{self.command} {key}")
        if bucket != self.server.bucket:
            return self._error(404, "NoSuchBucket")
        query = parse_qs(parts.query, keep_blank_values=True)
        if not key:
            return self._list(query) if self.command == "GET" else self._answer(200)
        if self.command == "PUT":
            kind = headers.get("content-type", "application/octet-stream")
            with self.server.guard:
                self.server.objects[key] = (kind, body)
            return self._answer(200, ETag=_tag(body))
        if self.command == "DELETE":
            with self.server.guard:
                self.server.objects.pop(key, None)
            return self._answer(204)
        return self._read(key, headers.get("range", ""))

    def _read(self, key: str, wanted: str) -> None:
        found = self.server.objects.get(key)
        if found is None:
            return self._error(404, "NoSuchKey")
        kind, body = found
        span = _RANGE.match(wanted)
        if span is None:
            return self._answer(200, body, ETag=_tag(body), Content_Type=kind, Content_Length=str(len(body)))
        first, last = int(span[1]), min(int(span[2] or len(body) - 1), len(body) - 1)
        if first > last:
            return self._error(416, "InvalidRange")
        told = f"bytes {first}-{last}/{len(body)}"
        return self._answer(206, body[first : last + 1], ETag=_tag(body), Content_Type=kind, Content_Range=told)

    def _list(self, query: Mapping[str, list[str]]) -> None:
        prefix, after = query.get("prefix", [""])[0], query.get("continuation-token", [""])[0]
        names = sorted(name for name in self.server.objects if name.startswith(prefix) and name > after)
        shown = names[: self.server.page]
        more = len(names) > len(shown)
        rows = "".join(f"<Contents><Key>{escape(name)}</Key></Contents>" for name in shown)
        following = f"<NextContinuationToken>{escape(shown[-1])}</NextContinuationToken>" if more else ""
        text = f"<ListBucketResult><IsTruncated>{str(more).lower()}</IsTruncated>{rows}{following}</ListBucketResult>"
        self._answer(200, text.encode(), Content_Type="application/xml")

    do_GET = do_HEAD = do_PUT = do_DELETE = _handle


def _tag(body: bytes) -> str:
    return f'"{hashlib.md5(body, usedforsecurity=False).hexdigest()}"'


def serve(
    host: str, port: int, *, bucket: str, keys: Mapping[str, str], region: str = "us-east-1", page: int = 1000
) -> Server:
    """Bind (port 0 takes any free one) and return the server; `page` is how many names a listing shows at once."""
    return Server((host, port), bucket, keys, region, page)
